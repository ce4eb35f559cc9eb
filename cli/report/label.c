#include "label.h"

#include <string.h>

#include "../../compiler/graph/kind.h"
#include "columns.h"

static enum label_family family_of(const struct layer *layer) {
    if (!layer->known || layer->misfit)
        return LABEL_FAULT;
    if (layer_is(layer, KIND_input))
        return LABEL_INPUT;
    if (layer->kind->joins)
        return LABEL_JOIN;
    if (layer->kind->macs)
        return LABEL_WEIGHTS;
    bool moves = layer->kind->slides || layer_is(layer, KIND_upsample) ||
                 layer_is(layer, KIND_pad) || layer_is(layer, KIND_flatten) ||
                 layer_is(layer, KIND_shuffle);
    return moves ? LABEL_POOL : LABEL_POINTWISE;
}

static const char *cell(const struct graph *graph, const struct layer *layer, enum column_id id) {
    static const struct view si = {.batch = 1, .units = UNITS_SI};
    struct text text = {0};
    column_cell(&columns[id], graph, layer, &si, &text);
    const char *copy = arena_copy(graph->arena, text.data ? text.data : "", text.length);
    text_free(&text);
    return copy;
}

/* "conv", "max pool". */
static const char *op_text(const struct graph *graph, const struct layer *layer) {
    int type = key_index(layer->kind, "type");
    if (type < 0)
        return layer->kind->name;
    struct text text = {0};
    key_print(&layer->kind->keys[type], layer->settings, &text);
    const char *op =
        arena_format(graph->arena, "%s %s", text.data ? text.data : "", layer->kind->name);
    text_free(&text);
    return op;
}

/* "conv 11x11, stride 4, pad 2", as far as there is something to say. */
static const char *window_text(const struct graph *graph, const struct layer *layer) {
    static const struct {
        enum column_id column;
        const char *word, *silent; /* what goes without saying */
    } parts[] = {
        {COLUMN_STRIDE, "stride", "1"},         {COLUMN_PAD, "pad", "0"},
        {COLUMN_OUTPUT_PAD, "output pad", "0"}, {COLUMN_DILATION, "dilation", "1"},
        {COLUMN_GROUPS, "groups", "1"},         {COLUMN_SCALE, "scale", ""},
        {COLUMN_CHANNELS, "channels", "0"},
    };
    const char *text = op_text(graph, layer), *kernel = cell(graph, layer, COLUMN_KERNEL);
    struct arena *arena = graph->arena;
    if (kernel[0])
        text = strchr(kernel, 'x') ? arena_format(arena, "%s %s", text, kernel)
                                   : arena_format(arena, "%s %sx%s", text, kernel, kernel);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *value = cell(graph, layer, parts[i].column);
        if (value[0] && strcmp(value, parts[i].silent) != 0)
            text = arena_format(arena, "%s, %s %s", text, parts[i].word, value);
    }
    return text;
}

static void add(struct label *label, const char *line) { label->lines[label->count++] = line; }

struct label label_of(const struct graph *graph, const struct layer *layer) {
    struct label label = {.family = family_of(layer)};
    struct arena *arena = graph->arena;
    label.assumed = layer->known && layer->assumed;
    if (!layer->known) {
        add(&label, layer->name);
        add(&label, arena_format(arena, "%s ?", layer->kind->name));
        return label;
    }
    const char *output = cell(graph, layer, COLUMN_OUTPUT);
    if (label.family == LABEL_POINTWISE || label.family == LABEL_JOIN) {
        label.slim = true;
        add(&label, arena_format(arena, "%s  %s%s%s", layer->name, layer->kind->name,
                                 label.family == LABEL_JOIN ? "  " : "",
                                 label.family == LABEL_JOIN ? output : ""));
        return label;
    }
    add(&label, layer->name);
    if (label.family != LABEL_INPUT)
        add(&label, window_text(graph, layer));
    add(&label, label.assumed ? arena_format(arena, "%s %s", output,
                                             layer->misfit ? "(does not fit)" : "(assumed)")
                              : output);
    if (layer->parameters > 0)
        add(&label, arena_format(arena, "%s params", cell(graph, layer, COLUMN_PARAMS)));
    return label;
}

const char *label_title(const struct graph *graph, const struct view *view) {
    struct text text = {0};
    const char *name = graph->name ? graph->name : view->file;
    text_escaped(&text, name, strlen(name)); /* free text, of a terminal's bytes too */
    text_add(&text, ": ");
    amount_print(graph->totals.parameters, false, UNITS_SI, &text);
    text_add(&text, " parameters, ");
    amount_print(graph->totals.macs, false, UNITS_SI, &text);
    text_add(&text, graph->assumed ? " MACs, assumed" : " MACs");
    const char *copy = arena_copy(graph->arena, text.data ? text.data : "", text.length);
    text_free(&text);
    return copy;
}

/* Nothing is known of what reads a fault, which is drawn for it. */
bool label_drawn(const struct graph *graph, const struct layer *layer) {
    bool drawn = true;
    for (uint32_t i = 0; i < layer->input_count && !layer->known; i++)
        drawn = drawn && graph->layers[layer->inputs[i]]->known;
    return drawn;
}
