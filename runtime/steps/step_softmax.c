/* exp(x - max) / sum of the same, over the channels at each position, channels ascending: so that a
 * vector and a position of a map get the same bits. */
#include <string.h>

#include "../gemm/kernel_rows.h"
#include "share.h"

enum { SOFTMAX_PIXELS = 1024 /* of a task */ };

/* Some positions of a map: the channels of each are `plane` apart. */
static void softmax(const struct rows_kernels *kernels, const float *in, float *out,
                    int64_t channels, int64_t plane, size_t pixels, float *max, float *sum) {
    memcpy(max, in, pixels * sizeof *max);
    for (int64_t c = 1; c < channels; c++)
        kernels->gather(max, in + c * plane, pixels, POOL_KIND_MAX);
    memset(sum, 0, pixels * sizeof *sum);
    for (int64_t c = 0; c < channels; c++)
        kernels->exponents(out + c * plane, in + c * plane, max, sum, pixels);
    for (int64_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++)
            out[c * plane + (int64_t)i] /= sum[i];
}

static void run_task(void *context, size_t i, int worker) {
    const struct step_job *job = context;
    const struct plan_view *in = &job->step->in[0], *out = &job->step->out;
    int64_t plane = share_plane(in), parts = (plane + SOFTMAX_PIXELS - 1) / SOFTMAX_PIXELS;
    int64_t first = (int64_t)i % parts * SOFTMAX_PIXELS, rest = plane - first;
    size_t image = i / (size_t)parts;
    float *max = share_workspace(job, worker), *sum = max + SOFTMAX_PIXELS;
    softmax(ISA_BEST(rows_kernels), step_image(job, in, image) + first,
            step_image(job, out, image) + first, in->channels, plane,
            (size_t)(rest < SOFTMAX_PIXELS ? rest : SOFTMAX_PIXELS), max, sum);
}

static void run(const struct step_job *job) {
    size_t plane = (size_t)share_plane(&job->step->in[0]);
    size_t parts = (plane + SOFTMAX_PIXELS - 1) / SOFTMAX_PIXELS;
    workers_run(job->workers, parts * job->images, run_task, (void *)(uintptr_t)job);
}

static size_t workspace(const struct step *step, size_t images) {
    (void)step;
    (void)images;
    return 2 * SOFTMAX_PIXELS * sizeof(float);
}

static const char *fault(const struct plan *plan, const struct step *step) {
    (void)plan;
    const struct plan_view *in = &step->in[0], *out = &step->out;
    if (in->channels != out->channels || in->height != out->height || in->width != out->width)
        return "its input and output differ in shape";
    return NULL;
}

const struct step_kind step_softmax = {
    .name = "softmax", .run = run, .workspace = workspace, .fault = fault, .in_place = true};
