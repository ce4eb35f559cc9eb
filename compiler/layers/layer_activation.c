/* The activations: one function of each number, so the shape stays. */
#include "../graph/layer.h"

#define ACTIVATION(kind, formula)                                                                  \
    const struct layer_kind layer_##kind = {                                                       \
        .name = #kind,                                                                             \
        .summary = formula,                                                                        \
        .takes = TAKES_BOTH,                                                                       \
        .shape = layer_same,                                                                       \
    }

ACTIVATION(relu, "max(x, 0)");
ACTIVATION(relu6, "min(max(x, 0), 6)");
ACTIVATION(sigmoid, "1/(1 + exp(-x))");
ACTIVATION(tanh, "tanh(x)");
ACTIVATION(silu, "x/(1 + exp(-x))");
ACTIVATION(hardswish, "x*clip(x/6 + 1/2, 0, 1)");
ACTIVATION(hardsigmoid, "clip(x/6 + 1/2, 0, 1)");

/* A key that is a real; without an initial value it is required. */
#define REAL(kind, field, is_required, initial_text, help_text)                                    \
    {                                                                                              \
        .name = #field, .type = KEY_REAL, .offset = offsetof(struct kind, field),                  \
        .initial = initial_text, .required = is_required, .least = -INFINITY, .most = INFINITY,    \
        .class = "value", .help = help_text                                                        \
    }

static const struct key leaky_relu_keys[] = {
    REAL(leaky_relu, slope, false, "0.01", "what x is multiplied with below 0")};

const struct layer_kind layer_leaky_relu = {
    .name = "leaky_relu",
    .summary = "x above 0, slope*x below",
    .keys = leaky_relu_keys,
    .key_count = KEY_COUNT(leaky_relu_keys),
    .settings_size = sizeof(struct leaky_relu),
    .takes = TAKES_BOTH,
    .shape = layer_same,
};

static const struct key elu_keys[] = {REAL(elu, alpha, false, "1", "minus the limit far below 0")};

const struct layer_kind layer_elu = {
    .name = "elu",
    .summary = "x above 0, alpha*(exp(x) - 1) below",
    .keys = elu_keys,
    .key_count = KEY_COUNT(elu_keys),
    .settings_size = sizeof(struct elu),
    .takes = TAKES_BOTH,
    .shape = layer_same,
};

static int prelu_tensors(const struct layer *layer, const struct shape *in,
                         struct layer_tensor *tensors) {
    (void)layer;
    tensors[0] = (struct layer_tensor){"weight", 1, {in->channels}, true};
    return 1;
}

const struct layer_kind layer_prelu = {
    .name = "prelu",
    .summary = "x above 0, slope*x below; each channel learns its slope",
    .takes = TAKES_BOTH,
    .shape = layer_same,
    .tensors = prelu_tensors,
};

static const struct key clip_keys[] = {REAL(clip, min, true, NULL, "the least that comes out"),
                                       REAL(clip, max, true, NULL, "the most that comes out")};

static bool clip_validate(struct inference *x, struct layer *layer) {
    const struct clip *clip = layer->settings;
    if (clip->min <= clip->max)
        return true;
    layer_error(x, layer, "min", "value", "min %g of %s is above its max %g", clip->min,
                layer->name, clip->max);
    return false;
}

const struct layer_kind layer_clip = {
    .name = "clip",
    .summary = "min(max(x, min), max)",
    .keys = clip_keys,
    .key_count = KEY_COUNT(clip_keys),
    .settings_size = sizeof(struct clip),
    .takes = TAKES_BOTH,
    .validate = clip_validate,
    .shape = layer_same,
};
