/* The report for people: a head, a row per layer, what is dropped, the totals. Where a terminal is
 * narrower, gaps close, the last columns go under their rows, and at last cells wrap inside their
 * columns; nothing is ever cut off. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/graph/shape.h"
#include "../terminal/file.h"
#include "columns.h"
#include "totals.h"
#include "write.h"

enum { NARROW = 6, WIDE = 1000, INDENT = 2, PROSE = 100 };

/* Row 0 is the heading. Cells stand NUL-terminated one after the other. */
struct grid {
    const struct column *columns[COLUMN_COUNT];
    size_t column_count, row_count;
    struct text cells;
    size_t *starts; /* [row][column]: offset in cells */
    size_t widths[COLUMN_COUNT];
    size_t gap;
    size_t hanging; /* so many of the last columns have lines of their own, under the rows */
};

static const char *cell_at(const struct grid *grid, size_t row, size_t column) {
    return grid->cells.data + grid->starts[row * grid->column_count + column];
}

/* ---- wrapping ---- */

/* A line may end behind this character: after punctuation, and between the extents of a shape. */
static bool may_break(const char *text, size_t i) {
    if (text[i] == 'x')
        return i > 0 && isdigit((unsigned char)text[i - 1]) && isdigit((unsigned char)text[i + 1]);
    return text[i] && strchr(",._-", text[i]) != NULL;
}

/* Bytes of the first line of text in a column `width` wide: breaks at a space, else where it may,
 * else anywhere. Cells are ASCII. */
static size_t line_length(const char *text, size_t width) {
    size_t length = strnlen(text, width + 1), mark = 0, space = 0;
    if (length <= width)
        return length;
    for (size_t i = 0; i <= width; i++) {
        if (text[i] == ' ')
            space = i;
        if (i < width && may_break(text, i))
            mark = i + 1;
    }
    return space > 0 ? space : mark > 0 ? mark : width;
}

static const char *next_line(const char *text, size_t width) {
    text += line_length(text, width);
    return text + (*text == ' ');
}

static size_t line_count(const char *text, size_t width) {
    size_t count = 1;
    while (*(text = next_line(text, width)))
        count++;
    return count;
}

/* The longest part of a text that wraps only at blanks, or also inside words. */
static size_t longest_part(const char *text, bool inside) {
    size_t longest = 0, part = 0;
    for (size_t i = 0; text[i]; i++) {
        part = text[i] == ' ' ? 0 : part + 1;
        longest = part > longest ? part : longest;
        if (inside && may_break(text, i))
            part = 0;
    }
    return longest;
}

/* ---- layout ---- */

static void add_cell(struct grid *grid, size_t index, const char *text) {
    grid->starts[index] = grid->cells.length;
    text_bytes(&grid->cells, text, strlen(text) + 1);
}

static void fill_row(struct grid *grid, size_t row, const struct graph *graph, uint32_t index,
                     const struct view *view) {
    const struct layer *layer = graph->layers[index];
    for (size_t k = 0; k < grid->column_count; k++) {
        size_t start = grid->cells.length;
        grid->starts[row * grid->column_count + k] = start;
        /* What reads the row above need not say so, unless the user asked for the column. */
        bool ditto = grid->columns[k] == &columns[COLUMN_FROM] && view->column_count == 0 &&
                     layer->input_count == 1 && layer->inputs[0] == index - 1;
        if (!ditto) {
            column_cell(grid->columns[k], graph, layer, view, &grid->cells);
            if (grid->cells.length == start)
                text_add(&grid->cells, "-");
        }
        text_bytes(&grid->cells, "", 1);
    }
}

/* False when memory ends. */
static bool grid_fill(struct grid *grid, const struct graph *graph, const struct view *view) {
    grid->column_count = columns_shown(graph, view, grid->columns);
    grid->starts = calloc(((size_t)graph->count + 1) * grid->column_count, sizeof *grid->starts);
    if (!grid->starts)
        return false;
    for (size_t k = 0; k < grid->column_count; k++)
        add_cell(grid, k, grid->columns[k]->heading);
    grid->row_count = 1;
    for (uint32_t i = 1; i < graph->count; i++)
        if (graph->layers[i]->known && view_shows(view, graph->layers[i]))
            fill_row(grid, grid->row_count++, graph, i, view);
    return !grid->cells.failed;
}

/* Columns that stand beside each other. */
static size_t beside(const struct grid *grid) { return grid->column_count - grid->hanging; }

static bool fits(const struct grid *grid, int width) {
    size_t total = grid->gap * (beside(grid) - 1);
    for (size_t k = 0; k < beside(grid); k++)
        total += grid->widths[k];
    return width <= 0 || total <= (size_t)width;
}

/* The widest column that is wider than its `least` width; NULL when there is none. */
static size_t *widest(struct grid *grid, const size_t *least) {
    size_t *best = NULL;
    for (size_t k = 0; k < beside(grid); k++)
        if (grid->widths[k] > least[k] && (!best || grid->widths[k] > *best))
            best = &grid->widths[k];
    return best;
}

static void narrow(struct grid *grid, int width, const size_t *least) {
    size_t *column;
    while (!fits(grid, width) && (column = widest(grid, least)))
        --*column;
}

/* Widths that hold every cell whole; then what a narrower terminal asks for, the mildest first. */
static void grid_measure(struct grid *grid, int width) {
    size_t parts[COLUMN_COUNT], least[COLUMN_COUNT];
    for (size_t k = 0; k < grid->column_count; k++) {
        bool text = grid->columns[k]->type == COLUMN_TEXT;
        grid->widths[k] = parts[k] = longest_part(cell_at(grid, 0, k), false);
        for (size_t row = 1; row < grid->row_count; row++) {
            const char *cell = cell_at(grid, row, k);
            size_t length = strlen(cell), part = text ? longest_part(cell, true) : length;
            grid->widths[k] = length > grid->widths[k] ? length : grid->widths[k];
            parts[k] = part > parts[k] ? part : parts[k];
        }
        /* `from` of one join may be megabytes, and every row is padded to its width. */
        grid->widths[k] = grid->widths[k] < WIDE ? grid->widths[k] : WIDE;
        least[k] = NARROW;
    }
    grid->gap = 2;
    if (!fits(grid, width))
        grid->gap = 1;
    while (!fits(grid, width) && beside(grid) > 1)
        grid->hanging++;
    narrow(grid, width, parts);
    narrow(grid, width, least);
}

/* ---- printing ---- */

static void trim_end(struct text *out) {
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->data[--out->length] = '\0';
}

/* The cells that hang: "  field 3, from a, b"; what does not apply is left out. */
static void print_hanging(const struct grid *grid, size_t row, int width, struct text *out) {
    size_t room = width > 2 * INDENT + NARROW ? (size_t)width - 2 * INDENT : NARROW;
    struct text line = {0};
    for (size_t k = beside(grid); k < grid->column_count; k++) {
        const char *cell = cell_at(grid, row, k);
        if (*cell && strcmp(cell, "-") != 0)
            text_format(&line, "%s%s %s", line.length ? ", " : "", cell_at(grid, 0, k), cell);
    }
    const char *rest = line.data ? line.data : "";
    for (size_t indent = INDENT; *rest; indent = 2 * INDENT) {
        text_repeat(out, ' ', indent);
        text_bytes(out, rest, line_length(rest, room));
        text_add(out, "\n");
        rest = next_line(rest, room);
    }
    out->failed |= line.failed;
    text_free(&line);
}

static void print_row(const struct grid *grid, size_t row, struct text *out) {
    const char *rest[COLUMN_COUNT];
    size_t height = 1, skip[COLUMN_COUNT] = {0};
    for (size_t k = 0; k < beside(grid); k++) {
        rest[k] = cell_at(grid, row, k);
        skip[k] = line_count(rest[k], grid->widths[k]);
        height = skip[k] > height ? skip[k] : height;
    }
    for (size_t k = 0; k < beside(grid); k++) /* headings stand on the rule */
        skip[k] = row == 0 ? height - skip[k] : 0;
    for (size_t line = 0; line < height; line++) {
        for (size_t k = 0; k < beside(grid); k++) {
            size_t length = line < skip[k] ? 0 : line_length(rest[k], grid->widths[k]);
            size_t blank = grid->widths[k] - length;
            bool right = grid->columns[k]->type != COLUMN_TEXT;
            text_repeat(out, ' ', (k > 0 ? grid->gap : 0) + (right ? blank : 0));
            text_bytes(out, rest[k], length);
            if (!right && k + 1 < beside(grid))
                text_repeat(out, ' ', blank);
            if (line >= skip[k])
                rest[k] = next_line(rest[k], grid->widths[k]);
        }
        trim_end(out);
        text_add(out, "\n");
    }
}

static void print_rule(const struct grid *grid, struct text *out) {
    for (size_t k = 0; k < beside(grid); k++) {
        text_repeat(out, ' ', k > 0 ? grid->gap : 0);
        text_repeat(out, '-', grid->widths[k]);
    }
    text_add(out, "\n");
}

static void print_rows(const struct graph *graph, const struct view *view, struct text *out) {
    struct grid grid = {0};
    bool whole = grid_fill(&grid, graph, view);
    if (whole && grid.row_count > 1) {
        grid_measure(&grid, view->width);
        print_row(&grid, 0, out);
        print_rule(&grid, out);
        for (size_t row = 1; row < grid.row_count; row++) {
            print_row(&grid, row, out);
            if (grid.hanging)
                print_hanging(&grid, row, view->width, out);
        }
        text_add(out, "\n");
    }
    out->failed |= !whole;
    free(grid.starts);
    text_free(&grid.cells);
}

static void print_head(const struct graph *graph, const struct view *view, struct text *out) {
    const char *title = file_title(view->file);
    text_add(out, view->colour ? "\033[1m" : "");
    text_escaped(out, title, strlen(title));
    text_add(out, ": ");
    if (graph->name) {
        text_escaped(out, graph->name, strlen(graph->name));
        text_add(out, ", ");
    }
    text_add(out, "input ");
    shape_print(&graph->layers[GRAPH_INPUT]->out, out);
    if (!shape_equal(&graph->layers[GRAPH_INPUT]->out, &graph->own_input)) {
        text_add(out, " (made for ");
        shape_print(&graph->own_input, out);
        text_add(out, ")");
    }
    if (view->batch > 1)
        text_format(out, ", batch %lld (its activations; MACs of one image)",
                    (long long)view->batch);
    text_add(out, view->colour ? "\033[0m\n" : "\n");
}

/* Adds words, each behind ", ", from column `used` on; later lines are indented. */
static void print_list(const char *word, bool first, size_t indent, size_t width, size_t *used,
                       struct text *out) {
    size_t length = strlen(word);
    text_add(out, first ? "" : ",");
    if (!first && *used + 3 + length > width) {
        text_add(out, "\n");
        text_repeat(out, ' ', indent);
        *used = indent;
    } else {
        text_add(out, " ");
        *used += 2;
    }
    text_add(out, word);
    *used += length;
}

static bool same_drop(const struct dropped *a, const struct dropped *b) {
    return a->rows == b->rows && a->columns == b->columns && a->padding == b->padding;
}

static bool drops(const struct graph *graph, const struct view *view, uint32_t index) {
    const struct layer *layer = graph->layers[index];
    return layer->known && (layer->dropped.rows > 0 || layer->dropped.columns > 0) &&
           view_shows(view, layer);
}

/* What `fit: floor` leaves out: layers with the same loss stand together. */
static void print_drops(const struct graph *graph, const struct view *view, struct text *out) {
    size_t width = view->width > 0 ? (size_t)view->width : PROSE;
    for (size_t k = 0; k < view->column_count; k++)
        if (view->columns[k] == &columns[COLUMN_DROPS])
            return;
    for (uint32_t i = 1; i < graph->count; i++) {
        const struct dropped *dropped = &graph->layers[i]->dropped;
        bool told = !drops(graph, view, i);
        for (uint32_t k = 1; k < i && !told; k++)
            told = drops(graph, view, k) && same_drop(&graph->layers[k]->dropped, dropped);
        if (told)
            continue;
        size_t start = out->length;
        text_add(out, "drops ");
        dropped_print(dropped, out);
        text_add(out, ":");
        size_t used = out->length - start;
        for (uint32_t k = i; k < graph->count; k++)
            if (drops(graph, view, k) && same_drop(&graph->layers[k]->dropped, dropped))
                print_list(graph->layers[k]->name, k == i, 2, width, &used, out);
        text_add(out, "\n");
    }
}

/* Exact and, where that is long, readable. */
static void print_totals(const struct graph *graph, const struct view *view, struct text *out) {
    struct total totals[TOTAL_COUNT];
    totals_of(graph, view, totals);
    for (int i = 0; i < TOTAL_COUNT; i++) {
        const struct total *total = &totals[i];
        if (!total->known)
            continue;
        struct text exact = {0}, readable = {0};
        amount_print(total->value, total->bytes, view->units, &exact);
        if (view->units == UNITS_RAW && total->value >= 1000)
            amount_print(total->value, total->bytes, UNITS_IEC, &readable);
        text_format(out, "%-11s  %12s", total->label, exact.data ? exact.data : "");
        if (view->units == UNITS_RAW)
            text_format(out, "  %-8s", readable.data ? readable.data : "");
        text_format(out, "  %s%s%s%s", total->bytes && view->units == UNITS_RAW ? "bytes, " : "",
                    total->remark, total->assumed && *total->remark ? ", " : "",
                    total->assumed ? "assumed" : "");
        trim_end(out);
        text_add(out, "\n");
        out->failed |= exact.failed || readable.failed;
        text_free(&exact);
        text_free(&readable);
    }
}

void write_table(const struct graph *graph, const struct view *view, struct text *out) {
    if (!graph || graph->count == 0)
        return;
    if (!view->first)
        text_add(out, "\n");
    print_head(graph, view, out);
    text_add(out, "\n");
    print_rows(graph, view, out);
    size_t start = out->length;
    print_drops(graph, view, out);
    remarks_print(graph, view, out, "");
    text_add(out, out->length > start ? "\n" : "");
    print_totals(graph, view, out);
}
