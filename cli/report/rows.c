#include "rows.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2 };

void rows_add(struct rows *rows, const char *format, ...) {
    char *cell = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&cell, format, arguments);
    va_end(arguments);
    if (length < 0) {
        rows->cells.failed = true;
        return;
    }
    text_escaped(&rows->cells, length > 0 ? cell : "-", length > 0 ? (size_t)length : 1);
    text_bytes(&rows->cells, "", 1);
    free(cell);
}

/* Characters, not bytes. */
static size_t width_of(const char *cell) {
    size_t width = 0;
    for (; *cell; cell++)
        width += !text_continues(*cell);
    return width;
}

static bool is_number(const char *heading) { return heading[0] == '>'; }
static const char *title_of(const char *heading) { return heading + is_number(heading); }

static void print_cell(const struct rows *rows, size_t column, const char *cell, size_t width,
                       struct text *out) {
    bool last = !rows->headings[column + 1], number = is_number(rows->headings[column]);
    size_t blank = width - width_of(cell);
    text_repeat(out, ' ', number ? blank : 0);
    text_add(out, cell);
    if (last)
        text_add(out, "\n");
    else
        text_repeat(out, ' ', (number ? 0 : blank) + GAP);
}

void rows_print(const struct rows *rows, struct text *out) {
    size_t widths[ROWS_COLUMNS], columns = 0, column = 0;
    const char *begin = rows->cells.data ? rows->cells.data : "";
    const char *end = begin + rows->cells.length;
    if (rows->cells.failed) {
        out->failed = true;
        return;
    }
    for (; rows->headings[columns]; columns++) {
        assert(columns < ROWS_COLUMNS);
        widths[columns] = width_of(title_of(rows->headings[columns]));
    }
    for (const char *cell = begin; cell < end; cell += strlen(cell) + 1, column++) {
        size_t *width = &widths[column % columns];
        *width = width_of(cell) > *width ? width_of(cell) : *width;
    }
    assert(column % columns == 0);
    for (size_t k = 0; k < columns; k++)
        print_cell(rows, k, title_of(rows->headings[k]), widths[k], out);
    for (size_t k = 0; k < columns; k++) {
        text_repeat(out, '-', widths[k]);
        text_add(out, k + 1 < columns ? "  " : "\n");
    }
    for (const char *cell = begin; cell < end; cell += strlen(cell) + 1, column++)
        print_cell(rows, column % columns, cell, widths[column % columns], out);
}
