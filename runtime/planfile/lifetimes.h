/* When each buffer of a plan holds values, and which of its floats do. */
#ifndef CNNC_LIFETIMES_H
#define CNNC_LIFETIMES_H

#include "../plan/plan.h"

/* A buffer is live from the first step that writes it (the input's: from the start) to the last one
 * that touches it (that of a kept layer: not less than to the step that completes the layer; an
 * output's: to the end). Times are 0 for the start, i + 1 for step i, step_count + 1 for the end.
 */
struct lifetime {
    uint64_t first, last;
    bool live; /* is ever touched */
};

/* Of each of the plan's buffers. */
void lifetimes_find(const struct plan *plan, struct lifetime lifetimes[]);

/* A part of plan_verify. NULL when every view that is read was written by earlier steps or belongs
 * to the input, every kept layer is whole when its step is done, and no two buffers that are live
 * at the same time share floats of the arena; else what is wrong, in the plan's arena. Requires
 * that views lie in their buffers and buffers in the arena. A step counts as writing the whole of
 * its output, also a phase of a transposed convolution. O(n log n), whatever the plan says. */
const char *lifetimes_fault(struct plan *plan);

#endif
