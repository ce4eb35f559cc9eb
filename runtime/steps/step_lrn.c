/* Local response normalisation (Krizhevsky et al. 2012, section 3.3; within a channel as in Caffe).
 */
#include <string.h>

#include "../base/integer.h"
#include "share.h"
#include "window.h"

enum { LRN_PIXELS = 1024 /* of a task across channels */ };

/* ---- across channels: at some neighbouring pixels ---- */

static void across_task(void *context, size_t i, int worker) {
    const struct step_job *job = context;
    const struct step_lrn *lrn = &job->step->as.lrn;
    const struct plan_view *in = &job->step->in[0];
    const struct rows_kernels *kernels = ISA_BEST(rows_kernels);
    int64_t plane = share_plane(in), parts = (plane + LRN_PIXELS - 1) / LRN_PIXELS;
    int64_t first = (int64_t)i % parts * LRN_PIXELS, before = (lrn->size - 1) / 2;
    size_t image = i / (size_t)parts, count = (size_t)least(LRN_PIXELS, plane - first);
    const float *from = step_image(job, in, image) + first;
    float *to = step_image(job, &job->step->out, image) + first;
    float *sum = share_workspace(job, worker);
    for (int64_t c = 0; c < in->channels; c++) {
        int64_t end = least(in->channels, c - before + lrn->size);
        memset(sum, 0, count * sizeof *sum);
        for (int64_t other = most(0, c - before); other < end; other++)
            kernels->gather(sum, from + other * plane, count, POOL_KIND_L2);
        kernels->normalise(to + c * plane, from + c * plane, sum, count, lrn->k,
                           lrn->alpha / (float)lrn->size, lrn->beta);
    }
}

static void run_across(const struct step_job *job) {
    int64_t plane = share_plane(&job->step->in[0]);
    size_t parts = (size_t)((plane + LRN_PIXELS - 1) / LRN_PIXELS);
    workers_run(job->workers, parts * job->images, across_task, (void *)(uintptr_t)job);
}

/* ---- within a channel: the window's sum of squares as an L2 pool has it ---- */

static struct step_pool window_of(const struct step *step) {
    int32_t size = step->as.lrn.size, before = (size - 1) / 2, after = size - 1 - before;
    return (struct step_pool){.kernel = {size, size},
                              .stride = {1, 1},
                              .pad = {before, after, before, after},
                              .kind = POOL_KIND_L2};
}

/* Of a worker's workspace, in floats: taps, a row of sums, then window.c's scratch. */
static size_t sums_at(const struct step *step) { return 2 * (size_t)step->as.lrn.size; }
static size_t scratch_at(const struct step *step) {
    return sums_at(step) + (size_t)step->in[0].width;
}

static void within_task(void *context, size_t i, int worker) {
    const struct share *share = context;
    const struct step_job *job = share->job;
    const struct step *step = job->step;
    const struct step_lrn *lrn = &step->as.lrn;
    const struct plan_view *in = &step->in[0];
    struct share_task task = share_task(share, i);
    struct step_pool window = window_of(step);
    float *workspace = share_workspace(job, worker), *sums = workspace + sums_at(step);
    struct window_map map = {
        .rows = ISA_BEST(rows_kernels),
        .copies = ISA_BEST(gemm_kernels),
        .pool = &window,
        .height = in->height,
        .width = in->width,
        .out_width = in->width,
        .scratch = workspace + scratch_at(step),
        .taps = (int64_t *)(void *)workspace,
    };
    window_begin(&map);
    float scale = lrn->alpha / ((float)lrn->size * (float)lrn->size);
    for (int64_t c = task.first; c < task.end; c++) {
        float *out = step_image(job, &step->out, task.image) + c * share_plane(in);
        map.in = step_image(job, in, task.image) + c * share_plane(in);
        for (int64_t y = 0; y < in->height; y++) {
            window_row(&map, y, sums);
            map.rows->normalise(out + y * in->width, map.in + y * in->width, sums,
                                (size_t)in->width, lrn->k, scale, lrn->beta);
        }
    }
}

static void run(const struct step_job *job) {
    if (!job->step->as.lrn.within) {
        run_across(job);
        return;
    }
    struct share share = share_channels(job, share_plane(&job->step->in[0]));
    workers_run(job->workers, share_tasks(&share), within_task, &share);
}

static size_t workspace(const struct step *step, size_t images) {
    (void)images;
    if (!step->as.lrn.within)
        return LRN_PIXELS * sizeof(float);
    struct step_pool window = window_of(step);
    size_t scratch = window_scratch(&window, step->in[0].width, step->in[0].width);
    return scratch > SIZE_MAX / 64 ? SIZE_MAX : (scratch_at(step) + scratch) * sizeof(float);
}

enum { MOST_SIZE = 1 << 24 };

#define FIELD(member, kind, low, high) PLAN_FIELD(struct step_lrn, member, kind, low, high)
static const struct plan_field fields[] = {
    FIELD(size, SIGNED, 1, MOST_SIZE),
    FIELD(within, SIGNED, 0, 1),
    FIELD(alpha, ANY, 0, 0),
    FIELD(beta, ANY, 0, 0),
    FIELD(k, ANY, 0, 0),
    FIELD(reserved, SIGNED, 0, 0),
};
static const struct plan_fields parameters = PLAN_FIELDS(struct step_lrn, fields);

static const char *fault(const struct plan *plan, const struct step *step) {
    (void)plan;
    const struct plan_view *in = &step->in[0], *out = &step->out;
    if (in->channels != out->channels || in->height != out->height || in->width != out->width)
        return "its input and output differ in shape";
    return NULL;
}

const struct step_kind step_lrn = {
    .name = "lrn", .run = run, .workspace = workspace, .parameters = &parameters, .fault = fault};
