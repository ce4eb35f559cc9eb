#include "window.h"

#include <math.h>
#include <string.h>

#include "../base/integer.h"

/* One row, gathered from all of the window's, stands with its pads in `line`; for a stride it is
 * split by column mod stride, so that each tap is a row of neighbours. */
static int64_t line_length(const struct step_pool *pool, int64_t out_width) {
    return (out_width - 1) * pool->stride[1] + pool->kernel[1];
}
static int64_t phases(const struct step_pool *pool) {
    return pool->stride[1] == 1 ? 0 : least(pool->stride[1], pool->kernel[1]);
}
static int64_t phase_length(const struct step_pool *pool, int64_t out_width) {
    return out_width + (pool->kernel[1] - 1) / pool->stride[1];
}

size_t window_scratch(const struct step_pool *pool, int64_t width, int64_t out_width) {
    int64_t most_floats = (int64_t)1 << 40;
    int64_t line = line_length(pool, out_width) + width;
    if (line > most_floats || phase_length(pool, out_width) > most_floats / (1 + phases(pool)))
        return SIZE_MAX;
    return (size_t)(line + phase_length(pool, out_width) * phases(pool)) + 2 * GEMM_OVERRUN;
}

void window_begin(const struct window_map *map) {
    const struct step_pool *pool = map->pool;
    for (int64_t j = 0; j < pool->kernel[1]; j++)
        map->taps[j] =
            phases(pool) == 0
                ? j
                : j % pool->stride[1] * phase_length(pool, map->out_width) + j / pool->stride[1];
}

static void fill(float *out, int64_t count, float value) {
    for (int64_t i = 0; i < count; i++)
        out[i] = value;
}

/* All rows of the window into one, with what adds nothing on both sides. */
static void gather_rows(const struct window_map *map, int64_t y, float *line) {
    const struct step_pool *pool = map->pool;
    enum pool_kind kind = (enum pool_kind)pool->kind;
    float nothing = kind == POOL_KIND_MAX ? -INFINITY : 0;
    int64_t start = y * pool->stride[0] - pool->pad[0], length = line_length(pool, map->out_width);
    int64_t first = most(start, 0), end = least(start + pool->kernel[0], map->height);
    int64_t left = least(pool->pad[2], length), count = least(map->width, length - left);
    fill(line, left, nothing);
    float *row = line + left;
    fill(row, count, nothing);
    for (int64_t i = first; i < end; i++)
        map->rows->gather(row, map->in + i * map->width, (size_t)count, kind);
    fill(row + count, length - left - count, nothing);
}

void window_row(const struct window_map *map, int64_t y, float *out) {
    const struct step_pool *pool = map->pool;
    int64_t length = phase_length(pool, map->out_width);
    float *line = map->scratch, *split = line + line_length(pool, map->out_width) + GEMM_OVERRUN;
    gather_rows(map, y, line);
    for (int64_t p = 0; p < phases(pool); p++) {
        int64_t rest = line_length(pool, map->out_width) - p;
        int64_t count = least(length, ratio_up(rest, pool->stride[1]));
        map->copies->copy_row(split + p * length, 0, line + p, pool->stride[1], count,
                              length - count);
    }
    map->rows->reduce(out, phases(pool) ? split : line, (size_t)map->out_width, map->taps,
                      pool->kernel[1], pool->kind == POOL_KIND_MAX);
}
