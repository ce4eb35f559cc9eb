#!/usr/bin/env python3
"""show_filters.py CNNC: every cell of `cnnc show --filters` has the colour of its weight, of
layers of all kinds, with groups and in phases. The weights are read from the safetensors file, the PNG with zlib.
"""

import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

CNNC = str(Path(sys.argv[1]).resolve())

NET = """
input: 3x8x7
layers:
  - conv: {filters: 4, kernel: 3x2, pad: 1x0}
  - conv: {filters: 6, kernel: 3, pad: 1, groups: 2}
  - conv: {kernel: 3, pad: 1, expand: 1, groups: depthwise}
  - conv: {filters: 5, kernel: 1}
  - deconv: {filters: 3, kernel: 5x4, stride: 2x3, pad: 1x0}
  - deconv: {filters: 4, kernel: 3, dilation: 2, stride: 1}
  - deconv: {filters: 6, kernel: 3x2, stride: 3x2, groups: 2}
  - deconv: {filters: 2, kernel: 4, dilation: 3, stride: 2, pad: 1}
  - conv: {filters: 2, kernel: 1, stride: 20, name: few}
  - flatten
  - dropout: {rate: 0.5}
  - fc: {units: 6}
  - fc: {units: 4}
fit: floor
"""

# ColorBrewer's RdBu, blue first.
STOPS = [tuple(bytes.fromhex(word)) for word in
         "2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b".split()]
STEPS = 253  # colours of a scale


def show(*arguments):
    return subprocess.run([CNNC, "show", *arguments], check=True, stdout=subprocess.PIPE).stdout.decode()


def pixels_of(path):
    """Rows of (red, green, blue), of RGB or by a palette."""
    data, at, packed, palette = Path(path).read_bytes(), 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and colour in (2, 3), (depth, colour)
        if kind == b"PLTE":
            palette = [tuple(body[i:i + 3]) for i in range(0, length, 3)]
        packed += body if kind == b"IDAT" else b""
        at += length + 12
    assert (palette is None) == (colour == 2)
    raw, each = zlib.decompress(packed), 1 if palette else 3
    stride = each * width
    rows, above = [], bytes(stride)
    for y in range(height):
        how, line = raw[y * (stride + 1)], raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)]
        assert how in (0, 2), how  # as it is, or what is added to the row above
        if how == 2 and any(line):
            line = bytes(a + b & 255 for a, b in zip(line, above))
        elif how == 2:  # the row above once more, as most are
            line = above
        rows.append([palette[i] for i in line] if palette else
                    [tuple(line[i:i + 3]) for i in range(0, stride, 3)])
        above = line
    return rows


def place(value, scale):
    return min(1, max(0, (value - scale["least"]) / (scale["most"] - scale["least"])))


def colour(value, scale):
    at = round(place(value, scale) * (STEPS - 1)) / (STEPS - 1) * 8
    stop = min(int(at), 7)
    return tuple(a + (at - stop) * (b - a) for a, b in zip(STOPS[stop], STOPS[stop + 1]))


def check_cell(rows, x, y, zoom, wanted, what):
    for row in (rows[y], rows[y + zoom - 1]):
        for pixel in (row[x], row[x + zoom - 1]):
            assert all(abs(a - b) <= 0.51 for a, b in zip(pixel, wanted)), (what, pixel, wanted)


def check_tiles(rows, said, weights, groups, layer):
    """weights: [count][channels][height][width]"""
    count, channels, height, width = said["filters"]
    zoom, scale = said["zoom"], said["scale"]

    def at(n, c, y, x):
        return weights[((n * channels + c) * height + y) * width + x]

    seen = set()
    for tile in said["tiles"]:
        n = tile["filter"]
        c = tile["channel"] - n // (count // groups) * channels if "channel" in tile else None
        seen.add((n, c))
        for y in range(height):
            for x in range(width):
                wanted = (tuple(255 * place(at(n, k, y, x), scale) for k in range(3)) if c is None
                          else colour(at(n, c, y, x), scale))
                check_cell(rows, tile["x"] + x * zoom, tile["y"] + y * zoom, zoom, wanted, (layer, tile, y, x))
    assert len(seen) == count * (1 if scale["palette"] == "rgb" else channels), layer


def check_matrix(rows, said, weights):
    count, channels = said["filters"][:2]
    for n in range(count):
        for c in range(channels):
            check_cell(rows, said["gap"] + c * said["zoom"], said["gap"] + n * said["zoom"], said["zoom"],
                       colour(weights[n * channels + c], said["scale"]), (said["layer"], n, c))


def check(model, layer, shape, weights, groups, palette="diverging"):
    show(*model, "--filters", layer, "-o", "f.png")
    said, rows = json.loads(Path("f.json").read_text()), pixels_of("f.png")
    assert said["filters"] == shape, (layer, said["filters"], shape)
    assert said["scale"]["palette"] == palette, layer
    assert (said["height"], said["width"]) == (len(rows), len(rows[0])), layer
    if "tiles" in said:
        check_tiles(rows, said, weights, groups, layer)
    else:
        check_matrix(rows, said, weights)


# Of the weights file: the shape of each layer's filters, and its groups Those of fc1 are of the map behind `few`.
LAYERS = {
    "conv1": ([4, 3, 3, 2], 1), "conv2": ([6, 2, 3, 3], 2), "conv3": ([6, 1, 3, 3], 6), "conv4": ([5, 6, 1, 1], 1),
    "deconv1": ([5, 3, 5, 4], 1), "deconv2": ([3, 4, 3, 3], 1), "deconv3": ([4, 3, 3, 2], 2),
    "deconv4": ([6, 2, 4, 4], 1), "few": ([2, 2, 1, 1], 1), "fc2": ([4, 6, 1, 1], 1),
}  # fmt: skip
IN_COLOUR = ["conv1", "deconv1"]


def write_weights(path, shapes):
    header, data, values = {}, b"", {}
    for name, shape in shapes.items():
        count = 1
        for extent in shape:
            count *= extent
        values[name] = struct.unpack(f"<{count}f", struct.pack(
            f"<{count}f", -1, *(random.uniform(-1, 1) for _ in range(count - 1))))  # one negative: diverging
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack(f"<{count}f", *values[name])
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)
    return values


def tensors_of(layers):
    """The shapes of the tensors by name. An fc layer's weights are a matrix, a deconv's begin with the inputs."""
    shapes = {}
    for name, (shape, groups) in layers.items():
        rest = shape[1] * shape[2] * shape[3]
        shapes[f"{name}.weight"] = [shape[0], rest] if name.startswith("fc") else shape
        shapes[f"{name}.bias"] = [shape[1] * groups if name.startswith("deconv") else shape[0]]
    return shapes


def main():
    seed = random.randrange(10**6)
    random.seed(seed)
    try:
        Path("net.yaml").write_text(NET)
        layers = dict(LAYERS, fc1=([6, 2, *map_of_few()], 1))
        values = write_weights("w.safetensors", tensors_of(layers))
        spec = ["net.yaml", "-w", "w.safetensors"]
        subprocess.run([CNNC, "compile", *spec, "-o", "net.cnnp"], check=True)
        for layer, (shape, groups) in layers.items():
            palette = "rgb" if layer in IN_COLOUR else "diverging"
            weights = values[f"{layer}.weight"]
            check(spec, layer, shape, weights, groups, palette)
            if layer.startswith("deconv"):
                check(["net.cnnp"], layer, shape, weights, groups, palette)
    except Exception:
        print("seed", seed)
        raise


def map_of_few():
    for line in show("net.yaml").splitlines():
        if line.startswith("few "):
            return [int(extent) for extent in line.split()[2].split("x")[1:]]
    raise AssertionError("few is not listed")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        main()
        os.chdir("/")
