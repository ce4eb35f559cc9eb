#!/usr/bin/env python3
"""Drops each check that a plan file passes before it runs, one at a time, and says which test sees it.

mutants.py [-k WORD] [--all-at-once N] BUILD   BUILD: a folder that CMake built the tests in, with gcc

A check is an operand of a condition that ends in a fault, or the end of a field's range. Each is
neutralised in a copy of its source, which is compiled and linked in place of the library's. A line
a check: where it stands, what it says, and the first test that failed; `NOBODY` where none did,
and exit 1. With --all-at-once N, N checks that are spread over all of them are dropped together,
and the sources are written to BUILD/mutants/all, for a fuzzer to be built of them.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
RUNTIME = TOP / 'runtime'
PATHS = {path.name: path for path in RUNTIME.rglob('*.c') if path.parent.name != 'tests'}
SOURCES = ['plan_verify.c', 'plan_fields.c', 'lifetimes.c', 'plan_file.c', 'step.c'] + sorted(
    name for name in PATHS if name.startswith('step_'))
# What only ends in a fault, of the sources that hold more than checks.
FUNCTIONS = re.compile(r'fault|_valid$|map_fits|_holds$|^same_|^overlap$|^read_|^find_unwritten$|'
                       r'^find_overlap$|^lifetimes_find$|^repack$|^all_zero$')
# Not of memory that ends: failing_malloc.c sees to that.
MEMORY = re.compile(r'setjmp|plan_allocate_weights')
TESTS = [('check_plan_hostile', 'hostile'), ('check_plan_file', None),
         ('check_plan_hostile', 'sweeps'), ('check_gemm', None)]


def skip_group(text, at):
    """After the group that the bracket at `at` opens; strings are passed over."""
    depth = 0
    while True:
        if text[at] in '"\'':
            quote, at = text[at], at + 1
            while text[at] != quote:
                at += 2 if text[at] == '\\' else 1
        elif text[at] in '([{':
            depth += 1
        elif text[at] in ')]}':
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1


def split(text, first, end, mark):
    """The operands of `mark` at the top of text[first:end], as ranges."""
    ranges, begin, at = [], first, first
    while at < end:
        if text[at] in '([{':
            at = skip_group(text, at)
        elif text[at] in '"\'':
            at = skip_string(text, at)
        elif text.startswith(mark, at):
            ranges.append((begin, at))
            at += len(mark)
            begin = at
        else:
            at += 1
    return ranges + [(begin, end)]


def skip_string(text, at):
    quote, at = text[at], at + 1
    while text[at] != quote:
        at += 2 if text[at] == '\\' else 1
    return at + 1


def trim(text, first, end):
    while text[first].isspace():
        first += 1
    while text[end - 1].isspace():
        end -= 1
    return first, end


def operands(text, first, end, wanted):
    """Parts of a condition whose loss loses a check: of one that is true for what is wrong (wanted
    False: they become 0) or for what is right (True: 1)."""
    first, end = trim(text, first, end)
    if text[first] == '(' and skip_group(text, first) == end:
        return operands(text, first + 1, end - 1, wanted)
    if text.startswith('!(', first) and skip_group(text, first + 1) == end:
        return operands(text, first + 2, end - 1, not wanted)
    ors, ands = split(text, first, end, '||'), split(text, first, end, '&&')
    if len(ors) > 1:
        parts = ors
    elif len(ands) > 1:
        parts = ands
    else:
        return [(first, end, wanted)]
    together = len(ors) > 1 if not wanted else len(ors) == 1
    found = []
    for part in parts:
        for one in operands(text, *part, wanted):
            found.append(one)
    if not together and not wanted:  # a && (b || c): wrong only together; b and c are checks
        inner = [one for part in parts for one in operands(text, *part, wanted)]
        several = [one for one in inner if trim(text, *one[:2]) not in
                   [trim(text, *part) for part in parts]]
        return several or [(first, end, wanted)]
    if not together:  # a || (b && c): the first says where nothing is asked
        return [one for part in parts[1:] for one in operands(text, *part, wanted)]
    return found


def neutral(words, wanted):
    """What is computed stays: sums that overflow are stored by what asks whether they do."""
    return '(({}) {})'.format(words, '|| 1' if wanted else '&& 0')


def functions(text):
    for match in re.finditer(r'^[a-z][^;{}=#]*?\b(\w+)\([^;{}]*\)\s*\{', text, re.M):
        end = skip_group(text, match.end() - 1)
        yield match.group(1), match.end(), end


def faults(text):
    """Checks of a source: (place, what is replaced, by what, its words)."""
    for name, first, end in functions(text):
        if not FUNCTIONS.search(name):
            continue
        body = text[first:end]
        for match in re.finditer(r'\bif \(', body):
            at = first + match.end() - 1
            after = skip_group(text, at)
            follows = text[after:after + 400].lstrip(' {\n')
            ends = re.match(r'(return (fault|fail\w*\(|"|false|arena_format|STATUS_)|fault =)', follows)
            if ends:
                for a, b, wanted in operands(text, at + 1, after - 1, False):
                    yield name, a, b, neutral(text[a:b], wanted)
        for match in re.finditer(r'\breturn ', body):
            at = first + match.end()
            stop = text.index(';', at)
            words = text[at:stop]
            choice = split(text, at, stop, '?')
            if len(choice) == 2:
                ends = split(text, choice[1][0], stop, ':')
                no_fault = [text[slice(*end)].strip() for end in ends]
                if 'NULL' not in (no_fault[0], no_fault[-1]) and 'STATUS_OK' not in no_fault:
                    continue
                good_first = no_fault[0] in ('NULL', 'STATUS_OK')
                for a, b, wanted in operands(text, *choice[0], good_first):
                    yield name, a, b, neutral(text[a:b], wanted)
            elif re.search(r'_valid$|_fits$|_holds$|^same_|^overlap$', name) and words not in (
                    'true', 'false'):
                for a, b, wanted in operands(text, at, stop, True):
                    yield name, a, b, neutral(text[a:b], wanted)
        if name == 'lifetimes_find':
            # The input's start is for those who print lifetimes: some step at once reads it anyway.
            for match in re.finditer(r'touch\(lifetimes, (?!&plan->head.input)[^;]*;', body):
                yield name, first + match.start(), first + match.end(), ';'
        for match in re.finditer(r'fault \? fault : ([^;]*);', body):
            yield name, first + match.start(1), first + match.end(1), 'NULL'


def rows(text):
    """Ends of ranges in the tables of fields."""
    row = (r'\b((?:PLAN_)?(?:FIELD|PAIR))\(((?:struct \w+, )?)([\w.\[\]]+), (?:(\w+), )?'
           r'([^,()]+), ([^,()]+)\),(?=\s)')
    for match in re.finditer(row, text):
        macro, kind, member, what, low, high = match.groups()
        what = what or ''
        single = macro
        if 'PAIR' in macro:  # whose two fields have each a row of their own then
            pair = re.search(r'PLAN_PAIR\((struct \w+, )member, (\w+)', text)
            single, kind, what = 'PLAN_FIELD', pair.group(1), pair.group(2)
        write = lambda name, what, low, high: '{}({}{}, {}{}, {}),'.format(
            single, kind, name, what + ', ' if what else '', low, high)
        names = [member + '[0]', member + '[1]'] if 'PAIR' in macro else [member]
        whole = [(name, what, low, high) for name in names]
        for i, name in enumerate(names):
            if what in ('ANY', 'INDEX'):
                continue
            if what in ('STRING', 'MAYBE', 'REAL'):
                changes = [(name, 'ANY', low, high)]
            else:
                least, most = ('0', 'INT64_MAX') if what == 'UNSIGNED' else ('INT32_MIN', 'INT64_MAX')
                changes = [(name, what, low, most)]
                if what != 'UNSIGNED':
                    changes.append((name, what, least, high))
            for change in changes:
                new = [write(*(change if k == i else whole[k])) for k in range(len(names))]
                yield name, match.start(1), match.end(0), ' '.join(new)


def checks(source):
    original = PATHS[source].read_text()
    text = re.sub(r'/\*.*?\*/', lambda comment: re.sub(r'.', ' ', comment.group()), original,
                  flags=re.S)
    found = set()
    for name, first, end, new in list(faults(text)) + list(rows(text)):
        if (first, end, new) not in found and not MEMORY.search(text[first:end]):
            found.add((first, end, new))
            yield {'source': source, 'text': original, 'function': name, 'first': first, 'end': end, 'new': new,
                   'line': text.count('\n', 0, first) + 1,
                   'words': ' '.join(text[first:end].split())}


def drop(text, some):
    for check in sorted(some, key=lambda check: -check['first']):
        text = text[:check['first']] + check['new'] + text[check['end']:]
    return text


class Build:
    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.mutants = self.folder / 'mutants'
        self.mutants.mkdir(exist_ok=True)
        self.commands = {Path(one['file']).name: one['command'].split()
                         for one in json.loads((self.folder / 'compile_commands.json').read_text())}

    def compile(self, source, text):
        changed, made = self.mutants / source, self.mutants / 'mutant.o'
        changed.write_text(text)
        command = [word for word in self.commands[source] if word != '-Werror']
        command[command.index('-o') + 1] = str(made)
        command[command.index('-c') + 1] = str(changed)
        subprocess.run(command + ['-w', '-iquote', str(PATHS[source].parent)], check=True, cwd=self.folder / 'runtime')
        return made

    def link(self, test, made):
        text = (self.folder / 'runtime/CMakeFiles' / (test + '.dir') / 'link.txt').read_text()
        command = text.split()
        command[command.index('-o') + 1] = str(self.mutants / test)
        command.insert(command.index('-o'), str(made))
        command.insert(1, '-fuse-ld=gold')
        subprocess.run(command, check=True, cwd=self.folder / 'runtime')

    def run(self, made):
        """The first test that failed, or None."""
        for test, case in TESTS:
            self.link(test, made)
            environment = dict(os.environ, CK_DEFAULT_TIMEOUT='60')
            if case:
                environment['CK_RUN_CASE'] = case
            ran = subprocess.run([self.mutants / test], env=environment, text=True,
                                 capture_output=True, check=False)
            if ran.returncode:
                failed = re.search(r':[FE]:\w+:(\w+):', ran.stdout)
                words = re.search(r':[FE]:\w+:\w+:\d+: (.*)', ran.stdout)
                return (failed.group(1) if failed else test,
                        words.group(1)[:150] if words else '')
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build')
    parser.add_argument('-k', default='', help='only checks whose source, function or words hold it')
    parser.add_argument('--all-at-once', type=int, metavar='N')
    parser.add_argument('--list', action='store_true')
    options = parser.parse_args()
    build = Build(options.build)
    some = [check for source in SOURCES for check in checks(source)
            if options.k in '{source} {function} {words}'.format(**check)]
    if options.all_at_once:
        some = some[::max(1, len(some) // options.all_at_once)][:options.all_at_once]
        (build.mutants / 'all').mkdir(exist_ok=True)
        for source in {check['source'] for check in some}:
            dropped = [check for check in some if check['source'] == source]
            (build.mutants / 'all' / source).write_text(drop(dropped[0]['text'], dropped))
    nobody = 0
    for check in some:
        place = '{source}:{line} {function}: {words}'.format(**check)
        if 'FIELD' in check['new']:
            place += ' -> ' + check['new']
        if options.list or options.all_at_once:
            print(place)
            continue
        try:
            made = build.compile(check['source'], drop(check['text'], [check]))
        except subprocess.CalledProcessError:
            print(place, 'does not compile', sep=' | ', flush=True)
            nobody += 1
            continue
        seen = build.run(made)
        nobody += not seen
        print(place, *(seen or ['NOBODY']), sep=' | ', flush=True)
    print(len(some), 'checks,', nobody, 'that nobody sees')
    return nobody > 0


if __name__ == '__main__':
    sys.exit(main())
