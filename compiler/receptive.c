#include "receptive.h"

#include "layer.h"

#include <math.h>

/* Along one axis an output sees an interval of input pixels; output 0 sees [start, start + size -
 * 1], output n the same moved by n * jump. */

/* A window of `reach` cells that begins `pad` cells before the map (Araujo et al., section 2). */
static struct receptive_axis slide(struct receptive_axis in, int64_t reach, int64_t stride,
                                   int64_t pad) {
    return (struct receptive_axis){
        .size = in.size + (double)(reach - 1) * in.jump,
        .jump = in.jump * (double)stride,
        .start = in.start - (double)pad * in.jump,
    };
}

/* A transposed window: output o sums the inputs i with o + pad = i * stride + t, 0 <= t < reach.
 * For o = 0 the last is floor(pad/stride); they are at most ceil(reach/stride). How many there are
 * depends on the phase of o; the widest counts. */
static struct receptive_axis spread(struct receptive_axis in, int64_t reach, int64_t stride,
                                    int64_t pad) {
    int64_t seen = (reach + stride - 1) / stride, last = pad / stride;
    return (struct receptive_axis){
        .size = in.size + (double)(seen - 1) * in.jump,
        .jump = in.jump / (double)stride,
        .start = in.start + (double)(last - seen + 1) * in.jump,
    };
}

/* Nearest: output 0 sees input 0. Bilinear with half pixels: it lies between inputs -1 and 0. */
static struct receptive_axis enlarge(struct receptive_axis in, const struct upsample *upsample) {
    bool between = upsample->mode == UPSAMPLE_BILINEAR && upsample->scale > 1;
    return (struct receptive_axis){
        .size = between ? in.size + in.jump : in.size,
        .jump = in.jump / (double)upsample->scale,
        .start = between ? in.start - in.jump : in.start,
    };
}

/* One axis of a join: the union of the intervals. The jump is that of the operands that have more
 * than one place; false when they disagree. */
static bool unite(struct receptive_axis *all, bool *moves, struct receptive_axis next,
                  int64_t extent) {
    double end = all->start + all->size, next_end = next.start + next.size;
    all->start = next.start < all->start ? next.start : all->start;
    all->size = (next_end > end ? next_end : end) - all->start;
    if (extent == 1)
        return true;
    bool agrees = !*moves || all->jump == next.jump;
    all->jump = next.jump;
    *moves = true;
    return agrees;
}

static void join(const struct graph *graph, struct layer *layer) {
    const struct layer *first = graph->layers[layer->inputs[0]];
    layer->receptive = first->receptive;
    bool down = first->out.height > 1, across = first->out.width > 1;
    for (uint32_t i = 1; i < layer->input_count && layer->receptive.known; i++) {
        const struct layer *next = graph->layers[layer->inputs[i]];
        const struct receptive *field = &next->receptive;
        bool height = unite(&layer->receptive.height, &down, field->height, next->out.height);
        bool width = unite(&layer->receptive.width, &across, field->width, next->out.width);
        layer->receptive.known = field->known && height && width;
    }
}

static void derive(const struct graph *graph, struct layer *layer) {
    const struct receptive *in = &graph->layers[layer->inputs[0]]->receptive;
    const struct window *window = &layer->window;
    struct receptive *out = &layer->receptive;
    out->known = in->known;
    if (!in->known)
        return;
    if (layer_is(layer, KIND_deconv)) {
        out->height =
            spread(in->height, window->reach.height, window->stride.height, window->pad.top);
        out->width = spread(in->width, window->reach.width, window->stride.width, window->pad.left);
    } else if (layer_is(layer, KIND_upsample)) {
        out->height = enlarge(in->height, layer->settings);
        out->width = enlarge(in->width, layer->settings);
    } else {
        out->height =
            slide(in->height, window->reach.height, window->stride.height, window->pad.top);
        out->width = slide(in->width, window->reach.width, window->stride.width, window->pad.left);
    }
}

/* Strides over maps of one cell multiply without end. */
static bool is_finite(const struct receptive_axis *axis) {
    return isfinite(axis->size) && isfinite(axis->jump) && isfinite(axis->start);
}

void receptive_fields(struct graph *graph) {
    const struct receptive pixel = {.height = {1, 1, 0}, .width = {1, 1, 0}, .known = true};
    graph->layers[GRAPH_INPUT]->receptive = pixel;
    for (uint32_t i = 1; i < graph->count; i++) {
        struct layer *layer = graph->layers[i];
        if (!layer->known)
            continue;
        if (layer->kind->joins)
            join(graph, layer);
        else
            derive(graph, layer);
        struct receptive *field = &layer->receptive;
        field->known = field->known && is_finite(&field->height) && is_finite(&field->width);
    }
}
