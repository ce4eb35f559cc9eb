#!/usr/bin/env python3
"""take_up.py CNNC TOP: a run that is ended by a signal, and the call that it says goes on; runs that meet.

The last input of a run is a FIFO that nobody writes to, so that all records but its are there when the signal
comes, at whatever speed. Names are such as a shell would change."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ["a.png", "b c.png", "it's.png", "$(x);\n.png", "-rf", "\N{SNOWMAN}\x1b[1m*.png", os.fsdecode(b"\xff\n")]
LAST = "last\n"  # the FIFO
PATIENCE = 120


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.01)


def lines_of(path):
    """The whole ones. A temporary may go at any time."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    return [line + b"\n" for line in lines[:-1]]


def temporaries():
    return sorted(Path(".").glob(".cnnc-*"))


def prepare(net, picture):
    for name in NAMES:
        shutil.copy(picture, name)
    os.mkfifo(LAST)
    return ["run", net, "--batch", "1", "--topk", "2"]


def start(arguments, out=None, records=None, operands=NAMES + [LAST]):
    """A run that has written all records but the last."""
    Path("stderr").unlink(missing_ok=True)
    with open("stderr", "wb") as err:
        stdout = open(out, "ab") if out else subprocess.DEVNULL
        run = subprocess.Popen([CNNC, *arguments, "--", *operands], stdout=stdout, stderr=err)
    there = records or (lambda: sum(len(lines_of(path)) for path in temporaries()))
    wait_for("records", lambda: there() >= len(NAMES) or run.poll() is not None)
    assert run.poll() is None, Path("stderr").read_text()
    return run


def clear():
    for path in temporaries() + list(Path(".").glob("out*")):
        path.unlink()


def end(run, number):
    run.send_signal(number)
    assert run.wait(PATIENCE) == -number, run.returncode
    assert not temporaries(), temporaries()
    return Path("stderr").read_text(errors="surrogateescape")


def go_on(said, picture):
    """The call that was said, when the FIFO has become a picture."""
    note, call = said.split("\n", 1)
    assert note.startswith("cnnc: note: interrupted: ") and note.endswith("this goes on:"), said
    assert "\x1b" not in said, said
    os.unlink(LAST)
    shutil.copy(picture, LAST)
    done = subprocess.run(["sh", "-c", call], capture_output=True)
    assert done.returncode == 0 and not done.stdout, (call, done)
    os.unlink(LAST)
    os.mkfifo(LAST)


def interrupts(run, picture, whole):
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        for old in None, b"old\n":
            clear()
            out, part = Path("out.jsonl"), Path("out.jsonl.part")
            if old:
                out.write_bytes(old)
                out.chmod(0o640)
            kept = part if old else out
            said = end(start(run + ["-o", "out.jsonl"]), number)
            assert lines_of(kept) == whole[:-1], kept
            assert not old or out.read_bytes() == old
            # once more, where it was taken up, from what a full disk may leave
            kept.write_bytes(b"".join(whole[:-2]) + whole[-2][:20])
            again = run + ["-o", "out.jsonl", "--resume", str(kept)]
            said = end(start(again, records=lambda: len(lines_of(kept))), number)
            assert lines_of(kept) == whole[:-1] and (not old or out.read_bytes() == old)
            go_on(said, picture)
            assert lines_of(out) == whole and not part.exists()
            assert not old or out.stat().st_mode & 0o777 == 0o640


def nothing_is_lost(run):
    """What an earlier run left in the part stays, too."""
    clear()
    Path("out").write_text("old\n")
    Path("out.part").write_text("older\n")
    said = end(start(run + ["-o", "out"]), signal.SIGINT)
    assert Path("out.part").read_text() == "older\n" and "out.part-2" in said, said
    assert len(lines_of(Path("out.part-2"))) == len(NAMES)


def other_formats(run):
    clear()
    said = end(start(run + ["-o", "out.csv"]), signal.SIGINT)
    assert not said and not list(Path(".").glob("out*")), said


def no_record(run):
    """There is nothing to keep."""
    clear()
    process = subprocess.Popen([CNNC, *run, "-o", "out", "--", LAST], stderr=open("stderr", "wb"))
    wait_for("a temporary", temporaries)
    assert end(process, signal.SIGINT) == "" and not Path("out").exists()


def meetings(run, whole):
    """Two runs that add to one file: the second ends, the first does not notice."""
    out = Path("out")
    for standard in False, True:
        clear()
        arguments = run + ["--resume", "out"] + ([] if standard else ["-o", "out"])
        out.touch()
        first = start(arguments, "out" if standard else None, records=lambda: len(lines_of(out)))
        with open("out" if standard else os.devnull, "ab") as stdout:
            second = subprocess.run([CNNC, *arguments, "--", *NAMES], stdout=stdout, stderr=subprocess.PIPE)
        assert second.returncode == 5 and b"another run adds to it" in second.stderr, second
        end(first, signal.SIGINT)
        assert lines_of(out) == whole[:-1]
        good = subprocess.run([CNNC, *arguments, "--", *NAMES], stdout=subprocess.DEVNULL)
        assert good.returncode == 0, "the lock outlived its run"


def write_array(path, count):
    """Of 28x28 bytes, no two images alike."""
    head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (%d, 28, 28), }" % count
    head = head.ljust(117) + b"\n"
    images = random.Random(count).randbytes(count * 28 * 28)
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + images)


def arrays(net):
    """The signal comes between the images of one. A pipe that nobody reads holds the first run up, far before its
    last image; the second, into a file, may be through."""
    clear()
    array, out = Path("big.npy"), Path("out.jsonl")
    write_array(array, 8000)
    run = [CNNC, "run", net, "--batch", "4", "--topk", "2"]
    whole = subprocess.run([*run, array], capture_output=True, check=True).stdout
    process = subprocess.Popen([*run, array], stdout=subprocess.PIPE, stderr=open("stderr", "wb"))
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    said = first + process.stdout.read()
    assert process.wait(PATIENCE) == -signal.SIGINT, process.returncode
    assert whole.startswith(said) and len(said) < len(whole) and len(said.splitlines()) % 4 == 0, len(said)
    out.write_bytes(said)
    rest = subprocess.run([*run, "--resume", out, array], capture_output=True, check=True).stdout
    assert said + rest == whole
    clear()
    process = subprocess.Popen([*run, "-o", out, array], stderr=open("stderr", "wb"))
    wait_for("records", lambda: any(map(lines_of, temporaries())) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    if process.wait(PATIENCE) != 0:
        assert process.returncode == -signal.SIGINT and whole.startswith(out.read_bytes())
        call = Path("stderr").read_text().split("\n", 1)[1]
        subprocess.run(["sh", "-c", call], check=True)
    assert out.read_bytes() == whole and not temporaries()


def killed(run, net):
    """Its temporary goes with the next save; that of a run that lives stays."""
    clear()
    dead = start(run + ["-o", "out"])
    dead.kill()
    dead.wait()
    left = temporaries()
    live = start(run + ["-o", "out2"],
                 records=lambda: sum(len(lines_of(path)) for path in temporaries() if path not in left))
    kept = [path for path in temporaries() if path not in left]
    assert len(left) == 1 and not left[0].exists() and len(kept) == 1, (left, kept)
    subprocess.run([CNNC, "compile", net, "-o", "out.cnnp"], check=True)
    assert temporaries() == kept
    end(live, signal.SIGTERM)


def compiles(net):
    clear()
    for _ in range(10):
        both = [subprocess.Popen([CNNC, "compile", net, "-o", "out.cnnp"]) for _ in range(3)]
        assert [process.wait() for process in both] == [0, 0, 0]
    assert not temporaries()


def main():
    global CNNC
    CNNC, top = map(os.path.abspath, sys.argv[1:3])
    net, picture = f"{top}/specs/lenet5-fashion.yaml", next(Path(f"{top}/testdata/images").glob("*.png"))
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        run = prepare(net, picture)
        shutil.copy(picture, "last")
        answers = subprocess.run([CNNC, *run, "--", *NAMES, "last"], capture_output=True, check=True).stdout
        whole = answers.replace(b'"last"', b'"last\\n"').splitlines(keepends=True)
        interrupts(run, picture, whole)
        nothing_is_lost(run)
        other_formats(run)
        no_record(run)
        meetings(run, whole)
        arrays(net)
        killed(run, net)
        compiles(net)
        os.chdir("/")


if __name__ == "__main__":
    main()
