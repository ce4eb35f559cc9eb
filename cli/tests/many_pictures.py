#!/usr/bin/env python3
"""many_pictures.py CNNC TOP [COUNT [--sanitized]]: a directory of COUNT pictures (500), of which one in a
hundred is damaged, at random places. One run must report the damaged ones and no other, give every other
picture what it gets alone, keep the order, and need no more memory than a run on a tenth of them.
--sanitized: memory is not looked at.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOM = 8 << 10  # KiB by which the memory of two runs may differ


def memory_of(process):
    """KiB that it had at most until now; None: it has ended"""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)


def run(command):
    """stdout, stderr, exit status, most KiB in memory"""
    most = 0
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        while process.poll() is None:
            most = memory_of(process) or most
            time.sleep(0.005)
        out.seek(0)
        err.seek(0)
        return out.read().decode(), err.read().decode(), process.returncode, most


def damage(data, draw):
    """Cut somewhere, or no picture at all."""
    return data[: draw.randrange(len(data) - 20)] if draw.random() < 0.9 else b"<html></html>"


def make(directory, sources, count, draw):
    """Of each name the number of its source; None: it is damaged."""
    data = [path.read_bytes() for path in sources]
    made = {}
    damaged = set(draw.sample(range(count), max(1, count // 100)))
    for n in range(count):
        source = draw.randrange(len(data))
        name = f"{directory}/{n % 7}/{n}{sources[source].suffix}"
        Path(name).parent.mkdir(exist_ok=True)
        bad = n in damaged
        Path(name).write_bytes(damage(data[source], draw) if bad else data[source])
        made[name] = None if bad else source
    return made


def judge(made, alone, out, err):
    records = [json.loads(line) for line in out.splitlines()]
    names = sorted(made, key=os.fsencode)
    assert [record["input"] for record in records] == names, "the order"
    for record in records:
        source = made[record["input"]]
        if source is None:
            assert "error" in record, f"{record['input']} is damaged"
        else:
            assert record.get("top") == alone[source], f"{record['input']}: {record}"
    said = [line.split(": ")[2].split("@")[0] for line in err.splitlines()]
    assert said == [name for name in names if made[name] is None], "the messages"


def main():
    cnnc, top = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    model = f"{top}/specs/lenet5-fashion.yaml"
    sources = sorted(Path(top, "testdata/images").glob("*.png"))
    sources += sorted(Path(top, "testdata/pictures").glob("*.jpg"))[:4]
    out, _, status, _ = run([cnnc, "run", model, *map(str, sources)])
    assert status == 0 and len(sources) >= 10
    alone = [json.loads(line)["top"] for line in out.splitlines()]
    seed = random.randrange(1 << 32)
    memory = []
    with tempfile.TemporaryDirectory() as directory:
        for part in count // 10, count:
            below = f"{directory}/{part}"
            os.mkdir(below)
            made = make(below, sources, part, random.Random(seed))
            out, err, status, most = run([cnnc, "run", model, below])
            try:
                assert status == 1, f"exit {status}"
                judge(made, alone, out, err)
            except AssertionError:
                print(f"seed {seed}, {part} pictures")
                raise
            memory.append(most)
    print(f"{count} pictures, {memory[1]} KiB; of a tenth of them {memory[0]} KiB")
    assert "--sanitized" in sys.argv or memory[1] <= memory[0] + ROOM


if __name__ == "__main__":
    main()
