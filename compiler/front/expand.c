/* Expansion runs twice over the same code: a trial that only counts layers, calls and turns against
 * the limits, so that nothing is built for a spec that explodes; then the real one. */
#include "expand.h"

#include <string.h>
#include <strings.h>

#include "../base/limits.h"
#include "../base/synonym.h"

static const struct node node_empty_map = {.type = NODE_MAP};

struct diagnostic *expand_error(struct expansion *x, struct location at, const struct trail *trail,
                                const char *class, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    struct diagnostic *item = diag_add(x->diag, SEVERITY_ERROR, at, class, format, arguments);
    va_end(arguments);
    trail_notes(x->diag, item, trail);
    if (x->diag->dropped > 0) /* more mistakes than are shown: enough */
        x->stopped = true;
    return item;
}

/* ---- limits ---- */

void expand_stop(struct expansion *x, struct location at, const char *class, const char *what,
                 long long limit) {
    bool muted = x->diag->muted;
    x->diag->muted = false;
    if (!x->stopped)
        diag_error(x->diag, at, class, "the network has more than %lld %s", limit, what);
    x->diag->muted = muted;
    x->stopped = true;
}

bool expand_step(struct expansion *x, struct location at, size_t size) {
    x->steps += 1 + (int64_t)(size / 16);
    if (!x->stopped && x->steps > LIMIT_STEPS)
        expand_stop(x, at, "limit-layers",
                    "steps of expansion (block calls, pattern turns, joined inputs)", LIMIT_STEPS);
    return !x->stopped;
}

bool expand_keys(struct expansion *x, struct location at, size_t count) {
    size_t pairs = count * count / 16; /* at most LIMIT_SETTINGS squared */
    return pairs < 16 ? !x->stopped : expand_step(x, at, pairs);
}

bool expand_count(struct expansion *x, struct location at) {
    if (!x->stopped && ++x->layers > LIMIT_LAYERS)
        expand_stop(x, at, "limit-layers", "layers", LIMIT_LAYERS);
    return !x->stopped;
}

/* ---- entries ---- */

static void suggest_head(struct expansion *x, struct diagnostic *item, const char *head) {
    size_t count = KIND_COUNT + x->spec->block_count;
    const char **candidates = arena_array(x->arena, count, sizeof *candidates);
    for (size_t i = KIND_input + 1; i < KIND_COUNT; i++)
        candidates[i] = kind_table[i]->name;
    for (size_t i = 0; i < x->spec->block_count; i++)
        candidates[KIND_COUNT + i] = x->spec->blocks[i].name;
    if (diag_suggest(x->diag, item, head, candidates, count))
        return;
    const char *known = "";
    for (size_t i = KIND_input + 1; i < KIND_COUNT; i++)
        known = arena_format(x->arena, "%s%s%s", known, *known ? ", " : "", kind_table[i]->name);
    if (synonym_is_foreign(head))
        diag_hint(x->diag, item, "%s is not a layer kind of this version; the kinds are %s", head,
                  known);
    else
        diag_hint(x->diag, item, "the kinds are %s", known);
}

static void unknown_head(struct expansion *x, const struct origin *origin) {
    struct diagnostic *item =
        expand_error(x, origin->at, origin->trail, origin->item ? "pattern" : "spec-kind",
                     "there is no layer kind or block '%.80s'", origin->head);
    if (diag_kept(x->diag, item))
        suggest_head(x, item, origin->head);
}

uint32_t expand_head(struct expansion *x, const struct scope *scope, const struct origin *origin,
                     const struct argument *arguments, size_t count, uint32_t from) {
    if (!expand_keys(x, origin->at, count))
        return expand_hole(x, origin);
    const struct layer_kind *kind = kind_find(origin->head, strlen(origin->head));
    if (kind)
        return expand_layer(x, scope, kind, origin, arguments, count, from);
    struct block *block = spec_block(x->spec, origin->head);
    if (block)
        return expand_block(x, scope, block, origin, arguments, count, from);
    unknown_head(x, origin);
    return expand_hole(x, origin);
}

/* The first key of a kind that could have a value like this; NULL: none could. */
static const char *key_that_takes(struct expansion *x, const struct layer_kind *kind,
                                  const struct node *value) {
    struct layer *layer = graph_new_layer(x->arena, kind);
    bool muted = x->diag->muted;
    const char *name = NULL;
    x->diag->muted = true;
    for (size_t k = 0; k < kind->key_count && !name; k++)
        if (key_read(x->diag, &kind->keys[k], value, layer->settings))
            name = kind->keys[k].name;
    x->diag->muted = muted;
    return name;
}

bool expand_suggest_key(struct expansion *x, struct diagnostic *item, const char *head,
                        const struct node *value) {
    const struct layer_kind *kind = kind_find(head, strlen(head));
    if (!kind || value->type != NODE_SCALAR || value->length == 0 || !diag_kept(x->diag, item))
        return false;
    const char *key = key_that_takes(x, kind, value);
    if (key)
        diag_hint(x->diag, item, "did you mean %s: {%s: %s}?", head, key, value->text);
    return key != NULL;
}

/* A mapping's pairs as arguments, resolved in scope. */
static size_t map_arguments(struct expansion *x, const struct scope *scope,
                            const struct trail *trail, const struct node *map,
                            struct argument **arguments) {
    *arguments = arena_array(x->arena, map->count, sizeof **arguments);
    for (size_t i = 0; i < map->count; i++)
        (*arguments)[i] =
            (struct argument){.key = map->pairs[i].key->text,
                              .at = map->pairs[i].key->at,
                              .value = value_resolve(x, map->pairs[i].value, scope, trail)};
    return map->count;
}

/* - pattern: {of: "...", where: {...}, from: x} */
static uint32_t expand_pattern_entry(struct expansion *x, const struct scope *scope,
                                     const struct trail *trail, const struct origin *origin,
                                     const struct node *body, uint32_t from) {
    static const char *const keys[] = {"of", "where", "from", NULL};
    if (body->type == NODE_MAP && !x->trial)
        node_check_keys(x->diag, body, "pattern", keys);
    struct argument *arguments = NULL;
    size_t count = body->type == NODE_MAP ? map_arguments(x, scope, trail, body, &arguments) : 0;
    const struct argument *of = value_argument(arguments, count, "of");
    const struct argument *where = value_argument(arguments, count, "where");
    const struct argument *source = value_argument(arguments, count, "from");
    if (!of) {
        struct diagnostic *item =
            expand_error(x, origin->at, trail, "spec-key", "a pattern among layers needs 'of'");
        diag_hint(x->diag, item, "- pattern: {of: \"(CONV-RELU)*2-POOL\", where: {...}}");
        return expand_hole(x, origin);
    }
    if (source && !x->trial && !expand_from(x, source, origin, &from))
        from = expand_hole(x, origin);
    return expand_pattern(x, scope, trail, origin->at, &of->value, where ? &where->value : NULL,
                          from);
}

static void no_settings(struct expansion *x, const struct trail *trail, const struct node *head,
                        const struct node *body) {
    bool absent = body->type == NODE_SCALAR && body->length == 0;
    struct diagnostic *item = expand_error(x, absent ? head->at : body->at, trail, "spec-type",
                                           "the settings of '%s' must be a mapping, not %s",
                                           head->text, node_describe(x->arena, body));
    if (!expand_suggest_key(x, item, head->text, body))
        diag_hint(x->diag, item, "%s: {key: value}, or %s alone if it needs no settings",
                  head->text, head->text);
}

/* The head and body of an entry of a layer list; false when it is neither `kind` nor `kind: ...`.
 */
static bool entry_parts(struct expansion *x, const struct trail *trail, const struct node *entry,
                        const struct node **head, const struct node **body) {
    *body = &node_empty_map;
    *head = entry;
    if (entry->type == NODE_SCALAR && entry->length > 0)
        return true;
    if (entry->type == NODE_MAP && entry->count == 1) {
        *head = entry->pairs[0].key;
        *body = entry->pairs[0].value;
        return true;
    }
    struct diagnostic *item;
    if (entry->type == NODE_MAP && entry->count > 1) {
        item = expand_error(x, entry->pairs[1].key->at, trail, "spec-type",
                            "an entry of layers has one key, this has '%s' and '%s'",
                            entry->pairs[0].key->text, entry->pairs[1].key->text);
        diag_hint(x->diag, item, "settings of '%s' are indented below it, or stand in { }",
                  entry->pairs[0].key->text);
    } else {
        item = expand_error(x, entry->at, trail, "spec-type",
                            "a layer is a kind or a block, not %s", node_describe(x->arena, entry));
        diag_hint(x->diag, item, "such as relu, or conv: {filters: 8, kernel: 3}");
    }
    return false;
}

static uint32_t expand_entry(struct expansion *x, const struct scope *scope,
                             const struct trail *trail, const struct node *entry, uint32_t from) {
    const struct node *head, *body;
    struct origin origin = {.head = "?", .at = entry->at, .trail = trail};
    if (!entry_parts(x, trail, entry, &head, &body))
        return expand_hole(x, &origin);
    origin.head = head->text;
    origin.at = head->at;
    if (strcasecmp(head->text, "pattern") == 0)
        return expand_pattern_entry(x, scope, trail, &origin, body, from);
    const struct layer_kind *kind = kind_find(head->text, head->length);
    if (kind && kind->joins && body->type == NODE_LIST) {
        struct argument branches = {.key = "branches", .at = head->at, .value = {body, scope}};
        return expand_head(x, scope, &origin, &branches, 1, from);
    }
    if (body->type != NODE_MAP) {
        if (kind || spec_block(x->spec, head->text))
            no_settings(x, trail, head, body);
        else
            unknown_head(x, &origin);
        return expand_hole(x, &origin);
    }
    if (body->count > LIMIT_SETTINGS) {
        expand_error(x, body->at, trail, "limit-settings", "'%s' has %zu settings; the limit is %d",
                     head->text, body->count, LIMIT_SETTINGS);
        return expand_hole(x, &origin);
    }
    struct argument *arguments;
    size_t count = map_arguments(x, scope, trail, body, &arguments);
    return expand_head(x, scope, &origin, arguments, count, from);
}

uint32_t expand_list(struct expansion *x, const struct scope *scope, const struct trail *trail,
                     const struct node *list, uint32_t from) {
    for (size_t i = 0; i < list->count && !x->stopped; i++)
        from = expand_entry(x, scope, trail, list->items[i], from);
    return from;
}

/* ---- the whole network ---- */

static uint32_t expand_network(struct expansion *x) {
    static const struct scope top = {.prefix = ""};
    const struct spec *spec = x->spec;
    x->layers = x->steps = 0;
    if (spec->layers)
        return expand_list(x, &top, NULL, spec->layers, GRAPH_INPUT);
    struct value of = {spec->pattern, &top}, where = {spec->where, &top};
    return expand_pattern(x, &top, NULL, spec->pattern->at, &of, spec->where ? &where : NULL,
                          GRAPH_INPUT);
}

static void add_output(struct expansion *x, uint32_t layer) {
    struct graph *graph = x->graph;
    if (!graph->layers[layer]->output)
        graph->outputs[graph->output_count++] = layer;
    graph->layers[layer]->output = true;
}

static void name_outputs(struct expansion *x, uint32_t last) {
    static const struct scope top = {.prefix = ""};
    const struct node *node = x->spec->outputs;
    struct graph *graph = x->graph;
    bool list = node && node->type == NODE_LIST;
    size_t count = list ? node->count : 1;
    graph->outputs = arena_array(x->arena, count, sizeof *graph->outputs);
    if (!node) {
        add_output(x, last);
        return;
    }
    if (list && count == 0)
        diag_error(x->diag, node->at, "graph", "outputs names no layer");
    for (size_t i = 0; i < count; i++) {
        struct value name = {list ? node->items[i] : node, &top};
        uint32_t layer;
        if (!names_resolve(x, &name, NULL, &layer))
            continue;
        if (layer != GRAPH_INPUT) {
            add_output(x, layer);
            continue;
        }
        diag_error(x->diag, name.node->at, "graph", "the network's input is no output of it");
        x->references_broken = true;
    }
}

/* A result that nobody reads is a slip in the wiring, unless `outputs` names it. */
static void check_unread(struct expansion *x) {
    for (uint32_t i = 1; i < x->graph->count && !x->references_broken && !x->stopped; i++) {
        const struct layer *layer = x->graph->layers[i];
        if (layer->readers || layer->output)
            continue;
        struct diagnostic *item = expand_error(x, layer->at, layer->trail, "graph-unused",
                                               "nothing reads the output of '%s'", layer->name);
        diag_hint(x->diag, item, "if it is a result, say so: outputs: [%s, ...]", layer->name);
    }
}

static void begin(struct expansion *x) {
    struct graph *graph = x->graph;
    struct layer *input = graph_new_layer(x->arena, &layer_input);
    const int64_t *extent = x->spec->input;
    input->at = x->spec->input_at;
    input->name = "input";
    input->poisoned = !x->spec->input_known;
    input->out = graph->own_input =
        (struct shape){.channels = extent[0], .height = extent[1], .width = extent[2]};
    graph_append(graph, input);
    names_init(x);
}

/* Blocks nobody calls are expanded too, into a graph that is thrown away, with parameters whose
 * values are unknown: their mistakes are mistakes all the same. The limits are those of each block;
 * once all together have passed them, further ones are only named. */
static void check_uncalled(struct expansion *x) {
    struct graph *network = x->graph;
    int64_t layers = 0, steps = 0;
    static const struct scope top = {.prefix = ""};
    for (size_t i = 0; i < x->spec->block_count && !x->stopped; i++) {
        struct block *block = &x->spec->blocks[i];
        if (block->called)
            continue;
        diag_warning(x->diag, block->at, "spec-unused", "block %s is never called", block->name);
        if (layers > LIMIT_LAYERS || steps > LIMIT_STEPS)
            continue;
        struct graph scratch = {.arena = x->arena};
        struct origin origin = {.head = block->name, .at = block->at};
        x->graph = &scratch;
        x->layers = x->steps = 0;
        begin(x);
        struct scope *inner = arena_alloc(x->arena, sizeof *inner);
        *inner = (struct scope){.outer = &top, .prefix = ""};
        expand_bind(x, block, &origin, inner, NULL, 0);
        block->active = true;
        expand_list(x, inner, NULL, block->layers, GRAPH_INPUT);
        block->active = false;
        names_finish(x);
        layers += x->layers;
        steps += x->steps;
    }
    x->graph = network;
}

void expand(struct arena *arena, struct diagnostics *diag, const struct spec *spec,
            struct graph *graph) {
    struct expansion x = {.arena = arena, .diag = diag, .spec = spec, .graph = graph};
    graph->arena = arena;
    graph->name = spec->name;
    graph->fit = spec->fit;
    graph->image = spec->image;
    graph->labels = spec->labels;
    graph->weights = spec->weights;
    begin(&x);

    x.trial = true;
    bool muted = diag->muted;
    diag->muted = true;
    expand_network(&x);
    diag->muted = muted;
    if (x.stopped)
        return;

    x.trial = false;
    uint32_t last = expand_network(&x);
    if (graph->count == 1 && diag->errors == 0)
        diag_error(diag, spec->layers ? spec->layers->at : spec->pattern->at,
                   spec->layers ? "spec-layers" : "pattern-semantics", "the network has no layers");
    name_outputs(&x, last);
    check_unread(&x);
    names_finish(&x);
    check_uncalled(&x);
}
