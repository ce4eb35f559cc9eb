#include "columns.h"

#include <fnmatch.h>
#include <string.h>

#include "../../compiler/graph/layer.h"

bool view_shows(const struct view *view, const struct layer *layer) {
    for (size_t i = 0; i < view->only_count; i++)
        if (fnmatch(view->only[i], layer->name, 0) == 0)
            return true;
    return view->only_count == 0;
}

/* ---- what a layer has ---- */

int64_t layer_groups(const struct graph *graph, const struct layer *layer) {
    if (layer_is(layer, KIND_local))
        return 1;
    if (!layer_is(layer, KIND_conv) && !layer_is(layer, KIND_deconv))
        return 0;
    return conv_groups(layer->settings, graph->layers[layer->inputs[0]]->out.channels);
}

const struct pair *layer_output_pad(const struct layer *layer) {
    const struct conv *conv = layer->settings;
    return layer_is(layer, KIND_deconv) ? &conv->output_pad : NULL;
}

bool graph_is_chain(const struct graph *graph) {
    for (uint32_t i = 1; i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        if (layer->known && (layer->input_count != 1 || layer->inputs[0] != i - 1))
            return false;
    }
    return true;
}

/* ---- amounts ---- */

const char *const units_names[] = {"raw", "si", "iec", NULL};

void amount_print(int64_t value, bool bytes, enum units units, struct text *out) {
    static const char *const si[] = {"", "k", "M", "G", "T", "P", "E"};
    static const char *const iec[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    double base = bytes && units == UNITS_IEC ? 1024 : 1000;
    if (units == UNITS_RAW || (!bytes && value < 1000)) {
        text_format(out, "%lld", (long long)value);
        return;
    }
    double scaled = (double)value;
    size_t power = 0;
    /* 999.5 would print as 1e+03: the next power's turn. */
    while (scaled >= (base < 1024 ? 999.5 : 1023.5) && power + 1 < sizeof si / sizeof *si) {
        scaled /= base;
        power++;
    }
    int decimals = power == 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
    text_format(out, "%.*f %s%s", decimals, scaled, (base < 1024 ? si : iec)[power],
                bytes ? "B" : "");
}

int64_t batch_bytes(int64_t value, const struct view *view) {
    int64_t product;
    return count_mul(value, view->batch, &product) ? product : INT64_MAX;
}

static int64_t params_of(const struct layer *layer, const struct view *view) {
    (void)view;
    return layer->parameters;
}

static int64_t macs_of(const struct layer *layer, const struct view *view) {
    (void)view;
    return layer->macs;
}

static int64_t flops_of(const struct layer *layer, const struct view *view) {
    (void)view;
    int64_t flops;
    return count_mul(layer->macs, 2, &flops) ? flops : INT64_MAX;
}

static int64_t weights_of(const struct layer *layer, const struct view *view) {
    (void)view;
    return layer->weight_bytes;
}

static int64_t activations_of(const struct layer *layer, const struct view *view) {
    return batch_bytes(layer->activation_bytes, view);
}

/* ---- printing cells ---- */

static void print_name(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    text_add(out, layer->name);
}

static void print_op(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    text_add(out, layer->kind->name);
}

static void print_from(const struct graph *graph, const struct layer *layer, struct text *out) {
    for (uint32_t i = 0; i < layer->input_count; i++)
        text_format(out, "%s%s", i ? ", " : "", graph->layers[layer->inputs[i]]->name);
}

/* "3", or "1x7" when height and width differ. */
static void print_pair(struct pair pair, struct text *out) {
    text_format(out, "%lld", (long long)pair.height);
    if (pair.width != pair.height)
        text_format(out, "x%lld", (long long)pair.width);
}

static void print_kernel(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    if (layer->kind->slides)
        print_pair(layer->window.kernel, out);
}

static void print_stride(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    if (layer->kind->slides)
        print_pair(layer->window.stride, out);
}

static void print_pad(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    const struct sides *pad = &layer->window.pad;
    if (!layer->kind->slides && !layer_is(layer, KIND_pad))
        return;
    if (pad->top == pad->bottom && pad->left == pad->right)
        print_pair((struct pair){pad->top, pad->left}, out);
    else
        text_format(out, "%lldx%lldx%lldx%lld", (long long)pad->top, (long long)pad->bottom,
                    (long long)pad->left, (long long)pad->right);
}

static void print_dilation(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    if (layer->kind->slides)
        print_pair(layer->window.dilation, out);
}

static void print_groups(const struct graph *graph, const struct layer *layer, struct text *out) {
    int64_t groups = layer_groups(graph, layer);
    if (groups > 0)
        text_format(out, "%lld", (long long)groups);
}

/* The value of a key as it is written in specs; nothing where the kind has no such key. */
static void print_key(const struct layer *layer, const char *name, struct text *out) {
    int index = key_index(layer->kind, name);
    if (index >= 0)
        key_print(&layer->kind->keys[index], layer->settings, out);
}

static void print_scale(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    print_key(layer, "scale", out);
}

static void print_output_pad(const struct graph *graph, const struct layer *layer,
                             struct text *out) {
    (void)graph;
    const struct pair *pad = layer_output_pad(layer);
    if (pad)
        print_pair(*pad, out);
}

static void print_channels(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    print_key(layer, "channels", out);
}

static void print_bias(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    print_key(layer, "bias", out);
}

static void print_share(const struct graph *graph, const struct layer *layer, struct text *out) {
    if (layer->share)
        text_add(out, graph->layers[layer->share]->name);
}

void shape_print(const struct shape *shape, struct text *out) {
    text_format(out, "%lld", (long long)shape->channels);
    if (!shape->vector)
        text_format(out, "x%lldx%lld", (long long)shape->height, (long long)shape->width);
}

static void print_output(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    shape_print(&layer->out, out);
}

static void print_reals(const struct layer *layer, double height, double width, struct text *out) {
    if (!layer->receptive.known)
        return;
    text_format(out, "%.10g", height);
    if (width != height)
        text_format(out, "x%.10g", width);
}

static void print_field(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    print_reals(layer, layer->receptive.height.size, layer->receptive.width.size, out);
}

static void print_jump(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    print_reals(layer, layer->receptive.height.jump, layer->receptive.width.jump, out);
}

static void print_start(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    print_reals(layer, layer->receptive.height.start, layer->receptive.width.start, out);
}

static void print_some(int64_t count, const char *one, struct text *out) {
    if (count > 0)
        text_format(out, "%lld %s%s", (long long)count, one, count == 1 ? "" : "s");
}

void dropped_print(const struct dropped *dropped, struct text *out) {
    print_some(dropped->rows, "row", out);
    if (dropped->rows > 0 && dropped->columns > 0)
        text_add(out, ", ");
    print_some(dropped->columns, "column", out);
    if ((dropped->rows > 0 || dropped->columns > 0) && dropped->padding)
        text_add(out, " of padding");
}

static void print_drops(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    dropped_print(&layer->dropped, out);
}

static void print_assumed(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    text_add(out, layer->misfit ? "misfit" : layer->assumed ? "assumed" : "");
}

static void print_fused(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    if (layer->fused_into)
        text_add(out, layer->fused_into->name);
}

static void print_at(const struct graph *graph, const struct layer *layer, struct text *out) {
    (void)graph;
    text_format(out, "%u", (unsigned)layer->at.line);
}

/* ---- the table ---- */

const struct column columns[COLUMN_COUNT] = {
    [COLUMN_NAME] = {"name", "layer", COLUMN_TEXT, print_name, NULL, NULL},
    [COLUMN_OP] = {"op", "op", COLUMN_TEXT, print_op, NULL, NULL},
    [COLUMN_FROM] = {"from", "from", COLUMN_TEXT, print_from, NULL, NULL},
    [COLUMN_KERNEL] = {"kernel", "kernel", COLUMN_NUMBER, print_kernel, NULL, NULL},
    [COLUMN_STRIDE] = {"stride", "stride", COLUMN_NUMBER, print_stride, NULL, NULL},
    [COLUMN_PAD] = {"pad", "pad", COLUMN_NUMBER, print_pad, NULL, NULL},
    [COLUMN_DILATION] = {"dilation", "dilation", COLUMN_NUMBER, print_dilation, NULL, "1"},
    [COLUMN_GROUPS] = {"groups", "groups", COLUMN_NUMBER, print_groups, NULL, "1"},
    [COLUMN_SCALE] = {"scale", "scale", COLUMN_NUMBER, print_scale, NULL, "1"},
    [COLUMN_OUTPUT_PAD] = {"output_pad", "output pad", COLUMN_NUMBER, print_output_pad, NULL, "0"},
    [COLUMN_CHANNELS] = {"channels", "channels added", COLUMN_NUMBER, print_channels, NULL, "0"},
    [COLUMN_BIAS] = {"bias", "bias", COLUMN_TEXT, print_bias, NULL, "true"},
    [COLUMN_SHARE] = {"share", "weights of", COLUMN_TEXT, print_share, NULL, ""},
    [COLUMN_OUTPUT] = {"output", "output", COLUMN_TEXT, print_output, NULL, NULL},
    [COLUMN_PARAMS] = {"params", "params", COLUMN_AMOUNT, NULL, params_of, NULL},
    [COLUMN_MACS] = {"macs", "MACs", COLUMN_AMOUNT, NULL, macs_of, NULL},
    [COLUMN_FLOPS] = {"flops", "FLOPs", COLUMN_AMOUNT, NULL, flops_of, NULL},
    [COLUMN_WEIGHTS] = {"weights", "weight bytes", COLUMN_BYTES, NULL, weights_of, NULL},
    [COLUMN_ACTIVATIONS] = {"activations", "output bytes", COLUMN_BYTES, NULL, activations_of,
                            NULL},
    [COLUMN_FIELD] = {"field", "field", COLUMN_NUMBER, print_field, NULL, NULL},
    [COLUMN_JUMP] = {"jump", "jump", COLUMN_NUMBER, print_jump, NULL, NULL},
    [COLUMN_START] = {"start", "start", COLUMN_NUMBER, print_start, NULL, NULL},
    [COLUMN_DROPS] = {"drops", "drops", COLUMN_TEXT, print_drops, NULL, NULL},
    [COLUMN_ASSUMED] = {"assumed", "assumed", COLUMN_TEXT, print_assumed, NULL, ""},
    [COLUMN_FUSED] = {"fused", "fused into", COLUMN_TEXT, print_fused, NULL, NULL},
    [COLUMN_AT] = {"at", "line", COLUMN_NUMBER, print_at, NULL, NULL},
};

void column_cell(const struct column *column, const struct graph *graph, const struct layer *layer,
                 const struct view *view, struct text *out) {
    if (column->print)
        column->print(graph, layer, out);
    else
        amount_print(column->amount(layer, view), column->type == COLUMN_BYTES, view->units, out);
}

/* Does a layer that is shown say something in this column that does not go without saying? */
static bool is_needed(const struct column *column, const struct graph *graph,
                      const struct view *view) {
    struct text cell = {0};
    bool needed = false;
    for (uint32_t i = 1; i < graph->count && !needed; i++) {
        const struct layer *layer = graph->layers[i];
        if (!layer->known || !view_shows(view, layer))
            continue;
        cell.length = 0;
        text_add(&cell, "");
        column_cell(column, graph, layer, view, &cell);
        needed = !cell.failed && cell.length > 0 && strcmp(cell.data, column->silent) != 0;
    }
    text_free(&cell);
    return needed;
}

size_t columns_shown(const struct graph *graph, const struct view *view,
                     const struct column **out) {
    static const enum column_id usual[] = {
        COLUMN_NAME,        COLUMN_OP,       COLUMN_KERNEL, COLUMN_STRIDE, COLUMN_PAD,
        COLUMN_OUTPUT_PAD,  COLUMN_DILATION, COLUMN_GROUPS, COLUMN_SCALE,  COLUMN_CHANNELS,
        COLUMN_BIAS,        COLUMN_SHARE,    COLUMN_OUTPUT, COLUMN_PARAMS, COLUMN_MACS,
        COLUMN_ACTIVATIONS, COLUMN_FIELD,    COLUMN_ASSUMED};
    size_t count = 0;
    for (; count < view->column_count; count++)
        out[count] = view->columns[count];
    if (count > 0)
        return count;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        const struct column *column = &columns[usual[i]];
        if (!column->silent || is_needed(column, graph, view))
            out[count++] = column;
    }
    if (graph->totals.peak_bytes > 0) /* there is a plan */
        out[count++] = &columns[COLUMN_FUSED];
    if (!graph_is_chain(graph))
        out[count++] = &columns[COLUMN_FROM];
    return count;
}

const struct column *column_find(const char *name, size_t length) {
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (strlen(columns[i].name) == length && memcmp(columns[i].name, name, length) == 0)
            return &columns[i];
    return NULL;
}
