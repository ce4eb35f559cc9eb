/* Filters as the micro-kernel wants them: the layout of step_gemm's weights. */
#ifndef CNNC_PACK_H
#define CNNC_PACK_H

#include "../plan/plan.h"

struct pack_shape {
    int64_t groups, filters; /* filters of one group */
    int64_t depth;           /* taps k of one filter */
    int64_t cut;             /* as in step_gemm */
    int64_t side;            /* of the tile: filters in a panel */
};

/* The taps of a cut for filters of `depth` taps (K) and a micro-kernel whose depth is kernel_depth:
 * a multiple of 4, which micro-kernels unroll by, unless one cut does. Cuts are even, and up to a
 * quarter deeper than the micro-kernel's depth where that saves one. At least 1. */
int32_t pack_cut(int64_t depth, int32_t kernel_depth);

/* Floats of the packed filters, a multiple of PLAN_ALIGN; false on overflow. */
MUST_USE bool pack_size(const struct pack_shape *shape, uint64_t *floats);
/* The place of filter m of group g at tap k. */
uint64_t pack_index(const struct pack_shape *shape, int64_t g, int64_t m, int64_t k);
/* Lays out weights [groups*filters][depth], row-major. packed is zeroed. */
void pack_filters(const struct pack_shape *shape, const float *weights, float *packed);
/* The inverse. */
void unpack_filters(const struct pack_shape *shape, const float *packed, float *weights);

/* The shape of a gemm step's filters, for a tile. */
struct pack_shape pack_shape_of(const struct step *step, const struct tile *tile);

#endif
