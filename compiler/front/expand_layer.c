/* One layer: its settings, its inputs, its name; and the holes that stand for layers that are
 * wrong. */
#include <string.h>

#include "expand.h"

static const struct layer_kind kind_hole = {.name = "?", .takes = TAKES_BOTH};

static struct layer *new_layer(struct expansion *x, const struct layer_kind *kind,
                               const struct origin *origin) {
    struct layer *layer = graph_new_layer(x->arena, kind);
    layer->at = origin->at;
    layer->trail = origin->trail;
    layer->in_pattern = origin->item != NULL;
    return layer;
}

uint32_t expand_hole(struct expansion *x, const struct origin *origin) {
    if (!expand_count(x, origin->at) || x->trial)
        return GRAPH_INPUT;
    struct layer *layer = new_layer(x, &kind_hole, origin);
    layer->poisoned = true;
    layer->name = origin->head;
    x->references_broken = true;
    return graph_append(x->graph, layer);
}

/* The keys every layer and call has, beside those of its kind. */
static bool is_common_key(const struct layer_kind *kind, const char *key) {
    return strcmp(key, "name") == 0 || strcmp(key, "from") == 0 ||
           (kind->shares && strcmp(key, "share") == 0) ||
           (kind->joins && strcmp(key, "branches") == 0);
}

static void unknown_key(struct expansion *x, const struct layer_kind *kind,
                        const struct origin *origin, const struct argument *argument) {
    struct diagnostic *item = expand_error(x, argument->at, origin->trail, "spec-key",
                                           "%s has no key '%s'", kind->name, argument->key);
    if (!diag_kept(x->diag, item))
        return;
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
    if (diag_suggest(x->diag, item, argument->key, known, count))
        return;
    const char *list = known[0];
    for (size_t i = 1; i < count; i++)
        list = arena_format(x->arena, "%s, %s", list, known[i]);
    diag_hint(x->diag, item, "its keys are %s", list);
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

bool expand_from(struct expansion *x, const struct argument *from, const struct origin *origin,
                 uint32_t *layer) {
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
    if (!expand_step(x, list->at, 16 * list->count))
        return false;
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
    const struct argument *branches = value_argument(arguments, count, "branches");
    const struct argument *source = value_argument(arguments, count, "from");
    bool good;
    if (branches) {
        if (source && !x->trial && !expand_from(x, source, origin, &from))
            layer->poisoned = true;
        good = expand_branches(x, branches, origin, layer, from);
    } else if (source && source->value.node->type == NODE_LIST) {
        if (!expand_step(x, origin->at, 16 * source->value.node->count))
            return false;
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
    if (!expand_from(x, share, origin, &owner))
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

uint32_t expand_layer(struct expansion *x, const struct scope *scope, const struct layer_kind *kind,
                      const struct origin *origin, const struct argument *arguments, size_t count,
                      uint32_t from) {
    if (!expand_count(x, origin->at))
        return GRAPH_INPUT;
    struct layer *layer = NULL;
    size_t handle = 0;
    const struct argument *name = value_argument(arguments, count, "name");
    const struct argument *source = value_argument(arguments, count, "from");
    const struct argument *share = value_argument(arguments, count, "share");
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
        if (source && !expand_from(x, source, origin, &from))
            layer->poisoned = true;
        set_inputs(x, layer, &from, 1);
    }
    if (x->trial || x->stopped)
        return GRAPH_INPUT;
    uint32_t index = graph_append(x->graph, layer);
    names_set(x, handle, index);
    return index;
}
