/* The pattern grammar: [(CONV-RELU)*N-POOL]*M-(FC-RELU)*K-FC-SOFTMAX as a syntax tree. What its
 * names mean, and the values of its counts, are spec matters (expand_pattern.c). */
#ifndef CNNC_PATTERN_H
#define CNNC_PATTERN_H

#include "../base/diag.h"

struct pattern_item {
    bool group;
    size_t offset;               /* byte in the pattern where it begins */
    const char *name, *label;    /* of an item; label NULL when there is none */
    bool optional;               /* `?` */
    struct pattern_item **items; /* of a group */
    size_t item_count;
    int64_t count;          /* literal count, 1 when there is none */
    const char *count_name; /* or NULL */
    size_t count_offset;
};

/* An error of grammar: class "pattern" or "limit-…". */
struct pattern_error {
    size_t offset;
    const char *class;
    const char *message;
};

/* The whole pattern as a group (count 1), a leading INPUT removed; NULL on error, *error is set
 * then. Linear in length; recursion at most LIMIT_NESTING deep. All memory is the arena's. */
struct pattern_item *pattern_parse(struct arena *arena, const char *text, size_t length,
                                   struct pattern_error *error);

/* In canonical form: "-" between items, groups of level one in [], deeper ones in (). Parsing the
 * print gives an equal tree. */
void pattern_print(const struct pattern_item *pattern, struct text *out);

#endif
