/* Markdown (the tables of GitHub): a heading, the layers, the totals. */
#include <string.h>

#include "../terminal/file.h"
#include "columns.h"
#include "totals.h"
#include "write.h"

/* Marks of Markdown and HTML are escaped; names of layers hold only `_` of them. */
void md_escaped(const char *value, struct text *out) {
    struct text plain = {0};
    text_escaped(&plain, value, strlen(value));
    for (const char *c = plain.data; c && *c; c++) {
        if (strchr("\\`*_[]<>&#|", *c))
            text_add(out, "\\");
        text_bytes(out, c, 1);
    }
    out->failed |= plain.failed;
    text_free(&plain);
}

static void print_layers(const struct graph *graph, const struct view *view, struct text *out) {
    const struct column *shown[COLUMN_COUNT];
    size_t count = columns_shown(graph, view, shown);
    for (size_t k = 0; k < count; k++)
        text_format(out, "| %s ", shown[k]->heading);
    text_add(out, "|\n");
    for (size_t k = 0; k < count; k++)
        text_add(out, shown[k]->type == COLUMN_TEXT ? "|:---" : "|---:");
    text_add(out, "|\n");
    struct text cell = {0};
    for (uint32_t i = 1; i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        if (!layer->known || !view_shows(view, layer))
            continue;
        for (size_t k = 0; k < count; k++) {
            cell.length = 0;
            text_add(&cell, "");
            column_cell(shown[k], graph, layer, view, &cell);
            text_add(out, "| ");
            md_escaped(cell.failed ? "" : cell.data, out);
            text_add(out, cell.length > 0 ? " " : "");
        }
        text_add(out, "|\n");
    }
    out->failed |= cell.failed;
    text_free(&cell);
}

void write_md(const struct graph *graph, const struct view *view, struct text *out) {
    if (!graph || graph->count == 0)
        return;
    text_add(out, view->first ? "## " : "\n## ");
    md_escaped(graph->name ? graph->name : file_title(view->file), out);
    text_add(out, "\n\n");
    md_escaped(file_title(view->file), out);
    text_add(out, ", input ");
    shape_print(&graph->layers[GRAPH_INPUT]->out, out);
    if (view->batch > 1)
        text_format(out, ", batch %lld (its activations; MACs of one image)",
                    (long long)view->batch);
    text_add(out, "\n\n");
    print_layers(graph, view, out);

    struct total totals[TOTAL_COUNT];
    totals_of(graph, view, totals);
    text_add(out, "\n| total |  |  |\n|:---|---:|:---|\n");
    for (int i = 0; i < TOTAL_COUNT; i++) {
        if (!totals[i].known)
            continue;
        text_format(out, "| %s | ", totals[i].label);
        amount_print(totals[i].value, totals[i].bytes, view->units, out);
        text_format(out, " | %s%s%s%s |\n",
                    totals[i].bytes && view->units == UNITS_RAW ? "bytes, " : "", totals[i].remark,
                    totals[i].assumed && *totals[i].remark ? ", " : "",
                    totals[i].assumed ? "assumed" : "");
    }
    remarks_print(graph, view, out, "\n");
}
