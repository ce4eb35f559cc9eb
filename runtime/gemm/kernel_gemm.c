#include "kernel_gemm.h"

#include "kernel_activation.h"
#include "microkernel.h"

VECTOR_INLINE void pick(float *to, const float *from, int64_t count, int64_t stride) {
    for (int64_t i = 0; i < count; i++)
        to[i] = from[i * stride];
}

static void copy_row(float *to, int64_t before, const float *from, int64_t stride, int64_t count,
                     int64_t after) {
    vfloat zero = {0};
    for (int64_t i = 0; i < before; i += LANES)
        vstore(to + i, zero);
    to += before;
    if (stride == 1) {
        int64_t i = 0;
        for (; i + LANES <= count; i += LANES)
            vstore(to + i, vload(from + i));
        if (i < count)
            vstore(to + i, vload_part(from + i, (size_t)(count - i)));
    } else if (stride == 2) {
        pick(to, from, count, 2);
    } else if (stride == 4) {
        pick(to, from, count, 4);
    } else {
        pick(to, from, count, stride);
    }
    for (int64_t i = 0; i < after; i += LANES)
        vstore(to + count + i, zero);
}

/* At most a vector of a run. */
struct piece {
    const float *from;
    float *to;
    size_t count;
};

/* Stores are whole vectors: what a run writes beyond its end, the next run or the next tap writes
 * again. Loads are exact, as a run may end where the arena does. */
VECTOR_INLINE void pack_pieces(const struct piece *pieces, int32_t count, int64_t side,
                               const int64_t *taps, int64_t tap_count) {
    for (int64_t k = 0; k < tap_count; k++)
        for (int32_t i = 0; i < count; i++)
            vstore(pieces[i].to + k * side, vload_part(pieces[i].from + taps[k], pieces[i].count));
}

static void pack_panel(float *panel, int64_t side, const struct panel_run *runs, int64_t run_count,
                       const int64_t *taps, int64_t tap_count) {
    struct piece pieces[TILE_MOST];
    int32_t count = 0;
    for (int64_t r = 0; r < run_count; r++)
        for (int32_t i = 0; i < runs[r].count; i += LANES)
            pieces[count++] = (struct piece){
                .from = runs[r].base + i,
                .to = panel + runs[r].lane + i,
                .count = (size_t)(runs[r].count - i < LANES ? runs[r].count - i : LANES),
            };
    switch (count) { /* unrolled, all in registers */
    case 1:
        pack_pieces(pieces, 1, side, taps, tap_count);
        break;
    case 2:
        pack_pieces(pieces, 2, side, taps, tap_count);
        break;
    case 3:
        pack_pieces(pieces, 3, side, taps, tap_count);
        break;
    case 4:
        pack_pieces(pieces, 4, side, taps, tap_count);
        break;
    default:
        pack_pieces(pieces, count, side, taps, tap_count);
    }
}

typedef float vfour __attribute__((vector_size(16)));
typedef int32_t vfour_lanes __attribute__((vector_size(16)));

#ifdef __clang__
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (vfour_lanes){i, j, k, l})
#endif

VECTOR_INLINE void transpose_four(float *to, int64_t to_stride, const float *from,
                                  int64_t from_stride) {
    vfour r[4];
    for (int i = 0; i < 4; i++)
        memcpy(&r[i], from + i * from_stride, sizeof r[i]);
    vfour low01 = SHUFFLE(r[0], r[1], 0, 4, 1, 5), high01 = SHUFFLE(r[0], r[1], 2, 6, 3, 7);
    vfour low23 = SHUFFLE(r[2], r[3], 0, 4, 1, 5), high23 = SHUFFLE(r[2], r[3], 2, 6, 3, 7);
    vfour c[4] = {SHUFFLE(low01, low23, 0, 1, 4, 5), SHUFFLE(low01, low23, 2, 3, 6, 7),
                  SHUFFLE(high01, high23, 0, 1, 4, 5), SHUFFLE(high01, high23, 2, 3, 6, 7)};
    for (int i = 0; i < 4; i++)
        memcpy(to + i * to_stride, &c[i], sizeof c[i]);
}

static void transpose(float *to, int64_t to_stride, const float *from, int64_t from_stride,
                      int64_t rows, int64_t columns) {
    for (int64_t r = 0; r < rows; r += 4)
        for (int64_t c = 0; c < columns; c += 4)
            transpose_four(to + c * to_stride + r, to_stride, from + r * from_stride + c,
                           from_stride);
}

/* count <= LANES values of row r from i on. */
VECTOR_INLINE vfloat end_vector(const struct tile_part *part, int64_t r, int64_t i, size_t count) {
    vfloat x = vload(part->in + r * part->in_stride + i);
    vfloat slope = vall(part->row_slope ? part->row_slope[r] : 0);
    if (part->row_bias)
        x += vall(part->row_bias[r]);
    if (part->bias)
        x += vload_part(part->bias + r * part->bias_stride + i, count);
    if (part->residual)
        x += vload_part(part->residual + r * part->residual_stride + i, count);
    return vactivate(x, part->activation, part->a, part->b,
                     part->slope ? vload_part(part->slope + i, count) : slope);
}

static void end_part(const struct tile_part *part) {
    for (int64_t r = 0; r < part->rows; r++) {
        float *out = part->out + r * part->out_stride;
        int64_t i = 0;
        for (; i + LANES <= part->count; i += LANES)
            vstore(out + i, end_vector(part, r, i, LANES));
        if (i < part->count) {
            size_t rest = (size_t)(part->count - i);
            vstore_part(out + i, end_vector(part, r, i, rest), rest);
        }
    }
}

const struct gemm_kernels ISA_NAME(gemm_kernels) = {
    .copy_row = copy_row,
    .pack_panel = pack_panel,
    .transpose = transpose,
    .end_part = end_part,
};
