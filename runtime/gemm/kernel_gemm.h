/* What surrounds the micro-kernel: copying rows, packing panels, ending tiles. */
#ifndef CNNC_KERNEL_GEMM_H
#define CNNC_KERNEL_GEMM_H

#include "../base/isa.h"
#include "../plan/plan.h"

enum { GEMM_OVERRUN = 64 /* floats that may be written, and of a tile read, too much */ };

/* `count` lanes of a panel, from `lane` on, stand at base[tap], contiguous. */
struct panel_run {
    const float *base;
    int32_t lane, count;
};

/* A part of a tile on its way to the output: `rows` rows of `count` values. Pointers that are NULL
 * add nothing; strides, in floats, lead to the next row. */
struct tile_part {
    float *out;
    const float *in, *bias, *residual; /* of each value */
    int64_t out_stride, in_stride, bias_stride, residual_stride;
    const float *row_bias, *row_slope; /* of each row, and of its values */
    const float *slope;                /* of each value, of all rows */
    int64_t rows, count;
    enum activation activation;
    float a, b;
};

struct gemm_kernels {
    /* `before` zeros, then `count` floats from[i*stride], then `after` zeros; writes up to
     * GEMM_OVERRUN too much. */
    void (*copy_row)(float *to, int64_t before, const float *from, int64_t stride, int64_t count,
                     int64_t after);
    /* panel[k*side + lane] for each tap. The runs are in the order of lanes, without a gap; lanes
     * behind the last one's end hold anything. Writes up to GEMM_OVERRUN too much. */
    void (*pack_panel)(float *panel, int64_t side, const struct panel_run *runs, int64_t run_count,
                       const int64_t *taps, int64_t tap_count);
    /* to[c*to_stride + r] = from[r*from_stride + c] for whole fours of rows and of columns, as many
     * as hold all: to_stride is no less. */
    void (*transpose)(float *to, int64_t to_stride, const float *from, int64_t from_stride,
                      int64_t rows, int64_t columns);
    /* out = activation(in + biases + residual). Reads up to GEMM_OVERRUN of `in` too much. */
    void (*end_part)(const struct tile_part *part);
};
ISA_DECLARE(struct gemm_kernels, gemm_kernels);

#endif
