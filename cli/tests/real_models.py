#!/usr/bin/env python3
"""Trained networks of others give what others computed with them.

    real_models.py CNNC TOP MODEL    with MODEL.yaml in TOP/testdata/models

Weights, data and expected outputs are in $CNNC_TEST_DATA, which is far larger than the source tree;
without it the test is skipped.
"""
import array
import csv
import gzip
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

SKIPPED = 77
TOLERANCE = 1e-3  # of a logit; they are up to 40


def values(path):
    """The numbers of a .npy file of float32 or uint8 in C order, and its shape."""
    with open(path, "rb") as file:
        assert file.read(8) == b"\x93NUMPY\x01\x00"
        header = file.read(struct.unpack("<H", file.read(2))[0]).decode()
        rest = file.read()
    code = {"<f4": "f", "|u1": "B"}[re.search(r"'descr': '(...)'", header)[1]]
    shape = tuple(map(int, re.findall(r"\d+", re.search(r"'shape': \((.*?)\)", header)[1])))
    assert "'fortran_order': False" in header or len(shape) == 1
    return array.array(code, rest), shape


def write_npy(path, numbers, shape):
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode())
        array.array("f", numbers).tofile(file)


def idx(path):
    """The bytes of an IDX file of uint8 and its extents."""
    with gzip.open(path) as file:
        rank = struct.unpack(">HBB", file.read(4))[2]
        shape = struct.unpack(f">{rank}I", file.read(4 * rank))
        return file.read(), shape


def png_rows(path):
    """The rows of an RGB picture of 8 bits that is not interlaced: filters of PNG section 9."""
    with open(path, "rb") as file:
        data = file.read()
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    assert (depth, colour, interlace) == (8, 2, 0)
    packed, at = b"", 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    raw, stride = zlib.decompress(packed), 3 * width
    above = bytearray(stride)
    for y in range(height):
        kind = raw[y * (stride + 1)]
        row = bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for i in range(stride) if kind else ():
            left, up = row[i - 3] if i > 2 else 0, above[i]
            corner = above[i - 3] if i > 2 else 0
            row[i] = (row[i] + predict(kind, left, up, corner)) & 255
        yield row
        above = row


def predict(kind, left, up, corner):
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    return min((left, up, corner), key=lambda cell: abs(guess - cell))


def run(*arguments, stdin=None):
    """cnnc run: its output as an array of numbers, and their shape."""
    path = os.path.join(scratch, "out.npy")
    command = [cnnc, "run", *arguments, "--format", "npy", "--out", path]
    subprocess.run(command, check=True, input=stdin)
    return values(path)


def top(logits, many=1):
    return sorted(range(len(logits)), key=lambda i: -logits[i])[:many]


def compare(what, got, wanted):
    assert len(got) == len(wanted), f"{what}: {len(got)} numbers; expected {len(wanted)}"
    for a, b in zip(got, wanted):
        assert abs(a - b) <= TOLERANCE, f"{what}: {a}; expected {b}"  # also where one is NaN


def expected(name):
    return os.path.join(data, "expected", name)


def burn_mnist(model):
    """As arrays of numbers; as a stream of pictures; and counted."""
    weights = ["--weights", os.path.join(data, "weights/burn-mnist.safetensors")]
    images = os.path.join(data, "datasets/t10k-images-idx3-ubyte.gz")
    pixels, shape = idx(images)
    labels, _ = idx(os.path.join(data, "datasets/t10k-labels-idx1-ubyte.gz"))
    table = [(x / 255 - 0.1307) / 0.3081 for x in range(256)]
    path = os.path.join(scratch, "t10k.npy")
    write_npy(path, map(table.__getitem__, pixels), (shape[0], 1, *shape[1:]))
    logits, (count, classes) = run(model, *weights, path)
    answers = [top(logits[i * classes : (i + 1) * classes])[0] for i in range(count)]
    first, _ = values(expected("burn-mnist-t10k-first1000-logits.npy"))
    compare("the logits of the first digits", logits[: len(first)], first)
    wanted, _ = values(expected("burn-mnist-t10k-pred.npy"))
    assert answers == list(wanted), "other answers"
    errors = sum(a != b for a, b in zip(answers, labels))
    assert errors == 83, f"{errors} errors"
    size = shape[1] * shape[2]
    digits = (pixels[i : i + size] for i in range(0, len(first) // classes * size, size))
    frames = b"".join(b"P5 28 28 255\n" + digit for digit in digits)
    logits, _ = run(model, *weights, "--frames", "pnm", "-", stdin=frames)
    compare("the logits of the first digits in a stream", logits, first)
    command = [cnnc, "eval", model, *weights, "--data", images, "--format", "json"]
    tally = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert tally["pictures"] - tally["right"] == 83, tally


def cifar10_quick(model):
    mean, shape = values(os.path.join(data, "weights/cifar10-mean-approx.npy"))
    plane = shape[1] * shape[2]
    pictures = array.array("f")
    for row in png_rows(os.path.join(data, "datasets/cifar10-train-0.png")):
        for c in range(3):
            cells = zip(row[c::3], mean[c * plane : (c + 1) * plane])
            pictures.extend(cell - average for cell, average in cells)
    path = os.path.join(scratch, "pictures.npy")
    write_npy(path, pictures, (len(pictures) // len(mean), *shape))
    weights = os.path.join(data, "weights/cifar10-quick-caffe-5000.npz")
    logits, _ = run(model, "--weights", weights, path)
    wanted, shape = values(expected("cifar10-quick-train-0-logits.npy"))
    assert shape == (1000, 10)
    compare("the logits of the pictures", logits, wanted)


def mobilenet_v1_025(model):
    """From the JPEG and PNG files on."""
    lines = {}
    with open(expected("mobilenet-v1-025-pictures-top5.csv"), newline="") as file:
        for line in csv.DictReader(file):
            lines.setdefault(line["picture"], []).append(line)
    pictures = [os.path.join(data, "images", name) for name in lines]
    weights = os.path.join(data, "weights/mobilenet-v1-025-224.safetensors")
    logits, (count, classes) = run(model, "--weights", weights, *pictures)
    assert count == len(pictures) > 0
    for i, (name, wanted) in enumerate(lines.items()):
        scores = logits[i * classes : (i + 1) * classes]
        best = [int(line["class_index"]) for line in wanted]
        assert top(scores, 5) == best, f"{name}: {top(scores, 5)}; expected {best}"
        compare(name, [scores[k] for k in best], [float(line["logit"]) for line in wanted])


cnnc, folder = sys.argv[1], os.path.join(sys.argv[2], "testdata/models")
data = os.environ.get("CNNC_TEST_DATA", "")
if not os.path.isdir(os.path.join(data, "expected")):
    print(f"SKIPPED: CNNC_TEST_DATA={data} names no folder with the models")
    sys.exit(SKIPPED)
with tempfile.TemporaryDirectory() as scratch:
    name = sys.argv[3]
    globals()[name.replace("-", "_")](os.path.join(folder, name + ".yaml"))
