#include "../graph/layer.h"

#include <inttypes.h>

static const char *const across[] = {"channels", "within", NULL}; /* enum lrn_across */

static const struct key keys[] = {
    {.name = "size",
     .type = KEY_INTEGER,
     .offset = offsetof(struct lrn, size),
     .initial = "5",
     .least = 1,
     .most = LIMIT_WINDOW,
     .class = "value",
     .help = "n, odd: how many channels, or the side of the square within a channel"},
    {.name = "alpha",
     .type = KEY_REAL,
     .offset = offsetof(struct lrn, alpha),
     .initial = "1e-4",
     .least = -INFINITY,
     .most = INFINITY,
     .class = "value",
     .help = "x/(k + alpha/n*sum of squares)^beta; within: n*n for n"},
    {.name = "beta",
     .type = KEY_REAL,
     .offset = offsetof(struct lrn, beta),
     .initial = "0.75",
     .least = -INFINITY,
     .most = INFINITY,
     .class = "value",
     .help = "the exponent"},
    {.name = "k",
     .type = KEY_REAL,
     .offset = offsetof(struct lrn, k),
     .initial = "1",
     .least = -INFINITY,
     .most = INFINITY,
     .class = "value",
     .help = "what is added to the sum"},
    {.name = "across",
     .type = KEY_WORD,
     .offset = offsetof(struct lrn, across),
     .initial = "channels",
     .words = across,
     .class = "value",
     .help = "neighbours are channels, or cells of the same channel"},
};

static bool validate(struct inference *x, struct layer *layer) {
    const struct lrn *lrn = layer->settings;
    if (lrn->size % 2 == 1)
        return true;
    layer_error(x, layer, "size", "value",
                "size %" PRId64 " of %s is even: a cell needs as many neighbours on either side",
                lrn->size, layer->name);
    return false;
}

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    const struct lrn *lrn = layer->settings;
    if (lrn->across == LRN_WITHIN) {
        int64_t side = lrn->size / 2;
        layer->window.kernel = layer->window.reach = (struct pair){lrn->size, lrn->size};
        layer->window.pad = (struct sides){side, side, side, side};
    }
    return layer_same(x, layer, in);
}

const struct layer_kind layer_lrn = {
    .name = "lrn",
    .summary = "local response normalisation",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct lrn),
    .takes = TAKES_MAP,
    .validate = validate,
    .shape = shape,
};
