#!/usr/bin/python3
"""picture_zoo.py CNNC [COUNT [SEED]]: COUNT (150) pictures of every kind made from those of $CNNC_TEST_DATA/images,
by Pillow and, for every type and depth of PNG, by a writer of its own. A network that gives back its input must have
the values of Pillow for each that is read, and an error of the right class for each other kind and each damaged one:
sixteen bits count by their high byte, alpha is dropped, EXIF is not heeded. 77: Pillow or the pictures are not there.
"""

import collections
import io
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

try:
    import numpy
    from PIL import Image
except ImportError:
    sys.exit(77)

SIDE = 16
NET = f"input: 3x{SIDE}x{SIDE}\nimage: {{scale: 1}}\nlayers: [pool: {{kernel: 1}}]\n"
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed(samples, depth):
    """Rows [height][width][channels] as PNG stores them, each with the filter 0."""
    height, width, channels = samples.shape
    flat = samples.reshape(height, width * channels)
    if depth == 16:
        rows = flat.astype(">u2").view(numpy.uint8).reshape(height, -1)
    else:
        bits = numpy.unpackbits(flat.astype(numpy.uint8)[:, :, None], axis=2)[:, :, 8 - depth:]
        rows = numpy.packbits(bits.reshape(height, -1), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in rows)


def png(samples, colour, depth, palette, interlaced):
    height, width, _ = samples.shape
    passes = [samples[y::down, x::across] for x, y, across, down in ADAM7] if interlaced else [samples]
    data = b"".join(packed(part, depth) for part in passes if part.size)
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    table = chunk(b"PLTE", palette.astype(numpy.uint8).tobytes()) if colour == 3 else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + table + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def side(chance):
    return chance.choice((1, 2, 3, 7, 8, chance.randint(1, 64), chance.randint(1, 400), chance.randint(1, 4000)))


def part_of(sources, chance):
    width, height = side(chance), side(chance)
    if width * height > 300000:
        height = max(1, 300000 // width)
    return chance.choice(sources).resize((width, height), Image.BILINEAR, reducing_gap=2)


def own_png(image, chance):
    """A file, and its pixels."""
    colour = chance.choice(list(DEPTHS))
    depth, interlaced = chance.choice(DEPTHS[colour]), chance.random() < 0.5
    rgb = numpy.asarray(image.convert("RGB")).astype(numpy.uint32)
    grey = numpy.asarray(image.convert("L")).astype(numpy.uint32)[:, :, None]
    noise = numpy.random.RandomState(chance.randrange(1 << 31))  # low bytes, alpha, palette
    high = {3: grey, 0: grey, 4: grey, 2: rgb, 6: rgb}[colour]
    palette = noise.randint(0, 256, (1 << min(depth, 8), 3))
    if colour == 3:
        samples = high >> (8 - depth)
        pixels = palette[samples[:, :, 0]]
    elif depth == 16:
        samples, pixels = high << 8 | noise.randint(0, 256, high.shape).astype(numpy.uint32), high
    else:
        samples = high >> (8 - depth)
        pixels = samples * 255 // ((1 << depth) - 1)
    if colour in (4, 6):
        alpha = noise.randint(0, 1 << depth, samples.shape[:2] + (1,)).astype(numpy.uint32)
        samples = numpy.concatenate([samples, alpha], axis=2)
    pixels = numpy.broadcast_to(pixels, pixels.shape[:2] + (3,)).astype(numpy.uint8)
    return png(samples, colour, depth, palette, interlaced), Image.fromarray(pixels, "RGB")


def jpeg(image, chance):
    mode = chance.choice(("RGB", "RGB", "RGB", "L", "CMYK"))
    options = {"quality": chance.choice((30, 75, 95)), "progressive": chance.random() < 0.4,
               "optimize": chance.random() < 0.3, "subsampling": chance.choice((0, 1, 2))}
    if chance.random() < 0.4:
        exif = Image.Exif()
        exif[0x0112] = chance.randint(1, 8)
        options["exif"] = exif
    file = io.BytesIO()
    image.convert(mode).save(file, "JPEG", **options)
    return file.getvalue(), Image.open(io.BytesIO(file.getvalue())).convert("RGB")


def other(image, chance):
    kind = chance.choice(("WEBP", "BMP", "GIF", "TIFF"))
    file = io.BytesIO()
    image.convert("RGB").save(file, kind)
    return file.getvalue(), kind.lower()


def make(sources, chance):
    """Its kind, ending and bytes, the classes it may fail with, and else its pixels."""
    image, what = part_of(sources, chance), chance.random()
    wrong = chance.random() < 0.2
    if what < 0.1:
        data, kind = other(image, chance)
        return "other", chance.choice(("png", "jpg")) if wrong else kind, data, ("image-unsupported",), None
    kind, maker, endings = ("jpeg", jpeg, ("jpg", "png")) if what < 0.55 else ("png", own_png, ("png", "jpg"))
    data, pixels = maker(image, chance)
    if chance.random() < 0.01:
        return "damaged", endings[wrong], data[:len(data) // 2], ("image-trunc", "image-format"), None
    return kind, endings[wrong], data, (), pixels


def run(cnnc, *arguments):
    return subprocess.run([cnnc, "run", "net.yaml", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)


def judge(cnnc, zoo):
    """What is wrong, a line each."""
    Path("all").write_text("\n".join(zoo) + "\n", encoding="ascii")
    done = run(cnnc, "--files-from", "all", "-f", "jsonl", "-k", "1")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    if [record["input"] for record in records] != list(zoo):
        yield f"{len(records)} records of {len(zoo)}, or in another order"
        return
    for record in records:
        classes, found = zoo[record["input"]][0], record.get("error", {}).get("class")
        if found not in classes if classes else found:
            yield f"{record['input']}: {found} instead of {classes or 'its pixels'}"
    good = [name for name, (classes, _) in zoo.items() if not classes]
    Path("good").write_text("\n".join(good) + "\n", encoding="ascii")
    values = run(cnnc, "--files-from", "good", "-f", "npy", "-o", "good.npy")
    if values.returncode != 0 or values.stderr:
        yield f"exit {values.returncode}: {values.stderr.decode()[:500]}"
        return
    for name, found in zip(good, numpy.load("good.npy")):
        small = numpy.asarray(zoo[name][1].resize((SIDE, SIDE), Image.BILINEAR)).transpose(2, 0, 1)
        if found.shape != small.shape or not numpy.array_equal(found, small.astype(numpy.float32)):
            yield f"{name}: other values than Pillow's"


def main():
    cnnc = str(Path(sys.argv[1]).resolve())
    count, seed = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((2, 150), (3, 1)))
    folder = Path(os.environ.get("CNNC_TEST_DATA", "/nowhere")) / "images"
    if not folder.is_dir():
        return 77
    chance = random.Random(seed)
    sources = [Image.open(path).convert("RGB") for path in sorted(folder.iterdir())]
    kinds, zoo = collections.Counter(), {}
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        Path("net.yaml").write_text(NET, encoding="ascii")
        for number in range(count):
            kind, ending, data, classes, pixels = make(sources, chance)
            name = f"{number}-{kind}.{ending}"
            Path(name).write_bytes(data)
            zoo[name] = classes, pixels
            kinds[kind] += 1
        faults = list(judge(cnnc, zoo))
        os.chdir("/")
    print("\n".join(faults[:20] + [f"{dict(kinds)}, {len(faults)} wrong; seed {seed}"]))
    return 1 if faults or kinds["jpeg"] == 0 or kinds["png"] == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
