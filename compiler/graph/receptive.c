#include "receptive.h"

#include "layer.h"

#include <math.h>

/* Along one axis every output sees an interval of input cells, the hull of those it depends on.
 * What a window sees follows from what its cells see, so the intervals are computed one by one, for
 * as many outputs as there are until they repeat: strides of deconv and upsample make the period,
 * those of windows shorten it. All else is period 1. */

enum {
    PERIOD_MOST = 256,   /* of a layer; beyond it the field is unknown */
    WORK_MOST = 1 << 25, /* intervals that are looked at in one network */
};

#define EXACT_MOST 9007199254740992.0 /* 2^53: what a double tells apart */

struct walk {
    struct arena *arena;
    int64_t work; /* that is left */
};

static const struct receptive_span nothing = {.first = INT64_MAX, .last = INT64_MIN};

static bool is_empty(struct receptive_span span) { return span.first > span.last; }

static void unite(struct receptive_span *all, struct receptive_span next) {
    all->first = next.first < all->first ? next.first : all->first;
    all->last = next.last > all->last ? next.last : all->last;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static int64_t divisor(int64_t a, int64_t b) {
    while (b > 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

/* False where the cells are beyond what a double tells apart. */
static bool see(const struct receptive_cells *cells, int64_t output, struct receptive_span *span) {
    int64_t turn = floor_div(output, cells->period);
    *span = cells->spans[output - turn * cells->period];
    if (is_empty(*span))
        return true;
    if (fabs((double)turn * (double)cells->advance) > EXACT_MOST)
        return false;
    span->first += turn * cells->advance;
    span->last += turn * cells->advance;
    return fabs((double)span->first) <= EXACT_MOST && fabs((double)span->last) <= EXACT_MOST;
}

struct receptive_span receptive_at(const struct receptive_axis *axis, int64_t output) {
    struct receptive_span span = nothing;
    (void)see(axis->cells, output, &span);
    return span;
}

/* Room for the spans of `period` outputs, at each of which `looks` intervals are looked at; NULL
 * when that is too much. */
static struct receptive_cells *new_cells(struct walk *walk, int64_t period, int64_t looks,
                                         double advance) {
    if (period > PERIOD_MOST || walk->work < period * looks || advance > EXACT_MOST)
        return NULL;
    walk->work -= period * looks;
    struct receptive_cells *cells = arena_alloc(walk->arena, sizeof *cells);
    cells->spans = arena_array(walk->arena, (size_t)period, sizeof *cells->spans);
    cells->period = period;
    cells->advance = (int64_t)advance;
    for (int64_t i = 0; i < period; i++)
        cells->spans[i] = nothing;
    return cells;
}

/* A map of one cell goes on as that cell: whatever is computed from it sees what the cell sees. */
static const struct receptive_cells *repeated(struct walk *walk, const struct receptive_cells *in) {
    if (in->period == 1 && in->advance == 0)
        return in;
    struct receptive_cells *cells = new_cells(walk, 1, 1, 0);
    if (cells)
        cells->spans[0] = in->spans[0];
    return cells;
}

/* ---- windows ---- */

/* `taps` cells, `gap` from each other. */
struct taps {
    int64_t count, gap, stride, pad;
};

/* A run of taps at `at`, `at + step`, ..., `count` of them: of those that see the same but for
 * whole turns, the first begins first and the last ends last. */
static bool see_run(const struct receptive_cells *in, int64_t at, int64_t step, int64_t count,
                    struct receptive_span *all) {
    int64_t most = lesser(count, in->period);
    for (int64_t k = 0; k < most; k++) {
        struct receptive_span early, late;
        if (!see(in, at + k * step, &early) || !see(in, at + (count - 1 - k) * step, &late))
            return false;
        unite(all, early);
        unite(all, late);
    }
    return true;
}

/* Output n sees the cells n * stride - pad + k * gap. */
static const struct receptive_cells *slide(struct walk *walk, const struct receptive_cells *in,
                                           const struct taps *taps) {
    if (taps->count == 1 && taps->stride == 1 && taps->pad == 0)
        return in;
    int64_t common = divisor(in->period, taps->stride);
    struct receptive_cells *out =
        new_cells(walk, in->period / common, lesser(taps->count, in->period),
                  (double)in->advance * (double)(taps->stride / common));
    for (int64_t n = 0; out && n < out->period; n++)
        if (!see_run(in, n * taps->stride - taps->pad, taps->gap, taps->count, &out->spans[n]))
            return NULL;
    return out;
}

/* A transposed window: output n sums the cells i with n + pad = i * stride + k * gap. */
static const struct receptive_cells *spread(struct walk *walk, const struct receptive_cells *in,
                                            const struct taps *taps) {
    int64_t stride = taps->stride, step = stride / divisor(stride, taps->gap);
    struct receptive_cells *out =
        new_cells(walk, in->period * stride, step + in->period, (double)in->advance);
    for (int64_t n = 0; out && n < out->period; n++) {
        int64_t first = 0, most = lesser(taps->count, step);
        while (first < most && (n + taps->pad - first * taps->gap) % stride != 0)
            first++;
        if (first == most) /* no cell: there is nothing but the bias */
            continue;
        int64_t count = (taps->count - 1 - first) / step + 1;
        int64_t back = step * taps->gap / stride,
                cell = (n + taps->pad - first * taps->gap) / stride;
        if (!see_run(in, cell - (count - 1) * back, back, count, &out->spans[n]))
            return NULL;
    }
    return out;
}

/* Nearest: output n sees cell n / scale. Bilinear with half pixels: the two cells whose centres its
 * own lies between, or the one that it meets. */
static const struct receptive_cells *enlarge(struct walk *walk, const struct receptive_cells *in,
                                             const struct upsample *upsample) {
    int64_t scale = upsample->scale;
    struct receptive_cells *out = new_cells(walk, in->period * scale, 2, (double)in->advance);
    for (int64_t n = 0; out && n < out->period; n++) {
        bool between = upsample->mode == UPSAMPLE_BILINEAR;
        int64_t twice = 2 * n + 1 - scale; /* how far the centre is, in 1/(2 * scale) of a cell */
        int64_t cell = between ? floor_div(twice, 2 * scale) : n / scale;
        if (!see_run(in, cell, 1, between && twice % (2 * scale) != 0 ? 2 : 1, &out->spans[n]))
            return NULL;
    }
    return out;
}

/* ---- one axis of a layer ---- */

static double rate(const struct receptive_cells *cells) {
    return (double)cells->advance / (double)cells->period;
}

/* What is reported: the largest field, and where the first output's begins. Of a map of one cell
 * the jump is that of the layer if its map were larger. False: it is unknown. */
static bool conclude(struct receptive_axis *axis, const struct receptive_cells *cells,
                     int64_t extent, double jump) {
    if (!cells)
        return false;
    int64_t size = 0, start = 0;
    for (int64_t n = lesser(extent, cells->period); n-- > 0;) {
        struct receptive_span span = cells->spans[n];
        if (is_empty(span))
            continue;
        size = span.last - span.first + 1 > size ? span.last - span.first + 1 : size;
        start = span.first;
    }
    *axis = (struct receptive_axis){.size = (double)size,
                                    .jump = extent == 1 ? jump : rate(cells),
                                    .start = (double)start,
                                    .cells = cells};
    return isfinite(axis->jump);
}

static bool derive_axis(struct walk *walk, const struct layer *layer, int64_t in_extent,
                        const struct receptive_axis *in, const struct taps *taps, int64_t extent,
                        struct receptive_axis *out) {
    const struct receptive_cells *cells = in->cells;
    double jump = in->jump * (double)taps->stride;
    if (in_extent == 1)
        cells = repeated(walk, cells);
    if (!cells)
        return false;
    if (layer_is(layer, KIND_deconv)) {
        cells = spread(walk, cells, taps);
        jump = in->jump / (double)taps->stride;
    } else if (layer_is(layer, KIND_upsample)) {
        const struct upsample *upsample = layer->settings;
        cells = enlarge(walk, cells, upsample);
        jump = in->jump / (double)upsample->scale;
    } else {
        cells = slide(walk, cells, taps);
    }
    return conclude(out, cells, extent, jump);
}

static bool derive(struct walk *walk, const struct graph *graph, struct layer *layer) {
    const struct layer *before = graph->layers[layer->inputs[0]];
    const struct window *window = &layer->window;
    const struct taps down = {window->kernel.height, window->dilation.height, window->stride.height,
                              window->pad.top};
    const struct taps across = {window->kernel.width, window->dilation.width, window->stride.width,
                                window->pad.left};
    return before->receptive.known &&
           derive_axis(walk, layer, before->out.height, &before->receptive.height, &down,
                       layer->out.height, &layer->receptive.height) &&
           derive_axis(walk, layer, before->out.width, &before->receptive.width, &across,
                       layer->out.width, &layer->receptive.width);
}

/* ---- joins ---- */

struct operand {
    const struct receptive_axis *axis;
    const struct receptive_cells *cells;
};

/* The union over all outputs. */
static bool whole(const struct receptive_cells *cells, int64_t extent, struct receptive_span *all) {
    int64_t count = lesser(extent, cells->period);
    for (int64_t n = 0; n < count; n++) {
        struct receptive_span early, late;
        if (!see(cells, n, &early) || !see(cells, extent - 1 - n, &late))
            return false;
        unite(all, early);
        unite(all, late);
    }
    return true;
}

/* How the operands' fields move: some may stand still, such as those of a global branch, and the
 * others must agree. False: they do not. */
static bool agree(const struct operand *operands, uint32_t count, double *moves, bool *still,
                  int64_t *period) {
    *moves = 0;
    *still = false;
    *period = 1;
    for (uint32_t i = 0; i < count; i++) {
        const struct receptive_cells *cells = operands[i].cells;
        *still |= cells->advance == 0;
        if (cells->advance != 0 && *moves != 0 && rate(cells) != *moves)
            return false;
        *moves = cells->advance != 0 ? rate(cells) : *moves;
        *period =
            lesser(*period * (cells->period / divisor(*period, cells->period)), PERIOD_MOST + 1);
    }
    return true;
}

/* Where one operand stands still and another moves, an output sees no more than all of them see. */
static bool join_axis(struct walk *walk, const struct operand *operands, uint32_t count,
                      int64_t extent, struct receptive_axis *out) {
    double moves;
    bool still;
    int64_t period;
    if (!agree(operands, count, &moves, &still, &period))
        return false;
    bool mixed = still && moves != 0;
    struct receptive_cells *cells = mixed ? new_cells(walk, 1, 2 * count * period, 0)
                                          : new_cells(walk, period, count, moves * (double)period);
    for (uint32_t i = 0; cells && i < count; i++) {
        if (mixed && !whole(operands[i].cells, extent, &cells->spans[0]))
            return false;
        for (int64_t n = 0; !mixed && n < period; n++) {
            struct receptive_span span;
            if (!see(operands[i].cells, n, &span))
                return false;
            unite(&cells->spans[n], span);
        }
    }
    return conclude(out, cells, extent, operands[0].axis->jump);
}

static bool join(struct walk *walk, const struct graph *graph, struct layer *layer) {
    uint32_t count = layer->input_count;
    struct operand *down = arena_array(walk->arena, count, sizeof *down);
    struct operand *across = arena_array(walk->arena, count, sizeof *across);
    for (uint32_t i = 0; i < count; i++) {
        const struct layer *before = graph->layers[layer->inputs[i]];
        const struct receptive *field = &before->receptive;
        if (!field->known)
            return false;
        down[i] = (struct operand){&field->height, field->height.cells};
        across[i] = (struct operand){&field->width, field->width.cells};
        if (before->out.height == 1)
            down[i].cells = repeated(walk, down[i].cells);
        if (before->out.width == 1)
            across[i].cells = repeated(walk, across[i].cells);
        if (!down[i].cells || !across[i].cells)
            return false;
    }
    return join_axis(walk, down, count, layer->out.height, &layer->receptive.height) &&
           join_axis(walk, across, count, layer->out.width, &layer->receptive.width);
}

void receptive_fields(struct graph *graph) {
    static struct receptive_span pixel = {0, 0};
    static const struct receptive_cells pixels = {.period = 1, .advance = 1, .spans = &pixel};
    static const struct receptive_axis axis = {.size = 1, .jump = 1, .start = 0, .cells = &pixels};
    struct walk walk = {.arena = graph->arena, .work = WORK_MOST};
    graph->layers[GRAPH_INPUT]->receptive =
        (struct receptive){.height = axis, .width = axis, .known = true};
    for (uint32_t i = 1; i < graph->count; i++) {
        struct layer *layer = graph->layers[i];
        if (layer->known)
            layer->receptive.known =
                layer->kind->joins ? join(&walk, graph, layer) : derive(&walk, graph, layer);
    }
}
