#!/usr/bin/python3
"""What Pillow makes of pictures: testdata/resample/pillow.tsv, for runtime/tests/check_resample.c.

    testdata/tools/resample.py > testdata/resample/pillow.tsv

Each line: the source's height, width, channels; the box (left, top, right, bottom); the result's
height, width; the CRC-32 of its bytes under box, bilinear, bicubic, lanczos. The source's pixels are
the whole parts of runtime/base/random.h's numbers from 0 to 256, seed = the line's number, name "pixels".
Needs Pillow 9.4 (Debian 12: python3-pil) and numpy.
"""
import random
import zlib

import numpy
import PIL
from PIL import Image

PAIRS = 320  # of sizes, one half of each number of channels, besides the extremes
FILTERS = (Image.BOX, Image.BILINEAR, Image.BICUBIC, Image.LANCZOS)
EXTREMES = [  # height, width of the source and of the result
    (1, 1, 1, 1000), (1, 1, 1000, 1), (1, 10000, 1, 1), (10000, 1, 1, 1), (1, 100000, 1, 7),
    (1, 1, 64, 64), (2, 2, 1, 1), (3, 100, 100, 3), (17, 33, 17, 33), (17, 33, 17, 40),
    (17, 33, 20, 33), (576, 768, 28, 28), (576, 768, 256, 341), (480, 640, 227, 227),
    (333, 500, 224, 224), (28, 28, 224, 224), (70000, 3, 2, 5), (2, 70001, 3, 90),
]


def pixels(seed, count):
    """random_fill(seed, "pixels", 0, count, 0, 256)."""
    mask = (1 << 64) - 1
    name = 0xCBF29CE484222325
    for byte in b"pixels":
        name = (name ^ byte) * 0x100000001B3 & mask
    with numpy.errstate(over="ignore"):
        i = numpy.arange(count, dtype=numpy.uint64) + numpy.uint64((name + 1) & mask)
        s = numpy.uint64(seed) + i * numpy.uint64(0x9E3779B97F4A7C15)
        s = (s ^ s >> numpy.uint64(30)) * numpy.uint64(0xBF58476D1CE4E5B9)
        s = (s ^ s >> numpy.uint64(27)) * numpy.uint64(0x94D049BB133111EB)
        s ^= s >> numpy.uint64(31)
    return (256 * ((s >> numpy.uint64(40)).astype(numpy.float64) * 2.0**-24)).astype(
        numpy.float32).astype(numpy.uint8)


def line(number, case, channels, box):
    height, width, out_height, out_width = case
    array = pixels(number, height * width * channels)
    array = array.reshape((height, width) if channels == 1 else (height, width, channels))
    picture = Image.fromarray(array)
    sums = ["%08x" % zlib.crc32(picture.resize((out_width, out_height), f, box).tobytes())
            for f in FILTERS]
    corners = ["%.9g" % edge for edge in box]
    print(height, width, channels, *corners, out_height, out_width, *sums, sep="\t")


def random_box(dice, height, width):
    """The whole picture, or a part of it with edges at eighths of pixels."""
    if dice.random() < 0.6:
        return (0.0, 0.0, float(width), float(height))
    edges = []
    for size in (width, height):
        begin = dice.randrange(0, size * 8)
        edges.append((begin / 8, dice.randrange(begin + 1, size * 8 + 1) / 8))
    return (edges[0][0], edges[1][0], edges[0][1], edges[1][1])


def main():
    assert PIL.__version__.startswith("9.4"), PIL.__version__
    dice = random.Random(4)
    number = 0
    for case in EXTREMES:
        for channels in (1, 3):
            line(number, case, channels, (0.0, 0.0, float(case[1]), float(case[0])))
            number += 1
    for _ in range(PAIRS):
        case = [int(2 ** dice.uniform(0, 8.2)) for _ in range(4)]
        for channels in (1, 3):
            line(number, case, channels, random_box(dice, case[0], case[1]))
            number += 1


if __name__ == "__main__":
    main()
