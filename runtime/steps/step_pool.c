#include <math.h>

#include "../base/integer.h"
#include "share.h"
#include "window.h"

/* Cells that the average at output i divides by, along one axis. */
static int64_t cells(const struct step_pool *pool, int axis, int64_t i, int64_t size) {
    int64_t before = pool->pad[2 * axis], after = pool->pad[2 * axis + 1];
    int64_t start = i * pool->stride[axis] - before, end = start + pool->kernel[axis];
    if (pool->count_pad)
        return least(end, size + after) - start;
    return least(end, size) - most(start, 0);
}

static void finish_row(const struct step *step, int64_t y, const float *columns, float *out) {
    const struct step_pool *pool = &step->as.pool;
    int64_t width = step->out.width;
    if (pool->kind == POOL_KIND_AVERAGE) {
        float rows = (float)cells(pool, 0, y, step->in[0].height);
        for (int64_t x = 0; x < width; x++)
            out[x] /= rows * columns[x];
    } else if (pool->kind == POOL_KIND_L2) {
        for (int64_t x = 0; x < width; x++)
            out[x] = sqrtf(out[x]);
    }
}

/* Of a worker's workspace, in floats: taps (as int64_t), columns, then window.c's scratch. */
static size_t columns_at(const struct step *step) { return 2 * (size_t)step->as.pool.kernel[1]; }
static size_t scratch_at(const struct step *step) {
    return columns_at(step) + (size_t)step->out.width;
}

static void run_task(void *context, size_t i, int worker) {
    const struct share *share = context;
    const struct step_job *job = share->job;
    const struct step *step = job->step;
    const struct plan_view *in = &step->in[0], *out = &step->out;
    struct share_task task = share_task(share, i);
    float *workspace = share_workspace(job, worker), *columns = workspace + columns_at(step);
    struct window_map map = {
        .rows = ISA_BEST(rows_kernels),
        .copies = ISA_BEST(gemm_kernels),
        .pool = &step->as.pool,
        .height = in->height,
        .width = in->width,
        .out_width = out->width,
        .scratch = workspace + scratch_at(step),
        .taps = (int64_t *)(void *)workspace,
    };
    window_begin(&map);
    for (int64_t x = 0; x < out->width; x++)
        columns[x] = (float)cells(&step->as.pool, 1, x, in->width);
    for (int64_t c = task.first; c < task.end; c++) {
        float *row = step_image(job, out, task.image) + c * share_plane(out);
        map.in = step_image(job, in, task.image) + c * share_plane(in);
        for (int64_t y = 0; y < out->height; y++, row += out->width) {
            window_row(&map, y, row);
            finish_row(step, y, columns, row);
        }
    }
}

static void run(const struct step_job *job) {
    struct share share = share_channels(job, share_plane(&job->step->in[0]));
    workers_run(job->workers, share_tasks(&share), run_task, &share);
}

static size_t workspace(const struct step *step, size_t images) {
    (void)images;
    size_t scratch = window_scratch(&step->as.pool, step->in[0].width, step->out.width);
    return scratch > SIZE_MAX / 64 ? SIZE_MAX : (scratch_at(step) + scratch) * sizeof(float);
}

enum { MOST_WINDOW = 1 << 25 };

#define FIELD(member, low, high) PLAN_FIELD(struct step_pool, member, SIGNED, low, high)
#define PAIR(member, low, high) PLAN_PAIR(struct step_pool, member, SIGNED, low, high)
static const struct plan_field fields[] = {
    PAIR(kernel, 1, MOST_WINDOW),
    PAIR(stride, 1, MOST_WINDOW),
    FIELD(pad[0], 0, MOST_WINDOW),
    FIELD(pad[1], 0, MOST_WINDOW),
    FIELD(pad[2], 0, MOST_WINDOW),
    FIELD(pad[3], 0, MOST_WINDOW),
    FIELD(kind, POOL_KIND_MAX, POOL_KIND_L2),
    FIELD(count_pad, 0, 1),
};
static const struct plan_fields parameters = PLAN_FIELDS(struct step_pool, fields);

/* Every window has a cell of the input. */
static bool axis_holds(const struct step_pool *pool, int axis, int64_t in, int64_t out) {
    int64_t before = pool->pad[2 * axis];
    return before < pool->kernel[axis] && (out - 1) * pool->stride[axis] - before < in;
}

static const char *fault(const struct plan *plan, const struct step *step) {
    (void)plan;
    const struct step_pool *pool = &step->as.pool;
    const struct plan_view *in = &step->in[0], *out = &step->out;
    if (in->channels != out->channels)
        return "its input and output differ in channels";
    if (!axis_holds(pool, 0, in->height, out->height) ||
        !axis_holds(pool, 1, in->width, out->width))
        return "one of its windows holds no cell of the input";
    return NULL;
}

const struct step_kind step_pool = {
    .name = "pool", .run = run, .workspace = workspace, .parameters = &parameters, .fault = fault};
