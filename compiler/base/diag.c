#include "diag.h"

#include "limits.h"
#include "synonym.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    MESSAGE_BYTES = 2048, /* a longer one quotes something absurd and is cut */
    NEAREST_BYTES = 64,   /* longer words have no nearest */
    NEAREST_DISTANCE = 3,
    ALSO_SAID = 3, /* messages that are told as notes of one of the same place */
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

/* The item that the new one repeats, or NULL. */
static struct diagnostic *find_same(const struct diagnostics *diag, enum severity severity,
                                    struct location at, const char *class, const char *message) {
    for (size_t i = 0; i < diag->count; i++) {
        struct diagnostic *item = diag->items[i];
        if (same_place(item->at, at) && item->severity == severity &&
            strcmp(item->class, class) == 0 &&
            (severity == SEVERITY_WARNING || strcmp(item->message, message) == 0))
            return item;
    }
    return NULL;
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
    struct diagnostic *same = find_same(diag, severity, at, class, message);
    if (same) {
        same->others += strcmp(same->message, message) != 0;
        return unkept(diag);
    }

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

static void add_also(struct diagnostics *diag, struct diagnostic *item, const char *message) {
    if (++item->also <= ALSO_SAID) {
        diag_note(diag, item, item->at, "%s", message);
        return;
    }
    size_t count = item->also - ALSO_SAID;
    if (count == 1) {
        item->uncounted = arena_alloc(diag->arena, sizeof *item->uncounted);
        item->uncounted->at = item->at;
        *item->last_note = item->uncounted;
        item->last_note = &item->uncounted->next;
    }
    item->uncounted->message =
        arena_format(diag->arena, "and %zu more that are written here", count);
}

struct diagnostic *diag_also(struct diagnostics *diag, enum severity severity, struct location at,
                             const char *class, const char *format, va_list arguments) {
    for (size_t i = 0; !diag->muted && i < diag->count; i++) {
        struct diagnostic *item = diag->items[i];
        if (item->severity != severity || !same_place(item->at, at) ||
            strcmp(item->class, class) != 0)
            continue;
        char message[MESSAGE_BYTES];
        format_message(message, format, arguments);
        if (strcmp(item->message, message) != 0)
            add_also(diag, item, message);
        return unkept(diag);
    }
    return diag_add(diag, severity, at, class, format, arguments);
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
    for (size_t i = 0; i < diag->count; i++) {
        struct diagnostic *item = diag->items[i];
        if (item->others > 0)
            item->message = arena_format(diag->arena, "%s; and so for %u more layer%s written here",
                                         item->message, item->others, item->others == 1 ? "" : "s");
        item->others = 0;
    }
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
static size_t distance_allowed(size_t length) {
    return length < 3 ? 0 : least((length + 1) / 3, NEAREST_DISTANCE);
}

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
    if (!nearest && !synonym_is_foreign(word))
        nearest = diag_nearest(word, candidates, count);
    if (nearest)
        diag_hint(diag, item, "did you mean '%s'?", nearest);
    return nearest != NULL;
}
