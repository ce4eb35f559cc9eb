/* Shape inference: (W - F + 2P)/S + 1 and what is said when it is not whole. */
#ifndef CNNC_SHAPE_H
#define CNNC_SHAPE_H

#include "kind.h"

/* One walk over the layers. resized: the input is not the spec's own (--input), so that fc layers
 * act as convolutions whose kernels own_in gives. */
struct inference {
    struct graph *graph;
    struct diagnostics *diag;
    bool resized;
    struct location resized_at; /* the argument of --input */
    uint32_t current;           /* the layer that is inferred */
    uint32_t basis; /* the misfit that its inputs rest on; 0: none, or no shape is looked at */
    bool strict;    /* a trial: what does not fit is unknown, and nothing goes on from there */
    size_t trials;  /* layers and inputs that the search for a fitting input may still look at */
    const struct shape **room; /* for the inputs of a join */
    uint32_t room_count;
};

/* Requires: an expanded graph. Establishes: out, window, dropped of every layer up to each fault,
 * own_in, own_out. override (or NULL) is the --input shape, at its place in the command line. A
 * fault is in the diagnostics; layers that read a fault stay unknown and silent. A misfit is in the
 * diagnostics, too; what follows it is inferred as `fit: floor` has it, and `assumed`. */
void shape_infer(struct graph *graph, struct diagnostics *diag, const struct shape *override,
                 struct location override_at);

/* Infers layer `index` from its inputs, reporting what is wrong; false: it stays unknown. The
 * walk's step, also of trial runs. */
bool shape_layer(struct inference *x, uint32_t index);

/* Reports an error of the layer at the value of `key` as it was written (or at the layer when key
 * is NULL or was not given), with notes outward along its trail. Layers that are written at one
 * place, in a block or a turn, share one error: the others are notes of the first. */
struct diagnostic *layer_error(struct inference *x, const struct layer *layer, const char *key,
                               const char *class, const char *format, ...) PRINTF(5, 6);
struct diagnostic *layer_warning(struct inference *x, const struct layer *layer, const char *key,
                                 const char *class, const char *format, ...) PRINTF(5, 6);

/* The layer is a misfit, which was reported; the caller goes on with what is plain all the same.
 * False in a strict trial, where it does not. */
bool layer_misfit(struct inference *x, struct layer *layer);

/* Reports that --input gives the layer what it cannot take: at that argument, with a note at the
 * layer. Class shape-input. */
void shape_input_error(struct inference *x, const struct layer *layer, const char *format, ...)
    PRINTF(3, 4);
/* True if the layer's input has the size it has in the spec; else reports that --input changes it,
 * though `what` ("its filters for each position") is made for that size. */
bool shape_as_own(struct inference *x, const struct layer *layer, const struct shape *in,
                  const char *what);

/* "96x55x55", or "4096" for a vector. Returns text from the graph's arena. */
const char *shape_text(struct arena *arena, const struct shape *shape);
bool shape_equal(const struct shape *a, const struct shape *b);
/* No extent above LIMIT_DIMENSION, not more than LIMIT_TENSOR elements. */
bool shape_within_limits(const struct shape *shape);

/* A layer's fit: its own key `fit`, else the network's. */
enum fit layer_fit(const struct inference *x, const struct layer *layer);

/* What the layer says of its window; shape_window resolves pads and checks that all of it fits. */
struct window_request {
    struct pair kernel, stride, dilation;
    struct pads pad;
    enum fit fit;
    bool pools; /* pad at most kernel/2; `ceil` concerns it (Caffe's rule); else ceil floors */
};

/* Output = (W - F + Pt + Pb)/S + 1 in each direction, F = d(k-1)+1. Fills layer->window and
 * layer->dropped and *out (height and width). Reports shape-kernel, shape-pad, shape-fit with what
 * would fit; only the first is a fault, the others are misfits. */
bool shape_window(struct inference *x, struct layer *layer, const struct shape *in,
                  const struct window_request *request, struct pair *out);

#endif
