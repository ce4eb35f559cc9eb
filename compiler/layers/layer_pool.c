#include "../graph/layer.h"

static const char *const types[] = {"max", "average", "l2", NULL}; /* enum pool_type */

static const struct key keys[] = {
    {.name = "type",
     .type = KEY_WORD,
     .offset = offsetof(struct pool, type),
     .initial = "max",
     .words = types,
     .class = "value",
     .help = "the largest cell, the mean, or the root of the sum of squares"},
    KEY_WINDOW(pool, false, NULL),
    KEY_PAD(pool, layer_pad_words,
            "cells around the map, at most half the kernel; max ignores them"),
    {.name = "count_pad",
     .type = KEY_BOOLEAN,
     .offset = offsetof(struct pool, count_pad),
     .initial = "false",
     .class = "value",
     .help = "average divides by the padding's cells too"},
    {.name = "global",
     .type = KEY_BOOLEAN,
     .offset = offsetof(struct pool, global),
     .initial = "false",
     .class = "value",
     .help = "the window is the whole map"},
    KEY_FIT(pool),
};

static bool validate(struct inference *x, struct layer *layer) {
    const struct pool *pool = layer->settings;
    if (!pool->global && !layer_has(layer, "kernel")) {
        struct diagnostic *item = layer_error(x, layer, NULL, "spec-key", "pool needs 'kernel'");
        diag_hint(x->diag, item, "or global: true, whose window is the whole map");
        return false;
    }
    static const char *const of_window[] = {"kernel", "stride", "pad", "fit"};
    for (size_t i = 0; pool->global && i < KEY_COUNT(of_window); i++) {
        if (!layer_has(layer, of_window[i]))
            continue;
        layer_error(x, layer, of_window[i], "spec-key",
                    "%s is global: its window is the whole map, so it takes no %s", layer->name,
                    of_window[i]);
        return false;
    }
    return true;
}

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    const struct pool *pool = layer->settings;
    layer->out = (struct shape){.channels = in[0]->channels, .height = 1, .width = 1};
    if (pool->global) {
        layer->window.kernel = layer->window.reach = (struct pair){in[0]->height, in[0]->width};
        return true;
    }
    struct window_request request = {
        .kernel = pool->kernel,
        .stride = layer_has(layer, "stride") ? pool->stride : pool->kernel,
        .dilation = {1, 1},
        .pad = pool->pad,
        .fit = layer_fit(x, layer),
        .pools = true,
    };
    struct pair map;
    if (!shape_window(x, layer, in[0], &request, &map))
        return false;
    layer->out.height = map.height;
    layer->out.width = map.width;
    return true;
}

const struct layer_kind layer_pool = {
    .name = "pool",
    .summary = "pooling: one number for each window, channel by channel",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct pool),
    .takes = TAKES_MAP,
    .slides = true,
    .validate = validate,
    .shape = shape,
};
