#include "../graph/layer.h"

#include <inttypes.h>

static const char *const pad_words[] = {"valid", NULL};

static const struct key keys[] = {
    KEY_FILTERS(conv),
    KEY_WINDOW(conv, true, "1"),
    KEY_PAD(conv, pad_words, "rows and columns cut from the output's border"),
    {.name = "output_pad",
     .type = KEY_PAIR,
     .offset = offsetof(struct conv, output_pad),
     .initial = "0",
     .least = 0,
     .most = LIMIT_WINDOW,
     .class = "shape-pad",
     .help = "rows and columns added at bottom and right"},
    KEY_DILATION(conv),
    KEY_GROUPS(conv),
    KEY_BIAS(conv),
    KEY_FIT(conv),
};

static bool validate_output_pad(struct inference *x, struct layer *layer) {
    const struct conv *conv = layer->settings;
    const struct pair *pad = &conv->output_pad, *stride = &conv->stride, *gap = &conv->dilation;
    int64_t height = stride->height > gap->height ? stride->height : gap->height;
    int64_t width = stride->width > gap->width ? stride->width : gap->width;
    if (pad->height < height && pad->width < width)
        return true;
    bool rows = pad->height >= height;
    layer_error(x, layer, "output_pad", "shape-pad",
                "output_pad %" PRId64
                " of %s must be smaller than its stride or dilation, %" PRId64,
                rows ? pad->height : pad->width, layer->name, rows ? height : width);
    return false;
}

static bool validate(struct inference *x, struct layer *layer) {
    const struct conv *conv = layer->settings;
    bool optional = conv->groups == GROUPS_DEPTHWISE;
    bool filters = conv_validate_filters(x, layer, conv->filters, conv->expand, optional);
    bool output_pad = validate_output_pad(x, layer);
    return conv_validate_fit(x, layer) && filters && output_pad;
}

/* (in - 1)*stride + reach - pads + output_pad, the inverse of a convolution's size. */
static bool extent(struct inference *x, struct layer *layer, int64_t in, int64_t stride,
                   int64_t reach, int64_t before, int64_t after, int64_t added, int64_t *out) {
    *out = (in - 1) * stride + reach - before - after + added;
    if (*out >= 1)
        return true;
    layer_error(x, layer, "pad", "shape-pad",
                "%s gives nothing: (%" PRId64 " - 1)*%" PRId64 " + %" PRId64 " - %" PRId64
                " - %" PRId64 " + %" PRId64 " = %" PRId64,
                layer->name, in, stride, reach, before, after, added, *out);
    return false;
}

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    const struct conv *conv = layer->settings;
    if (conv->bias == BIAS_POSITION && !shape_as_own(x, layer, in[0], "its bias for each position"))
        return false;
    const struct pair *kernel = &conv->kernel, *gap = &conv->dilation;
    layer->window = (struct window){
        .kernel = *kernel,
        .stride = conv->stride,
        .dilation = *gap,
        .reach = {gap->height * (kernel->height - 1) + 1, gap->width * (kernel->width - 1) + 1},
    };
    struct window *window = &layer->window;
    if (conv->pad.mode == PAD_GIVEN)
        window->pad = conv->pad.sides;
    struct shape *out = &layer->out;
    *out = (struct shape){0};
    return conv_grouped_channels(x, layer, in[0]->channels, &out->channels) &&
           extent(x, layer, in[0]->height, window->stride.height, window->reach.height,
                  window->pad.top, window->pad.bottom, conv->output_pad.height, &out->height) &&
           extent(x, layer, in[0]->width, window->stride.width, window->reach.width,
                  window->pad.left, window->pad.right, conv->output_pad.width, &out->width);
}

static int tensors(const struct layer *layer, const struct shape *in,
                   struct layer_tensor *tensors) {
    const struct conv *conv = layer->settings;
    int64_t depth = layer->own_out.channels / conv_groups(conv, in->channels);
    tensors[0] = (struct layer_tensor){
        "weight", 4, {in->channels, depth, conv->kernel.height, conv->kernel.width}, true};
    return conv_bias_tensor(layer, conv->bias, tensors, 1);
}

/* Each input cell is multiplied with the whole kernel of its group's filters. */
static bool macs(const struct layer *layer, const struct shape *in, int64_t *macs) {
    const struct conv *conv = layer->settings;
    int64_t depth = layer->out.channels / conv_groups(conv, in->channels);
    return conv_macs(in, depth, &conv->kernel, macs);
}

const struct layer_kind layer_deconv = {
    .name = "deconv",
    .summary = "transposed convolution: each cell of the map is spread over a window",
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
