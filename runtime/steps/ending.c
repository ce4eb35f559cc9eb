#include "ending.h"

#include "../base/integer.h"
#include "../gemm/microkernel.h"

void ending_begin(struct ending *e) {
    const struct step *step = e->job->step;
    const struct step_gemm *g = &step->as.gemm;
    const struct block *b = &e->block;
    bool whole = g->out_step[1] == 1 && g->out_step[0] == 1 && b->columns == step->out.width;
    int64_t line = whole ? b->rows * b->columns : b->columns;
    int64_t per_image = whole ? 1 : b->rows, pixels = line * per_image * b->images;
    int32_t count = 0;
    for (int64_t q = 0, panel = 0; q < pixels; q += e->side) {
        e->panel_runs[panel++] = count;
        for (int64_t at = q; at < least(q + e->side, pixels);) {
            int64_t i = at / line, x = at % line,
                    end = least(at + line - x, least(q + e->side, pixels));
            int64_t row = g->out_start[0] + g->out_step[0] * (b->row + i % per_image);
            int64_t column = g->out_start[1] + g->out_step[1] * (b->column + x);
            e->runs[count++] = (struct ending_run){
                .lane = (int32_t)(at - q),
                .count = (int32_t)(end - at),
                .image = b->image + i / per_image,
                .offset = row * step->out.width + column,
            };
            at = end;
        }
        e->panel_runs[panel] = count;
    }
}

static const float *weights_at(const struct ending *e, const struct plan_range *range,
                               int64_t offset) {
    return range->count ? e->job->plan->weights + range->first + offset : NULL;
}

static struct tile_part begin_part(const struct ending *e) {
    const struct plan_epilogue *p = &e->job->step->epilogue;
    return (struct tile_part){.activation = (enum activation)p->activation, .a = p->a, .b = p->b};
}

/* Pixels that are not neighbours in the output: by way of rows that are. */
static void end_spread(const struct ending *e, struct tile_part *part) {
    float bias[TILE_MOST + GEMM_OVERRUN], residual[TILE_MOST + GEMM_OVERRUN], out[TILE_MOST];
    int64_t stride = e->job->step->as.gemm.out_step[1], rows = part->rows;
    struct tile_part row = *part;
    row.rows = 1;
    row.out = out;
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t i = 0; i < part->count; i++) {
            bias[i] = part->bias ? part->bias[r * part->bias_stride + i * stride] : 0;
            residual[i] =
                part->residual ? part->residual[r * part->residual_stride + i * stride] : 0;
        }
        row.bias = part->bias ? bias : NULL;
        row.residual = part->residual ? residual : NULL;
        row.in = part->in + r * part->in_stride;
        row.row_bias = part->row_bias ? part->row_bias + r : NULL;
        row.row_slope = part->row_slope ? part->row_slope + r : NULL;
        e->kernels->end_part(&row);
        for (int64_t i = 0; i < part->count; i++)
            part->out[r * part->out_stride + i * stride] = out[i];
    }
}

/* `count` channels from m on, at a run's pixels; in: a row for each channel, `pitch` apart. */
static void end_pixels(const struct ending *e, int64_t m, int64_t count,
                       const struct ending_run *run, const float *in, int64_t pitch) {
    const struct step *step = e->job->step;
    const struct plan_epilogue *p = &step->epilogue;
    int64_t plane = (int64_t)step->out.height * step->out.width, at = m * plane + run->offset;
    struct tile_part part = begin_part(e);
    part.in = in;
    part.in_stride = pitch;
    part.rows = count;
    part.count = run->count;
    part.out = step_image(e->job, &step->out, (size_t)run->image) + at;
    part.out_stride = part.residual_stride = part.bias_stride = plane;
    if (p->bias_kind == BIAS_KIND_POSITION)
        part.bias = weights_at(e, &p->bias, at);
    else
        part.row_bias = weights_at(e, &p->bias, m);
    part.row_slope = weights_at(e, &p->slope, m);
    if (p->residual.buffer != PLAN_NONE)
        part.residual = step_image(e->job, &p->residual, (size_t)run->image) + at;
    if (step->as.gemm.out_step[1] == 1)
        e->kernels->end_part(&part);
    else
        end_spread(e, &part);
}

/* `count` channels from m on of a 1 x 1 map. */
static void end_channels(const struct ending *e, int64_t m, int64_t count, int64_t image,
                         const float *in) {
    const struct step *step = e->job->step;
    const struct plan_epilogue *p = &step->epilogue;
    struct tile_part part = begin_part(e);
    part.in = in;
    part.rows = 1;
    part.count = count;
    part.out = step_image(e->job, &step->out, (size_t)image) + m;
    part.bias = weights_at(e, &p->bias, m);
    part.slope = weights_at(e, &p->slope, m);
    if (p->residual.buffer != PLAN_NONE)
        part.residual = step_image(e->job, &p->residual, (size_t)image) + m;
    e->kernels->end_part(&part);
}

void ending_tile(const struct ending *e, int64_t filter_panel, int64_t pixel_panel,
                 const float *tile) {
    const struct step *step = e->job->step;
    int64_t first = filter_panel * e->filter_side, m = e->first_channel + first;
    int64_t filters = least(e->filter_side, e->channels - first);
    int64_t pitch = e->side;
    bool wide = step->as.gemm.order == GEMM_FILTERS_WIDE;
    bool vectors = wide && step->out.height == 1 && step->out.width == 1;
    if (wide && !vectors) {
        pitch = ending_pitch(e->side);
        e->kernels->transpose(e->turned, pitch, tile, e->filter_side, e->side, filters);
        tile = e->turned;
    }
    for (int32_t r = e->panel_runs[pixel_panel]; r < e->panel_runs[pixel_panel + 1]; r++) {
        const struct ending_run *run = &e->runs[r];
        if (vectors) /* each run is one image's pixel */
            end_channels(e, m, filters, run->image, tile + run->lane * e->filter_side);
        else
            end_pixels(e, m, filters, run, tile + run->lane, pitch);
    }
}
