#include "../graph/layer.h"

#include <inttypes.h>

static const struct key keys[] = {
    {.name = "units",
     .type = KEY_INTEGER,
     .offset = offsetof(struct fc, units),
     .required = true,
     .least = 1,
     .most = INFINITY,
     .class = "shape-zero",
     .help = "number of neurons: the length of the vector that comes out"},
    {.name = "bias",
     .type = KEY_BOOLEAN,
     .offset = offsetof(struct fc, bias),
     .initial = "true",
     .class = "value",
     .help = "one for each unit"},
};

static bool validate(struct inference *x, struct layer *layer) {
    const struct fc *fc = layer->settings;
    if (fc->units <= LIMIT_DIMENSION)
        return true;
    layer_error(x, layer, "units", "limit-tensor",
                "%s would have %" PRId64 " units, above the limit of %d", layer->name, fc->units,
                LIMIT_DIMENSION);
    return false;
}

/* A convolution whose kernel is the map the network was made for: there it gives a vector, on a
 * larger map (--input) a map of vectors. */
static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    const struct fc *fc = layer->settings;
    const struct shape *own = &layer->own_in;
    if (in[0]->height < own->height || in[0]->width < own->width) {
        shape_input_error(x, layer,
                          "%s needs a map of at least %" PRId64 "x%" PRId64
                          "; this input gives it %" PRId64 "x%" PRId64,
                          layer->name, own->height, own->width, in[0]->height, in[0]->width);
        return false;
    }
    layer->window.kernel = layer->window.reach = (struct pair){own->height, own->width};
    struct shape *out = &layer->out;
    *out = (struct shape){.channels = fc->units,
                          .height = in[0]->height - own->height + 1,
                          .width = in[0]->width - own->width + 1};
    out->vector = out->height == 1 && out->width == 1;
    return true;
}

static bool inputs_of(const struct layer *layer, int64_t *inputs) {
    const struct shape *own = &layer->own_in;
    return layer_product(own->channels, own->height, own->width, 1, inputs);
}

/* The input fits LIMIT_TENSOR, so its size does not overflow. */
static int tensors(const struct layer *layer, const struct shape *in,
                   struct layer_tensor *tensors) {
    const struct fc *fc = layer->settings;
    int64_t inputs = in->channels * in->height * in->width;
    tensors[0] = (struct layer_tensor){"weight", 2, {fc->units, inputs}, true};
    return conv_bias_tensor(layer, fc->bias ? BIAS_SHARED : BIAS_NONE, tensors, 1);
}

static bool macs(const struct layer *layer, const struct shape *in, int64_t *macs) {
    (void)in;
    const struct shape *out = &layer->out;
    int64_t inputs;
    return inputs_of(layer, &inputs) &&
           layer_product(out->channels, out->height, out->width, inputs, macs);
}

const struct layer_kind layer_fc = {
    .name = "fc",
    .summary = "fully connected: each unit sees the whole input",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct fc),
    .takes = TAKES_BOTH,
    .shares = true,
    .validate = validate,
    .shape = shape,
    .tensors = tensors,
    .macs = macs,
};
