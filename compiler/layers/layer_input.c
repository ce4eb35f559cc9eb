#include "../graph/layer.h"

#include <inttypes.h>

/* Layer 0. in[0] is what the spec says or, resized, what --input says. */
static bool input_shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    const struct shape *wanted = in[0];
    if (wanted->channels < 1 || wanted->height < 1 || wanted->width < 1) {
        layer_error(x, layer, NULL, "shape-zero", "an input of %s has nothing in it",
                    shape_text(x->graph->arena, wanted));
        return false;
    }
    if (x->resized && wanted->channels != layer->own_in.channels) {
        struct diagnostic *item =
            layer_error(x, layer, NULL, "shape-input",
                        "channels of the input are %" PRId64 "; the network is made for %" PRId64,
                        wanted->channels, layer->own_in.channels);
        if (wanted->width == layer->own_in.channels) /* height x width x channels */
            diag_hint(x->diag, item, "did you mean %" PRId64 "x%" PRId64 "x%" PRId64 "?",
                      wanted->width, wanted->channels, wanted->height);
        return false;
    }
    layer->out = *wanted;
    return true;
}

const struct layer_kind layer_input = {
    .name = "input",
    .summary = "the network's input",
    .takes = TAKES_BOTH,
    .shape = input_shape,
};
