/* A filter bank for every position: each is read once, for all images; a position's outputs are
 * neighbours in a vector, so that the sum over taps is one chain of fused multiply-adds for each.
 */
#include <string.h>

#include "../gemm/kernel_rows.h"
#include "share.h"

enum { TASK_PLACES = 16, GROUP_IMAGES = 8 };

static int64_t lanes_of(const struct step *step) {
    return ((int64_t)step->out.channels + LOCAL_LANES - 1) / LOCAL_LANES * LOCAL_LANES;
}

static int64_t taps_of(const struct step *step) {
    return (int64_t)step->in[0].channels * step->as.local.kernel[0] * step->as.local.kernel[1];
}

/* The cell that tap k of a place sees; 0 outside the input. */
static float cell(const struct step *step, const float *in, int64_t y, int64_t x, int64_t k) {
    const struct step_local *l = &step->as.local;
    const struct plan_view *view = &step->in[0];
    int64_t column = k % l->kernel[1], row = k / l->kernel[1] % l->kernel[0];
    int64_t channel = k / l->kernel[1] / l->kernel[0];
    int64_t iy = y * l->stride[0] + row - l->pad[0], ix = x * l->stride[1] + column - l->pad[1];
    if (iy < 0 || iy >= view->height || ix < 0 || ix >= view->width)
        return 0;
    return in[(channel * view->height + iy) * view->width + ix];
}

/* One number of the output, its epilogue and its place. */
static void end_place(const struct step_job *job, size_t image, int64_t place, const float *sums) {
    const struct step *step = job->step;
    const struct plan_epilogue *e = &step->epilogue;
    const float *weights = job->plan->weights;
    int64_t plane = share_plane(&step->out);
    for (int64_t c = 0; c < step->out.channels; c++) {
        int64_t at = c * plane + place;
        struct row row = {
            .out = step_image(job, &step->out, image) + at,
            .in = sums + c,
            .count = 1,
            .activation = (enum activation)e->activation,
            .a = e->a,
            .b = e->b,
        };
        if (e->bias_kind != BIAS_KIND_NONE)
            row.bias =
                weights[e->bias.first + (uint64_t)(e->bias_kind == BIAS_KIND_CHANNEL ? c : at)];
        if (e->slope.count)
            row.slope = weights[e->slope.first + (uint64_t)c];
        if (e->residual.buffer != PLAN_NONE)
            row.residual = step_image(job, &e->residual, image) + at;
        ISA_BEST(rows_kernels)->run(&row);
    }
}

/* Some images at one place: its weights stay in the cache meanwhile. */
static void run_place(const struct step_job *job, int64_t place, size_t first, size_t end,
                      float *sums) {
    const struct step *step = job->step;
    int64_t lanes = lanes_of(step), taps = taps_of(step);
    int64_t y = place / step->out.width, x = place % step->out.width;
    const float *weights =
        job->plan->weights + step->weights[0].first + (uint64_t)(place * taps * lanes);
    memset(sums, 0, (end - first) * (size_t)lanes * sizeof *sums);
    for (int64_t k = 0; k < taps; k++)
        for (size_t n = first; n < end; n++)
            ISA_BEST(rows_kernels)
                ->axpy(sums + (int64_t)(n - first) * lanes,
                       cell(step, step_image(job, &step->in[0], n), y, x, k), weights + k * lanes,
                       (size_t)lanes);
    for (size_t n = first; n < end; n++)
        end_place(job, n, place, sums + (int64_t)(n - first) * lanes);
}

static void run_task(void *context, size_t i, int worker) {
    const struct step_job *job = context;
    int64_t places = share_plane(&job->step->out), first = (int64_t)i * TASK_PLACES;
    float *sums = share_workspace(job, worker);
    for (int64_t place = first; place < places && place < first + TASK_PLACES; place++)
        for (size_t n = 0; n < job->images; n += GROUP_IMAGES) {
            size_t end = n + GROUP_IMAGES < job->images ? n + GROUP_IMAGES : job->images;
            run_place(job, place, n, end, sums);
        }
}

static void run(const struct step_job *job) {
    size_t places = (size_t)share_plane(&job->step->out);
    workers_run(job->workers, (places + TASK_PLACES - 1) / TASK_PLACES, run_task,
                (void *)(uintptr_t)job);
}

static size_t workspace(const struct step *step, size_t images) {
    size_t group = images < GROUP_IMAGES ? images : GROUP_IMAGES;
    return group * (size_t)lanes_of(step) * sizeof(float);
}

enum { MOST_WINDOW = 1 << 24, MOST_PAD = 1 << 25 };

#define PAIR(member, low, high) PLAN_PAIR(struct step_local, member, SIGNED, low, high)
static const struct plan_field fields[] = {
    PAIR(kernel, 1, MOST_WINDOW),
    PAIR(stride, 1, MOST_WINDOW),
    PAIR(pad, -MOST_PAD, MOST_PAD),
};
static const struct plan_fields parameters = PLAN_FIELDS(struct step_local, fields);

static const char *fault(const struct plan *plan, const struct step *step) {
    (void)plan;
    const struct step_local *l = &step->as.local;
    uint64_t area = (uint64_t)l->kernel[0] * (uint64_t)l->kernel[1], floats;
    if (__builtin_mul_overflow(area, (uint64_t)step->in[0].channels, &floats) ||
        __builtin_mul_overflow(floats, (uint64_t)lanes_of(step), &floats) ||
        __builtin_mul_overflow(floats, (uint64_t)share_plane(&step->out), &floats) ||
        floats != step->weights[0].count)
        return "it has not the weights of its filters";
    return NULL;
}

const struct step_kind step_local = {.name = "local",
                                     .run = run,
                                     .workspace = workspace,
                                     .parameters = &parameters,
                                     .fault = fault,
                                     .epilogues = true};
