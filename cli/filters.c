#include "filters.h"

#include <stdlib.h>
#include <string.h>

#include "../runtime/pack.h"

static bool has_filters(const struct step *step) {
    return step->kind == STEP_gemm || step->kind == STEP_depthwise || step->kind == STEP_local;
}

const struct step *filters_step(const struct plan *plan, const char *layer, size_t n) {
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        if (has_filters(step) && strcmp(plan_string(plan, step->name), layer) == 0 && n-- == 0)
            return step;
    }
    return NULL;
}

/* ---- geometry ---- */

static void set_window(struct filters *f, const int32_t kernel[2], const int32_t stride[2],
                       const int32_t pad[2]) {
    f->height = (size_t)kernel[0];
    f->width = (size_t)kernel[1];
    memcpy(f->stride, stride, sizeof f->stride);
    memcpy(f->pad, pad, sizeof f->pad);
}

void filters_shape(const struct step *step, struct filters *f) {
    const struct plan_view *out = &step->out;
    *f = (struct filters){.step = step,
                          .count = (size_t)out->channels,
                          .groups = 1,
                          .channels = (size_t)step->in[0].channels,
                          .positions = 1,
                          .dilation = {1, 1},
                          .map = {out->height, out->width},
                          .out_step = {1, 1}};
    if (step->kind == STEP_gemm) {
        const struct step_gemm *g = &step->as.gemm;
        set_window(f, g->kernel, g->stride, g->pad);
        memcpy(f->dilation, g->dilation, sizeof f->dilation);
        memcpy(f->map, g->map, sizeof f->map);
        memcpy(f->out_start, g->out_start, sizeof f->out_start);
        memcpy(f->out_step, g->out_step, sizeof f->out_step);
        f->groups = (size_t)g->groups;
        f->channels /= f->groups;
    } else if (step->kind == STEP_depthwise) {
        const struct step_depthwise *d = &step->as.depthwise;
        set_window(f, d->kernel, d->stride, d->pad);
        memcpy(f->dilation, d->dilation, sizeof f->dilation);
        f->groups = f->channels;
        f->channels = 1;
    } else {
        const struct step_local *l = &step->as.local;
        set_window(f, l->kernel, l->stride, l->pad);
        f->positions = (size_t)f->map[0] * (size_t)f->map[1];
    }
}

/* ---- values ---- */

/* [position][taps][count, padded] to [count][position][taps]. */
static void unpack_local(const struct filters *f, const float *packed) {
    size_t lanes = (f->count + LOCAL_LANES - 1) / LOCAL_LANES * LOCAL_LANES;
    size_t cells = f->positions * filters_taps(f);
    for (size_t m = 0; m < f->count; m++)
        for (size_t i = 0; i < cells; i++)
            f->values[m * cells + i] = packed[i * lanes + m];
}

enum status filters_of(const struct plan *plan, const struct step *step, struct filters *filters) {
    filters_shape(step, filters);
    size_t floats = filters->count * filters->positions * filters_taps(filters);
    filters->values = calloc(floats + 1, sizeof *filters->values);
    if (!filters->values)
        return STATUS_MEMORY;
    const float *packed = plan->weights + step->weights[0].first;
    if (step->kind == STEP_local) {
        unpack_local(filters, packed);
    } else if (step->kind == STEP_depthwise) {
        memcpy(filters->values, packed, floats * sizeof *packed);
    } else if (floats > 0) {
        struct pack_shape shape = pack_shape_of(step, &plan->head.tile);
        unpack_filters(&shape, packed, filters->values);
    }
    return STATUS_OK;
}

void filters_free(struct filters *filters) {
    free(filters->values);
    *filters = (struct filters){0};
}
