/* Patterns: which items stand in the network, how often, what they are called, and which values of
 * `where` each one takes. */
#include <string.h>

#include "../base/limits.h"
#include "where.h"

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
    struct location *places; /* of offsets of the text, as far as known */
    struct body **bodies;    /* of the named repeats at these offsets */
    struct where where;
    struct body outside;
};

static struct location place(struct unrolling *u, size_t offset) {
    if (u->places[offset].line == 0)
        u->places[offset] = node_locate(u->text, offset);
    return u->places[offset];
}

/* ---- names ---- */

static const char *stem_of(struct unrolling *u, const struct pattern_item *item) {
    return item->label ? item->label : names_stem(u->x->arena, item->name);
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

/* Whether `X?` is there. What stands for a wrong value is a guess. */
static bool present(struct unrolling *u, const struct pattern_item *item, const struct turn *turn,
                    bool *guessed) {
    *guessed = false;
    if (!item->optional)
        return true;
    struct entry *entry = where_item(&u->where, item, true, "?");
    if (!entry)
        entry = where_item(&u->where, item, false, "?");
    struct value value;
    bool answer = true;
    if (entry)
        *guessed = !where_take(&u->where, &entry->slots[0], turn, &value) ||
                   value.node == &node_unknown ||
                   !key_boolean(u->x->diag, value.node, entry->text, &answer);
    return answer;
}

static uint32_t expand_item(struct unrolling *u, const struct pattern_item *item,
                            const struct turn *turn, uint32_t from) {
    struct expansion *x = u->x;
    struct body *body = turn ? turn->body : &u->outside;
    struct stem *stem = &body->counts[*table_find(&body->stems, stem_of(u, item))];
    stem->seen++;
    bool guessed, guessing = u->where.guessing;
    if (!present(u, item, turn, &guessed)) {
        (void)expand_step(x, place(u, item->offset), 0);
        return from;
    }
    struct entry *plain = where_item(&u->where, item, false, "");
    struct entry *labelled = item->label ? where_item(&u->where, item, true, "") : NULL;
    size_t room = (plain ? plain->slot_count : 0) + (labelled ? labelled->slot_count : 0),
           count = 0;
    struct argument *arguments = arena_array(x->arena, room, sizeof *arguments);
    u->where.guessing |= guessed;
    where_take_all(&u->where, labelled, NULL, turn, arguments, &count);
    where_take_all(&u->where, plain, labelled, turn, arguments, &count);
    u->where.guessing = guessing;
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
    struct entry *entry = where_count(&u->where, item->count_name);
    if (!entry) {
        struct diagnostic *error =
            expand_error(x, place(u, item->count_offset), u->trail, "pattern",
                         "how often is *%s? 'where' does not say", item->count_name);
        diag_hint(x->diag, error, "where: {%s: 2, ...}", item->count_name);
        return false;
    }
    struct value value;
    return where_take(&u->where, &entry->slots[0], turn, &value) && value.node != &node_unknown &&
           key_integer(x->diag, value.node, item->count_name, 0, INT64_MAX, "pattern", count);
}

static uint32_t expand_once(struct unrolling *u, const struct pattern_item *item,
                            const struct turn *turn, uint32_t from);

/* Counted once, however often what stands around the repeat is repeated itself. */
static struct body *body_of(struct unrolling *u, const struct pattern_item *item) {
    struct body **body = &u->bodies[item->offset];
    if (!*body) {
        *body = arena_alloc(u->x->arena, sizeof **body);
        body_init(u, *body, item);
    }
    return *body;
}

static uint32_t expand_repeat(struct unrolling *u, const struct pattern_item *item,
                              const struct turn *outer, uint32_t from) {
    if (!item->count_name) {
        for (int64_t i = 0; i < item->count && !u->x->stopped; i++)
            from = expand_once(u, item, outer, from);
        return from;
    }
    struct body *body = body_of(u, item);
    struct turn turn = {.repeat = item->count_name, .count = 1, .outer = outer, .body = body};
    turn.guessed = !named_count(u, item, outer, &turn.count);
    bool guessing = u->where.guessing;
    u->where.guessing |= turn.guessed;
    if (turn.guessed) { /* one turn, for the mistakes in it; what comes of it is not known */
        struct origin origin = {.head = item->count_name, .at = place(u, item->count_offset)};
        from = expand_hole(u->x, &origin);
    }
    for (; turn.index < turn.count && !u->x->stopped; turn.index++) {
        for (size_t i = 0; i < body->count; i++)
            body->counts[i].seen = 0;
        from = expand_once(u, item, &turn, from);
    }
    if (turn.count == 0)
        (void)expand_step(u->x, place(u, item->offset), 0);
    u->where.guessing = guessing;
    return from;
}

static uint32_t expand_once(struct unrolling *u, const struct pattern_item *item,
                            const struct turn *turn, uint32_t from) {
    if (!item->group)
        return expand_item(u, item, turn, from);
    if (!expand_step(u->x, place(u, item->offset), 0))
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
        expand_error(x, node_locate(text, error.offset), trail, error.class, "%s", error.message);
    return pattern;
}

/* Entries of `where` and the keys in them. */
static size_t settings_in(const struct node *where) {
    size_t count = where->count;
    for (size_t i = 0; where->type == NODE_MAP && i < where->count; i++)
        count += where->pairs[i].value->count;
    return count;
}

uint32_t expand_pattern(struct expansion *x, const struct scope *scope, const struct trail *trail,
                        struct location at, const struct value *of, const struct value *where,
                        uint32_t from) {
    struct origin origin = {.head = "pattern", .at = at, .trail = trail};
    size_t size = of->node->length + (where ? settings_in(where->node) : 0);
    if (of->node == &node_unknown || !expand_step(x, at, size))
        return expand_hole(x, &origin);
    const struct pattern_item *pattern = parse(x, trail, of->node);
    if (!pattern)
        return expand_hole(x, &origin);
    struct unrolling u = {.x = x, .scope = scope, .trail = trail, .text = of->node};
    u.places = arena_array(x->arena, of->node->length + 1, sizeof *u.places);
    u.bodies = arena_array(x->arena, of->node->length + 1, sizeof *u.bodies);
    u.where = (struct where){.x = x, .scope = where ? where->scope : scope, .trail = trail};
    where_read(&u.where, pattern, where);
    body_init(&u, &u.outside, pattern);
    from = expand_repeat(&u, pattern, NULL, from);
    if (!x->trial && !x->stopped)
        where_check_lists(&u.where);
    return from;
}
