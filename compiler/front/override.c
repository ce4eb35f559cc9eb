/* --set KEY=VALUE: the value is YAML, read in the place where it stands in the argument, and put
 * into the tree before anything reads it; so mistakes in it are found by the same code, and shown
 * in the argument. */
#include <string.h>
#include <strings.h>

#include "../graph/kind.h"
#include "spec.h"

static void set_pair(struct arena *arena, struct node *map, struct node *key, struct node *value) {
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->pairs[i].key->text, key->text) == 0) {
            map->pairs[i].value = value;
            return;
        }
    }
    map->pairs = arena_grow(arena, map->pairs, map->count, map->count + 1, sizeof *map->pairs);
    map->pairs[map->count++] = (struct node_pair){key, value};
}

/* Does the text begin with a kind or a block, whose case does not count? Counts are names. */
static bool is_item(const struct node *root, const char *text, size_t head) {
    const struct node *blocks = node_get(root, "blocks");
    for (size_t i = 0; blocks && blocks->type == NODE_MAP && i < blocks->count; i++) {
        const struct node *name = blocks->pairs[i].key;
        if (name->length == head && strncasecmp(name->text, text, head) == 0)
            return true;
    }
    return kind_find(text, head) != NULL;
}

/* The entry of `where` that the key means: a kind or block without regard to case, the label and
 * counts as written. */
static struct node_pair *entry_of(const struct node *root, const char *key, size_t length) {
    const struct node *where = node_get(root, "where");
    struct node_pair *near = NULL;
    size_t head = 0;
    while (head < length && key[head] != ':' && key[head] != '?')
        head++;
    for (size_t i = 0; i < where->count; i++) {
        struct node *own = where->pairs[i].key;
        if (own->length != length)
            continue;
        if (memcmp(own->text, key, length) == 0)
            return &where->pairs[i];
        if (strncasecmp(own->text, key, head) == 0 &&
            memcmp(own->text + head, key + head, length - head) == 0 && is_item(root, key, head))
            near = &where->pairs[i];
    }
    return near;
}

static struct node *new_node(struct arena *arena, enum node_type type, struct location at,
                             const char *text, size_t length) {
    struct node *node = arena_alloc(arena, sizeof *node);
    *node = (struct node){.type = type,
                          .plain = type == NODE_SCALAR,
                          .at = at,
                          .text = text ? arena_copy(arena, text, length) : NULL,
                          .length = length};
    return node;
}

static bool is_top_level(const char *key, size_t length) {
    static const char *const keys[] = {"name",   "input",   "fit", "outputs",
                                       "labels", "weights", NULL};
    for (size_t i = 0; keys[i]; i++) {
        if (strlen(keys[i]) == length && memcmp(keys[i], key, length) == 0)
            return true;
    }
    return false;
}

/* Reads the argument with KEY= blanked out, so that places in the value are places in it. */
static struct node *read_value(struct arena *arena, struct diagnostics *diag, uint32_t source,
                               size_t from) {
    struct source argument = diag->sources[source];
    char *blanked = arena_copy(arena, argument.text, argument.length);
    memset(blanked, ' ', from);
    diag->sources[source].text = blanked;
    struct node *value = yaml_read(arena, diag, source);
    diag->sources[source].text = argument.text;
    return value;
}

/* `where` of the top-level pattern, made when the spec has none. */
static struct node *where_of(struct arena *arena, struct diagnostics *diag, struct node *root,
                             struct location at) {
    if (root->type != NODE_MAP || !node_get(root, "pattern")) {
        struct diagnostic *item = diag_error(
            diag, at, "usage", "the spec has no pattern at its top level to set this in");
        diag_hint(diag, item,
                  "--set changes `where`, or name, input, fit, outputs, labels, weights");
        return NULL;
    }
    struct node *where = node_get(root, "where");
    if (!where) {
        where = new_node(arena, NODE_MAP, at, NULL, 0);
        set_pair(arena, root, new_node(arena, NODE_SCALAR, at, "where", 5), where);
    }
    return where;
}

static void set_where(struct arena *arena, const struct node *root, struct node *where,
                      struct location at, const char *key, size_t length, struct node *value) {
    struct node_pair *entry = entry_of(root, key, length);
    const char *dot = memrchr(key, '.', length);
    if (entry) {
        entry->value = value;
        return;
    }
    if (!dot) {
        set_pair(arena, where, new_node(arena, NODE_SCALAR, at, key, length), value);
        return;
    }
    size_t head = (size_t)(dot - key);
    entry = entry_of(root, key, head);
    struct node *settings = entry ? entry->value : NULL;
    if (!settings || settings->type != NODE_MAP) {
        settings = new_node(arena, NODE_MAP, at, NULL, 0);
        set_pair(arena, where, entry ? entry->key : new_node(arena, NODE_SCALAR, at, key, head),
                 settings);
    }
    set_pair(arena, settings, new_node(arena, NODE_SCALAR, at, dot + 1, length - head - 1), value);
}

bool override_apply(struct arena *arena, struct diagnostics *diag, struct node *root,
                    uint32_t source) {
    const char *text = diag->sources[source].text;
    const char *equals = strchr(text, '=');
    struct location at = {.source = source, .line = 1, .column = 1};
    if (!equals || equals == text || !equals[1]) {
        struct diagnostic *item = diag_error(diag, at, "usage", "'%s' is not KEY=VALUE", text);
        diag_hint(diag, item, "such as --set N=3, --set CONV:first.kernel=5, --set input=3x32x32");
        return false;
    }
    size_t length = (size_t)(equals - text);
    struct node *value = read_value(arena, diag, source, length + 1);
    if (!value)
        return false;
    if (root->type == NODE_MAP && is_top_level(text, length)) {
        set_pair(arena, root, new_node(arena, NODE_SCALAR, at, text, length), value);
        return true;
    }
    struct node *where = where_of(arena, diag, root, at);
    if (where && where->type == NODE_MAP)
        set_where(arena, root, where, at, text, length, value);
    return where != NULL;
}
