/* YAML by libyaml's events. Not by its documents: those know no limit of depth, build cycles from
 * aliases and keep duplicate keys. */
#include "../base/tree.h"

#include "../base/encoding.h"
#include "../base/limits.h"
#include "../base/span.h"
#include "slip.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A collection that is being read. */
struct frame {
    struct node *node;
    struct node *key; /* read, its value not yet */
    size_t key_end;   /* byte behind the key */
    size_t capacity;
};

/* Lives in the arena, which outlives a jump out of it, so that what libyaml holds is released. */
struct reader {
    struct arena *arena;
    struct diagnostics *diag;
    uint32_t source;
    const char *text;
    size_t length;
    yaml_parser_t parser;
    bool parsing; /* parser is to be deleted */
    yaml_event_t event;
    size_t events;
    size_t index, offset; /* a character's number and its byte: marks count characters */
    struct node *root;
    struct frame stack[LIMIT_NESTING];
    size_t depth;
};

static void reader_release(void *object) {
    struct reader *r = object;
    yaml_event_delete(&r->event);
    if (r->parsing)
        yaml_parser_delete(&r->parser);
    r->parsing = false;
}

/* ---- places ---- */

/* The byte of a mark. Marks come nearly in order, so walking from the last one is linear. */
static size_t byte_of(struct reader *r, const yaml_mark_t *mark) {
    while (r->index < mark->index && r->offset < r->length) {
        do
            r->offset++;
        while (r->offset < r->length && text_continues(r->text[r->offset]));
        r->index++;
    }
    while (r->index > mark->index && r->offset > 0) {
        do
            r->offset--;
        while (r->offset > 0 && text_continues(r->text[r->offset]));
        r->index--;
    }
    return r->offset;
}

static struct location place_of(const struct reader *r, const yaml_mark_t *mark) {
    return (struct location){.source = r->source,
                             .line = (uint32_t)mark->line + 1,
                             .column = (uint32_t)mark->column + 1};
}

/* The place of a byte, counted from the beginning: for the one error that ends the reading. */
static struct location place_of_byte(const struct reader *r, size_t offset) {
    struct location at = {.source = r->source, .line = 1, .column = 1};
    for (size_t i = 0; i < offset; i++) {
        at.column += !text_continues(r->text[i]);
        if (r->text[i] == '\n') {
            at.line++;
            at.column = 1;
        }
    }
    return at;
}

static bool is_space(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* From byte `at` over blanks, line ends, comments and document end marks. */
static size_t skip_idle(const struct reader *r, size_t at) {
    while (at < r->length) {
        bool line_start = at == 0 || r->text[at - 1] == '\n';
        if (is_space(r->text[at]))
            at++;
        else if (r->text[at] == '#')
            while (at < r->length && r->text[at] != '\n')
                at++;
        else if (line_start && r->length - at >= 3 && memcmp(r->text + at, "...", 3) == 0 &&
                 (r->length - at == 3 || is_space(r->text[at + 3])))
            at += 3;
        else
            break;
    }
    return at;
}

/* ---- reading ---- */

/* The scalar or collection that the current event begins. */
static struct node *new_node(struct reader *r, enum node_type type) {
    struct node *node = arena_alloc(r->arena, sizeof *node);
    node->type = type;
    node->at = place_of(r, &r->event.start_mark);
    return node;
}

static void push(struct reader *r, struct frame *frame, struct node *value) {
    struct node *node = frame->node;
    bool map = node->type == NODE_MAP;
    if (node->count == frame->capacity) {
        frame->capacity = frame->capacity ? frame->capacity * 2 : 4;
        if (map)
            node->pairs = arena_grow(r->arena, node->pairs, node->count, frame->capacity,
                                     sizeof *node->pairs);
        else
            node->items = arena_grow(r->arena, node->items, node->count, frame->capacity,
                                     sizeof *node->items);
    }
    if (map)
        node->pairs[node->count++] = (struct node_pair){frame->key, value};
    else
        node->items[node->count++] = value;
    frame->key = NULL;
}

/* {M:3} is a key 'M:3' without a value to YAML, and a lost space to us. */
static bool have_colon(struct reader *r, const struct frame *frame) {
    const struct node *key = frame->key;
    size_t next = skip_idle(r, frame->key_end);
    if (key->type != NODE_SCALAR || (next < r->length && r->text[next] == ':'))
        return true;
    const char *colon = key->plain ? strchr(key->text, ':') : NULL;
    struct diagnostic *item = diag_error(r->diag, key->at, "spec-syntax",
                                         "the key '%s' has no colon and no value", key->text);
    if (colon && colon[1])
        diag_hint(r->diag, item, "a space is missing: %.*s: %s", (int)(colon - key->text),
                  key->text, colon + 1);
    return false;
}

/* Puts a finished scalar, or a collection that begins, where it belongs. */
static bool attach(struct reader *r, struct node *node, size_t end) {
    struct frame *frame = r->depth > 0 ? &r->stack[r->depth - 1] : NULL;
    if (!frame) {
        r->root = node;
    } else if (frame->node->type == NODE_LIST) {
        push(r, frame, node);
    } else if (!frame->key) {
        frame->key = node;
        frame->key_end = end;
    } else {
        bool absent = node->type == NODE_SCALAR && node->plain && node->length == 0;
        if (absent && !have_colon(r, frame))
            return false;
        push(r, frame, node);
    }
    return true;
}

static bool reject_anchor(struct reader *r, char sign, const yaml_char_t *name) {
    if (!name)
        return true;
    struct diagnostic *item = diag_error(r->diag, place_of(r, &r->event.start_mark), "spec-alias",
                                         "'%c%s' is an %s, which specs do not have", sign,
                                         (const char *)name, sign == '&' ? "anchor" : "alias");
    diag_hint(r->diag, item, "what occurs several times can be a block with params");
    return false;
}

/* libyaml drops the tag of `! x`; the sign itself stays in the source. */
static bool reject_tag(struct reader *r, const yaml_char_t *tag, size_t begin) {
    if (!tag && !(begin < r->length && r->text[begin] == '!'))
        return true;
    struct diagnostic *item = diag_error(r->diag, place_of(r, &r->event.start_mark), "spec-tag",
                                         "'!' begins a tag, which specs do not have");
    diag_hint(r->diag, item, "a text that begins with ! must be quoted");
    return false;
}

/* At once: what a merge would have brought is not to be missed key by key. */
static bool reject_merge(struct reader *r, const struct node *node) {
    const struct frame *frame = r->depth > 0 ? &r->stack[r->depth - 1] : NULL;
    bool is_key = frame && frame->node->type == NODE_MAP && !frame->key;
    if (!is_key || !node->plain || strcmp(node->text, "<<") != 0)
        return true;
    struct diagnostic *item =
        diag_error(r->diag, node->at, "spec-alias", "'<<' merges mappings, which specs do not");
    diag_hint(r->diag, item, "what occurs several times can be a block with params");
    return false;
}

static bool read_scalar(struct reader *r) {
    size_t begin = byte_of(r, &r->event.start_mark), end = byte_of(r, &r->event.end_mark);
    if (!reject_anchor(r, '&', r->event.data.scalar.anchor) ||
        !reject_tag(r, r->event.data.scalar.tag, begin))
        return false;
    struct node *node = new_node(r, NODE_SCALAR);
    node->plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->length = r->event.data.scalar.length;
    node->text = arena_copy(r->arena, (const char *)r->event.data.scalar.value, node->length);
    size_t zero = strlen(node->text);
    if (zero < node->length) { /* only "\0" gives one */
        diag_error(r->diag, node->at, "spec-encoding", "this text holds a NUL character");
        return false;
    }
    span_trace(r->arena, node, r->text + begin, r->text + end);
    return reject_merge(r, node) && attach(r, node, end);
}

static bool open_collection(struct reader *r, enum node_type type, const yaml_char_t *anchor,
                            const yaml_char_t *tag) {
    if (!reject_anchor(r, '&', anchor) || !reject_tag(r, tag, byte_of(r, &r->event.start_mark)))
        return false;
    if (r->depth == LIMIT_NESTING) {
        diag_error(r->diag, place_of(r, &r->event.start_mark), "limit-depth",
                   "lists and mappings are nested more than %d deep", LIMIT_NESTING);
        return false;
    }
    struct node *node = new_node(r, type);
    if (!attach(r, node, 0))
        return false;
    r->stack[r->depth++] = (struct frame){.node = node};
    return true;
}

static bool report_syntax(struct reader *r) {
    const yaml_parser_t *parser = &r->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        longjmp(r->arena->out_of_memory, 1);
    struct slip slip = {
        .problem = parser->problem ? parser->problem : "unreadable",
        .context = parser->context,
        .at = place_of(r, &parser->problem_mark),
        .context_at = place_of(r, &parser->context_mark),
        .context_offset = byte_of(r, &parser->context_mark),
    };
    slip.offset = byte_of(r, &parser->problem_mark);
    slip_report(r->diag, &slip);
    return false;
}

static bool next_event(struct reader *r) {
    yaml_event_delete(&r->event);
    if (!yaml_parser_parse(&r->parser, &r->event))
        return report_syntax(r);
    if (++r->events > LIMIT_EVENTS) {
        diag_error(r->diag, place_of(r, &r->event.start_mark), "limit-events",
                   "more than %d keys, values and brackets", LIMIT_EVENTS);
        return false;
    }
    return true;
}

static bool take_event(struct reader *r) {
    const yaml_event_t *event = &r->event;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return reject_anchor(r, '*', event->data.alias.anchor);
    case YAML_SCALAR_EVENT:
        return read_scalar(r);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(r, NODE_LIST, event->data.sequence_start.anchor,
                               event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_collection(r, NODE_MAP, event->data.mapping_start.anchor,
                               event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        r->depth--;
        return true;
    default: /* the stream and the document begin */
        return true;
    }
}

/* What stands behind the document. Not left to libyaml, whose time grows with the square of the
 * number of %TAG lines. */
static bool check_end(struct reader *r) {
    size_t rest = skip_idle(r, byte_of(r, &r->event.end_mark));
    if (rest == r->length)
        return true;
    struct location at = place_of_byte(r, rest);
    bool begins = r->length - rest >= 3 && memcmp(r->text + rest, "---", 3) == 0;
    if (!begins && r->event.data.document_end.implicit) {
        const struct slip slip = {
            .problem = "did not find expected <document start>", .at = at, .offset = rest};
        slip_report(r->diag, &slip);
        return false;
    }
    struct diagnostic *item =
        diag_error(r->diag, at, "spec-document", "a second document begins here; a spec is one");
    diag_note(r->diag, item, r->root->at, "the first document begins here");
    return false;
}

static bool read_document(struct reader *r) {
    size_t begin = skip_idle(r, 0);
    const struct location top = {.source = r->source, .line = 1, .column = 1};
    if (begin == r->length) {
        diag_error(r->diag, top, "spec-empty", "there is nothing in this spec");
        return false;
    }
    if (r->text[begin] == '%' && (begin == 0 || r->text[begin - 1] == '\n')) {
        diag_error(r->diag, place_of_byte(r, begin), "spec-tag",
                   "'%%' begins a directive, which specs do not have");
        return false;
    }
    if (!yaml_parser_initialize(&r->parser))
        longjmp(r->arena->out_of_memory, 1);
    r->parsing = true;
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text, r->length);
    do {
        if (!next_event(r) || !take_event(r))
            return false;
    } while (r->event.type != YAML_DOCUMENT_END_EVENT);
    if (!check_end(r))
        return false;
    if (node_is_empty(r->root)) {
        diag_error(r->diag, top, "spec-empty", "there is nothing in this spec");
        return false;
    }
    return true;
}

/* ---- keys ---- */

static int compare_keys(const void *a, const void *b) {
    const struct node *x = (*(const struct node_pair *const *)a)->key;
    const struct node *y = (*(const struct node_pair *const *)b)->key;
    int order = strcmp(x->text, y->text);
    if (order != 0)
        return order;
    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    return x->at.column < y->at.column ? -1 : x->at.column > y->at.column;
}

static bool check_key(struct reader *r, const struct node *key) {
    if (key->type != NODE_SCALAR) {
        diag_error(r->diag, key->at, "spec-type", "a key must be a name, not %s",
                   node_describe(r->arena, key));
    } else if (node_is_empty(key)) {
        diag_error(r->diag, key->at, "spec-type", "a key is missing before this colon");
    } else if (key->length > LIMIT_NAME) {
        diag_error(r->diag, key->at, "limit-name", "a key of %zu bytes; the limit is %d",
                   key->length, LIMIT_NAME);
    } else {
        return true;
    }
    return false;
}

/* Leaves the pairs whose keys are names, each name once. */
static void check_keys(struct reader *r, struct node *map) {
    size_t kept = 0;
    for (size_t i = 0; i < map->count; i++) {
        if (check_key(r, map->pairs[i].key))
            map->pairs[kept++] = map->pairs[i];
    }
    map->count = kept;

    struct node_pair **sorted = arena_array(r->arena, kept, sizeof(struct node_pair *));
    for (size_t i = 0; i < kept; i++)
        sorted[i] = &map->pairs[i];
    qsort(sorted, kept, sizeof *sorted, compare_keys);
    for (size_t i = 0, first = 0; i < kept; i++) {
        const struct node *key = sorted[i]->key;
        if (i == first || strcmp(key->text, sorted[first]->key->text) != 0) {
            first = i;
            continue;
        }
        struct diagnostic *item = diag_error(r->diag, key->at, "spec-dup",
                                             "the key '%s' stands here a second time", key->text);
        diag_note(r->diag, item, sorted[first]->key->at, "the first is here");
        sorted[i]->key = NULL;
    }
    map->count = 0;
    for (size_t i = 0; i < kept; i++) {
        if (map->pairs[i].key)
            map->pairs[map->count++] = map->pairs[i];
    }
}

/* All mappings of a tree that is at most LIMIT_NESTING deep. */
static void check_tree(struct reader *r, struct node *node) {
    if (node->type == NODE_MAP)
        check_keys(r, node);
    for (size_t i = 0; i < node->count; i++)
        check_tree(r, node->type == NODE_MAP ? node->pairs[i].value : node->items[i]);
}

struct node *yaml_read(struct arena *arena, struct diagnostics *diag, uint32_t source) {
    if (!encoding_check(diag, source))
        return NULL;
    struct reader *r = arena_alloc(arena, sizeof *r);
    r->arena = arena;
    r->diag = diag;
    r->source = source;
    r->text = diag->sources[source].text;
    r->length = diag->sources[source].length;
    arena_defer(arena, reader_release, r);
    bool complete = read_document(r);
    reader_release(r); /* not only when the arena dies: libyaml's buffers are large */
    if (!complete)
        return NULL;
    check_tree(r, r->root);
    return r->root;
}
