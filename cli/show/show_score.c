/* Where in a picture a class is seen: the scores of a fully convolutional run laid over it. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/graph/kind.h"
#include "../../compiler/graph/layer.h"
#include "../terminal/message.h"
#include "mosaic.h"
#include "show.h"

#define COVER 0.7 /* of the picture, where the score is highest */

/* The probabilities of one class at each position of the output. */
struct score {
    const struct plan_output *output;
    size_t class, height, width;
    float *values; /* [height][width] */
    double mean, most;
    struct receptive_axis down, across; /* of positions, in pixels of the input */
};

/* ---- scores ---- */

static bool is_probability(const struct plan *plan, const struct plan_output *output) {
    for (uint32_t i = 0; i < plan->layer_count; i++) {
        const struct plan_layer *layer = &plan->layers[i];
        if (layer->step != PLAN_NONE &&
            strcmp(plan_string(plan, layer->name), plan_string(plan, output->name)) == 0)
            return plan->steps[layer->step].kind == STEP_softmax;
    }
    return false;
}

/* Over the channels of each position, in place. */
static void softmax(float *values, size_t classes, size_t places) {
    for (size_t p = 0; p < places; p++) {
        double most = -INFINITY, sum = 0;
        for (size_t c = 0; c < classes; c++)
            most = fmax(most, (double)values[c * places + p]);
        for (size_t c = 0; c < classes; c++)
            sum += exp((double)values[c * places + p] - most);
        for (size_t c = 0; c < classes; c++)
            values[c * places + p] = (float)(exp((double)values[c * places + p] - most) / sum);
    }
}

static double mean_of(const float *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i];
    return sum / (double)count;
}

/* The class whose mean over all positions is largest. */
static size_t best_class(const float *values, size_t classes, size_t places) {
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (mean_of(values + c * places, places) > mean_of(values + best * places, places))
            best = c;
    return best;
}

/* A compiled plan does not say what an output sees, and all may see the same: positions are then
 * spread evenly. */
static struct receptive_axis even_axis(int64_t extent, size_t positions) {
    double each = (double)extent / (double)positions;
    return (struct receptive_axis){.size = each, .jump = each, .start = 0};
}

static void find_axes(const struct show *show, struct score *score) {
    const struct plan_view *input = &show->model.plan->head.input;
    const struct compilation *c = show->model.compilation;
    score->down = even_axis(input->height, score->height);
    score->across = even_axis(input->width, score->width);
    if (!c)
        return;
    const struct receptive *field = &c->graph->layers[c->graph->outputs[0]]->receptive;
    if (field->known && field->height.jump > 0)
        score->down = field->height;
    if (field->known && field->width.jump > 0)
        score->across = field->width;
}

static enum status find_score(const struct show *show, const float *output, struct score *score) {
    const struct plan_view *view = &score->output->view;
    size_t places = score->height * score->width, classes = (size_t)view->channels;
    float *all = malloc(classes * places * sizeof *all);
    score->values = malloc(places * sizeof *score->values);
    if (!all || !score->values) {
        free(all);
        return show_no_memory();
    }
    memcpy(all, output, classes * places * sizeof *all);
    if (!is_probability(show->model.plan, score->output))
        softmax(all, classes, places);
    score->class = show->class >= 0 ? (size_t)show->class : best_class(all, classes, places);
    memcpy(score->values, all + score->class * places, places * sizeof *all);
    free(all);
    score->mean = mean_of(score->values, places);
    for (size_t i = 0; i < places; i++)
        score->most = fmax(score->most, (double)score->values[i]);
    find_axes(show, score);
    return STATUS_OK;
}

/* ---- painting ---- */

/* Where a pixel lies between the centres of what the positions see; 0 to positions - 1. */
static double position_of(const struct receptive_axis *axis, size_t pixel, size_t positions) {
    double centre = axis->start + (axis->size - 1) / 2;
    double position = axis->jump > 0 ? ((double)pixel - centre) / axis->jump : 0;
    double last = (double)positions - 1;
    return position < 0 ? 0 : position > last ? last : position;
}

static double score_at(const struct score *score, size_t y, size_t x) {
    double v = position_of(&score->down, y, score->height);
    double h = position_of(&score->across, x, score->width);
    size_t top = (size_t)v, left = (size_t)h;
    size_t bottom = top + 1 < score->height ? top + 1 : top;
    size_t right = left + 1 < score->width ? left + 1 : left;
    const float *above = score->values + top * score->width;
    const float *below = score->values + bottom * score->width;
    double part = h - (double)left, down = v - (double)top;
    return (1 - down) * ((1 - part) * (double)above[left] + part * (double)above[right]) +
           down * ((1 - part) * (double)below[left] + part * (double)below[right]);
}

/* Grey, and the warmer the surer. */
static void cover(const struct score *score, const struct scale *scale, size_t height, size_t width,
                  uint8_t *pixels) {
    for (size_t i = 0; i < height * width; i++) {
        uint8_t *pixel = pixels + 3 * i, rgb[3];
        double value = score_at(score, i / width, i % width);
        double part = scale->most > 0 ? COVER * value / scale->most : 0;
        double grey = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
        scale_colour(scale, value, rgb);
        for (int k = 0; k < 3; k++)
            pixel[k] = (uint8_t)lround((1 - part) * grey + part * rgb[k]);
    }
}

/* The picture, and beside it the same under the scores. */
static enum status paint(const struct show *show, const struct score *score,
                         const struct scale *scale, const struct show_input *input,
                         struct mosaic *mosaic) {
    const struct plan_view *view = &show->model.plan->head.input;
    enum status status = mosaic_new(mosaic, 2, 2, (size_t)view->height, (size_t)view->width);
    if (status != STATUS_OK)
        return status == STATUS_LIMIT ? show_too_large(show, "the input") : show_no_memory();
    uint8_t *pixels = show_pixels(show, input, input->images);
    if (!pixels) {
        mosaic_free(mosaic);
        return show_no_memory();
    }
    mosaic_pixels(mosaic, 0, pixels);
    cover(score, scale, mosaic->height, mosaic->width, pixels);
    mosaic_pixels(mosaic, 1, pixels);
    free(pixels);
    return STATUS_OK;
}

/* ---- in words ---- */

/* A line of the labels; nothing when there is none. */
static void add_label(const struct plan *plan, size_t class, struct text *out) {
    const char *line = plan_string(plan, plan->head.labels);
    for (; line && class > 0; class --) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (line)
        text_bytes(out, line, strcspn(line, "\r\n"));
}

static void axis_json(const char *key, const struct receptive_axis *axis, struct json *json) {
    json_key(json, key);
    json_open(json, '{');
    json_key(json, "size");
    json_real(json, axis->size);
    json_key(json, "jump");
    json_real(json, axis->jump);
    json_key(json, "start");
    json_real(json, axis->start);
    json_close(json, '}');
}

static void describe(const struct show *show, const struct score *score, const struct scale *scale,
                     const struct mosaic *mosaic, struct text *out) {
    struct json json = {.out = out};
    struct text label = {0};
    add_label(show->model.plan, score->class, &label);
    json_open(&json, '{');
    json_key(&json, "show");
    json_text(&json, "score-map");
    json_key(&json, "layer");
    json_text(&json, plan_string(show->model.plan, score->output->name));
    json_key(&json, "input");
    json_text(&json, show->request->inputs[0]);
    json_key(&json, "class");
    json_count(&json, (int64_t)score->class);
    if (label.length > 0) {
        json_key(&json, "label");
        json_text(&json, label.data);
    }
    text_free(&label);
    json_key(&json, "mean");
    json_real(&json, score->mean);
    mosaic_json(mosaic, &json);
    scale_json(scale, palette_name(scale->palette), &json);
    axis_json("receptive_height", &score->down, &json);
    axis_json("receptive_width", &score->across, &json);
    json_key(&json, "scores");
    json_open(&json, '[');
    for (size_t y = 0; y < score->height; y++) {
        json_open(&json, '[');
        for (size_t x = 0; x < score->width; x++)
            json_float(&json, score->values[y * score->width + x]);
        json_close(&json, ']');
    }
    json_close(&json, ']');
    json_close(&json, '}');
    text_add(out, "\n");
}

/* ---- the whole ---- */

static enum status write(const struct show *show, const struct score *score,
                         const struct show_input *input) {
    struct mosaic mosaic;
    struct show_files files = {0};
    struct scale scale = {.palette = PALETTE_HEAT, .most = score->most, .high = score->most};
    enum status status = paint(show, score, &scale, input, &mosaic);
    if (status != STATUS_OK)
        return status;
    status = show_png(&files, ".png", &mosaic.picture);
    describe(show, score, &scale, &mosaic, show_file(&files, ".json"));
    if (status == STATUS_OK)
        status = show_write(show, "score-map", &files);
    show_files_free(&files);
    mosaic_free(&mosaic);
    return status;
}

/* The global pool that leaves the output one position, whatever the input's size; NULL: there is
 * none, or a plan, which does not say. */
static const struct layer *global_pool(const struct show *show) {
    if (!show->model.compilation)
        return NULL;
    const struct graph *graph = show->model.compilation->graph;
    const struct layer *layer = graph->layers[graph->outputs[0]];
    while (layer->input_count > 0) {
        const struct layer *before = graph->layers[layer->inputs[0]];
        if (before->out.height * before->out.width > 1)
            break;
        layer = before;
    }
    bool global = layer_is(layer, KIND_pool) && ((const struct pool *)layer->settings)->global;
    return global ? layer : NULL;
}

/* The extent of a map for an input of extent `own`, from that for an input of extent `now`. */
static int64_t extent_of(int64_t map, int64_t own, int64_t now, const struct receptive *field,
                         double jump) {
    double each = field->known && jump > 0 ? jump : (double)now / (double)map;
    double extent = round((double)map - (double)(now - own) / each);
    return extent < 1 ? 1 : (int64_t)extent;
}

/* The way out is the window that the pool has at the spec's own size. */
static enum status refuse_global(const struct show *show, const struct layer *layer) {
    static const char *const types[] = {
        [POOL_MAX] = "max", [POOL_AVERAGE] = "average", [POOL_L2] = "l2"};
    const struct graph *graph = show->model.compilation->graph;
    const struct shape *own = &graph->own_input, *now = &graph->layers[0]->out;
    const struct layer *before = graph->layers[layer->inputs[0]];
    const struct receptive *field = &before->receptive;
    return message_usage(
        "show", NULL,
        "--score-map: the output has one position at any --input, since '%s' is "
        "global; expected pool: {type: %s, kernel: %" PRId64 "x%" PRId64
        ", stride: 1} in its place, and a larger --input",
        layer->name, types[((const struct pool *)layer->settings)->type],
        extent_of(before->out.height, own->height, now->height, field, field->height.jump),
        extent_of(before->out.width, own->width, now->width, field, field->width.jump));
}

static enum status check(const struct show *show, const struct score *score) {
    const struct layer *global = score->height * score->width == 1 ? global_pool(show) : NULL;
    if (global)
        return refuse_global(show, global);
    if (score->height * score->width == 1)
        return message_usage("show", NULL,
                             "--score-map: the output has one position; expected --input with a "
                             "larger picture, which gives it more");
    if (show->class >= score->output->view.channels)
        return message_usage("show", NULL,
                             "--class: there is no %" PRId64 "; expected one from 0 to %d",
                             show->class, score->output->view.channels - 1);
    return STATUS_OK;
}

enum status show_score(struct show *show) {
    const struct plan_output *output = &show->model.plan->outputs[0];
    struct score score = {.output = output,
                          .height = (size_t)output->view.height,
                          .width = (size_t)output->view.width};
    struct show_input input;
    struct run *run = NULL;
    enum status status = check(show, &score);
    if (status == STATUS_OK)
        status = show_open(show, show->request->inputs[0], &input);
    if (status != STATUS_OK)
        return status;
    status = model_run(&show->model, &run);
    if (status == STATUS_OK) {
        show_forward(show, run, input.images);
        status = find_score(show, run_output(run, 0, 0), &score);
    }
    if (status == STATUS_OK)
        status = write(show, &score, &input);
    free(score.values);
    run_free(run);
    show_close(&input);
    return status;
}
