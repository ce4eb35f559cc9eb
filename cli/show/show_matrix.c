/* A layer as matrices: im2col's two, and the Toeplitz one, as numbers and as pictures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../terminal/message.h"
#include "matrix.h"
#include "mosaic.h"
#include "show.h"

/* What is shown of one layer, and of one image when there is one. */
struct form {
    struct show *show;
    const struct step *step;
    struct filters filters;
    float *x, *y; /* the layer's input and output for the image; or NULL */
    struct show_files files;
    struct text out; /* the JSON */
    struct json json;
};

/* ---- one matrix ---- */

/* sparse: nothing, not 0, where nothing stands. */
static void write_csv(const struct matrix *matrix, bool sparse, struct text *out) {
    for (size_t i = 0; i < matrix->rows; i++)
        for (size_t k = 0; k < matrix->columns; k++) {
            size_t cell = i * matrix->columns + k;
            if (matrix->values[cell] == 0)
                text_add(out, sparse && !matrix->given[cell] ? "" : "0");
            else
                text_format(out, "%.9g", (double)matrix->values[cell]);
            text_add(out, k + 1 < matrix->columns ? "," : "\n");
        }
}

/* A picture of the matrix in blocks of block_rows x block_columns, a tile each. Where no
 * coefficient stands is neither positive nor negative nor 0. */
struct blocks {
    size_t rows, columns;
};

static void paint(const struct matrix *matrix, const struct blocks *block,
                  const struct scale *scale, struct mosaic *mosaic) {
    static const uint8_t nothing[3] = {0xdf, 0xe2, 0xe6};
    for (size_t i = 0; i < matrix->rows; i++)
        for (size_t k = 0; k < matrix->columns; k++) {
            size_t tile = i / block->rows * mosaic->columns + k / block->columns;
            size_t cell = i * matrix->columns + k;
            uint8_t rgb[3];
            scale_colour(scale, (double)matrix->values[cell], rgb);
            mosaic_cell(mosaic, tile, i % block->rows, k % block->columns,
                        matrix->given[cell] ? rgb : nothing);
        }
}

/* The doubly blocked matrix shows its blocks, one for each output and input channel; those of one
 * cell are none. */
static struct blocks blocks_of(const struct form *form, const struct matrix *matrix, bool blocked) {
    const struct plan_view *in = &form->step->in[0], *out = &form->step->out;
    size_t across = (size_t)in->height * (size_t)in->width;
    size_t down = (size_t)out->height * (size_t)out->width;
    if (blocked && across > 1 && down > 1)
        return (struct blocks){down, across};
    return (struct blocks){matrix->rows, matrix->columns};
}

static enum status add_picture(struct form *form, const char *suffix, const struct matrix *matrix,
                               bool blocked) {
    struct mosaic mosaic;
    struct scale scale = scale_of(matrix->values, matrix->rows * matrix->columns);
    struct blocks block = blocks_of(form, matrix, blocked);
    size_t across = matrix->columns / block.columns, down = matrix->rows / block.rows;
    enum status status = mosaic_new(&mosaic, down * across, across, block.rows, block.columns);
    if (status != STATUS_OK)
        return status == STATUS_LIMIT ? show_too_large(form->show, form->show->layer)
                                      : show_no_memory();
    paint(matrix, &block, &scale, &mosaic);
    status = show_png(&form->files, suffix, &mosaic.picture);
    mosaic_json(&mosaic, &form->json);
    scale_json(&scale, palette_name(scale.palette), &form->json);
    mosaic_free(&mosaic);
    return status;
}

struct matrix_names {
    const char *key, *what, *csv, *png; /* png: NULL, it is a vector */
    bool blocked;
};
static const struct matrix_names toeplitz = {
    .key = "toeplitz",
    .what = "y = toeplitz x + bias; a block for each output and input channel",
    .csv = "-toeplitz.csv",
    .png = "-toeplitz.png",
    .blocked = true};
static const struct matrix_names weights = {.key = "filters",
                                            .what = "y = filters patches + bias; a row is a filter",
                                            .csv = "-filters.csv",
                                            .png = "-filters.png"};
static const struct matrix_names patches = {
    .key = "patches",
    .what = "a column is what an output sees; groups stand below each other",
    .csv = "-patches.csv",
    .png = "-patches.png"};
static const struct matrix_names indices = {
    .key = "patches",
    .what = "the places in x of what an output sees, a column each; empty: padding",
    .csv = "-patches.csv",
    .png = "-patches.png"};
static const struct matrix_names bias = {
    .key = "bias", .what = "of each output", .csv = "-bias.csv"};
static const struct matrix_names input = {
    .key = "x", .what = "the layer's input (channel, y, x)", .csv = "-x.csv"};
static const struct matrix_names output = {
    .key = "y", .what = "the layer's output (channel, y, x)", .csv = "-y.csv"};

/* Adds what was made, and frees it; or says why it was not. */
static enum status add(struct form *form, const struct matrix_names *names, enum status status,
                       struct matrix *matrix) {
    if (status == STATUS_LIMIT)
        return message_class(status, "limit-matrix", form->show->model.title,
                             "the %s matrix of '%s' would be %zu x %zu; expected at most %zu "
                             "cells: a smaller layer, or a smaller --input",
                             names->key, form->show->layer, matrix->rows, matrix->columns,
                             MATRIX_CELLS);
    if (status != STATUS_OK)
        return show_no_memory();
    json_key(&form->json, names->key);
    json_open(&form->json, '{');
    json_key(&form->json, "what");
    json_text(&form->json, names->what);
    json_key(&form->json, "matrix");
    json_counts(&form->json, (const int64_t[]){(int64_t)matrix->rows, (int64_t)matrix->columns}, 2);
    write_csv(matrix, names == &indices, show_file(&form->files, names->csv));
    if (names->png)
        status = add_picture(form, names->png, matrix, names->blocked);
    json_close(&form->json, '}');
    matrix_free(matrix);
    return status;
}

/* ---- the layer ---- */

static void view_json(struct json *json, const char *key, const struct plan_view *view) {
    const int64_t shape[] = {view->channels, view->height, view->width};
    json_key(json, key);
    json_counts(json, shape, 3);
}

static void describe(struct form *form) {
    struct json *json = &form->json;
    json_key(json, "show");
    json_text(json, "matrix");
    json_key(json, "layer");
    json_text(json, form->show->layer);
    view_json(json, "x_shape", &form->step->in[0]);
    view_json(json, "y_shape", &form->step->out);
    json_key(json, "groups");
    json_count(json, (int64_t)form->filters.groups);
}

static enum status add_vectors(struct form *form) {
    struct matrix matrix;
    enum status status = matrix_bias(form->show->model.plan, form->step, &matrix);
    status = add(form, &bias, status, &matrix);
    if (status == STATUS_OK && form->x)
        status = add(form, &input,
                     matrix_vector(form->x, (size_t)plan_view_size(&form->step->in[0]), &matrix),
                     &matrix);
    if (status == STATUS_OK && form->y)
        status =
            add(form, &output,
                matrix_vector(form->y, (size_t)plan_view_size(&form->step->out), &matrix), &matrix);
    return status;
}

static enum status add_all(struct form *form) {
    const struct plan *plan = form->show->model.plan;
    struct matrix matrix;
    bool im2col = !filters_step(plan, form->show->layer, 1) && form->step->kind != STEP_local;
    enum status status = matrix_toeplitz(plan, form->show->layer, &matrix);
    status = add(form, &toeplitz, status, &matrix);
    if (status == STATUS_OK && im2col)
        status = add(form, &weights, matrix_filters(&form->filters, &matrix), &matrix);
    if (status == STATUS_OK && im2col)
        status = add(form, form->x ? &patches : &indices,
                     matrix_patches(&form->filters, form->x, &matrix), &matrix);
    return status == STATUS_OK ? add_vectors(form) : status;
}

static enum status write(struct form *form) {
    struct text stem = {0};
    form->json.out = &form->out;
    json_open(&form->json, '{');
    describe(form);
    enum status status = add_all(form);
    json_close(&form->json, '}');
    text_add(&form->out, "\n");
    *show_file(&form->files, ".json") = form->out;
    show_stem(form->show->layer, "matrix", &stem);
    if (status == STATUS_OK)
        status = stem.failed ? show_no_memory() : show_write(form->show, stem.data, &form->files);
    text_free(&stem);
    show_files_free(&form->files);
    return status;
}

/* ---- the image ---- */

static enum status copy_layer(struct run *run, const struct plan_view *view, float **out) {
    size_t bytes = (size_t)plan_view_size(view) * sizeof **out;
    *out = malloc(bytes);
    if (!*out)
        return show_no_memory();
    memcpy(*out, run_layer(run, 0), bytes);
    return STATUS_OK;
}

/* before: of the graph; its input is the network's own. */
static enum status copy_input(struct form *form, struct run *run, uint32_t before,
                              const float *image) {
    const struct plan_view *view = &form->step->in[0];
    if (before == GRAPH_INPUT) {
        size_t bytes = (size_t)plan_view_size(view) * sizeof *form->x;
        form->x = malloc(bytes);
        if (!form->x)
            return show_no_memory();
        memcpy(form->x, image, bytes);
        return STATUS_OK;
    }
    enum status status = show_watch(form->show, run, before - 1);
    if (status != STATUS_OK)
        return status;
    show_forward(form->show, run, image);
    return copy_layer(run, view, &form->x);
}

static enum status run_image(struct form *form, uint32_t layer) {
    struct show *show = form->show;
    const struct layer *compiled = show_compiled(show, layer);
    struct show_input image;
    struct run *run = NULL;
    if (!compiled)
        return message_usage("show", NULL,
                             "--matrix: %s is a compiled plan; expected a spec, or no picture",
                             show->model.title);
    enum status status = show_open(show, show->request->inputs[0], &image);
    if (status != STATUS_OK)
        return status;
    status = model_run(&show->model, &run);
    if (status == STATUS_OK)
        status = copy_input(form, run, compiled->inputs[0], image.images);
    if (status == STATUS_OK)
        status = show_watch(show, run, layer);
    if (status == STATUS_OK) {
        show_forward(show, run, image.images);
        status = copy_layer(run, &form->step->out, &form->y);
    }
    run_free(run);
    show_close(&image);
    return status;
}

enum status show_matrix(struct show *show) {
    const struct plan *plan = show->model.plan;
    struct form form = {.show = show};
    uint32_t layer;
    enum status status = show_find(show, show->layer, &layer);
    if (status != STATUS_OK)
        return status;
    form.step = filters_step(plan, show->layer, 0);
    if (!form.step)
        return message_usage("show", NULL,
                             "--matrix: '%s' is none; expected a conv, deconv, local or fc layer",
                             show->layer);
    if (filters_of(plan, form.step, &form.filters) != STATUS_OK)
        return show_no_memory();
    if (show->request->input_count > 0)
        status = run_image(&form, layer);
    if (status == STATUS_OK)
        status = write(&form);
    filters_free(&form.filters);
    free(form.x);
    free(form.y);
    return status;
}
