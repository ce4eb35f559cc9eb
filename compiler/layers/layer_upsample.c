#include "../graph/layer.h"

static const char *const modes[] = {"nearest", "bilinear", NULL}; /* enum upsample_mode */

static const struct key keys[] = {
    {.name = "scale",
     .type = KEY_INTEGER,
     .offset = offsetof(struct upsample, scale),
     .required = true,
     .least = 1,
     .most = LIMIT_WINDOW,
     .class = "shape-scale",
     .help = "how many times larger height and width become"},
    {.name = "mode",
     .type = KEY_WORD,
     .offset = offsetof(struct upsample, mode),
     .initial = "nearest",
     .words = modes,
     .class = "value",
     .help = "cells are repeated, or interpolated between their centres"},
};

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    (void)x;
    const struct upsample *upsample = layer->settings;
    layer->out = *in[0];
    layer->out.height *= upsample->scale;
    layer->out.width *= upsample->scale;
    return true;
}

const struct layer_kind layer_upsample = {
    .name = "upsample",
    .summary = "enlarges the map by an integer",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct upsample),
    .takes = TAKES_MAP,
    .shape = shape,
};
