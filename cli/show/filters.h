/* The filters of a layer as a plan has them, unpacked. */
#ifndef CNNC_FILTERS_H
#define CNNC_FILTERS_H

#include "../../runtime/plan/plan.h"

/* Of one step: a layer is one, but a transposed convolution is a step for each phase. Pairs are
 * {height, width}; see step_gemm for what they mean. */
struct filters {
    const struct step *step;
    size_t count;                   /* output channels */
    size_t groups;                  /* that they form; a depthwise layer: of its input channels */
    size_t channels, height, width; /* of one filter */
    size_t positions;               /* 1, or those of a local layer, each with its own filters */
    int32_t stride[2], dilation[2], pad[2];
    int32_t map[2], out_start[2], out_step[2];
    float *values; /* [count][positions][channels][height][width] */
};

/* The n-th step that computes the layer from filters; NULL: there are no more. */
const struct step *filters_step(const struct plan *plan, const char *layer, size_t n);

/* All but the values, which are NULL. step is one of filters_step. */
void filters_shape(const struct step *step, struct filters *filters);
/* The plan has weights; step is one of filters_step. STATUS_MEMORY. The caller frees. */
MUST_USE enum status filters_of(const struct plan *plan, const struct step *step,
                                struct filters *filters);
/* Of a whole transposed convolution, of all its steps: a filter is of an input channel, and its
 * channels are those of the output that it adds to, as the layer's weights are: [input
 * channel][output channel of the group][height][width]. Stride, pad and map are the first step's.
 * STATUS_MEMORY; STATUS_INPUT: the plan's steps are not those of one layer. */
void filters_transposed_shape(const struct plan *plan, const char *layer, struct filters *filters);
MUST_USE enum status filters_transposed(const struct plan *plan, const char *layer,
                                        struct filters *filters);
void filters_free(struct filters *filters);

/* The taps of one filter. */
static inline size_t filters_taps(const struct filters *filters) {
    return filters->channels * filters->height * filters->width;
}

#endif
