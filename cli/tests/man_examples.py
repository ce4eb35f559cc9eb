#!/usr/bin/python3
"""man_examples.py CNNC SOURCE [--update]: runs the examples of the manual (.EX to .EE) and of the README
(``` blocks).

- A whole spec, one with a line `input:`, must pass `cnnc check`; after the comment
  `.\\" rejected: CLASS` it must be rejected with that class.
- Lines that begin with `$ ` are commands, run on a terminal of 100 columns in a directory that has
  specs/ and testdata/; the lines behind each must be what it prints. `$ cat FILE` writes the file it shows.
  --update puts what is printed now into the pages.
"""

import difflib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

COLUMNS = 100


def unescape(line):
    return line.replace("\\-", "-").replace("\\&", "").replace("\\e", "\\")


def escape(line):
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + line if line[:1] in (".", "'") else line


def on_terminal(command, status, directory, environment):
    """What the command prints on a terminal, and its exit status; $? is `status` before it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    process = subprocess.Popen(
        ["sh", "-c", f"(exit {status})\n{command}"],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    printed = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not chunk:
            break
        printed += chunk
    os.close(ours)
    text = re.sub(r"\033\[[0-9;]*m", "", printed.decode()).replace("\r\n", "\n")
    return text.splitlines(), process.wait()


class Examples:
    def __init__(self, cnnc, source):
        self.directory = tempfile.TemporaryDirectory()
        for folder in ("specs", "testdata"):
            os.symlink(source / folder, Path(self.directory.name) / folder)
        self.environment = dict(
            os.environ, NO_COLOR="1", LC_ALL="C", PATH=f"{cnnc.parent}:{os.environ['PATH']}"
        )
        self.failures = self.specs = self.commands = 0

    def complain(self, where, *lines):
        self.failures += 1
        print(where, *lines, sep="\n  ")

    def spec(self, where, lines, rejected):
        self.specs += 1
        check = subprocess.run(
            ["cnnc", "check", "-"],
            input="\n".join(lines).encode() + b"\n",
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        messages = check.stderr.decode()
        if rejected and not (check.returncode in (3, 4) and f"[{rejected}]" in messages):
            self.complain(where, f"must be rejected: {rejected}", check.returncode, messages)
        elif not rejected and (check.returncode or messages):
            self.complain(where, "must be accepted without a message", check.returncode, messages)

    def console(self, where, lines):
        """Runs the commands; gives the lines as they should be."""
        result, status = [], 0
        while lines:
            command, lines = lines[0][2:], lines[1:]
            end = next((i for i, line in enumerate(lines) if line.startswith("$ ")), len(lines))
            shown, lines = lines[:end], lines[end:]
            if command.startswith("cat "):
                path = Path(self.directory.name) / command[4:]
                path.write_text("\n".join(shown) + "\n", encoding="utf-8")
            self.commands += 1
            printed, status = on_terminal(command, status, self.directory.name, self.environment)
            if printed != shown:
                difference = difflib.unified_diff(shown, printed, "shown", "printed", lineterm="")
                self.complain(where, command, *difference)
            result += [f"$ {command}", *printed]
        return result

    def page(self, path):
        """Runs a page's examples; gives its text as it should be."""
        is_man = path.suffix != ".md"
        result, block = [], None
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if block is None:
                result.append(line)
                if line == ".EX" if is_man else line in ("```yaml", "```console"):
                    block, where, rejected = [], f"{path}:{number}", None
            elif line == (".EE" if is_man else "```"):
                lines = [unescape(text) for text in block] if is_man else block
                if lines and lines[0].startswith("$ "):
                    lines = self.console(where, lines)
                    block = [escape(text) for text in lines] if is_man else lines
                elif any(text.startswith("input:") for text in lines):
                    self.spec(where, lines, rejected)
                    block = block if not rejected else [f'.\\" rejected: {rejected}', *block]
                result += [*block, line]
                block = None
            elif is_man and line.startswith('.\\" rejected: '):
                rejected = line.split()[-1]
            else:
                block.append(line)
        return "\n".join(result) + "\n"


def main():
    cnnc, source = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    examples = Examples(cnnc, source)
    for path in [*sorted((source / "man").glob("*.[15]")), source / "README.md"]:
        text = examples.page(path)
        if sys.argv[3:] == ["--update"]:
            path.write_text(text, encoding="utf-8")
    print(f"{examples.specs} specs, {examples.commands} commands, {examples.failures} failures")
    return 1 if examples.failures or not examples.specs or not examples.commands else 0


sys.exit(main())
