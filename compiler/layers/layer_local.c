#include "../graph/layer.h"

static const struct key keys[] = {
    KEY_FILTERS(local),
    KEY_WINDOW(local, true, "1"),
    KEY_PAD(local, layer_pad_words, "zeros around the map; same: the output is ceil(input/stride)"),
    KEY_BIAS(local),
    KEY_FIT(local),
};

static bool validate(struct inference *x, struct layer *layer) {
    const struct local *local = layer->settings;
    bool filters = conv_validate_filters(x, layer, local->filters, local->expand, false);
    return conv_validate_fit(x, layer) && filters;
}

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    const struct local *local = layer->settings;
    struct window_request request = {
        .kernel = local->kernel,
        .stride = local->stride,
        .dilation = {1, 1},
        .pad = local->pad,
        .fit = layer_fit(x, layer),
    };
    struct pair map;
    int64_t channels;
    if (!shape_as_own(x, layer, in[0], "its filters for each position") ||
        !conv_channels(x, layer, local->filters, local->expand, in[0]->channels, &channels) ||
        !shape_window(x, layer, in[0], &request, &map))
        return false;
    layer->out = (struct shape){.channels = channels, .height = map.height, .width = map.width};
    return true;
}

static int tensors(const struct layer *layer, const struct shape *in,
                   struct layer_tensor *tensors) {
    const struct local *local = layer->settings;
    const struct shape *out = &layer->own_out;
    tensors[0] = (struct layer_tensor){"weight",
                                       6,
                                       {out->channels, out->height, out->width, in->channels,
                                        local->kernel.height, local->kernel.width},
                                       true};
    int bias = local->bias == BIAS_NONE ? BIAS_NONE : BIAS_POSITION;
    return conv_bias_tensor(layer, bias, tensors, 1);
}

static bool macs(const struct layer *layer, const struct shape *in, int64_t *macs) {
    const struct local *local = layer->settings;
    return conv_macs(&layer->out, in->channels, &local->kernel, macs);
}

const struct layer_kind layer_local = {
    .name = "local",
    .summary = "locally connected: a convolution whose filters differ from position to position",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct local),
    .takes = TAKES_MAP,
    .shares = true,
    .slides = true,
    .validate = validate,
    .shape = shape,
    .tensors = tensors,
    .macs = macs,
};
