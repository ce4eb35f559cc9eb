#include <inttypes.h>

#include "../graph/layer.h"
#include "../graph/stage.h"
#include "passes.h"

static const char *name_of(const struct stage_list *list, uint32_t i) {
    return list->stages[i].layer->name;
}

static void print_shape(const struct shape *shape, struct text *out) {
    text_format(out, "%" PRId64, shape->channels);
    if (!shape->vector)
        text_format(out, "x%" PRId64 "x%" PRId64, shape->height, shape->width);
}

/* "conv1 + bn1 + relu1: conv 64x112x112 <- input" */
static void print_work(const struct stage_list *list, const struct stage *stage, struct text *out) {
    text_add(out, stage->operation->name);
    for (uint32_t k = 0; k < stage->part_count; k++)
        text_format(out, " + %s", stage->parts[k]->name);
    text_format(out, ": %s ", stage->operation->kind->name);
    print_shape(&stage->layer->out, out);
    text_add(out, " <-");
    for (uint32_t k = 0; k < stage->input_count; k++)
        text_format(out, " %s", name_of(list, stage->inputs[k]));
    if (stage->residual != STAGE_NONE)
        text_format(out, " + %s", name_of(list, stage->residual));
    const struct sides *pad = &stage->pad;
    if (pad->top || pad->bottom || pad->left || pad->right)
        text_format(out, ", pad %" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64, pad->top,
                    pad->bottom, pad->left, pad->right);
    if (stage->in.root != STAGE_NONE)
        text_format(out, ", into %s at %" PRIu64, name_of(list, stage->in.root), stage->in.first);
}

static void print_algorithm(const struct stage *stage, struct text *out) {
    if (stage->algorithm == ALGORITHM_NONE)
        return;
    text_format(out, "; %s", algorithm_names[stage->algorithm]);
    if (stage->algorithm == ALGORITHM_GEMM_1X1 || stage->algorithm == ALGORITHM_IMPLICIT_GEMM)
        text_format(out, ", %s wide, K cut %" PRId32,
                    stage->order == GEMM_FILTERS_WIDE ? "filters" : "pixels", stage->cut);
}

static void print_buffer(const struct stage_list *list, uint32_t i, struct text *out) {
    const struct stage *stage = &list->stages[i];
    struct place place = stage_place(list, i);
    const struct stage *root = &list->stages[place.root];
    text_format(out, "; buffer %" PRIu32, root->buffer);
    if (place.first)
        text_format(out, " from %" PRIu64, place.first);
    if (stage->shares != STAGE_NONE)
        text_add(out, ", in place");
    else if (place.root == i)
        text_format(out, " at %" PRIu64 ", live %s to %s", list->buffers[root->buffer].offset,
                    name_of(list, root->first),
                    root->last < list->count ? name_of(list, root->last) : "end");
}

void stage_print(const struct stage_list *list, int pass, struct text *out) {
    for (uint32_t i = 0; i < list->count; i++) {
        const struct stage *stage = &list->stages[i];
        if (stage->state == STAGE_VIEW)
            text_format(out, "%s: view of %s", name_of(list, i), name_of(list, stage->inputs[0]));
        else if (stage->state == STAGE_UNUSED)
            text_format(out, "%s: not needed", name_of(list, i));
        else if (stage->state == STAGE_STEP)
            print_work(list, stage, out);
        else
            continue;
        if (pass >= PASS_CHOOSE)
            print_algorithm(stage, out);
        if (pass >= PASS_MEMPLAN && stage->state == STAGE_STEP)
            print_buffer(list, i, out);
        if (stage->kept)
            text_add(out, "; kept");
        text_add(out, "\n");
    }
}
