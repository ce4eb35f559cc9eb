/* What excites the channels of a layer: for each the parts of pictures where its value is largest,
 * one of a picture (Zeiler, Fergus 2014, figure 2). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../terminal/message.h"
#include "mosaic.h"
#include "show.h"

struct patch {
    float value;
    char *file;
    size_t index;    /* of the image in it */
    int64_t y, x;    /* in the layer's map */
    uint8_t *pixels; /* [height][width][3]; NULL: there is none yet */
};

struct gallery {
    struct show *show;
    const struct layer *layer;
    uint32_t index; /* in the plan */
    size_t channels, topk;
    size_t blocks;         /* of topk tiles side by side, with a tile's room between them */
    struct patch *patches; /* [channels][topk], largest first */
    struct mosaic mosaic;
    size_t images; /* that were looked at */
};

/* ---- where ---- */

/* The pixels that an output sees along an axis begin here; what sees beyond the input is shown as
 * the input, whole. */
static int64_t first_pixel(const struct receptive_axis *axis, int64_t place, size_t size,
                           int64_t extent) {
    if ((int64_t)size == extent && axis->size >= (double)extent)
        return 0;
    struct receptive_span span = receptive_at(axis, place);
    return span.first <= span.last ? span.first : 0;
}

static size_t patch_side(const struct receptive_axis *axis, int64_t extent) {
    return axis->size < 1 ? 1 : axis->size < (double)extent ? (size_t)axis->size : (size_t)extent;
}

/* Rows of the mosaic have a block for each of some channels, so that it is about square. */
static size_t tile_of(const struct gallery *g, size_t channel, size_t rank) {
    size_t row = channel / g->blocks, block = channel % g->blocks;
    return row * g->mosaic.columns + block * (g->topk + 1) + rank;
}

static enum status lay_out(struct gallery *g) {
    const struct plan_view *input = &g->show->model.plan->head.input;
    size_t height = patch_side(&g->layer->receptive.height, input->height);
    size_t width = patch_side(&g->layer->receptive.width, input->width);
    double square = (double)g->channels * (double)height / (double)width;
    g->blocks = (size_t)ceil(sqrt(square / (double)(g->topk + 1)));
    g->blocks = g->blocks < g->channels ? g->blocks : g->channels;
    size_t rows = (g->channels + g->blocks - 1) / g->blocks;
    size_t columns = g->blocks * (g->topk + 1) - 1, count;
    if (!size_mul(rows, columns, &count))
        return show_too_large(g->show, g->show->layer);
    enum status status = mosaic_new(&g->mosaic, count, columns, height, width);
    return status == STATUS_OK      ? status
           : status == STATUS_LIMIT ? show_too_large(g->show, g->show->layer)
                                    : show_no_memory();
}

/* ---- collecting ---- */

/* Out of the picture stays background. */
static void cut(const struct gallery *g, const uint8_t *picture, struct patch *patch) {
    static const uint8_t outside[3] = {0xd8, 0xdb, 0xe0};
    const struct plan_view *input = &g->show->model.plan->head.input;
    const struct receptive *field = &g->layer->receptive;
    size_t height = g->mosaic.height, width = g->mosaic.width;
    int64_t top = first_pixel(&field->height, patch->y, height, input->height);
    int64_t left = first_pixel(&field->width, patch->x, width, input->width);
    for (size_t i = 0; i < height * width; i++) {
        int64_t y = top + (int64_t)(i / width), x = left + (int64_t)(i % width);
        bool inside = y >= 0 && y < input->height && x >= 0 && x < input->width;
        memcpy(patch->pixels + 3 * i, inside ? picture + 3 * (y * input->width + x) : outside, 3);
    }
}

static size_t best_place(const float *values, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i] > values[best] || isnan(values[best]))
            best = i;
    return best;
}

/* Puts the patch, of the file, among the best of its channel; of equal ones the first stays before.
 * The memory of the one that goes is used again. */
static bool insert(struct gallery *g, size_t channel, struct patch patch, const char *file,
                   const uint8_t *picture) {
    struct patch *best = g->patches + channel * g->topk, *last = best + g->topk - 1;
    size_t place = g->topk;
    while (place > 0 && (!best[place - 1].pixels || patch.value > best[place - 1].value))
        place--;
    if (place == g->topk)
        return true;
    if (!last->pixels)
        last->pixels = malloc(3 * g->mosaic.height * g->mosaic.width);
    patch.pixels = last->pixels;
    patch.file = strdup(file);
    if (!patch.pixels || !patch.file) {
        free(patch.file);
        return false;
    }
    free(last->file);
    cut(g, picture, &patch);
    memmove(best + place + 1, best + place, (g->topk - 1 - place) * sizeof *best);
    best[place] = patch;
    return true;
}

static enum status collect_image(struct gallery *g, struct run *run, const char *file, size_t index,
                                 const struct show_input *input) {
    const float *image = show_image(g->show, input, index);
    const struct plan_view *view = &g->show->model.plan->layers[g->index].view;
    size_t places = (size_t)view->height * (size_t)view->width;
    uint8_t *picture = image ? show_pixels(g->show, input, image) : NULL;
    bool good = picture;
    if (good)
        show_forward(g->show, run, image);
    for (size_t c = 0; c < g->channels && good; c++) {
        const float *values = run_layer(run, 0) + c * places;
        size_t place = best_place(values, places);
        struct patch patch = {.value = values[place],
                              .index = index,
                              .y = (int64_t)place / view->width,
                              .x = (int64_t)place % view->width};
        if (!isnan(patch.value))
            good = insert(g, c, patch, file, picture);
    }
    free(picture);
    g->images++;
    return good ? STATUS_OK : show_no_memory();
}

static enum status collect_source(struct gallery *g, struct run *run,
                                  const struct sources_item *source) {
    struct show_input input;
    enum status status = show_open_source(g->show, source, &input);
    if (status != STATUS_OK)
        return status;
    for (size_t n = 0; n < input.count && status == STATUS_OK; n++)
        status = collect_image(g, run, source->name, n, &input);
    show_close(&input);
    return status;
}

/* Operands have no lists, so that only memory can end them. */
static enum status next_source(struct sources *sources, struct sources_item *source) {
    return sources && sources_next(sources, source) == STATUS_OK ? STATUS_OK : show_no_memory();
}

/* What is no good was told, and the others go on. */
static enum status collect(struct gallery *g, struct run *run) {
    const struct request *request = g->show->request;
    struct stream_stop stop = {0};
    struct left_out left = {0};
    const struct sources_options options = {.operands = request->inputs,
                                            .operand_count = request->input_count,
                                            .most = g->show->inputs.most,
                                            .picture = g->show->inputs.picture,
                                            .shard = 1,
                                            .shards = 1,
                                            .left = &left,
                                            .stop = &stop};
    struct sources *sources = sources_new(&options);
    struct sources_item source = {0};
    enum status status = next_source(sources, &source);
    bool partial = false;
    while (status == STATUS_OK && source.kind != SOURCES_END) {
        status = collect_source(g, run, &source);
        sources_item_free(&source);
        partial |= status == STATUS_PARTIAL;
        if (status == STATUS_OK || status == STATUS_PARTIAL)
            status = next_source(sources, &source);
    }
    sources_item_free(&source);
    sources_free(sources);
    if (status == STATUS_OK)
        status = left_out_tell(&left);
    left_out_free(&left);
    return status == STATUS_OK && partial ? STATUS_PARTIAL : status;
}

/* ---- writing ---- */

static void list_patch(const struct gallery *g, size_t channel, size_t rank, struct json *json) {
    const struct patch *patch = &g->patches[channel * g->topk + rank];
    const struct plan_view *input = &g->show->model.plan->head.input;
    const struct receptive *field = &g->layer->receptive;
    size_t x, y;
    mosaic_place(&g->mosaic, tile_of(g, channel, rank), &x, &y);
    const struct {
        const char *key;
        int64_t value;
    } members[] = {
        {"x", (int64_t)x},
        {"y", (int64_t)y},
        {"channel", (int64_t)channel},
        {"rank", (int64_t)rank},
        {"index", (int64_t)patch->index},
        {"map_y", patch->y},
        {"map_x", patch->x},
        {"top", first_pixel(&field->height, patch->y, g->mosaic.height, input->height)},
        {"left", first_pixel(&field->width, patch->x, g->mosaic.width, input->width)},
    };
    json_open(json, '{');
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_key(json, members[i].key);
        json_count(json, members[i].value);
    }
    json_key(json, "file");
    json_text(json, patch->file);
    json_key(json, "value");
    json_float(json, patch->value);
    json_close(json, '}');
}

static void describe(const struct gallery *g, struct text *out) {
    struct json json = {.out = out};
    json_open(&json, '{');
    json_key(&json, "show");
    json_text(&json, "patches");
    json_key(&json, "layer");
    json_text(&json, g->show->layer);
    mosaic_json(&g->mosaic, &json);
    json_key(&json, "tiles");
    json_open(&json, '[');
    for (size_t c = 0; c < g->channels; c++)
        for (size_t k = 0; k < g->topk; k++)
            if (g->patches[c * g->topk + k].pixels)
                list_patch(g, c, k, &json);
    json_close(&json, ']');
    json_close(&json, '}');
    text_add(out, "\n");
}

static enum status write(struct gallery *g) {
    struct show_files files = {0};
    struct text stem = {0};
    for (size_t c = 0; c < g->channels; c++)
        for (size_t k = 0; k < g->topk; k++)
            if (g->patches[c * g->topk + k].pixels)
                mosaic_pixels(&g->mosaic, tile_of(g, c, k), g->patches[c * g->topk + k].pixels);
    enum status status = show_png(&files, ".png", &g->mosaic.picture);
    describe(g, show_file(&files, ".json"));
    show_stem(g->show->layer, "patches", &stem);
    if (status == STATUS_OK)
        status = stem.failed ? show_no_memory() : show_write(g->show, stem.data, &files);
    text_free(&stem);
    show_files_free(&files);
    return status;
}

static void free_gallery(struct gallery *g) {
    for (size_t i = 0; g->patches && i < g->channels * g->topk; i++) {
        free(g->patches[i].file);
        free(g->patches[i].pixels);
    }
    free(g->patches);
    mosaic_free(&g->mosaic);
}

static enum status find_layer(const struct show *show, struct gallery *g) {
    enum status status = show_find(show, show->layer, &g->index);
    if (status != STATUS_OK)
        return status;
    g->layer = show_compiled(show, g->index);
    if (!g->layer)
        return message_usage("show", NULL,
                             "--patches: %s is a compiled plan, which does not say what a layer "
                             "sees; expected a spec",
                             show->model.title);
    if (!g->layer->receptive.known)
        return message_usage("show", NULL,
                             "--patches: what '%s' sees is no regular grid, as its branches have "
                             "different strides; expected another layer",
                             show->layer);
    g->channels = (size_t)show->model.plan->layers[g->index].view.channels;
    return lay_out(g);
}

enum status show_patches(struct show *show) {
    struct gallery gallery = {.show = show, .topk = show->topk};
    struct run *run = NULL;
    enum status status = find_layer(show, &gallery);
    if (status == STATUS_OK) {
        gallery.patches = calloc(gallery.channels * gallery.topk, sizeof *gallery.patches);
        status = gallery.patches ? model_run(&show->model, &run) : show_no_memory();
    }
    if (status == STATUS_OK)
        status = show_watch(show, run, gallery.index);
    if (status == STATUS_OK)
        status = collect(&gallery, run);
    if ((status == STATUS_OK || status == STATUS_PARTIAL) && gallery.images > 0) {
        enum status written = write(&gallery);
        status = written == STATUS_OK ? status : written;
    }
    run_free(run);
    free_gallery(&gallery);
    return status;
}
