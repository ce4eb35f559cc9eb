#!/usr/bin/env python3
"""large_png.py WxH DEPTH COLOUR [-a] [-e] [-s SEED]: on standard output a PNG of this size, colour type and bits a
sample, a flat one, or of random bytes of a period of some thousand with -s; -a: interlaced (Adam7); -e: nothing
follows the header but empty data. Rows are made and packed as they come, so that any size is possible.
"""

import argparse
import random
import struct
import sys
import zlib

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(name, data):
    sys.stdout.buffer.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)))


def passes(width, height, interlaced):
    """Extents of the pictures that it is stored as."""
    for x, y, across, down in ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns, rows = -((x - width) // across), -((y - height) // down)
        if columns > 0 and rows > 0:
            yield columns, rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("size")
    parser.add_argument("depth", type=int)
    parser.add_argument("colour", type=int)
    parser.add_argument("-a", action="store_true")
    parser.add_argument("-e", action="store_true")
    parser.add_argument("-s", type=int)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    sys.stdout.buffer.write(b"\x89PNG\r\n\x1a\n")
    chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, arguments.depth, arguments.colour, 0, 0, arguments.a))
    if arguments.colour == 3:
        chunk(b"PLTE", bytes(range(256)) * 3 if arguments.depth == 8 else bytes(3 << arguments.depth))
    packer = zlib.compressobj(1)
    for columns, rows in [] if arguments.e else passes(width, height, arguments.a):
        size = (columns * SAMPLES[arguments.colour] * arguments.depth + 7) // 8
        some = bytes(size)
        if arguments.s is not None:
            draw = random.Random(arguments.s)
            some = (draw.randbytes(4099) * (size // 4099 + 1))[:size]
        row, block = b"\0" + some, max(1, (1 << 20) // (size + 1))
        for first in range(0, rows, block):
            data = packer.compress(row * min(block, rows - first))
            if data:
                chunk(b"IDAT", data)
    chunk(b"IDAT", packer.flush())
    chunk(b"IEND", b"")


if __name__ == "__main__":
    main()
