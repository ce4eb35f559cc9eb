#!/usr/bin/env python3
"""Writes testdata/weights: arrays as numpy writes them, for the suites npy and npz.

Each array holds 0, 1, 2, ... in row-major order, minus 3 where its type is signed.
    weights.py testdata/weights
"""
import os
import sys

import numpy

SHAPE = (2, 3, 4)


def counting(dtype, order="C"):
    values = numpy.arange(24).reshape(SHAPE)
    dtype = numpy.dtype(dtype)
    if dtype.kind == "b":
        values = values % 2
    elif dtype.kind != "u":
        values = values - 3
    return numpy.array(values, dtype=dtype, order=order)


os.chdir(sys.argv[1])
NAMES = "<f4 >f4 <f8 <f2 |u1 |i1 <i4 <i8 <u2 |b1 <i2 >i2 >i8 >f8 >f2 <u4 >u8"
for name in NAMES.split():
    stem = name.translate(str.maketrans({"<": "", "|": "", ">": "be-"}))
    numpy.save(stem + ".npy", counting(name))
numpy.save("fortran-f4.npy", counting("<f4", "F"))
numpy.save("fortran-f8.npy", counting("<f8", "F"))
numpy.save("fortran-be-i4.npy", counting(">i4", "F"))
numpy.save("scalar.npy", numpy.array(7, dtype="<f4"))
numpy.save("vector.npy", counting("<f4").reshape(-1))
with open("version2.npy", "wb") as file:
    numpy.lib.format.write_array(file, counting("<f4"), version=(2, 0))
with open("version3.npy", "wb") as file:
    numpy.lib.format.write_array(file, counting("<f4"), version=(3, 0))
numpy.save("object.npy", numpy.array([None, {}], dtype=object))
numpy.save("record.npy", numpy.zeros(3, dtype=[("a", "<f4"), ("b", "<i4")]))
arrays = {
    "conv.weight": counting("<f4"),
    "conv.bias": counting("<f2").reshape(-1),
    "fc.weight": counting("<f8", "F"),
    "bn.num_batches_tracked": numpy.array(3, dtype="<i8"),
    "größe": numpy.array(7, dtype="<f4"),
}
numpy.savez("stored.npz", **arrays)
numpy.savez_compressed("deflated.npz", **arrays)
