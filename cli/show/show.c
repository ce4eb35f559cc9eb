#include "show.h"

#include "../../compiler/graph/kind.h"
#include "../terminal/message.h"
#include "filters.h"
#include "mosaic.h"

enum status show_no_memory(void) {
    return message(STATUS_MEMORY, "out of memory; expected room for a picture");
}

enum status show_too_large(const struct show *show, const char *layer) {
    static const char *const smaller[] = {[SHOW_FILTERS] = "layer",
                                          [SHOW_MAPS] = "layer or --input",
                                          [SHOW_SCORE_MAP] = "--input",
                                          [SHOW_PATCHES] = "layer, --input or --topk",
                                          [SHOW_MATRIX] = "layer or --input"};
    return message_class(STATUS_LIMIT, "limit-image", show->model.title,
                         "the picture of '%s' would have more than %zu pixels; expected a smaller "
                         "%s",
                         layer, MOSAIC_AREA, smaller[show->mode]);
}

/* ---- layers ---- */

const char *show_name(const struct show *show, uint32_t layer) {
    return plan_string(show->model.plan, show->model.plan->layers[layer].name);
}

/* The plan's layers are the graph's without the input. */
const struct layer *show_compiled(const struct show *show, uint32_t layer) {
    return show->model.compilation ? show->model.compilation->graph->layers[layer + 1] : NULL;
}

enum status show_find(const struct show *show, const char *name, uint32_t *layer) {
    return model_layer(&show->model, name, layer) ? STATUS_OK
                                                  : model_no_layer(&show->model, "show", "", name);
}

enum status show_watch(const struct show *show, struct run *run, uint32_t layer) {
    if (!show->model.plan->layers[layer].kept)
        return message_usage("show", NULL,
                             "'%s' has no values of its own in this plan; expected the spec, or "
                             "another layer",
                             show_name(show, layer));
    return run_watch(run, layer) == STATUS_OK ? STATUS_OK : show_no_memory();
}

/* ---- their filters ---- */

bool show_is_transposed(const struct show *show, uint32_t layer) {
    return show->model.plan->layers[layer].transposed;
}

/* The map that was a vector before the fc layer got it; NULL: there is none, or a plan does not say
 * so. */
static const struct shape *flattened(const struct show *show, const struct layer *layer) {
    if (!layer || !layer_is(layer, KIND_fc))
        return NULL;
    do
        layer = show->model.compilation->graph->layers[layer->inputs[0]];
    while (layer_is(layer, KIND_flatten) || layer_is(layer, KIND_dropout));
    return &layer->out;
}

bool show_shape(const struct show *show, uint32_t layer, struct filters *filters) {
    const struct plan *plan = show->model.plan;
    const char *name = show_name(show, layer);
    const struct shape *map = flattened(show, show_compiled(show, layer));
    const struct step *step = filters_step(plan, name, 0);
    if (!step)
        return false;
    if (show_is_transposed(show, layer))
        filters_transposed_shape(plan, name, filters);
    else
        filters_shape(step, filters);
    int64_t taps = (int64_t)filters_taps(filters);
    if (map && map->channels * map->height * map->width == taps) {
        filters->channels = (size_t)map->channels;
        filters->height = (size_t)map->height;
        filters->width = (size_t)map->width;
    }
    return true;
}
