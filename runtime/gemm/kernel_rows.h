/* Arithmetic on rows of neighbouring floats: what steps besides gemm are made of. */
#ifndef CNNC_KERNEL_ROWS_H
#define CNNC_KERNEL_ROWS_H

#include "../base/isa.h"
#include "../plan/plan.h"

enum row_operation {
    ROW_COPY,   /* x */
    ROW_AFFINE, /* x*scale + shift */
    ROW_ADD,    /* x + other */
    ROW_MUL,    /* x * other */
};

/* out = activation(operation(in) + bias + biases + residual), element by element; pointers that are
 * NULL add nothing. out may be in, other or residual. */
struct row {
    float *out;
    const float *in, *other, *biases, *residual;
    size_t count;
    enum row_operation operation;
    float scale, shift, bias;
    enum activation activation;
    float a, b, slope;
};

struct rows_kernels {
    void (*run)(const struct row *row);

    /* out[i] = max of, or sum, over taps in their order, of in[i + taps[tap]]. */
    void (*reduce)(float *out, const float *in, size_t count, const int64_t *taps,
                   int64_t tap_count, bool max);
    /* out[i] = max(out[i], in[i]), out[i] + in[i], out[i] + in[i]^2. */
    void (*gather)(float *out, const float *in, size_t count, enum pool_kind kind);

    /* out[i] += weight * in[i]; count is a multiple of LOCAL_LANES. */
    void (*axpy)(float *out, float weight, const float *in, size_t count);

    /* out[i] = x[i] / (k + scale*sum[i])^beta */
    void (*normalise)(float *out, const float *x, const float *sum, size_t count, float k,
                      float scale, float beta);

    /* out[i] = exp(in[i] - max[i]); sum[i] += out[i] */
    void (*exponents)(float *out, const float *in, const float *max, float *sum, size_t count);
};
ISA_DECLARE(struct rows_kernels, rows_kernels);

#endif
