/* Between lower.c, which makes the plan's tables, and lower_step.c, which knows the kinds. */
#ifndef CNNC_LOWER_H
#define CNNC_LOWER_H

#include "layer.h"
#include "stage.h"

enum { LIMIT_PHASES = 4096 /* of a deconv: rows x columns of its stride, a step each */ };

struct lowering {
    struct stage_list *list;
    struct plan *plan;
    struct diagnostics *diag;
    struct text strings;
    uint32_t name, fused; /* strings of the steps of the current stage */
    uint32_t capacity;    /* of plan->steps */
    bool failed;
};

/* Emits the steps of stage i. */
void lower_stage(struct lowering *x, uint32_t i);

/* Where a stage's value stands, in its own shape. */
struct plan_view lower_view(const struct lowering *x, uint32_t value);
/* Room for so many floats of weights. */
struct plan_range lower_range(struct lowering *x, uint64_t floats);
/* A step of the stage from its first input to its value, without weights or epilogue. Valid until
 * the next is added. */
struct step *lower_add_step(struct lowering *x, const struct stage *stage, enum step_kind_id kind);

/* ---- transposed convolution ----
 * Output y = i*stride + a*dilation - pad for input i and tap a. The outputs of one phase,
 * y = y'*stride + phase, see the taps a with (phase + pad - a*dilation) divisible by the stride: a
 * convolution of its own with stride 1, over y'. Along one axis: */
struct phase {
    int64_t taps;       /* how many; 0: bias alone */
    int64_t first, gap; /* the tap of its last cell, and minus the distance to the one before */
    int64_t dilation;
    int64_t pad; /* may be negative */
    int64_t map; /* outputs */
};
struct phase deconv_phase(int64_t phase, int64_t kernel, int64_t stride, int64_t dilation,
                          int64_t pad, int64_t out);
/* The tap of the deconv's kernel that cell i of the phase's kernel is. */
static inline int64_t phase_tap(const struct phase *phase, int64_t i) {
    return phase->first + (phase->taps - 1 - i) * phase->gap;
}

#endif
