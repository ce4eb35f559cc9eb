/* The GEMM micro-kernel of BLIS, and the end of its traps. microkernel.c alone includes blis.h.
 *
 * A tile is narrow x wide floats, row-major: `wide` is the side that the kernel of this machine
 * holds in vectors (16 of 6 x 16 on AVX2, 32 of 32 x 12 on AVX-512), `narrow` the other. */
#ifndef CNNC_MICROKERNEL_H
#define CNNC_MICROKERNEL_H

#include "../plan/plan.h"

struct microkernel {
    struct tile tile;
    int32_t depth; /* K is best cut at about this: a panel of it stays in the first-level cache */
    const char *name; /* of the instruction set: "haswell", "skx", "zen3" */
    void *function, *context;
    bool wide_first; /* the wide side is BLIS's m */
};

/* The fastest that this machine runs. Needs no memory, cannot fail, and reads nothing of the
 * environment. */
const struct microkernel *microkernel_get(void);
/* Makes microkernel_get give another that this machine runs, for tests and benchmarks; NULL: the
 * fastest again. False: there is none of that name. */
bool microkernel_use(const char *name);

/* tile[i*wide + j] = (first ? 0 : tile[i*wide + j]) + sum over k of narrow[k*N + i] * wide[k*W +
 * j], one chain of fused multiply-adds, k ascending. tile and the wide panel are 64-byte aligned;
 * up to PLAN_SLACK floats behind each panel are read. depth >= 1. */
void microkernel_run(const struct microkernel *kernel, int64_t depth, const float *narrow,
                     const float *wide, float *tile, bool first);

#endif
