#include "stage.h"

#include <assert.h>
#include <string.h>

#include "layer.h"

const char *const algorithm_names[] = {
    "", "gemm 1x1", "implicit gemm", "depthwise", "transposed gemm", "unshared",
};

uint64_t shape_floats(const struct shape *shape) {
    return (uint64_t)(shape->channels * shape->height * shape->width); /* within LIMIT_TENSOR */
}

bool stage_is_activation(const struct layer *layer) {
    static const enum kind_id kinds[] = {
        KIND_relu, KIND_relu6, KIND_sigmoid, KIND_tanh,        KIND_silu,       KIND_hardswish,
        KIND_elu,  KIND_prelu, KIND_clip,    KIND_hardsigmoid, KIND_leaky_relu,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (layer_is(layer, kinds[i]))
            return true;
    return false;
}

/* Backwards from the outputs: what is needed counts its inputs' uses. */
static void mark_used(struct stage_list *list) {
    for (uint32_t i = list->count; i-- > 0;) {
        struct stage *stage = &list->stages[i];
        if (stage->uses == 0 && !stage->kept && i != GRAPH_INPUT) {
            stage->state = STAGE_UNUSED;
            continue;
        }
        for (uint32_t k = 0; k < stage->input_count; k++)
            list->stages[stage->inputs[k]].uses++;
    }
}

struct stage_list *stage_list_new(const struct graph *graph, const uint32_t *outputs,
                                  uint32_t output_count) {
    struct arena *arena = graph->arena;
    struct stage_list *list = arena_alloc(arena, sizeof *list);
    *list = (struct stage_list){.arena = arena, .graph = graph, .count = graph->count};
    list->stages = arena_array(arena, list->count, sizeof *list->stages);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct layer *layer = graph->layers[i];
        struct stage *stage = &list->stages[i];
        stage->layer = stage->operation = layer;
        stage->input_count = layer->input_count;
        stage->inputs = arena_array(arena, layer->input_count, sizeof *stage->inputs);
        for (uint32_t k = 0; k < layer->input_count; k++)
            stage->inputs[k] = layer->inputs[k];
        stage->into = stage->residual = stage->in.root = stage->shares = STAGE_NONE;
    }
    list->output_count = output_count;
    list->outputs = arena_array(arena, output_count, sizeof *list->outputs);
    for (uint32_t i = 0; i < output_count; i++) {
        list->outputs[i] = outputs[i];
        list->stages[outputs[i]].kept = true;
    }
    mark_used(list);
    return list;
}

bool stage_private(const struct stage_list *list, uint32_t p) {
    const struct stage *stage = &list->stages[p];
    return stage->state == STAGE_STEP && p != GRAPH_INPUT && stage->uses == 1 && !stage->kept;
}

void stage_absorb(struct stage_list *list, uint32_t p, uint32_t c) {
    struct stage *from = &list->stages[p], *to = &list->stages[c];
    assert(p < c && stage_private(list, p));
    const struct layer **parts =
        arena_grow(list->arena, from->parts, from->part_count, from->part_count + 1, sizeof *parts);
    parts[from->part_count] = to->layer;
    to->parts = parts;
    to->part_count = from->part_count + 1;
    to->operation = from->operation;
    to->inputs = from->inputs;
    to->input_count = from->input_count;
    to->affine = from->affine;
    to->affine_count = from->affine_count;
    to->pad = from->pad;
    to->residual = from->residual;
    to->activation = from->activation;
    from->state = STAGE_FUSED;
    from->into = c;
    from->uses = 0;
}

uint32_t stage_owner(const struct stage_list *list, uint32_t i) {
    while (list->stages[i].state == STAGE_FUSED)
        i = list->stages[i].into;
    return i;
}

struct place stage_place(const struct stage_list *list, uint32_t i) {
    struct place place = {.root = i};
    for (;;) {
        const struct stage *stage = &list->stages[place.root];
        if (stage->state == STAGE_VIEW) {
            place.root = stage->inputs[0];
        } else if (stage->in.root != STAGE_NONE) {
            place.first += stage->in.first;
            place.root = stage->in.root;
        } else if (stage->shares != STAGE_NONE) {
            place.root = stage->shares;
        } else {
            return place;
        }
    }
}

void stage_verify(const struct stage_list *list) {
    uint32_t *uses = arena_array(list->arena, list->count, sizeof *uses);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct stage *stage = &list->stages[i];
        if (stage->state == STAGE_FUSED)
            assert(stage->into > i && stage->into < list->count && stage->uses == 0);
        bool idle =
            stage->state == STAGE_VIEW && stage->uses == 0; /* its readers were redirected */
        if (stage->state == STAGE_FUSED || stage->state == STAGE_UNUSED || idle)
            continue;
        for (uint32_t k = 0; k < stage->input_count; k++) {
            assert(stage->inputs[k] < i);
            uses[stage->inputs[k]]++;
        }
        if (stage->residual != STAGE_NONE)
            uses[stage->residual]++;
    }
    for (uint32_t i = 0; i < list->count; i++)
        assert(uses[i] == list->stages[i].uses);
    for (uint32_t i = 0; i < list->output_count; i++)
        assert(list->stages[list->outputs[i]].kept);
}
