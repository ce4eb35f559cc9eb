/* Rows of the input are copied to a scratch with zeros around, split by column mod stride, so that
 * the pixels of an output row see each tap as a run of neighbours. What is packed from there are
 * whole vectors without a test: a run's end is overwritten by the next run. */
#include "patches.h"

#include "../base/integer.h"

/* ---- blocks ---- */

static struct blocks count_blocks(const struct step_gemm *g, int64_t images, struct blocks b) {
    b.by_image = ratio_up(images, b.images);
    b.by_row = ratio_up(g->map[0], b.rows);
    b.by_column = ratio_up(g->map[1], b.columns);
    b.count = b.by_image * b.by_row * b.by_column;
    return b;
}

struct blocks blocks_cut(const struct step *step, int64_t images, int64_t pixels, int64_t wanted) {
    const struct step_gemm *g = &step->as.gemm;
    int64_t height = g->map[0], width = g->map[1];
    struct blocks b = {.images = 1, .rows = 1, .columns = least(width, pixels)};
    if (width <= pixels)
        b.rows = least(height, pixels / width);
    if (height * width <= pixels)
        b.images = least(images, pixels / (height * width));
    b = count_blocks(g, images, b);
    /* Equal shares, and enough of them. */
    b.images = ratio_up(images, least(images, most(b.by_image, wanted)));
    b = count_blocks(g, images, b);
    int64_t parts = most(b.by_row, ratio_up(wanted, b.by_image * b.by_column));
    if (b.images == 1)
        b.rows = ratio_up(height, least(height, parts));
    return count_blocks(g, images, b);
}

struct block blocks_get(const struct step *step, const struct blocks *b, int64_t images,
                        int64_t i) {
    const struct step_gemm *g = &step->as.gemm;
    struct block block = {
        .image = i / (b->by_row * b->by_column) * b->images,
        .row = i / b->by_column % b->by_row * b->rows,
        .column = i % b->by_column * b->columns,
    };
    block.images = least(b->images, images - block.image);
    block.rows = least(b->rows, g->map[0] - block.row);
    block.columns = least(b->columns, g->map[1] - block.column);
    return block;
}

/* ---- the scratch ---- */

static int64_t common_divisor(int64_t a, int64_t b) {
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* After so many taps in a row the remainders of their columns repeat. */
static int64_t phase_period(const struct step_gemm *g) {
    return g->stride[1] / common_divisor(g->stride[1], g->dilation[1]);
}
/* The first input column, from that of the first tap, of phase i. */
static int64_t phase_start(const struct step_gemm *g, const struct phases *phases, int64_t i) {
    return phases->shared ? i * g->dilation[1] % g->stride[1] : i * g->dilation[1];
}
/* For a row of so many output columns. */
static struct phases phases_of(const struct step_gemm *g, int64_t columns) {
    int64_t count = least(g->kernel[1], phase_period(g));
    int64_t length = columns + (g->kernel[1] - 1) * (int64_t)g->dilation[1] / g->stride[1];
    if (count * length <= g->kernel[1] * columns)
        return (struct phases){count, length, true};
    return (struct phases){g->kernel[1], columns, false};
}
/* Where tap j of the first output column stands, its phases being `floats` apart. */
static int64_t tap_column(const struct step_gemm *g, const struct phases *phases, int64_t floats,
                          int64_t j) {
    if (!phases->shared)
        return j * floats;
    return j % phase_period(g) * floats + j * g->dilation[1] / g->stride[1];
}

/* Neighbouring output rows share input rows, unless the stride or the dilation leaves out more than
 * that saves: then every output row has copies of its own. */
static bool shares_rows(const struct step_gemm *g, int64_t rows) {
    return (rows - 1) * g->stride[0] + (g->kernel[0] - 1) * (int64_t)g->dilation[0] + 1 <=
           rows * g->kernel[0];
}
static int64_t rows_needed(const struct step_gemm *g, int64_t rows) {
    if (!shares_rows(g, rows))
        return rows * g->kernel[0];
    return (rows - 1) * g->stride[0] + (g->kernel[0] - 1) * (int64_t)g->dilation[0] + 1;
}
/* The scratch row of the block's output row y, tap row i. */
static int64_t scratch_row(const struct patches *p, int64_t y, int64_t i) {
    const struct step_gemm *g = &p->step->as.gemm;
    return shares_rows(g, p->block.rows) ? y * g->stride[0] + i * g->dilation[0]
                                         : y * g->kernel[0] + i;
}
/* The input row, from the block's first, that scratch row r holds. */
static int64_t input_row(const struct patches *p, int64_t r) {
    const struct step_gemm *g = &p->step->as.gemm;
    if (shares_rows(g, p->block.rows))
        return r;
    return r / g->kernel[0] * g->stride[0] + r % g->kernel[0] * g->dilation[0];
}

static bool reads_input(const struct step *step) {
    const struct step_gemm *g = &step->as.gemm;
    const struct plan_view *in = &step->in[0];
    int64_t high = (g->kernel[0] - 1) * (int64_t)g->dilation[0] + g->map[0];
    int64_t wide = (g->kernel[1] - 1) * (int64_t)g->dilation[1] + g->map[1];
    return g->stride[0] == 1 && g->stride[1] == 1 && g->pad[0] <= 0 && g->pad[1] <= 0 &&
           high - g->pad[0] <= in->height && wide - g->pad[1] <= in->width;
}

/* Channels are copied together as long as they are so few floats that the copy stays in the
 * first-level cache until it is packed; one alone may have more. */
enum { SCRATCH_FEW = 4096 };

size_t patches_scratch(const struct step *step, const struct blocks *b) {
    const struct step_gemm *g = &step->as.gemm;
    if (g->kernel[0] == 0 || reads_input(step))
        return 0;
    struct phases phases = phases_of(g, b->columns);
    size_t floats = (size_t)(phases.length * phases.count);
    size_t rows = (size_t)(rows_needed(g, b->rows) * b->images);
    if (__builtin_mul_overflow(floats, rows, &floats) || floats > PATCHES_MOST)
        return PATCHES_MOST;
    return (floats < SCRATCH_FEW ? SCRATCH_FEW : floats) + GEMM_OVERRUN;
}

size_t patches_runs(const struct blocks *b, int64_t side) {
    int64_t pixels = b->images * b->rows * b->columns;
    return (size_t)(b->images * b->rows + 2 * ratio_up(pixels, side) + 1);
}

/* Output rows that follow each other in the input's memory are one run. */
static bool rows_join(const struct patches *p) {
    const struct step *step = p->step;
    return p->direct && p->block.columns == step->in[0].width;
}

void patches_begin(struct patches *p) {
    const struct step *step = p->step;
    const struct step_gemm *g = &step->as.gemm;
    const struct plan_view *in = &step->in[0];
    const struct block *b = &p->block;
    p->direct = reads_input(step);
    p->phases = phases_of(g, b->columns);
    if (p->direct) {
        p->row_floats = in->width;
        p->image_floats = (int64_t)p->image_stride;
        p->channel_floats = (int64_t)in->height * in->width;
    } else {
        p->row_floats = p->phases.length;
        p->image_floats = p->row_floats * rows_needed(g, b->rows);
        p->phase_floats = p->image_floats * b->images;
        p->channel_floats = p->phase_floats * p->phases.count;
    }
    for (int64_t j = 0; j < g->kernel[1]; j++)
        p->columns[j] =
            p->direct ? j * g->dilation[1] : tap_column(g, &p->phases, p->phase_floats, j);
}

/* The part of a phase's columns that is in the input, and where the row has the first of them. */
struct columns {
    int64_t before, count, after, from;
};
static struct columns columns_of(const struct patches *p, int64_t phase) {
    const struct step_gemm *g = &p->step->as.gemm;
    int64_t length = p->phases.length, stride = g->stride[1], width = p->step->in[0].width;
    int64_t start = p->block.column * stride - g->pad[1] + phase_start(g, &p->phases, phase);
    int64_t before = start < 0 ? least(length, ratio_up(-start, stride)) : 0;
    int64_t end = start < width ? least(length, ratio_up(width - start, stride)) : 0;
    end = most(end, before);
    return (struct columns){before, end - before, length - end, start + before * stride};
}

/* One phase of one channel. What is written behind a row is in rows that come later, or slack. */
static void load_phase(const struct patches *p, int64_t channel, int64_t phase, float *to) {
    const struct step_gemm *g = &p->step->as.gemm;
    const struct plan_view *in = &p->step->in[0];
    const struct block *b = &p->block;
    struct columns columns = columns_of(p, phase);
    int64_t rows = rows_needed(g, b->rows);
    for (int64_t n = 0; n < b->images; n++) {
        const float *map =
            p->input + (size_t)(b->image + n) * p->image_stride + channel * in->height * in->width;
        for (int64_t r = 0; r < rows; r++, to += p->phases.length) {
            int64_t y = b->row * g->stride[0] + input_row(p, r) - g->pad[0];
            if (y >= 0 && y < in->height && columns.count)
                p->kernels->copy_row(to, columns.before, map + y * in->width + columns.from,
                                     g->stride[1], columns.count, columns.after);
            else
                p->kernels->copy_row(to, p->phases.length, map, 1, 0, 0);
        }
    }
}

static int64_t tap_row(const struct patches *p, int64_t i) {
    const struct step_gemm *g = &p->step->as.gemm;
    return (p->direct ? i * g->dilation[0] : scratch_row(p, 0, i)) * p->row_floats;
}

/* Where taps first .. first + count - 1 stand, from a pixel's base. */
static void make_taps(const struct patches *p, int64_t first, int64_t count) {
    const struct step_gemm *g = &p->step->as.gemm;
    int64_t area = (int64_t)g->kernel[0] * g->kernel[1];
    int64_t i = first % area / g->kernel[1], j = first % area % g->kernel[1];
    int64_t channel = p->direct ? first / area * p->channel_floats : 0;
    int64_t row = channel + tap_row(p, i);
    for (int64_t k = 0; k < count; k++) {
        p->taps[k] = row + p->columns[j];
        if (++j < g->kernel[1])
            continue;
        j = 0;
        if (++i == g->kernel[0]) {
            i = 0;
            channel += p->channel_floats;
        }
        row = channel + tap_row(p, i);
    }
}

/* Makes taps readable from `first` on, as many of `count` as one piece has. Returns their number.
 */
static int64_t load_piece(struct patches *p, int64_t first, int64_t count) {
    const struct step_gemm *g = &p->step->as.gemm;
    int64_t area = (int64_t)g->kernel[0] * g->kernel[1], channel = first / area;
    if (!p->direct) {
        int64_t channels = most(1, SCRATCH_FEW / p->channel_floats);
        count = least(count, (channel + channels) * area - first);
        for (int64_t c = 0; c * area < first % area + count; c++)
            for (int64_t phase = 0; phase < p->phases.count; phase++)
                load_phase(p, channel + c, phase,
                           p->scratch + c * p->channel_floats + phase * p->phase_floats);
    }
    make_taps(p, first, count);
    return count;
}

/* Where pixel (image, row, column) of the block sees tap (0, 0) of channel 0. */
static const float *pixel_base(const struct patches *p, int64_t image, int64_t y, int64_t x) {
    const struct step_gemm *g = &p->step->as.gemm;
    if (!p->direct)
        return p->scratch + image * p->image_floats + scratch_row(p, y, 0) * p->row_floats + x;
    return p->input + (p->block.image + image) * p->image_floats +
           (p->block.row + y - g->pad[0]) * p->row_floats + p->block.column + x - g->pad[1];
}

static void pack_piece(const struct patches *p, int64_t count, float *panels, int64_t stride) {
    const struct block *b = &p->block;
    /* Runs of `line` neighbours: a row, or all rows of an image. */
    int64_t line = rows_join(p) ? b->rows * b->columns : b->columns;
    int64_t lines = rows_join(p) ? b->images : b->images * b->rows, pixels = line * lines;
    int64_t per_image = rows_join(p) ? 1 : b->rows;
    for (int64_t q = 0; q < pixels; q += p->side, panels += stride) {
        int64_t runs = 0;
        for (int64_t at = q; at < least(q + p->side, pixels);) {
            int64_t i = at / line, x = at % line;
            int64_t length = least(line - x, least(q + p->side, pixels) - at);
            p->runs[runs++] = (struct panel_run){
                .base = pixel_base(p, i / per_image, i % per_image, 0) + x,
                .lane = (int32_t)(at - q),
                .count = (int32_t)length,
            };
            at += length;
        }
        p->kernels->pack_panel(panels, p->side, p->runs, runs, p->taps, count);
    }
}

void patches_pack(struct patches *p, int64_t first, int64_t count, float *panels, int64_t stride) {
    for (int64_t k = 0; k < count;) {
        int64_t piece = load_piece(p, first + k, count - k);
        pack_piece(p, piece, panels + k * p->side, stride);
        k += piece;
    }
}
