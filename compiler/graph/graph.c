#include "graph.h"

#include <assert.h>
#include <string.h>

#include "../base/table.h"
#include "kind.h"

struct layer *graph_new_layer(struct arena *arena, const struct layer_kind *kind) {
    struct layer *layer = arena_alloc(arena, sizeof *layer);
    assert(kind->key_count <= 8 * sizeof layer->set);
    layer->kind = kind;
    layer->settings = arena_alloc(arena, kind->settings_size);
    layer->key_at = arena_array(arena, kind->key_count, sizeof *layer->key_at);
    key_defaults(kind, layer->settings);
    return layer;
}

uint32_t graph_append(struct graph *graph, struct layer *layer) {
    if (graph->count == graph->capacity) {
        uint32_t capacity = graph->capacity ? graph->capacity * 2 : 64;
        graph->layers =
            arena_grow(graph->arena, graph->layers, graph->count, capacity, sizeof(struct layer *));
        graph->capacity = capacity;
    }
    for (uint32_t i = 0; i < layer->input_count; i++)
        graph->layers[layer->inputs[i]]->readers++;
    graph->layers[graph->count] = layer;
    return graph->count++;
}

int64_t graph_find(const struct graph *graph, const char *name) {
    for (uint32_t i = 0; i < graph->count; i++) {
        if (strcmp(graph->layers[i]->name, name) == 0)
            return i;
    }
    return -1;
}

void trail_notes(struct diagnostics *diag, struct diagnostic *item, const struct trail *trail) {
    for (; trail; trail = trail->outer)
        diag_note(diag, item, trail->at, "%s", trail->text);
}

void graph_verify(const struct graph *graph) {
    assert(graph->count >= 1 && graph->layers[GRAPH_INPUT]->kind == kind_table[KIND_input]);
    struct table names;
    table_init(&names, graph->arena);
    uint32_t *readers = arena_array(graph->arena, graph->count, sizeof *readers);
    for (uint32_t i = 0; i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        assert(layer->kind && layer->name && layer->share < (i ? i : 1));
        if (!layer->poisoned) { /* those that are may lack a name of their own */
            assert(!table_find(&names, layer->name));
            table_put(&names, layer->name);
        }
        for (uint32_t k = 0; k < layer->input_count; k++) {
            assert(layer->inputs[k] < i);
            readers[layer->inputs[k]]++;
        }
        if (layer->known && i > 0) {
            assert(layer->out.channels > 0 && layer->out.height > 0 && layer->out.width > 0);
            assert(!layer->out.vector || (layer->out.height == 1 && layer->out.width == 1));
            for (uint32_t k = 0; k < layer->input_count; k++)
                assert(graph->layers[layer->inputs[k]]->known);
        }
    }
    for (uint32_t i = 0; i < graph->count; i++)
        assert(graph->layers[i]->readers == readers[i]);
    for (uint32_t i = 0; i < graph->output_count; i++)
        assert(graph->layers[graph->outputs[i]]->output);
}
