/* What every kind of step is: how it runs, what room it needs, what would be wrong with it. */
#ifndef CNNC_STEP_H
#define CNNC_STEP_H

#include "../base/workers.h"
#include "../plan/plan_fields.h"

/* One step on `images` images in an arena laid out for `capacity` of them. */
struct step_job {
    const struct plan *plan;
    const struct step *step;
    float *arena;
    size_t images, capacity;
    struct workers *workers;
    unsigned char *workspace; /* worker w's begins at w*workspace_size, 64-byte aligned */
    size_t workspace_size;    /* bytes of each worker */
};

struct step_kind {
    const char *name;
    void (*run)(const struct step_job *job);
    /* Bytes of workspace each worker needs, for up to `images` images; NULL: none. Saturates at
     * SIZE_MAX. */
    size_t (*workspace)(const struct step *step, size_t images);
    /* The kind's own struct in `as`; NULL: it has none. */
    const struct plan_fields *parameters;
    /* What plan_verify asks beyond views, weights and parameters in range: NULL when they agree, so
     * that the step can run; else what is wrong ("its map is not within its output"). NULL: nothing
     * more is asked. */
    const char *(*fault)(const struct plan *plan, const struct step *step);
    bool in_place;  /* out may be the very view of in[0] */
    bool epilogues; /* may have an epilogue that is not empty */
};

#define STEP(name, file) extern const struct step_kind step_##name;
#include "../plan/steps.def"
#undef STEP
extern const struct step_kind *const step_kinds[STEP_COUNT];

/* What is wrong with the parameters, alone or together, of a step that lies in range; or NULL. */
const char *step_fault(const struct plan *plan, const struct step *step);

/* The view's first float in image n. */
static inline float *step_image(const struct step_job *job, const struct plan_view *view,
                                size_t n) {
    const struct plan_buffer *buffer = &job->plan->buffers[view->buffer];
    return job->arena + buffer->offset * job->capacity + buffer->size * n + view->first;
}

#endif
