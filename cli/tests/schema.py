#!/usr/bin/python3
"""schema.py CNNC SPECS...: the schema that `cnnc help schema` prints accepts every spec of ours and
rejects a handful of wrong ones, of which `cnnc check` must think the same. Exit 77 (skipped) without
python3-jsonschema and python3-yaml."""

import json
import re
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"SKIPPED: {error.name} is missing (python3-jsonschema, python3-yaml)", file=sys.stderr)
    sys.exit(77)


class Core(yaml.SafeLoader):
    """YAML 1.2 core: PyYAML takes 1e-4 for a text and `on` for a boolean."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", "-0123456789"),
    ("null", r"~|null|", "~n"),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"({pattern})\\Z"), list(first))
Core.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node))
)

ACCEPTED = {
    "any case": "input: 3x8x8\nlayers: [CONV: {filters: 4, kernel: 3}, Relu, SoftMax]",
    "forms of values": "input: [3, 8, 8]\nlayers: [conv: {filters: 4, kernel: 1x3, pad: [0, 0, 1, 1]}, "
    "conv: {groups: depthwise, kernel: [3, 3], pad: same, bias: position}, pad: {pad: -1}]",
    "join by name": "input: 3x8x8\nlayers: [relu: {name: a}, add: {from: [a, input]}]",
    "parameters": "input: 3x8x8\nblocks: {B: {params: [f, s: 1, p: [0, 1]], layers: "
    "[conv: {filters: $f*4, kernel: 3, stride: $s, pad: $p}]}}\n"
    "layers: [B: {f: 4}, b: {f: 8, name: x, from: b1}]",
    "values in where": 'input: 3x8x8\npattern: "[CONV:a-POOL?]*M-FC"\nwhere:\n  M: 2\n'
    "  CONV: {kernel: 3, pad: {M: [1, 0]}}\n  CONV:a: {filters: [4, 8], name: [p, q]}\n"
    "  POOL?: {M: [true, false]}\n  POOL: {kernel: 2}\n  FC: {units: 10}",
}
REJECTED = {
    "no input": "layers: [relu]",
    "layers and pattern": "input: 3x8x8\nlayers: [relu]\npattern: RELU",
    "neither": "input: 3x8x8",
    "unknown key at the top": "input: 3x8x8\nlayer: [relu]\nlayers: [relu]",
    "unknown key of a kind": "input: 3x8x8\nlayers: [conv: {filers: 4, kernel: 3}]",
    "key of another kind": "input: 3x8x8\nlayers: [relu: {kernel: 3}]",
    "kernel is missing": "input: 3x8x8\nlayers: [conv: {filters: 4}]",
    "conv alone": "input: 3x8x8\nlayers: [CONV]",
    "stride 0": "input: 3x8x8\nlayers: [conv: {filters: 4, kernel: 3, stride: 0}]",
    "kernel is a real": "input: 3x8x8\nlayers: [conv: {filters: 4, kernel: 2.5}]",
    "no such word": "input: 3x8x8\nlayers: [pool: {type: maximum, kernel: 2}]",
    "boolean in quotes": 'input: 3x8x8\nlayers: [fc: {units: 4, bias: "false"}]',
    "two keys in one entry": "input: 3x8x8\nlayers: [{conv: {filters: 4, kernel: 3}, filters: 3}]",
    "branch is no list": "input: 3x8x8\nlayers: [add: [relu, relu]]",
    "input of two numbers": "input: 8x8\nlayers: [relu]",
    "block with a kind's name": "input: 3x8x8\nblocks: {Conv: {layers: [relu]}}\nlayers: [relu]",
    "block without layers": "input: 3x8x8\nblocks: {B: {params: [x]}}\nlayers: [relu]",
    "unknown key in where": "input: 3x8x8\npattern: CONV\nwhere: {CONV: {filters: 4, kernl: 3}}",
    "unquoted pattern": "input: 3x8x8\npattern: [CONV-POOL]",
    "no such fit": "input: 3x8x8\nfit: round\nlayers: [relu]",
    "no such preset": "input: 3x8x8\nimage: {preset: pytorch}\nlayers: [relu]",
}


def main():
    cnnc, *specs = sys.argv[1:]
    printed = subprocess.run([cnnc, "help", "schema"], check=True, stdout=subprocess.PIPE).stdout
    schema = json.loads(printed)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failures = 0

    def expect(name, text, accepted):
        nonlocal failures
        errors = list(validator.iter_errors(yaml.load(text, Core)))
        if accepted and errors:
            failures += 1
            best = jsonschema.exceptions.best_match(errors)
            print(f"{name}: rejected at {list(best.absolute_path)}: {best.message[:200]}")
        elif not accepted and not errors:
            failures += 1
            print(f"{name}: accepted, must be rejected")

    for path in specs:
        with open(path, encoding="utf-8") as file:
            expect(path, file.read(), True)
    for table, accepted in (ACCEPTED, True), (REJECTED, False):
        for name, text in table.items():
            expect(name, text, accepted)
            check = subprocess.run(
                [cnnc, "check", "-"], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            if check.returncode != (0 if accepted else 3):
                failures += 1
                print(f"{name}: cnnc check gives {check.returncode}\n{check.stdout.decode()}")
    count = len(specs) + len(ACCEPTED) + len(REJECTED)
    print(f"{count} specs, {failures} failures")
    return 1 if failures or not specs else 0


sys.exit(main())
