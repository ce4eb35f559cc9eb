#include "../graph/layer.h"

#include <inttypes.h>

static const struct key keys[] = {
    {.name = "eps",
     .type = KEY_REAL,
     .offset = offsetof(struct bn, eps),
     .initial = "1e-5",
     .least = 0,
     .most = INFINITY,
     .class = "value",
     .help = "added to the variance; above 0"},
};

static bool validate(struct inference *x, struct layer *layer) {
    const struct bn *bn = layer->settings;
    if (bn->eps > 0)
        return true;
    layer_error(x, layer, "eps", "value",
                "eps of %s must be above 0: a channel of variance 0 would be divided by 0",
                layer->name);
    return false;
}

static bool has_bias(const struct layer *layer) {
    if (layer_is(layer, KIND_conv) || layer_is(layer, KIND_deconv))
        return ((const struct conv *)layer->settings)->bias == BIAS_SHARED;
    return layer_is(layer, KIND_fc) && ((const struct fc *)layer->settings)->bias;
}

/* In training bn subtracts the mean of the batch, and with it any constant that the layer before
 * added to the channel. With stored statistics, such a constant changes the values. */
static void warn_of_bias(struct inference *x, const struct layer *layer) {
    const struct layer *before = x->graph->layers[layer->inputs[0]];
    if (x->resized || x->graph->trained || !has_bias(before) || before->readers > 1)
        return;
    struct diagnostic *item =
        layer_warning(x, before, "bias", "value-bias",
                      "in training, %s takes the bias of %s away again", layer->name, before->name);
    diag_hint(x->diag, item,
              "a network yet to be trained saves %" PRId64 " parameters of %s by bias: false; "
              "weights that were trained with the bias need it",
              before->out.channels, before->name);
}

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    warn_of_bias(x, layer);
    return layer_same(x, layer, in);
}

static int tensors(const struct layer *layer, const struct shape *in,
                   struct layer_tensor *tensors) {
    (void)layer;
    static const char *const suffixes[] = {"weight", "bias", "running_mean", "running_var"};
    for (int i = 0; i < 4; i++)
        tensors[i] = (struct layer_tensor){suffixes[i], 1, {in->channels}, i < 2};
    return 4;
}

const struct layer_kind layer_bn = {
    .name = "bn",
    .summary = "batch normalisation, channel by channel",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct bn),
    .takes = TAKES_BOTH,
    .validate = validate,
    .shape = shape,
    .tensors = tensors,
};
