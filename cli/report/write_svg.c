/* A drawing of the network, top-down, for a slide or a page: no Graphviz, one file. The text is set
 * in a fixed pitch, so that it is known to fit its boxes. */
#include "label.h"
#include "layout.h"
#include "write.h"

#include <string.h>

#define FONT 11.0    /* px */
#define PITCH 6.75   /* a character's width: 0.6 em of the usual fixed fonts, and a little */
#define LEADING 14.0 /* between lines */
#define BOX_PAD 8.0  /* beside the text */
#define BOX_PAD_TOP 5.0
#define MARGIN 16.0 /* around the drawing */
#define TITLE 30.0  /* its room above it */
#define ARROW 4.0   /* its length */

static const struct {
    const char *class, *fill, *stroke;
} families[] = {
    [LABEL_WEIGHTS] = {"weights", "#e3edf9", "#3b6fb0"},
    [LABEL_POOL] = {"pool", "#fdeedd", "#c07a2c"},
    [LABEL_POINTWISE] = {"pointwise", "#ffffff", "#a8adb5"},
    [LABEL_JOIN] = {"join", "#e5f3e2", "#4c934a"},
    [LABEL_INPUT] = {"input", "#ffffff", "#333333"},
    [LABEL_FAULT] = {"fault", "#ffffff", "#cc2222"},
};

struct drawing {
    const struct graph *graph;
    const struct layer **layers; /* that are drawn */
    uint32_t count;
    struct label *labels;
    struct layout layout;
};

/* ---- sizes ---- */

static size_t longest_line(const struct label *label) {
    size_t longest = 0;
    for (int i = 0; i < label->count; i++) {
        size_t length = strlen(label->lines[i]);
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* The layers that are drawn; places[i] is where layer i of the graph stands among them. */
static const uint32_t *choose(struct drawing *d) {
    const struct graph *graph = d->graph;
    uint32_t *places = arena_array(graph->arena, graph->count, sizeof *places);
    d->layers = arena_array(graph->arena, graph->count, sizeof *d->layers);
    for (uint32_t i = 0; i < graph->count; i++) {
        places[i] = d->count;
        if (label_drawn(graph, graph->layers[i]))
            d->layers[d->count++] = graph->layers[i];
    }
    return places;
}

static void measure(struct drawing *d) {
    struct arena *arena = d->graph->arena;
    const uint32_t *places = choose(d);
    size_t edges = 0;
    for (uint32_t i = 0; i < d->count; i++)
        edges += d->layers[i]->input_count;
    d->labels = arena_array(arena, d->count, sizeof *d->labels);
    d->layout.boxes = arena_array(arena, d->count, sizeof *d->layout.boxes);
    d->layout.edges = arena_array(arena, edges, sizeof *d->layout.edges);
    d->layout.box_count = d->count;
    for (uint32_t i = 0; i < d->count; i++) {
        const struct layer *layer = d->layers[i];
        const struct label *label = &d->labels[i];
        d->labels[i] = label_of(d->graph, layer);
        d->layout.boxes[i] = (struct layout_box){
            .width = 2 * BOX_PAD + PITCH * (double)longest_line(label),
            .height = 2 * BOX_PAD_TOP + LEADING * label->count - (label->slim ? 4 : 0),
            .close = label->slim && label->family == LABEL_POINTWISE,
        };
        for (uint32_t k = 0; k < layer->input_count; k++)
            d->layout.edges[d->layout.edge_count++] =
                (struct layout_edge){.from = places[layer->inputs[k]], .to = i};
    }
}

/* ---- output ---- */

/* The locale is C's (main.c), so %.1f has a point. */
static void add_escaped(struct text *out, const char *string) {
    for (const char *byte = string; *byte; byte++) {
        switch (*byte) {
        case '&':
            text_add(out, "&amp;");
            break;
        case '<':
            text_add(out, "&lt;");
            break;
        case '>':
            text_add(out, "&gt;");
            break;
        case '"':
            text_add(out, "&quot;");
            break;
        default:
            if ((unsigned char)*byte >= ' ')
                text_bytes(out, byte, 1);
        }
    }
}

static void add_head(struct text *out, const struct drawing *d, const char *title) {
    double width = d->layout.width, text = PITCH * 1.2 * (double)strlen(title);
    width = (width > text ? width : text) + 2 * MARGIN;
    double height = d->layout.height + 2 * MARGIN + TITLE;
    text_format(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.1f\" height=\"%.1f\" "
                "viewBox=\"0 0 %.1f %.1f\">\n<title>",
                width, height, width, height);
    add_escaped(out, title);
    text_format(
        out,
        "</title>\n<style>\n"
        "text{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:%.0fpx;"
        "fill:#222}\n.name{font-weight:bold}\n.edge{fill:none;stroke:#6b7280;stroke-width:1.2;"
        "stroke-linejoin:round}\n.arrow{marker-end:url(#arrow)}\nrect{stroke-width:1.2}\n",
        FONT);
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        text_format(out, ".%s rect{fill:%s;stroke:%s}\n", families[i].class, families[i].fill,
                    families[i].stroke);
    text_add(out, d->graph->assumed ? ".assumed rect{stroke-dasharray:4 3}\n" : "");
    text_format(out,
                "</style>\n<defs><marker id=\"arrow\" viewBox=\"0 0 6 6\" refX=\"6\" refY=\"3\" "
                "markerWidth=\"%.0f\" markerHeight=\"%.0f\" markerUnits=\"userSpaceOnUse\" "
                "orient=\"auto\"><path d=\"M0 0L6 3L0 6z\" fill=\"#6b7280\"/></marker></defs>\n"
                "<rect width=\"%.1f\" height=\"%.1f\" fill=\"#fff\"/>\n"
                "<text class=\"name\" style=\"font-size:13px\" x=\"%.1f\" y=\"%.1f\">",
                ARROW, ARROW, width, height, MARGIN, MARGIN + 12);
    add_escaped(out, title);
    text_format(out, "</text>\n<g transform=\"translate(%.1f %.1f)\">\n", MARGIN, MARGIN + TITLE);
}

static void add_edge(struct text *out, const struct drawing *d, const struct layout_edge *edge) {
    const struct layout_point *last = &edge->points[edge->point_count - 1];
    bool arrow = last->y - last[-1].y > 2 * ARROW; /* a shorter line would be all arrow */
    text_format(out, "<polyline class=\"edge%s\" data-from=\"", arrow ? " arrow" : "");
    add_escaped(out, d->layers[edge->from]->name);
    text_add(out, "\" data-to=\"");
    add_escaped(out, d->layers[edge->to]->name);
    text_add(out, "\" points=\"");
    for (int i = 0; i < edge->point_count; i++)
        text_format(out, "%s%.1f,%.1f", i ? " " : "", edge->points[i].x, edge->points[i].y);
    text_add(out, "\"/>\n");
}

static void add_box(struct text *out, const struct drawing *d, uint32_t i) {
    const struct label *label = &d->labels[i];
    const struct layout_box *box = &d->layout.boxes[i];
    text_format(out, "<g class=\"%s%s\" data-layer=\"", families[label->family].class,
                label->assumed ? " assumed" : "");
    add_escaped(out, d->layers[i]->name);
    text_format(out, "\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%s\"/>",
                box->x, box->y, box->width, box->height, label->slim ? "7" : "4");
    double y = box->y + BOX_PAD_TOP + FONT - 0.5 - (label->slim ? 2 : 0);
    for (int k = 0; k < label->count; k++, y += LEADING) {
        text_format(out, "<text%s x=\"%.1f\" y=\"%.1f\" xml:space=\"preserve\">",
                    k == 0 && !label->slim ? " class=\"name\"" : "", box->x + BOX_PAD, y);
        add_escaped(out, label->lines[k]);
        text_add(out, "</text>");
    }
    text_add(out, "</g>\n");
}

void write_svg(const struct graph *graph, const struct view *view, struct text *out) {
    if (!graph || graph->count == 0)
        return;
    struct drawing d = {.graph = graph};
    measure(&d);
    layout_run(graph->arena, &d.layout);
    add_head(out, &d, label_title(graph, view));
    for (uint32_t i = 0; i < d.layout.edge_count; i++)
        add_edge(out, &d, &d.layout.edges[i]);
    for (uint32_t i = 0; i < d.count; i++)
        add_box(out, &d, i);
    text_add(out, "</g>\n</svg>\n");
}
