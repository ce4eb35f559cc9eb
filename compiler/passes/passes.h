/* The passes from graph to plan, in their order. Each is one file and one function. */
#ifndef CNNC_PASSES_H
#define CNNC_PASSES_H

#include "../graph/stage.h"
#include "pass.h"

/* Requires: a fresh list. Establishes: no dropout or other layer that changes nothing is computed
 * (STAGE_VIEW, readers redirected); each bn that alone reads a conv, deconv, fc, local or bn is
 * part of that one's step (affine). */
void fold(struct stage_list *list);

/* Requires: folded. Establishes: activations, additions and zero borders are part of the step that
 * makes or reads what they work on, where it alone does; flatten is a view; what a concat alone can
 * place is written in place. Under `plain` only the views. */
void fuse(struct stage_list *list);

/* Requires: fused; tile and depth. Establishes: the algorithm of each conv, deconv, fc and local,
 * with order and cut of the GEMMs. Sees shapes and the machine, never threads or batch, so that
 * neither changes a bit of the result. */
void choose(struct stage_list *list);

/* Requires: chosen. Establishes: in-place steps (shares), lifetimes, buffers with their offsets,
 * arena_floats. False when the arena is beyond 2^63. */
MUST_USE bool place_buffers(struct stage_list *list);

/* Requires: buffers. Fills the plan but for the weights' values; sets each stage's steps. Returns
 * false, reported, when the plan is beyond a limit. */
MUST_USE bool lower(struct stage_list *list, struct diagnostics *diag, struct plan *plan);

/* Requires: lowered; plan->own_weights. Packs the values. */
struct weights_source {
    struct weights *file; /* or NULL: random */
    uint64_t seed;
};
MUST_USE enum status fill(struct stage_list *list, struct plan *plan,
                          const struct weights_source *source);

#endif
