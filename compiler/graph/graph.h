/* The graph: layers in an order in which every input comes before its reader. Layer 0 is the
 * network's input. Made by expand.c, annotated by shape.c, count.c, receptive.c; read by everyone.
 */
#ifndef CNNC_GRAPH_H
#define CNNC_GRAPH_H

#include "../base/diag.h"

/* One image's tensor: [channels][height][width]; a vector has height = width = 1. */
struct shape {
    int64_t channels, height, width;
    bool vector;
};

enum fit { FIT_EXACT, FIT_FLOOR, FIT_CEIL };

struct pair {
    int64_t height, width;
};

struct sides {
    int64_t top, bottom, left, right;
};

/* The geometry of a layer that slides a window, as resolved by shape inference; {1,1} and no pads
 * for the others. `reach` is the dilated kernel, d(k-1)+1. */
struct window {
    struct pair kernel, stride, dilation, reach;
    struct sides pad;
};

/* What `fit: floor` leaves out at bottom and right, and whether all of it was padding. */
struct dropped {
    int64_t rows, columns;
    bool padding;
};

/* The input cells from first to last; first > last: none. */
struct receptive_span {
    int64_t first, last;
};

/* What each output along an axis sees: output n + period sees what output n does, moved by advance.
 * `spans` are those of the outputs 0 to period - 1. */
struct receptive_cells {
    int64_t period, advance;
    struct receptive_span *spans;
};

/* The receptive field in cells of the input: how many the output that sees most sees, from which
 * one the first output does, and how far the fields of neighbours are apart on average (0: all see
 * the same). known is false where the branches of a join disagree on the jump, and where it takes
 * more than some hundred outputs until the fields repeat. */
struct receptive {
    struct receptive_axis {
        double size, jump, start; /* size and start are whole */
        const struct receptive_cells *cells;
    } height, width;
    bool known;
};

/* The cells that one output along the axis of a known field sees (receptive.c). */
struct receptive_span receptive_at(const struct receptive_axis *axis, int64_t output);

/* The outward chain from a layer to the file's top: "CONV of the pattern, turn 2 of M", "block
 * MAIN, called here". */
struct trail {
    const char *text;
    struct location at;
    const struct trail *outer;
};

/* One weight tensor of a layer: "<layer>.<suffix>". */
struct layer_tensor {
    const char *suffix; /* "weight" */
    int rank;
    int64_t extent[6];
    bool trainable;
};

enum { TENSORS_MAX = 4 };

struct layer_kind; /* kind.h */

enum { GRAPH_INPUT = 0 };

struct layer {
    const struct layer_kind *kind;
    const char *name;   /* whole: "3a.conv1" */
    struct location at; /* where it is written */
    const struct trail *trail;
    bool in_pattern; /* it is an item of a pattern */

    void *settings; /* the kind's struct, `kind->settings_size` bytes */
    uint32_t set;   /* bit k: key k of kind->keys was given */
    struct location
        *key_at; /* per key of kind->keys: its value as written; line 0 when not given */

    uint32_t *inputs; /* indices, smaller than this layer's own */
    uint32_t input_count;
    uint32_t share; /* the layer whose weights it takes, resolved to the owner; 0: none */
    struct location share_at;
    uint32_t readers; /* how many inputs of other layers name it */
    bool output;      /* one of the network's outputs */
    bool poisoned;    /* its settings are wrong (reported): nothing more is said of it */

    /* shape.c. known is false where nothing can be said: the fields below hold nothing then. A
     * misfit is wrong (reported), but what it would give is plain, and what follows goes on from
     * that: `assumed` is the first misfit, itself included, that the fields below rest on. */
    bool known, misfit;
    uint32_t assumed; /* index of a layer; 0: they rest on none */
    struct shape out;
    struct shape own_in, own_out; /* under the spec's own input: fc kernels, per-position tensors */
    struct window window;
    struct dropped dropped;

    /* count.c; of one image. A layer with `share` has no parameters of its own. */
    struct layer_tensor tensors[TENSORS_MAX];
    int tensor_count;
    int64_t parameters;       /* trainable */
    int64_t weight_bytes;     /* float32, with the statistics of bn */
    int64_t macs;             /* of conv, local, deconv, fc */
    int64_t activation_bytes; /* float32 output of one image */

    struct receptive receptive; /* receptive.c */

    /* compiler.c, of a planned graph: the layer in whose step the plan does this one's work; NULL
     * when that is its own, or there is none to do. */
    const struct layer *fused_into;
};

/* `image:`, as written; -1, NULL or false where it says nothing. */
struct image_rules {
    bool given;
    const char *preset; /* torchvision, caffe, tf, darknet, mnist */
    int64_t resize[2];  /* height, width; [1] is -1 when one number (shorter side) was given */
    int64_t crop[2];
    const char *filter; /* box, bilinear, bicubic, lanczos */
    double scale;       /* NAN when not given */
    double mean[3], std[3];
    int mean_count, std_count;
    const char *channels; /* rgb, bgr, gray */
    const char *exif;     /* apply, ignore */
    const char *layout;   /* chw, hwc, hw */
};

struct totals {
    int64_t layers; /* without the input */
    int64_t parameters, weight_bytes, macs, flops, activation_bytes;
    int64_t peak_bytes; /* memory of all activations of one image as planned; 0: not planned */
};

struct graph {
    struct arena *arena;
    const char *name;      /* or NULL */
    struct layer **layers; /* [0] is the input */
    uint32_t count, capacity;
    uint32_t *outputs;
    uint32_t output_count;
    enum fit fit;           /* the network's */
    struct shape own_input; /* the spec's; layers[0]->out may differ under --input */
    struct image_rules image;
    const char *labels, *weights; /* as written, relative to the spec; or NULL */
    bool trained;                 /* there are weights: the spec's, or given */
    uint32_t faults;              /* layers whose shape is unknown */
    uint32_t misfits;             /* layers that are one */
    size_t unfit;                 /* errors that say of a window only that it does not fit */
    bool uneven;          /* some join has maps that differ only because something is assumed */
    bool least;           /* some window is larger than its map: one cell is assumed */
    uint32_t assumed;     /* layers whose numbers rest on a misfit */
    struct totals totals; /* of the layers that are known */
};

/* A layer with the defaults of its kind, in no graph yet. */
struct layer *graph_new_layer(struct arena *arena, const struct layer_kind *kind);
/* Puts the layer, whose inputs are set, behind all others. Returns its index. */
uint32_t graph_append(struct graph *graph, struct layer *layer);

/* Index of the layer of that name, or -1. */
int64_t graph_find(const struct graph *graph, const char *name);

/* Adds a note for each link of the chain, innermost first. */
void trail_notes(struct diagnostics *diag, struct diagnostic *item, const struct trail *trail);

/* Asserts what every reader relies on: inputs precede, counts agree, names are unique. */
void graph_verify(const struct graph *graph);

#endif
