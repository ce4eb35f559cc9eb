#include "compiler.h"

#include <assert.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "front/expand.h"
#include "graph/count.h"
#include "graph/receptive.h"
#include "graph/shape.h"
#include "passes/passes.h"

/* The argument of --input: a shape for this run, which never changes a parameter. */
static bool read_override(struct compilation *c, const char *argument, struct shape *shape,
                          struct location *at) {
    uint32_t source = diag_source(&c->diag, "--input", argument, strlen(argument));
    *at = (struct location){.source = source, .line = 1, .column = 1};
    struct node node = {.type = NODE_SCALAR,
                        .plain = true,
                        .at = *at,
                        .text = argument,
                        .length = strlen(argument)};
    int64_t extent[3];
    if (!key_extents(&c->diag, &node, "--input", 3, extent))
        return false;
    *shape = (struct shape){.channels = extent[0], .height = extent[1], .width = extent[2]};
    return true;
}

static enum status verdict(const struct compilation *c) {
    if (c->diag.limit_hit)
        return STATUS_LIMIT;
    return c->diag.errors ? STATUS_INPUT : STATUS_OK;
}

static bool run_passes(struct compilation *c, enum pass last);

/* Nothing is wrong but that windows do not fit: then the network is one under fit: floor. */
static bool can_be_planned(const struct compilation *c) {
    return verdict(c) == STATUS_OK || (verdict(c) == STATUS_INPUT && c->graph->faults == 0 &&
                                       !c->graph->uneven && c->diag.errors == c->graph->unfit);
}

/* What the plan will make of the network: that is the same on every machine. */
static void foresee_plan(struct compilation *c) {
    struct graph *graph = c->graph;
    c->stages = stage_list_new(graph, graph->outputs, graph->output_count);
    c->stages->tile = (struct tile){16, 6};
    c->stages->depth = 256;
    if (!run_passes(c, PASS_MEMPLAN))
        return;
    graph->totals.peak_bytes = (int64_t)c->stages->arena_floats * (int64_t)sizeof(float);
    for (uint32_t i = 1; i < graph->count; i++) {
        const struct stage *owner = &c->stages->stages[stage_owner(c->stages, i)];
        bool works = owner->state == STAGE_STEP && owner->operation != graph->layers[i];
        graph->layers[i]->fused_into = works ? owner->operation : NULL;
    }
}

/* The front half, a pass a line. */
static enum status compile(struct compilation *c, const struct compile_options *options,
                           uint32_t source) {
    struct arena *arena = &c->arena;
    struct diagnostics *diag = &c->diag;
    struct shape override = {0};
    struct location override_at = {0};
    if (options->input && !read_override(c, options->input, &override, &override_at))
        return STATUS_USAGE;
    struct node *root = yaml_read(arena, diag, source);
    if (!root)
        return verdict(c);
    for (size_t i = 0; i < options->set_count; i++) {
        uint32_t argument = diag_source(diag, "--set", options->sets[i], strlen(options->sets[i]));
        if (!override_apply(arena, diag, root, argument))
            return STATUS_USAGE;
    }
    struct spec *spec = arena_alloc(arena, sizeof *spec);
    if (!spec_read(arena, diag, root, spec))
        return verdict(c);
    c->graph = arena_alloc(arena, sizeof *c->graph);
    expand(arena, diag, spec, c->graph);
    c->graph->trained = options->trained || spec->weights;
    shape_infer(c->graph, diag, options->input ? &override : NULL, override_at);
    if (!spec->input_known) { /* no shape is known, so there is nothing to show */
        c->graph = NULL;
        return verdict(c);
    }
    count_graph(c->graph, diag);
    receptive_fields(c->graph);
    graph_verify(c->graph);
    if (can_be_planned(c))
        foresee_plan(c);
    return verdict(c);
}

enum status compile_spec(const struct compile_options *options, const char *name, const char *text,
                         size_t length, struct compilation **out) {
    *out = NULL;
    struct compilation *c = calloc(1, sizeof *c);
    if (!c)
        return STATUS_MEMORY;
    arena_init(&c->arena);
    /* A caller's locale changes neither numbers in messages nor which letters are the same. glibc's
     * C locale is static: nothing is to be freed, and nothing fails. */
    locale_t before = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    if (setjmp(c->arena.out_of_memory)) {
        uselocale(before);
        compilation_free(c);
        return STATUS_MEMORY;
    }
    diag_init(&c->diag, &c->arena);
    uint32_t source = diag_source(&c->diag, arena_copy(&c->arena, name, strlen(name)),
                                  arena_copy(&c->arena, text, length), length);
    enum status status = compile(c, options, source);
    diag_sort(&c->diag);
    uselocale(before);
    *out = c;
    return status;
}

void compilation_free(struct compilation *compilation) {
    if (!compilation)
        return;
    arena_free(&compilation->arena);
    free(compilation);
}

/* ---- the back half ---- */

const char *const pass_names[PASS_COUNT + 1] = {"fold", "fuse", "choose", "memplan", NULL};

static void suggest_layer(struct compilation *c, const char *name, struct diagnostic *item) {
    size_t count = c->graph->count - 1;
    const char **names = arena_array(&c->arena, count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = c->graph->layers[i + 1]->name;
    diag_suggest(&c->diag, item, name, names, count);
}

/* The layers to compute: the network's outputs, or those asked for. */
static enum status find_outputs(struct compilation *c, const struct plan_options *options,
                                const uint32_t **outputs, uint32_t *count) {
    *outputs = c->graph->outputs;
    *count = c->graph->output_count;
    if (options->keep_count == 0)
        return STATUS_OK;
    uint32_t *kept = arena_array(&c->arena, options->keep_count, sizeof *kept);
    uint32_t length = 0;
    for (size_t i = 0; i < options->keep_count; i++) {
        const char *name = options->keep[i];
        uint32_t source = diag_source(&c->diag, "--output", name, strlen(name));
        int64_t index = graph_find(c->graph, name);
        if (index <= GRAPH_INPUT) {
            struct location at = {.source = source, .line = 1, .column = 1};
            suggest_layer(c, name,
                          diag_error(&c->diag, at, "usage", "the network has no layer '%s'", name));
            return STATUS_USAGE;
        }
        kept[length++] = (uint32_t)index;
    }
    *outputs = kept;
    *count = length;
    return STATUS_OK;
}

/* Runs the passes, a pass a line, up to `last`; false: the plan is beyond a limit. */
static bool run_passes(struct compilation *c, enum pass last) {
    struct stage_list *list = c->stages;
    fold(list);
    stage_verify(list);
    if (last >= PASS_FUSE)
        fuse(list);
    stage_verify(list);
    if (last >= PASS_CHOOSE)
        choose(list);
    if (last >= PASS_MEMPLAN && !place_buffers(list)) {
        diag_error(&c->diag, c->graph->layers[GRAPH_INPUT]->at, "limit-memory",
                   "the plan's buffers exceed 2^63 floats");
        return false;
    }
    return true;
}

static enum status plan_passes(struct compilation *c, const struct plan_options *options,
                               struct plan *plan) {
    const uint32_t *outputs;
    uint32_t count;
    enum status status = find_outputs(c, options, &outputs, &count);
    if (status != STATUS_OK)
        return status;
    c->stages = stage_list_new(c->graph, outputs, count);
    c->stages->plain = options->plain;
    c->stages->tile = options->tile;
    c->stages->depth = options->depth;
    if (!run_passes(c, options->dump ? options->last : PASS_MEMPLAN))
        return STATUS_LIMIT;
    if (options->dump) {
        stage_print(c->stages, (int)options->last, options->dump);
        return STATUS_OK;
    }
    if (!lower(c->stages, &c->diag, plan))
        return STATUS_LIMIT;
    assert(plan_verify(plan) == NULL);
    return STATUS_OK;
}

enum status compile_plan(struct compilation *c, const struct plan_options *options,
                         struct plan **out) {
    *out = NULL;
    struct plan *plan = plan_new();
    if (!plan)
        return STATUS_MEMORY;
    if (setjmp(c->arena.out_of_memory)) {
        plan_free(plan);
        return STATUS_MEMORY;
    }
    if (setjmp(plan->arena.out_of_memory)) {
        plan_free(plan);
        return STATUS_MEMORY;
    }
    enum status status = plan_passes(c, options, plan);
    if (status == STATUS_OK && !options->dump)
        *out = plan;
    else
        plan_free(plan);
    return status;
}

enum status compile_wanted(struct compilation *c, struct tensor **wanted, size_t *count) {
    if (setjmp(c->arena.out_of_memory))
        return STATUS_MEMORY;
    const struct graph *graph = c->graph;
    size_t most = (size_t)graph->count * TENSORS_MAX, length = 0;
    struct tensor *list = arena_array(&c->arena, most, sizeof *list);
    for (uint32_t i = 1; i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        for (int k = 0; k < layer->tensor_count; k++) {
            const struct layer_tensor *from = &layer->tensors[k];
            struct tensor *to = &list[length++];
            to->name = arena_format(&c->arena, "%s.%s", layer->name, from->suffix);
            to->rank = from->rank;
            to->count = 1;
            for (int r = 0; r < from->rank; r++) {
                to->extents[r] = (size_t)from->extent[r];
                to->count *= to->extents[r];
            }
        }
    }
    *wanted = list;
    *count = length;
    return STATUS_OK;
}

enum status compile_weights(struct compilation *c, struct plan *plan, struct weights *weights,
                            uint64_t seed) {
    if (!plan_allocate_weights(plan))
        return STATUS_MEMORY;
    if (setjmp(c->arena.out_of_memory))
        return STATUS_MEMORY;
    struct weights_source source = {.file = weights, .seed = seed};
    return fill(c->stages, plan, &source);
}
