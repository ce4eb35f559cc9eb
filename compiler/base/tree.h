/* The located tree: a YAML document as nodes that remember where they stood. Made by yaml.c. */
#ifndef CNNC_TREE_H
#define CNNC_TREE_H

#include "diag.h"

enum node_type { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_type type;
    bool plain;         /* scalar without quotes, the only kind that can be a number or a boolean */
    struct location at; /* its first character (of a quoted scalar: the quote) */
    const char *text;   /* scalar: NUL-terminated UTF-8 without NUL inside */
    size_t length;
    struct node_span *spans; /* scalar: where its text stands, in order of offset; none where */
    size_t span_count;       /* escapes hide it */
    size_t count;            /* list: items; map: pairs */
    struct node **items;     /* list */
    struct node_pair {
        struct node *key; /* always a scalar */
        struct node *value;
    } * pairs; /* map, in file order, keys unique */
};

/* From byte `offset` of the text to the next span: characters of one byte, side by side in the
 * source. */
struct node_span {
    size_t offset;
    uint32_t line, column;
};

/* yaml.c
 * Reads one YAML document of the language's subset from source (whose text is UTF-8 or not, that is
 * checked here). Returns the root, or NULL after adding an error. A syntax error is alone;
 * duplicate keys are reported and the first kept. NULL root for an empty document also is an error
 * (spec-empty). */
struct node *yaml_read(struct arena *arena, struct diagnostics *diag, uint32_t source);

/* The place of byte `offset` of a scalar's text in its source: also in quoted and folded scalars.
 * Where escapes hide it, the scalar's own place. */
struct location node_locate(const struct node *scalar, size_t offset);

/* An unquoted scalar without text, as after a key that has no value. */
bool node_is_empty(const struct node *node);

/* The value of a key of a map, or NULL. */
struct node *node_get(const struct node *map, const char *key);

/* "a mapping", "a list", "the text 'x'", "nothing": for messages. */
const char *node_describe(struct arena *arena, const struct node *node);

/* A map may hold only these keys; others are reported as spec-key with the nearest. keys: NULL at
 * the end. what: "the spec", "image". */
void node_check_keys(struct diagnostics *diag, const struct node *map, const char *what,
                     const char *const *keys);

#endif
