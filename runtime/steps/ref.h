/* What every step means: plain loops in double, on the plan's own packed weights. Shares no code
 * with the fast steps but the structs of plan.h: the oracle of their tests. */
#ifndef CNNC_REF_H
#define CNNC_REF_H

#include "../plan/plan.h"

/* The step on `images` images in an arena of doubles, laid out as the float one for `capacity`
 * images. False: no memory. */
bool ref_step(const struct plan *plan, const struct step *step, double *arena, size_t images,
              size_t capacity);

/* For bounds of rounding error: of a gemm, depthwise, local, affine, add or average pool the sum of
 * the absolute values of all terms (products, bias, residual) of each output, before the
 * activation, into out[image][channel][height][width], contiguous. */
bool ref_step_magnitude(const struct plan *plan, const struct step *step, const double *arena,
                        size_t images, size_t capacity, double *out);

/* The weight that the packed layout holds for filter m (of all groups together) at tap k. */
double ref_gemm_weight(const struct plan *plan, const struct step *step, int64_t m, int64_t k);

#endif
