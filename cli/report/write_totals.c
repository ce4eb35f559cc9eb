/* `--totals`: a row for each network. */
#include <stdio.h>
#include <string.h>

#include "../terminal/csv.h"
#include "../terminal/file.h"
#include "columns.h"
#include "rows.h"
#include "write.h"

const char *totals_state(const struct graph *graph, const struct view *view) {
    if (!graph || graph->count == 0 || view->failure)
        return "rejected";
    if (graph->faults > 0)
        return "incomplete";
    if (graph->assumed > 0)
        return "assumed";
    return view->diag && view->diag->errors > 0 ? "rejected" : "";
}

void totals_keep(const struct graph *graph, const struct view *view, struct totals_row *row) {
    struct total none[TOTAL_COUNT] = {{0}};
    memcpy(row->totals, none, sizeof none);
    row->file = view->file;
    row->state = totals_state(graph, view);
    row->name[0] = '\0';
    if (!graph || graph->count == 0)
        return;
    totals_of(graph, view, row->totals);
    if (graph->name)
        snprintf(row->name, sizeof row->name, "%s", graph->name);
}

/* One of the rows says something that the others need not. */
static bool any_state(const struct totals_row *rows, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++)
        any = any || rows[i].state[0];
    return any;
}

/* The amount of a total in the view's units; nothing where it is unknown. */
static const char *cell_of(const struct total *total, const struct view *view, struct text *cell) {
    cell->length = 0;
    text_add(cell, "");
    if (total->known)
        amount_print(total->value, total->bytes, view->units, cell);
    return cell->failed ? "" : cell->data;
}

static const char *const headings[] = {">layers",       ">parameters",   ">MACs",      ">FLOPs",
                                       ">weight bytes", ">output bytes", ">peak bytes"};
_Static_assert(sizeof headings / sizeof *headings == TOTAL_COUNT, "a total without a heading");

void write_totals_table(const struct totals_row *rows, size_t count, const struct view *view,
                        struct text *out) {
    const char *all[TOTAL_COUNT + 3] = {"network"};
    memcpy(all + 1, headings, sizeof headings);
    bool states = any_state(rows, count);
    all[TOTAL_COUNT + 1] = states ? "state" : NULL;
    struct rows table = {.headings = all};
    struct text cell = {0};
    for (size_t i = 0; i < count; i++) {
        rows_add(&table, "%s", file_title(rows[i].file));
        for (int k = 0; k < TOTAL_COUNT; k++)
            rows_add(&table, "%s", cell_of(&rows[i].totals[k], view, &cell));
        if (states)
            rows_add(&table, "%s", rows[i].state);
    }
    rows_print(&table, out);
    out->failed |= cell.failed;
    text_free(&cell);
    text_free(&table.cells);
}

void write_totals_csv(const struct totals_row *rows, size_t count, const struct view *view,
                      struct text *out) {
    struct text cell = {0}, plain = {0};
    text_add(out, "file,name");
    for (int k = 0; k < TOTAL_COUNT; k++)
        text_format(out, ",%s", total_keys[k]);
    text_add(out, ",state\n");
    for (size_t i = 0; i < count; i++) {
        const char *const texts[] = {rows[i].file, rows[i].name};
        for (size_t k = 0; k < 2; k++) {
            plain.length = 0;
            text_add(&plain, "");
            text_escaped(&plain, texts[k], strlen(texts[k]));
            text_add(out, k ? "," : "");
            csv_field(plain.failed ? "" : plain.data, out);
        }
        for (int k = 0; k < TOTAL_COUNT; k++) {
            text_add(out, ",");
            csv_field(cell_of(&rows[i].totals[k], view, &cell), out);
        }
        text_format(out, ",%s\n", rows[i].state);
    }
    out->failed |= cell.failed || plain.failed;
    text_free(&cell);
    text_free(&plain);
}

void write_totals_md(const struct totals_row *rows, size_t count, const struct view *view,
                     struct text *out) {
    bool states = any_state(rows, count);
    text_add(out, "| network |");
    for (int k = 0; k < TOTAL_COUNT; k++)
        text_format(out, " %s |", headings[k] + 1);
    text_add(out, states ? " state |\n|:---|" : "\n|:---|");
    for (int k = 0; k < TOTAL_COUNT; k++)
        text_add(out, "---:|");
    text_add(out, states ? ":---|\n" : "\n");
    struct text cell = {0};
    for (size_t i = 0; i < count; i++) {
        text_add(out, "| ");
        md_escaped(file_title(rows[i].file), out);
        text_add(out, " |");
        for (int k = 0; k < TOTAL_COUNT; k++) {
            const char *amount = cell_of(&rows[i].totals[k], view, &cell);
            text_format(out, " %s%s|", amount, *amount ? " " : "");
        }
        if (states)
            text_format(out, " %s%s|", rows[i].state, rows[i].state[0] ? " " : "");
        text_add(out, "\n");
    }
    out->failed |= cell.failed;
    text_free(&cell);
}
