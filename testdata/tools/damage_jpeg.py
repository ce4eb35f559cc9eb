#!/usr/bin/python3
"""Damages JPEG files in some thousand ways, and says how picture_read judges them.

Stray bytes stand anywhere but right after SOI: with them, a file is not known as a JPEG. Sound is a
file that libjpeg decodes to the pixels of the undamaged one, whatever it warns of; all others are
damaged. Two rates are told by kind of damage: of sound files refused, and of damaged ones
accepted. Some files are sound by luck: libjpeg ran out of data, or met no code, and the pixels that it
made up are those that were lost. Nothing in the file says so; of the refused ones they are counted
apart. Those that libjpeg decodes to other pixels without any warning cannot be seen, and are
counted apart. With Pillow, a C compiler, and the runtime library of a build:
    damage_jpeg.py BUILD DATA/images [COUNT [SEED [KEEP]]]
COUNT: damages of each kind. KEEP: a folder for the files that are judged wrongly.
"""
import collections
import glob
import io
import os
import random
import subprocess
import sys
import tempfile

from PIL import Image

TOOLS = os.path.dirname(os.path.abspath(__file__))
SOI, EOI, SOS, DQT, DHT, DRI = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD


# ---- the undamaged ----

def pictures(folder, random_of):
    """Name and bytes of JPEG files of every kind that Pillow writes."""
    settings = [dict(quality=quality, subsampling=subsampling, progressive=progressive,
                     optimize=optimize)
                for quality in (40, 75, 95) for subsampling in (0, 1, 2)
                for progressive in (False, True) for optimize in (False, True)]
    for path in sorted(glob.glob(os.path.join(folder, "*"))):
        image = Image.open(path).convert("RGB")
        for number, setting in enumerate(random_of.sample(settings, 9)):
            size = random_of.choice((24, 61, 160, 320))
            side = min(size, *image.size)
            x, y = (random_of.randint(0, extent - side) for extent in image.size)
            part = image.crop((x, y, x + side, y + side))
            if number % 3 == 2:
                part = part.convert("L")
            elif number == 4:
                part = part.convert("CMYK")
            file = io.BytesIO()
            part.save(file, "JPEG", **setting)
            name = f"{os.path.splitext(os.path.basename(path))[0]}-{number}"
            yield name, file.getvalue(), setting["progressive"]
            restarted = with_restarts(file.getvalue(), random_of)
            if restarted:
                yield name + "-rst", restarted, setting["progressive"]


def with_restarts(data, random_of):
    """jpegtran adds them, without other changes."""
    rows = random_of.choice(("1B", "3B", "7B", "1", "2"))
    done = subprocess.run(["jpegtran", "-restart", rows] + ["-progressive"] * is_progressive(data),
                          input=data, stdout=subprocess.PIPE, check=False)
    return done.stdout if done.returncode == 0 else None


def is_progressive(data):
    return any(marker == 0xC2 for marker, _, _ in parts(data))


# ---- their structure ----

def parts(data):
    """Marker, begin and end of each: a segment, an RST, or (None) entropy-coded data."""
    result, at = [], 0
    while at < len(data):
        marker = data[at + 1]
        end = at + 2
        if marker not in (SOI, EOI) and not 0xD0 <= marker <= 0xD7:
            end += data[at + 2] << 8 | data[at + 3]
        result.append((marker, at, end))
        at = end
        if marker == SOS or 0xD0 <= marker <= 0xD7:
            while data[at] != 0xFF or data[at + 1] == 0:
                at += 1
            result.append((None, end, at))
    return result


class Target:
    """A file to be damaged, and where what is in it."""
    def __init__(self, name, data):
        self.name, self.data, self.parts = name, data, parts(data)
        self.markers = [part for part in self.parts if part[0] not in (None, SOI)]
        self.later = self.markers[1:]
        self.restarts = [part for part in self.parts if part[0] and 0xD0 <= part[0] <= 0xD7]
        self.entropy = [part for part in self.parts if part[0] is None and part[2] > part[1]]
        self.scans = [part for part in self.parts if part[0] == SOS]
        self.apps = [part for part in self.parts if part[0] and 0xE0 <= part[0] <= 0xEF]

    def spliced(self, begin, end, middle=b""):
        return self.data[:begin] + middle + self.data[end:]

    def changed(self, at, byte):
        return self.spliced(at, at + 1, bytes([byte]))


def stray(random_of):
    count = random_of.choice((1, 2, 5, 8, 9, 16, 33, 64))
    kind = random_of.choice(("zero", "letter", "fill", "random", "random"))
    if kind == "random":
        return bytes(random_of.randrange(255) for _ in range(count))
    return {"zero": b"\0", "letter": b"A", "fill": b"\xFF"}[kind] * count


# ---- damages: each gives bytes, or None where there is nothing to damage ----

def before(*wanted):
    def damage(target, random_of):
        places = [part for part in target.later if not wanted or part[0] in wanted]
        if not places:
            return None
        at = random_of.choice(places)[1]
        return target.spliced(at, at, stray(random_of))
    return damage


def before_restart(target, random_of):
    if not target.restarts:
        return None
    at = random_of.choice(target.restarts)[1]
    return target.spliced(at, at, stray(random_of))


def before_several(target, random_of):
    data = target.data
    for _, at, _ in sorted(random_of.sample(target.later, min(3, len(target.later))),
                           key=lambda part: -part[1]):
        data = data[:at] + stray(random_of) + data[at:]
    return data


def sos_field(offset):
    """offset: from the end of SOS: -3 Ss, -2 Se, -1 Ah and Al."""
    def damage(target, random_of):
        at = random_of.choice(target.scans)[2] + offset
        return target.changed(at, random_of.choice((0, 1, 5, 63, 0x10, random_of.randrange(256))))
    return damage


def lost_restart(target, random_of):
    if not target.restarts:
        return None
    _, begin, end = random_of.choice(target.restarts)
    return target.spliced(begin, end)


def doubled_restart(target, random_of):
    if not target.restarts:
        return None
    _, begin, end = random_of.choice(target.restarts)
    return target.spliced(end, end, target.data[begin:end])


def swapped_restarts(target, random_of):
    if len(target.restarts) < 2:
        return None
    first, second = random_of.sample(target.restarts, 2)
    data = bytearray(target.data)
    data[first[1] + 1], data[second[1] + 1] = data[second[1] + 1], data[first[1] + 1]
    return bytes(data)


def wrong_restart(target, random_of):
    if not target.restarts:
        return None
    _, begin, _ = random_of.choice(target.restarts)
    return target.changed(begin + 1, 0xD0 + random_of.randrange(8))


def lost_interval(target, random_of):
    if not target.restarts:
        return None
    begin = random_of.choice(target.restarts)[1]
    end = [part[1] for part in target.markers if part[1] > begin][0]
    return target.spliced(begin, end)


def flipped(count):
    def damage(target, random_of):
        data = bytearray(target.data)
        for _ in range(count):
            _, begin, end = random_of.choice(target.entropy)
            data[random_of.randrange(begin, end)] ^= 1 << random_of.randrange(8)
        return bytes(data)
    return damage


def deleted(target, random_of):
    _, begin, end = random_of.choice(target.entropy)
    at = random_of.randrange(begin, end)
    return target.spliced(at, min(end, at + random_of.choice((1, 1, 2, 4, 16, 64))))


def deleted_anywhere(target, random_of):
    at = random_of.randrange(target.parts[1][1], len(target.data))
    return target.spliced(at, at + random_of.choice((1, 2, 64, 512, 1000)))


def inserted(target, random_of):
    _, begin, end = random_of.choice(target.entropy)
    at = random_of.randrange(begin, end)
    return target.spliced(at, at, stray(random_of))


def overwritten(target, random_of):
    _, begin, end = random_of.choice(target.entropy)
    at = random_of.randrange(begin, end)
    count = min(end - at, random_of.choice((1, 4, 32)))
    return target.spliced(at, at + count, bytes(random_of.randrange(255) for _ in range(count)))


def cut(target, random_of):
    return target.data[:random_of.randrange(4, len(target.data))]


def cut_at_marker(target, random_of):
    return target.data[:random_of.choice(target.markers)[1]]


def cut_at_end(target, random_of):
    return target.data[:-random_of.randint(1, 12)]


def cut_and_ended(target, random_of):
    return cut(target, random_of) + b"\xFF\xD9"


def no_end(target, _):
    return target.data[:-2]


def no_end_but_more(target, random_of):
    return target.data[:-2] + random_of.choice((stray(random_of), target.data))


def junk_after_end(target, random_of):
    return target.data + random_of.choice((stray(random_of), target.data, b"\n"))


def changed_length(target, random_of):
    if not target.apps:
        return None
    _, begin, _ = random_of.choice(target.apps)
    return target.changed(begin + 3, random_of.randrange(256))


def changed_version(target, random_of):
    if not target.apps:
        return None
    _, begin, _ = random_of.choice(target.apps)
    return target.changed(begin + 9, random_of.randrange(256))


def changed_transform(target, random_of):
    adobe = [part for part in target.apps if part[0] == 0xEE]
    return target.changed(adobe[0][1] + 15, random_of.randrange(256)) if adobe else None


def bogus_profile(target, random_of):
    payload = b"ICC_PROFILE\0" + bytes(random_of.randrange(256) for _ in range(random_of.choice(
        (1, 2, 9))))
    return target.spliced(2, 2, b"\xFF\xE2" + (len(payload) + 2).to_bytes(2, "big") + payload)


def changed_interval(target, random_of):
    interval = [part for part in target.parts if part[0] == DRI]
    at = interval[0][2] - 1 if interval else 0
    if interval:
        return target.changed(at, random_of.randrange(256))
    return target.spliced(2, 2, b"\xFF\xDD\0\4\0" + bytes([random_of.randrange(256)]))


def scan_range(target, random_of):
    """With its tables: from the end of the data before it to the end of its own."""
    number = random_of.randrange(len(target.scans))
    after = [part[1] for part in target.markers if part[1] > target.scans[number][1] and
             not 0xD0 <= part[0] <= 0xD7]
    begin = target.scans[number][1]
    for marker, at, end in reversed([part for part in target.parts if part[1] < begin]):
        if marker != DHT or end != begin:
            break
        begin = at
    return begin, after[0]


def lost_scan(target, random_of):
    if len(target.scans) < 2:
        return None
    return target.spliced(*scan_range(target, random_of))


def doubled_scan(target, random_of):
    begin, end = scan_range(target, random_of)
    return target.spliced(end, end, target.data[begin:end])


def changed_component(target, random_of):
    at = random_of.choice(target.scans)[1] + 5
    return target.changed(at, random_of.choice((0, 1, 2, 3, 4)))


def changed_head(target, random_of):
    heads = [part for part in target.parts if part[0] not in (None, SOI, EOI)]
    _, begin, end = random_of.choice(heads)
    return target.changed(random_of.randrange(begin, end), random_of.randrange(256))


DAMAGES = {
    "stray bytes before EOI": before(EOI),
    "stray bytes before RST": before_restart,
    "stray bytes before DQT": before(DQT),
    "stray bytes before DHT": before(DHT),
    "stray bytes before SOS": before(SOS),
    "stray bytes before any marker": before(),
    "stray bytes before three markers": before_several,
    "SOS: Ss changed": sos_field(-3),
    "SOS: Se changed": sos_field(-2),
    "SOS: Ah, Al changed": sos_field(-1),
    "SOS: component changed": changed_component,
    "RST lost": lost_restart,
    "RST doubled": doubled_restart,
    "RSTs swapped": swapped_restarts,
    "RST of another number": wrong_restart,
    "interval lost": lost_interval,
    "DRI changed": changed_interval,
    "bit flipped in data": flipped(1),
    "3 bits flipped in data": flipped(3),
    "bytes deleted in data": deleted,
    "bytes inserted in data": inserted,
    "bytes overwritten in data": overwritten,
    "bytes deleted anywhere": deleted_anywhere,
    "cut anywhere": cut,
    "cut at a marker": cut_at_marker,
    "cut in the last 12 bytes": cut_at_end,
    "cut anywhere, EOI added": cut_and_ended,
    "EOI missing": no_end,
    "EOI missing, more follows": no_end_but_more,
    "more after EOI": junk_after_end,
    "APPn: length changed": changed_length,
    "APPn: version changed": changed_version,
    "APP14: transform changed": changed_transform,
    "ICC profile bogus": bogus_profile,
    "scan lost": lost_scan,
    "scan doubled": doubled_scan,
    "byte of a header changed": changed_head,
}


# ---- judging ----

def build_judge(build, folder):
    judge = os.path.join(folder, "judge")
    subprocess.run(["cc", "-O2", "-o", judge, os.path.join(TOOLS, "judge_jpeg.c"),
                    os.path.join(build, "runtime", "libcnnc_runtime.a"), "-ljpeg", "-lpng",
                    "-lz", "-ljansson", "-l:libblis.a", "-lm", "-pthread"], check=True)
    return subprocess.Popen([judge], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


MADE_UP = {"117", "118"}  # JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE


class Row:
    """Of a kind of damage."""
    def __init__(self):
        self.sound = self.refused = self.luck = self.damaged = self.accepted = self.silent = 0

    def add(self, other):
        for field in vars(self):
            setattr(self, field, getattr(self, field) + getattr(other, field))

    def __str__(self):
        def rate(part, whole):
            return f"{part:5} {100 * part / whole:5.1f} %" if whole else f"{part:5}       -"
        return (f"{self.sound:6} {rate(self.refused, self.sound)} {self.luck:5}  "
                f"{self.damaged:6} {rate(self.accepted, self.damaged)}  {self.silent:6}")


def main():
    build, folder = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    random_of = random.Random(seed)
    keep = sys.argv[5] if len(sys.argv) > 5 else None
    with tempfile.TemporaryDirectory() as work:
        judge = build_judge(build, work)
        path = os.path.join(work, "x.jpg")

        def ask(data):
            with open(path, "wb") as file:
                file.write(data)
            judge.stdin.write(path + "\n")
            judge.stdin.flush()
            return judge.stdout.readline().split()

        targets = [Target(name, data) for name, data, _ in pictures(folder, random_of)]
        undamaged = {target.name: ask(target.data) for target in targets}
        for name, (pixels, judged, _, warnings) in undamaged.items():
            assert pixels != "none" and judged == "sound" and warnings == "-", name
        print(f"{len(targets)} pictures, seed {seed}")
        print(f"{'damage':34} {'sound':>6} {'refused':>13} {'luck':>5}  {'damaged':>6} {'accepted':>13}  silent")
        total = Row()
        for kind, damage in DAMAGES.items():
            row, codes = Row(), collections.Counter()
            while row.sound + row.damaged + row.silent < count:
                target = random_of.choice(targets)
                data = damage(target, random_of)
                if data is None or data == target.data:
                    continue
                pixels, judged, mine, warnings = ask(data)
                sound = pixels == undamaged[target.name][0]
                accepted = judged in ("sound", "note")
                row.sound += sound
                row.refused += sound and not accepted
                row.luck += (sound and not accepted and
                             not MADE_UP.isdisjoint(warnings.split(",")))
                row.silent += not sound and accepted and judged == "sound"
                row.damaged += not sound and judged != "sound"
                row.accepted += not sound and judged == "note"
                assert not accepted or not sound or mine == undamaged[target.name][2]
                if sound != accepted and judged != "sound":
                    codes[f"{'+' if sound else '-'}{warnings}"] += 1
                    if keep:
                        slug = "".join(c if c.isalnum() else "-" for c in kind)
                        with open(os.path.join(keep, f"{'+-'[not sound]}{slug}-{target.name}-"
                                               f"{warnings}-{judged}.jpg"), "wb") as file:
                            file.write(data)
            total.add(row)
            detail = " ".join(f"{code}:{n}" for code, n in codes.most_common(6))
            print(f"{kind:34} {row}  {detail if keep else ''}".rstrip(), flush=True)
        print(f"{'all':34} {total}")


if __name__ == "__main__":
    main()
