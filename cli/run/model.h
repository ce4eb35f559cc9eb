/* The MODEL of plan, compile, run and bench: a spec, which is compiled here, or a plan file, told
 * apart by content. */
#ifndef CNNC_MODEL_H
#define CNNC_MODEL_H

#include "../../compiler/compiler.h"
#include "../../runtime/exec/exec.h"
#include "request.h"

/* What it is opened for. */
enum model_use {
    MODEL_TO_SHOW,    /* needs no weights */
    MODEL_TO_SAVE,    /* needs weights */
    MODEL_TO_RUN,     /* and memory to run in */
    MODEL_TO_MEASURE, /* random weights do where there are none */
};

struct model {
    const char *title;               /* what messages call it */
    struct compilation *compilation; /* of a spec; NULL: of a plan file */
    struct plan *plan;
    struct run_options run; /* of the request; a batch that was not asked for fits the memory */
    size_t needed;          /* bytes of the memory, for weights, the run, and a verb's data */
};

/* Says on stderr what is wrong, and warns. Nothing is allocated for weights or for running before
 * it was seen that all of it fits --max-memory. The caller closes in any case. */
MUST_USE enum status model_open(const struct request *request, enum model_use use,
                                struct model *model);
void model_close(struct model *model);

/* How a spec is to be planned. */
struct plan_options model_plan_options(const struct request *request);

/* Compiles the spec without planning it: for dumps of the compiler's passes. STATUS_USAGE for a
 * plan file. */
MUST_USE enum status model_compile(const struct request *request, struct model *model);

/* The plan's layer of this name; false: there is none, which model_no_layer says as a usage error
 * of the verb, with the nearest name. option: "--output: ", or "". */
MUST_USE bool model_layer(const struct model *model, const char *name, uint32_t *layer);
enum status model_no_layer(const struct model *model, const char *verb, const char *option,
                           const char *name);

/* Makes the run, and warns when it has fewer threads than it should. */
MUST_USE enum status model_run(const struct model *model, struct run **run);

#endif
