#include "shape.h"

#include "fit.h"
#include "layer.h"

#include <inttypes.h>
#include <string.h>

/* Layers and inputs that one walk's searches for fitting inputs look at. */
enum { TRIALS = 4000000 };

/* ---- what is said of a layer ---- */

static struct location layer_place(const struct inference *x, const struct layer *layer,
                                   const char *key) {
    if (x->resized && layer_is(layer, KIND_input))
        return x->resized_at;
    int index = key ? key_index(layer->kind, key) : -1;
    return index >= 0 && layer->key_at[index].line ? layer->key_at[index] : layer->at;
}

/* The notes outward, that the sizes are assumed, and under --input that they come from there. */
static void add_notes(struct inference *x, const struct layer *layer, struct diagnostic *item) {
    trail_notes(x->diag, item, layer->trail);
    if (x->basis)
        diag_note(x->diag, item, x->graph->layers[x->basis]->at,
                  "what comes in is assumed, since %s is wrong", x->graph->layers[x->basis]->name);
    if (x->resized && !layer_is(layer, KIND_input))
        diag_note(x->diag, item, x->resized_at, "with this input");
}

struct diagnostic *layer_error(struct inference *x, const struct layer *layer, const char *key,
                               const char *class, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    struct location at = layer_place(x, layer, key);
    struct diagnostic *item = diag_also(x->diag, SEVERITY_ERROR, at, class, format, arguments);
    va_end(arguments);
    add_notes(x, layer, item);
    return item;
}

bool layer_misfit(struct inference *x, struct layer *layer) {
    if (!x->diag->muted)
        layer->misfit = true;
    return !x->strict;
}

struct diagnostic *layer_warning(struct inference *x, const struct layer *layer, const char *key,
                                 const char *class, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    struct diagnostic *item =
        diag_add(x->diag, SEVERITY_WARNING, layer_place(x, layer, key), class, format, arguments);
    va_end(arguments);
    add_notes(x, layer, item);
    return item;
}

void shape_input_error(struct inference *x, const struct layer *layer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    struct diagnostic *item =
        diag_add(x->diag, SEVERITY_ERROR, x->resized_at, "shape-input", format, arguments);
    va_end(arguments);
    diag_note(x->diag, item, layer->at, "%s is here", layer->name);
    trail_notes(x->diag, item, layer->trail);
}

bool shape_as_own(struct inference *x, const struct layer *layer, const struct shape *in,
                  const char *what) {
    if (!x->resized || shape_equal(in, &layer->own_in))
        return true;
    if (x->diag->muted)
        return false;
    struct arena *arena = x->graph->arena;
    shape_input_error(x, layer, "%s has %s, made for %s; this input gives it %s", layer->name, what,
                      shape_text(arena, &layer->own_in), shape_text(arena, in));
    return false;
}

const char *shape_text(struct arena *arena, const struct shape *shape) {
    if (shape->vector)
        return arena_format(arena, "%" PRId64, shape->channels);
    return arena_format(arena, "%" PRId64 "x%" PRId64 "x%" PRId64, shape->channels, shape->height,
                        shape->width);
}

bool shape_equal(const struct shape *a, const struct shape *b) {
    return a->channels == b->channels && a->height == b->height && a->width == b->width &&
           a->vector == b->vector;
}

enum fit layer_fit(const struct inference *x, const struct layer *layer) {
    int index = key_index(layer->kind, "fit");
    if (index < 0 || !(layer->set & (1U << index)))
        return x->graph->fit;
    const char *settings = layer->settings;
    int word;
    memcpy(&word, settings + layer->kind->keys[index].offset, sizeof word);
    return (enum fit)word;
}

/* ---- windows ---- */

static void resolve(struct layer *layer, const struct shape *in,
                    const struct window_request *request, struct axis axes[2]) {
    const struct pair *kernel = &request->kernel, *gap = &request->dilation;
    const struct sides *sides = &request->pad.sides;
    struct pair reach = {gap->height * (kernel->height - 1) + 1,
                         gap->width * (kernel->width - 1) + 1};
    bool given = request->pad.mode == PAD_GIVEN;
    axes[0] = (struct axis){in->height, reach.height, request->stride.height,
                            given ? sides->top : 0, given ? sides->bottom : 0};
    axes[1] = (struct axis){in->width, reach.width, request->stride.width, given ? sides->left : 0,
                            given ? sides->right : 0};
    for (int i = 0; i < 2 && request->pad.mode == PAD_SAME; i++)
        axis_pad_same(&axes[i]);
    layer->window = (struct window){
        .kernel = *kernel,
        .stride = request->stride,
        .dilation = *gap,
        .reach = reach,
        .pad = {axes[0].before, axes[0].after, axes[1].before, axes[1].after},
    };
}

/* A pool's pads are at most half its kernel; a filter's may be what they like, but windows that see
 * nothing but zeros are hardly meant. */
static bool check_pads(struct inference *x, struct layer *layer,
                       const struct window_request *request, const struct axis axes[2]) {
    for (int i = 0; i < 2 && request->pad.mode == PAD_GIVEN; i++) {
        const struct axis *axis = &axes[i];
        int64_t pad = axis->before > axis->after ? axis->before : axis->after;
        if (request->pools && pad > axis->reach / 2) {
            layer_error(x, layer, "pad", "shape-pad",
                        "pad %" PRId64 " of %s exceeds half its kernel: at most %" PRId64
                        " goes with kernel %" PRId64,
                        pad, layer->name, axis->reach / 2, axis->reach);
            return layer_misfit(x, layer);
        }
        if (request->pools || pad <= axis->reach || x->resized)
            continue;
        layer_warning(x, layer, "pad", "shape-pad",
                      "pad %" PRId64 " of %s exceeds its kernel %" PRId64
                      ": windows at the border see nothing but zeros",
                      pad, layer->name, axis->reach);
        break;
    }
    return true;
}

static const char *pads_text(struct arena *arena, const struct axis *axis) {
    if (axis->before == axis->after)
        return arena_format(arena, "2*%" PRId64, axis->before);
    return arena_format(arena, "%" PRId64 " + %" PRId64, axis->before, axis->after);
}

/* The window is larger than the padded map along axis i. */
static void report_empty(struct inference *x, const struct layer *layer,
                         const struct window_request *request, const struct axis axes[2], int i) {
    const struct axis *axis = &axes[i];
    struct arena *arena = x->graph->arena;
    int64_t kernel = i ? request->kernel.width : request->kernel.height;
    const char *dilated =
        kernel == axis->reach ? "" : arena_format(arena, ", dilated to %" PRId64 ",", axis->reach);
    int64_t padded = axis->in + axis->before + axis->after;
    struct diagnostic *item =
        layer_error(x, layer, "kernel", "shape-kernel",
                    "kernel %" PRId64 " of %s%s is larger than its padded input: %" PRId64
                    " + %s = %" PRId64 " in %s",
                    kernel, layer->name, dilated, axis->in, pads_text(arena, axis), padded,
                    i ? "width" : "height");
    int64_t gap = i ? request->dilation.width : request->dilation.height;
    diag_hint(x->diag, item,
              "what fits: a kernel of at most %" PRId64 "; or a larger pad; or a larger input",
              (padded - 1) / gap + 1);
}

/* "conv2 does not fit: (7 - 3 + 2*0)/3 + 1 = 2.33"; the direction where they differ. */
static void report_unfit(struct inference *x, const struct layer *layer,
                         const struct window_request *request, const struct axis axes[2]) {
    struct arena *arena = x->graph->arena;
    const char *formula[2], *dilated = "";
    bool unfit[2];
    for (int i = 0; i < 2; i++) {
        int64_t dropped;
        unfit[i] = axis_output(&axes[i], FIT_EXACT, request->pools, &dropped) == AXIS_UNFIT;
        formula[i] = axis_formula(arena, &axes[i]);
    }
    int first = unfit[0] ? 0 : 1;
    int64_t gap = first ? request->dilation.width : request->dilation.height;
    int64_t kernel = first ? request->kernel.width : request->kernel.height;
    if (axes[first].reach != kernel)
        dilated = arena_format(arena, ", where %" PRId64 " = %" PRId64 "*(%" PRId64 " - 1) + 1",
                               axes[first].reach, gap, kernel);
    const char *key = layer_has(layer, "stride") ? "stride" : "kernel";
    struct diagnostic *item;
    if (unfit[0] && unfit[1] && strcmp(formula[0], formula[1]) == 0)
        item = layer_error(x, layer, key, "shape-fit", "%s does not fit: %s%s", layer->name,
                           formula[0], dilated);
    else if (unfit[0] && unfit[1])
        item =
            layer_error(x, layer, key, "shape-fit", "%s does not fit: %s in height, %s in width%s",
                        layer->name, formula[0], formula[1], dilated);
    else
        item = layer_error(x, layer, key, "shape-fit", "%s does not fit in %s: %s%s", layer->name,
                           unfit[0] ? "height" : "width", formula[first], dilated);
    fit_suggest(x, axes, request->pools, item);
}

/* The sizes under a rule, and what it leaves out. */
static void measure(struct layer *layer, const struct axis axes[2], enum fit fit, bool pools,
                    int64_t size[2]) {
    struct dropped *dropped = &layer->dropped;
    size[0] = axis_output(&axes[0], fit, pools, &dropped->rows);
    size[1] = axis_output(&axes[1], fit, pools, &dropped->columns);
    dropped->padding = (dropped->rows || dropped->columns) && dropped->rows <= axes[0].after &&
                       dropped->columns <= axes[1].after;
}

/* An error of its own, or one more layer at the place of another's. */
static void count_unfit(struct inference *x, const struct layer *layer,
                        const struct window_request *request, const struct axis axes[2]) {
    size_t errors = x->diag->errors;
    report_unfit(x, layer, request, axes);
    x->graph->unfit += x->diag->errors - errors;
}

bool shape_window(struct inference *x, struct layer *layer, const struct shape *in,
                  const struct window_request *request, struct pair *out) {
    struct axis axes[2];
    resolve(layer, in, request, axes);
    if (!check_pads(x, layer, request, axes))
        return false;
    /* `same` always fits, but where the stride is greater than the reach, windows skip cells. */
    enum fit fit = request->pad.mode == PAD_SAME ? FIT_FLOOR : request->fit;
    int64_t size[2];
    measure(layer, axes, fit, request->pools, size);
    bool empty = size[0] == AXIS_EMPTY || size[1] == AXIS_EMPTY;
    if (empty || size[0] == AXIS_UNFIT || size[1] == AXIS_UNFIT) {
        bool said = x->diag->muted || layer->misfit; /* its pad may be wrong already */
        if (!said && empty)
            report_empty(x, layer, request, axes, size[0] == AXIS_EMPTY ? 0 : 1);
        else if (!said)
            count_unfit(x, layer, request, axes);
        if (!layer_misfit(x, layer))
            return false;
        measure(layer, axes, FIT_FLOOR, request->pools, size);
        for (int i = 0; i < 2; i++) /* the rule has no size for it; one cell is the least */
            size[i] = size[i] == AXIS_EMPTY ? 1 : size[i];
        x->graph->least = x->graph->least || empty;
    }
    *out = (struct pair){size[0], size[1]};
    return true;
}

/* ---- the walk ---- */

/* Who made the vector: activations and the like pass on what they get. */
static const struct layer *vector_maker(const struct graph *graph, const struct layer *reader) {
    const struct layer *maker = graph->layers[reader->inputs[0]];
    while (maker->input_count == 1 && graph->layers[maker->inputs[0]]->out.vector)
        maker = graph->layers[maker->inputs[0]];
    return maker;
}

static bool takes_it(struct inference *x, const struct layer *layer) {
    const struct graph *graph = x->graph;
    if (layer->kind->takes == TAKES_BOTH || !graph->layers[layer->inputs[0]]->out.vector)
        return true;
    if (x->diag->muted)
        return false;
    const struct layer *maker = vector_maker(graph, layer);
    const char *kind = layer->kind->name;
    struct diagnostic *item =
        layer_error(x, layer, NULL, layer->in_pattern ? "pattern-semantics" : "shape-map",
                    "%s cannot follow: %s gives a vector of %" PRId64 "; %s needs a map",
                    layer->name, maker->name, maker->out.channels, kind);
    diag_hint(x->diag, item, "a %s belongs before the first fc or flatten", kind);
    return false;
}

/* --input never changes a parameter: what has weights for each channel keeps its channels, which
 * only an explicit flatten can make depend on the map's size. */
static bool keeps_channels(struct inference *x, const struct layer *layer, const struct shape *in) {
    int64_t own = layer->own_in.channels;
    if (!x->resized || !layer->kind->tensors || in->channels == own)
        return true;
    if (x->diag->muted)
        return false;
    shape_input_error(
        x, layer, "%s is made for a vector of %" PRId64 ", but with this input %s gives %" PRId64,
        layer->name, own, vector_maker(x->graph, layer)->name, in->channels);
    return false;
}

bool shape_within_limits(const struct shape *shape) {
    int64_t elements;
    return shape->channels <= LIMIT_DIMENSION && shape->height <= LIMIT_DIMENSION &&
           shape->width <= LIMIT_DIMENSION &&
           layer_product(shape->channels, shape->height, shape->width, 1, &elements) &&
           elements <= LIMIT_TENSOR;
}

static bool within_limits(struct inference *x, const struct layer *layer) {
    const struct shape *out = &layer->out;
    if (shape_within_limits(out))
        return true;
    if (x->diag->muted)
        return false;
    bool extents = out->channels <= LIMIT_DIMENSION && out->height <= LIMIT_DIMENSION &&
                   out->width <= LIMIT_DIMENSION;
    const char *text = shape_text(x->graph->arena, out);
    if (extents)
        layer_error(x, layer, NULL, "limit-tensor",
                    "%s would be %s, more than the limit of %" PRId64 " elements", layer->name,
                    text, LIMIT_TENSOR);
    else
        layer_error(x, layer, NULL, "limit-tensor",
                    "%s would be %s, with an extent above the limit of %d", layer->name, text,
                    LIMIT_DIMENSION);
    return false;
}

/* The shapes of a layer's inputs, in room of the walk; NULL when one is unknown. */
static const struct shape **gather(struct inference *x, const struct layer *layer) {
    if (layer->input_count > x->room_count) {
        x->room_count = 2 * layer->input_count;
        x->room = arena_array(x->graph->arena, x->room_count, sizeof *x->room);
    }
    for (uint32_t i = 0; i < layer->input_count; i++) {
        const struct layer *input = x->graph->layers[layer->inputs[i]];
        if (!input->known)
            return NULL;
        x->room[i] = &input->out;
    }
    return x->room;
}

/* The first misfit that the layer's inputs rest on, or 0. */
static uint32_t basis_of(const struct graph *graph, const struct layer *layer) {
    uint32_t first = 0;
    for (uint32_t i = 0; i < layer->input_count; i++) {
        uint32_t basis = graph->layers[layer->inputs[i]]->assumed;
        first = basis && (!first || basis < first) ? basis : first;
    }
    return first;
}

bool shape_layer(struct inference *x, uint32_t index) {
    struct layer *layer = x->graph->layers[index];
    const struct shape **in;
    layer->known = false;
    layer->assumed = 0;
    if (!x->diag->muted) /* a trial leaves it as it is */
        layer->misfit = false;
    layer->window = (struct window){{1, 1}, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}};
    layer->dropped = (struct dropped){0};
    x->current = index;
    if (layer->poisoned || layer->input_count == 0 || !(in = gather(x, layer)))
        return false;
    if (!x->resized)
        layer->own_in = *in[0];
    uint32_t basis = x->basis = basis_of(x->graph, layer);
    layer->known = takes_it(x, layer) && keeps_channels(x, layer, in[0]) &&
                   layer->kind->shape(x, layer, in) && within_limits(x, layer);
    x->basis = 0;
    if (layer->known)
        layer->assumed = basis ? basis : layer->misfit ? index : 0;
    return layer->known;
}

/* Shared weights must be the same tensors; the shapes do not hang on them. */
static void check_share(struct inference *x, struct layer *layer, uint32_t index) {
    const struct layer *owner = x->graph->layers[layer->share];
    if (!layer->known || !owner->known || owner->kind != layer->kind)
        return;
    struct layer_tensor own[TENSORS_MAX], owners[TENSORS_MAX];
    int count = layer->kind->tensors(layer, &layer->own_in, own);
    bool equal = count == owner->kind->tensors(owner, &owner->own_in, owners);
    for (int i = 0; equal && i < count; i++)
        equal = own[i].rank == owners[i].rank &&
                memcmp(own[i].extent, owners[i].extent, sizeof own[i].extent) == 0;
    if (equal)
        return;
    struct diagnostic *item =
        diag_error(x->diag, layer->share_at, "graph-share",
                   "%s cannot take the weights of %s: its own would have another shape",
                   layer->name, owner->name);
    diag_note(x->diag, item, owner->at, "%s is here", owner->name);
    trail_notes(x->diag, item, layer->trail);
    layer->misfit = true;
    layer->assumed = layer->assumed ? layer->assumed : index;
}

static void walk(struct inference *x, const struct shape *input_shape) {
    struct graph *graph = x->graph;
    struct layer *input = graph->layers[GRAPH_INPUT];
    if (!x->resized)
        input->own_in = *input_shape;
    input->window = (struct window){{1, 1}, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}};
    input->known =
        !input->poisoned && input->kind->shape(x, input, &input_shape) && within_limits(x, input);
    graph->faults = !input->known;
    graph->misfits = graph->assumed = 0;
    graph->unfit = 0;
    graph->uneven = graph->least = false;
    for (uint32_t i = 1; i < graph->count; i++) {
        struct layer *layer = graph->layers[i];
        if (!x->resized && !layer->poisoned && layer->kind->validate)
            layer->poisoned = !layer->kind->validate(x, layer);
        if (shape_layer(x, i) && !x->resized) {
            layer->own_out = layer->out;
            if (layer->share)
                check_share(x, layer, i);
        }
        graph->faults += !layer->known;
        graph->misfits += layer->known && layer->misfit;
        graph->assumed += layer->known && layer->assumed;
    }
    input->own_out = x->resized ? input->own_out : input->out;
}

void shape_infer(struct graph *graph, struct diagnostics *diag, const struct shape *override,
                 struct location override_at) {
    struct inference x = {.graph = graph, .diag = diag, .trials = TRIALS};
    walk(&x, &graph->own_input);
    if (!override || graph->faults || graph->misfits)
        return;
    x.resized = true;
    x.resized_at = override_at;
    walk(&x, override);
}
