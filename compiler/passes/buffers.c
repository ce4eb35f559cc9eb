/* Which values share memory: in place, in a concat, or one after the other (memplan.c). */
#include "../graph/layer.h"
#include "memplan.h"
#include "passes.h"

enum { BUFFER_NONE = UINT32_MAX };

static void live_at(struct stage_list *list, uint32_t value, uint32_t time) {
    struct stage *root = &list->stages[stage_place(list, value).root];
    if (time < root->first)
        root->first = time;
    if (time > root->last)
        root->last = time;
}

/* The network's input is there from the start, an output is to stay to the end. */
static void find_lifetimes(struct stage_list *list) {
    for (uint32_t i = 0; i < list->count; i++)
        list->stages[i].first = UINT32_MAX;
    live_at(list, GRAPH_INPUT, 0);
    for (uint32_t i = 1; i < list->count; i++) {
        const struct stage *stage = &list->stages[i];
        if (stage->state != STAGE_STEP)
            continue;
        live_at(list, i, i);
        for (uint32_t k = 0; k < stage->input_count; k++)
            live_at(list, stage->inputs[k], i);
        if (stage->residual != STAGE_NONE)
            live_at(list, stage->residual, i);
    }
    for (uint32_t i = 0; i < list->output_count; i++)
        live_at(list, list->outputs[i], list->count);
}

/* Node i may write over this value: nobody reads it later, and it fills its buffer. */
static bool ends_here(const struct stage_list *list, uint32_t value, uint32_t i) {
    struct place place = stage_place(list, value);
    const struct stage *root = &list->stages[place.root];
    return place.first == 0 && root->last == i && place.root != i &&
           shape_floats(&root->layer->out) == shape_floats(&list->stages[i].layer->out) &&
           shape_floats(&list->stages[value].layer->out) == shape_floats(&root->layer->out);
}

/* How many of the stage's inputs stand in this buffer. */
static uint32_t reads(const struct stage_list *list, const struct stage *stage, uint32_t root) {
    uint32_t count = 0;
    for (uint32_t k = 0; k < stage->input_count; k++)
        count += stage_place(list, stage->inputs[k]).root == root;
    return count;
}

/* A value that stage i may overwrite element by element, or STAGE_NONE. */
static uint32_t find_overwritten(const struct stage_list *list, uint32_t i) {
    const struct stage *stage = &list->stages[i];
    const struct layer *operation = stage->operation;
    bool join = layer_is(operation, KIND_add) || layer_is(operation, KIND_mul);
    if (join || layer_is(operation, KIND_bn) || stage_is_activation(operation)) {
        /* A join of many begins with its first two inputs and goes on in its own result, which no
         * later one may share. */
        bool many = join && stage->input_count > 2;
        uint32_t most = many ? 1 : stage->input_count;
        for (uint32_t k = 0; k < most; k++)
            if (ends_here(list, stage->inputs[k], i) &&
                (!many || reads(list, stage, stage_place(list, stage->inputs[k]).root) == 1) &&
                shape_floats(&list->stages[stage->inputs[k]].layer->out) ==
                    shape_floats(&stage->layer->out))
                return stage->inputs[k];
    }
    uint32_t residual = stage->residual;
    if (residual != STAGE_NONE && ends_here(list, residual, i) &&
        reads(list, stage, stage_place(list, residual).root) == 0)
        return residual;
    return STAGE_NONE;
}

static void share_in_place(struct stage_list *list) {
    for (uint32_t i = 1; i < list->count; i++) {
        struct stage *stage = &list->stages[i];
        if (stage->state != STAGE_STEP || stage->in.root != STAGE_NONE)
            continue;
        uint32_t value = find_overwritten(list, i);
        if (value == STAGE_NONE)
            continue;
        uint32_t root = stage_place(list, value).root;
        stage->shares = root;
        if (stage->last > list->stages[root].last)
            list->stages[root].last = stage->last;
    }
}

static bool begins_buffer(const struct stage_list *list, uint32_t i) {
    const struct stage *stage = &list->stages[i];
    return stage->state == STAGE_STEP && stage->in.root == STAGE_NONE &&
           stage->shares == STAGE_NONE;
}

bool place_buffers(struct stage_list *list) {
    find_lifetimes(list);
    share_in_place(list);
    struct memplan_buffer *plan = arena_array(list->arena, list->count, sizeof *plan);
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        struct stage *stage = &list->stages[i];
        stage->buffer = BUFFER_NONE;
        if (!begins_buffer(list, i))
            continue;
        uint64_t floats = shape_floats(&stage->layer->out);
        stage->buffer = count;
        plan[count++] = (struct memplan_buffer){
            .size = (floats + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN,
            .first = stage->first,
            .last = stage->last,
        };
    }
    if (!memplan(list->arena, plan, count, &list->arena_floats, &list->live_floats))
        return false;
    list->buffer_count = count;
    list->buffers = arena_array(list->arena, count, sizeof *list->buffers);
    for (uint32_t i = 0; i < count; i++)
        list->buffers[i] = (struct plan_buffer){.offset = plan[i].offset, .size = plan[i].size};
    return true;
}
