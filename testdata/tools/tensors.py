#!/usr/bin/env python3
"""tensors.py FILE.safetensors NAME=6x1x5x5... or FILE.npy 3x8x8: small tensors for tests, of the
repeating values -1, -0.75 ... 1. NAME=6x1x5x5:nan begins with a NaN, :inf with an infinity.
"""

import json
import struct
import sys


def values(shape, first):
    count = 1
    for extent in shape:
        count *= extent
    floats = [(i % 9) / 4 - 1 for i in range(count)]
    if first:
        floats[0] = float(first)
    return struct.pack(f"<{count}f", *floats)


def shape_of(text):
    return [int(extent) for extent in text.split("x")] if text else []


def safetensors(arguments):
    header, data = {}, b""
    for argument in arguments:
        name, _, rest = argument.partition("=")
        extents, _, first = rest.partition(":")
        added = values(shape_of(extents), first)
        header[name] = {
            "dtype": "F32",
            "shape": shape_of(extents),
            "data_offsets": [len(data), len(data) + len(added)],
        }
        data += added
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def npy(argument):
    extents, _, first = argument.partition(":")
    shape = ", ".join(map(str, shape_of(extents)))
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape},), }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
    return head + values(shape_of(extents), first)


path = sys.argv[1]
with open(path, "wb") as file:
    file.write(npy(sys.argv[2]) if path.endswith(".npy") else safetensors(sys.argv[2:]))
