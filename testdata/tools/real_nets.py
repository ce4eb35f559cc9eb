#!/usr/bin/env python3
"""The networks of specs/ with seeded weights, in PyTorch.

    real_nets.py make CNNC SPECS real.json    what PyTorch computes, for the suite real_nets
    real_nets.py compare CNNC SPECS [NAME ..] runs each of these, or those, with `cnnc run`
                                              and compares its scores with PyTorch's

Weights have seed 0, the image is the stream "input" of seed 0. Compared is the layer before the
last softmax: the logits; within 1e-4 of their greatest magnitude, which real.json states beside
every (n/16)-th logit.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy
import torch

import torch_net

NAMES = ("lenet5", "squeezenet1_1", "mobilenet_v2", "alexnet", "vgg16", "googlenet-bn", "resnet18",
         "resnet50", "densenet121", "alphago-policy", "cifar-resnet20", "unet")
SAMPLES = 16
TOLERANCE = 1e-4


def logits_layer(net):
    """The network's last layer, or the one before it when that is a softmax. All layers of an
    expanded network stand in one list."""
    names = [next(iter(layer.values()))["name"] for layer in net.spec["layers"]]
    return names[-2] if "softmax" in net.spec["layers"][-1] else names[-1]


def evaluate(cnnc, path, dtype=torch.float64):
    """The image, the logits' layer and the logits of a spec."""
    text = subprocess.run([cnnc, "check", "--format", "yaml", path], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    net = torch_net.Network(text, 0, dtype)
    image = net.images(1)
    with torch.no_grad():
        net.run(image)
    layer = logits_layer(net)
    return image, layer, net.values[layer][0].double().numpy()


def make(cnnc, specs, out):
    found = {}
    for name in NAMES:
        _, layer, logits = evaluate(cnnc, os.path.join(specs, name + ".yaml"))
        flat = logits.reshape(-1)
        found[name] = {
            "layer": layer,
            "shape": list(logits.shape),
            "most": float(numpy.abs(flat).max()),
            "logits": [float(value) for value in flat[::max(flat.size // SAMPLES, 1)]],
        }
        print(name, layer, found[name]["most"], flush=True)
    with open(out, "w", encoding="ascii") as file:
        json.dump(found, file, indent=1)
        file.write("\n")


def compare_one(cnnc, path):
    image, layer, logits = evaluate(cnnc, path)
    with tempfile.TemporaryDirectory() as place:
        numpy.save(f"{place}/in.npy", image[0])
        subprocess.run([cnnc, "run", "--random-weights", "0", "--output", layer, "--format", "npy",
                        "-o", f"{place}/out.npy", path, f"{place}/in.npy"], check=True)
        scores = numpy.load(f"{place}/out.npy")
    scores = scores.reshape(logits.shape).astype(numpy.float64)
    return numpy.abs(scores - logits).max() / numpy.abs(logits).max(), layer


def compare(cnnc, specs, *names):
    wrong = 0
    for name in names or NAMES:
        error, layer = compare_one(cnnc, os.path.join(specs, name + ".yaml"))
        print(f"{name:18} {layer:14} {error:.2e} {'' if error <= TOLERANCE else 'WRONG'}",
              flush=True)
        wrong += not error <= TOLERANCE
    return wrong


def main(arguments):
    if len(arguments) == 4 and arguments[0] == "make":
        return make(*arguments[1:])
    if len(arguments) >= 3 and arguments[0] == "compare":
        return compare(*arguments[1:])
    return __doc__


sys.exit(main(sys.argv[1:]))
