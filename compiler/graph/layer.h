/* The settings of every layer kind, as the keys of its table fill them, and what the kinds have in
 * common. Whoever lowers a layer casts layer->settings to the struct of its kind; what depends on
 * the input (pads under `same`, the channels of `expand`) is resolved in layer->window, layer->out.
 */
#ifndef CNNC_LAYER_H
#define CNNC_LAYER_H

#include "../base/limits.h"
#include "shape.h"
#include <math.h>

/* The words of `bias`. For local, shared and position are the same: a bias for each output. */
enum bias { BIAS_SHARED, BIAS_NONE, BIAS_POSITION };

enum { GROUPS_DEPTHWISE = -1 }; /* the word of `groups`, as KEY_INTEGER stores it */

/* conv and deconv. What is 0 in filters or expand was not written. */
struct conv {
    int64_t filters, expand;
    struct pair kernel, stride, dilation;
    struct pads pad;        /* deconv: any mode but PAD_GIVEN is `valid` */
    struct pair output_pad; /* deconv only: rows and columns added at bottom and right */
    int64_t groups;         /* or GROUPS_DEPTHWISE; see conv_groups */
    int bias;               /* enum bias */
    int fit;                /* enum fit; see layer_fit */
};

struct local {
    int64_t filters, expand;
    struct pair kernel, stride;
    struct pads pad;
    int bias, fit;
};

struct fc {
    int64_t units;
    bool bias;
};

enum pool_type { POOL_MAX, POOL_AVERAGE, POOL_L2 };

struct pool {
    int type;                   /* enum pool_type */
    struct pair kernel, stride; /* 0 when not written: the map under `global`; stride = kernel */
    struct pads pad;
    bool count_pad; /* average: padding counts as cells */
    bool global;
    int fit;
};

enum lrn_across { LRN_CHANNELS, LRN_WITHIN };

/* x / (k + alpha/n * sum of squares)^beta; n is size, or size^2 within a channel. */
struct lrn {
    int64_t size;
    double alpha, beta, k;
    int across; /* enum lrn_across */
};

struct bn {
    double eps;
};

struct leaky_relu {
    double slope;
};

struct elu {
    double alpha;
};

struct clip {
    double min, max;
};

struct dropout {
    double rate;
};

enum upsample_mode { UPSAMPLE_NEAREST, UPSAMPLE_BILINEAR };

struct upsample {
    int64_t scale;
    int mode; /* enum upsample_mode; bilinear has half-pixel centres */
};

struct shuffle {
    int64_t groups;
};

struct pad {
    struct pads pad;     /* negative sides crop */
    int64_t channels[2]; /* zero channels before and behind */
    double value;
};

/* Input channels form this many groups; in is their number. */
int64_t conv_groups(const struct conv *conv, int64_t in);

/* ---- for the kinds' own files ---- */
#define KEY_COUNT(keys) (sizeof(keys) / sizeof *(keys))

/* Rows of key tables that several kinds have. */
#define KEY_FILTERS(kind)                                                                          \
    {.name = "filters",                                                                            \
     .type = KEY_INTEGER,                                                                          \
     .offset = offsetof(struct kind, filters),                                                     \
     .least = 1,                                                                                   \
     .most = INFINITY,                                                                             \
     .class = "shape-zero",                                                                        \
     .help = "number of filters: the output's channels"},                                          \
    {                                                                                              \
        .name = "expand", .type = KEY_INTEGER, .offset = offsetof(struct kind, expand),            \
        .least = 1, .most = INFINITY, .class = "shape-zero",                                       \
        .help = "in place of filters: this many times the input's channels"                        \
    }
#define KEY_WINDOW(kind, is_required, stride_initial)                                              \
    {.name = "kernel",                                                                             \
     .type = KEY_PAIR,                                                                             \
     .offset = offsetof(struct kind, kernel),                                                      \
     .required = is_required,                                                                      \
     .least = 1,                                                                                   \
     .most = LIMIT_WINDOW,                                                                         \
     .class = "shape-kernel",                                                                      \
     .help = "size of the window, height x width"},                                                \
    {                                                                                              \
        .name = "stride", .type = KEY_PAIR, .offset = offsetof(struct kind, stride),               \
        .initial = stride_initial, .least = 1, .most = LIMIT_WINDOW, .class = "shape-stride",      \
        .help = "step of the window"                                                               \
    }
#define KEY_PAD(kind, pad_words, pad_help)                                                         \
    {                                                                                              \
        .name = "pad", .type = KEY_PADS, .offset = offsetof(struct kind, pad), .initial = "0",     \
        .least = 0, .most = LIMIT_WINDOW, .words = pad_words, .class = "shape-pad",                \
        .help = pad_help                                                                           \
    }
#define KEY_DILATION(kind)                                                                         \
    {                                                                                              \
        .name = "dilation", .type = KEY_PAIR, .offset = offsetof(struct kind, dilation),           \
        .initial = "1", .least = 1, .most = LIMIT_WINDOW, .class = "shape-dilation",               \
        .help = "distance between the cells of the window"                                         \
    }
#define KEY_GROUPS(kind)                                                                           \
    {                                                                                              \
        .name = "groups", .type = KEY_INTEGER, .offset = offsetof(struct kind, groups),            \
        .initial = "1", .least = 1, .most = LIMIT_DIMENSION, .words = layer_groups_words,          \
        .class = "shape-groups",                                                                   \
        .help = "groups of channels that do not see each other; depthwise: one for each channel"   \
    }
#define KEY_BIAS(kind)                                                                             \
    {                                                                                              \
        .name = "bias", .type = KEY_WORD, .offset = offsetof(struct kind, bias),                   \
        .initial = "true", .words = layer_bias_words, .class = "value",                            \
        .help = "one for each filter, none, or one for each output position"                       \
    }
#define KEY_FIT(kind)                                                                              \
    {                                                                                              \
        .name = "fit", .type = KEY_WORD, .offset = offsetof(struct kind, fit),                     \
        .words = layer_fit_words, .class = "value",                                                \
        .help = "what to do where the window does not fit; default: the network's"                 \
    }

extern const char *const layer_pad_words[];    /* in the order of enum pad_mode */
extern const char *const layer_groups_words[]; /* depthwise */
extern const char *const layer_bias_words[];   /* in the order of enum bias */
extern const char *const layer_fit_words[];    /* in the order of enum fit */

/* Was the key written? */
bool layer_has(const struct layer *layer, const char *key);

/* The shape rule of all that keep their input's shape. */
bool layer_same(struct inference *x, struct layer *layer, const struct shape *const *in);

/* Exactly one of filters and expand, unless `optional`; neither above LIMIT_DIMENSION. */
bool conv_validate_filters(struct inference *x, struct layer *layer, int64_t filters,
                           int64_t expand, bool optional);
/* Output channels of a layer with these settings over `in` channels; false, reported, when there
 * are too many. */
bool conv_channels(struct inference *x, struct layer *layer, int64_t filters, int64_t expand,
                   int64_t in, int64_t *out);
/* The same with the groups: both numbers must be multiples of them. */
bool conv_grouped_channels(struct inference *x, struct layer *layer, int64_t in, int64_t *out);
/* `fit: ceil` is for pools; said on the layer itself it is an error. */
bool conv_validate_fit(struct inference *x, struct layer *layer);
/* Appends the bias of a layer with that `bias` to its tensors; returns the new count. */
int conv_bias_tensor(const struct layer *layer, int bias, struct layer_tensor *tensors, int count);
/* Of a kernel that spans `depth` channels, once for each value of the map; false on overflow. */
bool conv_macs(const struct shape *map, int64_t depth, const struct pair *kernel, int64_t *macs);
/* a * b * c * d; false on overflow. */
bool layer_product(int64_t a, int64_t b, int64_t c, int64_t d, int64_t *out);

#endif
