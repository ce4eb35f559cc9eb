/* Which algorithm, in which order, with which cut of K. Winograd and others slot in here. */
#include "../../runtime/gemm/pack.h"
#include "../graph/layer.h"
#include "passes.h"

static int64_t groups_of(const struct layer *layer, int64_t in) {
    if (layer_is(layer, KIND_conv) || layer_is(layer, KIND_deconv))
        return conv_groups(layer->settings, in);
    return 1;
}

/* The part of a row of tiles that holds something. */
static double filled(int64_t count, int64_t side) {
    int64_t tiles = (count + side - 1) / side;
    return (double)count / (double)(tiles * side);
}

enum { SMALL_MAP = 256 /* pixels: up to 16 x 16, packing counts little beside the products */ };

/* Pixels lie along the vectors, and are written as they come, unless the map is so small that more
 * of the tiles is used the other way. */
static enum gemm_order order_of(const struct tile *tile, int64_t pixels, int64_t filters) {
    double usual = filled(pixels, tile->wide) * filled(filters, tile->narrow);
    double other = filled(filters, tile->wide) * filled(pixels, tile->narrow);
    bool vector = pixels == 1; /* the batch's images are then the pixels */
    return vector || (pixels <= SMALL_MAP && other > 1.05 * usual) ? GEMM_FILTERS_WIDE
                                                                   : GEMM_PIXELS_WIDE;
}

static void choose_conv(const struct stage_list *list, struct stage *stage) {
    const struct layer *layer = stage->operation;
    const struct layer *input = list->stages[stage->inputs[0]].layer;
    int64_t in = input->out.channels, groups = groups_of(layer, in);
    const struct pair *kernel = &layer->window.kernel;
    if (groups == in && groups > 1) {
        stage->algorithm = ALGORITHM_DEPTHWISE;
        return;
    }
    const struct shape *out = &layer->out;
    int64_t pixels = out->height * out->width;
    stage->algorithm =
        kernel->height == 1 && kernel->width == 1 ? ALGORITHM_GEMM_1X1 : ALGORITHM_IMPLICIT_GEMM;
    stage->order = order_of(&list->tile, pixels, out->channels / groups);
    stage->cut = pack_cut(in / groups * kernel->height * kernel->width, list->depth);
}

static void choose_deconv(const struct stage_list *list, struct stage *stage) {
    const struct layer *layer = stage->operation;
    const struct shape *in = &list->stages[stage->inputs[0]].layer->out;
    int64_t groups = groups_of(layer, in->channels);
    stage->algorithm = ALGORITHM_TRANSPOSED;
    stage->order = order_of(&list->tile, in->height * in->width, layer->out.channels / groups);
    stage->cut = list->depth; /* lower.c cuts each phase by its own K */
}

void choose(struct stage_list *list) {
    for (uint32_t i = 1; i < list->count; i++) {
        struct stage *stage = &list->stages[i];
        if (stage->state != STAGE_STEP)
            continue;
        if (layer_is(stage->operation, KIND_conv) || layer_is(stage->operation, KIND_fc))
            choose_conv(list, stage);
        else if (layer_is(stage->operation, KIND_deconv))
            choose_deconv(list, stage);
        else if (layer_is(stage->operation, KIND_local))
            stage->algorithm = ALGORITHM_UNSHARED;
    }
}
