/* Which entry of `where` an item takes its settings from, and which value of it. */
#include "where.h"

#include <string.h>

#include "../base/limits.h"

/* Entries are found as "*N" (a count), "conv", "conv:first", "pool?", "pool:last?". */
static const char *item_key(const struct where *w, const struct pattern_item *item, bool label,
                            const char *suffix) {
    const char *head = lower_case(w->x->arena, item->name, strlen(item->name));
    if (label && item->label)
        return arena_format(w->x->arena, "%s:%s%s", head, item->label, suffix);
    return arena_format(w->x->arena, "%s%s", head, suffix);
}

static struct entry *entry_find(const struct where *w, const char *key) {
    const uint32_t *index = table_find(&w->index, key);
    return index && *index < w->entry_count ? &w->entries[*index] : NULL;
}

struct entry *where_item(const struct where *w, const struct pattern_item *item, bool labelled,
                         const char *suffix) {
    return entry_find(w, item_key(w, item, labelled, suffix));
}

struct entry *where_count(const struct where *w, const char *count_name) {
    return entry_find(w, arena_format(w->x->arena, "*%s", count_name));
}

enum { NO_ENTRY = UINT32_MAX };

/* All the keys of `where` that would mean something for this pattern, as entries without a value.
 */
static void collect_keys(struct where *w, const struct pattern_item *item) {
    if (item->count_name)
        *table_put(&w->index, arena_format(w->x->arena, "*%s", item->count_name)) = NO_ENTRY;
    if (!item->group) {
        *table_put(&w->index, item_key(w, item, false, "")) = NO_ENTRY;
        *table_put(&w->index, item_key(w, item, true, "")) = NO_ENTRY;
        if (item->optional) {
            *table_put(&w->index, item_key(w, item, false, "?")) = NO_ENTRY;
            *table_put(&w->index, item_key(w, item, true, "?")) = NO_ENTRY;
        }
    }
    for (size_t i = 0; i < item->item_count; i++)
        collect_keys(w, item->items[i]);
}

/* The normalized form of a key as written: its head in lower case. */
static const char *normalized(struct where *w, const struct node *key) {
    const char *count = arena_format(w->x->arena, "*%s", key->text);
    if (table_find(&w->index, count))
        return count;
    const char *colon = strchr(key->text, ':');
    size_t head = colon ? (size_t)(colon - key->text) : key->length;
    return arena_format(w->x->arena, "%s%s", lower_case(w->x->arena, key->text, head),
                        key->text + head);
}

static void unknown_entry(struct where *w, const struct node *key) {
    struct expansion *x = w->x;
    struct diagnostic *item = expand_error(x, key->at, w->trail, "pattern-where",
                                           "'%s' names nothing in the pattern", key->text);
    if (!diag_kept(x->diag, item))
        return;
    const char **known = arena_array(x->arena, w->index.capacity, sizeof *known);
    for (size_t i = 0; i < w->index.capacity; i++) {
        const char *name = w->index.slots[i].key;
        known[i] = name && name[0] == '*' ? name + 1 : name;
    }
    diag_suggest(x->diag, item, key->text, known, w->index.capacity);
}

/* The settings of an item: a mapping, one slot a key. */
static void read_slots(struct where *w, struct entry *entry, const struct node *map) {
    struct expansion *x = w->x;
    if (map->type != NODE_MAP) {
        struct diagnostic *item = expand_error(x, map->at, w->trail, "spec-type",
                                               "the settings of '%s' must be a mapping, not %s",
                                               entry->text, node_describe(x->arena, map));
        if (!expand_suggest_key(x, item, entry->text, map))
            diag_hint(x->diag, item, "%s: {key: value}", entry->text);
        entry->wrong = true;
        return;
    }
    if (map->count > LIMIT_SETTINGS) {
        expand_error(x, map->at, w->trail, "limit-settings",
                     "'%s' has %zu settings; the limit is %d", entry->text, map->count,
                     LIMIT_SETTINGS);
        entry->wrong = true;
        return;
    }
    entry->slots = arena_array(x->arena, map->count, sizeof *entry->slots);
    entry->slot_count = map->count;
    for (size_t i = 0; i < map->count; i++)
        entry->slots[i] = (struct slot){.key = map->pairs[i].key->text,
                                        .at = map->pairs[i].key->at,
                                        .value = {map->pairs[i].value, w->scope}};
}

static void read_entry(struct where *w, const struct node_pair *pair) {
    struct expansion *x = w->x;
    const char *key = normalized(w, pair->key);
    uint32_t *index = table_find(&w->index, key);
    if (!index) {
        unknown_entry(w, pair->key);
        return;
    }
    if (*index != NO_ENTRY) {
        struct diagnostic *item =
            expand_error(x, pair->key->at, w->trail, "spec-dup",
                         "'%s' stands twice (case does not count)", pair->key->text);
        diag_note(x->diag, item, w->entries[*index].at, "the first is here");
        return;
    }
    *index = (uint32_t)w->entry_count;
    struct entry *entry = &w->entries[w->entry_count++];
    *entry = (struct entry){.text = pair->key->text, .at = pair->key->at};
    if (key[0] != '*' && key[strlen(key) - 1] != '?') {
        read_slots(w, entry, pair->value);
        return;
    }
    entry->slots = arena_alloc(x->arena, sizeof *entry->slots);
    entry->slot_count = 1;
    entry->slots[0] =
        (struct slot){.key = entry->text, .at = entry->at, .value = {pair->value, w->scope}};
}

void where_read(struct where *w, const struct pattern_item *pattern, const struct value *map) {
    table_init(&w->index, w->x->arena);
    collect_keys(w, pattern);
    if (!map || map->node == &node_unknown)
        return;
    if (map->node->type != NODE_MAP) {
        expand_error(w->x, map->node->at, w->trail, "spec-type", "where must be a mapping, not %s",
                     node_describe(w->x->arena, map->node));
        return;
    }
    w->entries = arena_array(w->x->arena, map->node->count, sizeof *w->entries);
    for (size_t i = 0; i < map->node->count; i++)
        read_entry(w, &map->node->pairs[i]);
}

/* ---- values ---- */

static const struct turn *turn_of(const struct turn *turn, const char *repeat) {
    while (turn && strcmp(turn->repeat, repeat) != 0)
        turn = turn->outer;
    return turn;
}

static bool evaluate(struct where *w, const struct slot *slot, const struct node *node,
                     const struct scope *scope, const struct turn *turn, struct value *out);

/* {M: [a, b, c]}: the value of the turn that stands. */
static bool evaluate_turns(struct where *w, const struct slot *slot, const struct node *map,
                           const struct scope *scope, const struct turn *turn, struct value *out) {
    struct expansion *x = w->x;
    if (map->count != 1) {
        expand_error(x, map->at, w->trail, "pattern-where",
                     "%s: values per turn are said as {M: [...]}, with one repeat", slot->key);
        return false;
    }
    const struct node *repeat = map->pairs[0].key, *list = map->pairs[0].value;
    const struct turn *around = turn_of(turn, repeat->text);
    if (!around) {
        expand_error(x, repeat->at, w->trail, "pattern-where",
                     "%s: '%s' is no repeat around what takes this value", slot->key, repeat->text);
        return false;
    }
    if (list->type != NODE_LIST) {
        expand_error(x, list->at, w->trail, "spec-type",
                     "%s: {%s: ...} needs a list of %lld values, not %s", slot->key, repeat->text,
                     (long long)around->count, node_describe(x->arena, list));
        return false;
    }
    if ((int64_t)list->count != around->count) {
        if (!around->guessed)
            expand_error(x, list->at, w->trail, "pattern-list",
                         "%s has %zu value%s for %lld turn%s of %s", slot->key, list->count,
                         list->count == 1 ? "" : "s", (long long)around->count,
                         around->count == 1 ? "" : "s", repeat->text);
        return false;
    }
    return evaluate(w, slot, list->items[around->index], scope, turn, out);
}

/* A scalar, or a map over a repeat. A list here would be inside another. */
static bool evaluate(struct where *w, const struct slot *slot, const struct node *node,
                     const struct scope *scope, const struct turn *turn, struct value *out) {
    *out = value_resolve(w->x, node, scope, w->trail);
    if (out->node->type == NODE_SCALAR)
        return true;
    if (out->node != node) /* an argument of the block: taken whole, as a pair may be */
        return true;
    if (node->type == NODE_MAP)
        return evaluate_turns(w, slot, node, scope, turn, out);
    struct diagnostic *item = expand_error(w->x, node->at, w->trail, "spec-type",
                                           "%s: a list inside a list of values", slot->key);
    diag_hint(w->x->diag, item, "a pair is written 1x7 here, pads 0x1x0x1");
    return false;
}

bool where_take(struct where *w, struct slot *slot, const struct turn *turn, struct value *out) {
    const struct node *node = slot->value.node;
    const struct scope *scope = slot->value.scope;
    slot->guessed |= w->guessing;
    if (node->type != NODE_LIST)
        return evaluate(w, slot, node, scope, turn, out);
    size_t index = slot->taken++;
    return index < node->count && evaluate(w, slot, node->items[index], scope, turn, out);
}

/* A list of values has as many as there are occurrences that take one. */
void where_check_lists(struct where *w) {
    for (size_t i = 0; i < w->entry_count; i++) {
        const struct entry *entry = &w->entries[i];
        for (size_t k = 0; k < entry->slot_count; k++) {
            const struct slot *slot = &entry->slots[k];
            const struct node *node = slot->value.node;
            if (node->type != NODE_LIST || node->count == slot->taken || slot->guessed)
                continue;
            bool own = slot->key == entry->text; /* a count or X? */
            struct diagnostic *item = expand_error(
                w->x, node->at, w->trail, "pattern-list",
                "%s%s%s has %zu value%s, but %zu %s needed", entry->text, own ? "" : " ",
                own ? "" : slot->key, node->count, node->count == 1 ? "" : "s", slot->taken,
                slot->taken == 1 ? "is" : "are");
            if (!own && node->count == 2)
                diag_hint(w->x->diag, item,
                          "a list has one value for each occurrence; a pair is written as in 1x7");
        }
    }
}

/* ---- occurrences ---- */

static const struct slot *slot_find(const struct entry *entry, const char *key) {
    for (size_t i = 0; entry && i < entry->slot_count; i++) {
        if (strcmp(entry->slots[i].key, key) == 0)
            return &entry->slots[i];
    }
    return NULL;
}

void where_take_all(struct where *w, struct entry *entry, const struct entry *over,
                    const struct turn *turn, struct argument *arguments, size_t *count) {
    for (size_t i = 0; entry && i < entry->slot_count; i++) {
        struct slot *slot = &entry->slots[i];
        struct argument *argument = &arguments[*count];
        if (slot_find(over, slot->key))
            continue;
        argument->key = slot->key;
        argument->at = slot->at;
        if (!where_take(w, slot, turn, &argument->value))
            argument->value = (struct value){&node_unknown, w->scope};
        ++*count;
    }
}
