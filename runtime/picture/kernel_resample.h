/* The sums of the resampler. A weight has RESAMPLE_BITS bits of fraction; a sum of weights times
 * pixels begins at half of one, RESAMPLE_HALF, and is cut and clipped to 0..255. The lanes of a
 * strip are RESAMPLE_ROWS neighbouring rows: strip[column][channel][row]. */
#ifndef CNNC_KERNEL_RESAMPLE_H
#define CNNC_KERNEL_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "../base/isa.h"

enum { RESAMPLE_BITS = 22, RESAMPLE_HALF = 1 << (RESAMPLE_BITS - 1), RESAMPLE_ROWS = 16 };

/* The windows of neighbouring outputs along one axis. Neither firsts nor ends ever fall. */
struct resample_axis {
    size_t count;     /* outputs */
    size_t *firsts;   /* [count]: where a window begins in the input */
    size_t *lengths;  /* [count] */
    int32_t *weights; /* [count][room] */
    size_t room;
};

struct resample_kernels {
    /* A square of RESAMPLE_ROWS x RESAMPLE_ROWS bytes; strides in bytes. */
    void (*transpose)(uint8_t *to, size_t to_stride, const uint8_t *from, size_t from_stride);
    /* A strip whose first column is `origin` of the input, to a strip of axis->count columns. */
    void (*strip)(uint8_t *out, const uint8_t *strip, size_t channels, size_t origin,
                  const struct resample_axis *axis);
    /* The same for one row, [column][channel]. */
    void (*row)(uint8_t *out, const uint8_t *row, size_t channels,
                const struct resample_axis *axis);
    /* sums[i] += the sum over k of weights[k] * rows[k*stride + i] */
    void (*add)(int32_t *sums, const uint8_t *rows, size_t stride, const int32_t *weights,
                size_t weight_count, size_t count);
    void (*finish)(uint8_t *out, const int32_t *sums, size_t count);
    /* Pillow's convert("L"): ITU-R 601-2 in 16 bits of fraction. */
    void (*grey)(uint8_t *restrict out, const uint8_t *restrict rgb, size_t count);
};
ISA_DECLARE(struct resample_kernels, resample_kernels);

#endif
