#!/usr/bin/env python3
"""Random networks and what PyTorch 1.13 computes for them: testdata/nets, for the suite nets.

    nets.py make testdata/nets     writes networks.txt and expected.npy
    nets.py table testdata/nets    prints how many networks have each kind; fails below 20
    nets.py check CNNC testdata/nets
                               compares every shape and parameter count with `cnnc check`
    nets.py self-test              compares what is written out in torch_net.py with torch.nn

networks.txt holds the specs, each behind a line "== NUMBER BATCH FIRST"; a number is also the seed
of the network's weights and of its input. expected.npy is one row of float32; a network's begins at
FIRST and holds for each of its outputs, over all images of the batch: the greatest magnitude, the
sum of all elements times the stream "probe" (from -1 to 1, of the same seed), and the elements
number i*(n - 1)/(m - 1) of n, rounded down, i = 0 ... m - 1 with m = min(n, 64).
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

import numpy
import torch
from torch.nn import functional

import torch_net
from corner_nets import CORNERS
from draw_net import JOINS, KINDS, draw

NETWORKS = 560  # random ones; the corner cases have the numbers behind
CORNER_BATCH = 3
SAMPLES = 64


# ---- making ----

def well_conditioned(exact, rough, other):
    """Float32 must be able to give the outputs to the suite's tolerance with room to spare; and
    they must depend on the image."""
    for y, near, far in zip(exact, rough, other):
        most = y.abs().max().item()
        if not 1e-3 < most < 1e6 or (near.double() - y).abs().max().item() > 5e-6 * most:
            return False
        if (far - y[:1]).abs().max().item() < 1e-2 * most:
            return False
    return True


def outputs(number, text, batch):
    """The network and its outputs; None when it is no good test."""
    net = torch_net.Network(text, number)
    images = net.images(batch + 1)
    other = net.run(images[batch:])
    rough = torch_net.Network(text, number, torch.float32).run(images[:batch])
    exact = net.run(images[:batch])
    return (net, exact) if well_conditioned(exact, rough, other) else None


def make_corner(number):
    text = f"name: n{number}\n" + CORNERS[number - NETWORKS - 1]
    made = outputs(number, text, CORNER_BATCH)
    assert made, text
    return text, CORNER_BATCH, made[1]


def make_network(number):
    if number > NETWORKS:
        return make_corner(number)
    for attempt in range(1000):
        drawn = draw(number, attempt)
        made = drawn and outputs(number, drawn[0], drawn[2])
        if not made:
            continue
        text, shapes, batch = drawn
        net, values = made
        computed = {name: tuple(shape) for name, shape in net.shapes.items() if name != "input"}
        assert computed == {name: tuple(shape) for name, shape in shapes.items()}, text
        return text, batch, values
    raise RuntimeError(f"network {number}: nothing fits")


def golden(number, values):
    row = []
    for y in values:
        flat = y.numpy().reshape(-1)
        probe = torch_net.stream(number, "probe", flat.size, -1, 1).astype(numpy.float64)
        count = min(flat.size, SAMPLES)
        places = [i * (flat.size - 1) // max(count - 1, 1) for i in range(count)]
        row += [numpy.abs(flat).max(), flat @ probe, *flat[places]]
    return row


def make(folder):
    texts, expected = [], []
    for number in range(1, NETWORKS + len(CORNERS) + 1):
        text, batch, values = make_network(number)
        texts.append(f"== {number} {batch} {len(expected)}\n{text}")
        expected += golden(number, values)
    with open(os.path.join(folder, "networks.txt"), "w", encoding="ascii") as file:
        file.write("".join(texts))
    numpy.save(os.path.join(folder, "expected.npy"), numpy.array(expected, dtype="<f4"))


# ---- reading ----

def networks(folder):
    """(number, batch, text) of each."""
    with open(os.path.join(folder, "networks.txt"), encoding="ascii") as file:
        for part in file.read().split("== ")[1:]:
            head, text = part.split("\n", 1)
            number, batch, _ = map(int, head.split())
            yield number, batch, text


def table(folder):
    holding, branched = collections.Counter(), 0
    for number, batch, text in networks(folder):
        net = torch_net.Network(text, number)
        net.run(net.images(1))
        holding.update(set(net.kinds))
        branched += any(kind in JOINS for kind in net.kinds)
    for kind in KINDS:
        print(f"{kind:12} {holding[kind]}")
    print(f"{'branched':12} {branched}")
    return min(holding[kind] for kind in KINDS) < 20 or branched < 150


def check(cnnc, folder):
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        files = {}
        for number, batch, text in networks(folder):
            files[f"{place}/{number}.yaml"] = number, text
            with open(f"{place}/{number}.yaml", "w", encoding="ascii") as file:
                file.write(text)
        result = subprocess.run([cnnc, "check", "--format", "json", *files], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(reports) == len(files)
    for report in reports:
        number, text = files[report["file"]]
        net = torch_net.Network(text, number)
        net.run(net.images(1))
        shapes = {layer["name"]: layer["output"] for layer in report["layers"]}
        net.shapes.pop("input")
        if report["errors"] or shapes != net.shapes or report["outputs"] != net.outputs or \
                report["totals"]["params"] != net.parameters:
            print(f"network {number}: {report['errors'] or 'shapes, outputs or parameters differ'}")
            wrong += 1
    return wrong


# ---- self-test: what torch_net.py writes out, where torch.nn has it too ----

def close(a, b):
    assert a.shape == b.shape and torch.allclose(a, b, rtol=1e-12, atol=1e-12), (a, b)


def test_pools(x):
    for kernel, stride, pad in ([3, 2], [2, 1], [1, 0]), ([2, 3], [3, 2], [1, 1]), \
            ([5, 4], [1, 3], [2, 2]):
        pads = [pad[0], pad[0], pad[1], pad[1]]
        for ceil in False, True:
            close(torch_net.pool(x, "max", kernel, stride, pads, False, ceil),
                  functional.max_pool2d(x, kernel, stride, pad, 1, ceil))
            for count in False, True:
                close(torch_net.pool(x, "average", kernel, stride, pads, count, ceil),
                      functional.avg_pool2d(x, kernel, stride, pad, ceil, count))
        close(torch_net.pool(x, "l2", kernel, stride, [0] * 4, False, False),
              functional.lp_pool2d(x, 2.0, kernel, stride))


def self_test():
    torch.manual_seed(1)
    x = torch.randn(2, 6, 9, 11, dtype=torch.float64)
    test_pools(x)
    for size in 1, 3, 5:
        close(torch_net.lrn(x, size, 0.3, 0.7, 2, False),
              functional.local_response_norm(x, size, 0.3, 0.7, 2))
    mean = functional.avg_pool2d(x * x, 3, 1, 1)
    close(torch_net.lrn(x, 3, 0.3, 0.7, 2, True), x / (2 + 0.3 * mean)**0.7)
    weight = torch.randn(4, 6, 3, 2, dtype=torch.float64)
    shared = weight[:, None, None].expand(4, 4, 10, 6, 3, 2)
    close(torch_net.local(x, shared, [2, 1], [0, 1, 0, 0]),
          functional.conv2d(functional.pad(x, (0, 0, 0, 1)), weight, None, [2, 1]))
    weight = torch.randn(6, 2, 3, 4, dtype=torch.float64)
    close(torch_net.deconv(x, weight, [2, 3], [1, 2], 2, [1, 1, 2, 2], [1, 2]),
          functional.conv_transpose2d(x, weight, None, [2, 3], [1, 2], [1, 2], 2, [1, 2]))
    for kind, function in (("silu", functional.silu), ("hardswish", functional.hardswish),
                           ("hardsigmoid", functional.hardsigmoid), ("elu", functional.elu),
                           ("relu6", functional.relu6), ("leaky_relu", functional.leaky_relu)):
        close(torch_net.ACTIVATIONS[kind](3 * x, lambda key, default: default), function(3 * x))
    close(torch_net.Network.layer(None, "shuffle", "s", {"groups": "3"}, x),
          torch.nn.ChannelShuffle(3)(x))
    close(torch_net.Network.layer(None, "upsample", "u", {"scale": "3"}, x),
          functional.interpolate(x, scale_factor=3))


def main(arguments):
    torch.set_num_threads(1)
    commands = {"make": (make, 1), "table": (table, 1), "check": (check, 2),
                "self-test": (self_test, 0)}
    command, count = commands.get(arguments[0] if arguments else "", (None, 0))
    if not command or len(arguments) != 1 + count:
        sys.exit(__doc__)
    sys.exit(command(*arguments[1:]))


main(sys.argv[1:])
