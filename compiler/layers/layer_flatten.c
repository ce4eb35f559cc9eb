#include "../graph/layer.h"

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    (void)x;
    layer->window.kernel = layer->window.reach = (struct pair){in[0]->height, in[0]->width};
    int64_t length = in[0]->channels * in[0]->height * in[0]->width; /* within LIMIT_TENSOR */
    layer->out = (struct shape){.channels = length, .height = 1, .width = 1, .vector = true};
    return true;
}

const struct layer_kind layer_flatten = {
    .name = "flatten",
    .summary = "the map as one vector: channels, then rows, then columns",
    .takes = TAKES_BOTH,
    .shape = shape,
};
