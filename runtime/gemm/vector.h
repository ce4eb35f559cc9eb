/* One vector of floats of the instruction set that a kernel file is compiled for. Only kernel_*.c
 * include this. Multiply-adds are fused where the set has them, in vectors and in scalars alike, so
 * that a value's bits do not depend on where in a row it stands. */
#ifndef CNNC_VECTOR_H
#define CNNC_VECTOR_H

#include <stdint.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#if defined __AVX512F__
enum { LANES = 16 };
#elif defined __AVX2__
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

typedef float vfloat __attribute__((vector_size(sizeof(float) * LANES)));
typedef int32_t vmask __attribute__((vector_size(sizeof(float) * LANES))); /* -1 or 0 */

#define VECTOR_INLINE static inline __attribute__((always_inline, unused))

/* Any alignment. */
VECTOR_INLINE vfloat vload(const float *from) {
    vfloat v;
    memcpy(&v, from, sizeof v);
    return v;
}
VECTOR_INLINE void vstore(float *to, vfloat v) { memcpy(to, &v, sizeof v); }
VECTOR_INLINE vfloat vall(float x) { return x - (vfloat){0}; }

/* a*b + c */
VECTOR_INLINE vfloat vfma(vfloat a, vfloat b, vfloat c) {
#if defined __AVX512F__
    return (vfloat)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined __AVX2__
    return (vfloat)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return a * b + c;
#endif
}
VECTOR_INLINE float sfma(float a, float b, float c) {
#ifdef __AVX2__
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

/* Where mask, a; else b. */
VECTOR_INLINE vfloat vselect(vmask mask, vfloat a, vfloat b) {
    return (vfloat)((mask & (vmask)a) | (~mask & (vmask)b));
}
/* The larger; a NaN of either stays. */
VECTOR_INLINE vfloat vmax(vfloat a, vfloat b) { return vselect((b > a) | (b != b), b, a); }
VECTOR_INLINE vfloat vmin(vfloat a, vfloat b) { return vselect((b < a) | (b != b), b, a); }

/* Some neighbouring lanes: first .. end - 1, 0 <= first <= end <= LANES. */
#if defined __AVX512F__
typedef __mmask16 vlanes;
#elif defined __AVX2__
typedef __m256i vlanes;
#else
typedef struct {
    int64_t first, end;
} vlanes;
#endif
VECTOR_INLINE vlanes vlanes_range(int64_t first, int64_t end) {
#if defined __AVX512F__
    return (__mmask16)((1u << end) - (1u << first));
#elif defined __AVX2__
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i before_end = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)end), lane);
    __m256i before_first = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)first), lane);
    return _mm256_andnot_si256(before_first, before_end);
#else
    return (vlanes){first, end};
#endif
}
/* These lanes of the floats at `from`, zeros elsewhere; nothing else is touched. */
VECTOR_INLINE vfloat vload_lanes(const float *from, vlanes lanes) {
#if defined __AVX512F__
    return (vfloat)_mm512_maskz_loadu_ps(lanes, from);
#elif defined __AVX2__
    return (vfloat)_mm256_maskload_ps(from, lanes);
#else
    vfloat v = {0};
    for (int64_t i = lanes.first; i < lanes.end; i++)
        v[i] = from[i];
    return v;
#endif
}

/* Elements 0, 2, 4 ... of a, then of b. */
VECTOR_INLINE vfloat veven(vfloat a, vfloat b) {
#if defined __AVX512F__
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return (vfloat)_mm512_permutex2var_ps((__m512)a, even, (__m512)b);
#elif defined __AVX2__
    __m256 halves = _mm256_shuffle_ps((__m256)a, (__m256)b, 0x88);
    return (vfloat)_mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(halves), 0xd8));
#else
    return (vfloat){a[0], a[2], b[0], b[2]};
#endif
}

/* The first `count` <= LANES floats, nothing else is touched; zeros behind. */
VECTOR_INLINE vfloat vload_part(const float *from, size_t count) {
#if defined __AVX512F__
    return (vfloat)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
#elif defined __AVX2__
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
    return (vfloat)_mm256_maskload_ps(from, mask);
#else
    vfloat v = {0};
    memcpy(&v, from, count * sizeof *from);
    return v;
#endif
}
VECTOR_INLINE void vstore_part(float *to, vfloat v, size_t count) {
#if defined __AVX512F__
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)v);
#elif defined __AVX2__
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_ps(to, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane), (__m256)v);
#else
    memcpy(to, &v, count * sizeof *to);
#endif
}

#endif
