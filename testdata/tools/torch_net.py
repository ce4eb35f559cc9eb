"""Networks of cnnc-spec(5) in PyTorch: written from the manual, not from the compiler.

A spec may hold kinds, `from` and nested branches; patterns and blocks are expanded before
(`cnnc check --format yaml`). Weights and inputs are the random streams of runtime/base/random.h with the
bounds of Network.bounds.
"""
import numpy
import torch
import yaml
from torch.nn import functional

WEIGHTED = ("conv", "local", "deconv", "fc", "bn", "prelu")
JOINS = ("add", "mul", "concat")


# ---- random tensors: runtime/base/random.h ----

def stream(seed, name, count, low, high, first=0):
    """Elements first .. first + count - 1 of the stream of that name, as float32."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    with numpy.errstate(over="ignore"):
        i = numpy.arange(count, dtype=numpy.uint64) + numpy.uint64((h + first + 1) % 2**64)
        s = numpy.uint64(seed) + i * numpy.uint64(0x9E3779B97F4A7C15)
        s = (s ^ s >> numpy.uint64(30)) * numpy.uint64(0xBF58476D1CE4E5B9)
        s = (s ^ s >> numpy.uint64(27)) * numpy.uint64(0x94D049BB133111EB)
        s = s ^ s >> numpy.uint64(31)
    unit = (s >> numpy.uint64(40)).astype(numpy.float64) * 2.0**-24
    return (low + (high - low) * unit).astype(numpy.float32)


# ---- values of the spec ----

def numbers(value):
    """A pair or four sides: "3", "1x7", ["1", "7"]."""
    parts = value if isinstance(value, list) else value.split("x")
    return [int(part) for part in parts]


def pair(value):
    given = numbers(value)
    return given * 2 if len(given) == 1 else given


def sides(value):
    """Top, bottom, left, right."""
    given = numbers(value)
    if len(given) == 1:
        return given * 4
    if len(given) == 2:
        return [given[0], given[0], given[1], given[1]]
    return given


def same_pads(extents, reach, stride):
    pads = []
    for size, f, s in zip(extents, reach, stride):
        total = max((-(-size // s) - 1) * s + f - size, 0)
        pads += [total // 2, total - total // 2]
    return pads


# ---- the windows ----

def windows(x, kernel, stride, out):
    """x[n][c][h][w] to [n][c][kh*kw][positions], by the windows of an out[0] x out[1] map."""
    n, c, height, width = x.shape
    need = [(out[i] - 1) * stride[i] + kernel[i] for i in (0, 1)]
    x = functional.pad(x, (0, max(need[1] - width, 0), 0, max(need[0] - height, 0)))
    x = x[:, :, :need[0], :need[1]]
    return functional.unfold(x, kernel, stride=stride).view(n, c, kernel[0] * kernel[1], -1)


def pool(x, kind, kernel, stride, pads, count_pad, ceil):
    """Windows are clipped to the padded input; those that begin behind the input's far edge fall
    away."""
    top, bottom, left, right = pads
    out = []
    for size, near, far, k, s in zip(x.shape[2:], (top, left), (bottom, right), kernel, stride):
        room = size + near + far - k
        count = (-(-room // s) if ceil else room // s) + 1
        while ceil and (count - 1) * s >= size + near:
            count -= 1
        out.append(count)
    padded = functional.pad(x, (left, right, top, bottom))
    ones = torch.ones_like(x[:1, :1])
    real = functional.pad(ones, (left, right, top, bottom), value=float(count_pad))
    cells = windows(real, kernel, stride, out)
    values = windows(padded, kernel, stride, out)
    if kind == "max":
        real = windows(functional.pad(ones, (left, right, top, bottom)), kernel, stride, out)
        y = values.masked_fill(real == 0, -numpy.inf).amax(2)
    elif kind == "average":
        y = values.sum(2) / cells.sum(2)
    else:
        y = (values * values).sum(2).sqrt()
    return y.view(*x.shape[:2], *out)


def lrn(x, size, alpha, beta, k, within):
    near = size // 2
    squares = x * x
    if within:
        total = functional.unfold(functional.pad(squares, (near,) * 4).flatten(0, 1)[:, None],
                                  (size, size)).sum(1).view(x.shape)
        return x / (k + alpha / size**2 * total)**beta
    padded = functional.pad(squares, (0, 0, 0, 0, near, near))
    total = sum(padded[:, i:i + x.shape[1]] for i in range(size))
    return x / (k + alpha / size * total)**beta


def local(x, weight, stride, pads):
    """weight[out][height][width][in][kernel]."""
    top, bottom, left, right = pads
    x = functional.pad(x, (left, right, top, bottom))
    filters, height, width = weight.shape[:3]
    cells = windows(x, list(weight.shape[4:]), stride, (height, width))
    flat = weight.reshape(filters, height * width, weight.shape[3], -1)
    return torch.einsum("nckp,mpck->nmp", cells, flat).view(-1, filters, height, width)


def deconv(x, weight, stride, dilation, groups, pads, output_pad):
    y = functional.conv_transpose2d(x, weight, None, stride, 0, output_pad, groups, dilation)
    top, bottom, left, right = pads
    return y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]


ACTIVATIONS = {
    "relu": lambda x, get: x.clamp(min=0),
    "relu6": lambda x, get: x.clamp(0, 6),
    "sigmoid": lambda x, get: torch.sigmoid(x),
    "tanh": lambda x, get: torch.tanh(x),
    "silu": lambda x, get: x * torch.sigmoid(x),
    "hardsigmoid": lambda x, get: (x / 6 + 0.5).clamp(0, 1),
    "hardswish": lambda x, get: x * (x / 6 + 0.5).clamp(0, 1),
    "leaky_relu": lambda x, get: torch.where(x >= 0, x, x * get("slope", 0.01)),
    "elu": lambda x, get: torch.where(x >= 0, x, get("alpha", 1) * torch.expm1(x)),
    "clip": lambda x, get: x.clamp(get("min"), get("max")),
    "dropout": lambda x, get: x,
}


class Network:
    """A spec. run() evaluates it; `shapes` then has each layer's [c, h, w] or [c], `parameters`
    their number, as trainable ones are counted."""

    def __init__(self, text, seed, dtype=torch.float64):
        self.spec = yaml.load(text, yaml.BaseLoader)  # every scalar as it is written
        self.seed, self.dtype = seed, dtype
        self.fit = self.spec.get("fit", "exact")
        self.input = numbers(self.spec["input"])
        self.kinds = []
        self.cached = {}

    def images(self, batch):
        count = batch * int(numpy.prod(self.input))
        return stream(self.seed, "input", count, -1, 1).reshape(batch, *self.input)

    def run(self, images):
        """The outputs, a tensor each, for images[n][c][h][w]."""
        self.values = {"input": torch.from_numpy(images).to(self.dtype)}
        self.parameters, self.kinds, self.settings = 0, [], {}
        last = self.sequence(self.spec["layers"], "input")
        outputs = self.spec.get("outputs", last)
        self.outputs = outputs if isinstance(outputs, list) else [outputs]
        self.shapes = {name: list(value.shape[1:]) for name, value in self.values.items()}
        return [self.values[name] for name in self.outputs]

    def sequence(self, layers, begin):
        """Runs a list of layers from the value `begin`; the name of the last."""
        for layer in layers:
            kind, settings = (layer, {}) if isinstance(layer, str) else next(iter(layer.items()))
            self.kinds.append(kind)
            name = settings["name"]
            if kind in JOINS:
                value = self.join(kind, settings, begin)
            else:
                value = self.layer(kind, name, settings, self.values[settings.get("from", begin)])
            self.values[name] = value
            begin = name
        return begin

    # ---- weights ----

    @staticmethod
    def bounds(kind, suffix, shape, groups):
        """He's bounds for the weights of sums of K products, sqrt(6/K)."""
        if kind == "prelu":
            return 0.1, 0.4
        if suffix == "running_var" or kind == "bn" and suffix == "weight":
            return 0.5, 1.5
        if suffix != "weight":
            return -0.1, 0.1
        if kind == "deconv":  # in x out/groups x kernel
            products = shape[0] // groups * shape[2] * shape[3]
        elif kind == "local":  # out x height x width x in x kernel
            products = int(numpy.prod(shape[3:]))
        else:
            products = int(numpy.prod(shape[1:]))
        high = (6 / products)**0.5
        return -high, high

    def tensor(self, kind, name, settings, suffix, shape, groups=1):
        owner = settings.get("share", name)
        if owner == name and not suffix.startswith("running"):
            self.parameters += int(numpy.prod(shape))
        key = f"{owner}.{suffix}"
        if key not in self.cached:
            low, high = self.bounds(kind, suffix, shape, groups)
            self.cached[key] = stream(self.seed, key, int(numpy.prod(shape)), low, high)
        return torch.from_numpy(self.cached[key].reshape(shape)).to(self.dtype)

    # ---- layers ----

    def join(self, kind, settings, begin):
        origin = settings.get("from", begin)
        if "branches" in settings:
            inputs = [self.sequence(branch, origin) for branch in settings["branches"]]
        else:
            inputs = origin
        values = [self.values[name] for name in inputs]
        if kind == "concat":
            return torch.cat(values, 1)
        if kind == "mul" and any(value.dim() == 4 for value in values):
            values = [value if value.dim() == 4 else value[:, :, None, None] for value in values]
        total = values[0]
        for value in values[1:]:
            total = total + value if kind == "add" else total * value
        return total

    def layer(self, kind, name, settings, x):
        def get(key, default=None):
            return float(settings.get(key, default))

        if kind in ACTIVATIONS:
            return ACTIVATIONS[kind](x, get)
        if kind in ("conv", "local", "deconv"):
            return self.convolution(kind, name, settings, x)
        if kind in WEIGHTED:
            return getattr(self, kind)(name, settings, x)
        if kind == "pool":
            return self.pool(settings, x)
        if kind == "lrn":
            return lrn(x, int(settings.get("size", 5)), get("alpha", 1e-4), get("beta", 0.75),
                       get("k", 1), settings.get("across") == "within")
        if kind == "softmax":
            return torch.softmax(x, 1)
        if kind == "flatten":
            return x.flatten(1)
        if kind == "upsample":
            scale = int(settings["scale"])
            if settings.get("mode", "nearest") == "nearest":
                return x.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
            return functional.interpolate(x, scale_factor=scale, mode="bilinear",
                                          align_corners=False)
        if kind == "shuffle":
            groups = int(settings["groups"])
            return x.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2)
        if kind == "pad":
            top, bottom, left, right = sides(settings.get("pad", "0"))
            before_behind = numbers(settings.get("channels", "0"))
            before, behind = before_behind if len(before_behind) == 2 else (0, before_behind[0])
            bordered = functional.pad(x, [max(side, 0) for side in (left, right, top, bottom)],
                                      value=get("value", 0))
            height, width = bordered.shape[2:]
            x = bordered[:, :, max(-top, 0):height - max(-bottom, 0),
                         max(-left, 0):width - max(-right, 0)]
            return functional.pad(x, (0, 0, 0, 0, before, behind))
        raise ValueError(f"{name}: no kind {kind}")

    def convolution(self, kind, name, settings, x):
        channels, extents = x.shape[1], x.shape[2:]
        groups = settings.get("groups", "1")
        groups = channels if groups == "depthwise" else int(groups)
        filters = int(settings.get("filters", int(settings.get("expand", 1)) * channels))
        kernel, stride = pair(settings["kernel"]), pair(settings.get("stride", "1"))
        dilation = pair(settings.get("dilation", "1"))
        reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
        pads = settings.get("pad", "0")
        pads = "0" if pads == "valid" else pads
        pads = same_pads(extents, reach, stride) if pads == "same" else sides(pads)
        if kind == "deconv":
            weight = self.tensor(kind, name, settings, "weight",
                                 (channels, filters // groups, *kernel), groups)
            y = deconv(x, weight, stride, dilation, groups, pads,
                       pair(settings.get("output_pad", "0")))
        elif kind == "conv":
            self.check_fit(name, settings, extents, reach, stride, pads)
            weight = self.tensor(kind, name, settings, "weight",
                                 (filters, channels // groups, *kernel))
            padded = functional.pad(x, (pads[2], pads[3], pads[0], pads[1]))
            y = functional.conv2d(padded, weight, None, stride, 0, dilation, groups)
        else:
            self.check_fit(name, settings, extents, reach, stride, pads)
            out = [(extents[i] - reach[i] + pads[2 * i] + pads[2 * i + 1]) // stride[i] + 1
                   for i in (0, 1)]
            weight = self.tensor(kind, name, settings, "weight",
                                 (filters, *out, channels, *kernel))
            y = local(x, weight, stride, pads)
        return self.biased(kind, name, settings, y)

    def biased(self, kind, name, settings, y):
        bias = settings.get("bias", "true")
        if bias == "false":
            return y
        if bias == "position" or kind == "local":
            return y + self.tensor(kind, name, settings, "bias", tuple(y.shape[1:]))
        return y + self.tensor(kind, name, settings, "bias", (y.shape[1],))[:, None, None]

    def check_fit(self, name, settings, extents, reach, stride, pads):
        if settings.get("fit", self.fit) != "exact" or settings.get("pad") == "same":
            return
        for i in (0, 1):
            rest = (extents[i] - reach[i] + pads[2 * i] + pads[2 * i + 1]) % stride[i]
            if rest:
                raise ValueError(f"{name} does not fit")

    def fc(self, name, settings, x):
        x = x.flatten(1)
        units = int(settings["units"])
        y = x @ self.tensor("fc", name, settings, "weight", (units, x.shape[1])).T
        if settings.get("bias", "true") == "false":
            return y
        return y + self.tensor("fc", name, settings, "bias", (units,))

    def bn(self, name, settings, x):
        shape = (x.shape[1],)
        weight, bias, mean, var = [
            self.tensor("bn", name, settings, suffix, shape)
            for suffix in ("weight", "bias", "running_mean", "running_var")
        ]
        return functional.batch_norm(x, mean, var, weight, bias, False, 0,
                                     float(settings.get("eps", 1e-5)))

    def prelu(self, name, settings, x):
        return functional.prelu(x, self.tensor("prelu", name, settings, "weight", (x.shape[1],)))

    def pool(self, settings, x):
        kind = settings.get("type", "max")
        count_pad = settings.get("count_pad") == "true"
        if settings.get("global") == "true":
            return pool(x, kind, list(x.shape[2:]), [1, 1], [0] * 4, count_pad, False)
        kernel = pair(settings["kernel"])
        stride = pair(settings["stride"]) if "stride" in settings else kernel
        pads = settings.get("pad", "0")
        if pads == "same":
            pads = same_pads(x.shape[2:], kernel, stride)
        else:
            pads = sides("0" if pads == "valid" else pads)
        self.check_fit("pool", settings, x.shape[2:], kernel, stride, pads)
        ceil = settings.get("fit", self.fit) == "ceil" and settings.get("pad") != "same"
        return pool(x, kind, kernel, stride, pads, count_pad, ceil)
