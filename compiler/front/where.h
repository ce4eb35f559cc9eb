/* `where` of a pattern: the values that items, counts and `X?` take. Private to expand_pattern.c.
 */
#ifndef CNNC_WHERE_H
#define CNNC_WHERE_H

#include "expand.h"
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
    struct body *body; /* expand_pattern.c: its stems */
};

struct where {
    struct expansion *x;
    const struct scope *scope;
    const struct trail *trail; /* of the pattern */
    struct table index;        /* normalized key -> entry */
    struct entry *entries;
    size_t entry_count;
    bool guessing; /* inside a repeat whose count, or an item whose presence, is a guess */
};

/* Reads the entries that mean something for this pattern; map NULL: there are none. */
void where_read(struct where *where, const struct pattern_item *pattern, const struct value *map);

/* The entry for an item ("conv:first" where `labelled`, else "conv"), for its presence (suffix
 * "?"), or for a count; NULL when there is none. */
struct entry *where_item(const struct where *where, const struct pattern_item *item, bool labelled,
                         const char *suffix);
struct entry *where_count(const struct where *where, const char *count_name);

/* What an occurrence takes from a slot; false: nothing (reported, or at the end by
 * where_check_lists). */
bool where_take(struct where *where, struct slot *slot, const struct turn *turn, struct value *out);
/* Adds what it takes from all slots of an entry (or none, NULL), but for the keys that `over` has.
 */
void where_take_all(struct where *where, struct entry *entry, const struct entry *over,
                    const struct turn *turn, struct argument *arguments, size_t *count);
/* Reports lists that have not as many values as there were occurrences that take one. */
void where_check_lists(struct where *where);

#endif
