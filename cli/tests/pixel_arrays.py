#!/usr/bin/env python3
"""The same pixels as PNG and as an .npy array of uint8 give the same records: pixel_arrays.py CNNC

Arrays of every layout, order and number of pictures, through run, eval and show, from files and
pipes; shapes of two readings are refused."""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

CNNC = os.path.abspath(sys.argv[1])
HEIGHT, WIDTH, COUNT = 17, 13, 4
faults = 0


def expect(good, *what):
    global faults
    if not good:
        faults += 1
        print("FAILED:", *what)


def png(name, picture):
    """picture: [row][column][channel]"""
    height, width, channels = len(picture), len(picture[0]), len(picture[0][0])

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(x for pixel in row for x in pixel) for row in picture)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n"
                   + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def index(shape):
    if not shape:
        yield ()
        return
    for i in range(shape[0]):
        for rest in index(shape[1:]):
            yield (i, *rest)


def npy(pictures, form, fortran=False, kind="|u1", pack="B"):
    """form: the dimensions, of n, h, w, c; those left out are of one picture or channel."""
    sizes = {"n": len(pictures), "h": len(pictures[0]), "w": len(pictures[0][0]),
             "c": len(pictures[0][0][0])}
    shape = [sizes[letter] for letter in form]
    order = form[::-1] if fortran else form
    values = []
    for at in index([sizes[letter] for letter in order]):
        place = dict(zip(order, at))
        picture = pictures[place.get("n", 0)]
        values.append(picture[place["h"]][place["w"]][place.get("c", 0)])
    text = repr({"descr": kind, "fortran_order": fortran, "shape": tuple(shape)}).encode() + b"\n"
    return (b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text
            + struct.pack(f"<{len(values)}{pack}", *values))


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)


def run(*arguments, stdin=None):
    done = subprocess.run([CNNC, "run", *arguments, "--raw", "-f", "jsonl"], input=stdin,
                          capture_output=True, check=False)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, [record.get("values") for record in records], done.stderr.decode()


def spec(name, size, image, layers="[clip: {name: same, min: -99, max: 99}]"):
    write(name, f"input: {size}\n{image}\nlayers: {layers}\n".encode())


def pictures_of(channels, height=HEIGHT, width=WIDTH, count=COUNT):
    return [[[[random.randrange(256) for _ in range(channels)] for _ in range(width)]
             for _ in range(height)] for _ in range(count)]


def records_of(net, pictures):
    """What the pictures give as PNG."""
    names = []
    for picture in pictures:
        names.append(f"{len(names)}.png")
        png(names[-1], picture)
    code, values, _ = run(net, *names)
    expect(code == 0, net, "as PNG")
    return values


def same(net, pictures, form, wanted, *options, fortran=False):
    array = npy(pictures, form, fortran)
    write("x.npy", array)
    what = (net, form, len(pictures), len(pictures[0][0][0]), options, fortran)
    code, values, said = run(net, "x.npy", *options)
    expect(code == 0 and values == wanted and not said, *what, said)
    code, values, said = run(net, "-", *options, stdin=array)
    expect(code == 0 and values == wanted and not said, "stdin", *what, said)


def refused(net, pictures, form, *words, options=()):
    write("x.npy", npy(pictures, form))
    code, values, said = run(net, "x.npy", *options)
    expect(code == 1 and values == [None] and all(word in said for word in words), net, form,
           options, said)


def every_layout():
    for net in "colour.yaml", "grey.yaml", "colour.cnnp", "box.yaml":
        for channels in 1, 3:
            pictures = pictures_of(channels)
            wanted = records_of(net, pictures)
            for fortran in False, True:
                for form in "nhwc", "nchw":
                    same(net, pictures, form, wanted, fortran=fortran)
                    if (net, form, channels) != ("grey.yaml", "nchw", 3):
                        same(net, pictures[:1], form[1:], wanted[:1], fortran=fortran)
                    same(net, pictures[:3], form, wanted[:3], fortran=fortran)
                    same(net, pictures, form, wanted, "--image",
                         f"layout={form[1:]}", "--batch", "3")
                if channels == 1:
                    same(net, pictures, "nhw", wanted, fortran=fortran)
                    same(net, pictures[:1], "nhw", wanted[:1], fortran=fortran)
                    same(net, pictures[:1], "hw", wanted[:1], fortran=fortran)
        # Alpha is dropped as it is of a PNG; grey with alpha is to be asked for.
        pictures = pictures_of(4)
        wanted = records_of(net, pictures)
        same(net, pictures, "nhwc", wanted)
        same(net, pictures[:1], "hwc", wanted[:1], "--image", "layout=hwc")
        same(net, pictures, "nchw", wanted, "--image", "layout=chw")
        pictures = pictures_of(2)
        same(net, pictures, "nhwc", records_of(net, pictures), "--image", "layout=hwc")


def two_readings():
    for net in "colour.yaml", "grey.yaml":
        both = "layout=chw|hwc"
        refused(net, pictures_of(3, height=3), "hwc", both)
        refused(net, pictures_of(3, height=3, width=3), "hwc", both)
        refused(net, pictures_of(3, height=1), "nhwc", both)
        refused(net, pictures_of(3, height=1), "hwc", both)
        refused(net, pictures_of(1, width=3), "nchw", both)
        refused(net, pictures_of(3, width=3), "nchw", both)
        refused(net, pictures_of(4), "hwc", "layout=hwc|hw")
        for pictures, form in ((pictures_of(3, height=3), "hwc"), (pictures_of(3, height=1), "hwc"),
                               (pictures_of(3, height=3, width=3), "chw"),
                               (pictures_of(1, count=3), "nhw"),
                               (pictures_of(1, width=3), "nhw")):
            one = pictures if "n" in form else pictures[:1]
            layout = form.replace("n", "")
            same(net, pictures, form, records_of(net, one), "--image", f"layout={layout}")
    # Three pictures for a network that takes grey, or a colour picture.
    refused("grey.yaml", pictures_of(1, count=3), "nhw", "layout=chw|hw")
    # As many columns as the network has: they are no channels.
    pictures = pictures_of(1, height=5, width=4)
    same("four.yaml", pictures, "nhw", records_of("four.yaml", pictures))
    # The spec may say it.
    pictures = pictures_of(3, height=3, width=3)
    same("hwc.yaml", pictures, "hwc", records_of("hwc.yaml", pictures[:1]))
    refused("hwc.yaml", pictures_of(1), "nhw", "layout is hwc")
    # None.
    refused("colour.yaml", pictures_of(5), "nhwc", "17x13x5; expected HxW, or with channels")
    refused("colour.yaml", pictures_of(1, count=5), "nhw", "layout is chw",
            options=("--image", "layout=chw"))
    refused("colour.yaml", pictures_of(5), "hwc", "layout is hwc", options=("--image", "layout=hwc"))


def numbers():
    """Other arrays are tensors, of which a note tells once."""
    pictures = pictures_of(3, height=8, width=6)
    for kind, pack in ("<f4", "f"), ("<i4", "i"), ("<f8", "d"):
        write("x.npy", npy(pictures, "nchw", kind=kind, pack=pack))
        code, values, said = run("colour.yaml", "x.npy", "x.npy")
        flat = [float(min(picture[y][x][c], 99)) for picture in pictures for c in range(3)
                for y in range(8) for x in range(6)]
        found = [value for record in values[:COUNT] for value in record]
        expect(code == 0 and len(values) == 2 * COUNT and found == flat, kind, said)
        name = {"<f4": "float32", "<i4": "int32", "<f8": "float64"}[kind]
        expect(said.count("\n") == 1 and f"note: colour.yaml: an array of {name} is fed as it is"
               in said, kind, said)
    # Without rules uint8 is one of them.
    write("x.npy", npy(pictures, "nchw"))
    code, values, said = run("plain.yaml", "x.npy", "x.npy")
    expect(code == 0 and values[0] == values[COUNT] and sum(values[0], 0) > 255, said)
    expect(said.count("\n") == 1 and "an array of uint8 is fed as it is, 0 to 255" in said, said)
    code, values, said = run("plain.yaml", "x.npy", "--image", "scale=1")
    expect(code == 0 and not said and values == records_of("scaled.yaml", pictures), said)


def evaluate(*arguments):
    return subprocess.run([CNNC, "eval", "scores.yaml", "--random-weights", "3", *arguments, "-f",
                           "csv"], capture_output=True, check=False)


def counts():
    pictures = pictures_of(3, count=20)
    truths = [n % 3 for n in range(20)]
    for n, picture in enumerate(pictures):
        os.makedirs(f"set/{truths[n]}", exist_ok=True)
        png(f"set/{truths[n]}/{n}.png", picture)
    wanted = evaluate("--data", "set")
    expect(wanted.returncode == 0 and len(set(wanted.stdout.splitlines())) == 4, wanted.stderr)
    write("labels.npy", b"\x93NUMPY\1\0" + struct.pack("<H", 60)
          + b"{'descr': '|u1', 'fortran_order': False, 'shape': (20,)}".ljust(59) + b"\n"
          + bytes(truths))
    for form in "nhwc", "nchw":
        for fortran in False, True:
            write("x.npy", npy(pictures, form, fortran))
            found = evaluate("--data", "x.npy", "--labels-data", "labels.npy", "-b", "3")
            expect(found.returncode == 0 and found.stdout == wanted.stdout and not found.stderr,
                   "eval", form, fortran, found.stdout, found.stderr)
    # A class a folder, an array in each.
    for truth in range(3):
        os.makedirs(f"arrays/{truth}")
        write(f"arrays/{truth}/x.npy",
              npy([picture for n, picture in enumerate(pictures) if truths[n] == truth], "nhwc"))
    found = evaluate("--data", "arrays")
    expect(found.stdout == wanted.stdout and not found.stderr, "folders of arrays", found.stderr)
    # What is told and refused.
    write("x.npy", npy(pictures_of(3, height=1, count=20), "nhwc"))
    found = evaluate("--data", "x.npy", "--labels-data", "labels.npy")
    expect(found.returncode == 3 and b"layout=chw|hwc" in found.stderr, found.stderr)
    write("x.npy", npy(pictures_of(3, height=8, width=6, count=20), "nchw", kind="<f4", pack="f"))
    found = evaluate("--data", "x.npy", "--labels-data", "labels.npy")
    expect(found.returncode == 0 and b"an array of float32 is fed as it is" in found.stderr,
           found.stderr)


def shown():
    pictures = pictures_of(3)
    png("0.png", pictures[0])
    write("x.npy", npy(pictures, "nhwc"))
    for mode in ("--maps", "same"), ("--patches", "same", "--topk", "4"):
        for name in "0.png", "x.npy":
            done = subprocess.run([CNNC, "show", "colour.yaml", name, *mode, "-o",
                                   f"shown-{name}.png"], capture_output=True, check=False)
            expect(done.returncode == 0 and not done.stderr, "show", mode, done.stderr)
        with open("shown-0.png.png", "rb") as a, open("shown-x.npy.png", "rb") as b:
            expect((a.read() == b.read()) == (mode[0] == "--maps"), "show", mode)


def main():
    random.seed(7)
    spec("colour.yaml", "3x8x6", "image: {preset: torchvision, resize: 10}")
    spec("grey.yaml", "1x8x6", "image: {preset: mnist}")
    spec("box.yaml", "3x8x6", "image: {preset: darknet}")
    spec("hwc.yaml", "3x8x6", "image: {layout: hwc, channels: bgr}")
    spec("four.yaml", "1x5x4", "image: {preset: mnist}")
    spec("plain.yaml", "3x8x6", "")
    spec("scaled.yaml", "3x8x6", "image: {scale: 1}")
    spec("scores.yaml", "3x8x6", "image: {preset: torchvision, resize: 10}", "[fc: {units: 3}]")
    subprocess.run([CNNC, "compile", "colour.yaml", "-o", "colour.cnnp"], check=True)
    every_layout()
    two_readings()
    numbers()
    counts()
    shown()


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    main()
    os.chdir("/")
print(f"{faults} faults")
sys.exit(faults > 0)
