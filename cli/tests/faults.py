#!/usr/bin/env python3
"""faults.py CNNC TOP LIBRARY disk|signals|order: what the system can do to a call that writes files. LIBRARY is
failing_calls.c's; a number says at which call something happens.

disk: each call that changes a file fails, one in each run: the disk is full, or broken. Then the exit is 5
with a message, every output holds its old bytes (or the new ones, once it was renamed), no temporary is left,
and what is only added to keeps what it had. The last run, where none fails, makes what a quiet one makes.

signals: SIGINT, SIGTERM and SIGHUP at POINTS places, once and twice, and SIGTSTP, after which SIGCONT goes on.
A signal ends the call as it should, with nothing left behind; but `run` ends the batch that it has begun, and
what it has written of JSON Lines stays, as a part beside the old file.

order: what is written is on the disk before it gets its name, and the name is before the call ends: write..., fsync
of the file, rename, fsync of its folder, and no write to the file after that.
"""

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

REPORT = 9  # the descriptor that LIBRARY writes to
POINTS = 50
MOST = 2000  # calls of a scenario; more: it never ends
OLD = b"what was there before\n"


class Scenario:
    """A call; the files it makes; what they hold before it; how many bytes a write takes."""

    def __init__(self, arguments, outputs, old=OLD, piece=0, appends=False):
        self.arguments, self.outputs, self.old = arguments.split(), outputs, old
        self.piece, self.appends = piece, appends
        self.good = None

    def __str__(self):
        return "cnnc " + " ".join(self.arguments)

    def contents(self):
        return [Path(name).read_bytes() if os.path.exists(name) else None for name in self.outputs]

    def start(self, **settings):
        """A process of its own group; standard output is the end of the file `stdout`, if that is an output."""
        for name in self.outputs:
            Path(name).unlink(missing_ok=True)
            if self.old is not None and name != "stdout":
                Path(name).parent.mkdir(exist_ok=True)
                Path(name).write_bytes(self.old)
        for empty in empty_directories():
            empty.rmdir()
        if self.appends and "stdout" in self.outputs:
            Path("stdout").write_bytes(self.old)
        environment = dict(os.environ, LD_PRELOAD=LIBRARY, CALL_PIECE=str(self.piece))
        environment["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")
        environment.update({key: str(int(value)) for key, value in settings.items()})
        os.truncate(REPORT, 0)
        stdout = "stdout" if "stdout" in self.outputs else os.devnull
        with open(stdout, "ab") as out, open("stderr", "wb") as err:
            return subprocess.Popen([CNNC, *self.arguments], env=environment, stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=err, preexec_fn=prepare, pass_fds=[REPORT])

    def run(self, **settings):
        """exit status; calls that were counted and files that were renamed, or zeros"""
        status = self.start(**settings).wait()
        counted, renamed = map(int, Path("report").read_bytes().splitlines()[-1:][0].split()
                               if os.path.getsize("report") else (0, 0))
        return status, counted, renamed

    def run_well(self, **settings):
        """The number of calls."""
        status, counted, _ = self.run(**settings)
        assert status == 0, f"{self}: exit {status}: {Path('stderr').read_text()}"
        self.good = self.contents()
        assert all(self.good) and self.good != [self.old] * len(self.good), f"{self}: makes nothing"
        return counted


def prepare():
    os.setpgrp()  # this process stays outside of the group, which is no orphan and can be stopped
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP:
        signal.signal(number, signal.SIG_DFL)


def temporaries():
    return [str(path) for path in Path(".").rglob(".cnnc-*")]


def empty_directories():
    return [path for path in Path(".").iterdir() if path.is_dir() and not any(path.iterdir())]


# ---- disk ----


def kept(scenario, renamed):
    """What the outputs hold when so many files were renamed."""
    made = scenario.contents()
    if scenario.appends:
        return made[0][: len(scenario.old)] == scenario.old
    if scenario.outputs == ["stdout"]:
        return scenario.good[0].startswith(made[0])
    count = len(made)
    return made == scenario.good[:renamed] + [scenario.old] * (count - renamed)


def break_at(scenario, at, error):
    """How many files were renamed; None: there are not so many calls."""
    status, counted, renamed = scenario.run(CALL_AT=at, CALL_ERROR=error)
    said = Path("stderr").read_text()
    place = f"{scenario}: call {at} fails with {errno.errorcode[error]}: "
    assert not temporaries(), f"{place}{temporaries()} is left"
    assert not empty_directories(), f"{place}{empty_directories()} is left"
    if counted < at:
        assert status == 0 and scenario.contents() == scenario.good, f"{place}and none should"
        return None
    assert status == 5, f"{place}exit {status}: {said}"
    assert said.startswith("cnnc: io: ") and os.strerror(error) in said, f"{place}said: {said}"
    assert kept(scenario, renamed), f"{place}the old content is lost"
    return renamed


def break_all(scenario):
    """The number of calls that were made to fail."""
    scenario.run_well(CALL_ERROR=errno.EIO)
    at, late = 0, 0
    while at < MOST:
        renamed = break_at(scenario, at + 1, (errno.ENOSPC, errno.EIO)[at % 2])
        if renamed is None:
            break
        at += 1
        late += renamed > 0
    assert 0 < at < MOST, f"{scenario}: {at} calls"
    assert late <= 2 * len(scenario.outputs), f"{scenario}: {late} calls fail when a file is renamed"
    return at


def disk(scenarios):
    for scenario in scenarios:
        print(f"{break_all(scenario):4} calls of {scenario}")


# ---- signals ----


def end_at(scenario, number, at, again):
    place = f"{scenario}: {signal.Signals(number).name} at call {at}" + (", twice: " if again else ": ")
    part = Path(scenario.outputs[0] + ".part")
    part.unlink(missing_ok=True)
    status, counted, _ = scenario.run(CALL_AT=at, CALL_SIGNAL=number, CALL_AGAIN=again)
    said = Path("stderr").read_text()
    run = scenario.arguments[0] == "run"
    assert status == -number or (status == 0 and (run or counted < at)), f"{place}exit {status}: {said}"
    assert not temporaries(), f"{place}{temporaries()} is left"
    made, old = scenario.contents(), [scenario.old] * len(scenario.outputs)
    assert made == scenario.good or (status and made == old), f"{place}the output is torn"
    if part.exists():
        kept = part.read_bytes()
        assert run and status and made == old, f"{place}a part beside what is whole"
        assert kept and scenario.good[0].startswith(kept), f"{place}the part is torn"
        assert again or kept.endswith(b"\n"), f"{place}a record is cut"
        assert f"--resume {part}\n" in said, f"{place}said: {said}"
    else:
        assert "--resume" not in said, f"{place}said: {said}"
    return status, part.exists()


def stop_at(scenario, at):
    """Whether it came so far: threads take more calls or fewer."""
    place = f"{scenario}: stopped at call {at}: "
    process = scenario.start(CALL_AT=at, CALL_SIGNAL=signal.SIGTSTP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    stopped = os.WIFSTOPPED(status)
    if stopped:
        os.kill(process.pid, signal.SIGCONT)
        _, status = os.waitpid(process.pid, 0)
    process.returncode = status  # it is waited for
    counted = int(Path("report").read_bytes().split()[0])
    assert status == 0 and stopped == (counted >= at), f"{place}wait status {status}, {stopped}"
    assert scenario.contents() == scenario.good, f"{place}the output is another"
    return stopped


def signals(scenarios):
    ending = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    for scenario in scenarios:
        counted = scenario.run_well(CALL_SIGNAL=signal.SIGINT)
        assert counted >= POINTS, f"{scenario}: {counted} calls"
        ended, stops, parts = set(), 0, 0
        for point in range(POINTS):
            at = 1 + point * counted // POINTS
            for number in ending:
                status, kept = end_at(scenario, number, at, 0)
                ended.add(status)
                parts += kept
            if point % 2:
                end_at(scenario, ending[point % 3], at, 1 + point % 7)
            else:
                stops += stop_at(scenario, at)
        assert ended >= {-number for number in ending} and stops, f"{scenario}: {ended}, {stops} stops"
        assert bool(parts) == (scenario.arguments[0] == "run"), f"{scenario}: {parts} parts"
        print(f"{counted:4} calls of {scenario}")


# ---- order ----


def disorder(calls, name):
    """What is wrong with the calls, [call, file, path], that give the file of this name its content; or None."""
    at = next((i for i, (call, _, path) in enumerate(calls) if call == "rename" and path == name), None)
    if at is None:
        return "is not renamed"
    file, before, after = calls[at][1], calls[:at], calls[at + 1:]
    of_file = [call for call, which, _ in before if which == file]
    if "write" not in of_file:
        return "is not written"
    if of_file[-1] != "fsync":
        return "is not on the disk when it gets its name"
    about = os.stat(os.path.dirname(name) or ".")
    if not any(call == "fsync" and which == f"{about.st_dev}:{about.st_ino}" for call, which, _ in after):
        return "has a name that is not on the disk"
    return "is written after it has its name" if any(which == file for _, which, _ in after) else None


def others(calls, name):
    """The same calls in wrong orders: disorder says so of each."""
    at = next(i for i, (call, _, path) in enumerate(calls) if call == "rename" and path == name)
    file = calls[at][1]
    flush = max(i for i, (call, which, _) in enumerate(calls[:at]) if call == "fsync" and which == file)
    yield calls[:flush] + calls[flush + 1:]
    yield calls[:at] + calls[at + 1:]
    yield calls[:at + 1]
    yield calls + [["write", file, ""]]
    yield calls[:at] + [["write", file, ""]] + calls[at:]
    yield calls[:at] + calls[at + 1:] + [calls[at]]
    yield [call for call in calls if call[:2] != ["write", file]]


def order(scenarios):
    for scenario in scenarios:
        if scenario.appends or "stdout" in scenario.outputs:
            continue
        scenario.run_well(CALL_TRACE=1)
        lines = Path("report").read_text().splitlines()[:-1]
        calls = [(line.split(" ", 2) + [""])[:3] for line in lines]
        for name in scenario.outputs:
            wrong = disorder(calls, name)
            assert not wrong, f"{scenario}: {name} {wrong}: {calls}"
            assert all(disorder(other, name) for other in others(calls, name)), "no order is wrong"
        print(f"{len(calls):4} calls of {scenario}")


# ---- scenarios ----


def maps(directory):
    return [f"{directory}/00{name}-maps.{kind}" for name in ("1-conv1", "2-fc1") for kind in ("png", "json")]


def scenarios_of(what, net, plan, pictures):
    run = f"run {plan} {pictures} --batch 1"
    answers = subprocess.run([CNNC, *run.split()], stdout=subprocess.PIPE, check=True).stdout
    half = b"".join(answers.splitlines(keepends=True)[:5])
    common = [
        Scenario(f"compile {net} -o out.cnnp", ["out.cnnp"], piece=30000),
        Scenario(f"{run} -o out", ["out"], piece=200),
        Scenario("show two.yaml --random-weights 1 two.npy --maps all -o d", maps("d")),
    ]
    if what == "signals":
        return common
    return common + [
        Scenario(run, ["stdout"]),
        Scenario(f"{run} --format npy --output pool1 -o out.npy", ["out.npy"], piece=9999),
        Scenario(f"{run} --resume out -o out", ["out"], half, 50, True),
        Scenario(f"{run} --resume stdout", ["stdout"], half, appends=True),
        Scenario(f"show {plan} --filters conv1 -o d/o.png", ["d/o.png", "d/o.json"], piece=99),
        Scenario("show two.yaml --random-weights 1 two.npy --maps all -o new", maps("new"), None),
        Scenario(f"eval {plan} --data set --format json", ["stdout"]),
        Scenario(f"check {net} --format svg", ["stdout"]),
    ]


def main():
    global CNNC, LIBRARY
    CNNC, top, LIBRARY = map(os.path.abspath, sys.argv[1:4])
    net, pictures = f"{top}/specs/lenet5-fashion.yaml", f"{top}/testdata/images"
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        os.dup2(os.open("report", os.O_WRONLY | os.O_CREAT | os.O_APPEND), REPORT)
        subprocess.run([CNNC, "compile", net, "-o", "net.cnnp"], check=True)
        Path("two.yaml").write_text("{input: 1x6x6, layers: [conv: {filters: 4, kernel: 3}, fc: {units: 3}]}")
        subprocess.run([f"{top}/testdata/tools/tensors.py", "two.npy", "1x6x6"], check=True)
        for name in os.listdir(pictures):
            os.makedirs("set/" + name[0])
            os.symlink(f"{pictures}/{name}", f"set/{name[0]}/{name}")
        {"disk": disk, "signals": signals, "order": order}[sys.argv[4]](
            scenarios_of(sys.argv[4], net, "net.cnnp", pictures))
        os.chdir("/")


if __name__ == "__main__":
    main()
