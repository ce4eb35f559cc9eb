#include "filters.h"

#include <stdlib.h>
#include <string.h>

#include "../../runtime/gemm/pack.h"

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

/* ---- transposed convolutions ---- */

/* Tap a of the filter adds to output s*i + a*d - p, of input i. A step has the outputs
 * out_start + s*y and takes input y + t*dilation - pad into each for its tap t, so that
 * a*d - p = out_start + s*(pad - t*dilation). */
static int64_t reach(const struct filters *f, int axis, int64_t tap) {
    return f->out_start[axis] +
           f->out_step[axis] * (f->pad[axis] - tap * (int64_t)f->dilation[axis]);
}

/* What the taps of all steps reach, from the least; the d that is between two. */
struct taps {
    int64_t least, each, count;
};

static int64_t common_divisor(int64_t a, int64_t b) {
    return b == 0 ? a : common_divisor(b, a % b);
}

static struct taps find_taps(const struct plan *plan, const char *layer, int axis) {
    struct taps taps = {.least = INT64_MAX};
    int64_t most = INT64_MIN, first = 0;
    const struct step *step;
    for (size_t n = 0; (step = filters_step(plan, layer, n)); n++) {
        struct filters f;
        filters_shape(step, &f);
        int64_t count = (int64_t)(axis == 0 ? f.height : f.width);
        for (int64_t t = 0; t < count; t++) {
            int64_t at = reach(&f, axis, t);
            first = most < taps.least ? at : first;
            taps.least = at < taps.least ? at : taps.least;
            most = at > most ? at : most;
            taps.each = common_divisor(taps.each, at < first ? first - at : at - first);
        }
    }
    if (taps.each == 0) /* one, or none */
        taps.each = 1;
    taps.count = most < taps.least ? 0 : (most - taps.least) / taps.each + 1;
    return taps;
}

void filters_transposed_shape(const struct plan *plan, const char *layer, struct filters *filters) {
    const struct step *step = filters_step(plan, layer, 0);
    filters_shape(step, filters);
    filters->channels = filters->count / filters->groups;
    filters->count = (size_t)step->in[0].channels;
    filters->height = (size_t)find_taps(plan, layer, 0).count;
    filters->width = (size_t)find_taps(plan, layer, 1).count;
}

/* A step's taps, [output channel][input channel of the group][tap], to their places in whole. */
static void spread(const struct filters *part, const struct taps down, const struct taps across,
                   struct filters *whole) {
    size_t plane = part->height * part->width;
    size_t cells = part->count * part->channels * plane;
    for (size_t i = 0; i < cells; i++) {
        size_t out = i / plane / part->channels, tap = i % plane;
        size_t group = out / whole->channels;
        size_t in = group * part->channels + i / plane % part->channels;
        int64_t row = reach(part, 0, (int64_t)(tap / part->width)) - down.least;
        int64_t column = reach(part, 1, (int64_t)(tap % part->width)) - across.least;
        size_t filter = in * whole->channels + out % whole->channels;
        whole->values[(filter * whole->height + (size_t)(row / down.each)) * whole->width +
                      (size_t)(column / across.each)] = part->values[i];
    }
}

/* Steps of one layer have the same channels; those of a plan that was made to harm need not. */
static enum status open_whole(const struct plan *plan, const char *layer, struct filters *whole) {
    const struct step *step = filters_step(plan, layer, 0);
    struct filters first, part;
    size_t floats;
    filters_shape(step, &first);
    filters_transposed_shape(plan, layer, whole);
    for (size_t n = 1; (step = filters_step(plan, layer, n)); n++) {
        filters_shape(step, &part);
        if (part.count != first.count || part.groups != first.groups ||
            part.channels != first.channels)
            return STATUS_INPUT;
    }
    if (!size_mul(whole->count, whole->channels, &floats) ||
        !size_mul(floats, whole->height, &floats) || !size_mul(floats, whole->width, &floats))
        return STATUS_MEMORY;
    whole->values = calloc(floats > 0 ? floats : 1, sizeof *whole->values);
    return whole->values ? STATUS_OK : STATUS_MEMORY;
}

enum status filters_transposed(const struct plan *plan, const char *layer,
                               struct filters *filters) {
    struct taps down = find_taps(plan, layer, 0), across = find_taps(plan, layer, 1);
    const struct step *step;
    enum status status = open_whole(plan, layer, filters);
    if (status != STATUS_OK)
        return status;
    for (size_t n = 0; status == STATUS_OK && (step = filters_step(plan, layer, n)); n++) {
        struct filters part;
        status = filters_of(plan, step, &part);
        if (status == STATUS_OK)
            spread(&part, down, across, filters);
        filters_free(&part);
    }
    if (status != STATUS_OK)
        filters_free(filters);
    return status;
}

void filters_free(struct filters *filters) {
    free(filters->values);
    *filters = (struct filters){0};
}
