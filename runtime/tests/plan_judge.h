/* Runs a plan that was accepted, and says whether it kept to its memory: arena, weights and
 * workspaces end, or begin, at pages that must not be touched; a step may change its output alone;
 * and what it writes may not depend on what nobody wrote. */
#ifndef CNNC_PLAN_JUDGE_H
#define CNNC_PLAN_JUDGE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/random.h"
#include "../steps/step.h"

enum {
    JUDGE_CAPACITY = 3,
    JUDGE_IMAGES = 2,
    JUDGE_FLOATS = 1 << 16, /* of an arena of one image */
    JUDGE_STEPS = 64,
    JUDGE_BYTES = 1 << 26, /* of a workspace, of the weights */
    JUDGE_WORK = 1 << 24,
};

/* Every tap of every output, whatever the step's kind: hostile windows are large. Saturates. */
static inline uint64_t judge_work(const struct plan *plan) {
    uint64_t work = 0;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        uint64_t window = 1, size = plan_view_size(&step->out);
        if (step->kind == STEP_pool)
            window = (uint64_t)step->as.pool.kernel[0] + (uint64_t)step->as.pool.kernel[1] +
                     (uint64_t)step->out.width * (uint64_t)step->as.pool.stride[1];
        else if (step->kind == STEP_lrn)
            window = (uint64_t)step->as.lrn.size * 2;
        else if (step->kind == STEP_gemm)
            window = (uint64_t)gemm_depth(step);
        else if (step->kind == STEP_depthwise)
            window =
                (uint64_t)step->as.depthwise.kernel[0] * (uint64_t)step->as.depthwise.kernel[1];
        else if (step->kind == STEP_softmax)
            window = 1024 / 16;
        if (__builtin_mul_overflow(window, size, &size) ||
            __builtin_add_overflow(work, size, &work))
            return UINT64_MAX;
    }
    return work;
}

static inline bool judge_small(const struct plan *plan, uint64_t work) {
    if (plan->head.arena > JUDGE_FLOATS || plan->step_count > JUDGE_STEPS ||
        plan_weight_bytes(plan) > JUDGE_BYTES || judge_work(plan) > work)
        return false;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step_kind *kind = step_kinds[plan->steps[i].kind];
        if (kind->workspace && kind->workspace(&plan->steps[i], JUDGE_IMAGES) > JUDGE_BYTES)
            return false;
    }
    return true;
}

/* Pages between two that must not be touched; mapped once, touched as far as they are used. */
struct zone {
    unsigned char *begin;
    size_t length;
};
static inline unsigned char *zone_place(struct zone *zone, size_t bytes, bool at_end) {
    enum { PAGE = 4096, LENGTH = 2 * JUDGE_BYTES };
    if (!zone->begin) {
        unsigned char *pages = mmap(NULL, LENGTH + 2 * PAGE, PROT_NONE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (pages == MAP_FAILED || mprotect(pages + PAGE, LENGTH, PROT_READ | PROT_WRITE))
            abort();
        zone->begin = pages + PAGE;
        zone->length = LENGTH;
    }
    return at_end ? zone->begin + zone->length - (bytes + 63) / 64 * 64 : zone->begin;
}

struct judge {
    struct plan plan; /* with weights of its own */
    float *arena, *before;
    size_t floats;
    float poison;
    bool at_end;
    uint64_t seen; /* of all numbers that were written */
};

static inline float *judge_image(float *arena, const struct plan *plan,
                                 const struct plan_view *view, size_t n) {
    const struct plan_buffer *buffer = &plan->buffers[view->buffer];
    return arena + buffer->offset * JUDGE_CAPACITY + buffer->size * n + view->first;
}

static inline void judge_fill(float *floats, size_t count, float value) {
    for (size_t i = 0; i < count; i++)
        floats[i] = value;
}

/* What stands between the ranges is not to be seen either. */
static inline void judge_weights(struct judge *j, const struct plan *plan) {
    static struct zone zone;
    size_t bytes = plan_weight_bytes(plan);
    float *weights = (float *)(void *)zone_place(&zone, bytes, j->at_end);
    judge_fill(weights, bytes / sizeof *weights, j->poison);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        const struct plan_range ranges[] = {step->weights[0], step->weights[1], step->epilogue.bias,
                                            step->epilogue.slope};
        for (size_t k = 0; k < 4; k++)
            if (ranges[k].count)
                memcpy(weights + ranges[k].first, plan->weights + ranges[k].first,
                       ranges[k].count * sizeof *weights);
    }
    j->plan.weights = weights;
}

static inline void judge_see(struct judge *j, const struct plan_view *view) {
    for (size_t n = 0; n < JUDGE_IMAGES; n++) {
        const float *from = judge_image(j->arena, &j->plan, view, n);
        for (size_t i = 0; i < plan_view_size(view); i++) {
            uint32_t bits = 0x7FC00000; /* any NaN is one */
            if (!isnan(from[i]))
                memcpy(&bits, &from[i], sizeof bits);
            j->seen = (j->seen ^ bits) * 0x100000001B3u;
        }
    }
}

/* NULL: it changed its output alone. */
static inline const char *judge_step(struct judge *j, const struct step *step,
                                     struct workers *workers) {
    static struct zone zone;
    const struct step_kind *kind = step_kinds[step->kind];
    size_t bytes = kind->workspace ? kind->workspace(step, JUDGE_CAPACITY) : 0;
    bytes = (bytes + 63) / 64 * 64;
    unsigned char *workspace = zone_place(&zone, bytes, j->at_end);
    for (size_t n = 0; step->kind == STEP_gemm && n < JUDGE_IMAGES; n++) /* may write a part */
        judge_fill(judge_image(j->arena, &j->plan, &step->out, n), plan_view_size(&step->out), 0);
    memcpy(j->before, j->arena, j->floats * sizeof *j->arena);
    struct step_job job = {
        .plan = &j->plan,
        .step = step,
        .arena = j->arena,
        .images = JUDGE_IMAGES,
        .capacity = JUDGE_CAPACITY,
        .workers = workers,
        .workspace = workspace,
        .workspace_size = bytes,
    };
    kind->run(&job);
    for (size_t n = 0; n < JUDGE_IMAGES; n++)
        memcpy(judge_image(j->before, &j->plan, &step->out, n),
               judge_image(j->arena, &j->plan, &step->out, n),
               plan_view_size(&step->out) * sizeof(float));
    if (memcmp(j->before, j->arena, j->floats * sizeof *j->arena) != 0)
        return "a step writes beside its output";
    judge_see(j, &step->out);
    return NULL;
}

static inline void judge_layers(struct judge *j, uint32_t step) {
    for (uint32_t i = 0; i < j->plan.layer_count; i++)
        if (j->plan.layers[i].kept && j->plan.layers[i].step == step)
            judge_see(j, &j->plan.layers[i].view);
}

static inline const char *judge_once(struct judge *j, const struct plan *plan,
                                     struct workers *workers) {
    static struct zone zone;
    static float before[JUDGE_FLOATS * JUDGE_CAPACITY + PLAN_SLACK];
    j->plan = *plan;
    j->before = before;
    j->floats = plan->head.arena * JUDGE_CAPACITY + PLAN_SLACK;
    j->arena = (float *)(void *)zone_place(&zone, j->floats * sizeof(float), j->at_end);
    judge_fill(j->arena, j->floats, j->poison);
    judge_weights(j, plan);
    for (size_t n = 0; n < JUDGE_IMAGES; n++)
        random_fill(n, "input", 0, plan_view_size(&plan->head.input), -1, 1,
                    judge_image(j->arena, plan, &plan->head.input, n));
    judge_layers(j, PLAN_NONE);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const char *fault = judge_step(j, &plan->steps[i], workers);
        if (fault)
            return fault;
        judge_layers(j, i);
    }
    for (uint32_t i = 0; i < plan->output_count; i++)
        judge_see(j, &plan->outputs[i].view);
    return NULL;
}

/* NULL: it ran as it should, or is too large to be tried; else what it did. The plan has weights
 * for this machine's tile. */
static inline const char *judge_plan(const struct plan *plan, uint64_t work) {
    static struct workers *workers;
    if (!judge_small(plan, work))
        return NULL;
    if (!workers)
        workers = workers_new(1);
    struct judge first = {.poison = 3e30F, .at_end = true}, second = {.poison = -7.25F};
    const char *fault = judge_once(&first, plan, workers);
    if (!fault)
        fault = judge_once(&second, plan, workers);
    if (!fault && first.seen != second.seen)
        fault = "a step reads what nobody wrote";
    return fault;
}

#endif
