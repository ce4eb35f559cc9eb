#include "exec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __x86_64__
#include <xmmintrin.h>
#endif

#include "../steps/ref.h"
#include "../steps/step.h"

enum { NO_LAYER = -1, WORKSPACE_ALIGN = 64 };

struct run {
    const struct plan *plan;
    size_t capacity;
    struct workers *workers;
    float *arena;
    unsigned char *workspace;
    size_t workspace_size; /* of each worker */
    size_t workspaces;     /* how many there is room for */
    double *reference;     /* the arena of run_reference, or NULL */
    int64_t watched;       /* index of the layer, or NO_LAYER */
    float *layer;          /* its values, image by image */
    double *times;
    bool timing;
};

/* ---- memory ---- */

static bool arena_bytes(const struct plan *plan, size_t images, size_t size, size_t *bytes) {
    return size_mul(plan->head.arena, images, bytes) && size_add(*bytes, PLAN_SLACK, bytes) &&
           size_mul(*bytes, size, bytes);
}

/* Of each worker; SIZE_MAX when beyond it. */
static size_t workspace_of(const struct plan *plan, size_t images) {
    size_t most = 0;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        const struct step_kind *kind = step_kinds[step->kind];
        size_t bytes = kind->workspace ? kind->workspace(step, images) : 0;
        most = bytes > most ? bytes : most;
    }
    size_t aligned = most / WORKSPACE_ALIGN * WORKSPACE_ALIGN;
    return aligned == most || size_add(aligned, WORKSPACE_ALIGN, &aligned) ? aligned : SIZE_MAX;
}

size_t run_bytes(const struct plan *plan, const struct run_options *options) {
    size_t arena, workspaces, all;
    if (!arena_bytes(plan, options->batch, sizeof(float), &arena))
        return SIZE_MAX;
    workspaces = workspace_of(plan, options->batch);
    if (workspaces == SIZE_MAX || !size_mul(workspaces, (size_t)options->threads, &workspaces) ||
        !size_add(arena, workspaces, &all))
        return SIZE_MAX;
    return all;
}

/* Fresh pages: zero, aligned, paid for when touched. */
static void *map_memory(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void unmap_memory(void *memory, size_t bytes) {
    if (memory)
        munmap(memory, bytes);
}

static bool allocate(struct run *run, int threads) {
    size_t arena, workspaces;
    run->workers = workers_new(threads);
    run->times = calloc(run->plan->step_count + 1, sizeof *run->times);
    if (!run->workers || !run->times ||
        !arena_bytes(run->plan, run->capacity, sizeof(float), &arena))
        return false;
    run->arena = map_memory(arena);
    run->workspace_size = workspace_of(run->plan, run->capacity);
    run->workspaces = (size_t)workers_count(run->workers);
    if (!size_mul(run->workspace_size, run->workspaces, &workspaces))
        return false;
    run->workspace = workspaces > 0 ? map_memory(workspaces) : NULL;
    return run->arena && (run->workspace || workspaces == 0);
}

enum status run_new(const struct plan *plan, const struct run_options *options, struct run **out) {
    *out = NULL;
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return STATUS_MEMORY;
    run->plan = plan;
    run->capacity = options->batch;
    run->watched = NO_LAYER;
    if (!allocate(run, options->threads)) {
        run_free(run);
        return STATUS_MEMORY;
    }
    *out = run;
    return STATUS_OK;
}

void run_free(struct run *run) {
    size_t bytes;
    if (!run)
        return;
    workers_free(run->workers);
    if (arena_bytes(run->plan, run->capacity, sizeof(float), &bytes))
        unmap_memory(run->arena, bytes);
    if (arena_bytes(run->plan, run->capacity, sizeof(double), &bytes))
        unmap_memory(run->reference, bytes);
    unmap_memory(run->workspace, run->workspace_size * run->workspaces);
    free(run->layer);
    free(run->times);
    free(run);
}

int run_threads(const struct run *run) { return workers_count(run->workers); }

/* ---- places ---- */

/* The view's first element in image n of an arena. */
static size_t element(const struct run *run, const struct plan_view *view, size_t n) {
    const struct plan_buffer *buffer = &run->plan->buffers[view->buffer];
    return buffer->offset * run->capacity + buffer->size * n + view->first;
}

float *run_input(struct run *run, size_t n) {
    return run->arena + element(run, &run->plan->head.input, n);
}

const float *run_output(const struct run *run, size_t output, size_t n) {
    return run->arena + element(run, &run->plan->outputs[output].view, n);
}

static const struct plan_view *watched_view(const struct run *run) {
    return &run->plan->layers[run->watched].view;
}

enum status run_watch(struct run *run, uint32_t layer) {
    const struct plan_layer *watched = &run->plan->layers[layer];
    size_t floats;
    assert(watched->kept);
    free(run->layer);
    run->layer = NULL;
    run->watched = NO_LAYER;
    if (!size_mul(plan_view_size(&watched->view), run->capacity, &floats))
        return STATUS_MEMORY;
    run->layer = calloc(floats, sizeof *run->layer);
    if (!run->layer)
        return STATUS_MEMORY;
    run->watched = layer;
    return STATUS_OK;
}

const float *run_layer(const struct run *run, size_t n) {
    return run->layer + n * plan_view_size(watched_view(run));
}

/* Is the watched layer whole after this step? PLAN_NONE: before the first. */
static bool watches(const struct run *run, uint32_t step) {
    return run->watched != NO_LAYER && run->plan->layers[run->watched].step == step;
}

/* ---- running ---- */

static void keep_layer(struct run *run, size_t images) {
    size_t floats = plan_view_size(watched_view(run));
    for (size_t n = 0; n < images; n++)
        memcpy(run->layer + n * floats, run->arena + element(run, watched_view(run), n),
               floats * sizeof(float));
}

static void run_steps(struct run *run, size_t images) {
    struct step_job job = {
        .plan = run->plan,
        .arena = run->arena,
        .images = images,
        .capacity = run->capacity,
        .workers = run->workers,
        .workspace = run->workspace,
        .workspace_size = run->workspace_size,
    };
    if (watches(run, PLAN_NONE))
        keep_layer(run, images);
    double before = run->timing ? clock_ms() : 0;
    for (uint32_t i = 0; i < run->plan->step_count; i++) {
        job.step = &run->plan->steps[i];
        step_kinds[job.step->kind]->run(&job);
        if (run->timing) {
            double after = clock_ms();
            run->times[i] = after - before;
            before = after;
        }
        if (watches(run, i))
            keep_layer(run, images);
    }
}

/* Whatever the program's libraries did to the rounding: results are those of the default. */
void run_forward(struct run *run, size_t images) {
#ifdef __x86_64__
    unsigned before = _mm_getcsr();
    _mm_setcsr(0x1F80);
    run_steps(run, images);
    _mm_setcsr(before);
#else
    run_steps(run, images);
#endif
}

void run_time_steps(struct run *run, bool on) { run->timing = on; }
const double *run_step_times(const struct run *run) { return run->times; }

/* ---- the reference ---- */

static void to_double(struct run *run, const struct plan_view *view, size_t images) {
    for (size_t n = 0; n < images; n++) {
        size_t at = element(run, view, n);
        for (size_t i = 0; i < plan_view_size(view); i++)
            run->reference[at + i] = (double)run->arena[at + i];
    }
}

static void to_float(struct run *run, const struct plan_view *view, size_t images, float *out,
                     size_t stride) {
    for (size_t n = 0; n < images; n++) {
        size_t at = element(run, view, n);
        float *to = out ? out + n * stride : run->arena + at;
        for (size_t i = 0; i < plan_view_size(view); i++)
            to[i] = (float)run->reference[at + i];
    }
}

static void keep_reference(struct run *run, size_t images) {
    to_float(run, watched_view(run), images, run->layer, plan_view_size(watched_view(run)));
}

enum status run_reference(struct run *run, size_t images) {
    const struct plan *plan = run->plan;
    size_t bytes;
    if (!run->reference) {
        if (!arena_bytes(plan, run->capacity, sizeof(double), &bytes))
            return STATUS_MEMORY;
        run->reference = map_memory(bytes);
        if (!run->reference)
            return STATUS_MEMORY;
    }
    to_double(run, &plan->head.input, images);
    if (watches(run, PLAN_NONE))
        keep_reference(run, images);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        if (!ref_step(plan, &plan->steps[i], run->reference, images, run->capacity))
            return STATUS_MEMORY;
        if (watches(run, i))
            keep_reference(run, images);
    }
    for (uint32_t i = 0; i < plan->output_count; i++)
        to_float(run, &plan->outputs[i].view, images, NULL, 0);
    return STATUS_OK;
}
