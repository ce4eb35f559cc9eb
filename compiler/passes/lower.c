/* Stages to steps: views, ranges of weights, the tables of the plan. What a kind's step is told
 * stands in lower_step.c. */
#include "../graph/lower.h"

#include <inttypes.h>
#include <string.h>

#include "../../runtime/gemm/pack.h"
#include "../graph/image_rules.h"
#include "passes.h"

/* ---- strings ---- */

/* Ends the string that began at `at`. */
static uint32_t end_string(struct lowering *x, uint32_t at) {
    text_bytes(&x->strings, "", 1);
    if (x->strings.failed)
        longjmp(x->list->arena->out_of_memory, 1);
    return at;
}

static uint32_t add_string(struct lowering *x, const char *string) {
    uint32_t at = (uint32_t)x->strings.length;
    if (!string)
        return PLAN_NONE;
    text_add(&x->strings, string);
    return end_string(x, at);
}

static uint32_t add_parts(struct lowering *x, const struct stage *stage) {
    uint32_t at = (uint32_t)x->strings.length;
    for (uint32_t k = 0; k < stage->part_count; k++)
        text_format(&x->strings, "%s%s", k ? ", " : "", stage->parts[k]->name);
    return end_string(x, at);
}

/* ---- views, ranges ---- */

struct plan_view lower_view(const struct lowering *x, uint32_t value) {
    const struct stage_list *list = x->list;
    struct place place = stage_place(list, value);
    const struct shape *shape = &list->stages[value].layer->out;
    return (struct plan_view){.buffer = list->stages[place.root].buffer,
                              .channels = (int32_t)shape->channels,
                              .height = (int32_t)shape->height,
                              .width = (int32_t)shape->width,
                              .first = place.first};
}

struct plan_range lower_range(struct lowering *x, uint64_t floats) {
    struct plan_range range = {.first = x->plan->head.weights, .count = floats};
    uint64_t room = (floats + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
    if (room < floats || __builtin_add_overflow(range.first, room, &x->plan->head.weights))
        x->failed = true;
    return range;
}

static struct plan_view no_view(void) { return (struct plan_view){.buffer = PLAN_NONE}; }

/* ---- steps ---- */

struct step *lower_add_step(struct lowering *x, const struct stage *stage, enum step_kind_id kind) {
    struct plan *plan = x->plan;
    if (plan->step_count == x->capacity) {
        x->capacity = x->capacity ? 2 * x->capacity : 64;
        plan->steps = arena_grow(&plan->arena, plan->steps, plan->step_count, x->capacity,
                                 sizeof *plan->steps);
    }
    struct step *step = &plan->steps[plan->step_count++];
    step->kind = kind;
    step->name = x->name;
    step->fused = x->fused;
    step->input_count = 1;
    if (stage->input_count > 0)
        step->in[0] = lower_view(x, stage->inputs[0]);
    step->in[1] = no_view();
    step->out = lower_view(x, (uint32_t)(stage - x->list->stages));
    step->epilogue.residual = no_view();
    return step;
}

/* Sets PLAN_NONE where a value is there from the start. */
static uint32_t later(uint32_t a, uint32_t b) {
    if (a == PLAN_NONE || b == PLAN_NONE)
        return a == PLAN_NONE ? b : a;
    return a > b ? a : b;
}

/* The step after which the value of stage i is whole. */
static uint32_t done_of(const struct stage_list *list, const struct stage *stage) {
    if (stage->state == STAGE_VIEW)
        return list->stages[stage->inputs[0]].done;
    uint32_t done = stage->step_count ? stage->step + stage->step_count - 1 : PLAN_NONE;
    if (layer_is(stage->operation, KIND_concat))
        for (uint32_t k = 0; k < stage->input_count; k++)
            done = later(done, list->stages[stage->inputs[k]].done);
    return done;
}

static void check_steps(struct lowering *x, const struct stage *stage) {
    const struct layer *layer = stage->operation;
    if (x->plan->step_count <= PLAN_STEPS)
        return;
    diag_error(x->diag, layer->at, "limit-steps",
               "with those of %s the plan has more than %d steps", layer->name, PLAN_STEPS);
    x->failed = true;
}

static void lower_stages(struct lowering *x) {
    struct stage_list *list = x->list;
    list->stages[GRAPH_INPUT].done = PLAN_NONE;
    for (uint32_t i = 1; i < list->count && !x->failed; i++) {
        struct stage *stage = &list->stages[i];
        if (stage->state == STAGE_STEP) {
            x->name = add_string(x, stage->operation->name);
            x->fused = add_parts(x, stage);
            stage->step = x->plan->step_count;
            lower_stage(x, i);
            stage->step_count = x->plan->step_count - stage->step;
            check_steps(x, stage);
        }
        if (stage->state == STAGE_STEP || stage->state == STAGE_VIEW)
            stage->done = done_of(list, stage);
    }
}

/* ---- the other tables ---- */

static void lower_layers(struct lowering *x) {
    const struct stage_list *list = x->list;
    struct plan *plan = x->plan;
    plan->layer_count = list->count - 1;
    plan->layers = arena_array(&plan->arena, plan->layer_count, sizeof *plan->layers);
    for (uint32_t i = 1; i < list->count; i++) {
        uint32_t shown = i; /* a view of what was fused does not exist either */
        while (list->stages[shown].state == STAGE_VIEW)
            shown = list->stages[shown].inputs[0];
        const struct stage *stage = &list->stages[shown];
        struct plan_layer *layer = &plan->layers[i - 1];
        layer->name = add_string(x, list->stages[i].layer->name);
        layer->view = no_view();
        layer->step = PLAN_NONE;
        layer->kept = stage->state == STAGE_STEP;
        layer->transposed = layer_is(list->stages[i].layer, KIND_deconv);
        layer->vector = list->stages[i].layer->out.vector;
        if (layer->kept) {
            layer->view = lower_view(x, i);
            layer->step = stage->done;
        } else if (stage->state == STAGE_FUSED) {
            const struct stage *owner = &list->stages[stage_owner(list, shown)];
            layer->step = owner->step + owner->step_count - 1;
        }
    }
}

static void lower_outputs(struct lowering *x) {
    const struct stage_list *list = x->list;
    struct plan *plan = x->plan;
    plan->output_count = list->output_count;
    plan->outputs = arena_array(&plan->arena, plan->output_count, sizeof *plan->outputs);
    for (uint32_t i = 0; i < list->output_count; i++) {
        const struct layer *layer = list->stages[list->outputs[i]].layer;
        plan->outputs[i] = (struct plan_output){.name = add_string(x, layer->name),
                                                .vector = layer->out.vector,
                                                .view = lower_view(x, list->outputs[i])};
    }
}

static void lower_all(struct lowering *x) {
    const struct stage_list *list = x->list;
    struct plan *plan = x->plan;
    const struct graph *graph = list->graph;
    plan->buffer_count = list->buffer_count;
    plan->buffers = arena_array(&plan->arena, list->buffer_count, sizeof *plan->buffers);
    memcpy(plan->buffers, list->buffers, list->buffer_count * sizeof *plan->buffers);
    plan->head.tile = list->tile;
    plan->head.name = add_string(x, graph->name);
    plan->head.labels = PLAN_NONE;
    plan->head.input = lower_view(x, GRAPH_INPUT);
    plan->head.arena = list->arena_floats;
    for (uint32_t i = 1; i < list->count; i++)
        if (list->stages[i].state != STAGE_UNUSED)
            plan->head.macs += (uint64_t)graph->layers[i]->macs;
    plan->head.image = image_rules_plan(&graph->image);
    lower_stages(x);
    lower_layers(x);
    lower_outputs(x);
    plan->strings = arena_copy(&plan->arena, x->strings.data, x->strings.length);
    plan->string_bytes = (uint32_t)x->strings.length;
}

static void free_strings(void *strings) { text_free(strings); }

bool lower(struct stage_list *list, struct diagnostics *diag, struct plan *plan) {
    struct lowering *x = arena_alloc(list->arena, sizeof *x);
    *x = (struct lowering){.list = list, .plan = plan, .diag = diag};
    arena_defer(list->arena, free_strings, &x->strings);
    lower_all(x);
    x->failed |= plan->head.weights > PLAN_FLOATS || plan->head.arena > PLAN_FLOATS;
    if (x->failed && diag->errors == 0)
        diag_error(diag, list->graph->layers[GRAPH_INPUT]->at, "limit-memory",
                   "the plan's weights or activations exceed 2^40 floats");
    return !x->failed;
}
