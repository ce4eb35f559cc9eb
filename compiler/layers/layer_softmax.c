#include "../graph/layer.h"

const struct layer_kind layer_softmax = {
    .name = "softmax",
    .summary = "exp(x) over its sum, over the channels at each position",
    .takes = TAKES_BOTH,
    .shape = layer_same,
};
