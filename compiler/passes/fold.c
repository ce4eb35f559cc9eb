/* Layers that change nothing go away; batch normalisation becomes part of the filters before it:
 * y = (Wx + b - mean) * g + beta with g = weight/sqrt(var + eps) is (gW)x + (b - mean)*g + beta. */
#include "../graph/layer.h"
#include "passes.h"

static bool changes_nothing(const struct layer *layer) {
    if (layer_is(layer, KIND_dropout))
        return true;
    if (layer_is(layer, KIND_upsample))
        return ((const struct upsample *)layer->settings)->scale == 1;
    if (layer_is(layer, KIND_shuffle))
        return ((const struct shuffle *)layer->settings)->groups == 1;
    if (layer_is(layer, KIND_add) || layer_is(layer, KIND_mul) || layer_is(layer, KIND_concat))
        return layer->input_count == 1;
    if (layer_is(layer, KIND_pad)) {
        const struct pad *pad = layer->settings;
        const struct sides *sides = &layer->window.pad;
        return !sides->top && !sides->bottom && !sides->left && !sides->right &&
               !pad->channels[0] && !pad->channels[1];
    }
    return false;
}

/* Reads past stages that change nothing. */
static void redirect_inputs(struct stage_list *list, struct stage *stage) {
    for (uint32_t k = 0; k < stage->input_count; k++) {
        struct stage *input = &list->stages[stage->inputs[k]];
        if (input->state != STAGE_VIEW)
            continue;
        input->uses--;
        stage->inputs[k] = input->inputs[0];
        list->stages[stage->inputs[k]].uses++;
    }
}

/* All its readers will be redirected, so it makes no use of its input. */
static void make_view(struct stage_list *list, struct stage *stage) {
    struct stage *input = &list->stages[stage->inputs[0]];
    stage->state = STAGE_VIEW;
    input->uses--;
    input->kept |= stage->kept;
}

static bool takes_affine(const struct stage *stage) {
    const struct layer *operation = stage->operation;
    return layer_is(operation, KIND_conv) || layer_is(operation, KIND_deconv) ||
           layer_is(operation, KIND_fc) || layer_is(operation, KIND_local) ||
           layer_is(operation, KIND_bn);
}

static void append_affine(struct stage_list *list, struct stage *stage, const struct layer *bn) {
    const struct layer **affine = arena_grow(list->arena, stage->affine, stage->affine_count,
                                             stage->affine_count + 1, sizeof *affine);
    affine[stage->affine_count++] = bn;
    stage->affine = affine;
}

static void fold_bn(struct stage_list *list, uint32_t i) {
    struct stage *stage = &list->stages[i];
    uint32_t p = stage->inputs[0];
    if (!list->plain && stage_private(list, p) && takes_affine(&list->stages[p]))
        stage_absorb(list, p, i);
    append_affine(list, stage, stage->layer);
}

/* All readers are redirected before the first bn asks whether it is the only one. */
void fold(struct stage_list *list) {
    for (uint32_t i = 1; i < list->count; i++) {
        struct stage *stage = &list->stages[i];
        if (stage->state == STAGE_UNUSED)
            continue;
        redirect_inputs(list, stage);
        if (changes_nothing(stage->layer))
            make_view(list, stage);
    }
    for (uint32_t i = 1; i < list->count; i++)
        if (list->stages[i].state == STAGE_STEP && layer_is(list->stages[i].layer, KIND_bn))
            fold_bn(list, i);
}
