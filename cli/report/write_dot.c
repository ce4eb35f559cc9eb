/* For Graphviz. The drawing of our own is svg's. */
#include "label.h"
#include "write.h"

static void add_quoted(struct text *out, const char *string) {
    text_add(out, "\"");
    for (const char *byte = string; *byte; byte++) {
        if (*byte == '"' || *byte == '\\')
            text_add(out, "\\");
        if (*byte == '\n')
            text_add(out, "\\n");
        else
            text_bytes(out, byte, 1);
    }
    text_add(out, "\"");
}

static const char *const fills[] = {
    [LABEL_WEIGHTS] = "#dbe8f7", [LABEL_POOL] = "#fbe5d0",  [LABEL_POINTWISE] = "#f2f2f2",
    [LABEL_JOIN] = "#dff0dc",    [LABEL_INPUT] = "#ffffff", [LABEL_FAULT] = "#f8d0d0",
};

static void add_node(struct text *out, const struct graph *graph, const struct layer *layer) {
    struct label label = label_of(graph, layer);
    struct text lines = {0};
    for (int i = 0; i < label.count; i++)
        text_format(&lines, "%s%s", i ? "\n" : "", label.lines[i]);
    out->failed |= lines.failed;
    text_add(out, "  ");
    add_quoted(out, layer->name);
    text_add(out, " [label=");
    add_quoted(out, lines.data ? lines.data : "");
    text_format(out, "%s, fillcolor=\"%s\"];\n",
                label.assumed ? ", style=\"rounded,filled,dashed\"" : "", fills[label.family]);
    text_free(&lines);
}

void write_dot(const struct graph *graph, const struct view *view, struct text *out) {
    if (!graph || graph->count == 0)
        return;
    text_add(out, "digraph {\n  label=");
    add_quoted(out, label_title(graph, view));
    text_add(out, ";\n  labelloc=t;\n"
                  "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n");
    for (uint32_t i = 0; i < graph->count; i++)
        if (label_drawn(graph, graph->layers[i]))
            add_node(out, graph, graph->layers[i]);
    for (uint32_t i = 0; i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        for (uint32_t k = 0; label_drawn(graph, layer) && k < layer->input_count; k++) {
            text_add(out, "  ");
            add_quoted(out, graph->layers[layer->inputs[k]]->name);
            text_add(out, " -> ");
            add_quoted(out, layer->name);
            text_add(out, ";\n");
        }
    }
    text_add(out, "}\n");
}
