#!/usr/bin/env python3
"""tensors.py FILE.safetensors NAME=6x1x5x5... or FILE.npy 3x8x8: small tensors for tests, of the
repeating values -1, -0.75 ... 1. NAME=6x1x5x5:nan begins with a NaN, :inf with an infinity.
NAME=6x1/I64 has another type of safetensors, whole numbers 0 ... 8, NAME=6/I32:16777217 begins with
this one; of a type that is not known here, bytes.
"""

import json
import struct
import sys


WHOLE = {"I16": "h", "U16": "H", "I32": "i", "U32": "I", "I64": "q", "U64": "Q"}


def values(shape, first, dtype="F32"):
    count = 1
    for extent in shape:
        count *= extent
    if dtype == "F32":
        numbers = [(i % 9) / 4 - 1 for i in range(count)]
        return struct.pack(f"<{count}f", *([float(first)] if first else []), *numbers[bool(first) :])
    numbers = [i % 9 for i in range(count)]
    if first:
        numbers[0] = int(first)
    return struct.pack(f"<{count}{WHOLE.get(dtype, 'B')}", *numbers)


def shape_of(text):
    return [int(extent) for extent in text.split("x")] if text else []


def safetensors(arguments):
    header, data = {}, b""
    for argument in arguments:
        name, _, rest = argument.partition("=")
        typed, _, first = rest.partition(":")
        extents, _, dtype = typed.partition("/")
        added = values(shape_of(extents), first, dtype or "F32")
        header[name] = {
            "dtype": dtype or "F32",
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
