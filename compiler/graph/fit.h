/* The arithmetic of a window along one axis, and the search for what would fit. */
#ifndef CNNC_FIT_H
#define CNNC_FIT_H

#include "shape.h"

/* One direction: a window of `reach` cells steps over `in` cells with pads before and after. */
struct axis {
    int64_t in, reach, stride, before, after;
};

enum { AXIS_UNFIT = -1, AXIS_EMPTY = 0 };

/* (in - reach + before + after)/stride + 1 under the rule. AXIS_EMPTY: the window is larger than
 * the padded input. AXIS_UNFIT: not whole, under FIT_EXACT. pools: FIT_CEIL is Caffe's rule, else
 * it floors. *dropped: how many cells at the end no window sees. */
int64_t axis_output(const struct axis *axis, enum fit fit, bool pools, int64_t *dropped);

/* Sets the pads of `pad: same`: as many cells as make the output ceil(in/stride), the odd one
 * after. */
void axis_pad_same(struct axis *axis);

/* "(7 - 3 + 2*0)/3 + 1 = 2.33". */
const char *axis_formula(struct arena *arena, const struct axis *axis);

/* Gives the diagnostic of a layer that does not fit its hint: the nearest strides and pads that fit
 * in both directions and `pad: same` (also as item->fits), what the other rules would drop, and the
 * nearest inputs of the network with which everything up to this layer fits. axes: height, width.
 */
void fit_suggest(struct inference *x, const struct axis axes[2], bool pools,
                 struct diagnostic *item);

/* Is there an input of the network, not far from its own, with which everything up to the layer
 * that is inferred fits? */
bool fit_curable(struct inference *x);

#endif
