/* What the layers make of a picture: a tile for each channel. */
#include <stdlib.h>
#include <string.h>

#include "../terminal/message.h"
#include "mosaic.h"
#include "show.h"

static void list_map(const struct mosaic *mosaic, const float *values, size_t channel,
                     struct json *json) {
    size_t x, y, plane = mosaic->height * mosaic->width;
    double sum = 0, least = 0, most = 0;
    for (size_t i = 0; i < plane; i++) {
        double value = (double)values[channel * plane + i];
        least = i == 0 || value < least ? value : least;
        most = i == 0 || value > most ? value : most;
        sum += value;
    }
    mosaic_place(mosaic, channel, &x, &y);
    json_open(json, '{');
    json_key(json, "x");
    json_count(json, (int64_t)x);
    json_key(json, "y");
    json_count(json, (int64_t)y);
    json_key(json, "channel");
    json_count(json, (int64_t)channel);
    json_key(json, "least");
    json_float(json, (float)least);
    json_key(json, "most");
    json_float(json, (float)most);
    json_key(json, "mean");
    json_float(json, (float)(sum / (double)plane));
    json_close(json, '}');
}

static void describe(const struct show *show, uint32_t layer, const struct scale *scale,
                     const struct mosaic *mosaic, const float *values, struct text *out) {
    struct json json = {.out = out};
    const int64_t shape[] = {(int64_t)mosaic->count, (int64_t)mosaic->height,
                             (int64_t)mosaic->width};
    json_open(&json, '{');
    json_key(&json, "show");
    json_text(&json, "maps");
    json_key(&json, "layer");
    json_text(&json, show_name(show, layer));
    json_key(&json, "input");
    json_text(&json, show->request->inputs[0]);
    json_key(&json, "output");
    json_counts(&json, shape, 3);
    mosaic_json(mosaic, &json);
    scale_json(scale, palette_name(scale->palette), &json);
    if (mosaic->count <= MOSAIC_LISTED) {
        json_key(&json, "tiles");
        json_open(&json, '[');
        for (size_t i = 0; i < mosaic->count; i++)
            list_map(mosaic, values, i, &json);
        json_close(&json, ']');
    }
    json_close(&json, '}');
    text_add(out, "\n");
}

static enum status add(const struct show *show, uint32_t layer, const char *stem,
                       const float *values, struct show_saves *saves) {
    const struct plan_view *view = &show->model.plan->layers[layer].view;
    struct mosaic mosaic;
    struct show_files files = {0};
    struct scale scale = scale_of(values, (size_t)plan_view_size(view));
    enum status status =
        mosaic_new(&mosaic, (size_t)view->channels, 0, (size_t)view->height, (size_t)view->width);
    if (status != STATUS_OK)
        return status == STATUS_LIMIT ? show_too_large(show, show_name(show, layer))
                                      : show_no_memory();
    for (size_t i = 0; i < mosaic.count; i++)
        mosaic_values(&mosaic, i, &scale, values + i * mosaic.height * mosaic.width);
    status = show_png(&files, ".png", &mosaic.picture);
    describe(show, layer, &scale, &mosaic, values, show_file(&files, ".json"));
    if (status == STATUS_OK)
        status = show_add(show, stem, &files, saves);
    show_files_free(&files);
    mosaic_free(&mosaic);
    return status;
}

/* numbered: the layer's place stands before its name, as files of all layers are to be sorted. */
static enum status show_map(const struct show *show, struct run *run, const float *image,
                            uint32_t layer, bool numbered, struct show_saves *saves) {
    struct text stem = {0};
    enum status status = show_watch(show, run, layer);
    if (status != STATUS_OK)
        return status;
    show_forward(show, run, image);
    if (numbered)
        text_format(&stem, "%03u-", layer + 1);
    show_stem(show_name(show, layer), "maps", &stem);
    status = stem.failed ? show_no_memory() : add(show, layer, stem.data, run_layer(run, 0), saves);
    text_free(&stem);
    return status;
}

static enum status show_all(const struct show *show, struct run *run, const float *image,
                            struct show_saves *saves) {
    const struct plan *plan = show->model.plan;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < plan->layer_count && status == STATUS_OK; i++)
        if (plan->layers[i].kept)
            status = show_map(show, run, image, i, true, saves);
    return status;
}

enum status show_maps(struct show *show) {
    bool all = strcmp(show->layer, "all") == 0;
    struct show_input input;
    struct show_saves saves = {0};
    struct run *run = NULL;
    uint32_t layer = 0;
    enum status status = all ? STATUS_OK : show_find(show, show->layer, &layer);
    if (status == STATUS_OK)
        status = show_open(show, show->request->inputs[0], &input);
    if (status != STATUS_OK)
        return status;
    status = model_run(&show->model, &run);
    if (status == STATUS_OK)
        status = all ? show_all(show, run, input.images, &saves)
                     : show_map(show, run, input.images, layer, false, &saves);
    status = show_end(&saves, status);
    run_free(run);
    show_close(&input);
    return status;
}
