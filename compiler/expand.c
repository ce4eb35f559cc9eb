/* Expansion runs twice over the same code: a trial that only counts layers, calls and turns against
 * the limits, so that nothing is built for a spec that explodes; then the real one. */
#include "expand.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "limits.h"
#include "pattern.h"

const struct node node_unknown = {.type = NODE_SCALAR, .text = "?", .length = 1};

static const struct layer_kind kind_hole = {.name = "?", .takes = TAKES_BOTH};

static const struct node node_empty_map = {.type = NODE_MAP};

static uint32_t expand_list(struct expansion *x, const struct scope *scope,
                            const struct trail *trail, const struct node *list, uint32_t from);

struct diagnostic *expand_error(struct expansion *x, struct location at, const struct trail *trail,
                                const char *class, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char message[1024];
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct diagnostic *item = diag_error(x->diag, at, class, "%s", message);
    trail_notes(x->diag, item, trail);
    return item;
}

/* ---- limits ---- */

static void stop(struct expansion *x, struct location at, const char *class, const char *what,
                 long long limit) {
    bool muted = x->diag->muted;
    x->diag->muted = false;
    if (!x->stopped)
        diag_error(x->diag, at, class, "the network has more than %lld %s", limit, what);
    x->diag->muted = muted;
    x->stopped = true;
}

bool expand_step(struct expansion *x, struct location at) {
    if (!x->stopped && ++x->steps > LIMIT_STEPS)
        stop(x, at, "limit-layers", "block calls and pattern turns", LIMIT_STEPS);
    return !x->stopped;
}

static bool count_layer(struct expansion *x, struct location at) {
    if (!x->stopped && ++x->layers > LIMIT_LAYERS)
        stop(x, at, "limit-layers", "layers", LIMIT_LAYERS);
    return !x->stopped;
}

/* ---- values ---- */

static const struct binding *binding_of(const struct scope *scope, const char *name,
                                        size_t length) {
    for (size_t i = 0; scope && i < scope->binding_count; i++) {
        const struct binding *binding = &scope->bindings[i];
        if (strlen(binding->name) == length && memcmp(binding->name, name, length) == 0)
            return binding;
    }
    return NULL;
}

static const struct node *multiplied(struct expansion *x, const struct node *node,
                                     const struct node *value, const char *factor,
                                     const struct trail *trail) {
    struct node number = {.type = NODE_SCALAR,
                          .plain = true,
                          .at = node->at,
                          .text = factor,
                          .length = strlen(factor)};
    int64_t a, b, product;
    if (!key_integer(x->diag, value, "a parameter that is multiplied", 0, INT64_MAX, "value", &a) ||
        !key_integer(x->diag, &number, "the factor", 0, INT64_MAX, "value", &b))
        return &node_unknown;
    if (!count_mul(a, b, &product)) {
        expand_error(x, node->at, trail, "value", "%s = %s*%s overflows", node->text, value->text,
                     factor);
        return &node_unknown;
    }
    struct node *result = arena_alloc(x->arena, sizeof *result);
    *result = *value;
    result->text = arena_format(x->arena, "%lld", (long long)product);
    result->length = strlen(result->text);
    return result;
}

struct value value_resolve(struct expansion *x, const struct node *node, const struct scope *scope,
                           const struct trail *trail) {
    if (node->type != NODE_SCALAR || node->text[0] != '$')
        return (struct value){node, scope};
    const char *name = node->text + 1;
    const char *star = strchr(name, '*');
    size_t length = star ? (size_t)(star - name) : strlen(name);
    const struct binding *binding = binding_of(scope, name, length);
    if (!binding) {
        struct diagnostic *item =
            expand_error(x, node->at, trail, "spec-block", "there is no parameter '$%.*s'%s",
                         (int)length, name, scope->outer ? "" : " outside a block");
        const char **names = arena_array(x->arena, scope->binding_count, sizeof *names);
        for (size_t i = 0; i < scope->binding_count; i++)
            names[i] = scope->bindings[i].name;
        const char *nearest =
            diag_nearest(arena_copy(x->arena, name, length), names, scope->binding_count);
        if (nearest)
            diag_hint(x->diag, item, "did you mean '$%s'?", nearest);
        return (struct value){&node_unknown, scope};
    }
    if (!star || binding->value.node == &node_unknown)
        return binding->value;
    return (struct value){multiplied(x, node, binding->value.node, star + 1, trail),
                          binding->value.scope};
}

static const struct argument *argument_find(const struct argument *arguments, size_t count,
                                            const char *key) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(arguments[i].key, key) == 0)
            return &arguments[i];
    }
    return NULL;
}

/* ---- making layers ---- */

static struct layer *new_layer(struct expansion *x, const struct layer_kind *kind,
                               const struct origin *origin) {
    struct layer *layer = arena_alloc(x->arena, sizeof *layer);
    layer->kind = kind;
    layer->at = origin->at;
    layer->trail = origin->trail;
    layer->in_pattern = origin->item != NULL;
    layer->settings = arena_alloc(x->arena, kind->settings_size);
    layer->key_at = arena_array(x->arena, kind->key_count, sizeof *layer->key_at);
    key_defaults(kind, layer->settings);
    return layer;
}

static uint32_t append(struct expansion *x, struct layer *layer) {
    struct graph *graph = x->graph;
    if (graph->count == graph->capacity) {
        uint32_t capacity = graph->capacity ? graph->capacity * 2 : 64;
        graph->layers =
            arena_grow(x->arena, graph->layers, graph->count, capacity, sizeof(struct layer *));
        graph->capacity = capacity;
    }
    for (uint32_t i = 0; i < layer->input_count; i++)
        graph->layers[layer->inputs[i]]->readers++;
    graph->layers[graph->count] = layer;
    return graph->count++;
}

uint32_t expand_hole(struct expansion *x, const struct origin *origin) {
    if (!count_layer(x, origin->at) || x->trial)
        return GRAPH_INPUT;
    struct layer *layer = new_layer(x, &kind_hole, origin);
    layer->poisoned = true;
    layer->name = origin->head;
    x->references_broken = true;
    return append(x, layer);
}

/* The keys every layer and call has, beside those of its kind. */
static bool is_common_key(const struct layer_kind *kind, const char *key) {
    return strcmp(key, "name") == 0 || strcmp(key, "from") == 0 ||
           (kind->shares && strcmp(key, "share") == 0) ||
           (kind->joins && strcmp(key, "branches") == 0);
}

static void unknown_key(struct expansion *x, const struct layer_kind *kind,
                        const struct origin *origin, const struct argument *argument) {
    const char **known = arena_array(x->arena, kind->key_count + 4, sizeof *known);
    size_t count = 0;
    for (; count < kind->key_count; count++)
        known[count] = kind->keys[count].name;
    known[count++] = "name";
    known[count++] = "from";
    if (kind->shares)
        known[count++] = "share";
    if (kind->joins)
        known[count++] = "branches";
    struct diagnostic *item = expand_error(x, argument->at, origin->trail, "spec-key",
                                           "%s has no key '%s'", kind->name, argument->key);
    const char *nearest = diag_nearest(argument->key, known, count);
    if (nearest) {
        diag_hint(x->diag, item, "did you mean '%s'?", nearest);
        return;
    }
    struct text list = {0};
    for (size_t i = 0; i < count; i++)
        text_format(&list, "%s%s", i ? ", " : "", known[i]);
    if (!list.failed)
        diag_hint(x->diag, item, "its keys are %s", list.data);
    text_free(&list);
}

static void read_settings(struct expansion *x, struct layer *layer, const struct origin *origin,
                          const struct argument *arguments, size_t count) {
    const struct layer_kind *kind = layer->kind;
    for (size_t i = 0; i < count; i++) {
        const struct argument *argument = &arguments[i];
        const struct node *node = argument->value.node;
        int k = key_index(kind, argument->key);
        if (k < 0 && is_common_key(kind, argument->key))
            continue;
        if (k < 0) {
            unknown_key(x, kind, origin, argument);
            layer->poisoned = true;
            continue;
        }
        layer->key_at[k] = node->at;
        layer->set |= 1U << k;
        size_t errors = x->diag->errors;
        if (node != &node_unknown && key_read(x->diag, &kind->keys[k], node, layer->settings))
            continue;
        layer->poisoned = true;
        if (x->diag->errors > errors && x->diag->dropped == 0)
            trail_notes(x->diag, x->diag->items[x->diag->count - 1], origin->trail);
    }
    for (size_t k = 0; k < kind->key_count && !layer->poisoned; k++) {
        if (!kind->keys[k].required || (layer->set & (1U << k)))
            continue;
        struct diagnostic *item = expand_error(x, origin->at, origin->trail, "spec-key",
                                               "%s needs '%s'", kind->name, kind->keys[k].name);
        if (kind->keys[k].help)
            diag_hint(x->diag, item, "%s: %s", kind->keys[k].name, kind->keys[k].help);
        layer->poisoned = true;
    }
}

/* ---- inputs ---- */

static void set_inputs(struct expansion *x, struct layer *layer, const uint32_t *inputs,
                       size_t count) {
    layer->inputs = arena_grow(x->arena, inputs, count, count, sizeof *inputs);
    layer->input_count = (uint32_t)count;
}

static bool resolve_one(struct expansion *x, const struct argument *from,
                        const struct origin *origin, uint32_t *layer) {
    if (from->value.node->type != NODE_SCALAR) {
        expand_error(x, from->value.node->at, origin->trail, "spec-type",
                     "%s takes one input: from must be a name, not %s", origin->head,
                     node_describe(x->arena, from->value.node));
        x->references_broken = true;
        return false;
    }
    return names_resolve(x, &from->value, origin->trail, layer);
}

/* `from: [a, b]` of a join. */
static bool resolve_list(struct expansion *x, const struct argument *from,
                         const struct origin *origin, struct layer *layer) {
    const struct node *list = from->value.node;
    uint32_t *inputs = arena_array(x->arena, list->count, sizeof *inputs);
    bool good = true;
    for (size_t i = 0; i < list->count; i++) {
        struct value name = value_resolve(x, list->items[i], from->value.scope, origin->trail);
        good &= names_resolve(x, &name, origin->trail, &inputs[i]);
    }
    if (good)
        set_inputs(x, layer, inputs, list->count);
    return good;
}

/* The branches of a join, each a list that begins with what the join takes. */
static bool expand_branches(struct expansion *x, const struct argument *branches,
                            const struct origin *origin, struct layer *layer, uint32_t from) {
    const struct node *list = branches->value.node;
    if (list->type != NODE_LIST) {
        struct diagnostic *item = expand_error(x, list->at, origin->trail, "spec-type",
                                               "%s takes a list of branches, not %s", origin->head,
                                               node_describe(x->arena, list));
        diag_hint(x->diag, item, "%s: [[...], []] or %s: {from: [a, b]}", origin->head,
                  origin->head);
        return false;
    }
    uint32_t *ends = arena_array(x->arena, list->count, sizeof *ends);
    bool good = true;
    for (size_t i = 0; i < list->count && !x->stopped; i++) {
        const struct node *branch = list->items[i];
        if (branch->type != NODE_LIST) {
            struct diagnostic *item = expand_error(x, branch->at, origin->trail, "spec-type",
                                                   "a branch is a list of layers, not %s",
                                                   node_describe(x->arena, branch));
            diag_hint(x->diag, item, "named layers are joined by %s: {from: [a, b]}", origin->head);
            good = false;
            continue;
        }
        ends[i] = expand_list(x, branches->value.scope, origin->trail, branch, from);
    }
    if (good && !x->trial)
        set_inputs(x, layer, ends, list->count);
    return good;
}

/* Sets the inputs of a join from `branches`, `from`, or both (from is then where branches begin).
 */
static bool join_inputs(struct expansion *x, struct layer *layer, const struct origin *origin,
                        const struct argument *arguments, size_t count, uint32_t from) {
    const struct argument *branches = argument_find(arguments, count, "branches");
    const struct argument *source = argument_find(arguments, count, "from");
    bool good;
    if (branches) {
        if (source && !x->trial && !resolve_one(x, source, origin, &from))
            layer->poisoned = true;
        good = expand_branches(x, branches, origin, layer, from);
    } else if (source && source->value.node->type == NODE_LIST) {
        good = x->trial || resolve_list(x, source, origin, layer);
    } else {
        struct diagnostic *item =
            expand_error(x, source ? source->value.node->at : origin->at, origin->trail, "spec-key",
                         "%s joins at least two inputs", origin->head);
        diag_hint(x->diag, item, "%s: [[...], []] or %s: {from: [a, b]}", origin->head,
                  origin->head);
        good = false;
    }
    if (good && !x->trial && layer->input_count < 2) {
        expand_error(x, origin->at, origin->trail, "graph", "%s joins at least two inputs, here %s",
                     origin->head, layer->input_count ? "is one" : "are none");
        good = false;
    }
    return good;
}

/* `share: LAYER`: the owner of the weights, through a chain of shares. */
static bool resolve_share(struct expansion *x, struct layer *layer, const struct origin *origin,
                          const struct argument *share) {
    uint32_t owner = 0;
    if (!resolve_one(x, share, origin, &owner))
        return false;
    const struct layer *other = x->graph->layers[owner];
    layer->share_at = share->value.node->at;
    if (other->kind == &kind_hole)
        return false;
    if (other->kind != layer->kind) {
        expand_error(x, layer->share_at, origin->trail, "graph",
                     "%s cannot share the weights of '%s': that is %s", origin->head,
                     share->value.node->text,
                     owner == GRAPH_INPUT ? "the input" : other->kind->name);
        return false;
    }
    layer->share = other->share ? other->share : owner;
    return true;
}

static uint32_t expand_layer(struct expansion *x, const struct scope *scope,
                             const struct layer_kind *kind, const struct origin *origin,
                             const struct argument *arguments, size_t count, uint32_t from) {
    if (!count_layer(x, origin->at))
        return GRAPH_INPUT;
    struct layer *layer = NULL;
    size_t handle = 0;
    const struct argument *name = argument_find(arguments, count, "name");
    const struct argument *source = argument_find(arguments, count, "from");
    const struct argument *share = argument_find(arguments, count, "share");
    if (!x->trial) {
        layer = new_layer(x, kind, origin);
        layer->name = names_take(x, scope, origin, name ? &name->value : NULL, kind->name, &handle);
        read_settings(x, layer, origin, arguments, count);
        if (kind->shares && share && !resolve_share(x, layer, origin, share))
            layer->poisoned = true;
    }
    if (kind->joins) {
        if (!join_inputs(x, layer, origin, arguments, count, from) && layer)
            layer->poisoned = x->references_broken = true;
    } else if (!x->trial) {
        if (source && !resolve_one(x, source, origin, &from))
            layer->poisoned = true;
        set_inputs(x, layer, &from, 1);
    }
    if (x->trial || x->stopped)
        return GRAPH_INPUT;
    uint32_t index = append(x, layer);
    names_set(x, handle, index);
    return index;
}

/* ---- blocks ---- */

static void bind(struct expansion *x, const struct block *block, const struct origin *origin,
                 struct scope *inner, const struct argument *arguments, size_t count) {
    inner->bindings = arena_array(x->arena, block->parameter_count, sizeof *inner->bindings);
    for (size_t i = 0; i < block->parameter_count; i++) {
        const struct parameter *parameter = &block->parameters[i];
        const struct argument *given = argument_find(arguments, count, parameter->name);
        struct value value = {&node_unknown, inner};
        if (given) {
            value = given->value;
        } else if (parameter->initial) {
            value = value_resolve(x, parameter->initial, inner, origin->trail);
        } else if (block->active) { /* a real call, not the check of an unused block */
            struct diagnostic *item = expand_error(x, origin->at, origin->trail, "spec-key",
                                                   "%s needs '%s'", block->name, parameter->name);
            diag_note(x->diag, item, parameter->at, "which is declared here, without a default");
        }
        inner->bindings[inner->binding_count++] = (struct binding){parameter->name, value};
    }
}

static void check_arguments(struct expansion *x, const struct block *block,
                            const struct origin *origin, const struct argument *arguments,
                            size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *key = arguments[i].key;
        bool known = strcmp(key, "name") == 0 || strcmp(key, "from") == 0;
        for (size_t k = 0; k < block->parameter_count && !known; k++)
            known = strcmp(block->parameters[k].name, key) == 0;
        if (known)
            continue;
        const char **names = arena_array(x->arena, block->parameter_count + 2, sizeof *names);
        size_t name_count = 0;
        for (; name_count < block->parameter_count; name_count++)
            names[name_count] = block->parameters[name_count].name;
        names[name_count++] = "name";
        names[name_count++] = "from";
        struct diagnostic *item = expand_error(x, arguments[i].at, origin->trail, "spec-key",
                                               "block %s has no parameter '%s'", block->name, key);
        const char *nearest = diag_nearest(key, names, name_count);
        if (nearest)
            diag_hint(x->diag, item, "did you mean '%s'?", nearest);
        else
            diag_note(x->diag, item, block->at, "the block is here");
    }
}

static bool call_is_legal(struct expansion *x, const struct block *block,
                          const struct origin *origin) {
    if (block->active) {
        struct diagnostic *item = expand_error(x, origin->at, origin->trail, "spec-block",
                                               "block %s calls itself", block->name);
        diag_note(x->diag, item, block->at, "block %s is here", block->name);
        return false;
    }
    if (x->depth >= LIMIT_NESTING) {
        stop(x, origin->at, "limit-depth", "block calls inside one another", LIMIT_NESTING);
        return false;
    }
    return expand_step(x, origin->at);
}

static uint32_t expand_block(struct expansion *x, const struct scope *scope, struct block *block,
                             const struct origin *origin, const struct argument *arguments,
                             size_t count, uint32_t from) {
    block->called = true;
    if (!call_is_legal(x, block, origin))
        return expand_hole(x, origin);
    const struct argument *name = argument_find(arguments, count, "name");
    const struct argument *source = argument_find(arguments, count, "from");
    struct scope *inner = arena_alloc(x->arena, sizeof *inner); /* values may outlive this call */
    *inner = (struct scope){.outer = scope, .prefix = ""};
    struct trail *trail = arena_alloc(x->arena, sizeof *trail);
    *trail = (struct trail){.at = origin->at, .outer = origin->trail};
    size_t handle = 0;
    block->active = true;
    if (!x->trial) {
        const char *instance =
            names_take(x, scope, origin, name ? &name->value : NULL, block->stem, &handle);
        inner->prefix = arena_format(x->arena, "%s.", instance);
        trail->text =
            arena_format(x->arena, "in block %s, called here as '%s'", block->name, instance);
        check_arguments(x, block, origin, arguments, count);
        if (source && !resolve_one(x, source, origin, &from))
            from = expand_hole(x, origin);
    }
    bind(x, block, origin, inner, arguments, count);
    x->depth++;
    uint32_t out = expand_list(x, inner, trail, block->layers, from);
    x->depth--;
    block->active = false;
    if (!x->trial && !x->stopped)
        names_set(x, handle, out);
    return out;
}

/* ---- entries ---- */

uint32_t expand_head(struct expansion *x, const struct scope *scope, const struct origin *origin,
                     const struct argument *arguments, size_t count, uint32_t from) {
    const struct layer_kind *kind = kind_find(origin->head, strlen(origin->head));
    if (kind)
        return expand_layer(x, scope, kind, origin, arguments, count, from);
    struct block *block = spec_block(x->spec, origin->head);
    if (block)
        return expand_block(x, scope, block, origin, arguments, count, from);
    size_t candidate_count = KIND_COUNT + x->spec->block_count;
    const char **candidates = arena_array(x->arena, candidate_count, sizeof *candidates);
    for (size_t i = KIND_input + 1; i < KIND_COUNT; i++)
        candidates[i] = kind_table[i]->name;
    for (size_t i = 0; i < x->spec->block_count; i++)
        candidates[KIND_COUNT + i] = x->spec->blocks[i].name;
    struct diagnostic *item =
        expand_error(x, origin->at, origin->trail, origin->item ? "pattern" : "spec-kind",
                     "there is no layer kind or block '%.80s'", origin->head);
    const char *nearest = diag_nearest(origin->head, candidates, candidate_count);
    if (nearest)
        diag_hint(x->diag, item, "did you mean '%s'?", nearest);
    return expand_hole(x, origin);
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
        keys_check(x->diag, body, "pattern", keys);
    struct argument *arguments = NULL;
    size_t count = body->type == NODE_MAP ? map_arguments(x, scope, trail, body, &arguments) : 0;
    const struct argument *of = argument_find(arguments, count, "of");
    const struct argument *where = argument_find(arguments, count, "where");
    const struct argument *source = argument_find(arguments, count, "from");
    if (!of) {
        struct diagnostic *item =
            expand_error(x, origin->at, trail, "spec-key", "a pattern among layers needs 'of'");
        diag_hint(x->diag, item, "- pattern: {of: \"(CONV-RELU)*2-POOL\", where: {...}}");
        return expand_hole(x, origin);
    }
    if (source && !x->trial && !resolve_one(x, source, origin, &from))
        from = expand_hole(x, origin);
    return expand_pattern(x, scope, trail, origin->at, &of->value, where ? &where->value : NULL,
                          from);
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
        struct diagnostic *item =
            expand_error(x, body->type == NODE_SCALAR && body->length == 0 ? head->at : body->at,
                         trail, "spec-type", "the settings of '%s' must be a mapping, not %s",
                         head->text, node_describe(x->arena, body));
        diag_hint(x->diag, item, "write %s alone, or %s: {key: value}", head->text, head->text);
        return expand_hole(x, &origin);
    }
    struct argument *arguments;
    size_t count = map_arguments(x, scope, trail, body, &arguments);
    return expand_head(x, scope, &origin, arguments, count, from);
}

static uint32_t expand_list(struct expansion *x, const struct scope *scope,
                            const struct trail *trail, const struct node *list, uint32_t from) {
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
    for (uint32_t i = 1; i < x->graph->count && !x->references_broken; i++) {
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
    struct origin origin = {.head = "input", .at = x->spec->input_at};
    struct layer *input = new_layer(x, &layer_input, &origin);
    const int64_t *extent = x->spec->input;
    input->name = "input";
    input->out = graph->own_input =
        (struct shape){.channels = extent[0], .height = extent[1], .width = extent[2]};
    graph->count = 0;
    append(x, input);
    names_init(x);
}

/* Blocks nobody calls are expanded too, into a graph that is thrown away, with parameters whose
 * values are unknown: their mistakes are mistakes all the same. */
static void check_uncalled(struct expansion *x) {
    struct graph *network = x->graph;
    static const struct scope top = {.prefix = ""};
    for (size_t i = 0; i < x->spec->block_count && !x->stopped; i++) {
        struct block *block = &x->spec->blocks[i];
        if (block->called)
            continue;
        diag_warning(x->diag, block->at, "spec-unused", "block %s is never called", block->name);
        struct graph scratch = {.arena = x->arena};
        struct origin origin = {.head = block->name, .at = block->at};
        x->graph = &scratch;
        x->layers = x->steps = 0;
        begin(x);
        struct scope *inner = arena_alloc(x->arena, sizeof *inner);
        *inner = (struct scope){.outer = &top, .prefix = ""};
        bind(x, block, &origin, inner, NULL, 0);
        block->active = true;
        expand_list(x, inner, NULL, block->layers, GRAPH_INPUT);
        block->active = false;
        names_finish(x);
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
