#!/usr/bin/python3
"""Writes testdata/pictures: small files of every kind that is read, and in `expected` what Pillow
makes of each: name, width, height, channels, CRC-32 of the pixels; then the same with EXIF obeyed.

Sixteen bits of grey, which Pillow 9.4 clips or makes RGB, and PAM, which it does not know, are
worked out here. `expected-images` is the same of the pictures of a folder, when one is given.
With Pillow 9.4 and, for what it does not write, odd_jpeg.c beside this file:
    pictures.py testdata/pictures [DATA/images]
"""
import io
import os
import struct
import subprocess
import sys
import tempfile
import zlib

import numpy
from PIL import Image, ImageOps

TOOLS = os.path.dirname(os.path.abspath(__file__))
WIDTH, HEIGHT = 9, 7
expected = []


def samples(channels, maximum, width=WIDTH, height=HEIGHT):
    """Slopes with some unrest: [height][width][channels]."""
    y, x, c = numpy.mgrid[0:height, 0:width, 0:channels]
    wave = (x * 37 + y * 61 + c * 101 + (x * y * (c + 3)) % 29 * 5) % 256
    return (wave * maximum // 255).astype(numpy.int64)


def note(name, pixels, turned=None):
    def line(array):
        array = numpy.ascontiguousarray(array, dtype=numpy.uint8)
        height, width = array.shape[:2]
        channels = array.size // (width * height)
        return f"{width} {height} {channels} {zlib.crc32(array.tobytes()):08x}"
    expected.append(f"{name} {line(pixels)} {line(pixels if turned is None else turned)}")


def note_file(name, path):
    image = Image.open(path)
    note(name, as_read(image), as_read(ImageOps.exif_transpose(Image.open(path))))


def write_expected(name):
    with open(name, "w", encoding="ascii") as table:
        table.write("\n".join(sorted(expected)) + "\n")
    expected.clear()


def as_read(image):
    grey = image.mode in ("1", "L", "LA")
    return numpy.asarray(image.convert("L" if grey else "RGB"))


def save(name, data, pixels=None):
    with open(name, "wb") as file:
        file.write(data)
    if pixels is not None:
        note(name, pixels)
    else:
        note_file(name, name)


# ---- PNG, written here, so that every depth, filter and pass is there ----

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(row, depth):
    """A row of samples as bytes."""
    if depth == 16:
        return numpy.asarray(row, dtype=">u2").tobytes()
    bits = "".join(format(int(value), f"0{depth}b") for value in row)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def filtered(rows, step):
    """Filters 0 to 4 in turn."""
    out, above = b"", bytes(len(rows[0]))
    for number, row in enumerate(rows):
        kind = number % 5
        line = bytearray([kind])
        for i, byte in enumerate(row):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            guess = (0, left, above[i], (left + above[i]) // 2, paeth(left, above[i], corner))[kind]
            line.append((byte - guess) & 255)
        out, above = out + bytes(line), row
    return out


PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))


def png(array, depth, colour, interlaced=False, before=b"", split=None):
    height, width, channels = array.shape
    step = max(1, depth * channels // 8)
    data = b""
    for x, y, dx, dy in PASSES if interlaced else ((0, 0, 1, 1),):
        part = array[y::dy, x::dx]
        if part.size:
            data += filtered([packed(row.reshape(-1), depth) for row in part], step)
    data = zlib.compress(data, 9)
    split = split or len(data)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before
            + b"".join(chunk(b"IDAT", data[i:i + split]) for i in range(0, len(data), split))
            + chunk(b"IEND", b""))


def palette(colours):
    return chunk(b"PLTE", samples(3, 255, colours, 1).astype(numpy.uint8).tobytes())


def write_pngs():
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
    for colour, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)),
                           (6, (8, 16))):
        for depth in depths:
            for interlaced in (False, True):
                array = samples(channels[colour], (1 << depth) - 1)
                name = f"png-{colour}-{depth}{'-adam7' if interlaced else ''}.png"
                data = png(array, depth, colour, interlaced,
                           palette(1 << depth) if colour == 3 else b"")
                grey = array[:, :, 0] >> 8
                save(name, data, grey if colour in (0, 4) and depth == 16 else None)
    save("png-dot-adam7.png", png(samples(3, 255, 1, 1), 8, 2, True))
    save("png-split.png", png(samples(1, 255), 8, 0, split=1))
    save("png-0-trns.png", png(samples(1, 3), 2, 0, before=chunk(b"tRNS", b"\0\2")))
    save("png-2-trns.png", png(samples(3, 255), 8, 2, before=chunk(b"tRNS", b"\0\1\0\2\0\3")))
    save("png-3-trns.png", png(samples(1, 15), 4, 3,
                               before=palette(16) + chunk(b"tRNS", b"\0\x80")))
    exif = Image.Exif()
    exif[0x0112] = 6
    save("png-exif.png", png(samples(3, 255), 8, 2, before=chunk(b"eXIf", exif.tobytes()[6:])))
    save("png-text.png", png(samples(1, 255), 8, 0, before=chunk(
        b"tEXt", b"Title\0a picture") + chunk(b"gAMA", struct.pack(">I", 45455))
        + chunk(b"sRGB", b"\0") + chunk(b"pHYs", bytes(9)) + chunk(b"abCd", b"?")))


# ---- JPEG ----

def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **{"quality": 80, "optimize": True, **options})
    return file.getvalue()


def build_odd_jpeg(directory):
    program = os.path.join(directory, "odd_jpeg")
    source = os.path.join(TOOLS, "odd_jpeg.c")
    subprocess.run(["cc", "-o", program, source, "-ljpeg"], check=True)
    return lambda sampling, restart=0, arithmetic=0: subprocess.run(
        [program, "35", "19", sampling, str(restart), str(arithmetic)],
        input=samples(3, 255, 35, 19).astype(numpy.uint8).tobytes(), stdout=subprocess.PIPE,
        check=True).stdout


def write_jpegs():
    colour = Image.fromarray(samples(3, 255, 35, 19).astype(numpy.uint8))
    grey = colour.convert("L")
    inks = Image.fromarray(samples(4, 255).astype(numpy.uint8), "CMYK")
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        save(f"jpeg-{name}.jpg", jpeg(colour, subsampling=subsampling))
    save("jpeg-grey.jpg", jpeg(grey))
    save("jpeg-progressive.jpg", jpeg(colour, progressive=True))
    save("jpeg-grey-progressive.jpg", jpeg(grey, progressive=True))
    cmyk = jpeg(inks)
    save("jpeg-cmyk.jpg", cmyk)
    mark = cmyk.index(b"Adobe")
    save("jpeg-ycck.jpg", cmyk[:mark + 11] + b"\2" + cmyk[mark + 12:])
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0"
    plain = jpeg(colour, subsampling=0)
    save("jpeg-rgb.jpg", plain[:2] + adobe + plain[20:])  # instead of JFIF's APP0
    with tempfile.TemporaryDirectory() as directory:
        odd = build_odd_jpeg(directory)
        for sampling in ("411111", "121111", "141111", "221221", "112222"):
            save(f"jpeg-{sampling}.jpg", odd(sampling))
        save("jpeg-restart.jpg", odd("221111", 1))
        save("jpeg-arithmetic.jpg", odd("221111", 0, 1))
    small = Image.fromarray(samples(3, 255, 3, 2).astype(numpy.uint8))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = jpeg(small.convert("L"), exif=exif)
        save(f"jpeg-exif-{orientation}.jpg", data)


# ---- PNM ----

def write_pnms():
    bits, grey, colour = samples(1, 1), samples(1, 255), samples(3, 255)
    size = b"%d %d\n" % (WIDTH, HEIGHT)

    def text(array):
        return b"\n".join(b" ".join(b"%d" % value for value in row) for row in
                          array.reshape(HEIGHT, -1)) + b"\n"

    def raw(array, kind=">u1"):
        return array.astype(kind).tobytes()

    def scaled(array, maximum):
        return numpy.squeeze(numpy.rint(array / maximum * 255))

    save("p1.pbm", b"P1\n# bits\n" + size + text(bits).replace(b" ", b""))
    save("p2.pgm", b"P2\n" + size + b"255\n" + text(grey))
    save("p3.ppm", b"P3 " + size + b"255\n" + text(colour))
    save("p3-7.ppm", b"P3 " + size + b"7\n" + text(samples(3, 7)))
    save("p4.pbm", b"P4\n" + size + b"".join(packed(row[:, 0], 1) for row in bits))
    save("p5.pgm", b"P5\n" + size + b"255\n" + raw(grey))
    save("p5-1.pgm", b"P5\n" + size + b"1\n" + raw(bits))
    save("p5-65535.pgm", b"P5\n" + size + b"65535\n" + raw(samples(1, 65535), ">u2"),
         scaled(samples(1, 65535), 65535))
    save("p6.ppm", b"P6 #a\n#b\n" + size + b"#c\n255\n" + raw(colour))
    save("p6-2.ppm", b"P6\n" + size + b"2\n" + raw(samples(3, 2)))
    save("p6-100.ppm", b"P6\n" + size + b"100\n" + raw(colour))  # some beyond it
    for maximum in (256, 1023, 65535):
        save(f"p6-{maximum}.ppm",
             b"P6\n" + size + b"%d\n" % maximum + raw(samples(3, maximum), ">u2"))
    for kind, depth, maximum in (("BLACKANDWHITE", 1, 1), ("GRAYSCALE", 1, 255), ("RGB", 3, 255),
                                 ("GRAYSCALE_ALPHA", 2, 255), ("RGB_ALPHA", 4, 65535)):
        array = samples(depth, maximum)
        header = (f"P7\nWIDTH {WIDTH}\nHEIGHT {HEIGHT}\n# a\nDEPTH {depth}\nMAXVAL {maximum}\n"
                  f"TUPLTYPE {kind}\nENDHDR\n")
        visible = array[:, :, :3 if depth >= 3 else 1]
        save(f"p7-{kind.lower().replace('_', '-')}.pam",
             header.encode() + raw(array, ">u2" if maximum > 255 else ">u1"),
             scaled(visible, maximum))


images = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
os.chdir(sys.argv[1])
write_pngs()
write_jpegs()
write_pnms()
write_expected("expected")
if images:
    for picture in os.listdir(images):
        note_file(picture, os.path.join(images, picture))
    write_expected("expected-images")
