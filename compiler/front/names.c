/* Names of layers and instances: made, taken once, looked up. */
#include <stdlib.h>
#include <string.h>

#include "../base/limits.h"
#include "expand.h"

static struct named *find(const struct expansion *x, const char *whole) {
    const uint32_t *index = table_find(&x->names, whole);
    return index ? &x->named[*index] : NULL;
}

static size_t add(struct expansion *x, const char *whole, struct location at) {
    if (x->named_count == x->named_capacity) {
        size_t capacity = x->named_capacity ? x->named_capacity * 2 : 64;
        x->named = arena_grow(x->arena, x->named, x->named_count, capacity, sizeof *x->named);
        x->named_capacity = capacity;
    }
    size_t handle = x->named_count++;
    x->named[handle] = (struct named){.name = whole, .at = at, .layer = LAYER_PENDING};
    *table_put(&x->names, whole) = (uint32_t)handle;
    return handle;
}

void names_init(struct expansion *x) {
    table_init(&x->names, x->arena);
    table_init(&x->ordinals, x->arena);
    x->named_count = 0;
    x->unresolved = NULL;
    x->last_unresolved = &x->unresolved;
    x->references_broken = false;
    size_t handle = add(x, "input", x->spec->input_at);
    names_set(x, handle, GRAPH_INPUT);
}

/* ---- making names ---- */

static const char *join(struct expansion *x, const char *prefix, const char *stem, size_t length,
                        int64_t number) {
    return arena_format(x->arena, "%s%.*s%lld", prefix, (int)length, stem, (long long)number);
}

/* A taken name has its last number raised to the next free one: after fc1, fc2 comes fc3; `last`
 * becomes last2. Each name passed on the way remembers how far, so that raising many names of one
 * stem stays linear. */
static const char *raise_number(struct expansion *x, const char *prefix, const char *candidate) {
    size_t stem = strlen(candidate);
    while (stem > 0 && candidate[stem - 1] >= '0' && candidate[stem - 1] <= '9')
        stem--;
    int64_t own = candidate[stem] ? strtoll(candidate + stem, NULL, 10) : 1;
    if (own > UINT32_MAX - 2 * LIMIT_LAYERS) { /* an absurd number stays, and gets one of its own */
        stem = strlen(candidate);
        own = 1;
    }
    const struct named *taken = find(x, arena_format(x->arena, "%s%s", prefix, candidate));
    int64_t number = own;
    const char *whole;
    do {
        number = (taken->raised > number ? taken->raised : number) + 1;
        whole = join(x, prefix, candidate, stem, number);
        taken = find(x, whole);
    } while (taken);
    struct named *passed = find(x, arena_format(x->arena, "%s%s", prefix, candidate));
    for (int64_t skip = own; passed && skip < number;) {
        int64_t next = (passed->raised > skip ? passed->raised : skip) + 1;
        passed->raised = (uint32_t)number;
        skip = next;
        passed = find(x, join(x, prefix, candidate, stem, skip));
    }
    return whole;
}

const char *names_stem(struct arena *arena, const char *head) {
    const char *stem = lower_case(arena, head, strlen(head));
    size_t length = strlen(stem);
    bool digit = length > 0 && stem[length - 1] >= '0' && stem[length - 1] <= '9';
    return digit && kind_find(stem, length) ? arena_format(arena, "%s_", stem) : stem;
}

static const char *next_ordinal(struct expansion *x, const char *prefix, const char *stem) {
    uint32_t *last = table_put(&x->ordinals, arena_format(x->arena, "%s#%s", prefix, stem));
    const char *whole;
    do {
        whole = arena_format(x->arena, "%s%s%u", prefix, stem, ++*last);
    } while (find(x, whole));
    return whole;
}

static const char *automatic(struct expansion *x, const struct scope *scope,
                             const struct origin *origin, const char *default_stem) {
    if (!origin->candidate)
        return next_ordinal(x, scope->prefix,
                            origin->stem ? origin->stem : names_stem(x->arena, default_stem));
    const char *whole = arena_format(x->arena, "%s%s", scope->prefix, origin->candidate);
    return find(x, whole) ? raise_number(x, scope->prefix, origin->candidate) : whole;
}

/* The user's own name, or NULL when it is none (reported). */
static const char *users(struct expansion *x, const struct scope *scope,
                         const struct origin *origin, const struct value *name) {
    if (name->node == &node_unknown || !name_check(x->diag, name->node, "a name"))
        return NULL;
    if (strcmp(name->node->text, "input") == 0) {
        expand_error(x, name->node->at, origin->trail, "name-collision",
                     "'input' is the name of the network's input");
        return NULL;
    }
    const char *whole = arena_format(x->arena, "%s%s", scope->prefix, name->node->text);
    const struct named *other = find(x, whole);
    if (!other)
        return whole;
    struct diagnostic *item = expand_error(x, name->node->at, origin->trail, "name-collision",
                                           "the name '%s' is taken", whole);
    diag_note(x->diag, item, other->at, "by this layer");
    return NULL;
}

const char *names_take(struct expansion *x, const struct scope *scope, const struct origin *origin,
                       const struct value *name, const char *default_stem, size_t *handle) {
    const char *whole = name ? users(x, scope, origin, name) : NULL;
    struct location at = whole ? name->node->at : origin->at;
    if (!whole)
        whole = automatic(x, scope, origin, default_stem);
    if (strlen(whole) > LIMIT_NAME)
        expand_error(x, at, origin->trail, "limit-name",
                     "the name %.40s... has %zu bytes with its instances; the limit is %d", whole,
                     strlen(whole), LIMIT_NAME);
    *handle = add(x, whole, at);
    return whole;
}

void names_set(struct expansion *x, size_t handle, uint32_t layer) {
    x->named[handle].layer = layer;
}

/* ---- looking up ---- */

/* The whole name, in room that the next call takes again. */
static const char *whole_name(struct expansion *x, const char *prefix, const char *name) {
    size_t first = strlen(prefix), second = strlen(name);
    if (first + second >= x->room_size) {
        x->room_size = 2 * (first + second) + LIMIT_NAME;
        x->room = arena_alloc(x->arena, x->room_size);
    }
    memcpy(x->room, prefix, first);
    memcpy(x->room + first, name, second + 1);
    return x->room;
}

static struct named *look_up(struct expansion *x, const struct scope *scope, const char *name) {
    for (; scope; scope = scope->outer) {
        struct named *named = find(x, whole_name(x, scope->prefix, name));
        if (named)
            return named;
    }
    return NULL;
}

bool names_resolve(struct expansion *x, const struct value *reference, const struct trail *trail,
                   uint32_t *layer) {
    const struct node *node = reference->node;
    if (node == &node_unknown || !name_check(x->diag, node, "the name of a layer")) {
        x->references_broken = true;
        return false;
    }
    if (strcmp(node->text, "input") == 0) {
        *layer = GRAPH_INPUT;
        return true;
    }
    const struct named *named = look_up(x, reference->scope, node->text);
    if (named && named->layer != LAYER_PENDING) {
        *layer = named->layer;
        return true;
    }
    x->references_broken = true;
    if (named) {
        expand_error(x, node->at, trail, "graph", "'%s' cannot read its own output", named->name);
        return false;
    }
    struct unresolved *missing = arena_alloc(x->arena, sizeof *missing);
    *missing = (struct unresolved){
        .name = node->text, .scope = reference->scope, .at = node->at, .trail = trail};
    *x->last_unresolved = missing;
    x->last_unresolved = &missing->next;
    return false;
}

static void suggest_name(struct expansion *x, struct diagnostic *item,
                         const struct unresolved *missing) {
    const char **candidates = arena_array(x->arena, x->named_count, sizeof *candidates);
    size_t skip = strlen(missing->scope->prefix);
    for (size_t i = 0; i < x->named_count; i++) {
        const char *whole = x->named[i].name;
        candidates[i] = strncmp(whole, missing->scope->prefix, skip) == 0 ? whole + skip : whole;
    }
    diag_suggest(x->diag, item, missing->name, candidates, x->named_count);
}

void names_finish(struct expansion *x) {
    size_t nearest_left = 1 + 200000 / (x->named_count + 1); /* bounds the comparisons */
    for (const struct unresolved *missing = x->unresolved; missing; missing = missing->next) {
        const struct named *later = look_up(x, missing->scope, missing->name);
        if (later) {
            struct diagnostic *item = expand_error(
                x, missing->at, missing->trail, "graph",
                "layer '%s' comes later; a layer reads what stands before it", missing->name);
            diag_note(x->diag, item, later->at, "'%s' is here", missing->name);
            continue;
        }
        struct diagnostic *item = expand_error(x, missing->at, missing->trail, "graph",
                                               "there is no layer '%s'", missing->name);
        if (nearest_left > 0 && diag_kept(x->diag, item)) {
            suggest_name(x, item, missing);
            nearest_left--;
        }
    }
}
