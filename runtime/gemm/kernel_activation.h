/* The activations of activations.def, a vector at a time. Only kernel_*.c include this. Each lane's
 * bits depend on its value alone. exp is within 1 ulp, what is made of it within
 * 3 ulp or 1e-37. */
#ifndef CNNC_KERNEL_ACTIVATION_H
#define CNNC_KERNEL_ACTIVATION_H

#include "../plan/plan.h"
#include "vector.h"

/* exp(x) = 2^n * (1 + r + r^2*q): n and r with |r| <= ln(2)/2, r in two parts (Cody, Waite 1980);
 * q by the minimax polynomial of Cephes' expf. */
struct vexp_parts {
    vfloat r, tail; /* exp(r) = 1 + r + tail */
    vmask n;
};

VECTOR_INLINE struct vexp_parts vexp_split(vfloat x) {
    const float shift = 0x1.8p23f; /* adding it rounds to a whole number, in the lowest bits */
    vfloat scaled = vfma(x, vall(1.44269504088896341f), vall(shift));
    vfloat whole = scaled - vall(shift);
    struct vexp_parts parts;
    parts.n = (vmask)scaled - (vmask)vall(shift);
    parts.r = vfma(whole, vall(-0.693359375f), x);
    parts.r = vfma(whole, vall(2.12194440e-4f), parts.r);
    vfloat q = vall(1.9875691500e-4f);
    q = vfma(q, parts.r, vall(1.3981999507e-3f));
    q = vfma(q, parts.r, vall(8.3334519073e-3f));
    q = vfma(q, parts.r, vall(4.1665795894e-2f));
    q = vfma(q, parts.r, vall(1.6666665459e-1f));
    q = vfma(q, parts.r, vall(5.0000001201e-1f));
    parts.tail = q * (parts.r * parts.r);
    return parts;
}

/* 2^n for -126 <= n <= 127. */
VECTOR_INLINE vfloat vpower(vmask n) { return (vfloat)((n + 127) << 23); }

VECTOR_INLINE vfloat vexp(vfloat x) {
    /* Beyond these it is 0 or infinite anyway. */
    vfloat bounded = vmin(vmax(x, vall(-104)), vall(89));
    struct vexp_parts parts = vexp_split(bounded);
    vmask half = parts.n >> 1; /* in two steps: n reaches from -150 to 128 */
    return (1 + (parts.r + parts.tail)) * vpower(half) * vpower(parts.n - half);
}

/* exp(x) - 1 for x <= 0, exact near 0 too. */
VECTOR_INLINE vfloat vexpm1_negative(vfloat x) {
    struct vexp_parts parts = vexp_split(vmax(x, vall(-80)));
    vfloat small = parts.r + parts.tail;
    vfloat power = vpower(parts.n);
    return vfma(small, power, power - 1);
}

VECTOR_INLINE vfloat vsigmoid(vfloat x) { return 1 / (1 + vexp(-x)); }

/* (1 - e)/(1 + e) with e = exp(-2|x|), its numerator as -expm1. */
VECTOR_INLINE vfloat vtanh(vfloat x) {
    vfloat size = vselect(x < 0, -x, x);
    vfloat less = vexpm1_negative(-2 * size);
    vfloat result = -less / (2 + less);
    return vselect(x < 0, -result, result);
}

VECTOR_INLINE vfloat vclip(vfloat x, float low, float high) {
    return vmin(vmax(x, vall(low)), vall(high));
}

/* clip(x/6 + 1/2, 0, 1); x + 3 is exact near -3, where the other form cancels. */
VECTOR_INLINE vfloat vhardsigmoid(vfloat x) { return vclip(x + 3, 0, 6) / 6; }

/* a and b are the epilogue's, slope is prelu's. */
VECTOR_INLINE vfloat vactivate(vfloat x, enum activation activation, float a, float b,
                               vfloat slope) {
    switch (activation) {
    case ACTIVATION_relu:
        return vmax(x, vall(0));
    case ACTIVATION_clip:
        return vclip(x, a, b);
    case ACTIVATION_leaky_relu:
        return vselect(x > 0, x, x * a);
    case ACTIVATION_prelu:
        return vselect(x > 0, x, x * slope);
    case ACTIVATION_elu:
        return vselect(x > 0, x, vexpm1_negative(x) * a);
    case ACTIVATION_sigmoid:
        return vsigmoid(x);
    case ACTIVATION_tanh:
        return vtanh(x);
    case ACTIVATION_silu:
        return x * vsigmoid(x);
    case ACTIVATION_hardsigmoid:
        return vhardsigmoid(x);
    case ACTIVATION_hardswish:
        return x * vhardsigmoid(x);
    case ACTIVATION_none:
    case ACTIVATION_COUNT:
        break;
    }
    return x;
}

#endif
