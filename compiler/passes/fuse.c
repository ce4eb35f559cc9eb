/* What follows an operation, or stands before it, is done while its data are at hand:
 * y = activation(operation(x) + bias + residual). */
#include <string.h>

#include "../graph/layer.h"
#include "passes.h"

static bool is_filter(const struct layer *layer) {
    return layer_is(layer, KIND_conv) || layer_is(layer, KIND_deconv) || layer_is(layer, KIND_fc) ||
           layer_is(layer, KIND_local);
}

/* Its step has an epilogue (step_kind.epilogues) with room for what is asked. */
static bool has_epilogue(const struct stage *stage) {
    const struct layer *operation = stage->operation;
    return is_filter(operation) || layer_is(operation, KIND_bn) || layer_is(operation, KIND_add) ||
           layer_is(operation, KIND_mul);
}

static void fuse_activation(struct stage_list *list, uint32_t i) {
    struct stage *stage = &list->stages[i];
    uint32_t p = stage->inputs[0];
    const struct stage *before = &list->stages[p];
    if (!list->plain && stage_private(list, p) && has_epilogue(before) && !before->activation)
        stage_absorb(list, p, i);
    stage->activation = stage->layer;
}

/* Of the two inputs the later one takes the other as its residual: it runs anyway when both
 * are there. */
static void fuse_add(struct stage_list *list, uint32_t i) {
    struct stage *stage = &list->stages[i];
    if (stage->input_count != 2)
        return;
    uint32_t a = stage->inputs[0], b = stage->inputs[1];
    uint32_t order[2] = {a > b ? a : b, a > b ? b : a};
    for (int k = 0; k < 2; k++) {
        const struct stage *before = &list->stages[order[k]];
        if (!stage_private(list, order[k]) || before->activation ||
            !(is_filter(before->operation) || layer_is(before->operation, KIND_bn)) ||
            before->residual != STAGE_NONE)
            continue;
        stage_absorb(list, order[k], i);
        stage->residual = order[1 - k];
        return;
    }
}

/* Zeros around the input of a conv or local are pads of its own, also where a bn was folded. */
static void fuse_pad(struct stage_list *list, uint32_t i) {
    struct stage *stage = &list->stages[i];
    uint32_t p = stage->inputs[0];
    const struct stage *before = &list->stages[p];
    if (!stage_private(list, p) || !layer_is(before->operation, KIND_pad))
        return;
    const struct pad *pad = before->layer->settings;
    const struct sides *sides = &before->layer->window.pad;
    bool border = sides->top >= 0 && sides->bottom >= 0 && sides->left >= 0 && sides->right >= 0;
    bool zeros =
        pad->value == 0 || (!sides->top && !sides->bottom && !sides->left && !sides->right);
    if (!border || !zeros || pad->channels[0] || pad->channels[1])
        return;
    /* The other way about than stage_absorb: the earlier layer joins the later one's operation. */
    const struct layer **parts =
        arena_array(list->arena, stage->part_count + (size_t)1, sizeof *parts);
    parts[0] = before->layer;
    for (uint32_t k = 0; k < stage->part_count; k++)
        parts[k + 1] = stage->parts[k];
    stage->parts = parts;
    stage->part_count++;
    stage->pad = *sides;
    stage->inputs = before->inputs;
    struct stage *gone = &list->stages[p];
    gone->state = STAGE_FUSED;
    gone->into = i;
    gone->uses = 0;
}

/* A view makes no use of its input where nobody reads the view. A view of a view is one of what
 * that shows. */
static void make_flat(struct stage_list *list, struct stage *stage) {
    struct stage *input = &list->stages[stage->inputs[0]];
    if (input->state == STAGE_VIEW) {
        stage->inputs[0] = input->inputs[0];
        if (--input->uses > 0)
            list->stages[stage->inputs[0]].uses++;
        input = &list->stages[stage->inputs[0]];
    }
    stage->state = STAGE_VIEW;
    input->kept |= stage->kept;
    if (stage->uses == 0)
        input->uses--;
}

static void fuse_stage(struct stage_list *list, uint32_t i) {
    struct stage *stage = &list->stages[i];
    if (layer_is(stage->layer, KIND_flatten))
        make_flat(list, stage);
    else if (stage_is_activation(stage->layer))
        fuse_activation(list, i);
    else if (layer_is(stage->layer, KIND_add) && !list->plain)
        fuse_add(list, i);
    else if ((layer_is(stage->operation, KIND_conv) || layer_is(stage->operation, KIND_local)) &&
             !list->plain)
        fuse_pad(list, i);
}

/* An input of a concat is written to its place in it by whoever makes it, once: the first concat
 * that asks gets it. */
static void place_inputs(struct stage_list *list, uint32_t concat) {
    struct stage *stage = &list->stages[concat];
    uint64_t first = 0;
    for (uint32_t k = 0; k < stage->input_count; k++) {
        uint32_t input = stage->inputs[k];
        struct place place = stage_place(list, input);
        struct stage *root = &list->stages[place.root];
        if (root->in.root == STAGE_NONE && place.root != concat && place.first == 0 &&
            shape_floats(&root->layer->out) == shape_floats(&list->stages[input].layer->out))
            root->in = (struct place){.root = concat, .first = first};
        first += shape_floats(&list->stages[input].layer->out);
    }
}

void fuse(struct stage_list *list) {
    for (uint32_t i = 1; i < list->count; i++)
        if (list->stages[i].state == STAGE_STEP)
            fuse_stage(list, i);
    for (uint32_t i = 1; i < list->count && !list->plain; i++)
        if (list->stages[i].state == STAGE_STEP && layer_is(list->stages[i].operation, KIND_concat))
            place_inputs(list, i);
}
