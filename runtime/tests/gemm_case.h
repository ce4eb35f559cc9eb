/* A gemm step on its own: a plan of one step, every part of its memory flush against a page that
 * must not be touched. For tests and benchmarks. */
#ifndef CNNC_GEMM_CASE_H
#define CNNC_GEMM_CASE_H

#include "../gemm/microkernel.h"
#include "../gemm/pack.h"
#include "../steps/step.h"
#include "guarded.h"

#include <string.h>

enum residual { RESIDUAL_NONE, RESIDUAL_APART, RESIDUAL_OUT };

/* What is to be convolved; step_gemm's fields have its meaning. */
struct gemm_case {
    struct step_gemm gemm;
    int32_t channels, size[2], filters, out_size[2];
    size_t images, capacity;
    uint32_t bias_kind, activation;
    enum residual residual;
    float a, b;
    unsigned arrangement; /* order of the buffers; bit 3: views end where their buffers do */
};

/* A case in memory. in, residual: [image][channel][y][x]; weights [filter][k], as they are given.
 */
struct gemm_bed {
    struct gemm_case shape;
    struct plan plan;
    struct plan_buffer buffers[3];
    struct step step;
    struct guarded arena, weights, workspace;
    size_t arena_floats, workspace_size;
};

static inline size_t bed_round(size_t floats) {
    return (floats + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
}

static inline size_t bed_in(const struct gemm_case *c) {
    return (size_t)c->channels * (size_t)c->size[0] * (size_t)c->size[1];
}
static inline size_t bed_plane(const struct gemm_case *c) {
    return (size_t)c->out_size[0] * (size_t)c->out_size[1];
}
static inline size_t bed_out(const struct gemm_case *c) {
    return (size_t)c->filters * bed_plane(c);
}
static inline size_t bed_bias(const struct gemm_case *c) {
    return c->bias_kind == BIAS_KIND_NONE      ? 0
           : c->bias_kind == BIAS_KIND_CHANNEL ? (size_t)c->filters
                                               : bed_out(c);
}

static inline void bed_view(struct gemm_bed *bed, uint32_t buffer, int32_t channels,
                            const int32_t size[2], struct plan_view *view) {
    *view = (struct plan_view){buffer, channels, size[0], size[1], 0};
    size_t floats = plan_view_size(view);
    bed->buffers[buffer].size = bed_round(floats);
    if (bed->shape.arrangement & 8)
        view->first = bed_round(floats) - floats;
}

static inline void bed_buffers(struct gemm_bed *bed) {
    const struct gemm_case *c = &bed->shape;
    struct plan_view *residual = &bed->step.epilogue.residual;
    bed_view(bed, 0, c->channels, c->size, &bed->step.in[0]);
    bed_view(bed, 1, c->filters, c->out_size, &bed->step.out);
    if (c->residual == RESIDUAL_APART)
        bed_view(bed, 2, c->filters, c->out_size, residual);
    else if (c->residual == RESIDUAL_OUT)
        *residual = bed->step.out;
    else
        residual->buffer = PLAN_NONE;
    uint64_t offset = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct plan_buffer *buffer = &bed->buffers[(i + c->arrangement % 8) % 3];
        buffer->offset = offset;
        offset += buffer->size;
    }
    bed->plan.head.arena = offset;
    bed->arena_floats = offset * c->capacity;
}

/* Packs for that tile. weights [filters][depth], bias, slope [filters]; threads: of the workspace
 * that is made room for. */
static inline void bed_make(struct gemm_bed *bed, const struct gemm_case *shape,
                            const struct tile *tile, const float *weights, const float *bias,
                            const float *slope, int threads) {
    *bed = (struct gemm_bed){.shape = *shape};
    struct step *step = &bed->step;
    step->kind = STEP_gemm;
    step->input_count = 1;
    step->as.gemm = shape->gemm;
    bed_buffers(bed);
    bed->plan.head.tile = *tile;
    bed->plan.buffers = bed->buffers;
    bed->plan.steps = step;
    bed->plan.buffer_count = 3;
    bed->plan.step_count = 1;
    struct plan_epilogue *epilogue = &step->epilogue;
    epilogue->bias_kind = shape->bias_kind;
    epilogue->activation = shape->activation;
    epilogue->a = shape->a;
    epilogue->b = shape->b;
    struct pack_shape pack = pack_shape_of(step, tile);
    if (!pack_size(&pack, &step->weights[0].count))
        abort();
    uint64_t end = step->weights[0].count;
    epilogue->bias = (struct plan_range){end, bed_bias(shape)};
    end += bed_round(epilogue->bias.count);
    epilogue->slope = (struct plan_range){end, slope ? (uint64_t)shape->filters : 0};
    end += bed_round(epilogue->slope.count);
    bed->plan.head.weights = end;
    bed->weights = guarded_new((end + PLAN_SLACK) * sizeof(float));
    float *packed = (float *)(void *)bed->weights.bytes;
    pack_filters(&pack, weights, packed);
    if (bias)
        memcpy(packed + epilogue->bias.first, bias, epilogue->bias.count * sizeof *bias);
    if (slope)
        memcpy(packed + epilogue->slope.first, slope, epilogue->slope.count * sizeof *slope);
    bed->plan.weights = packed;
    bed->arena = guarded_new(bed->arena_floats * sizeof(float));
    bed->workspace_size = (step_gemm.workspace(step, shape->capacity) + 63) / 64 * 64;
    bed->workspace = guarded_new((size_t)threads * bed->workspace_size);
}

static inline void bed_free(struct gemm_bed *bed) {
    guarded_free(&bed->arena);
    guarded_free(&bed->weights);
    guarded_free(&bed->workspace);
}

static inline float *bed_image(const struct gemm_bed *bed, const struct plan_view *view, size_t n) {
    const struct plan_buffer *buffer = &bed->buffers[view->buffer];
    return (float *)(void *)bed->arena.bytes + buffer->offset * bed->shape.capacity +
           buffer->size * n + view->first;
}

static inline void bed_run(const struct gemm_bed *bed, struct workers *workers) {
    struct step_job job = {
        .plan = &bed->plan,
        .step = &bed->step,
        .arena = (float *)(void *)bed->arena.bytes,
        .images = bed->shape.images,
        .capacity = bed->shape.capacity,
        .workers = workers,
        .workspace = bed->workspace.bytes,
        .workspace_size = bed->workspace_size,
    };
    step_gemm.run(&job);
}

#endif
