/* Each channel with filters of its own. */
#include "../gemm/kernel_depthwise.h"
#include "share.h"

/* But for what differs from channel to channel. */
static struct depthwise_plane plane_of(const struct step *step) {
    const struct step_depthwise *d = &step->as.depthwise;
    const struct plan_epilogue *e = &step->epilogue;
    return (struct depthwise_plane){
        .out_size = {step->out.height, step->out.width},
        .in_size = {step->in[0].height, step->in[0].width},
        .kernel = {d->kernel[0], d->kernel[1]},
        .stride = {d->stride[0], d->stride[1]},
        .dilation = {d->dilation[0], d->dilation[1]},
        .pad = {d->pad[0], d->pad[1]},
        .activation = (enum activation)e->activation,
        .a = e->a,
        .b = e->b,
    };
}

static void run_task(void *context, size_t i, int worker) {
    (void)worker;
    const struct share *share = context;
    const struct step_job *job = share->job;
    const struct step *step = job->step;
    const struct plan_epilogue *e = &step->epilogue;
    const float *weights = job->plan->weights;
    struct share_task task = share_task(share, i);
    struct depthwise_plane plane = plane_of(step);
    int64_t taps = plane.kernel[0] * plane.kernel[1];
    for (int64_t c = task.first; c < task.end; c++) {
        int64_t at = c * share_plane(&step->out);
        plane.in = step_image(job, &step->in[0], task.image) +
                   c / step->as.depthwise.multiplier * share_plane(&step->in[0]);
        plane.weights = weights + step->weights[0].first + c * taps;
        plane.out = step_image(job, &step->out, task.image) + at;
        if (e->bias_kind == BIAS_KIND_CHANNEL)
            plane.bias = weights[e->bias.first + (uint64_t)c];
        else if (e->bias_kind == BIAS_KIND_POSITION)
            plane.biases = weights + e->bias.first + at;
        if (e->slope.count)
            plane.slope = weights[e->slope.first + (uint64_t)c];
        if (e->residual.buffer != PLAN_NONE)
            plane.residual = step_image(job, &e->residual, task.image) + at;
        ISA_BEST(depthwise_kernels)->plane(&plane);
    }
}

static void run(const struct step_job *job) {
    const struct step_depthwise *d = &job->step->as.depthwise;
    int64_t taps = (int64_t)d->kernel[0] * d->kernel[1];
    struct share share = share_channels(job, share_plane(&job->step->out) * (1 + taps / 4));
    workers_run(job->workers, share_tasks(&share), run_task, &share);
}

enum { MOST_WINDOW = 1 << 16, MOST_PAD = 1 << 25, MOST_CHANNELS = 1 << 24 };

#define FIELD(member, low, high) PLAN_FIELD(struct step_depthwise, member, SIGNED, low, high)
#define PAIR(member, low, high) PLAN_PAIR(struct step_depthwise, member, SIGNED, low, high)
static const struct plan_field fields[] = {
    PAIR(kernel, 1, MOST_WINDOW),        PAIR(stride, 1, MOST_WINDOW),
    PAIR(dilation, 1, MOST_WINDOW),      PAIR(pad, -MOST_PAD, MOST_PAD),
    FIELD(multiplier, 1, MOST_CHANNELS), FIELD(reserved, 0, 0),
};
static const struct plan_fields parameters = PLAN_FIELDS(struct step_depthwise, fields);

static const char *fault(const struct plan *plan, const struct step *step) {
    (void)plan;
    const struct step_depthwise *d = &step->as.depthwise;
    if ((int64_t)step->in[0].channels * d->multiplier != step->out.channels)
        return "its multiplier does not give its channels";
    uint64_t taps = (uint64_t)d->kernel[0] * (uint64_t)d->kernel[1];
    if (step->weights[0].count != taps * (uint64_t)step->out.channels)
        return "it has not the weights of its kernels";
    return NULL;
}

const struct step_kind step_depthwise = {
    .name = "depthwise", .run = run, .parameters = &parameters, .fault = fault, .epilogues = true};
