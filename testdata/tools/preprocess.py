#!/usr/bin/python3
"""What others' pre-processing makes of pictures, for runtime/tests/check_preprocess.c.

    testdata/tools/preprocess.py [--darknet LIBRARY] > testdata/resample/random.tsv
    testdata/tools/preprocess.py [--darknet LIBRARY] DIR > testdata/resample/pictures.tsv

Each line: a file of DIR/images, or "HEIGHTxWIDTHxCHANNELS" of random pixels (resample.py, seed 0);
the preset, the network's channels and its side; the CRC-32 of the decoded RGB pixels and of the
resized and cropped RGB or grey ones (0: darknet has none); the values of SAMPLES elements of the
float tensor, 0, step, 2*step ..., step being the whole part of its size / SAMPLES. torchvision, tf,
caffe, mnist are made with Pillow 9.4 and torchvision 0.14 (Debian 12: python3-pil,
python3-torchvision), darknet with letterbox_image of libdarknet.so in Debian's package darknet, of
the pixels that Pillow decoded.
"""
import argparse
import ctypes
import os
import zlib

import numpy
import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms

from resample import pixels as random_pixels

SIDES = (224, 227, 96)
SAMPLES = 31
RANDOM = ((300, 451, 3), (451, 300, 3), (33, 50, 3), (50, 34, 1), (224, 224, 3), (7, 500, 3),
          (257, 256, 1), (1, 1, 3), (600, 601, 3))


class DarknetImage(ctypes.Structure):
    _fields_ = [("width", ctypes.c_int), ("height", ctypes.c_int), ("channels", ctypes.c_int),
                ("data", ctypes.POINTER(ctypes.c_float))]


def load_darknet(path):
    library = ctypes.CDLL(path)
    library.letterbox_image.argtypes = [DarknetImage, ctypes.c_int, ctypes.c_int]
    library.letterbox_image.restype = DarknetImage
    return library


def letterbox(library, picture, side):
    pixels = (numpy.asarray(picture).transpose(2, 0, 1) / 255.0).astype(numpy.float32)
    pixels = numpy.ascontiguousarray(pixels)
    data = pixels.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    box = library.letterbox_image(DarknetImage(picture.width, picture.height, 3, data), side, side)
    return numpy.ctypeslib.as_array(box.data, (3, side, side))


def cut(picture, side):
    resize = transforms.Resize((side * 512 + 224) // 448)
    return transforms.CenterCrop(side)(resize(picture))


def line(name, preset, side, picture, pixels, values):
    values = numpy.asarray(values, dtype=numpy.float32)
    channels = values.size // side**2
    values = values.reshape(-1)
    step = values.size // SAMPLES
    samples = ["%.9g" % values[i * step] for i in range(SAMPLES)]
    print(name, preset, channels, side, "%08x" % zlib.crc32(picture.tobytes()),
          "%08x" % (zlib.crc32(pixels.tobytes()) if pixels else 0), *samples, sep="\t")


def planes(pixels):
    return torch.from_numpy(numpy.array(pixels).transpose(2, 0, 1)).float()


def lines(name, picture, side, library):
    normalize = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    pixels = cut(picture, side)
    line(name, "torchvision", side, picture, pixels, normalize(transforms.ToTensor()(pixels)))
    line(name, "tf", side, picture, pixels, planes(pixels) / 127.5 - 1)
    line(name, "darknet", side, picture, None, letterbox(library, picture, side))
    pixels = transforms.CenterCrop(side)(picture.resize((256, 256), Image.BILINEAR))
    means = torch.tensor([103.939, 116.779, 123.68]).reshape(3, 1, 1)
    line(name, "caffe", side, picture, pixels, planes(pixels).flip(0) - means)
    pixels = picture.convert("L").resize((side, side), Image.BILINEAR)
    line(name, "mnist", side, picture, pixels, transforms.ToTensor()(pixels))


def main():
    assert PIL.__version__.startswith("9.4"), PIL.__version__
    assert torchvision.__version__.startswith("0.14"), torchvision.__version__
    parser = argparse.ArgumentParser()
    parser.add_argument("--darknet", default="/usr/lib/darknet/libdarknet.so")
    parser.add_argument("folder", nargs="?")
    arguments = parser.parse_args()
    library = load_darknet(arguments.darknet)
    if arguments.folder:
        folder = os.path.join(arguments.folder, "images")
        for name in sorted(os.listdir(folder)):
            picture = Image.open(os.path.join(folder, name)).convert("RGB")
            for side in SIDES:
                lines(name, picture, side, library)
        return
    for height, width, channels in RANDOM:
        array = random_pixels(0, height * width * channels)
        array = array.reshape((height, width) if channels == 1 else (height, width, channels))
        for side in SIDES:
            lines("%dx%dx%d" % (height, width, channels), Image.fromarray(array).convert("RGB"),
                  side, library)


main()
