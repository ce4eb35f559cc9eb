#include "tree.h"

#include <string.h>

bool node_is_empty(const struct node *node) {
    return node->type == NODE_SCALAR && node->plain && node->length == 0;
}

struct location node_locate(const struct node *scalar, size_t offset) {
    size_t low = 0, high = scalar->span_count; /* the last span that begins at or before offset */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scalar->spans[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return scalar->at;
    const struct node_span *span = &scalar->spans[low - 1];
    return (struct location){.source = scalar->at.source,
                             .line = span->line,
                             .column = span->column + (uint32_t)(offset - span->offset)};
}

struct node *node_get(const struct node *map, const char *key) {
    if (map->type != NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->pairs[i].key->text, key) == 0)
            return map->pairs[i].value;
    }
    return NULL;
}

const char *node_describe(struct arena *arena, const struct node *node) {
    enum { SHOWN = 40 }; /* bytes of a text */
    if (!node || node_is_empty(node))
        return "nothing";
    if (node->type == NODE_LIST)
        return "a list";
    if (node->type == NODE_MAP)
        return "a mapping";
    size_t shown = node->length;
    if (shown > SHOWN)
        for (shown = SHOWN; shown > 0 && text_continues(node->text[shown]);)
            shown--;
    return arena_format(arena, "the text '%.*s%s'", (int)shown, node->text,
                        shown < node->length ? "…" : "");
}

void node_check_keys(struct diagnostics *diag, const struct node *map, const char *what,
                     const char *const *keys) {
    size_t key_count = 0;
    while (keys[key_count])
        key_count++;
    for (size_t i = 0; i < map->count; i++) {
        const struct node *key = map->pairs[i].key;
        bool known = false;
        for (size_t k = 0; k < key_count && !known; k++)
            known = strcmp(keys[k], key->text) == 0;
        if (known)
            continue;
        struct diagnostic *item =
            diag_error(diag, key->at, "spec-key", "%s has no key '%s'", what, key->text);
        diag_suggest(diag, item, key->text, keys, key_count);
    }
}
