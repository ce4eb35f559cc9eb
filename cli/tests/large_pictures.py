#!/usr/bin/env python3
"""large_pictures.py CNNC TOP [--sanitized]: pictures that take few bytes on disk and have as many pixels as may be.
Each must be run within 256 MiB, or within much less where no more than few rows need be held, or be an error that
names the option, without being decoded. --sanitized: memory is not looked at.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

NET = """input: 3x8x8
layers: [conv: {filters: 4, kernel: 3}, relu, fc: {units: 4}]
"""
ROWS = 48 << 10  # KiB of a run that holds rows: 16 of 65500 pixels of 8 bytes, twice, and the program
WHOLE = (256 << 10) + (16 << 10)  # KiB: 256 MiB and the program
HELD = "of it is held at once"

# tool, its arguments, what is said of `image`, options of the run, the error ("": none), most KiB
CASES = [
    ("png", "65500x2049 8 2", "{}", [], "", ROWS),
    ("png", "2049x65500 8 2", "{}", [], "", ROWS),
    ("png", "65500x2049 1 0", "{preset: torchvision}", [], "", ROWS),
    ("png", "2049x65500 2 3", "{preset: darknet}", [], "", ROWS),
    ("png", "2049x65500 1 0", "{preset: caffe, filter: lanczos}", [], "", ROWS),
    ("png", "30000x500 16 6 -s 1", "{channels: gray}", [], "", ROWS),
    ("png", "1x65500 8 2", "{preset: torchvision}", [], "", ROWS),
    ("png", "65500x1 8 2", "{preset: torchvision}", [], "", ROWS),
    ("png", "9000x9000 8 2 -a", "{}", [], "", WHOLE),
    ("png", "65500x2049 1 3 -a", "{}", [], "", WHOLE),
    ("png", "2049x65500 8 2 -a", "{}", [], HELD, ROWS),
    ("png", "65500x2049 16 4 -a", "{}", ["--max-memory", "480M"], HELD, ROWS),
    ("png", "65500x2049 16 0 -a", "{}", ["--max-memory", "600M"], "", WHOLE),
    ("pnm", "P6 65500 2049 255", "{}", [], "", ROWS),
    ("pnm", "P6 2049 65500 65535", "{preset: torchvision}", [], "", ROWS),
    ("pnm", "P5 2049 65500 255", "{preset: darknet}", ["--max-memory", "128M"], "", ROWS),
    ("jpeg", "65500x2049 1", "{}", [], "", ROWS),
    ("jpeg", "2049x65500 4", "{preset: torchvision}", [], "", ROWS),
    ("jpeg", "8000x5000 3 3", "{}", [], "", WHOLE),
    ("jpeg", "11585x11585 3 15", "{}", [], HELD, ROWS),
    ("jpeg", "11585x11585 1 2", "{}", [], HELD, ROWS),
    ("jpeg", "11585x5000 1 38", "{}", [], "more than 37 scans", WHOLE),
]


def make(tool, arguments, top, path):
    """PNM has holes that are read as zeros, and takes no place on disk."""
    with open(path, "wb") as picture:
        if tool != "pnm":
            subprocess.run([top / f"testdata/tools/large_{tool}.py", *arguments.split()], stdout=picture, check=True)
            return
        kind, width, height, most = arguments.split()
        header = arguments.encode() + b" "
        picture.write(header)
        sample = (3 if kind == "P6" else 1) * (2 if int(most) > 255 else 1)
        picture.truncate(len(header) + int(width) * int(height) * sample)


def memory_of(command, directory):
    """What it says, its exit status, and most KiB that it had."""
    with open(directory / "out", "w+") as out, open(directory / "err", "w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return out.read(), process.returncode, usage.ru_maxrss


def fault_of(text, code, error, used, most):
    """Why that is wrong, or None"""
    try:
        record = json.loads(text)
    except ValueError:
        return f"exit {code}, {text[:99]!r}"
    message = record.get("error", {}).get("message", "")
    if code != (1 if error else 0) or (error not in message if error else "top" not in record):
        return f"exit {code}, {message or 'no error'}"
    if error == HELD and "--max-memory" not in message:
        return f"no option is named: {message}"
    return f"{used} KiB, expected at most {most}" if most and used > most else None


def main():
    cnnc, top = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    sanitized, failed = "--sanitized" in sys.argv[3:], 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for tool, arguments, rules, options, error, most in CASES:
            (directory / "net.yaml").write_text(f"{NET}image: {rules}\n")
            make(tool, arguments, top, directory / "picture")
            command = [cnnc, "run", directory / "net.yaml", "--random-weights", "1", "-f", "jsonl", *options]
            text, code, used = memory_of([*command, directory / "picture"], directory)
            fault = fault_of(text, code, error, used, 0 if sanitized else most)
            if fault:
                print(f"{tool} {arguments}, {rules}: {fault}")
                failed += 1
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
