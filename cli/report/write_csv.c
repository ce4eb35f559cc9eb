/* Comma-separated values: every column unless --columns says otherwise, one row per layer; the file
 * in front when there are several. */
#include <string.h>

#include "../terminal/csv.h"
#include "columns.h"
#include "write.h"

void write_csv(const struct graph *graph, const struct view *view, struct text *out) {
    const struct column *all[COLUMN_COUNT];
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        all[i] = &columns[i];
    const struct column *const *shown = view->column_count > 0 ? view->columns : all;
    size_t count = view->column_count > 0 ? view->column_count : COLUMN_COUNT;

    if (view->first) {
        text_add(out, view->several ? "file," : "");
        for (size_t i = 0; i < count; i++)
            text_format(out, "%s%s", shown[i]->name, i + 1 < count ? "," : "\n");
    }
    struct text cell = {0}, file = {0};
    text_escaped(&file, view->file, strlen(view->file));
    for (uint32_t i = 1; graph && i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        if (!layer->known || !view_shows(view, layer))
            continue;
        if (view->several) {
            csv_field(file.data ? file.data : "", out);
            text_add(out, ",");
        }
        for (size_t k = 0; k < count; k++) {
            cell.length = 0;
            text_add(&cell, "");
            column_cell(shown[k], graph, layer, view, &cell);
            csv_field(cell.failed ? "" : cell.data, out);
            text_add(out, k + 1 < count ? "," : "\n");
        }
    }
    out->failed |= cell.failed || file.failed;
    text_free(&cell);
    text_free(&file);
}
