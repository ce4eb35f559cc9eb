/* Running a plan. */
#ifndef CNNC_EXEC_H
#define CNNC_EXEC_H

#include "../plan/plan.h"

struct run; /* an arena and workspaces for one plan */

struct run_options {
    size_t batch; /* most images at a time, >= 1 */
    int threads;  /* >= 1 */
};

/* The bytes that run_new will ask for: arena and workspaces; SIZE_MAX when they are beyond it. */
size_t run_bytes(const struct plan *plan, const struct run_options *options);

/* plan: verified, with weights; it outlives the run. STATUS_MEMORY. */
MUST_USE enum status run_new(const struct plan *plan, const struct run_options *options,
                             struct run **out);
void run_free(struct run *run);
int run_threads(const struct run *run); /* as many as the system gave */

/* Where image n's input is to be put, [channels][height][width], before each run_forward: running
 * overwrites it. */
float *run_input(struct run *run, size_t n);
/* All steps on the first `images` images (<= batch). Allocates nothing, cannot fail. */
void run_forward(struct run *run, size_t images);
/* Image n's output `output` (index into plan->outputs), until the next run_forward. */
const float *run_output(const struct run *run, size_t output, size_t n);

/* A layer to be read besides the outputs: its values are kept when its step is done. layer: index
 * into plan->layers, one that is kept. STATUS_MEMORY. run_layer gives image n's. */
MUST_USE enum status run_watch(struct run *run, uint32_t layer);
const float *run_layer(const struct run *run, size_t n);

/* Milliseconds of each step in the last run_forward, step_count of them, when asked for before. */
void run_time_steps(struct run *run, bool on);
const double *run_step_times(const struct run *run);

/* Runs in double precision by the plain loops of ref.c (threads play no part). STATUS_MEMORY. The
 * inputs and outputs are those of run_input, run_output, run_layer. */
MUST_USE enum status run_reference(struct run *run, size_t images);

#endif
