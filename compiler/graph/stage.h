/* What the passes between graph and plan work on: a stage for each layer, at the layer's index. A
 * pass moves layers into the steps of others and decides how and where each step works; the stage
 * of the last layer that a step does is the step's. */
#ifndef CNNC_STAGE_H
#define CNNC_STAGE_H

#include "../../runtime/plan/plan.h"
#include "kind.h"

enum { STAGE_NONE = UINT32_MAX };

enum stage_state {
    STAGE_STEP,   /* it is computed, by one step or several in a row; also the input */
    STAGE_VIEW,   /* its value is its input's, perhaps under another shape */
    STAGE_FUSED,  /* its value never exists: the step of `into` does its work too */
    STAGE_UNUSED, /* no output needs it */
};

enum algorithm {
    ALGORITHM_NONE, /* the step's kind says all */
    ALGORITHM_GEMM_1X1,
    ALGORITHM_IMPLICIT_GEMM,
    ALGORITHM_DEPTHWISE,
    ALGORITHM_TRANSPOSED, /* a gemm for each phase of the stride */
    ALGORITHM_UNSHARED,
};
extern const char *const algorithm_names[];

/* Where a value stands: `first` floats into the buffer of stage `root`. */
struct place {
    uint32_t root;
    uint64_t first;
};

struct stage {
    const struct layer *layer;
    enum stage_state state;
    uint32_t into;    /* STAGE_FUSED: a later stage */
    uint32_t *inputs; /* of the operation: smaller indices */
    uint32_t input_count;
    uint32_t uses; /* how often inputs and residuals of other stages name it */
    bool kept;     /* an output: its value must exist at the end */

    /* fold.c */
    const struct layer *operation; /* what the step does first; at the start the layer itself */
    const struct layer **affine;   /* bn layers whose scale and shift follow, in order */
    uint32_t affine_count;

    /* fuse.c */
    struct sides pad;               /* zeros around the input, beyond the operation's own */
    uint32_t residual;              /* a stage to add to the result; STAGE_NONE */
    const struct layer *activation; /* what is applied at the end, or NULL */
    const struct layer **parts;     /* all layers that the step does besides the operation */
    uint32_t part_count;
    struct place in; /* the concat in whose value it is written at once; root STAGE_NONE */

    /* choose.c */
    enum algorithm algorithm;
    enum gemm_order order;
    int32_t cut;

    /* buffers.c: of a value that begins a buffer */
    uint32_t shares;      /* the stage whose buffer it overwrites, in place; STAGE_NONE */
    uint32_t first, last; /* stages between which the buffer is live, inclusive */
    uint32_t buffer;

    /* lower.c */
    uint32_t step, step_count; /* its steps in the plan */
    uint32_t done; /* the step after which its value is whole; PLAN_NONE: at the start */
};

struct stage_list {
    struct arena *arena;
    const struct graph *graph;
    struct stage *stages; /* stages[i] is layers[i]'s */
    uint32_t count;
    uint32_t *outputs; /* stages; all kept */
    uint32_t output_count;
    bool plain; /* fold and fuse leave all layers their own step */
    struct tile tile;
    int32_t depth;
    struct plan_buffer *buffers;
    uint32_t buffer_count;
    uint64_t arena_floats, live_floats; /* the plan's arena; the most that is live at once */
};

/* A stage for each layer of an accepted graph, with what no output needs marked. outputs: indices
 * of layers. The list lives in the graph's arena. */
struct stage_list *stage_list_new(const struct graph *graph, const uint32_t *outputs,
                                  uint32_t output_count);

/* Moves stage p, which only c reads, into c's step. c goes on with p's operation and inputs. */
void stage_absorb(struct stage_list *list, uint32_t p, uint32_t c);
/* The value of p is read by nobody but one input of one stage, and need not exist. */
bool stage_private(const struct stage_list *list, uint32_t p);
/* Who computes layer i's work. */
uint32_t stage_owner(const struct stage_list *list, uint32_t i);
/* Where the value of a stage that has one stands. */
struct place stage_place(const struct stage_list *list, uint32_t i);

uint64_t shape_floats(const struct shape *shape);
/* One of layers.def's activations. */
bool stage_is_activation(const struct layer *layer);

/* Asserts what the passes rely on: inputs precede, uses agree. */
void stage_verify(const struct stage_list *list);
/* The stages as text, a line each, with what the passes up to `pass` established. */
void stage_print(const struct stage_list *list, int pass, struct text *out);

#endif
