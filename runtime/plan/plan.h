/* The plan: a flat list of steps over numbered buffers in one arena, and packed weights. The
 * compiler makes it (compiler/passes/lower.c), a plan file holds it, exec.c runs it.
 *
 * The structs below are stored in plan files as they are: fixed widths, no pointers, no padding,
 * as plan_fields.h describes them. Pairs are {height, width}. "floats" counts float32. Whatever a
 * plan says was checked by plan_verify before a kernel sees it.
 */
#ifndef CNNC_PLAN_H
#define CNNC_PLAN_H

#include "../base/base.h"
#include "../base/mapping.h"

enum {
    PLAN_ALIGN = 16,      /* floats: 64 bytes; of buffers and of ranges of weights */
    PLAN_SLACK = 64,      /* floats that may be read behind the last range of the weights */
    PLAN_STEPS = 1 << 18, /* most; only deconvs, a step for each phase, come near */
};
#define PLAN_NONE UINT32_MAX
#define PLAN_FLOATS ((uint64_t)1 << 40) /* most in an arena of one image, and of weights */

/* A part of the weights; count 0: there is none. first is a multiple of PLAN_ALIGN. */
struct plan_range {
    uint64_t first, count; /* floats */
};

/* Both in floats of one image, multiples of PLAN_ALIGN. In an arena for N images the buffer begins
 * at N*offset and image n's part at N*offset + n*size. */
struct plan_buffer {
    uint64_t offset, size;
};

/* A tensor [channels][height][width], contiguous, `first` floats into an image's part of a buffer.
 * Concatenation in place, flattening and in-place steps are views of one buffer. */
struct plan_view {
    uint32_t buffer; /* PLAN_NONE: no view */
    int32_t channels, height, width;
    uint64_t first;
};

enum activation {
#define ACTIVATION(name, formula) ACTIVATION_##name,
#include "activations.def"
#undef ACTIVATION
    ACTIVATION_COUNT
};

enum bias_kind { BIAS_KIND_NONE, BIAS_KIND_CHANNEL, BIAS_KIND_POSITION };

/* What gemm, depthwise, local, affine, activate, add and mul do to their result while it is in
 * registers or cache: y = activation(x + bias + residual). The other kinds have an empty one. */
struct plan_epilogue {
    struct plan_range bias;    /* [channels] or [channels][height][width] of the output */
    struct plan_range slope;   /* [channels], of prelu */
    struct plan_view residual; /* of the output's shape; may be the output's own view */
    uint32_t bias_kind, activation;
    float a, b;
};

enum step_kind_id {
#define STEP(name, file) STEP_##name,
#include "steps.def"
#undef STEP
    STEP_COUNT
};

/* How the filters of a gemm lie in the micro-kernel's tile, wide x narrow (microkernel.h). */
enum gemm_order {
    GEMM_PIXELS_WIDE,  /* pixels on the wide side, filters on the narrow one: maps */
    GEMM_FILTERS_WIDE, /* filters on the wide side: vectors and small maps */
};

/* out[m][y][x] = sum over k = (c, i, j), ascending, of
 *   weight[m][k] * in[c][y*stride + i*dilation - pad][x*stride + j*dilation - pad]
 * for y, x in `map`, zero outside the input; the result stands at out_start + out_step*(y, x) of
 * the output. A convolution has map = the output's size, start 0, step 1; each phase of a
 * transposed convolution is a gemm of its own. The sum is one chain of fused multiply-adds for each
 * K cut of `cut` taps (the last may be shorter), and the cuts' sums are added in order: so the bits
 * depend neither on tiles, order, threads nor on the batch. Kernel 0 x 0 is a sum of nothing.
 *
 * weights[0] is, for each group, for each cut, for each panel of T filters (T is the tile's narrow
 * or wide side by `order`; the last panel is filled with zeros), [k of the cut][T]. */
struct step_gemm {
    int32_t kernel[2], stride[2], dilation[2], pad[2]; /* pad: top, left; negative crops */
    int32_t map[2], out_start[2], out_step[2];
    int32_t groups, order, cut;
    int32_t reserved;
};

/* Output channel o reads input channel o / multiplier. weights[0]: [output channel][kernel]. */
struct step_depthwise {
    int32_t kernel[2], stride[2], dilation[2], pad[2];
    int32_t multiplier, reserved;
};

/* weights[0]: [position][k = (c, i, j)][output channel, rounded up to LOCAL_LANES, zeros]. */
enum { LOCAL_LANES = 16 };
struct step_local {
    int32_t kernel[2], stride[2], pad[2];
};

enum pool_kind { POOL_KIND_MAX, POOL_KIND_AVERAGE, POOL_KIND_L2 };

/* Windows are clipped to the input padded by `pad` {top, bottom, left, right}: under `fit: ceil`
 * the last ones reach beyond it. Max and L2 see the input's own cells only; average divides by the
 * number of these, or with count_pad by the cells of the clipped window, padding included. */
struct step_pool {
    int32_t kernel[2], stride[2], pad[4];
    int32_t kind, count_pad;
};

/* x / (k + alpha/n * sum of squares)^beta: over `size` channels around the own one, (size - 1)/2
 * before it, n = size; or, within a channel, over size x size cells around, n = size^2. */
struct step_lrn {
    int32_t size, within;
    float alpha, beta, k;
    int32_t reserved;
};

enum upsample_kind { UPSAMPLE_KIND_NEAREST, UPSAMPLE_KIND_BILINEAR };
/* Bilinear has half-pixel centres and repeats the border (PyTorch's align_corners=False). */
struct step_upsample {
    int32_t scale, kind;
};

/* in channel g*(C/groups) + i goes to out channel i*groups + g. */
struct step_shuffle {
    int32_t groups, reserved;
};

/* out[c][y][x] = in[c - before][y - top][x - left] where there is one; elsewhere `value` in the
 * channels of the input, 0 in added channels. */
struct step_pad {
    int32_t top, left, before;
    float value;
};

struct step {
    uint32_t kind;  /* enum step_kind_id */
    uint32_t name;  /* of the layer, in strings */
    uint32_t fused; /* names of the further layers it does, "bn1, relu1", in strings; may be "" */
    uint32_t input_count;   /* 1, or 2 for add and mul */
    struct plan_view in[2]; /* mul: in[1] is C x H x W as in[0], or C x 1 x 1 */
    struct plan_view out;
    struct plan_range weights[2]; /* affine: scale and shift, [channels] each */
    struct plan_epilogue epilogue;
    union {
        struct step_gemm gemm;
        struct step_depthwise depthwise;
        struct step_local local;
        struct step_pool pool;
        struct step_lrn lrn;
        struct step_upsample upsample;
        struct step_shuffle shuffle;
        struct step_pad pad;
    } as;
};

/* Every layer of the network: where its output can be read, and when. */
struct plan_layer {
    uint32_t name;
    uint32_t step;       /* the step that completes its output; PLAN_NONE: it is the input's */
    uint32_t kept;       /* 0: its output does not exist, a later layer is fused into `step` */
    uint32_t transposed; /* 1: a transposed convolution, of any number of steps */
    uint32_t vector;     /* 1: C x 1 x 1 is said as C */
    uint32_t reserved;
    struct plan_view view; /* of its output, until a later step overwrites it; if kept */
};

struct plan_output {
    uint32_t name, vector; /* vector: C x 1 x 1 is said as C */
    struct plan_view view; /* whole when the last step has run */
};

/* The words of `image:`, IMAGE_PRESET_caffe = 2; 0: nothing is said. */
#define IMAGE_PRESET(name) IMAGE_PRESET_##name,
enum image_preset {
    IMAGE_PRESET_NONE,
#include "image_words.def"
    IMAGE_PRESETS
};
#define IMAGE_FILTER(name) IMAGE_FILTER_##name,
enum image_filter {
    IMAGE_FILTER_NONE,
#include "image_words.def"
    IMAGE_FILTERS
};
#define IMAGE_CHANNELS(name) IMAGE_CHANNELS_##name,
enum image_channels {
    IMAGE_CHANNELS_NONE,
#include "image_words.def"
    IMAGE_CHANNELS_COUNT
};
#define IMAGE_EXIF(name) IMAGE_EXIF_##name,
enum image_exif {
    IMAGE_EXIF_NONE,
#include "image_words.def"
    IMAGE_EXIFS
};
#define IMAGE_LAYOUT(name) IMAGE_LAYOUT_##name,
enum image_layout {
    IMAGE_LAYOUT_NONE,
#include "image_words.def"
    IMAGE_LAYOUTS
};

/* `image:` of the spec as changed by --image; 0 wherever it says nothing. */
struct plan_image {
    uint32_t given; /* 1: there was an `image:` */
    uint32_t preset, filter, channels, exif;
    uint32_t mean_count, std_count; /* 0, 1 or 3 */
    uint32_t layout;                /* of arrays of pixels */
    int64_t resize[2], crop[2];     /* height, width; one number: [1] is 0 */
    double scale, mean[3], std[3];
};

/* The sides of the micro-kernel's tile that gemm weights are packed for. */
enum { TILE_MOST = 48 /* no side is longer */ };
struct tile {
    int32_t wide, narrow;
};

struct plan_head {
    struct tile tile;
    uint32_t name;   /* of the network; PLAN_NONE */
    uint32_t labels; /* text of the labels file, a line a class; PLAN_NONE */
    struct plan_view input;
    uint64_t arena;   /* floats of one image */
    uint64_t weights; /* floats, without the slack behind */
    uint64_t macs;    /* of one image */
    struct plan_image image;
};

struct plan {
    struct plan_head head;
    struct plan_buffer *buffers;
    struct step *steps;
    struct plan_layer *layers;
    struct plan_output *outputs;
    char *strings; /* each ends with NUL; a string is the offset of its first byte */
    uint32_t buffer_count, step_count, layer_count, output_count, string_bytes;

    const float *weights; /* 64-byte aligned, PLAN_SLACK floats behind; NULL: not packed yet */
    float *own_weights;   /* the same when the plan owns them: plan_allocate_weights */
    struct mapping file;  /* the file they are mapped from, else empty */
    struct arena arena;   /* of all but the weights */
};

/* An empty plan with an arena; NULL when memory ends. */
struct plan *plan_new(void);
void plan_free(struct plan *plan);
/* Of head.weights floats and the slack; SIZE_MAX when they are beyond it. */
size_t plan_weight_bytes(const struct plan *plan);
/* Zeroed memory for so many bytes, plan->own_weights. False: no memory. */
MUST_USE bool plan_allocate_weights(struct plan *plan);
/* Gives them back, by head.weights; the plan has none then. */
void plan_release_weights(struct plan *plan);

/* NULL when everything in the plan is in range and consistent, so that any step may run; else what
 * is wrong, in words, in the plan's arena (which may jump) or constant. Knows nothing of weights
 * but their number. */
const char *plan_verify(struct plan *plan);

static inline const char *plan_string(const struct plan *plan, uint32_t string) {
    return string == PLAN_NONE ? NULL : plan->strings + string;
}
/* The lines of head.labels, whose last one may have no end; 0: there are none. */
size_t plan_label_count(const struct plan *plan);
static inline uint64_t plan_view_size(const struct plan_view *view) {
    return (uint64_t)view->channels * (uint64_t)view->height * (uint64_t)view->width;
}
/* K of one filter of a gemm step. */
static inline int64_t gemm_depth(const struct step *step) {
    const struct step_gemm *g = &step->as.gemm;
    return (int64_t)step->in[0].channels / g->groups * g->kernel[0] * g->kernel[1];
}
/* Multiply-accumulates of a step for one image, padding counted; 0 but for gemm, depthwise, local.
 */
uint64_t step_macs(const struct step *step);

#endif
