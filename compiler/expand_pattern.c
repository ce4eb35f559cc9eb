/* Patterns: which items stand in the network, how often, what they are called, and which values of
 * `where` each one takes. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expand.h"
#include "limits.h"
#include "pattern.h"

/* One key of one entry of `where`. A list in it is one value per occurrence, counted by `taken`. */
struct slot {
    const char *key;
    struct location at;
    struct value value;
    size_t taken;
    bool guessed; /* some of these takings are guesses: a list cannot be held against them */
};

/* One key of `where`: settings of an item (one slot a setting), or a count or `X?` (one slot). */
struct entry {
    const char *text; /* as written */
    struct location at;
    struct slot *slots;
    size_t slot_count;
    bool wrong; /* reported: what takes it is not known */
};

/* A turn of a named repeat; outer is the next one outward. */
struct turn {
    const char *repeat;
    int64_t index, count;
    bool guessed; /* the count is wrong (reported): 1 in its place */
    const struct turn *outer;
    struct body *body;
};

/* The items inside one named repeat, or outside all: how often a stem is written in one turn. */
struct body {
    struct table stems; /* stem -> index */
    struct stem {
        int64_t total, seen;
    } * counts;
    size_t count, capacity;
};

struct unrolling {
    struct expansion *x;
    const struct scope *scope;
    const struct trail *trail; /* of the pattern itself */
    const struct node *text;
    struct location *places; /* of offsets of the text, where known */
    struct table index;      /* normalized key of `where` -> entry */
    struct entry *entries;
    size_t entry_count;
    struct body outside;
    bool guessing; /* inside a repeat whose count, or an item whose presence, is a guess */
};

static struct location place(struct unrolling *u, size_t offset) {
    if (u->places[offset].line == 0)
        u->places[offset] = yaml_locate(u->x->diag, u->text, offset);
    return u->places[offset];
}

/* ---- `where` ---- */

/* Entries are found as "*N" (a count), "conv", "conv:first", "pool?", "pool:last?". */
static const char *item_key(struct unrolling *u, const struct pattern_item *item, bool label,
                            const char *suffix) {
    const char *head = lower(u->x->arena, item->name, strlen(item->name));
    if (label && item->label)
        return arena_format(u->x->arena, "%s:%s%s", head, item->label, suffix);
    return arena_format(u->x->arena, "%s%s", head, suffix);
}

static struct entry *entry_find(const struct unrolling *u, const char *key) {
    const uint32_t *index = table_find(&u->index, key);
    return index && *index < u->entry_count ? &u->entries[*index] : NULL;
}

enum { NO_ENTRY = UINT32_MAX };

/* All the keys of `where` that would mean something for this pattern, as entries without a value.
 */
static void collect_keys(struct unrolling *u, const struct pattern_item *item) {
    if (item->count_name)
        *table_put(&u->index, arena_format(u->x->arena, "*%s", item->count_name)) = NO_ENTRY;
    if (!item->group) {
        *table_put(&u->index, item_key(u, item, false, "")) = NO_ENTRY;
        *table_put(&u->index, item_key(u, item, true, "")) = NO_ENTRY;
        if (item->optional) {
            *table_put(&u->index, item_key(u, item, false, "?")) = NO_ENTRY;
            *table_put(&u->index, item_key(u, item, true, "?")) = NO_ENTRY;
        }
    }
    for (size_t i = 0; i < item->item_count; i++)
        collect_keys(u, item->items[i]);
}

/* The normalized form of a key as written: its head in lower case. */
static const char *normalized(struct unrolling *u, const struct node *key) {
    const char *count = arena_format(u->x->arena, "*%s", key->text);
    if (table_find(&u->index, count))
        return count;
    const char *colon = strchr(key->text, ':');
    size_t head = colon ? (size_t)(colon - key->text) : key->length;
    return arena_format(u->x->arena, "%s%s", lower(u->x->arena, key->text, head), key->text + head);
}

static void unknown_entry(struct unrolling *u, const struct node *key) {
    struct expansion *x = u->x;
    struct diagnostic *item = expand_error(x, key->at, u->trail, "pattern-where",
                                           "'%s' names nothing in the pattern", key->text);
    const char **known = arena_array(x->arena, u->index.capacity, sizeof *known);
    for (size_t i = 0; i < u->index.capacity; i++) {
        const char *name = u->index.slots[i].key;
        known[i] = name && name[0] == '*' ? name + 1 : name;
    }
    const char *nearest = diag_nearest(key->text, known, u->index.capacity);
    if (nearest)
        diag_hint(x->diag, item, "did you mean '%s'?", nearest);
}

/* The settings of an item: a mapping, one slot a key. */
static void read_slots(struct unrolling *u, struct entry *entry, const struct node *map) {
    struct expansion *x = u->x;
    if (map->type != NODE_MAP) {
        struct diagnostic *item = expand_error(x, map->at, u->trail, "spec-type",
                                               "the settings of '%s' must be a mapping, not %s",
                                               entry->text, node_describe(x->arena, map));
        diag_hint(x->diag, item, "%s: {key: value}", entry->text);
        entry->wrong = true;
        return;
    }
    entry->slots = arena_array(x->arena, map->count, sizeof *entry->slots);
    entry->slot_count = map->count;
    for (size_t i = 0; i < map->count; i++)
        entry->slots[i] = (struct slot){.key = map->pairs[i].key->text,
                                        .at = map->pairs[i].key->at,
                                        .value = {map->pairs[i].value, u->scope}};
}

static void read_entry(struct unrolling *u, const struct node_pair *pair) {
    struct expansion *x = u->x;
    const char *key = normalized(u, pair->key);
    uint32_t *index = table_find(&u->index, key);
    if (!index) {
        unknown_entry(u, pair->key);
        return;
    }
    if (*index != NO_ENTRY) {
        struct diagnostic *item =
            expand_error(x, pair->key->at, u->trail, "spec-dup",
                         "'%s' stands twice (case does not count)", pair->key->text);
        diag_note(x->diag, item, u->entries[*index].at, "the first is here");
        return;
    }
    *index = (uint32_t)u->entry_count;
    struct entry *entry = &u->entries[u->entry_count++];
    *entry = (struct entry){.text = pair->key->text, .at = pair->key->at};
    if (key[0] != '*' && key[strlen(key) - 1] != '?') {
        read_slots(u, entry, pair->value);
        return;
    }
    entry->slots = arena_alloc(x->arena, sizeof *entry->slots);
    entry->slot_count = 1;
    entry->slots[0] =
        (struct slot){.key = entry->text, .at = entry->at, .value = {pair->value, u->scope}};
}

static void read_where(struct unrolling *u, const struct value *where) {
    if (where->node == &node_unknown)
        return;
    if (where->node->type != NODE_MAP) {
        expand_error(u->x, where->node->at, u->trail, "spec-type",
                     "where must be a mapping, not %s", node_describe(u->x->arena, where->node));
        return;
    }
    u->entries = arena_array(u->x->arena, where->node->count, sizeof *u->entries);
    for (size_t i = 0; i < where->node->count; i++)
        read_entry(u, &where->node->pairs[i]);
}

/* ---- values ---- */

static const struct turn *turn_of(const struct turn *turn, const char *repeat) {
    while (turn && strcmp(turn->repeat, repeat) != 0)
        turn = turn->outer;
    return turn;
}

static bool evaluate(struct unrolling *u, const struct slot *slot, const struct node *node,
                     const struct scope *scope, const struct turn *turn, struct value *out);

/* {M: [a, b, c]}: the value of the turn that stands. */
static bool evaluate_turns(struct unrolling *u, const struct slot *slot, const struct node *map,
                           const struct scope *scope, const struct turn *turn, struct value *out) {
    struct expansion *x = u->x;
    if (map->count != 1) {
        expand_error(x, map->at, u->trail, "pattern-where",
                     "%s: values per turn are said as {M: [...]}, with one repeat", slot->key);
        return false;
    }
    const struct node *repeat = map->pairs[0].key, *list = map->pairs[0].value;
    const struct turn *around = turn_of(turn, repeat->text);
    if (!around) {
        expand_error(x, repeat->at, u->trail, "pattern-where",
                     "%s: '%s' is no repeat around what takes this value", slot->key, repeat->text);
        return false;
    }
    if (list->type != NODE_LIST) {
        expand_error(x, list->at, u->trail, "spec-type",
                     "%s: {%s: ...} needs a list of %lld values, not %s", slot->key, repeat->text,
                     (long long)around->count, node_describe(x->arena, list));
        return false;
    }
    if ((int64_t)list->count != around->count) {
        if (!around->guessed)
            expand_error(x, list->at, u->trail, "pattern-list",
                         "%s has %zu value%s for %lld turn%s of %s", slot->key, list->count,
                         list->count == 1 ? "" : "s", (long long)around->count,
                         around->count == 1 ? "" : "s", repeat->text);
        return false;
    }
    return evaluate(u, slot, list->items[around->index], scope, turn, out);
}

/* A scalar, or a map over a repeat. A list here would be inside another. */
static bool evaluate(struct unrolling *u, const struct slot *slot, const struct node *node,
                     const struct scope *scope, const struct turn *turn, struct value *out) {
    *out = value_resolve(u->x, node, scope, u->trail);
    if (out->node->type == NODE_SCALAR)
        return true;
    if (out->node != node) /* an argument of the block: taken whole, as a pair may be */
        return true;
    if (node->type == NODE_MAP)
        return evaluate_turns(u, slot, node, scope, turn, out);
    struct diagnostic *item = expand_error(u->x, node->at, u->trail, "spec-type",
                                           "%s: a list inside a list of values", slot->key);
    diag_hint(u->x->diag, item, "a pair is written 1x7 here, pads 0x1x0x1");
    return false;
}

/* What an occurrence takes from a slot; false: nothing (reported, or at the end by check_lists). */
static bool take(struct unrolling *u, struct slot *slot, const struct turn *turn,
                 struct value *out) {
    const struct node *node = slot->value.node;
    const struct scope *scope = slot->value.scope;
    slot->guessed |= u->guessing;
    if (node->type != NODE_LIST)
        return evaluate(u, slot, node, scope, turn, out);
    size_t index = slot->taken++;
    return index < node->count && evaluate(u, slot, node->items[index], scope, turn, out);
}

/* A list of values has as many as there are occurrences that take one. */
static void check_lists(struct unrolling *u) {
    for (size_t i = 0; i < u->entry_count; i++) {
        const struct entry *entry = &u->entries[i];
        for (size_t k = 0; k < entry->slot_count; k++) {
            const struct slot *slot = &entry->slots[k];
            const struct node *node = slot->value.node;
            if (node->type != NODE_LIST || node->count == slot->taken || slot->guessed)
                continue;
            bool own = slot->key == entry->text; /* a count or X? */
            expand_error(u->x, node->at, u->trail, "pattern-list",
                         "%s%s%s has %zu value%s, but %zu %s needed", entry->text, own ? "" : " ",
                         own ? "" : slot->key, node->count, node->count == 1 ? "" : "s",
                         slot->taken, slot->taken == 1 ? "is" : "are");
        }
    }
}

/* ---- names ---- */

static const char *stem_of(struct unrolling *u, const struct pattern_item *item) {
    return item->label ? item->label : lower(u->x->arena, item->name, strlen(item->name));
}

static void count_stem(struct unrolling *u, struct body *body, const char *stem, int64_t times) {
    size_t before = body->stems.count;
    uint32_t *index = table_put(&body->stems, stem);
    if (body->stems.count > before) {
        if (body->count == body->capacity) {
            size_t capacity = body->capacity ? body->capacity * 2 : 8;
            body->counts =
                arena_grow(u->x->arena, body->counts, body->count, capacity, sizeof *body->counts);
            body->capacity = capacity;
        }
        *index = (uint32_t)body->count++;
    }
    int64_t *total = &body->counts[*index].total;
    if (!count_add(*total, times, total))
        *total = INT64_MAX;
}

/* Counts the stems written in one turn; repeats with a plain number are written out, named ones
 * have bodies of their own. */
static void count_stems(struct unrolling *u, struct body *body, const struct pattern_item *item,
                        int64_t times) {
    if (!item->group)
        count_stem(u, body, stem_of(u, item), times);
    for (size_t i = 0; i < item->item_count; i++) {
        const struct pattern_item *inner = item->items[i];
        int64_t inner_times;
        if (inner->count_name)
            continue;
        if (!count_mul(times, inner->count, &inner_times))
            inner_times = INT64_MAX;
        count_stems(u, body, inner, inner_times);
    }
}

static void body_init(struct unrolling *u, struct body *body, const struct pattern_item *item) {
    *body = (struct body){0};
    table_init(&body->stems, u->x->arena);
    count_stems(u, body, item, 1);
}

/* The name by the rules of cnnc-spec(5), NAMES; NULL where it is stem and ordinal in file order. */
static const char *candidate(struct unrolling *u, const struct pattern_item *item,
                             const struct turn *turn, struct stem *stem) {
    if (!turn)
        return item->label && stem->total == 1 ? item->label : NULL;
    const char *turns = arena_format(u->x->arena, "%lld", (long long)turn->index + 1);
    for (const struct turn *outer = turn->outer; outer; outer = outer->outer)
        turns = arena_format(u->x->arena, "%lld_%s", (long long)outer->index + 1, turns);
    if (stem->total == 1)
        return arena_format(u->x->arena, "%s%s", stem_of(u, item), turns);
    return arena_format(u->x->arena, "%s%s_%lld", stem_of(u, item), turns, (long long)stem->seen);
}

/* ---- occurrences ---- */

static const struct trail *occurrence_trail(struct unrolling *u, const struct pattern_item *item,
                                            const struct turn *turn) {
    struct trail *trail = arena_alloc(u->x->arena, sizeof *trail);
    const char *turns = "";
    for (; turn; turn = turn->outer)
        turns = arena_format(u->x->arena, ", turn %lld of %s%s", (long long)turn->index + 1,
                             turn->repeat, turns);
    *trail = (struct trail){
        .text = arena_format(u->x->arena, "%s%s%s of the pattern%s", item->name,
                             item->label ? ":" : "", item->label ? item->label : "", turns),
        .at = place(u, item->offset),
        .outer = u->trail,
    };
    return trail;
}

static const struct slot *slot_find(const struct entry *entry, const char *key) {
    for (size_t i = 0; entry && i < entry->slot_count; i++) {
        if (strcmp(entry->slots[i].key, key) == 0)
            return &entry->slots[i];
    }
    return NULL;
}

/* Adds what the occurrence takes from an entry; keys that `over` has are its own. */
static bool take_all(struct unrolling *u, struct entry *entry, const struct entry *over,
                     const struct turn *turn, struct argument *arguments, size_t *count) {
    bool all = true;
    for (size_t i = 0; entry && i < entry->slot_count; i++) {
        struct slot *slot = &entry->slots[i];
        struct argument *argument = &arguments[*count];
        if (slot_find(over, slot->key))
            continue;
        argument->key = slot->key;
        argument->at = slot->at;
        if (!take(u, slot, turn, &argument->value)) {
            argument->value = (struct value){&node_unknown, u->scope};
            all = false;
        }
        ++*count;
    }
    return all;
}

/* Whether `X?` is there. What stands for a wrong value is a guess. */
static bool present(struct unrolling *u, const struct pattern_item *item, const struct turn *turn,
                    bool *guessed) {
    *guessed = false;
    if (!item->optional)
        return true;
    struct entry *entry = entry_find(u, item_key(u, item, true, "?"));
    if (!entry)
        entry = entry_find(u, item_key(u, item, false, "?"));
    struct value value;
    bool answer = true;
    if (entry)
        *guessed = !take(u, &entry->slots[0], turn, &value) || value.node == &node_unknown ||
                   !key_boolean(u->x->diag, value.node, entry->text, &answer);
    return answer;
}

static uint32_t expand_item(struct unrolling *u, const struct pattern_item *item,
                            const struct turn *turn, uint32_t from) {
    struct expansion *x = u->x;
    struct body *body = turn ? turn->body : &u->outside;
    struct stem *stem = &body->counts[*table_find(&body->stems, stem_of(u, item))];
    stem->seen++;
    bool guessed, guessing = u->guessing;
    if (!present(u, item, turn, &guessed))
        return from;
    struct entry *plain = entry_find(u, item_key(u, item, false, ""));
    struct entry *labelled = item->label ? entry_find(u, item_key(u, item, true, "")) : NULL;
    size_t room = (plain ? plain->slot_count : 0) + (labelled ? labelled->slot_count : 0),
           count = 0;
    struct argument *arguments = arena_array(x->arena, room, sizeof *arguments);
    u->guessing |= guessed;
    take_all(u, labelled, NULL, turn, arguments, &count);
    take_all(u, plain, labelled, turn, arguments, &count);
    u->guessing = guessing;
    struct origin origin = {.head = item->name, .item = item};
    if (!x->trial) {
        origin.at = place(u, item->offset);
        origin.trail = occurrence_trail(u, item, turn);
        origin.candidate = candidate(u, item, turn, stem);
        origin.stem = stem_of(u, item);
    }
    if ((plain && plain->wrong) || (labelled && labelled->wrong))
        return expand_hole(x, &origin);
    const struct layer_kind *kind = kind_find(item->name, strlen(item->name));
    if (kind && kind->joins) {
        struct diagnostic *error = expand_error(x, place(u, item->offset), u->trail, "pattern",
                                                "%s does not stand in a pattern", item->name);
        diag_hint(x->diag, error, "a block that holds it does");
        return expand_hole(x, &origin);
    }
    return expand_head(x, u->scope, &origin, arguments, count, from);
}

/* ---- repeats ---- */

static bool repeat_name_is_free(struct unrolling *u, const struct pattern_item *item) {
    const char *name = item->count_name;
    bool kind = kind_find(name, strlen(name)) != NULL;
    if (!kind && !spec_block(u->x->spec, name))
        return true;
    expand_error(u->x, place(u, item->count_offset), u->trail, "pattern",
                 "the repeat '%s' bears the name of a %s", name, kind ? "layer kind" : "block");
    return false;
}

/* How often an item with a named count is repeated here; false: reported. */
static bool named_count(struct unrolling *u, const struct pattern_item *item,
                        const struct turn *turn, int64_t *count) {
    struct expansion *x = u->x;
    if (!repeat_name_is_free(u, item))
        return false;
    struct entry *entry = entry_find(u, arena_format(x->arena, "*%s", item->count_name));
    if (!entry) {
        struct diagnostic *error =
            expand_error(x, place(u, item->count_offset), u->trail, "pattern",
                         "how often is *%s? 'where' does not say", item->count_name);
        diag_hint(x->diag, error, "where: {%s: 2, ...}", item->count_name);
        return false;
    }
    struct value value;
    return take(u, &entry->slots[0], turn, &value) && value.node != &node_unknown &&
           key_integer(x->diag, value.node, item->count_name, 0, INT64_MAX, "pattern", count);
}

static uint32_t expand_once(struct unrolling *u, const struct pattern_item *item,
                            const struct turn *turn, uint32_t from);

static uint32_t expand_repeat(struct unrolling *u, const struct pattern_item *item,
                              const struct turn *outer, uint32_t from) {
    if (!item->count_name) {
        for (int64_t i = 0; i < item->count && !u->x->stopped; i++)
            from = expand_once(u, item, outer, from);
        return from;
    }
    struct body body;
    body_init(u, &body, item);
    struct turn turn = {.repeat = item->count_name, .count = 1, .outer = outer, .body = &body};
    turn.guessed = !named_count(u, item, outer, &turn.count);
    bool guessing = u->guessing;
    u->guessing |= turn.guessed;
    if (turn.guessed) { /* one turn, for the mistakes in it; what comes of it is not known */
        struct origin origin = {.head = item->count_name, .at = place(u, item->count_offset)};
        from = expand_hole(u->x, &origin);
    }
    for (; turn.index < turn.count && !u->x->stopped; turn.index++) {
        for (size_t i = 0; i < body.count; i++)
            body.counts[i].seen = 0;
        from = expand_once(u, item, &turn, from);
    }
    u->guessing = guessing;
    return from;
}

static uint32_t expand_once(struct unrolling *u, const struct pattern_item *item,
                            const struct turn *turn, uint32_t from) {
    if (!item->group)
        return expand_item(u, item, turn, from);
    if (!expand_step(u->x, place(u, item->offset)))
        return from;
    for (size_t i = 0; i < item->item_count && !u->x->stopped; i++)
        from = expand_repeat(u, item->items[i], turn, from);
    return from;
}

/* ---- the pattern ---- */

static const struct pattern_item *parse(struct expansion *x, const struct trail *trail,
                                        const struct node *text) {
    struct pattern_error error;
    if (text->type != NODE_SCALAR) {
        struct diagnostic *item =
            expand_error(x, text->at, trail, "spec-type", "a pattern is a text, not %s",
                         node_describe(x->arena, text));
        diag_hint(x->diag, item,
                  "a pattern that begins with [ or ( is put in quotes: \"[(CONV-RELU)*N-POOL]*M\"");
        return NULL;
    }
    if (text->length > LIMIT_PATTERN) {
        expand_error(x, text->at, trail, "limit-size", "the pattern has %zu bytes; the limit is %d",
                     text->length, LIMIT_PATTERN);
        return NULL;
    }
    const struct pattern_item *pattern = pattern_parse(x->arena, text->text, text->length, &error);
    if (!pattern)
        expand_error(x, yaml_locate(x->diag, text, error.offset), trail, error.class, "%s",
                     error.message);
    return pattern;
}

uint32_t expand_pattern(struct expansion *x, const struct scope *scope, const struct trail *trail,
                        struct location at, const struct value *of, const struct value *where,
                        uint32_t from) {
    struct origin origin = {.head = "pattern", .at = at, .trail = trail};
    if (of->node == &node_unknown)
        return expand_hole(x, &origin);
    const struct pattern_item *pattern = parse(x, trail, of->node);
    if (!pattern)
        return expand_hole(x, &origin);
    struct unrolling u = {.x = x, .scope = scope, .trail = trail, .text = of->node};
    u.places = arena_array(x->arena, of->node->length + 1, sizeof *u.places);
    table_init(&u.index, x->arena);
    collect_keys(&u, pattern);
    if (where)
        read_where(&u, where);
    body_init(&u, &u.outside, pattern);
    from = expand_repeat(&u, pattern, NULL, from);
    if (!x->trial && !x->stopped)
        check_lists(&u);
    return from;
}
