/* One step in double, set up by hand: bed_new, bed_view and bed_weights for its parts, bed_put for
 * what it reads, bed_run, then bed_image. The numbers of interest are those of image SHOWN. */
#ifndef CNNC_REF_BED_H
#define CNNC_REF_BED_H

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/random.h"
#include "../steps/ref.h"

enum {
    BUFFERS_MOST = 8,
    ARENA_MOST = 1 << 14,   /* floats of an image */
    WEIGHTS_MOST = 1 << 16, /* floats */
    CAPACITY = 3,
    IMAGES = 2,
    SHOWN = 1,
    FIRST = 3, /* of each view in its buffer */
};
#define UNWRITTEN 12345.0

struct bed {
    struct plan plan;
    struct plan_buffer buffers[BUFFERS_MOST];
    struct step step;
    float *weights;
    double *arena, *before;
};

static inline uint64_t bed_round(uint64_t floats) {
    return (floats + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
}

/* With a tile of one filter, so that a gemm whose cut is its depth has its weights as they are. */
static inline struct bed bed_new(enum step_kind_id kind) {
    struct bed bed = {.step = {.kind = kind, .input_count = 1}};
    bed.step.in[1].buffer = bed.step.epilogue.residual.buffer = PLAN_NONE;
    bed.plan.head.tile = (struct tile){1, 1};
    bed.weights = calloc(WEIGHTS_MOST, sizeof *bed.weights);
    bed.arena = calloc(CAPACITY * ARENA_MOST, sizeof *bed.arena);
    bed.before = calloc(CAPACITY * ARENA_MOST, sizeof *bed.before);
    ck_assert(bed.weights && bed.arena && bed.before);
    for (size_t i = 0; i < CAPACITY * ARENA_MOST; i++)
        bed.arena[i] = UNWRITTEN;
    return bed;
}

static inline void bed_free(struct bed *bed) {
    free(bed->weights);
    free(bed->arena);
    free(bed->before);
}

static inline struct plan_view bed_view(struct bed *bed, int32_t channels, int32_t height,
                                        int32_t width) {
    struct plan *plan = &bed->plan;
    struct plan_view view = {plan->buffer_count, channels, height, width, FIRST};
    ck_assert_uint_lt(plan->buffer_count, BUFFERS_MOST);
    struct plan_buffer *buffer = &bed->buffers[plan->buffer_count++];
    *buffer = (struct plan_buffer){plan->head.arena, bed_round(plan_view_size(&view) + FIRST)};
    plan->head.arena += buffer->size;
    ck_assert_uint_le(plan->head.arena, ARENA_MOST);
    return view;
}

static inline struct plan_range bed_weights(struct bed *bed, size_t count, const float *values) {
    struct plan_range range = {bed->plan.head.weights, count};
    ck_assert_uint_le(range.first + count, WEIGHTS_MOST);
    memcpy(bed->weights + range.first, values, count * sizeof *values);
    bed->plan.head.weights = bed_round(range.first + count);
    return range;
}

static inline double *bed_place(struct bed *bed, const struct plan_view *view, size_t image) {
    const struct plan_buffer *buffer = &bed->buffers[view->buffer];
    return bed->arena + CAPACITY * buffer->offset + image * buffer->size + view->first;
}

/* The values for image SHOWN; other images get others. */
static inline void bed_put(struct bed *bed, const struct plan_view *view, const double *values) {
    for (size_t n = 0; n < IMAGES; n++)
        for (size_t i = 0; i < plan_view_size(view); i++)
            bed_place(bed, view, n)[i] = n == SHOWN ? values[i] : 0.25 * (double)i - 7;
}

/* Fails if anything but the images' outputs was written. */
static inline void bed_run(struct bed *bed) {
    size_t bytes = CAPACITY * ARENA_MOST * sizeof *bed->arena, floats;
    bed->plan.buffers = bed->buffers;
    bed->plan.weights = bed->weights;
    memcpy(bed->before, bed->arena, bytes);
    ck_assert(ref_step(&bed->plan, &bed->step, bed->arena, IMAGES, CAPACITY));
    floats = plan_view_size(&bed->step.out);
    for (size_t n = 0; n < IMAGES; n++) {
        double *out = bed_place(bed, &bed->step.out, n);
        memcpy(bed->before + (out - bed->arena), out, floats * sizeof *out);
    }
    ck_assert_msg(memcmp(bed->before, bed->arena, bytes) == 0, "it wrote beside its output");
}

static inline const double *bed_out(struct bed *bed) {
    return bed_place(bed, &bed->step.out, SHOWN);
}

static inline void bed_expect(struct bed *bed, const double *expected, double tolerance) {
    const double *out = bed_out(bed);
    for (size_t i = 0; i < plan_view_size(&bed->step.out); i++)
        if (!(fabs(out[i] - expected[i]) <= tolerance))
            ck_abort_msg("element %zu is %.17g, not %.17g", i, out[i], expected[i]);
}

static inline float *random_floats(uint64_t seed, const char *name, size_t count) {
    float *values = calloc(count + 1, sizeof *values);
    ck_assert_ptr_nonnull(values);
    random_fill(seed, name, 0, count, -1, 1, values);
    return values;
}

static inline double *random_doubles(uint64_t seed, const char *name, size_t count) {
    float *floats = random_floats(seed, name, count);
    double *values = calloc(count + 1, sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < count; i++)
        values[i] = (double)floats[i];
    free(floats);
    return values;
}

static inline int32_t random_between(uint64_t seed, const char *name, int32_t low, int32_t high) {
    float value;
    random_fill(seed, name, 0, 1, 0, 1, &value);
    return low + (int32_t)((double)value * (high - low + 1) * 0.9999999);
}

#endif
