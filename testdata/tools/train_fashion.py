#!/usr/bin/env python3
"""Trains specs/lenet5-fashion.yaml on Fashion-MNIST and writes its weights, labels and pictures.

    train_fashion.py ROOT [--epochs N] [--data DIR] [--weights FILE]

ROOT is the checkout: specs/lenet5-fashion.safetensors, specs/fashion-mnist.txt and testdata/images
are written below it. --weights FILE trains nothing and tells the accuracy of these weights.

Data: Debian's package dataset-fashion-mnist (Zalando, MIT licence). Needs python3-torch and
python3-pil. On one thread the same seed gives the same weights on the same machine; the test
pictures are looked at when the training is over, and never choose anything.
"""
import argparse
import gzip
import json
import math
import os
import struct
import time
from collections import OrderedDict

import numpy
import torch
from PIL import Image
from torch import nn

SEED = 1
BATCH = 128
RATE = 2e-3  # of AdamW at the top of its one cycle
AVERAGE = 0.999  # decay of the running average of the weights, which is what is saved
LABELS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
          "Bag", "Ankle boot")
PICTURES = ("0-t-shirt", "1-trouser", "2-pullover", "3-dress", "4-coat", "5-sandal", "6-shirt",
            "7-sneaker", "8-bag", "9-ankle-boot")


def read_idx(path):
    """A uint8 array, whose header is 0, 0, type 8, rank and the big-endian extents."""
    with gzip.open(path) as file:
        rank = struct.unpack(">HBB", file.read(4))[2]
        shape = struct.unpack(">%dI" % rank, file.read(4 * rank))
        return numpy.frombuffer(file.read(), numpy.uint8).reshape(shape)


def read_set(folder, stem):
    pixels = read_idx(os.path.join(folder, stem + "-images-idx3-ubyte.gz"))
    labels = read_idx(os.path.join(folder, stem + "-labels-idx1-ubyte.gz"))
    return torch.from_numpy(pixels[:, None].copy()), torch.from_numpy(labels.astype(numpy.int64))


def network():
    """LeNet-5 with more filters, ReLU and max pooling; `drop` is of the training alone."""
    return nn.Sequential(OrderedDict([
        ("conv1", nn.Conv2d(1, 16, 5, padding=2)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)),
        ("conv2", nn.Conv2d(16, 32, 5)), ("relu2", nn.ReLU()), ("pool2", nn.MaxPool2d(2)),
        ("flatten", nn.Flatten()), ("drop1", nn.Dropout(0.25)),
        ("fc1", nn.Linear(800, 240)), ("relu3", nn.ReLU()), ("drop2", nn.Dropout(0.25)),
        ("fc2", nn.Linear(240, 84)), ("relu4", nn.ReLU()),
        ("fc3", nn.Linear(84, 10))]))


def varied(pixels):
    """x/255; half of the pictures mirrored, the batch shifted by at most a pixel each way."""
    x = pixels.float() / 255
    mirrored = torch.rand(len(x)) < 0.5
    x[mirrored] = x[mirrored].flip(3)
    down, right = torch.randint(0, 3, (2,)).tolist()
    return nn.functional.pad(x, (1, 1, 1, 1))[:, :, down:down + 28, right:right + 28]


def train(net, pixels, labels, epochs):
    steps = epochs * (len(pixels) // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    step, start = 0, time.time()
    net.train()
    for epoch in range(epochs):
        order = torch.randperm(len(pixels))
        total = 0.0
        for batch in order[:len(order) // BATCH * BATCH].split(BATCH):
            optimizer.zero_grad()
            loss = loss_of(net(varied(pixels[batch])), labels[batch])
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
            step += 1
            decay = min(AVERAGE, step / (step + 10))
            for name, value in net.state_dict().items():
                average[name].lerp_(value, 1 - decay)
        print("epoch %d: loss %.4f, %.0f s" % (epoch + 1, total * BATCH / len(pixels),
                                              time.time() - start), flush=True)
    net.load_state_dict(average)


def scores(net, pixels):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(part.float() / 255) for part in pixels.split(500)])


def report(net, pixels, labels):
    predicted = scores(net, pixels)
    best = predicted.argmax(1)
    five = predicted.topk(5).indices
    right = int((best == labels).sum())
    print("top-1: %d of %d, top-5: %d" % (right, len(labels),
                                          int((five == labels[:, None]).sum())))
    table = numpy.zeros((10, 10), int)
    numpy.add.at(table, (labels.numpy(), best.numpy()), 1)
    print(table)


def write_weights(path, state):
    """safetensors: length of the header, the header in JSON, the floats."""
    header, data = OrderedDict(), b""
    for name, value in state.items():
        raw = value.numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (math.ceil(len(text) / 8) * 8 - len(text))
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_weights(path):
    with open(path, "rb") as file:
        raw = file.read()
    size = struct.unpack("<Q", raw[:8])[0]
    state = OrderedDict()
    for name, entry in json.loads(raw[8:8 + size]).items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(raw[8 + size + begin:8 + size + end], "<f4")
        state[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return state


def write_pictures(folder, pixels, labels):
    """The first test picture of each class."""
    os.makedirs(folder, exist_ok=True)
    for index, name in enumerate(PICTURES):
        first = int((labels == index).nonzero()[0])
        Image.fromarray(pixels[first, 0].numpy(), "L").save(os.path.join(folder, name + ".png"),
                                                            optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root")
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--weights")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    net = network()
    test = read_set(options.data, "t10k")
    if options.weights:
        net.load_state_dict(read_weights(options.weights))
        report(net, *test)
        return
    train(net, *read_set(options.data, "train"), options.epochs)
    specs = os.path.join(options.root, "specs")
    write_weights(os.path.join(specs, "lenet5-fashion.safetensors"), net.state_dict())
    with open(os.path.join(specs, "fashion-mnist.txt"), "w", encoding="utf-8") as file:
        file.write("".join(label + "\n" for label in LABELS))
    write_pictures(os.path.join(options.root, "testdata/images"), *test)
    report(net, *test)


if __name__ == "__main__":
    main()
