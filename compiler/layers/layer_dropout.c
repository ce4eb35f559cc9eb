#include "../graph/layer.h"

static const struct key keys[] = {
    {.name = "rate",
     .type = KEY_REAL,
     .offset = offsetof(struct dropout, rate),
     .initial = "0.5",
     .least = 0,
     .most = 1,
     .class = "value",
     .help = "the share that is dropped in training, below 1; nothing is dropped otherwise"},
};

static bool validate(struct inference *x, struct layer *layer) {
    const struct dropout *dropout = layer->settings;
    if (dropout->rate < 1)
        return true;
    layer_error(x, layer, "rate", "value", "rate 1 of %s would drop everything", layer->name);
    return false;
}

const struct layer_kind layer_dropout = {
    .name = "dropout",
    .summary = "drops a random share of its input in training; the identity otherwise",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct dropout),
    .takes = TAKES_BOTH,
    .validate = validate,
    .shape = layer_same,
};
