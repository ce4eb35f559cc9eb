#include "kernel_rows.h"

#include <math.h>

#include "kernel_activation.h"

/* Calls a vector function for whole vectors, then for the rest. */
#define FOR_VECTORS(i, n, total)                                                                   \
    for (size_t i = 0, n; n = (total) - (i) < LANES ? (total) - (i) : LANES, (i) < (total);        \
         (i) += n)

VECTOR_INLINE vfloat load(const float *from, size_t count) {
    return count == LANES ? vload(from) : vload_part(from, count);
}
VECTOR_INLINE void store(float *to, vfloat v, size_t count) {
    if (count == LANES)
        vstore(to, v);
    else
        vstore_part(to, v, count);
}

VECTOR_INLINE vfloat operate(const struct row *row, size_t i, size_t count) {
    vfloat x = load(row->in + i, count);
    switch (row->operation) {
    case ROW_AFFINE:
        return vfma(x, vall(row->scale), vall(row->shift));
    case ROW_ADD:
        return x + load(row->other + i, count);
    case ROW_MUL:
        return x * load(row->other + i, count);
    case ROW_COPY:
        break;
    }
    return x;
}

static void run(const struct row *row) {
    FOR_VECTORS(i, n, row->count) {
        vfloat x = operate(row, i, n) + row->bias;
        if (row->biases)
            x += load(row->biases + i, n);
        if (row->residual)
            x += load(row->residual + i, n);
        store(row->out + i, vactivate(x, row->activation, row->a, row->b, vall(row->slope)), n);
    }
}

static void reduce(float *out, const float *in, size_t count, const int64_t *offsets,
                   int64_t tap_count, bool max) {
    FOR_VECTORS(i, n, count) {
        vfloat x = load(in + offsets[0] + i, n);
        for (int64_t k = 1; k < tap_count; k++) {
            vfloat y = load(in + offsets[k] + i, n);
            x = max ? vmax(x, y) : x + y;
        }
        store(out + i, x, n);
    }
}

static void gather(float *out, const float *in, size_t count, enum pool_kind kind) {
    FOR_VECTORS(i, n, count) {
        vfloat x = load(out + i, n), y = load(in + i, n);
        if (kind == POOL_KIND_MAX)
            x = vmax(x, y);
        else
            x = kind == POOL_KIND_L2 ? vfma(y, y, x) : x + y;
        store(out + i, x, n);
    }
}

static void axpy(float *out, float weight, const float *in, size_t count) {
    for (size_t i = 0; i < count; i += LANES)
        vstore(out + i, vfma(vall(weight), vload(in + i), vload(out + i)));
}

VECTOR_INLINE vfloat root(vfloat x) {
    for (int i = 0; i < LANES; i++)
        x[i] = sqrtf(x[i]);
    return x;
}

/* 3/4 is the beta of every network of the field: s^(3/4) = sqrt(s) * sqrt(sqrt(s)). */
static void normalise(float *out, const float *x, const float *sum, size_t count, float k,
                      float scale, float beta) {
    FOR_VECTORS(i, n, count) {
        vfloat base = vfma(vall(scale), load(sum + i, n), vall(k)), half = root(base);
        vfloat power = half * root(half);
        for (int lane = 0; beta != 0.75f && lane < LANES; lane++)
            power[lane] = powf(base[lane], beta);
        store(out + i, load(x + i, n) / power, n);
    }
}

static void exponents(float *out, const float *in, const float *max, float *sum, size_t count) {
    FOR_VECTORS(i, n, count) {
        vfloat y = vexp(load(in + i, n) - load(max + i, n));
        store(out + i, y, n);
        store(sum + i, load(sum + i, n) + y, n);
    }
}

const struct rows_kernels ISA_NAME(rows_kernels) = {
    .run = run,
    .reduce = reduce,
    .gather = gather,
    .axpy = axpy,
    .normalise = normalise,
    .exponents = exponents,
};
