/* conv, and what local and deconv have in common with it. */
#include "../graph/layer.h"

#include <inttypes.h>

static const struct key keys[] = {
    KEY_FILTERS(conv),
    KEY_WINDOW(conv, true, "1"),
    KEY_PAD(conv, layer_pad_words, "zeros around the map; same: the output is ceil(input/stride)"),
    KEY_DILATION(conv),
    KEY_GROUPS(conv),
    KEY_BIAS(conv),
    KEY_FIT(conv),
};

int64_t conv_groups(const struct conv *conv, int64_t in) {
    return conv->groups == GROUPS_DEPTHWISE ? in : conv->groups;
}

bool conv_validate_filters(struct inference *x, struct layer *layer, int64_t filters,
                           int64_t expand, bool optional) {
    if (filters && expand) {
        layer_error(x, layer, "expand", "spec-key", "%s takes filters or expand, not both",
                    layer->name);
        return false;
    }
    if (!filters && !expand && !optional) {
        struct diagnostic *item =
            layer_error(x, layer, NULL, "spec-key", "%s needs 'filters'", layer->kind->name);
        diag_hint(x->diag, item, "or expand: how many times the input's channels come out");
        return false;
    }
    if (filters > LIMIT_DIMENSION || expand > LIMIT_DIMENSION) {
        layer_error(x, layer, filters ? "filters" : "expand", "limit-tensor",
                    "%s would have %" PRId64 " channels%s, above the limit of %d", layer->name,
                    filters ? filters : expand, filters ? "" : " for each of its input's",
                    LIMIT_DIMENSION);
        return false;
    }
    return true;
}

bool conv_validate_fit(struct inference *x, struct layer *layer) {
    if (!layer_has(layer, "fit") || layer_fit(x, layer) != FIT_CEIL)
        return true;
    struct diagnostic *item =
        layer_error(x, layer, "fit", "value", "fit: ceil is for pools; %s is a %s", layer->name,
                    layer->kind->name);
    diag_hint(x->diag, item, "a %s can have fit: exact or fit: floor", layer->kind->name);
    return false;
}

bool conv_channels(struct inference *x, struct layer *layer, int64_t filters, int64_t expand,
                   int64_t in, int64_t *out) {
    *out = filters ? filters : in; /* depthwise without filters: the input's */
    if (expand && !count_mul(in, expand, out))
        *out = INT64_MAX;
    if (*out <= LIMIT_DIMENSION)
        return true;
    layer_error(x, layer, expand ? "expand" : "filters", "limit-tensor",
                "%s would have %" PRId64 "*%" PRId64 " channels, above the limit of %d",
                layer->name, expand, in, LIMIT_DIMENSION);
    return false;
}

bool conv_grouped_channels(struct inference *x, struct layer *layer, int64_t in, int64_t *out) {
    const struct conv *conv = layer->settings;
    if (!conv_channels(x, layer, conv->filters, conv->expand, in, out))
        return false;
    int64_t groups = conv_groups(conv, in);
    bool of_input = in % groups != 0;
    if (!of_input && *out % groups == 0)
        return true;
    const char *key = of_input || !layer_has(layer, "filters") ? "groups" : "filters";
    layer_error(x, layer, key, "shape-groups",
                "%s has %" PRId64 " %s, which %" PRId64 " groups do not divide", layer->name,
                of_input ? in : *out, of_input ? "input channels" : "filters", groups);
    return false;
}

int conv_bias_tensor(const struct layer *layer, int bias, struct layer_tensor *tensors, int count) {
    const struct shape *out = &layer->own_out;
    if (bias == BIAS_SHARED)
        tensors[count++] = (struct layer_tensor){"bias", 1, {out->channels}, true};
    if (bias == BIAS_POSITION)
        tensors[count++] =
            (struct layer_tensor){"bias", 3, {out->channels, out->height, out->width}, true};
    return count;
}

bool conv_macs(const struct shape *map, int64_t depth, const struct pair *kernel, int64_t *macs) {
    int64_t values, products;
    return layer_product(map->channels, map->height, map->width, 1, &values) &&
           layer_product(depth, kernel->height, kernel->width, 1, &products) &&
           count_mul(values, products, macs);
}

static bool validate(struct inference *x, struct layer *layer) {
    const struct conv *conv = layer->settings;
    bool optional = conv->groups == GROUPS_DEPTHWISE;
    bool filters = conv_validate_filters(x, layer, conv->filters, conv->expand, optional);
    return conv_validate_fit(x, layer) && filters;
}

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    const struct conv *conv = layer->settings;
    struct window_request request = {
        .kernel = conv->kernel,
        .stride = conv->stride,
        .dilation = conv->dilation,
        .pad = conv->pad,
        .fit = layer_fit(x, layer),
    };
    if (conv->bias == BIAS_POSITION && !shape_as_own(x, layer, in[0], "its bias for each position"))
        return false;
    struct pair map;
    int64_t channels;
    if (!conv_grouped_channels(x, layer, in[0]->channels, &channels) ||
        !shape_window(x, layer, in[0], &request, &map))
        return false;
    layer->out = (struct shape){.channels = channels, .height = map.height, .width = map.width};
    return true;
}

static int tensors(const struct layer *layer, const struct shape *in,
                   struct layer_tensor *tensors) {
    const struct conv *conv = layer->settings;
    int64_t depth = in->channels / conv_groups(conv, in->channels);
    tensors[0] = (struct layer_tensor){
        "weight",
        4,
        {layer->own_out.channels, depth, conv->kernel.height, conv->kernel.width},
        true};
    return conv_bias_tensor(layer, conv->bias, tensors, 1);
}

static bool macs(const struct layer *layer, const struct shape *in, int64_t *macs) {
    const struct conv *conv = layer->settings;
    int64_t depth = in->channels / conv_groups(conv, in->channels);
    return conv_macs(&layer->out, depth, &conv->kernel, macs);
}

const struct layer_kind layer_conv = {
    .name = "conv",
    .summary = "convolution: filters slide over the map and span its channels",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct conv),
    .takes = TAKES_MAP,
    .shares = true,
    .slides = true,
    .validate = validate,
    .shape = shape,
    .tensors = tensors,
    .macs = macs,
};
