#!/usr/bin/env python3
"""yaml_again.py CNNC TOP: what `cnnc check --format yaml` prints of an accepted network is accepted and
gives the same report, of every spec in TOP, of the random networks in testdata/nets, and of inputs that
must not be written as HxWxC."""

import glob
import itertools
import json
import os
import subprocess
import sys
import tempfile

INPUTS = list(itertools.product((1, 2, 3, 4), (1, 3, 5), (1, 3, 4)))
CORNERS = [
    """input: [4, 20, 3]
outputs: [b, "null", 1e5]
layers:
  - conv: {name: "null", filters: 3, kernel: 1, bias: position}
  - pool: {name: b, kernel: 2, stride: 1x3, pad: 1x0x0x1, fit: ceil}
  - pad: {from: b, pad: [2, -1, 0, 3], channels: [1, 2], value: -2.5e-7}
  - relu6
  - conv: {name: same, filters: 6, kernel: 3, pad: same, groups: 1}
  - concat: {name: "1e5", branches: [[], [relu, conv: {filters: 6, kernel: 3, pad: 1, share: same}]]}
""",
    """name: "on"
input: 3x64x3
fit: ceil
image: {resize: 64x9, crop: 64x3, mean: [0.1, 1e-30, 3], scale: 0.00390625, channels: bgr}
blocks: {B: {params: [f, s: 1], layers: [conv: {filters: $f, kernel: 1, stride: $s}, RELU6]}}
layers:
  - pattern: {of: "(B-LRN?)*N-POOL", where: {N: 2, B: {f: [4, 5], s: {N: [3, 1]}},
              "LRN?": [true, false], POOL: {kernel: 2x1}}}
  - B: {name: 3a, f: 7}
  - mul: [[pool: {global: true}, sigmoid], []]
""",
]


def specs(top, folder):
    for pattern in ("specs/*.yaml", "testdata/*/*.yaml"):
        yield from sorted(glob.glob(os.path.join(top, pattern)))
    texts = []
    with open(os.path.join(top, "testdata/nets/networks.txt"), encoding="ascii") as file:
        texts += [part.split("\n", 1)[1] for part in file.read().split("== ")[1:]]
    for c, h, w in INPUTS:
        texts.append(f"input: [{c}, {h}, {w}]\nlayers: [relu, relu6: {{name: relu61}}, relu6]\n")
    texts += CORNERS
    for number, text in enumerate(texts):
        name = os.path.join(folder, f"text-{number}.yaml")
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
        yield name


def reports(cnnc, names):
    """By name, those of accepted networks, without what depends on where something is written."""
    done = subprocess.run([cnnc, "check", "--format", "json", *names], capture_output=True, check=False)
    found = {}
    for line in done.stdout.decode().splitlines():
        report = json.loads(line)
        name = report.pop("file")
        if report.pop("errors") or "layers" not in report:
            continue
        del report["warnings"]
        for layer in report["layers"]:
            layer.pop("line", None)
        found[name] = report
    return found


def main(cnnc, top):
    with tempfile.TemporaryDirectory() as folder:
        names = list(specs(top, folder))
        once = reports(cnnc, names)
        again = {}
        for number, name in enumerate(once):
            again[name] = os.path.join(folder, f"again-{number}.yaml")
            with open(again[name], "wb") as file:
                subprocess.run([cnnc, "check", "--format", "yaml", name], stdout=file, check=False,
                               stderr=subprocess.DEVNULL)
        twice = reports(cnnc, list(again.values()))
        wrong = [name for name, report in once.items() if twice.get(again[name]) != report]
        for name in wrong[:5]:
            print(f"{name}: the report of its expansion is another")
            with open(again[name], encoding="utf-8") as file:
                print(file.read())
        refused = [name for name in names if "text-" in name and name not in once]
    print(f"{len(once)} networks, {len(wrong)} failures, {len(refused)} refused")
    return 1 if wrong or refused else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
