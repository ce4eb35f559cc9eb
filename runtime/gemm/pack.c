#include "pack.h"

#include <assert.h>

enum { CUT_UNROLL = 4 };

int32_t pack_cut(int64_t depth, int32_t kernel_depth) {
    assert(depth >= 0 && kernel_depth >= 1);
    int64_t most = kernel_depth + kernel_depth / 4;
    if (depth <= most)
        return depth ? (int32_t)depth : 1;
    int64_t cuts = depth / most + (depth % most != 0);
    int64_t cut = depth / cuts + (depth % cuts != 0);
    return (int32_t)((cut + CUT_UNROLL - 1) / CUT_UNROLL * CUT_UNROLL);
}

bool pack_size(const struct pack_shape *shape, uint64_t *floats) {
    uint64_t side = (uint64_t)shape->side, filters = (uint64_t)shape->filters;
    uint64_t panels = filters / side + (filters % side != 0), total;
    if (__builtin_mul_overflow(panels, side, &total) ||
        __builtin_mul_overflow(total, (uint64_t)shape->depth, &total) ||
        __builtin_mul_overflow(total, (uint64_t)shape->groups, &total) ||
        __builtin_add_overflow(total, (uint64_t)PLAN_ALIGN - 1, &total) || total > INT64_MAX)
        return false;
    *floats = total / PLAN_ALIGN * PLAN_ALIGN;
    return true;
}

uint64_t pack_index(const struct pack_shape *shape, int64_t g, int64_t m, int64_t k) {
    int64_t side = shape->side, panels = (shape->filters + side - 1) / side;
    int64_t begin = k - k % shape->cut; /* of the cut */
    int64_t taps = shape->depth - begin < shape->cut ? shape->depth - begin : shape->cut;
    int64_t group = g * panels * side * shape->depth;
    int64_t panel = begin * panels * side + m / side * taps * side;
    return (uint64_t)(group + panel + (k - begin) * side + m % side);
}

/* How far apart two filters, and two taps of one, stand. */
struct strides {
    int64_t filter, tap;
};

static void copy_block(int64_t filters, int64_t taps, const float *from, struct strides f,
                       float *to, struct strides t) {
    for (int64_t k = 0; k < taps; k++)
        for (int64_t m = 0; m < filters; m++)
            to[m * t.filter + k * t.tap] = from[m * f.filter + k * f.tap];
}

/* Panel by panel in the order in which they are packed, so that this side is one stream. */
static void copy_filters(const struct pack_shape *shape, const float *from, float *to, bool pack) {
    const struct strides plain = {shape->depth, 1}, packed = {1, shape->side};
    int64_t place = 0;
    for (int64_t g = 0; g < shape->groups; g++)
        for (int64_t k = 0; k < shape->depth; k += shape->cut) {
            int64_t taps = shape->depth - k < shape->cut ? shape->depth - k : shape->cut;
            for (int64_t m = 0; m < shape->filters; m += shape->side) {
                int64_t filters =
                    shape->filters - m < shape->side ? shape->filters - m : shape->side;
                int64_t row = (g * shape->filters + m) * shape->depth + k;
                if (pack)
                    copy_block(filters, taps, from + row, plain, to + place, packed);
                else
                    copy_block(filters, taps, from + place, packed, to + row, plain);
                place += taps * shape->side;
            }
        }
}

void pack_filters(const struct pack_shape *shape, const float *weights, float *packed) {
    copy_filters(shape, weights, packed, true);
}

void unpack_filters(const struct pack_shape *shape, const float *packed, float *weights) {
    copy_filters(shape, packed, weights, false);
}

struct pack_shape pack_shape_of(const struct step *step, const struct tile *tile) {
    const struct step_gemm *gemm = &step->as.gemm;
    return (struct pack_shape){
        .groups = gemm->groups,
        .filters = step->out.channels / gemm->groups,
        .depth = gemm_depth(step),
        .cut = gemm->cut,
        .side = gemm->order == GEMM_PIXELS_WIDE ? tile->narrow : tile->wide,
    };
}
