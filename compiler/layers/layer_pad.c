#include "../graph/layer.h"

#include <inttypes.h>

static const struct key keys[] = {
    {.name = "pad",
     .type = KEY_PADS,
     .offset = offsetof(struct pad, pad),
     .initial = "0",
     .least = -LIMIT_WINDOW,
     .most = LIMIT_WINDOW,
     .class = "shape-pad",
     .help = "rows and columns to add; negative: to crop"},
    {.name = "channels",
     .type = KEY_CHANNELS,
     .offset = offsetof(struct pad, channels),
     .initial = "0",
     .least = 0,
     .most = LIMIT_DIMENSION,
     .class = "shape-pad",
     .help = "zero channels to add behind, or [before, behind]"},
    {.name = "value",
     .type = KEY_REAL,
     .offset = offsetof(struct pad, value),
     .initial = "0",
     .least = -INFINITY,
     .most = INFINITY,
     .class = "value",
     .help = "what the added rows and columns hold"},
};

static bool validate(struct inference *x, struct layer *layer) {
    if (layer_has(layer, "pad") || layer_has(layer, "channels"))
        return true;
    layer_error(x, layer, NULL, "spec-key", "pad needs 'pad' or 'channels'");
    return false;
}

static bool extent(struct inference *x, struct layer *layer, int64_t in, int64_t before,
                   int64_t after, int64_t *out) {
    *out = in + before + after;
    if (*out >= 1)
        return true;
    layer_error(x, layer, "pad", "shape-pad",
                "%s leaves nothing: %" PRId64 " + (%" PRId64 ") + (%" PRId64 ") = %" PRId64,
                layer->name, in, before, after, *out);
    return false;
}

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    const struct pad *pad = layer->settings;
    const struct sides *sides = &pad->pad.sides;
    layer->window.pad = *sides;
    struct shape *out = &layer->out;
    *out = (struct shape){.channels = in[0]->channels + pad->channels[0] + pad->channels[1]};
    return extent(x, layer, in[0]->height, sides->top, sides->bottom, &out->height) &&
           extent(x, layer, in[0]->width, sides->left, sides->right, &out->width);
}

const struct layer_kind layer_pad = {
    .name = "pad",
    .summary = "adds a border or channels; crops where negative",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct pad),
    .takes = TAKES_MAP,
    .validate = validate,
    .shape = shape,
};
