#include "matrix.h"

#include <stdlib.h>
#include <string.h>

static enum status matrix_new(size_t rows, size_t columns, struct matrix *matrix) {
    size_t cells;
    *matrix = (struct matrix){.rows = rows, .columns = columns};
    if (!size_mul(rows, columns, &cells) || cells > MATRIX_CELLS)
        return STATUS_LIMIT;
    matrix->values = calloc(cells + 1, sizeof *matrix->values);
    matrix->given = calloc(cells + 1, 1);
    if (matrix->values && matrix->given)
        return STATUS_OK;
    matrix_free(matrix);
    return STATUS_MEMORY;
}

void matrix_free(struct matrix *matrix) {
    free(matrix->values);
    free(matrix->given);
    *matrix = (struct matrix){0};
}

static void set(struct matrix *matrix, size_t row, size_t column, float value) {
    size_t cell = row * matrix->columns + column;
    matrix->values[cell] += value;
    matrix->given[cell] = 1;
}

/* ---- where a tap reads ---- */

struct tap {
    size_t channel, row, column; /* of the filter */
};

static struct tap tap_of(const struct filters *f, size_t k) {
    return (struct tap){k / (f->height * f->width), k / f->width % f->height, k % f->width};
}

/* The element of x that the tap meets in group g for the output at (y, x) of the map; false: it is
 * in the padding. */
static bool element(const struct filters *f, size_t g, struct tap tap, int64_t y, int64_t x,
                    size_t *index) {
    const struct plan_view *in = &f->step->in[0];
    int64_t row = y * f->stride[0] + (int64_t)tap.row * f->dilation[0] - f->pad[0];
    int64_t column = x * f->stride[1] + (int64_t)tap.column * f->dilation[1] - f->pad[1];
    if (row < 0 || row >= in->height || column < 0 || column >= in->width)
        return false;
    size_t channel = g * f->channels + tap.channel;
    *index = (channel * (size_t)in->height + (size_t)row) * (size_t)in->width + (size_t)column;
    return true;
}

/* ---- Toeplitz ---- */

static void add_row(const struct filters *f, size_t m, int64_t y, int64_t x,
                    struct matrix *matrix) {
    const struct plan_view *out = &f->step->out;
    size_t taps = filters_taps(f), index, g = m / (f->count / f->groups);
    size_t row = (m * (size_t)out->height + (size_t)(f->out_start[0] + f->out_step[0] * y)) *
                     (size_t)out->width +
                 (size_t)(f->out_start[1] + f->out_step[1] * x);
    size_t position = f->positions > 1 ? (size_t)(y * f->map[1] + x) : 0;
    const float *weights = f->values + (m * f->positions + position) * taps;
    for (size_t k = 0; k < taps; k++)
        if (element(f, g, tap_of(f, k), y, x, &index))
            set(matrix, row, index, weights[k]);
}

static void add_rows(const struct filters *f, struct matrix *matrix) {
    for (size_t m = 0; m < f->count; m++)
        for (int64_t y = 0; y < f->map[0]; y++)
            for (int64_t x = 0; x < f->map[1]; x++)
                add_row(f, m, y, x, matrix);
}

enum status matrix_toeplitz(const struct plan *plan, const char *layer, struct matrix *matrix) {
    const struct step *step = filters_step(plan, layer, 0);
    enum status status =
        matrix_new(plan_view_size(&step->out), plan_view_size(&step->in[0]), matrix);
    for (size_t n = 0; status == STATUS_OK && step; step = filters_step(plan, layer, ++n)) {
        struct filters filters;
        status = filters_of(plan, step, &filters);
        if (status == STATUS_OK)
            add_rows(&filters, matrix);
        filters_free(&filters);
    }
    if (status == STATUS_MEMORY)
        matrix_free(matrix);
    return status;
}

/* ---- im2col ---- */

enum status matrix_patches(const struct filters *filters, const float *input,
                           struct matrix *matrix) {
    size_t taps = filters_taps(filters), index;
    size_t across = (size_t)filters->map[1], places = (size_t)filters->map[0] * across;
    size_t rows;
    if (!size_mul(filters->groups, taps, &rows))
        rows = SIZE_MAX;
    enum status status = matrix_new(rows, places, matrix);
    for (size_t row = 0; status == STATUS_OK && row < rows; row++)
        for (size_t p = 0; p < places; p++)
            if (element(filters, row / taps, tap_of(filters, row % taps), (int64_t)(p / across),
                        (int64_t)(p % across), &index))
                set(matrix, row, p, input ? input[index] : (float)index);
    return status;
}

static enum status matrix_of(const float *values, size_t rows, size_t columns,
                             struct matrix *matrix) {
    enum status status = matrix_new(rows, columns, matrix);
    for (size_t i = 0; status == STATUS_OK && i < rows; i++)
        for (size_t k = 0; k < columns; k++)
            set(matrix, i, k, values[i * columns + k]);
    return status;
}

enum status matrix_filters(const struct filters *filters, struct matrix *matrix) {
    return matrix_of(filters->values, filters->count * filters->positions, filters_taps(filters),
                     matrix);
}

enum status matrix_vector(const float *values, size_t count, struct matrix *matrix) {
    return matrix_of(values, count, 1, matrix);
}

enum status matrix_bias(const struct plan *plan, const struct step *step, struct matrix *matrix) {
    const struct plan_epilogue *epilogue = &step->epilogue;
    size_t count = plan_view_size(&step->out), each = count / (size_t)step->out.channels;
    enum status status = matrix_new(count, 1, matrix);
    for (size_t i = 0; status == STATUS_OK && i < count && epilogue->bias.count > 0; i++)
        set(matrix, i, 0,
            plan->weights[epilogue->bias.first +
                          (epilogue->bias_kind == BIAS_KIND_POSITION ? i : i / each)]);
    return status;
}
