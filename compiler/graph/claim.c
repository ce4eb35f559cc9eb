#include "claim.h"

#include "fit.h"
#include "layer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAR = 512, /* how far from what it is a number is sought */
    NEAR = 8,  /* the same of two numbers at once */
};

/* ---- one layer and its arithmetic ---- */

/* A layer that slides: forward (conv, local, pool), or transposed (deconv). */
struct slider {
    struct arena *arena;
    const struct layer *layer;
    const struct window *window;
    int64_t in[2], wanted[2], extra[2]; /* height, width; extra: a deconv's output_pad */
    bool transposed, pools, same;       /* same: the pad follows from the stride */
    enum fit fit;
};

/* What is written of one axis: kernel k, stride, pads. */
struct trial {
    int64_t kernel, stride, before, after;
};

static struct trial trial_of(const struct slider *slider, int i) {
    const struct window *w = slider->window;
    return i ? (struct trial){w->kernel.width, w->stride.width, w->pad.left, w->pad.right}
             : (struct trial){w->kernel.height, w->stride.height, w->pad.top, w->pad.bottom};
}

static int64_t output(const struct slider *slider, int i, const struct trial *t) {
    int64_t gap = i ? slider->window->dilation.width : slider->window->dilation.height;
    int64_t reach = gap * (t->kernel - 1) + 1;
    if (slider->transposed)
        return (slider->in[i] - 1) * t->stride + reach - t->before - t->after + slider->extra[i];
    if (slider->pools && (t->before > reach / 2 || t->after > reach / 2))
        return AXIS_UNFIT;
    struct axis axis = {slider->in[i], reach, t->stride, t->before, t->after};
    int64_t dropped;
    return axis_output(&axis, slider->fit, slider->pools, &dropped);
}

/* ---- one number changed ---- */

enum number { KERNEL, STRIDE, PAD, NUMBERS };
static const char *const number_names[NUMBERS] = {"kernel", "stride", "pad"};

/* Puts `value` in the place of a number; false where it cannot be that. */
static bool change(const struct slider *slider, int i, enum number number, int64_t value,
                   struct trial *t) {
    if (value < (number == PAD ? 0 : 1) || value > LIMIT_WINDOW)
        return false;
    if (slider->same && number == KERNEL)
        return false;
    if (number == KERNEL)
        t->kernel = value;
    if (number == STRIDE)
        t->stride = value;
    if (number == PAD) {
        t->before = t->after = value;
        return value < t->kernel || slider->transposed;
    }
    if (slider->same) { /* as many zeros as make it ceil(in/stride) */
        int64_t out = (slider->in[i] + value - 1) / value;
        int64_t zeros = (out - 1) * value + t->kernel - slider->in[i];
        t->before = zeros > 0 ? zeros / 2 : 0;
        t->after = zeros > 0 ? zeros - zeros / 2 : 0;
    }
    return true;
}

static int64_t value_of(const struct trial *t, enum number number) {
    return number == KERNEL ? t->kernel : number == STRIDE ? t->stride : t->before;
}

/* The value nearest to the present one with which axis i gives what is wanted; -1: none. */
static int64_t nearest(const struct slider *slider, int i, enum number number) {
    struct trial now = trial_of(slider, i);
    int64_t from = value_of(&now, number);
    for (int64_t step = 0; step <= FAR; step++) {
        for (int64_t sign = -1; sign <= 1; sign += 2) {
            struct trial t = now;
            int64_t value = from + sign * step;
            bool as_it_is = step == 0 && output(slider, i, &t) == slider->wanted[i];
            if (as_it_is && t.before == t.after)
                return value;
            if (change(slider, i, number, value, &t) && output(slider, i, &t) == slider->wanted[i])
                return value;
        }
    }
    return -1;
}

static const char *pair_text(struct arena *arena, int64_t height, int64_t width) {
    return height == width ? arena_format(arena, "%" PRId64, height)
                           : arena_format(arena, "%" PRId64 "x%" PRId64, height, width);
}

/* Pads that differ by one before and after, where none that are equal will do. */
static const char *uneven_pad(const struct slider *slider) {
    struct trial t[2] = {trial_of(slider, 0), trial_of(slider, 1)};
    for (int i = 0; i < 2; i++) {
        int64_t zeros = 0, least = t[i].before + t[i].after;
        bool found = false;
        for (; !found && zeros <= 2 * t[i].kernel && zeros <= least + FAR; zeros += !found) {
            t[i].before = zeros / 2;
            t[i].after = zeros - zeros / 2;
            found = output(slider, i, &t[i]) == slider->wanted[i];
        }
        if (!found)
            return NULL;
    }
    return arena_format(slider->arena, "%" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64, t[0].before,
                        t[0].after, t[1].before, t[1].after);
}

/* ---- two numbers changed ---- */

/* The same two changes on both axes, the nearest first; false where there are none near. */
static bool two_changes(const struct slider *slider, const char **text) {
    static const enum number pairs[][2] = {{KERNEL, PAD}, {STRIDE, PAD}, {KERNEL, STRIDE}};
    struct trial now[2] = {trial_of(slider, 0), trial_of(slider, 1)};
    int64_t best = INT64_MAX;
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        enum number a = pairs[p][0], b = pairs[p][1];
        for (int64_t x = -NEAR; x <= NEAR; x++) {
            for (int64_t y = -NEAR; y <= NEAR; y++) {
                int64_t far = llabs(x) + llabs(y), v = value_of(&now[0], a) + x;
                int64_t w = value_of(&now[0], b) + y;
                bool good = x != 0 && y != 0 && far < best;
                for (int i = 0; i < 2 && good; i++) {
                    struct trial t = now[i];
                    good = change(slider, i, a, v, &t) && change(slider, i, b, w, &t) &&
                           output(slider, i, &t) == slider->wanted[i];
                }
                if (!good)
                    continue;
                best = far;
                *text = arena_format(slider->arena, "%s %" PRId64 " with %s %" PRId64,
                                     number_names[a], v, number_names[b], w);
            }
        }
    }
    return best < INT64_MAX;
}

/* ---- text ---- */

static void add_way(struct text *list, const char *way) {
    text_format(list, "%s%s", list->length ? ", or " : "", way);
}

static void add_input(const struct slider *slider, struct text *list) {
    int64_t in[2];
    for (int i = 0; i < 2; i++) {
        struct trial t = trial_of(slider, i);
        int64_t gap = i ? slider->window->dilation.width : slider->window->dilation.height;
        int64_t reach = gap * (t.kernel - 1) + 1, pads = t.before + t.after;
        int64_t rest = slider->wanted[i] - reach + pads - slider->extra[i];
        in[i] = slider->transposed ? rest / t.stride + 1
                                   : (slider->wanted[i] - 1) * t.stride + reach - pads;
        if (slider->same && !slider->transposed)
            in[i] = slider->wanted[i] * t.stride;
        if (in[i] < 1 || in[i] > LIMIT_DIMENSION ||
            (slider->transposed && (rest < 0 || rest % t.stride != 0)))
            return;
    }
    add_way(list, arena_format(slider->arena, "an input of %" PRId64 "x%" PRId64, in[0], in[1]));
}

/* kernel, stride, pad alone; then two; then another input. */
static void add_window(const struct slider *slider, struct text *out) {
    struct text list = {0};
    size_t ways = 0;
    for (int number = 0; number < NUMBERS; number++) {
        int64_t height = nearest(slider, 0, (enum number)number);
        int64_t width = nearest(slider, 1, (enum number)number);
        const char *value = height >= 0 && width >= 0 ? pair_text(slider->arena, height, width)
                            : number == PAD           ? uneven_pad(slider)
                                                      : NULL;
        if (!value)
            continue;
        add_way(&list, arena_format(slider->arena, "%s %s", number_names[number], value));
        ways++;
    }
    const char *two;
    if (ways < 2 && two_changes(slider, &two))
        add_way(&list, two);
    add_input(slider, &list);
    text_format(
        out, "  %" PRId64 "x%" PRId64 " from the %" PRId64 "x%" PRId64 " that %s gets: %s\n",
        slider->wanted[0], slider->wanted[1], slider->in[0], slider->in[1], slider->layer->name,
        list.length ? list.data : "no kernel, stride or pad near these");
    out->failed |= list.failed;
    text_free(&list);
}

static bool keeps_shape(const struct graph *graph, const struct layer *layer) {
    return layer->input_count == 1 && layer->inputs[0] != GRAPH_INPUT && !layer->kind->slides &&
           shape_equal(&layer->out, &graph->layers[layer->inputs[0]]->out) &&
           !layer_has(layer, "units") && !layer_has(layer, "scale");
}

static void add_channels(const struct layer *layer, int64_t wanted, struct text *out) {
    bool filters = key_index(layer->kind, "filters") >= 0;
    const char *key = layer_is(layer, KIND_fc) ? "units" : filters ? "filters" : NULL;
    if (key)
        text_format(out, "  %" PRId64 " channels: %s %" PRId64 "\n", wanted, key, wanted);
    else
        text_format(out, "  %s has the %" PRId64 " channels of what it reads\n", layer->name,
                    layer->out.channels);
}

void claim_answer(struct graph *graph, uint32_t index, const struct shape *wanted,
                  struct text *out) {
    const struct layer *layer = graph->layers[index], *asked = layer;
    while (keeps_shape(graph, layer))
        layer = graph->layers[layer->inputs[0]];
    if (layer != asked)
        text_format(out, "  %s has the shape that %s gives\n", asked->name, layer->name);
    if (layer->out.vector != wanted->vector) {
        text_format(out, "  %s gives a %s\n", layer->name,
                    layer->out.vector ? "vector" : "map: channels, height and width");
        return;
    }
    if (layer->out.channels != wanted->channels)
        add_channels(layer, wanted->channels, out);
    int global = key_index(layer->kind, "global");
    if (!layer->kind->slides || (global >= 0 && layer_has(layer, "global")) ||
        (layer->out.height == wanted->height && layer->out.width == wanted->width))
        return;
    struct inference x = {.graph = graph};
    struct text pad = {0};
    key_print(&layer->kind->keys[key_index(layer->kind, "pad")], layer->settings, &pad);
    const struct shape *in = &graph->layers[layer->inputs[0]]->out;
    struct slider slider = {
        .arena = graph->arena,
        .layer = layer,
        .window = &layer->window,
        .in = {in->height, in->width},
        .wanted = {wanted->height, wanted->width},
        .transposed = layer_is(layer, KIND_deconv),
        .pools = layer_is(layer, KIND_pool),
        .same = pad.data && strcmp(pad.data, "same") == 0,
        .fit = layer_fit(&x, layer),
    };
    if (slider.transposed) {
        const struct conv *conv = layer->settings;
        slider.extra[0] = conv->output_pad.height;
        slider.extra[1] = conv->output_pad.width;
    }
    text_free(&pad);
    add_window(&slider, out);
}
