#include "span.h"

#include <string.h>

/* Where in the source the next byte of the text is sought. */
struct walk {
    const char *raw, *end;
    uint32_t line, column;
    bool jumped; /* the next byte begins a span */
};

static bool is_space(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void add_span(struct arena *arena, struct node *node, size_t *capacity, size_t offset,
                     const struct walk *w) {
    if (node->span_count == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 1;
        node->spans =
            arena_grow(arena, node->spans, node->span_count, *capacity, sizeof *node->spans);
    }
    node->spans[node->span_count++] =
        (struct node_span){.offset = offset, .line = w->line, .column = w->column};
}

/* Over a run of blanks and line ends, which YAML folds: across lines any run of the source stands
 * for any run of the text. Returns the length of the latter, or -1 where they do not match. */
static ptrdiff_t walk_space(struct walk *w, const char *text, size_t length) {
    struct walk after = *w;
    bool folded = false;
    for (; after.raw < after.end && is_space(*after.raw); after.raw++) {
        after.column++;
        if (*after.raw == '\n') {
            after.line++;
            after.column = 1;
            folded = true;
        }
    }
    size_t source_run = (size_t)(after.raw - w->raw), text_run = 0;
    while (text_run < length && is_space(text[text_run]))
        text_run++;
    if (!folded && (text_run != source_run || memcmp(w->raw, text, text_run) != 0))
        return -1;
    after.jumped = folded;
    *w = after;
    return (ptrdiff_t)text_run;
}

static void skip_block_header(struct walk *w) {
    while (w->raw < w->end && *w->raw != '\n')
        w->raw++;
    w->column = 1;
}

void span_trace(struct arena *arena, struct node *node, const char *raw, const char *end) {
    struct walk w = {raw, end, node->at.line, node->at.column, true};
    char escape = '\0';
    if (!node->plain && raw < end) {
        if (*raw == '|' || *raw == '>') {
            skip_block_header(&w);
        } else {
            escape = *raw == '"' ? '\\' : '\'';
            w.raw++;
            w.column++;
        }
    }
    size_t capacity = 0, i = 0;
    while (i < node->length && w.raw < w.end) {
        struct walk before = w;
        if (is_space(*w.raw)) {
            ptrdiff_t run = walk_space(&w, node->text + i, node->length - i);
            if (run < 0)
                break;
            if (before.jumped && !w.jumped)
                add_span(arena, node, &capacity, i, &before);
            i += (size_t)run;
            continue;
        }
        if (*w.raw == escape || *w.raw != node->text[i])
            break;
        if (!text_continues(*w.raw)) {
            if (w.jumped)
                add_span(arena, node, &capacity, i, &w);
            w.jumped = (unsigned char)*w.raw >= 0x80;
            w.column++;
        }
        w.raw++;
        i++;
    }
    if (i < node->length && w.raw < w.end)
        node->span_count = 0;
}
