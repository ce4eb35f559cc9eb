"""Networks for what random ones seldom meet: values that are read twice, views of views, outputs
that are read on, convolutions with nothing to sum."""

CORNERS = [
    # one value in several operands, once through a layer that changes nothing
    """input: 4x6x7
layers:
  - conv: {name: a, filters: 4, kernel: 3, pad: 1}
  - add: {name: b, branches: [[], [conv: {name: c, filters: 4, kernel: 1}], [dropout: {name: d}]]}
  - mul: {name: e, branches: [[], [dropout: {name: f}], [sigmoid: {name: g}]]}
  - add: {name: h, branches: [[dropout: {name: i}], []]}
  - relu: {name: j}
""",
    # a filter whose value is read by a bn, and through a dropout by others
    """input: 2x7x8
layers:
  - conv: {name: a, filters: 3, kernel: 3}
  - dropout: {name: b}
  - bn: {name: c}
  - relu: {name: d}
  - concat: {name: e, from: [b, d]}
  - add: {name: f, branches: [[bn: {name: g}], [dropout: {name: h}], [tanh: {name: i}]]}
""",
    # the gate twice, and before what it scales
    """input: 6x5x9
layers:
  - relu: {name: a}
  - pool: {name: b, type: average, global: true}
  - fc: {name: c, units: 6}
  - mul: {name: d, from: [c, a, b]}
  - mul: {name: e, from: [d, b, c]}
  - mul: {name: f, from: [b, c]}
outputs: [e, f]
""",
    # concats of concats with common parts; the input in two of them
    """input: 3x7x5
layers:
  - conv: {name: a, filters: 2, kernel: 3, pad: 1}
  - concat: {name: b, from: [a, input]}
  - concat: {name: c, from: [a, b]}
  - concat: {name: d, from: [c, input, b]}
  - relu: {name: e}
  - concat: {name: f, from: [e, d, a]}
  - bn: {name: g}
""",
    # an operand of a concat that is changed, and one that is read behind it
    """input: 3x6x6
layers:
  - conv: {name: a, filters: 3, kernel: 3, pad: 1}
  - relu: {name: b}
  - tanh: {name: c}
  - concat: {name: d, from: [b, c, input]}
  - conv: {name: e, filters: 3, kernel: 1}
  - add: {name: f, from: [e, b]}
  - sigmoid: {name: g}
  - concat: {name: h, from: [g, f]}
""",
    # views of views, and as outputs
    """input: 3x4x5
layers:
  - dropout: {name: a}
  - dropout: {name: b}
  - flatten: {name: c}
  - dropout: {name: d}
  - flatten: {name: e}
  - flatten: {name: f}
  - concat: {name: g, from: [c, e]}
  - fc: {name: h, units: 9}
  - relu: {name: i}
outputs: [b, f, i]
""",
    # outputs that are read on: nothing may be fused into them or overwrite them
    """input: 4x8x6
layers:
  - conv: {name: a, filters: 5, kernel: 3}
  - bn: {name: b}
  - relu: {name: c}
  - conv: {name: d, filters: 5, kernel: 3, pad: 1}
  - add: {name: e, from: [c, d]}
  - elu: {name: f}
  - dropout: {name: g}
  - bn: {name: h}
outputs: [a, c, d, e, g, h]
""",
    # pads before convolutions: fused, read twice, of another value, cropping
    """input: 2x9x9
layers:
  - pad: {name: a, pad: [1, 0, 2, 1]}
  - conv: {name: b, filters: 3, kernel: 3, stride: 2, fit: floor, pad: 1}
  - pad: {name: c, pad: 1}
  - conv: {name: d, filters: 3, kernel: 3}
  - pad: {name: e, from: c, pad: [0, 1, -1, 0]}
  - conv: {name: f, filters: 3, kernel: 2}
  - pad: {name: g, pad: 1, value: 0.5}
  - local: {name: h, filters: 2, kernel: 3}
  - pad: {name: i, pad: [0, 0, 1, 1], channels: [1, 1]}
  - conv: {name: j, groups: depthwise, kernel: 2}
outputs: [d, j]
""",
    # transposed: positions of the stride that no tap reaches, with all that may follow
    """input: 3x5x4
layers:
  - deconv: {name: a, filters: 4, kernel: 1, stride: 3x2, output_pad: 2x1}
  - bn: {name: b}
  - add: {name: c, branches: [[], [conv: {name: d, filters: 4, kernel: 3, pad: 1}]]}
  - deconv: {name: e, groups: 2, filters: 4, kernel: 2x3, stride: 4, dilation: 2, bias: position}
  - prelu: {name: f}
  - deconv: {name: g, groups: depthwise, kernel: 3, stride: 2, dilation: 3, bias: false}
""",
    # shared weights, each with another ending
    """input: 4x7x7
layers:
  - conv: {name: a, filters: 4, kernel: 3, pad: 1}
  - bn: {name: b}
  - conv: {name: c, share: a, filters: 4, kernel: 3, pad: 2, dilation: 2}
  - relu: {name: d}
  - conv: {name: e, share: a, filters: 4, kernel: 3}
  - conv: {name: f, groups: depthwise, kernel: 3, pad: same}
  - bn: {name: g}
  - conv: {name: h, share: f, groups: depthwise, kernel: 3, stride: 2, pad: 1}
  - deconv: {name: i, filters: 4, kernel: 2, stride: 2}
  - sigmoid: {name: j}
  - deconv: {name: k, share: i, filters: 4, kernel: 2, stride: 3}
  - fc: {name: l, units: 5}
  - fc: {name: m, units: 5}
  - relu: {name: n}
  - fc: {name: o, share: m, units: 5}
""",
    # scale and shift in a row, and on the input itself
    """input: 5x6x7
layers:
  - bn: {name: a}
  - bn: {name: b}
  - relu: {name: c}
  - bn: {name: d}
  - dropout: {name: e}
  - bn: {name: f}
  - add: {name: g, from: [f, a]}
  - bn: {name: h}
  - local: {name: i, filters: 3, kernel: 2}
  - bn: {name: j}
  - flatten: {name: k}
  - bn: {name: l}
""",
    # one cell, one channel
    """input: 1x1x1
layers:
  - conv: {name: a, filters: 1, kernel: 1}
  - upsample: {name: b, scale: 3, mode: bilinear}
  - conv: {name: c, filters: 2, kernel: 5, pad: 4}
  - pool: {name: d, type: l2, kernel: 7}
  - fc: {name: e, units: 1}
  - add: {name: f, branches: [[], [elu: {name: g}]]}
""",
    # residuals on both sides of what they are added to
    """input: 6x8x8
layers:
  - conv: {name: a, filters: 6, kernel: 1}
  - conv: {name: b, filters: 6, kernel: 3, pad: 1}
  - add: {name: c, from: [a, b, input]}
  - conv: {name: d, filters: 6, kernel: 3, pad: 1}
  - add: {name: e, from: [d, c]}
  - silu: {name: f}
  - conv: {name: g, filters: 6, kernel: 3, pad: 1, bias: position}
  - add: {name: h, from: [c, g]}
  - bn: {name: i}
  - add: {name: j, from: [f, i]}
  - add: {name: k, from: [e, j]}
  - softmax: {name: l}
""",
]
