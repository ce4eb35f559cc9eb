/* Convolution as filters times patches, on the micro-kernel. A task is a block of pixels by a range
 * of filter panels of one group. For each cut of K it packs the block's patches and multiplies them
 * with the filters into accumulators in tile order; after the last cut the tiles are ended (bias,
 * residual, activation) and written. No sum depends on how the work was cut into tasks. */
#include <assert.h>
#include <string.h>

#include "../base/integer.h"
#include "../gemm/microkernel.h"
#include "../gemm/pack.h"
#include "ending.h"
#include "patches.h"
#include "step.h"

enum {
    BLOCK_PIXELS = 512,     /* at most, of a task */
    TASK_TILES = 1 << 18,   /* floats of accumulators: a megabyte */
    TASK_SCRATCH = 1 << 18, /* floats of input rows, unless a single row of tiles needs more */
    RESIDENT = 1 << 16,     /* floats of panels that stay in the second-level cache */
};

static size_t align(size_t floats) { return (floats + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN; }

/* How a step is cut into tasks, and where a task's parts of the workspace begin, in floats. */
struct layout {
    struct pack_shape filters;
    int64_t filter_panels, filter_parts, part_panels; /* of a group; parts; panels of a part */
    struct blocks blocks;
    int64_t patch_side, patch_panels, panel_stride, cuts;
    size_t scratch, panels, runs, columns, taps, ends, panel_ends, turned, tiles, end;
};

static bool is_wide(const struct step *step) { return step->as.gemm.order == GEMM_FILTERS_WIDE; }

static bool layout_fits(const struct layout *x) {
    int64_t tile_floats = x->filters.side * x->patch_side;
    return x->panels - x->scratch <= TASK_SCRATCH &&
           (x->cuts == 1 || x->part_panels * x->patch_panels * tile_floats <= TASK_TILES);
}

static void layout_fill(const struct step *step, int64_t images, int64_t pixels,
                        int64_t least_blocks, int64_t filter_parts, struct layout *x) {
    x->blocks = blocks_cut(step, images, pixels, least_blocks);
    int64_t most_pixels = x->blocks.images * x->blocks.rows * x->blocks.columns;
    x->patch_panels = ratio_up(most_pixels, x->patch_side);
    x->part_panels = ratio_up(x->filter_panels, least(x->filter_panels, filter_parts));
    x->filter_parts = ratio_up(x->filter_panels, x->part_panels);
    int64_t cut = least(step->as.gemm.cut, x->filters.depth);
    size_t run_floats =
        patches_runs(&x->blocks, x->patch_side) * sizeof(struct panel_run) / sizeof(float);
    x->scratch = 0;
    x->panels = align(patches_scratch(step, &x->blocks));
    x->panel_stride = (int64_t)align((size_t)(x->patch_side * cut)) + GEMM_OVERRUN;
    x->runs = x->panels + (size_t)(x->patch_panels * x->panel_stride);
    x->columns = x->runs + align(run_floats);
    x->taps = x->columns + align((size_t)step->as.gemm.kernel[1] * sizeof(int64_t) / sizeof(float));
    x->ends = x->taps + align((size_t)cut * sizeof(int64_t) / sizeof(float));
    size_t end_floats =
        patches_runs(&x->blocks, x->patch_side) * sizeof(struct ending_run) / sizeof(float);
    x->panel_ends = x->ends + align(end_floats);
    x->turned = x->panel_ends + align((size_t)x->patch_panels + 1);
    x->tiles =
        x->turned + align((size_t)ending_turned(x->patch_side, x->filters.side) + GEMM_OVERRUN);
    int64_t tiles = x->cuts > 1 ? x->part_panels * x->patch_panels : 1;
    x->end = x->tiles + align((size_t)(tiles * x->filters.side * x->patch_side) + GEMM_OVERRUN);
}

static struct layout layout_of(const struct step *step, const struct tile *tile, size_t images,
                               int threads) {
    struct layout x = {.filters = pack_shape_of(step, tile)};
    x.filter_panels = ratio_up(x.filters.filters, x.filters.side);
    x.patch_side = is_wide(step) ? tile->narrow : tile->wide;
    x.cuts = x.filters.depth ? ratio_up(x.filters.depth, x.filters.cut) : 0;
    int64_t pixels = BLOCK_PIXELS, blocks = 1, parts = 1, n = (int64_t)images;
    layout_fill(step, n, pixels, blocks, parts, &x);
    while (!layout_fits(&x) && (x.part_panels > 8 || pixels > x.patch_side)) {
        if (x.part_panels > 8 && x.part_panels * x.filters.side > pixels)
            parts *= 2;
        else
            pixels = pixels > 2 * x.patch_side ? pixels / 2 : x.patch_side;
        layout_fill(step, n, pixels, blocks, parts, &x);
        if (pixels <= x.patch_side && x.part_panels <= 8)
            break;
    }
    /* Enough tasks for all threads: rows first, as long as panels stay full, then filters. */
    int64_t groups = x.filters.groups, all = groups * x.blocks.count * x.filter_parts;
    if (all >= 2 * threads && all < 8 * threads && all % threads) {
        /* A last round of tasks for a few threads would cost as much as one for all. */
        int64_t even = ratio_up(x.blocks.count, threads) * threads;
        layout_fill(step, n, pixels, even, parts, &x);
    } else if (threads > 1 && all < 2 * threads) {
        int64_t block = x.blocks.images * x.blocks.rows * x.blocks.columns;
        if (block >= 8 * x.patch_side)
            layout_fill(step, n, pixels, threads, parts, &x);
        int64_t tasks = groups * x.blocks.count * x.filter_parts;
        if (tasks < threads && x.filter_panels > 1)
            layout_fill(step, n, pixels, x.blocks.count, parts * ratio_up(threads, tasks), &x);
    }
    return x;
}

/* ---- one task ---- */

struct gemm {
    const struct step_job *job;
    const struct microkernel *kernel;
    const struct gemm_kernels *kernels;
    struct layout layout;
};

struct task {
    const struct gemm *gemm;
    int64_t group, first_panel, panels; /* filter panels */
    struct patches patches;
    struct ending ending;
    int64_t pixel_panels;
    float *packed, *tiles;
};

static float *tile_at(const struct task *t, int64_t filter_panel, int64_t pixel_panel) {
    const struct layout *x = &t->gemm->layout;
    if (x->cuts == 1)
        return t->tiles;
    return t->tiles +
           (filter_panel * t->pixel_panels + pixel_panel) * x->filters.side * x->patch_side;
}

/* A sum of nothing: a phase of a transposed convolution that no tap reaches. */
static void end_empty(const struct task *t) {
    const struct layout *x = &t->gemm->layout;
    memset(t->tiles, 0, (size_t)(x->filters.side * x->patch_side) * sizeof *t->tiles);
    for (int64_t f = 0; f < t->panels; f++)
        for (int64_t p = 0; p < t->pixel_panels; p++)
            ending_tile(&t->ending, t->first_panel + f, p, t->tiles);
}

/* Multiplies a cut. The panels of BLIS's a stream past a panel of its b, which stays in the first
 * cache; as many of a as the second cache holds are taken at a time. */
static void multiply(const struct task *t, int64_t first, int64_t length, bool last) {
    const struct gemm *gemm = t->gemm;
    const struct layout *x = &gemm->layout;
    const float *filters =
        gemm->job->plan->weights + gemm->job->step->weights[0].first +
        pack_index(&x->filters, t->group, t->first_panel * x->filters.side, first);
    bool filters_stream = gemm->kernel->wide_first == is_wide(gemm->job->step);
    int64_t stream = filters_stream ? t->panels : t->pixel_panels;
    int64_t stay = filters_stream ? t->pixel_panels : t->panels;
    int64_t stream_side = filters_stream ? x->filters.side : x->patch_side;
    int64_t chunk = RESIDENT / (stream_side * length);
    chunk = chunk < 1 ? 1 : chunk;
    chunk = ratio_up(stream, ratio_up(stream, chunk));
    for (int64_t a0 = 0; a0 < stream; a0 += chunk) {
        for (int64_t b = 0; b < stay; b++) {
            for (int64_t a = a0; a < least(a0 + chunk, stream); a++) {
                int64_t f = filters_stream ? a : b, p = filters_stream ? b : a;
                const float *filter = filters + f * x->filters.side * length;
                const float *patch = t->packed + p * x->panel_stride;
                bool wide = is_wide(gemm->job->step);
                float *tile = tile_at(t, f, p);
                microkernel_run(gemm->kernel, length, wide ? patch : filter, wide ? filter : patch,
                                tile, first == 0);
                if (last)
                    ending_tile(&t->ending, t->first_panel + f, p, tile);
            }
        }
    }
}

static void run_task(void *context, size_t i, int worker) {
    const struct gemm *gemm = context;
    const struct step_job *job = gemm->job;
    const struct step *step = job->step;
    const struct layout *x = &gemm->layout;
    float *workspace = (float *)(void *)(job->workspace + (size_t)worker * job->workspace_size);
    int64_t part = (int64_t)i % x->filter_parts, rest = (int64_t)i / x->filter_parts;
    struct task t = {
        .gemm = gemm,
        .group = rest / x->blocks.count,
        .first_panel = part * x->part_panels,
        .packed = workspace + x->panels,
        .tiles = workspace + x->tiles,
    };
    t.panels = least(x->part_panels, x->filter_panels - t.first_panel);
    int64_t channels = step->in[0].channels / step->as.gemm.groups;
    t.patches = (struct patches){
        .step = step,
        .kernels = gemm->kernels,
        .input = step_image(job, &step->in[0], 0) +
                 t.group * channels * step->in[0].height * step->in[0].width,
        .image_stride = job->plan->buffers[step->in[0].buffer].size,
        .block = blocks_get(step, &x->blocks, (int64_t)job->images, rest % x->blocks.count),
        .side = x->patch_side,
        .scratch = workspace + x->scratch,
        .runs = (struct panel_run *)(void *)(workspace + x->runs),
        .columns = (int64_t *)(void *)(workspace + x->columns),
        .taps = (int64_t *)(void *)(workspace + x->taps),
    };
    t.ending = (struct ending){
        .job = job,
        .kernels = gemm->kernels,
        .block = t.patches.block,
        .first_channel = t.group * x->filters.filters,
        .channels = x->filters.filters,
        .side = x->patch_side,
        .filter_side = x->filters.side,
        .runs = (struct ending_run *)(void *)(workspace + x->ends),
        .panel_runs = (int32_t *)(void *)(workspace + x->panel_ends),
        .turned = workspace + x->turned,
    };
    t.pixel_panels = ratio_up(block_pixels(&t.patches.block), x->patch_side);
    ending_begin(&t.ending);
    if (x->cuts == 0) {
        end_empty(&t);
        return;
    }
    patches_begin(&t.patches);
    for (int64_t first = 0; first < x->filters.depth; first += x->filters.cut) {
        int64_t length = least(x->filters.cut, x->filters.depth - first);
        patches_pack(&t.patches, first, length, t.packed, x->panel_stride);
        multiply(&t, first, length, first + length == x->filters.depth);
    }
}

static void run(const struct step_job *job) {
    struct gemm gemm = {
        .job = job,
        .kernel = microkernel_get(),
        .kernels = ISA_BEST(gemm_kernels),
    };
    assert(gemm.kernel->tile.wide == job->plan->head.tile.wide &&
           gemm.kernel->tile.narrow == job->plan->head.tile.narrow);
    gemm.layout =
        layout_of(job->step, &job->plan->head.tile, job->images, workers_count(job->workers));
    const struct layout *x = &gemm.layout;
    assert(x->end * sizeof(float) <= job->workspace_size);
    size_t tasks = (size_t)(x->filters.groups * x->blocks.count * x->filter_parts);
    workers_run(job->workers, tasks, run_task, &gemm);
}

/* What one thread takes is enough for several, whose blocks and parts are no larger. Fewer images
 * may take more: where a block can hold 5 it has all of 5, but of 8, two blocks have 4 each. More
 * than a block can hold are cut into blocks of no more than those counted here. */
static size_t workspace_of(const struct step *step, const struct tile *tile, size_t images) {
    const struct step_gemm *g = &step->as.gemm;
    int64_t held = most(1, BLOCK_PIXELS / ((int64_t)g->map[0] * g->map[1]));
    size_t all = images < (size_t)held ? images : (size_t)held, floats = 0;
    for (size_t n = 1; n <= all; n++) {
        struct layout x = layout_of(step, tile, n, 1);
        if (x.panels >= PATCHES_MOST)
            return SIZE_MAX;
        floats = x.end > floats ? x.end : floats;
    }
    return floats * sizeof(float);
}

static size_t workspace(const struct step *step, size_t images) {
    return workspace_of(step, &microkernel_get()->tile, images);
}

/* ---- what a plan may ask ---- */

enum { MOST_PAD = 1 << 24, MOST_CUT = 1 << 12 };

/* pad + map*stride stay far below 2^63, as no factor is beyond 2^32. */
#define FIELD(member, low, high) PLAN_FIELD(struct step_gemm, member, SIGNED, low, high)
#define PAIR(member, low, high) PLAN_PAIR(struct step_gemm, member, SIGNED, low, high)
static const struct plan_field fields[] = {
    PAIR(kernel, 0, MOST_PAD),
    PAIR(stride, 1, MOST_PAD),
    PAIR(dilation, 1, MOST_PAD),
    PAIR(pad, -MOST_PAD, MOST_PAD),
    PAIR(map, 1, MOST_PAD),
    PAIR(out_start, 0, MOST_PAD),
    PAIR(out_step, 1, MOST_PAD),
    FIELD(groups, 1, MOST_PAD),
    FIELD(order, GEMM_PIXELS_WIDE, GEMM_FILTERS_WIDE),
    FIELD(cut, 1, MOST_CUT),
    FIELD(reserved, 0, 0),
};
static const struct plan_fields parameters = PLAN_FIELDS(struct step_gemm, fields);

/* Along one axis. */
static bool map_fits(const struct step_gemm *g, int axis, int64_t out) {
    return g->out_start[axis] + (int64_t)(g->map[axis] - 1) * g->out_step[axis] < out;
}

static const char *fault(const struct plan *plan, const struct step *step) {
    const struct step_gemm *g = &step->as.gemm;
    if (step->in[0].channels % g->groups || step->out.channels % g->groups)
        return "its groups do not divide its channels";
    if (!map_fits(g, 0, step->out.height) || !map_fits(g, 1, step->out.width))
        return "its map is not within its output";
    if ((g->kernel[0] == 0) != (g->kernel[1] == 0))
        return "its kernel has one side of 0";
    int64_t taps = (int64_t)g->kernel[0] * g->kernel[1];
    if (taps > INT32_MAX || taps * (step->in[0].channels / g->groups) > INT32_MAX)
        return "its filters are larger than 2^31";
    struct pack_shape shape = pack_shape_of(step, &plan->head.tile);
    uint64_t floats = 0;
    bool fits = pack_size(&shape, &floats); /* below 2^30 filters, of 2^31 taps */
    assert(fits);
    if (floats != step->weights[0].count)
        return "its packed filters are not as large as its shape says";
    return NULL;
}

const struct step_kind step_gemm = {
    .name = "gemm",
    .run = run,
    .workspace = workspace,
    .parameters = &parameters,
    .fault = fault,
    .epilogues = true,
};
