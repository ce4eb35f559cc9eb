#include "diag.h"

#include "limits.h"
#include "synonym.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_BYTES = 2048,  /* a longer one quotes something absurd and is cut */
    EXCERPT = 100,         /* characters of a source line that are shown */
    SHOWN_BYTES = 1 << 24, /* of all source lines with a caret */
    NEAREST_BYTES = 64,    /* longer words have no nearest */
    NEAREST_DISTANCE = 3,
};

/* ---- collecting ---- */

void diag_init(struct diagnostics *diag, struct arena *arena) {
    *diag = (struct diagnostics){.arena = arena};
}

uint32_t diag_source(struct diagnostics *diag, const char *name, const char *text, size_t length) {
    if (diag->source_count == diag->source_capacity) {
        size_t capacity = diag->source_capacity ? diag->source_capacity * 2 : 4;
        diag->sources = arena_grow(diag->arena, diag->sources, diag->source_count, capacity,
                                   sizeof *diag->sources);
        diag->source_capacity = capacity;
    }
    diag->sources[diag->source_count] =
        (struct source){.name = name, .text = text, .length = length};
    return (uint32_t)diag->source_count++;
}

/* Formats into buffer; a text that is too long ends in "..." at a character's end. */
static PRINTF(2, 0) void format_message(char buffer[MESSAGE_BYTES], const char *format,
                                        va_list arguments) {
    int length = vsnprintf(buffer, MESSAGE_BYTES, format, arguments);
    if (length < 0)
        strcpy(buffer, format); /* only for want of memory, or text of 2 GiB */
    if (length < MESSAGE_BYTES)
        return;
    size_t end = MESSAGE_BYTES - sizeof "...";
    while (end > 0 && text_continues(buffer[end]))
        end--;
    strcpy(buffer + end, "...");
}

static bool same_place(struct location a, struct location b) {
    return a.source == b.source && a.line == b.line && a.column == b.column;
}

static bool have_equal(const struct diagnostics *diag, struct location at, const char *class,
                       const char *message) {
    for (size_t i = 0; i < diag->count; i++) {
        const struct diagnostic *item = diag->items[i];
        if (same_place(item->at, at) && strcmp(item->class, class) == 0 &&
            strcmp(item->message, message) == 0)
            return true;
    }
    return false;
}

/* Where a further item goes in a list that may be full: there an error displaces the last warning.
 * NULL: nowhere. */
static struct diagnostic **slot_for(struct diagnostics *diag, enum severity severity) {
    if (diag->count < LIMIT_DIAGNOSTICS) {
        if (diag->count == diag->capacity) {
            size_t capacity = diag->capacity ? diag->capacity * 2 : 8;
            diag->items =
                arena_grow(diag->arena, diag->items, diag->count, capacity, sizeof *diag->items);
            diag->capacity = capacity;
        }
        return &diag->items[diag->count++];
    }
    diag->dropped++;
    for (size_t i = diag->count; severity == SEVERITY_ERROR && i-- > 0;) {
        if (diag->items[i]->severity != SEVERITY_ERROR)
            return &diag->items[i];
    }
    return NULL;
}

static struct diagnostic *unkept(struct diagnostics *diag) {
    diag->unkept = (struct diagnostic){.last_note = &diag->unkept.notes};
    return &diag->unkept;
}

struct diagnostic *diag_add(struct diagnostics *diag, enum severity severity, struct location at,
                            const char *class, const char *format, va_list arguments) {
    if (diag->muted)
        return unkept(diag);
    char message[MESSAGE_BYTES];
    format_message(message, format, arguments);
    if (have_equal(diag, at, class, message))
        return unkept(diag);

    bool error = severity == SEVERITY_ERROR;
    diag->errors += error;
    diag->warnings += !error;
    diag->limit_hit |= error && strncmp(class, "limit-", strlen("limit-")) == 0;
    struct diagnostic **slot = slot_for(diag, severity);
    if (!slot)
        return unkept(diag);
    struct diagnostic *item = arena_alloc(diag->arena, sizeof *item);
    *item = (struct diagnostic){
        .severity = severity,
        .at = at,
        .class = class,
        .message = arena_copy(diag->arena, message, strlen(message)),
        .last_note = &item->notes,
    };
    *slot = item;
    return item;
}

struct diagnostic *diag_error(struct diagnostics *diag, struct location at, const char *class,
                              const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    struct diagnostic *item = diag_add(diag, SEVERITY_ERROR, at, class, format, arguments);
    va_end(arguments);
    return item;
}

struct diagnostic *diag_warning(struct diagnostics *diag, struct location at, const char *class,
                                const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    struct diagnostic *item = diag_add(diag, SEVERITY_WARNING, at, class, format, arguments);
    va_end(arguments);
    return item;
}

void diag_hint(struct diagnostics *diag, struct diagnostic *item, const char *format, ...) {
    if (!diag_kept(diag, item))
        return;
    char hint[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_message(hint, format, arguments);
    va_end(arguments);
    item->hint = arena_copy(diag->arena, hint, strlen(hint));
}

void diag_note(struct diagnostics *diag, struct diagnostic *item, struct location at,
               const char *format, ...) {
    if (!diag_kept(diag, item))
        return;
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_message(message, format, arguments);
    va_end(arguments);
    struct diag_note *note = arena_alloc(diag->arena, sizeof *note);
    note->at = at;
    note->message = arena_copy(diag->arena, message, strlen(message));
    *item->last_note = note;
    item->last_note = &note->next;
}

/* ---- order ---- */

static bool stands_before(struct location a, struct location b) {
    if (a.source != b.source)
        return a.source < b.source;
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

void diag_sort(struct diagnostics *diag) {
    for (size_t i = 1; i < diag->count; i++) { /* by insertion: short, and stable */
        struct diagnostic *item = diag->items[i];
        size_t place = i;
        for (; place > 0 && stands_before(item->at, diag->items[place - 1]->at); place--)
            diag->items[place] = diag->items[place - 1];
        diag->items[place] = item;
    }
}

/* ---- rendering ---- */

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

/* ---- the nearest word ---- */

static bool same_letter(char a, char b) {
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Edits (insert, delete, replace, swap neighbours) that turn a into b, or `most` + 1 when they are
 * more. Damerau-Levenshtein with restricted swaps; three rows of its matrix. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                            size_t most) {
    size_t rows[3][NEAREST_BYTES + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t best = row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t replaced = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            row[j] = least(replaced, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                same_letter(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
            best = least(best, row[j]);
        }
        if (best > most)
            return most + 1;
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return least(last[b_length], most + 1);
}

/* A third of the letters may be wrong, at most three; a word of two letters has to be right. */
static size_t distance_allowed(size_t length) { return least((length + 1) / 3, NEAREST_DISTANCE); }

const char *diag_nearest(const char *word, const char *const *candidates, size_t count) {
    const char *nearest = NULL;
    size_t length = strnlen(word, NEAREST_BYTES + 1), best = NEAREST_DISTANCE + 1;
    for (size_t i = 0; i < count && length <= NEAREST_BYTES; i++) {
        if (!candidates[i])
            continue;
        size_t other = strnlen(candidates[i], NEAREST_BYTES + 1);
        size_t longest = length > other ? length : other;
        size_t most = least(distance_allowed(longest), best - 1);
        if (other > NEAREST_BYTES || longest - least(length, other) > most)
            continue;
        size_t distance = edit_distance(word, length, candidates[i], other, most);
        if (distance > most)
            continue;
        nearest = candidates[i];
        best = distance;
        if (best == 0)
            break;
    }
    return nearest;
}

bool diag_suggest(struct diagnostics *diag, struct diagnostic *item, const char *word,
                  const char *const *candidates, size_t count) {
    if (!diag_kept(diag, item))
        return false;
    const char *nearest = synonym_find(word, candidates, count);
    if (!nearest)
        nearest = diag_nearest(word, candidates, count);
    if (nearest)
        diag_hint(diag, item, "did you mean '%s'?", nearest);
    return nearest != NULL;
}
