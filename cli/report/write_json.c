/* One JSON object on one line: the layers up to the fault and every diagnostic. Numbers are exact,
 * whatever --units says. */
#include <string.h>

#include "../../compiler/graph/layer.h"
#include "../terminal/json.h"
#include "columns.h"
#include "totals.h"
#include "write.h"

static void add_pair(struct json *json, const char *key, int64_t height, int64_t width) {
    json_key(json, key);
    json_counts(json, (const int64_t[]){height, width}, 2);
}

static void add_shape(struct json *json, const char *key, const struct shape *shape) {
    json_key(json, key);
    json_counts(json, (const int64_t[]){shape->channels, shape->height, shape->width},
                shape->vector ? 1 : 3);
}

static void add_pads(struct json *json, const struct sides *pad) {
    json_key(json, "pad");
    json_counts(json, (const int64_t[]){pad->top, pad->bottom, pad->left, pad->right}, 4);
}

static void add_window(struct json *json, const struct window *window) {
    add_pair(json, "kernel", window->kernel.height, window->kernel.width);
    add_pair(json, "stride", window->stride.height, window->stride.width);
    add_pads(json, &window->pad);
    add_pair(json, "dilation", window->dilation.height, window->dilation.width);
}

static void add_reals(struct json *json, const char *key, double height, double width) {
    json_key(json, key);
    json_open(json, '[');
    json_real(json, height);
    json_real(json, width);
    json_close(json, ']');
}

static void add_field(struct json *json, const struct receptive *field) {
    json_key(json, "receptive_field");
    if (!field->known) {
        json_null(json);
        return;
    }
    json_open(json, '{');
    add_reals(json, "size", field->height.size, field->width.size);
    add_reals(json, "jump", field->height.jump, field->width.jump);
    add_reals(json, "start", field->height.start, field->width.start);
    json_close(json, '}');
}

static void add_dropped(struct json *json, const struct dropped *dropped) {
    json_key(json, "dropped");
    json_open(json, '{');
    json_key(json, "rows");
    json_count(json, dropped->rows);
    json_key(json, "columns");
    json_count(json, dropped->columns);
    json_key(json, "padding");
    json_bool(json, dropped->padding);
    json_close(json, '}');
}

static void add_count(struct json *json, const char *key, int64_t value) {
    json_key(json, key);
    json_count(json, value);
}

static void add_text(struct json *json, const char *key, const char *value) {
    json_key(json, key);
    json_text(json, value);
}

static void add_flag(struct json *json, const char *key, bool value) {
    json_key(json, key);
    json_bool(json, value);
}

/* true, false or "position". */
static void add_bias(struct json *json, const struct layer *layer) {
    struct text bias = {0};
    int key = key_index(layer->kind, "bias");
    if (key >= 0)
        key_print(&layer->kind->keys[key], layer->settings, &bias);
    if (bias.length == 0)
        return;
    if (strcmp(bias.data, "position") == 0)
        add_text(json, "bias", bias.data);
    else
        add_flag(json, "bias", strcmp(bias.data, "true") == 0);
    text_free(&bias);
}

/* What else a row needs to be computed by hand. */
static void add_settings(struct json *json, const struct graph *graph, const struct layer *layer) {
    const struct pair *output_pad = layer_output_pad(layer);
    if (layer_groups(graph, layer) > 0)
        add_count(json, "groups", layer_groups(graph, layer));
    if (output_pad)
        add_pair(json, "output_pad", output_pad->height, output_pad->width);
    if (layer_is(layer, KIND_upsample))
        add_count(json, "scale", ((const struct upsample *)layer->settings)->scale);
    if (layer_is(layer, KIND_pad)) {
        add_pads(json, &layer->window.pad);
        json_key(json, "channels");
        json_counts(json, ((const struct pad *)layer->settings)->channels, 2);
    }
    add_bias(json, layer);
}

static void add_layer(struct json *json, const struct graph *graph, const struct layer *layer,
                      const struct view *view) {
    json_open(json, '{');
    add_text(json, "name", layer->name);
    add_text(json, "op", layer->kind->name);
    json_key(json, "from");
    json_open(json, '[');
    for (uint32_t i = 0; i < layer->input_count; i++)
        json_text(json, graph->layers[layer->inputs[i]]->name);
    json_close(json, ']');
    add_shape(json, "output", &layer->out);
    if (layer->kind->slides)
        add_window(json, &layer->window);
    add_settings(json, graph, layer);
    if (layer->share)
        add_text(json, "share", graph->layers[layer->share]->name);
    add_count(json, "params", layer->parameters);
    add_count(json, "macs", layer->macs);
    add_count(json, "weight_bytes", layer->weight_bytes);
    add_count(json, "activation_bytes", batch_bytes(layer->activation_bytes, view));
    add_field(json, &layer->receptive);
    add_dropped(json, &layer->dropped);
    add_flag(json, "assumed", layer->assumed > 0);
    if (layer->misfit)
        add_flag(json, "misfit", true);
    add_text(json, "fused_into", layer->fused_into ? layer->fused_into->name : NULL);
    add_count(json, "line", layer->at.line);
    json_close(json, '}');
}

static void add_totals(struct json *json, const struct graph *graph, const struct view *view) {
    const struct totals *totals = &graph->totals;
    json_key(json, "totals");
    json_open(json, '{');
    add_count(json, "layers", totals->layers);
    add_count(json, "params", totals->parameters);
    add_count(json, "macs", totals->macs);
    add_count(json, "flops", totals->flops);
    add_count(json, "weight_bytes", totals->weight_bytes);
    add_count(json, "activation_bytes", batch_bytes(totals->activation_bytes, view));
    if (totals->peak_bytes > 0)
        add_count(json, "peak_bytes", batch_bytes(totals->peak_bytes, view));
    add_flag(json, "assumed", graph->assumed > 0);
    json_close(json, '}');
}

static void add_layers(struct json *json, const struct graph *graph, const struct view *view) {
    json_key(json, "layers");
    json_open(json, '[');
    for (uint32_t i = 1; i < graph->count; i++)
        if (graph->layers[i]->known && view_shows(view, graph->layers[i]))
            add_layer(json, graph, graph->layers[i], view);
    json_close(json, ']');
    json_key(json, "outputs");
    json_open(json, '[');
    for (uint32_t i = 0; i < graph->output_count; i++)
        json_text(json, graph->layers[graph->outputs[i]]->name);
    json_close(json, ']');
}

static void add_graph(struct json *json, const struct graph *graph, const struct view *view) {
    add_text(json, "name", graph->name);
    add_shape(json, "input", &graph->layers[GRAPH_INPUT]->out);
    add_count(json, "batch", view->batch);
    if (!view->totals)
        add_layers(json, graph, view);
    add_totals(json, graph, view);
}

/* ---- diagnostics ---- */

/* A place in an option's argument (--set, --input) names the option. */
static void add_place(struct json *json, const struct diagnostics *diag, struct location at) {
    if (at.line == 0) {
        add_text(json, "line", NULL);
        add_text(json, "col", NULL);
        return;
    }
    if (at.source > 0)
        add_text(json, "source", diag->sources[at.source].name);
    add_count(json, "line", at.line);
    add_count(json, "col", at.column);
}

/* As `pad` is written in a spec. */
static void add_pad(struct json *json, const struct fit_option *fit) {
    json_key(json, "pad");
    if (fit->same)
        json_text(json, "same");
    else if (fit->pad[0] == fit->pad[1] && fit->pad[2] == fit->pad[3])
        json_counts(json, (const int64_t[]){fit->pad[0], fit->pad[2]}, 2);
    else
        json_counts(json, fit->pad, 4);
}

static void add_fits(struct json *json, const struct diagnostic *item) {
    json_key(json, "fits");
    json_open(json, '[');
    for (size_t i = 0; i < item->fit_count; i++) {
        const struct fit_option *fit = &item->fits[i];
        json_open(json, '{');
        add_pair(json, "stride", fit->stride[0], fit->stride[1]);
        add_pad(json, fit);
        add_pair(json, "output", fit->output_height, fit->output_width);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void add_diagnostic(struct json *json, const struct diagnostics *diag,
                           const struct diagnostic *item) {
    json_open(json, '{');
    add_place(json, diag, item->at);
    add_text(json, "class", item->class);
    add_text(json, "message", item->message);
    add_text(json, "hint", item->hint);
    add_fits(json, item);
    json_key(json, "notes");
    json_open(json, '[');
    for (const struct diag_note *note = item->notes; note; note = note->next) {
        json_open(json, '{');
        add_place(json, diag, note->at);
        add_text(json, "message", note->message);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void add_failure(struct json *json, const struct view *view) {
    struct diagnostic item = {.class = view->failure_class, .message = view->failure};
    add_diagnostic(json, view->diag, &item);
}

static void add_diagnostics(struct json *json, const char *key, enum severity severity,
                            const struct view *view) {
    json_key(json, key);
    json_open(json, '[');
    if (severity == SEVERITY_ERROR && view->failure)
        add_failure(json, view);
    for (size_t i = 0; view->diag && i < view->diag->count; i++)
        if (view->diag->items[i]->severity == severity)
            add_diagnostic(json, view->diag, view->diag->items[i]);
    json_close(json, ']');
}

void write_json(const struct graph *graph, const struct view *view, struct text *out) {
    struct json json = {.out = out};
    json_open(&json, '{');
    add_count(&json, "schema", 1);
    add_text(&json, "file", view->file);
    if (graph && graph->count > 0)
        add_graph(&json, graph, view);
    add_diagnostics(&json, "errors", SEVERITY_ERROR, view);
    add_diagnostics(&json, "warnings", SEVERITY_WARNING, view);
    json_close(&json, '}');
    text_add(out, "\n");
}
