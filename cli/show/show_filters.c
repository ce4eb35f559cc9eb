/* The filters of a layer as tiles. */
#include <string.h>

#include "../terminal/message.h"
#include "filters.h"
#include "mosaic.h"
#include "show.h"

/* ---- tiles ---- */

/* How the filters become tiles: in colour, a tile for each channel, or where a filter is a row of
 * numbers the whole layer as one, filters down and channels across. */
enum arrangement { IN_COLOUR, EACH_CHANNEL, ONE_MATRIX };
static const char *const arrangements[] = {"filters in colour", "filters x channels",
                                           "one matrix: filters down, channels across"};

static enum arrangement arrange(const struct filters *f) {
    if (f->height * f->width == 1 && f->channels > 1)
        return ONE_MATRIX;
    return f->channels == 3 && f->groups == 1 ? IN_COLOUR : EACH_CHANNEL;
}

static enum status lay_out(const struct filters *f, enum arrangement how, struct mosaic *mosaic) {
    size_t count = f->count * f->positions;
    switch (how) {
    case ONE_MATRIX:
        return mosaic_new(mosaic, 1, 1, count, f->channels);
    case IN_COLOUR:
        return mosaic_new(mosaic, count, 0, f->height, f->width);
    case EACH_CHANNEL:
        break;
    }
    if (!size_mul(count, f->channels, &count))
        return STATUS_LIMIT;
    return mosaic_new(mosaic, count, f->channels > 1 ? f->channels : 0, f->height, f->width);
}

static void paint(const struct filters *f, enum arrangement how, const struct scale *scale,
                  struct mosaic *mosaic) {
    size_t plane = mosaic->height * mosaic->width;
    for (size_t i = 0; i < mosaic->count; i++)
        if (how == IN_COLOUR)
            mosaic_colours(mosaic, i, scale, f->values + i * 3 * plane);
        else
            mosaic_values(mosaic, i, scale, f->values + i * plane);
}

/* Where the network gets blue first, the filters that look at its input have it first too. */
static void turn_bgr(const struct show *show, const struct filters *f) {
    const struct plan_view *in = &f->step->in[0], *input = &show->model.plan->head.input;
    size_t plane = f->height * f->width;
    if (!show_is_bgr(show) || in->buffer != input->buffer || in->first != input->first)
        return;
    for (size_t i = 0; i < f->count * f->positions; i++)
        for (size_t k = 0; k < plane; k++) {
            float *blue = f->values + 3 * i * plane + k, *red = blue + 2 * plane, kept = *blue;
            *blue = *red;
            *red = kept;
        }
}

static void list_tile(const struct filters *f, const struct mosaic *mosaic, enum arrangement how,
                      size_t tile, struct json *json) {
    size_t x, y, filter = how == IN_COLOUR ? tile : tile / f->channels;
    mosaic_place(mosaic, tile, &x, &y);
    json_open(json, '{');
    json_key(json, "x");
    json_count(json, (int64_t)x);
    json_key(json, "y");
    json_count(json, (int64_t)y);
    json_key(json, "filter");
    json_count(json, (int64_t)(filter / f->positions));
    if (f->positions > 1) {
        json_key(json, "position");
        json_count(json, (int64_t)(filter % f->positions));
    }
    if (how == EACH_CHANNEL) {
        size_t group = filter / f->positions / (f->count / f->groups);
        json_key(json, "channel");
        json_count(json, (int64_t)(group * f->channels + tile % f->channels));
    }
    json_close(json, '}');
}

static void describe(const struct show *show, const struct filters *f, enum arrangement how,
                     bool transposed, const struct scale *scale, const struct mosaic *mosaic,
                     struct text *out) {
    struct json json = {.out = out};
    const int64_t shape[] = {(int64_t)f->count, (int64_t)f->channels, (int64_t)f->height,
                             (int64_t)f->width};
    json_open(&json, '{');
    json_key(&json, "show");
    json_text(&json, "filters");
    json_key(&json, "layer");
    json_text(&json, show->layer);
    json_key(&json, "filters");
    json_counts(&json, shape, 4);
    json_key(&json, "tiles_are");
    json_text(&json, arrangements[how]);
    if (transposed) {
        json_key(&json, "filters_are_of");
        json_text(&json, "input channels, and channels of the output");
    }
    mosaic_json(mosaic, &json);
    scale_json(scale, how == IN_COLOUR ? "rgb" : palette_name(scale->palette), &json);
    if (mosaic->count <= MOSAIC_LISTED && how != ONE_MATRIX) {
        json_key(&json, "tiles");
        json_open(&json, '[');
        for (size_t i = 0; i < mosaic->count; i++)
            list_tile(f, mosaic, how, i, &json);
        json_close(&json, ']');
    }
    json_close(&json, '}');
    text_add(out, "\n");
}

static enum status write(const struct show *show, const struct filters *f, bool transposed) {
    struct mosaic mosaic;
    struct show_files files = {0};
    struct text stem = {0};
    enum arrangement how = arrange(f);
    struct scale scale = scale_of(f->values, f->count * f->positions * filters_taps(f));
    enum status status = lay_out(f, how, &mosaic);
    if (status != STATUS_OK)
        return status == STATUS_LIMIT ? show_too_large(show, show->layer) : show_no_memory();
    if (how == IN_COLOUR && !transposed)
        turn_bgr(show, f);
    paint(f, how, &scale, &mosaic);
    status = show_png(&files, ".png", &mosaic.picture);
    describe(show, f, how, transposed, &scale, &mosaic, show_file(&files, ".json"));
    show_stem(show->layer, "filters", &stem);
    if (status == STATUS_OK)
        status = stem.failed ? show_no_memory() : show_write(show, stem.data, &files);
    text_free(&stem);
    show_files_free(&files);
    mosaic_free(&mosaic);
    return status;
}

enum status show_filters(struct show *show) {
    const struct plan *plan = show->model.plan;
    struct filters filters, shape;
    uint32_t layer;
    enum status status = show_find(show, show->layer, &layer);
    if (status != STATUS_OK)
        return status;
    if (!show_shape(show, layer, &shape))
        return message_usage("show", NULL,
                             "--filters: '%s' has none; expected a conv, deconv, local or fc layer",
                             show->layer);
    bool transposed = show_is_transposed(show, layer);
    status = transposed ? filters_transposed(plan, show->layer, &filters)
                        : filters_of(plan, shape.step, &filters);
    if (status == STATUS_INPUT)
        return message_file(status, show->model.title,
                            "the steps of '%s' differ in channels; expected a plan as 'cnnc "
                            "compile' writes it",
                            show->layer);
    if (status != STATUS_OK)
        return show_no_memory();
    shape.values = filters.values;
    status = write(show, &shape, transposed);
    filters_free(&filters);
    return status;
}
