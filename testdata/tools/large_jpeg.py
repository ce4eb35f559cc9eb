#!/usr/bin/env python3
"""large_jpeg.py WxH COMPONENTS [SCANS]: on standard output a flat grey JPEG of this size, of two bits a block; with
SCANS (2 or more) a progressive one: a scan of DC, and the same of AC again and again.
"""

import struct
import sys

CODE = bytes([1] + [0] * 15)  # one code of one bit, 0


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(data)) + data


def bits(count):
    """That many zeros, then ones up to the byte."""
    whole, rest = divmod(count, 8)
    return bytes(whole) + (bytes([0xFF >> rest]) if rest else b"")


def scan(components, spectral, count):
    head = bytes([len(components)]) + b"".join(bytes([c, 0]) for c in components) + bytes([*spectral, 0])
    return segment(0xDA, head) + bits(count)


def main():
    width, height = map(int, sys.argv[1].split("x"))
    count, scans = int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    blocks, all_components = -(-width // 8) * -(-height // 8), range(1, count + 1)
    frame = struct.pack(">BHHB", 8, height, width, count) + b"".join(bytes([c, 0x11, 0]) for c in all_components)
    out = [b"\xff\xd8", segment(0xDB, bytes([0] + [1] * 64)), segment(0xC2 if scans > 1 else 0xC0, frame)]
    out.append(segment(0xC4, b"\0" + CODE + b"\0") + segment(0xC4, b"\x10" + CODE + b"\0"))
    if scans == 1:
        out.append(scan(all_components, (0, 63), 2 * count * blocks))
    else:
        out.append(scan(all_components, (0, 0), count * blocks))
        out += [scan([1], (1, 63), blocks)] * (scans - 1)
    sys.stdout.buffer.write(b"".join(out) + b"\xff\xd9")


if __name__ == "__main__":
    main()
