/* The network as a spec of explicit layers: patterns, blocks and branches expanded, every name
 * written, and of the keys those that were set. Checking it gives the same report. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "../../compiler/graph/kind.h"
#include "columns.h"
#include "write.h"

/* Only what can mean nothing but text in YAML stands without quotes. A name of a layer always
 * does: it is never read as anything else. */
static bool is_plain(const char *value) {
    static const char *const words[] = {"true", "false", "null", "yes", "no", "on", "off", NULL};
    static const char letters[] =
        "_./-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; words[i]; i++)
        if (strcasecmp(words[i], value) == 0)
            return false;
    return isalpha((unsigned char)*value) && !value[strspn(value, letters)];
}

/* A character that a spec may hold outside escapes, and that no terminal acts on. */
static bool is_shown(uint32_t code) {
    return code >= 0x20 && (code < 0x7F || code >= 0xA0) && (code < 0x2028 || code > 0x202E) &&
           (code < 0x2066 || code > 0x2069) && code != 0xFEFF && code != 0xFFFE && code != 0xFFFF;
}

static void add_scalar(const char *value, struct text *out) {
    if (is_plain(value)) {
        text_add(out, value);
        return;
    }
    text_add(out, "\"");
    for (size_t size; *value; value += size) {
        uint32_t code = (unsigned char)*value;
        size = text_utf8(value, strnlen(value, 4), &code);
        size = size ? size : 1;
        if (code == '"' || code == '\\')
            text_format(out, "\\%c", (char)code);
        else if (!is_shown(code))
            text_format(out, code > 0xFF ? "\\u%04x" : "\\x%02x", (unsigned)code);
        else
            text_bytes(out, value, size);
    }
    text_add(out, "\"");
}

static void add_entry(const char *key, const char *value, struct text *out) {
    if (!value)
        return;
    text_format(out, "%s: ", key);
    add_scalar(value, out);
    text_add(out, "\n");
}

static void add_names(const struct graph *graph, const uint32_t *layers, uint32_t count, bool list,
                      struct text *out) {
    text_add(out, list ? "[" : "");
    for (uint32_t i = 0; i < count; i++) {
        text_add(out, i > 0 ? ", " : "");
        text_add(out, graph->layers[layers[i]]->name);
    }
    text_add(out, list ? "]" : "");
}

/* ---- image ---- */

static void add_size(const char *key, const int64_t *size, struct text *out, const char **gap) {
    if (size[0] < 0)
        return;
    text_format(out, "%s%s: %lld", *gap, key, (long long)size[0]);
    if (size[1] >= 0)
        text_format(out, "x%lld", (long long)size[1]);
    *gap = ", ";
}

static void add_word(const char *key, const char *word, struct text *out, const char **gap) {
    if (!word)
        return;
    text_format(out, "%s%s: %s", *gap, key, word);
    *gap = ", ";
}

static void add_numbers(const char *key, const double *numbers, int count, struct text *out,
                        const char **gap) {
    if (count == 0)
        return;
    text_format(out, "%s%s: %s", *gap, key, count > 1 ? "[" : "");
    for (int i = 0; i < count; i++) {
        text_add(out, i > 0 ? ", " : "");
        text_real(out, numbers[i]);
    }
    text_add(out, count > 1 ? "]" : "");
    *gap = ", ";
}

static void add_image(const struct image_rules *image, struct text *out) {
    if (!image->given)
        return;
    const char *gap = "";
    text_add(out, "image: {");
    add_word("preset", image->preset, out, &gap);
    add_size("resize", image->resize, out, &gap);
    add_size("crop", image->crop, out, &gap);
    add_word("filter", image->filter, out, &gap);
    add_numbers("scale", &image->scale, isnan(image->scale) ? 0 : 1, out, &gap);
    add_numbers("mean", image->mean, image->mean_count, out, &gap);
    add_numbers("std", image->std, image->std_count, out, &gap);
    add_word("channels", image->channels, out, &gap);
    add_word("exif", image->exif, out, &gap);
    add_word("layout", image->layout, out, &gap);
    text_add(out, "}\n");
}

/* ---- layers ---- */

static void add_layer(const struct graph *graph, uint32_t index, uint32_t before,
                      struct text *out) {
    const struct layer *layer = graph->layers[index];
    text_format(out, "  - %s: {name: %s", layer->kind->name, layer->name);
    if (layer->kind->joins || layer->inputs[0] != before) {
        text_add(out, ", from: ");
        add_names(graph, layer->inputs, layer->input_count, layer->kind->joins, out);
    }
    for (size_t k = 0; k < layer->kind->key_count; k++) {
        if (!(layer->set >> k & 1))
            continue;
        text_format(out, ", %s: ", layer->kind->keys[k].name);
        key_print(&layer->kind->keys[k], layer->settings, out);
    }
    if (layer->share)
        text_format(out, ", share: %s", graph->layers[layer->share]->name);
    text_add(out, layer->misfit ? "} # a misfit: sizes from here on are assumed\n" : "}\n");
}

/* As text, 4x5x3 would be taken for height x width x channels. */
static void add_input(const struct shape *input, struct text *out) {
    const int64_t extent[3] = {input->channels, input->height, input->width};
    text_add(out, "input: ");
    if (key_is_channels_last(extent))
        text_format(out, "[%lld, %lld, %lld]", (long long)extent[0], (long long)extent[1],
                    (long long)extent[2]);
    else
        shape_print(input, out);
    text_add(out, "\n");
}

void write_yaml(const struct graph *graph, const struct view *view, struct text *out) {
    (void)view;
    static const char *const fits[] = {"exact", "floor", "ceil"};
    if (!graph || graph->count == 0)
        return;
    add_entry("name", graph->name, out);
    add_input(&graph->own_input, out);
    if (graph->fit != FIT_EXACT)
        add_entry("fit", fits[graph->fit], out);
    add_image(&graph->image, out);
    add_entry("labels", graph->labels, out);
    add_entry("weights", graph->weights, out);
    if (graph->output_count > 1 ||
        (graph->output_count == 1 && graph->outputs[0] != graph->count - 1)) {
        text_add(out, "outputs: ");
        add_names(graph, graph->outputs, graph->output_count, graph->output_count > 1, out);
        text_add(out, "\n");
    }
    text_add(out, "layers:\n");
    uint32_t before = GRAPH_INPUT;
    for (uint32_t i = 1; i < graph->count; i++)
        if (graph->layers[i]->known) {
            add_layer(graph, i, before, out);
            before = i;
        }
}
