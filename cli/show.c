#include "show.h"

#include "message.h"
#include "mosaic.h"

enum status show_no_memory(void) {
    return message(STATUS_MEMORY, "out of memory; expected room for a picture");
}

enum status show_too_large(const struct show *show, const char *layer) {
    return message_class(STATUS_LIMIT, "limit-image", show->model.title,
                         "the picture of '%s' would have more than %zu pixels; expected a smaller "
                         "layer, --input or --topk",
                         layer, MOSAIC_AREA);
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
