/* Diagnostics as text: the form that editors parse, with source lines and carets. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"

enum {
    EXCERPT = 100,         /* characters of a source line that are shown */
    SHOWN_BYTES = 1 << 24, /* of all source lines with a caret */
};

static const char bold[] = "\033[1m", red[] = "\033[1;31m", magenta[] = "\033[1;35m",
                  cyan[] = "\033[1;36m", green[] = "\033[1;32m", reset[] = "\033[0m";

struct renderer {
    const struct diagnostics *diag;
    struct text *out;
    bool colour;
    struct location shown; /* whose line was printed last; line 0: none */
    const char **lines;    /* where those of source lines_of begin; or NULL */
    uint32_t lines_of;
    size_t line_count;
    size_t room; /* bytes of source lines that may still be looked at */
};

static void style(const struct renderer *r, const char *sequence) {
    if (r->colour)
        text_add(r->out, sequence);
}

static size_t line_length(const char *text, size_t length) {
    size_t end = 0;
    while (end < length && text[end] != '\n' && text[end] != '\r')
        end++;
    return end;
}

/* Where the lines of a text begin; they end in \n, \r\n or \r, and a byte order mark is no part of
 * the first. NULL when memory ends. */
static const char **find_lines(const char *text, size_t length, size_t *count) {
    const char *end = text + length, **lines = NULL;
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    *count = 0;
    for (size_t capacity = 0;;) {
        if (*count == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            const char **larger = realloc(lines, capacity * sizeof *lines);
            if (!larger) {
                free(lines);
                return NULL;
            }
            lines = larger;
        }
        lines[(*count)++] = text;
        text += line_length(text, (size_t)(end - text));
        if (text == end)
            return lines;
        text += end - text >= 2 && text[0] == '\r' && text[1] == '\n' ? 2 : 1;
    }
}

/* Line `number` (from 1) without its end. False when there is no such line, or too much has been
 * shown already. The source is read through once: its errors may be many. */
static bool find_line(struct renderer *r, uint32_t source, uint32_t number, const char **line,
                      size_t *length) {
    const struct source *text = &r->diag->sources[source];
    if (!r->lines || r->lines_of != source) {
        free(r->lines);
        r->lines_of = source;
        r->lines = find_lines(text->text, text->length, &r->line_count);
    }
    if (!r->lines || number > r->line_count)
        return false;
    *line = r->lines[number - 1];
    *length = line_length(*line, (size_t)(text->text + text->length - *line));
    if (*length > r->room)
        return false;
    r->room -= *length;
    return true;
}

/* Bytes of the character that text begins with; a malformed byte counts as one. */
static size_t character(const char *text, size_t length) {
    uint32_t code;
    size_t size = text_utf8(text, length, &code);
    return size ? size : 1;
}

static size_t count_characters(const char *text, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i += character(text + i, length - i))
        count++;
    return count;
}

/* The part of a line that surrounds a column (from 0). Returns how many columns of the print come
 * before that column. */
static size_t render_line(struct text *out, const char *line, size_t length, size_t column) {
    size_t total = count_characters(line, length), first = 0, last = total;
    if (total > EXCERPT) {
        first = column > EXCERPT / 2 ? column - EXCERPT / 2 : 0;
        if (first > total - EXCERPT)
            first = total - EXCERPT;
        last = first + EXCERPT;
    }
    size_t begin = out->length, caret = 0;
    text_add(out, first > 0 ? "..." : "");
    size_t index = 0;
    for (size_t i = 0; i < length && index < last; index++) {
        size_t size = character(line + i, length - i);
        if (index == column)
            caret = out->length;
        if (index >= first && line[i] == '\t')
            text_add(out, " ");
        else if (index >= first)
            text_escaped(out, line + i, size);
        i += size;
    }
    if (index <= column)
        caret = out->length; /* behind the line's end */
    text_add(out, last < total ? "..." : "");
    return out->failed ? 0 : count_characters(out->data + begin, caret - begin);
}

/* The source line with a caret, unless it is the one just shown. */
static void render_source(struct renderer *r, struct location at) {
    const char *line;
    size_t length;
    if (at.line == 0 || (r->shown.source == at.source && r->shown.line == at.line) ||
        !find_line(r, at.source, at.line, &line, &length))
        return;
    r->shown = at;
    size_t column = at.column > 0 ? at.column - 1 : 0;
    int gutter = snprintf(NULL, 0, "%3u", at.line);
    text_format(r->out, "%3u |%s", at.line, length > 0 ? " " : "");
    size_t caret = render_line(r->out, line, length, column);
    text_format(r->out, "\n%*s | ", gutter, "");
    text_repeat(r->out, ' ', caret);
    style(r, green);
    text_add(r->out, "^");
    style(r, reset);
    text_add(r->out, "\n");
}

/* "FILE:LINE:COL: error: message" without the line's end. */
static void render_head(struct renderer *r, struct location at, const char *word,
                        const char *colour, const char *message) {
    assert(at.source < r->diag->source_count);
    const char *name = r->diag->sources[at.source].name;
    style(r, bold);
    text_escaped(r->out, name, strlen(name));
    if (at.line > 0)
        text_format(r->out, ":%u:%u", at.line, at.column);
    text_add(r->out, ": ");
    style(r, colour);
    text_add(r->out, word);
    style(r, reset);
    style(r, bold);
    text_escaped(r->out, message, strlen(message));
    style(r, reset);
}

static void render_hint(struct renderer *r, const char *hint) {
    for (const char *line = hint; *line;) {
        size_t length = strcspn(line, "\n");
        text_add(r->out, "  ");
        text_escaped(r->out, line, length);
        text_add(r->out, "\n");
        line += length + (line[length] == '\n');
    }
}

static void render_item(struct renderer *r, const struct diagnostic *item) {
    static const struct {
        const char *word, *colour;
    } heads[] = {
        [SEVERITY_ERROR] = {"error: ", red},
        [SEVERITY_WARNING] = {"warning: ", magenta},
        [SEVERITY_NOTE] = {"note: ", cyan},
    };
    r->shown = (struct location){0};
    render_head(r, item->at, heads[item->severity].word, heads[item->severity].colour,
                item->message);
    text_format(r->out, " [%s]\n", item->class);
    render_source(r, item->at);
    if (item->hint)
        render_hint(r, item->hint);
    for (const struct diag_note *note = item->notes; note; note = note->next) {
        render_head(r, note->at, heads[SEVERITY_NOTE].word, heads[SEVERITY_NOTE].colour,
                    note->message);
        text_add(r->out, "\n");
        render_source(r, note->at);
    }
}

static void render_rest(struct renderer *r, size_t count, const char *what) {
    if (count == 0)
        return;
    const char *name = r->diag->sources[0].name;
    text_escaped(r->out, name, strlen(name));
    text_format(r->out, ": %zu more %s%s not shown\n", count, what, count == 1 ? " is" : "s are");
}

void diag_render(const struct diagnostics *diag, struct text *out, bool colour) {
    struct renderer r = {.diag = diag, .out = out, .colour = colour, .room = SHOWN_BYTES};
    size_t errors = diag->errors, warnings = diag->warnings;
    for (size_t i = 0; i < diag->count; i++) {
        const struct diagnostic *item = diag->items[i];
        render_item(&r, item);
        if (item->severity == SEVERITY_ERROR)
            errors--;
        else
            warnings--;
    }
    render_rest(&r, errors, "error");
    render_rest(&r, warnings, "warning");
    free(r.lines);
}
