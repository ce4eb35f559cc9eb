/* Each channel with filters of its own. A band of output rows of one channel at a time: its input
 * rows go to a scratch with zeros around, where each tap of an output row is a row of neighbours;
 * vectors from several rows are summed together, as maps may be narrower than a vector. */
#include <string.h>

#include "kernel_gemm.h"
#include "kernel_rows.h"
#include "share.h"

enum { BAND_FLOATS = 1 << 14 /* of scratch, unless one row needs more */ };

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* How the scratch is laid out. Where the stride is 1 the taps of a row share one copy of the input
 * row, else each has its own; the same for rows of taps. */
struct bands {
    bool shared_rows, shared_columns;
    int64_t row_floats, rows;        /* of the scratch for one input row; output rows of a band */
    int64_t vectors;                 /* of an output row */
    size_t scratch, sums, taps, end; /* places in the workspace, in floats */
};

static int64_t input_rows(const struct step_depthwise *d, const struct bands *b, int64_t rows) {
    return b->shared_rows ? (rows - 1) * d->stride[0] + d->kernel[0] : rows * d->kernel[0];
}

static struct bands bands_of(const struct step *step) {
    const struct step_depthwise *d = &step->as.depthwise;
    int64_t width = step->out.width, reach = (d->kernel[1] - 1) * (int64_t)d->dilation[1];
    struct bands b = {.rows = 1, .vectors = (width + ROWS_LANES_MOST - 1) / ROWS_LANES_MOST};
    b.shared_columns = d->stride[1] == 1 && reach <= width + step->in[0].width;
    b.shared_rows = d->dilation[0] == 1 && d->stride[0] < d->kernel[0];
    b.row_floats = b.shared_columns ? width + reach : width * d->kernel[1];
    int64_t fit = BAND_FLOATS / b.row_floats;
    if (b.shared_rows)
        b.rows = (fit - d->kernel[0]) / d->stride[0] + 1;
    else
        b.rows = fit / d->kernel[0];
    b.rows = most(1, least(b.rows, step->out.height));
    int64_t lanes = b.rows * b.vectors * ROWS_LANES_MOST;
    b.sums = (size_t)(input_rows(d, &b, b.rows) * b.row_floats) + GEMM_OVERRUN;
    b.taps = b.sums + (size_t)lanes + ROWS_PIECES * ROWS_LANES_MOST + GEMM_OVERRUN;
    b.taps += b.taps % 2;
    b.end = b.taps + 2 * (size_t)(d->kernel[0] * (int64_t)d->kernel[1]);
    return b;
}

static void find_taps(const struct step_depthwise *d, const struct bands *b, int64_t width,
                      int64_t *taps) {
    for (int64_t i = 0; i < d->kernel[0]; i++)
        for (int64_t j = 0; j < d->kernel[1]; j++)
            *taps++ = i * b->row_floats + (b->shared_columns ? j * d->dilation[1] : j * width);
}

/* Columns start, start + stride ... of the row, `count` of them; zeros outside. */
static void load_columns(const struct gemm_kernels *kernels, const float *row, int64_t width,
                         int64_t start, int64_t stride, int64_t count, float *to) {
    int64_t before = start >= 0 ? 0 : least(count, (-start + stride - 1) / stride);
    int64_t end = start >= width ? 0 : least(count, (width - start + stride - 1) / stride);
    end = most(before, end);
    kernels->copy_row(to, before, row + start + before * stride, stride, end - before, count - end);
}

static void load_row(const struct step *step, const struct bands *b, const float *row, float *to) {
    const struct step_depthwise *d = &step->as.depthwise;
    const struct gemm_kernels *kernels = ISA_BEST(gemm_kernels);
    int64_t width = step->in[0].width, count = b->shared_columns ? b->row_floats : step->out.width;
    int64_t copies = b->shared_columns ? 1 : d->kernel[1];
    for (int64_t j = 0; j < copies; j++)
        load_columns(kernels, row, width, j * d->dilation[1] - d->pad[1], d->stride[1], count,
                     to + j * count);
}

/* The input rows of output rows y .. y + rows - 1. */
static void load_band(const struct step *step, const struct bands *b, const float *map, int64_t y,
                      int64_t rows, float *to) {
    const struct step_depthwise *d = &step->as.depthwise;
    int64_t count = input_rows(d, b, rows);
    for (int64_t r = 0; r < count; r++, to += b->row_floats) {
        int64_t row = y * d->stride[0] - d->pad[0] + r;
        if (!b->shared_rows)
            row = (y + r / d->kernel[0]) * d->stride[0] - d->pad[0] +
                  r % d->kernel[0] * d->dilation[0];
        if (row >= 0 && row < step->in[0].height)
            load_row(step, b, map + row * step->in[0].width, to);
        else
            memset(to, 0, (size_t)b->row_floats * sizeof *to);
    }
}

static void sum_band(const struct step *step, const struct bands *b, int64_t rows,
                     const float *scratch, const int64_t *taps, const float *weights, float *sums) {
    const struct step_depthwise *d = &step->as.depthwise;
    const struct rows_kernels *kernels = ISA_BEST(rows_kernels);
    int64_t lanes = kernels->lanes, vectors = b->vectors * ROWS_LANES_MOST / lanes;
    int64_t next = (b->shared_rows ? d->stride[0] : d->kernel[0]) * b->row_floats;
    const float *from[ROWS_PIECES];
    int64_t count = 0, tap_count = d->kernel[0] * (int64_t)d->kernel[1];
    for (int64_t i = 0; i < rows * vectors; i++) {
        from[count++] = scratch + i / vectors * next + i % vectors * lanes;
        if (count < ROWS_PIECES && i + 1 < rows * vectors)
            continue;
        kernels->taps(sums, from, count, taps, weights, tap_count);
        sums += count * lanes;
        count = 0;
    }
}

static void end_band(const struct step_job *job, const struct bands *b, size_t image,
                     int64_t channel, int64_t y, int64_t rows, const float *sums) {
    const struct step *step = job->step;
    const struct plan_epilogue *e = &step->epilogue;
    const float *weights = job->plan->weights;
    int64_t at = channel * share_plane(&step->out) + y * step->out.width;
    for (int64_t r = 0; r < rows; r++, at += step->out.width) {
        struct row row = {
            .out = step_image(job, &step->out, image) + at,
            .in = sums + r * b->vectors * ROWS_LANES_MOST,
            .count = (size_t)step->out.width,
            .activation = (enum activation)e->activation,
            .a = e->a,
            .b = e->b,
        };
        if (e->bias_kind == BIAS_KIND_CHANNEL)
            row.bias = weights[e->bias.first + (uint64_t)channel];
        else if (e->bias_kind == BIAS_KIND_POSITION)
            row.biases = weights + e->bias.first + at;
        if (e->slope.count)
            row.slope = weights[e->slope.first + (uint64_t)channel];
        if (e->residual.buffer != PLAN_NONE)
            row.residual = step_image(job, &e->residual, image) + at;
        ISA_BEST(rows_kernels)->run(&row);
    }
}

static void run_task(void *context, size_t i, int worker) {
    const struct share *share = context;
    const struct step_job *job = share->job;
    const struct step *step = job->step;
    const struct step_depthwise *d = &step->as.depthwise;
    struct share_task task = share_task(share, i);
    struct bands b = bands_of(step);
    float *workspace = share_workspace(job, worker), *sums = workspace + b.sums;
    int64_t *taps = (int64_t *)(void *)(workspace + b.taps);
    find_taps(d, &b, step->out.width, taps);
    for (int64_t c = task.first; c < task.end; c++) {
        const float *map = step_image(job, &step->in[0], task.image) +
                           c / d->multiplier * share_plane(&step->in[0]);
        const float *weights =
            job->plan->weights + step->weights[0].first + c * d->kernel[0] * (int64_t)d->kernel[1];
        for (int64_t y = 0; y < step->out.height; y += b.rows) {
            int64_t rows = least(b.rows, step->out.height - y);
            load_band(step, &b, map, y, rows, workspace);
            sum_band(step, &b, rows, workspace, taps, weights, sums);
            end_band(job, &b, task.image, c, y, rows, sums);
        }
    }
}

static void run(const struct step_job *job) {
    const struct step_depthwise *d = &job->step->as.depthwise;
    int64_t taps = (int64_t)d->kernel[0] * d->kernel[1];
    struct share share = share_channels(job, share_plane(&job->step->out) * (1 + taps / 4));
    workers_run(job->workers, share_tasks(&share), run_task, &share);
}

static size_t workspace(const struct step *step, size_t images) {
    (void)images;
    return bands_of(step).end * sizeof(float);
}

enum { MOST_WINDOW = 1 << 16 };

static bool within(int64_t value, int64_t low, int64_t high) {
    return value >= low && value <= high;
}

static const char *fault(const struct plan *plan, const struct step *step) {
    (void)plan;
    const struct step_depthwise *d = &step->as.depthwise;
    for (int axis = 0; axis < 2; axis++)
        if (!within(d->kernel[axis], 1, MOST_WINDOW) || !within(d->stride[axis], 1, MOST_WINDOW) ||
            !within(d->dilation[axis], 1, MOST_WINDOW) ||
            !within(d->pad[axis], -(1 << 25), 1 << 25))
            return "a window's kernel, stride, dilation or pad is out of range";
    if (d->multiplier < 1 || (int64_t)step->in[0].channels * d->multiplier != step->out.channels)
        return "its multiplier does not give its channels";
    uint64_t taps = (uint64_t)d->kernel[0] * (uint64_t)d->kernel[1];
    if (step->weights[0].count != taps * (uint64_t)step->out.channels)
        return "it has not the weights of its kernels";
    return NULL;
}

const struct step_kind step_depthwise = {
    .name = "depthwise", .run = run, .workspace = workspace, .fault = fault, .epilogues = true};
