#include "left_out.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../terminal/message.h"

enum {
    KINDS = 1000, /* told apart; more are one */
    SHOWN = 12,   /* in a line */
    ENDING = 12,  /* bytes of one; what is longer is a part of a name */
};

static void kind_of(const char *name, char kind[LEFT_OUT_NAME]) {
    const char *dot = strrchr(name, '.');
    size_t length = dot ? strlen(dot + 1) : 0;
    snprintf(kind, LEFT_OUT_NAME, "without an ending");
    if (length == 0 || length > ENDING)
        return;
    for (size_t i = 1; i <= length; i++)
        if (!isascii(dot[i]) || !isalnum((unsigned char)dot[i]))
            return;
    for (size_t i = 0; i <= length; i++)
        kind[i] = (char)tolower((unsigned char)dot[i]);
    kind[length + 1] = '\0';
}

void left_out_add(struct left_out *left, const char *name) {
    char kind[LEFT_OUT_NAME];
    kind_of(name, kind);
    left_out_add_kind(left, kind);
}

void left_out_add_kind(struct left_out *left, const char *kind) {
    size_t i = 0;
    if (left->count == KINDS)
        kind = left->kinds[KINDS - 1].name;
    while (i < left->count && strcmp(left->kinds[i].name, kind) != 0)
        i++;
    if (i == left->count) {
        struct left_out_kind *more = reallocarray(left->kinds, i + 1, sizeof *more);
        if (!more) {
            left->failed = true;
            return;
        }
        left->kinds = more;
        more[left->count++] = (struct left_out_kind){.count = 0};
        snprintf(more[i].name, sizeof more[i].name, "%s", i + 1 < KINDS ? kind : "of other kinds");
    }
    left->kinds[i].count++;
    left->files++;
}

void left_out_free(struct left_out *left) {
    free(left->kinds);
    *left = (struct left_out){0};
}

static int by_count(const void *a, const void *b) {
    const struct left_out_kind *left = a, *right = b;
    return left->count != right->count ? (left->count < right->count ? 1 : -1)
                                       : strcmp(left->name, right->name);
}

void left_out_sort(struct left_out *left) {
    if (left->count > 0)
        qsort(left->kinds, left->count, sizeof *left->kinds, by_count);
}

void left_out_describe(struct left_out *left, struct text *out) {
    uint64_t rest = left->files;
    left_out_sort(left);
    text_format(out, "%" PRIu64 " file%s of other kinds left out: ", left->files,
                left->files == 1 ? "" : "s");
    for (size_t i = 0; i < left->count && i < SHOWN; i++) {
        text_format(out, "%s%" PRIu64 " %s", i > 0 ? ", " : "", left->kinds[i].count,
                    left->kinds[i].name);
        rest -= left->kinds[i].count;
    }
    if (rest > 0)
        text_format(out, ", %" PRIu64 " of other kinds", rest);
}

enum status left_out_tell(struct left_out *left) {
    struct text words = {0};
    if (left->files == 0 && !left->failed)
        return STATUS_OK;
    left_out_describe(left, &words);
    bool failed = words.failed || left->failed;
    if (!failed)
        message_class(STATUS_OK, "note", NULL,
                      "%s; of a folder, names in " LEFT_OUT_READ " are read", words.data);
    text_free(&words);
    return failed ? message(STATUS_MEMORY, "out of memory; expected room for a count of files")
                  : STATUS_OK;
}
