"""Random networks of cnnc-spec(5): small, odd, and every kind and setting of the language in them.

draw(number) gives the spec's text, the shape of each layer's output and the batch. The shapes are
computed here by the manual's formulas; nets.py compares them with PyTorch's and the compiler's.
"""
import random

from torch_net import JOINS

PLAIN = ("relu", "relu6", "sigmoid", "tanh", "silu", "hardswish", "hardsigmoid", "leaky_relu",
         "prelu", "elu", "clip", "bn", "softmax", "dropout")
MAPS = ("conv", "local", "deconv", "pool", "lrn", "upsample", "shuffle", "pad")
KINDS = MAPS + ("fc", "flatten") + PLAIN + JOINS


class Misfit(Exception):
    """A draw that leads nowhere; the caller draws again."""


def flow(value):
    """YAML in flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow_entry(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def flow_entry(item):
    if isinstance(item, tuple):
        return f"{item[0]}: {flow(item[1])}"
    return flow(item)


def lengths(kernel):
    """The inverse of Draft.pair."""
    return kernel if isinstance(kernel, list) else [int(k) for k in (str(kernel).split("x") * 2)[:2]]


class Draft:
    """One network while it grows. A layer is (kind, settings); a shape is (c, h, w) or (c,)."""

    def __init__(self, number, attempt):
        self.random = random.Random(number * 1000 + attempt)
        self.large = number % 10 == 0
        self.branched = number % 3 == 0
        self.focus = KINDS[number % len(KINDS)]
        self.fit = self.random.choice(["exact", "exact", "floor", "floor", "ceil"])
        self.room = self.random.randint(4, 20)  # layers
        self.count = 0
        self.shapes = {}  # of all layers, by name
        self.owners = []  # (kind, settings, input's channels, output's map) that `share` may name
        self.most = 1 << 17 if self.large else 3 << 13  # floats of a map
        self.products = 9 << 20 if self.large else 1 << 19  # multiply-accumulates of a layer
        self.weights = 1 << 19 if self.large else 1 << 16

    # ---- small choices ----

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *values):
        return self.random.choice(values)

    def real(self, low, high):
        return round(self.random.uniform(low, high), 3)

    def channels(self):
        if self.large:
            return self.pick(16, 31, 48, 64, 67, 96, 128, 130, 200)
        return self.pick(1, 2, 3, 4, 5, 6, 7, 8, 8, 12, 13, 16, 17, 24, 31, 33, 40)

    def pair(self, values):
        """Of one number or two, in any notation."""
        if values[0] == values[1]:
            return self.pick(values[0], f"{values[0]}x{values[1]}")
        return self.pick(f"{values[0]}x{values[1]}", list(values))

    def sides(self, pads):
        top, bottom, left, right = pads
        if top == bottom == left == right:
            return top
        if min(pads) < 0:
            return list(pads)
        if top == bottom and left == right:
            return f"{top}x{left}"
        return self.pick("x".join(map(str, pads)), list(pads))

    # ---- windows ----

    def side_lengths(self, values, square):
        first = self.pick(*values)
        return [first, first if self.chance(square) else self.pick(*values)]

    def pads(self, kernel, most):
        """Four sides, at most `most` of each axis."""
        style = self.random.random()
        if style < 0.3:
            return [0] * 4
        if style < 0.6:
            row, column = (min(k // 2, m) for k, m in zip(kernel, most))
            return [row, row, column, column]
        rows, columns = most
        return [self.random.randint(0, rows), self.random.randint(0, rows),
                self.random.randint(0, columns), self.random.randint(0, columns)]

    def window(self, kind, shape, kernel=None):
        """Settings of conv, local or pool, and the output's map."""
        kernel = kernel or self.side_lengths((1, 1, 2, 3, 3, 3, 3, 4, 5, 5, 7, 11), 0.65)
        stride = self.side_lengths((1, 1, 1, 1, 2, 2, 3, 4), 0.8)
        dilation = [1, 1]
        if kind == "conv" and self.chance(0.2):
            dilation = self.side_lengths((1, 2, 3), 0.5)
        reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
        settings = {"kernel": self.pair(kernel)}
        if stride != (kernel if kind == "pool" else [1, 1]) or self.chance(0.2):
            settings["stride"] = self.pair(stride)
        if dilation != [1, 1]:
            settings["dilation"] = self.pair(dilation)
        if self.chance(0.25):
            settings["pad"] = "same"
            return settings, [-(-size // s) for size, s in zip(shape[1:], stride)]
        pads = self.pads(kernel, [k // 2 if kind == "pool" else min(k, 8) for k in kernel])
        if pads != [0] * 4:
            settings["pad"] = self.sides(pads)
        elif self.chance(0.2):
            settings["pad"] = "valid"
        return settings, self.fitted(kind, shape, settings, reach, stride, pads)

    def fitted(self, kind, shape, settings, reach, stride, pads):
        rooms = [size + pads[2 * i] + pads[2 * i + 1] - reach[i]
                 for i, size in enumerate(shape[1:])]
        if min(rooms) < 0:
            raise Misfit
        whole = all(room % s == 0 for room, s in zip(rooms, stride))
        rules = ["floor", "ceil"] if kind == "pool" else ["floor"]
        rule = self.fit
        if not whole and rule == "exact" or self.chance(0.1):
            rule = settings["fit"] = self.pick(*rules)
        if rule != "ceil" or kind != "pool":
            return [room // s + 1 for room, s in zip(rooms, stride)]
        out = []
        for i, room in enumerate(rooms):
            count = -(-room // stride[i]) + 1
            while (count - 1) * stride[i] >= shape[1 + i] + pads[2 * i]:
                count -= 1
            out.append(count)
        return out

    # ---- layers ----

    def add(self, kind, settings, shape):
        """Names a layer and notes its shape; the entry."""
        size = 1
        for extent in shape:
            size *= extent
        if size > self.most or max(shape[1:], default=1) > 67 and not self.large:
            raise Misfit
        self.count += 1
        name = f"{kind}_{self.count}" if kind[-1].isdigit() else f"{kind}{self.count}"
        self.shapes[name] = shape
        return (kind, {"name": name, **settings})

    def limit(self, weights, positions):
        if weights > self.weights or weights * positions > self.products:
            raise Misfit

    def convolution(self, kind, shape):
        owners = [owner for owner in self.owners if owner[0] == kind and owner[2] == shape[0]]
        if owners and self.chance(0.6):
            return self.shared(self.random.choice(owners), shape)
        if kind == "deconv":
            settings, out = self.deconv_window(shape)
        else:
            settings, out = self.window(kind, shape)
        filters = shape[0] if self.chance(0.3) else self.channels()
        groups, settings = self.groups(kind, shape[0], filters, settings)
        filters = settings.get("filters", filters if groups != shape[0] else shape[0])
        filters = settings["expand"] * shape[0] if "expand" in settings else filters
        if kind == "local":
            settings["bias"] = self.pick("true", "false", "position")
        elif self.chance(0.5):
            settings["bias"] = self.pick("false", "false", "position", "true")
        self.limit_convolution(kind, shape, settings, filters, groups, out)
        entry = self.add(kind, settings, (filters, *out))
        if settings.get("bias") != "position" and kind != "local":
            self.owners.append((kind, entry[1], shape[0], None))
        elif out == list(shape[1:]) and filters == shape[0]:
            self.owners.append((kind, entry[1], shape[0], shape))
        return [entry], (filters, *out)

    def limit_convolution(self, kind, shape, settings, filters, groups, out):
        kernel = lengths(settings["kernel"])
        taps = shape[0] // groups * filters * kernel[0] * kernel[1]
        places = out[0] * out[1] if kind != "deconv" else shape[1] * shape[2]
        if kind == "local":
            self.limit(taps * places, 1)
        else:
            self.limit(taps, places)

    def groups(self, kind, channels, filters, settings):
        if kind != "local" and self.chance(0.2):
            settings["groups"] = "depthwise"
            style = self.random.random()
            if style < 0.3:
                settings["filters"] = channels * self.pick(1, 2, 3)
            elif style < 0.5:
                settings["expand"] = self.pick(1, 2)
            return channels, settings
        if self.chance(0.15):
            settings["expand"] = self.pick(1, 2, 3)
            filters = settings["expand"] * channels
        else:
            settings["filters"] = filters
        divisors = [g for g in range(2, channels + 1) if channels % g == 0 and filters % g == 0]
        if kind == "local" or not divisors or self.chance(0.6):
            return 1, settings
        settings["groups"] = self.random.choice(divisors)
        return settings["groups"], settings

    def deconv_window(self, shape, kernel=None):
        kernel = kernel or self.side_lengths((1, 2, 2, 3, 3, 4, 5, 7), 0.65)
        stride = self.side_lengths((1, 1, 2, 2, 2, 3, 4), 0.8)
        dilation = self.side_lengths((1, 2, 3), 0.5) if self.chance(0.25) else [1, 1]
        pads = self.pads(kernel, kernel)
        added = [0, 0]
        if self.chance(0.4):
            added = [self.random.randrange(max(s, d)) for s, d in zip(stride, dilation)]
        out = [(size - 1) * stride[i] - pads[2 * i] - pads[2 * i + 1] +
               dilation[i] * (kernel[i] - 1) + 1 + added[i] for i, size in enumerate(shape[1:])]
        if min(out) < 1:
            raise Misfit
        settings = {"kernel": self.pair(kernel)}
        for key, values in (("stride", stride), ("dilation", dilation)):
            if values != [1, 1]:
                settings[key] = self.pair(values)
        if pads != [0] * 4:
            settings["pad"] = self.sides(pads)
        if added != [0, 0]:
            settings["output_pad"] = self.pair(added)
        return settings, out

    def shared(self, owner, shape):
        """Another layer with the owner's weights; other strides and pads where the kind lets it."""
        kind, given, _, own_map = owner
        if own_map not in (None, shape):
            raise Misfit
        settings = {key: value for key, value in given.items() if key != "name"}
        settings["share"] = given["name"]
        if kind == "fc":
            units = given["units"]
            return [self.add(kind, settings, (units,))], (units,)
        filters = self.shapes[given["name"]][0]
        if own_map:  # the same map in and out
            return [self.add(kind, settings, shape)], shape
        kernel = lengths(given["kernel"])
        drawn, out = self.deconv_window(shape, kernel) if kind == "deconv" else self.window(
            kind, shape, kernel)
        for key in ("stride", "pad", "dilation", "fit", "output_pad"):
            settings.pop(key, None)
        groups = settings.get("groups", 1)
        groups = shape[0] if groups == "depthwise" else groups
        settings.update(drawn)
        self.limit_convolution(kind, shape, settings, filters, groups, out)
        return [self.add(kind, settings, (filters, *out))], (filters, *out)

    def fc(self, shape):
        size = shape[0] if len(shape) == 1 else shape[0] * shape[1] * shape[2]
        owners = [owner for owner in self.owners if owner[0] == "fc" and owner[2] == size]
        if owners and self.chance(0.6):
            return self.shared(self.random.choice(owners), shape)
        units = size if size <= 67 and self.chance(0.3) else self.channels()
        self.limit(units * size, 1)
        settings = {"units": units}
        if self.chance(0.3):
            settings["bias"] = self.chance(0.3)
        entry = self.add("fc", settings, (units,))
        self.owners.append(("fc", entry[1], size, None))
        return [entry], (units,)

    def pool(self, shape):
        settings = {}
        kind = self.pick("max", "max", "average", "average", "l2")
        if kind != "max" or self.chance(0.5):
            settings["type"] = kind
        if self.chance(0.15):
            settings["global"] = True
            return [self.add("pool", settings, (shape[0], 1, 1))], (shape[0], 1, 1)
        drawn, out = self.window("pool", shape)
        settings.update(drawn)
        if kind == "average" and self.chance(0.5):
            settings["count_pad"] = self.chance(0.8)
        return [self.add("pool", settings, (shape[0], *out))], (shape[0], *out)

    def pad(self, shape):
        settings = {}
        sides, channels = [0] * 4, [0, 0]
        if self.chance(0.75):
            sides = [self.random.randint(-2, 3) for _ in range(4)]
            settings["pad"] = self.sides(sides)
        if not settings or self.chance(0.3):
            channels = [0, self.random.randint(1, 5)]
            if self.chance(0.5):
                channels[0] = self.random.randint(0, 4)
            settings["channels"] = channels if channels[0] or self.chance(0.3) else channels[1]
        if self.chance(0.4):
            settings["value"] = self.real(-1, 1)
        out = (shape[0] + sum(channels), shape[1] + sides[0] + sides[1],
               shape[2] + sides[2] + sides[3])
        if min(out) < 1:
            raise Misfit
        return [self.add("pad", settings, out)], out

    def scaled(self, kind, shape):
        """lrn, upsample, shuffle."""
        if kind == "lrn":
            settings = {"size": self.pick(1, 3, 5, 5, 7)}
            if self.chance(0.4):
                settings["across"] = "within"
            if self.chance(0.6):
                settings.update(alpha=self.pick("1e-4", "0.01", "0.5"), beta=self.real(0.3, 1),
                                k=self.pick(1, 2))
        elif kind == "upsample":
            settings = {"scale": self.pick(1, 2, 2, 2, 3)}
            if self.chance(0.6):
                settings["mode"] = self.pick("nearest", "bilinear", "bilinear")
            shape = (shape[0], *(size * settings["scale"] for size in shape[1:]))
        else:
            groups = [g for g in range(1, shape[0] + 1) if shape[0] % g == 0]
            settings = {"groups": self.random.choice(groups)}
        return [self.add(kind, settings, shape)], shape

    def plain(self, kind, shape):
        settings = {}
        if kind == "bn" and self.chance(0.3):
            settings["eps"] = self.pick("0.001", "1e-3", "0.1")
        elif kind == "leaky_relu" and self.chance(0.6):
            settings["slope"] = self.real(0, 0.5)
        elif kind == "elu" and self.chance(0.6):
            settings["alpha"] = self.real(0.2, 1.5)
        elif kind == "clip":
            settings.update(min=self.real(-2, -0.1), max=self.real(0.1, 3))
        elif kind == "dropout" and self.chance(0.5):
            settings["rate"] = self.real(0, 0.9)
        entries = [self.add(kind, settings, shape)]
        if kind == "bn" and self.chance(0.2):
            entries.append(self.add("bn", {}, shape))
        return entries, shape

    def layer(self, kind, shape):
        """Entries (one, seldom two) and the shape behind them."""
        if len(shape) == 1 and kind in MAPS and kind != "shuffle":
            raise Misfit
        if kind in ("conv", "local", "deconv"):
            return self.convolution(kind, shape)
        if kind in ("lrn", "upsample", "shuffle"):
            return self.scaled(kind, shape)
        if kind in ("fc", "pool", "pad"):
            return getattr(self, kind)(shape)
        if kind == "flatten":
            out = (shape[0] * shape[1] * shape[2],) if len(shape) == 3 else shape
            return [self.add("flatten", {}, out)], out
        return self.plain(kind, shape)

    # ---- joins ----

    def adapters(self, shape, target):
        """Layers that bring one shape to another."""
        entries = []
        if len(target) == 1:
            self.limit(target[0] * (shape[0] if len(shape) == 1 else
                                    shape[0] * shape[1] * shape[2]), 1)
            return [] if shape == target else [self.add("fc", {"units": target[0]}, target)]
        if len(shape) == 1:
            raise Misfit
        if shape[1:] != target[1:]:
            pads = [0, target[1] - shape[1], 0, target[2] - shape[2]]
            if self.chance(0.5):
                pads = [pads[1], 0, pads[3], 0]
            shape = (shape[0], *target[1:])
            entries.append(self.add("pad", {"pad": self.sides(pads)}, shape))
        if shape[0] < target[0] and self.chance(0.4):
            entries.append(self.add("pad", {"channels": target[0] - shape[0]}, target))
        elif shape[0] != target[0]:
            self.limit(shape[0] * target[0], target[1] * target[2])
            entries.append(self.add("conv", {"filters": target[0], "kernel": 1}, target))
        return entries

    def like(self, kind, shape, target):
        """What a branch of that shape must become to be joined with one of the target's."""
        if kind == "concat":
            return self.adapters(shape, (shape[0], *target[1:]) if len(shape) == len(target)
                                 else target)
        return self.adapters(shape, target)

    def joined(self, kind, shapes):
        if kind == "concat":
            return (sum(shape[0] for shape in shapes), *shapes[0][1:])
        return max(shapes, key=lambda shape: (len(shape), shape))

    def gate(self, shape):
        branch = []
        if self.chance(0.7):
            branch.append(self.add("pool", {"type": "average", "global": True}, (shape[0], 1, 1)))
        self.limit(shape[0]**2 * (1 if branch else shape[1] * shape[2]), 1)
        if branch and self.chance(0.5):
            branch.append(self.add("conv", {"filters": shape[0], "kernel": 1}, (shape[0], 1, 1)))
        else:
            branch.append(self.add("fc", {"units": shape[0]}, (shape[0],)))
        branch.append(self.add(self.pick("sigmoid", "hardsigmoid"), {},
                               self.shapes[branch[-1][1]["name"]]))
        branches = [[], branch] if self.chance(0.7) else [branch, []]
        return [self.add("mul", {"branches": branches}, shape)], shape

    def branch(self, kind, shape, depth):
        """A join of branches that all begin here."""
        if kind == "mul" and len(shape) == 3 and self.chance(0.5):
            return self.gate(shape)
        branches, shapes = [], []
        identity = self.chance(0.4)
        for i in range(self.pick(2, 2, 2, 3)):
            entries, out = ([], shape) if i == 0 and identity else self.chain(
                shape, self.random.randint(1, 4), depth + 1)
            if shapes:
                entries += self.like(kind, out, shapes[0])
                out = self.shapes[entries[-1][1]["name"]] if entries else out
            if not entries and branches:
                raise Misfit  # the identity twice
            branches.append(entries)
            shapes.append(out)
        out = self.joined(kind, shapes)
        if identity:  # the others stay in order: a layer may share the weights of an earlier one
            branches.insert(self.random.randrange(len(branches)), branches.pop(0))
        return [self.add(kind, {"branches": branches}, out)], out

    def skip(self, kind, entries, shape):
        """Joins the last layer with an earlier one by name."""
        last = entries[-1][1]["name"]
        earlier = [entry[1]["name"] for entry in entries[:-1]] + ["input"]
        name = self.random.choice(earlier)
        adapters = self.like(kind, self.shapes[name], shape)
        if adapters:
            adapters[0] = (adapters[0][0], {"from": name, **adapters[0][1]})
            name = adapters[-1][1]["name"]
        names = self.pick([last, name], [name, last])
        out = self.joined(kind, [self.shapes[each] for each in names])
        return adapters + [self.add(kind, {"from": names}, out)], out

    # ---- the whole ----

    def kind(self, shape, late):
        if self.branched and self.chance(0.18):
            return self.pick(*JOINS)
        style = self.random.random()
        if late and style < 0.25:
            return self.pick("fc", "fc", "flatten")
        if style < 0.6:
            return self.pick(*["conv"] * 9, "deconv", "pool", "pool", *MAPS)
        return self.pick("relu", "bn", *PLAIN)

    def chain(self, shape, length, depth=0):
        """A list of about that many entries."""
        entries = []
        focus_at = self.random.randrange(length) if depth == 0 else -1
        if self.focus in ("fc", "flatten"):
            focus_at = length - 1 if depth == 0 else -1
        begin = self.count
        while self.count - begin < length and self.count < self.room:
            late = depth == 0 and self.count > 0.7 * length or self.focus == "fc"
            wanted = depth == 0 and self.count >= focus_at and not self.focused
            kind = self.focus if wanted else self.kind(shape, late)
            saved = self.count, dict(self.shapes), len(self.owners)
            try:
                drawn, shape = self.entry(kind, entries, shape, depth)
            except Misfit:
                self.misses += 1
                if self.misses > 60:
                    raise
                self.count, self.shapes = saved[:2]
                del self.owners[saved[2]:]
                continue
            entries += drawn
            self.focused |= kind == self.focus
        if not entries:
            raise Misfit
        return entries, shape

    def entry(self, kind, entries, shape, depth):
        if kind not in JOINS:
            return self.layer(kind, shape)
        if depth > 2:
            raise Misfit
        if depth == 0 and len(entries) > 1 and self.chance(0.4):
            return self.skip(kind, entries, shape)
        return self.branch(kind, shape, depth)

    def spec(self, number):
        self.misses, self.focused = 0, False
        channels = self.pick(1, 2, 3, 3, 4, 5, 8, 11, 16)
        most = 24 if self.large else 40
        height, width = (self.pick(self.random.randint(3, most), self.random.randint(5, 16))
                         for _ in range(2))
        if not self.large and self.chance(0.1):
            channels, height, width = self.pick((1, 67, 3), (2, 1, 67), (3, 67, 5), (1, 41, 61))
        if self.large:
            channels, height, width = self.pick(16, 32, 64), max(height, 9), max(width, 9)
        shape = (channels, height, width)
        self.shapes["input"] = shape
        entries, _ = self.chain(shape, self.room)
        if not 4 <= self.count <= 20 or not self.focused:
            raise Misfit
        outputs = [entries[-1][1]["name"]]
        if len(entries) > 1 and self.chance(0.12):
            outputs.insert(self.pick(0, 1), self.random.choice(entries[:-1])[1]["name"])
        size = f"{channels}x{height}x{width}"
        if width in (1, 3) or self.chance(0.2):  # 8x5x3 would be taken for a slip of 3x8x5
            size = flow(list(shape))
        lines = [f"name: n{number}", f"input: {size}"]
        if self.fit != "exact":
            lines.append(f"fit: {self.fit}")
        lines += ["layers:"] + [f"  - {flow_entry(entry)}" for entry in entries]
        if len(outputs) > 1:
            lines.append(f"outputs: [{', '.join(outputs)}]")
        return "\n".join(lines) + "\n"


def draw(number, attempt):
    """The text of a spec, {layer: shape}, the batch; None when the draw leads nowhere."""
    draft = Draft(number, attempt)
    try:
        text = draft.spec(number)
    except Misfit:
        return None
    del draft.shapes["input"]
    batch = draft.random.randint(1, 2) if draft.large else draft.random.randint(1, 7)
    return text, draft.shapes, batch
