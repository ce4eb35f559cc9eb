/* add, mul, concat: several inputs, one output. */
#include "../graph/fit.h"
#include "../graph/layer.h"

#include <inttypes.h>

enum { OPERANDS_SHOWN = 8 };

/* "conv1 gives 64x56x56, conv2 gives 128x28x28": the first operands, and always number `odd`. */
static const char *operands(struct inference *x, const struct layer *layer,
                            const struct shape *const *in, uint32_t odd) {
    struct arena *arena = x->graph->arena;
    const char *list = "";
    for (uint32_t i = 0; i < layer->input_count; i++) {
        if (i >= OPERANDS_SHOWN && i != odd)
            continue;
        bool gap = i > OPERANDS_SHOWN;
        list = arena_format(arena, "%s%s%s%s gives %s", list, i ? ", " : "", gap ? "..., " : "",
                            x->graph->layers[layer->inputs[i]]->name, shape_text(arena, in[i]));
    }
    uint32_t said = layer->input_count > OPERANDS_SHOWN ? OPERANDS_SHOWN : layer->input_count;
    if (odd >= OPERANDS_SHOWN)
        said++;
    if (said < layer->input_count)
        list = arena_format(arena, "%s and %" PRIu32 " more", list, layer->input_count - said);
    return list;
}

/* Says that operand `odd` does not go with the first; the first is then what is gone on with.
 * Maps that differ only because something before is assumed are no mistake here: they will not when
 * that fits. */
static bool mismatch(struct inference *x, struct layer *layer, const struct shape *const *in,
                     uint32_t odd, bool channels) {
    const struct shape *a = in[0], *b = in[odd];
    bool maps = a->vector == b->vector && !(channels && a->channels != b->channels);
    if (x->diag->muted)
        return !x->strict;
    if (x->basis && maps && (x->graph->least || fit_curable(x))) {
        x->graph->uneven = true;
        return true;
    }
    const char *what = "one is a vector, the other a map";
    struct arena *arena = x->graph->arena;
    if (channels && a->channels != b->channels)
        what = arena_format(arena, "channels %" PRId64 " and %" PRId64 " differ", a->channels,
                            b->channels);
    else if (a->height != b->height)
        what =
            arena_format(arena, "heights %" PRId64 " and %" PRId64 " differ", a->height, b->height);
    else if (a->width != b->width)
        what = arena_format(arena, "widths %" PRId64 " and %" PRId64 " differ", a->width, b->width);
    layer_error(x, layer, NULL, "graph-shape", "%s cannot join its inputs: %s; %s", layer->name,
                what, operands(x, layer, in, odd));
    return layer_misfit(x, layer);
}

static bool enough(struct inference *x, const struct layer *layer) {
    if (layer->input_count >= 2)
        return true;
    layer_error(x, layer, NULL, "graph-operands", "%s has only one input; %s needs two or more",
                layer->name, layer->kind->name);
    return false;
}

static bool add_shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    if (!enough(x, layer))
        return false;
    layer->out = *in[0];
    for (uint32_t i = 1; i < layer->input_count; i++) {
        if (!shape_equal(in[0], in[i]))
            return mismatch(x, layer, in, i, true);
    }
    return true;
}

/* Does `small` hold one number for each channel of map? */
static bool scales(const struct shape *small, const struct shape *map) {
    return small->channels == map->channels && small->height == 1 && small->width == 1;
}

static bool mul_shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    if (!enough(x, layer))
        return false;
    struct shape *out = &layer->out;
    *out = *in[0];
    for (uint32_t i = 1; i < layer->input_count; i++) {
        if (shape_equal(out, in[i]) || (scales(in[i], out) && !out->vector))
            continue;
        if (!scales(out, in[i]))
            return mismatch(x, layer, in, i, true);
        *out = *in[i];
    }
    return true;
}

static bool concat_shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    if (!enough(x, layer))
        return false;
    struct shape out = *in[0];
    uint32_t odd = 0;
    for (uint32_t i = 1; i < layer->input_count; i++) {
        bool same =
            in[i]->height == out.height && in[i]->width == out.width && in[i]->vector == out.vector;
        odd = odd || same ? odd : i;
        out.channels += in[i]->channels; /* at most LIMIT_LAYERS * LIMIT_DIMENSION */
    }
    layer->out = out;
    return !odd || mismatch(x, layer, in, odd, false);
}

#define JOIN(kind, text)                                                                           \
    const struct layer_kind layer_##kind = {                                                       \
        .name = #kind,                                                                             \
        .summary = text,                                                                           \
        .takes = TAKES_BOTH,                                                                       \
        .joins = true,                                                                             \
        .shape = kind##_shape,                                                                     \
    }

JOIN(add, "the sum of inputs of equal shape");
JOIN(mul, "the product of inputs; one number for each channel may stand against a map");
JOIN(concat, "the inputs' channels one after the other");
