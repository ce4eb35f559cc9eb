/* The compiler's front door: a spec's text becomes a graph with shapes and counts, or a list of
 * everything that is wrong with it, or both; an accepted graph becomes a plan. The command line
 * includes this header and those that it names, and nothing else of the compiler. */
#ifndef CNNC_COMPILER_H
#define CNNC_COMPILER_H

#include "../runtime/base/file_error.h"
#include "../runtime/plan/plan.h"
#include "../runtime/weights/weights.h"
#include "base/diag.h"
#include "base/limits.h"
#include "front/label_text.h"
#include "front/schema.h"
#include "graph/claim.h"
#include "graph/graph.h"
#include "graph/kind.h"
#include "graph/layer.h"
#include "graph/shape.h"
#include "passes/pass.h"

struct compile_options {
    const char *input;       /* argument of --input, "3x259x259"; or NULL */
    const char *const *sets; /* arguments of --set, "N=3" */
    size_t set_count;
    bool trained; /* weights are given, so that advice for training is out of place */
};

struct stage_list; /* stage.h */

struct compilation {
    struct arena arena; /* owns everything below */
    struct diagnostics diag;
    struct graph *graph;       /* NULL when there is no network to speak of (a syntax error) */
    struct stage_list *stages; /* what the passes of compile_plan made of the graph */
};

/* Compiles one spec. name is what messages call the file. text need not outlive the call.
 *   STATUS_OK      accepted
 *   STATUS_INPUT   rejected; the graph then goes up to the fault
 *   STATUS_LIMIT   the same, for a stated limit
 *   STATUS_USAGE   an argument in options is no `KEY=VALUE` or no `CxHxW`; see diag
 *   STATUS_MEMORY  *out is NULL
 * In all other cases *out is set and the caller frees it. */
MUST_USE enum status compile_spec(const struct compile_options *options, const char *name,
                                  const char *text, size_t length, struct compilation **out);
void compilation_free(struct compilation *compilation);

/* ---- the back half: graph to plan ---- */
struct plan_options {
    struct tile tile;        /* of the machine that is to run it */
    int32_t depth;           /* its micro-kernel's K */
    const char *const *keep; /* layers that take the place of the network's outputs (--output) */
    size_t keep_count;
    bool plain;        /* neither fold nor fuse: a step a layer */
    enum pass last;    /* with `dump`: the pass whose result is wanted */
    struct text *dump; /* or NULL: the network after that pass, as text; no plan is made then */
};

/* Plans an accepted graph, without weights. STATUS_OK: *out is the caller's to plan_free (NULL with
 * a dump). STATUS_USAGE: a layer of `keep` does not exist. STATUS_LIMIT: the plan's sizes are
 * beyond 2^63. Both are in c->diag. STATUS_MEMORY. */
MUST_USE enum status compile_plan(struct compilation *c, const struct plan_options *options,
                                  struct plan **out);

/* Every tensor that the network wants, "<layer>.weight", in the order of the layers; data is NULL.
 * In the compilation's arena. STATUS_MEMORY. */
MUST_USE enum status compile_wanted(struct compilation *c, struct tensor **wanted, size_t *count);

/* Packs weights into a plan of compile_plan. From `weights`, which weights_match the wanted ones
 * and are dropped one by one as they are packed; or, when it is NULL, random ones of that seed
 * (random.h), each tensor being the stream of its name: weights of conv, local, deconv and fc
 * between +-sqrt(6/fan_in) (He et al. 2015, uniform), fan_in being the products of one output (of a
 * deconv: in/groups*kh*kw); biases +-0.1; bn's weight and running_var 0.5 to 1.5, its bias and
 * running_mean +-0.1; prelu's weight 0.1 to 0.4. STATUS_MEMORY. */
MUST_USE enum status compile_weights(struct compilation *c, struct plan *plan,
                                     struct weights *weights, uint64_t seed);

#endif
