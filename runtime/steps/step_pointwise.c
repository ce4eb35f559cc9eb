/* Steps that make each number from the ones at its place: affine, activate, add, mul. */
#include "../gemm/kernel_rows.h"
#include "share.h"

static struct row begin_row(const struct step *step) {
    static const enum row_operation operations[STEP_COUNT] = {
        [STEP_affine] = ROW_AFFINE, [STEP_add] = ROW_ADD, [STEP_mul] = ROW_MUL};
    const struct plan_epilogue *e = &step->epilogue;
    return (struct row){.operation = operations[step->kind],
                        .activation = (enum activation)e->activation,
                        .a = e->a,
                        .b = e->b};
}

static float weight_at(const struct step_job *job, const struct plan_range *range, int64_t i) {
    return job->plan->weights[range->first + (uint64_t)i];
}

/* One channel's own numbers. */
static void set_channel(const struct step_job *job, int64_t c, size_t image, struct row *row) {
    const struct step *step = job->step;
    const struct plan_epilogue *e = &step->epilogue;
    int64_t at = c * share_plane(&step->out);
    if (step->kind == STEP_affine) {
        row->scale = weight_at(job, &step->weights[0], c);
        row->shift = weight_at(job, &step->weights[1], c);
    } else if (step->input_count == 2) {
        const float *other = step_image(job, &step->in[1], image);
        bool each = step->in[1].height == step->out.height && step->in[1].width == step->out.width;
        row->other = each ? other + at : NULL;
        if (!each) { /* one factor for the channel */
            row->operation = ROW_AFFINE;
            row->scale = other[c];
            row->shift = -0.0f; /* which changes no number, not even -0 */
        }
    }
    if (e->bias_kind == BIAS_KIND_CHANNEL)
        row->bias = weight_at(job, &e->bias, c);
    else if (e->bias_kind == BIAS_KIND_POSITION)
        row->biases = job->plan->weights + e->bias.first + at;
    if (e->slope.count)
        row->slope = weight_at(job, &e->slope, c);
    if (e->residual.buffer != PLAN_NONE)
        row->residual = step_image(job, &e->residual, image) + at;
}

static void run_task(void *context, size_t i, int worker) {
    (void)worker;
    const struct share *share = context;
    const struct step_job *job = share->job;
    const struct step *step = job->step;
    struct share_task task = share_task(share, i);
    const struct rows_kernels *kernels = ISA_BEST(rows_kernels);
    int64_t plane = share_plane(&step->out);
    for (int64_t c = task.first; c < task.end; c++) {
        struct row row = begin_row(step);
        set_channel(job, c, task.image, &row);
        row.in = step_image(job, &step->in[0], task.image) + c * plane;
        row.out = step_image(job, &step->out, task.image) + c * plane;
        row.count = (size_t)plane;
        kernels->run(&row);
    }
}

static void run(const struct step_job *job) {
    struct share share = share_channels(job, share_plane(&job->step->out));
    workers_run(job->workers, share_tasks(&share), run_task, &share);
}

static bool same_shape(const struct plan_view *a, const struct plan_view *b) {
    return a->channels == b->channels && a->height == b->height && a->width == b->width;
}

static const char *fault(const struct plan *plan, const struct step *step) {
    (void)plan;
    uint64_t channels = (uint64_t)step->out.channels;
    if (!same_shape(&step->in[0], &step->out))
        return "its input and output differ in shape";
    if (step->kind == STEP_add && !same_shape(&step->in[1], &step->out))
        return "its inputs differ in shape";
    bool small = step->in[1].height == 1 && step->in[1].width == 1;
    if (step->kind == STEP_mul && !same_shape(&step->in[1], &step->out) &&
        !(small && step->in[1].channels == step->out.channels))
        return "its inputs do not go together";
    if (step->kind == STEP_affine &&
        (step->weights[0].count != channels || step->weights[1].count != channels))
        return "it has not a scale and a shift for each channel";
    return NULL;
}

#define POINTWISE(kind)                                                                            \
    const struct step_kind step_##kind = {                                                         \
        .name = #kind, .run = run, .fault = fault, .in_place = true, .epilogues = true}

POINTWISE(affine);
POINTWISE(activate);
POINTWISE(add);
POINTWISE(mul);
