/* Sums and maxima over sliding windows of one channel: of pool, and of lrn within a channel. */
#ifndef CNNC_WINDOW_H
#define CNNC_WINDOW_H

#include "../gemm/kernel_gemm.h"
#include "../gemm/kernel_rows.h"

struct window_map {
    const struct rows_kernels *rows;
    const struct gemm_kernels *copies;
    const struct step_pool *pool;
    const float *in;
    int64_t height, width, out_width;
    float *scratch; /* window_scratch floats */
    int64_t *taps;  /* pool->kernel[1] */
};

/* Floats that window_row needs besides; SIZE_MAX when beyond it. */
size_t window_scratch(const struct step_pool *pool, int64_t width, int64_t out_width);
/* Fills the taps, once for all rows. */
void window_begin(const struct window_map *map);
/* out[x]: the largest cell of the window at output row y, the sum of its cells, or (L2) of their
 * squares; rows first, top to bottom, then columns. Of cells of the input alone. */
void window_row(const struct window_map *map, int64_t y, float *out);

#endif
