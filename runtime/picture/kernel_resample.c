#include "kernel_resample.h"

#include "../gemm/vector.h"

typedef int32_t vint __attribute__((vector_size(sizeof(int32_t) * LANES)));
typedef uint8_t row16 __attribute__((vector_size(RESAMPLE_ROWS)));

enum { PARTS = RESAMPLE_ROWS / LANES };

VECTOR_INLINE vint all(int32_t x) { return x - (vint){0}; }

/* LANES bytes; compilers make poor code of __builtin_convertvector here. */
VECTOR_INLINE vint load_bytes(const uint8_t *from) {
#if defined __AVX512F__
    return (vint)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i_u *)from));
#elif defined __AVX2__
    return (vint)_mm256_cvtepu8_epi32(_mm_loadu_si64(from));
#else
    return (vint){from[0], from[1], from[2], from[3]};
#endif
}

VECTOR_INLINE void store_clipped(uint8_t *to, vint sum) {
    vint x = sum >> RESAMPLE_BITS;
#if defined __AVX512F__
    __m512i positive = _mm512_max_epi32((__m512i)x, _mm512_setzero_si512());
    _mm_storeu_si128((__m128i_u *)to, _mm512_cvtusepi32_epi8(positive));
#elif defined __AVX2__
    __m256i words = _mm256_packs_epi32((__m256i)x, (__m256i)x);
    __m256i bytes = _mm256_packus_epi16(words, words);
    const __m256i halves = _mm256_setr_epi32(0, 4, 0, 4, 0, 4, 0, 4);
    _mm_storeu_si64(to, _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(bytes, halves)));
#else
    for (int i = 0; i < LANES; i++)
        to[i] = (uint8_t)(x[i] < 0 ? 0 : x[i] > 255 ? 255 : x[i]);
#endif
}
static uint8_t clip(int32_t sum) {
    int32_t x = sum >> RESAMPLE_BITS;
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
}

/* Interleaves the bytes of rows i and i + 8, four times: Eklundh's transposition. */
static void transpose(uint8_t *to, size_t to_stride, const uint8_t *from, size_t from_stride) {
    row16 a[RESAMPLE_ROWS], b[RESAMPLE_ROWS];
    for (size_t i = 0; i < RESAMPLE_ROWS; i++)
        memcpy(&a[i], from + i * from_stride, sizeof a[i]);
    for (int turn = 0; turn < 4; turn++) {
        for (int i = 0; i < RESAMPLE_ROWS / 2; i++) {
            b[2 * i] = __builtin_shufflevector(a[i], a[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5,
                                               21, 6, 22, 7, 23);
            b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12,
                                                   28, 13, 29, 14, 30, 15, 31);
        }
        memcpy(a, b, sizeof a);
    }
    for (size_t i = 0; i < RESAMPLE_ROWS; i++)
        memcpy(to + i * to_stride, &a[i], sizeof a[i]);
}

/* One column of the result, `channels` of it constant where this is inlined. */
VECTOR_INLINE void strip_column(uint8_t *out, const uint8_t *in, size_t channels,
                                const int32_t *weights, size_t length) {
    vint sums[3][PARTS];
    for (size_t c = 0; c < channels; c++)
        for (size_t p = 0; p < PARTS; p++)
            sums[c][p] = all(RESAMPLE_HALF);
    for (size_t k = 0; k < length; k++) {
        vint weight = all(weights[k]);
        for (size_t c = 0; c < channels; c++)
            for (size_t p = 0; p < PARTS; p++)
                sums[c][p] +=
                    weight * load_bytes(in + (k * channels + c) * RESAMPLE_ROWS + p * LANES);
    }
    for (size_t c = 0; c < channels; c++)
        for (size_t p = 0; p < PARTS; p++)
            store_clipped(out + c * RESAMPLE_ROWS + p * LANES, sums[c][p]);
}

static void strip(uint8_t *out, const uint8_t *in, size_t channels, size_t origin,
                  const struct resample_axis *axis) {
    const size_t column = channels * RESAMPLE_ROWS;
    for (size_t x = 0; x < axis->count; x++) {
        const uint8_t *window = in + (axis->firsts[x] - origin) * column;
        const int32_t *weights = axis->weights + x * axis->room;
        if (channels == 3)
            strip_column(out + x * column, window, 3, weights, axis->lengths[x]);
        else
            strip_column(out + x * column, window, 1, weights, axis->lengths[x]);
    }
}

static void row(uint8_t *out, const uint8_t *in, size_t channels,
                const struct resample_axis *axis) {
    for (size_t x = 0; x < axis->count; x++) {
        const int32_t *weights = axis->weights + x * axis->room;
        for (size_t c = 0; c < channels; c++) {
            const uint8_t *window = in + axis->firsts[x] * channels + c;
            int32_t sum = RESAMPLE_HALF;
            for (size_t k = 0; k < axis->lengths[x]; k++)
                sum += weights[k] * window[k * channels];
            out[x * channels + c] = clip(sum);
        }
    }
}

static void add(int32_t *sums, const uint8_t *rows, size_t stride, const int32_t *weights,
                size_t weight_count, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        vint sum;
        memcpy(&sum, sums + i, sizeof sum);
        for (size_t k = 0; k < weight_count; k++)
            sum += all(weights[k]) * load_bytes(rows + k * stride + i);
        memcpy(sums + i, &sum, sizeof sum);
    }
    for (; i < count; i++)
        for (size_t k = 0; k < weight_count; k++)
            sums[i] += weights[k] * rows[k * stride + i];
}

static void finish(uint8_t *out, const int32_t *sums, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        vint sum;
        memcpy(&sum, sums + i, sizeof sum);
        store_clipped(out + i, sum);
    }
    for (; i < count; i++)
        out[i] = clip(sums[i]);
}

#ifdef __AVX2__
/* Eight pixels, four from each 12 bytes: R*19595 + G*19235 and G*19235 + B*7471, as 38470 is beyond
 * 16 bits. Reads 28 bytes. */
static inline __m256i grey_eight(const uint8_t *rgb) {
    const __m256i red_green = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1));
    const __m256i green_blue = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(1, -1, 2, -1, 4, -1, 5, -1, 7, -1, 8, -1, 10, -1, 11, -1));
    __m256i bytes = _mm256_loadu2_m128i((const __m128i_u *)(rgb + 12), (const __m128i_u *)rgb);
    __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(bytes, red_green),
                                                     _mm256_set1_epi32(19235 << 16 | 19595)),
                                   _mm256_madd_epi16(_mm256_shuffle_epi8(bytes, green_blue),
                                                     _mm256_set1_epi32(7471 << 16 | 19235)));
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(0x8000)), 16);
}

/* 32 pixels at a time, as far as two more are there to be read; how many were done. */
static size_t grey_vectors(uint8_t *restrict out, const uint8_t *restrict rgb, size_t count) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    size_t i = 0;
    for (; i + 34 <= count; i += 32) {
        const uint8_t *from = rgb + 3 * i;
        __m256i low = _mm256_packus_epi32(grey_eight(from), grey_eight(from + 24));
        __m256i high = _mm256_packus_epi32(grey_eight(from + 48), grey_eight(from + 72));
        __m256i bytes = _mm256_packus_epi16(low, high);
        _mm256_storeu_si256((__m256i_u *)(out + i), _mm256_permutevar8x32_epi32(bytes, order));
    }
    return i;
}
#else
static size_t grey_vectors(uint8_t *restrict out, const uint8_t *restrict rgb, size_t count) {
    (void)out, (void)rgb, (void)count;
    return 0;
}
#endif

static void grey(uint8_t *restrict out, const uint8_t *restrict rgb, size_t count) {
    for (size_t i = grey_vectors(out, rgb, count); i < count; i++)
        out[i] = (uint8_t)((rgb[3 * i] * 19595u + rgb[3 * i + 1] * 38470u + rgb[3 * i + 2] * 7471u +
                            0x8000) >>
                           16);
}

const struct resample_kernels ISA_NAME(resample_kernels) = {
    .transpose = transpose,
    .strip = strip,
    .row = row,
    .add = add,
    .finish = finish,
    .grey = grey,
};
