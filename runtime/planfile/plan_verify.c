/* What a plan must hold before any kernel sees it. Files are not trusted: whatever they say, a
 * verified plan runs within its memory. */
#include <stdlib.h>

#include "../gemm/microkernel.h"
#include "../gemm/pack.h"
#include "../plan/plan_fields.h"
#include "../steps/step.h"
#include "lifetimes.h"

#define MOST_ELEMENTS ((uint64_t)1 << 31)

/* ---- views and ranges ---- */

static bool view_valid(const struct plan *plan, const struct plan_view *view) {
    if (view->buffer >= plan->buffer_count || plan_fields_fault(plan, &plan_view_fields, view))
        return false;
    uint64_t plane = (uint64_t)view->height * (uint64_t)view->width, size;
    if (__builtin_mul_overflow(plane, (uint64_t)view->channels, &size) || size > MOST_ELEMENTS)
        return false;
    uint64_t room = plan->buffers[view->buffer].size;
    return view->first <= room && size <= room - view->first;
}

static bool range_valid(const struct plan *plan, const struct plan_range *range) {
    uint64_t all = plan->head.weights;
    return range->count == 0 || (range->first % PLAN_ALIGN == 0 && range->first <= all &&
                                 range->count <= all - range->first);
}

/* Of two that overlap. */
static bool same_view(const struct plan_view *a, const struct plan_view *b) {
    return a->first == b->first && a->channels == b->channels && a->height == b->height &&
           a->width == b->width;
}

static bool same_shape(const struct plan_view *a, const struct plan_view *b) {
    return a->channels == b->channels && a->height == b->height && a->width == b->width;
}

static bool overlap(const struct plan_view *a, const struct plan_view *b) {
    return a->buffer == b->buffer && a->first < b->first + plan_view_size(b) &&
           b->first < a->first + plan_view_size(a);
}

/* ---- the tables ---- */

static bool count_valid(uint32_t count) { return count == 0 || count == 1 || count == 3; }

static const char *head_fault(const struct plan *plan) {
    const struct plan_head *head = &plan->head;
    if (plan->step_count > PLAN_STEPS)
        return "it has more than 2^18 steps";
    if (plan->string_bytes == 0 || plan->strings[plan->string_bytes - 1] != '\0')
        return "its strings do not end";
    if (!count_valid(head->image.mean_count) || !count_valid(head->image.std_count))
        return "its mean or its std has neither 1 nor 3 numbers";
    size_t at = 0;
    while (at < plan->string_bytes) {
        uint32_t code;
        size_t bytes = text_utf8(plan->strings + at, plan->string_bytes - at, &code);
        if (bytes == 0)
            return "its strings are not UTF-8";
        at += bytes;
    }
    return plan_fields_fault(plan, &plan_head_fields, head);
}

static const char *buffers_fault(const struct plan *plan) {
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct plan_buffer *b = &plan->buffers[i];
        if (b->offset % PLAN_ALIGN || b->size % PLAN_ALIGN || b->offset > plan->head.arena ||
            b->size > plan->head.arena - b->offset)
            return "a buffer is not within the arena";
    }
    return view_valid(plan, &plan->head.input) ? NULL : "its input is not within a buffer";
}

static const char *epilogue_fault(const struct plan *plan, const struct step *step) {
    const struct plan_epilogue *e = &step->epilogue;
    uint64_t channels = (uint64_t)step->out.channels, all = plan_view_size(&step->out);
    bool residual = e->residual.buffer != PLAN_NONE;
    const uint64_t wanted[] = {
        [BIAS_KIND_NONE] = 0, [BIAS_KIND_CHANNEL] = channels, [BIAS_KIND_POSITION] = all};
    if (!range_valid(plan, &e->bias) || !range_valid(plan, &e->slope) ||
        e->bias.count != wanted[e->bias_kind] ||
        e->slope.count != (e->activation == ACTIVATION_prelu ? channels : 0))
        return "its bias or slopes are not as many as its channels";
    if (residual && (!view_valid(plan, &e->residual) || !same_shape(&e->residual, &step->out)))
        return "its residual has not its output's shape";
    if (residual && overlap(&e->residual, &step->out) && !same_view(&e->residual, &step->out))
        return "its residual overlaps its output";
    if (e->activation == ACTIVATION_clip && !(e->a <= e->b))
        return "its clip has no values";
    bool empty = !e->bias_kind && !residual && !e->activation;
    return empty || step_kinds[step->kind]->epilogues ? NULL : "it has no epilogue";
}

static const char *any_step_fault(const struct plan *plan, const struct step *step) {
    const char *fault = plan_fields_fault(plan, &plan_step_fields, step);
    if (fault)
        return fault;
    const struct step_kind *kind = step_kinds[step->kind];
    bool joins = step->kind == STEP_add || step->kind == STEP_mul;
    if (step->input_count != (joins ? 2 : 1))
        return "it has the wrong number of inputs";
    if (!view_valid(plan, &step->out))
        return "its output is not within a buffer";
    for (uint32_t i = 0; i < step->input_count; i++) {
        if (!view_valid(plan, &step->in[i]))
            return "an input is not within a buffer";
        bool same = kind->in_place && same_view(&step->in[i], &step->out);
        if (overlap(&step->in[i], &step->out) && !same)
            return "it overwrites what it reads";
    }
    if (!range_valid(plan, &step->weights[0]) || !range_valid(plan, &step->weights[1]))
        return "its weights are out of range";
    fault = epilogue_fault(plan, step);
    return fault ? fault : step_fault(plan, step);
}

/* ---- weights ---- */

/* Who takes a range, and whether as the packed filters of a gemm. */
struct use {
    struct plan_range range;
    uint32_t step;
    bool packed;
};

static int compare_uses(const void *left, const void *right) {
    const struct use *a = left, *b = right;
    return (a->range.first > b->range.first) - (a->range.first < b->range.first);
}

static bool same_use(const struct plan *plan, const struct use *a, const struct use *b) {
    if (a->range.first != b->range.first || a->range.count != b->range.count ||
        a->packed != b->packed)
        return false;
    if (!a->packed)
        return true;
    struct pack_shape x = pack_shape_of(&plan->steps[a->step], &plan->head.tile);
    struct pack_shape y = pack_shape_of(&plan->steps[b->step], &plan->head.tile);
    return x.groups == y.groups && x.filters == y.filters && x.depth == y.depth && x.cut == y.cut &&
           x.side == y.side;
}

/* Layers that share weights share whole ranges and lay them out alike, so that each range can be
 * packed anew. */
static const char *weights_fault(struct plan *plan) {
    struct use *uses = arena_array(&plan->arena, (size_t)plan->step_count * 4, sizeof *uses);
    size_t count = 0;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        const struct plan_range ranges[] = {step->weights[0], step->weights[1], step->epilogue.bias,
                                            step->epilogue.slope};
        for (size_t k = 0; k < 4; k++)
            if (ranges[k].count > 0)
                uses[count++] = (struct use){ranges[k], i, k == 0 && step->kind == STEP_gemm};
    }
    qsort(uses, count, sizeof *uses, compare_uses);
    for (size_t i = 1; i < count; i++) {
        const struct use *before = &uses[i - 1];
        if (before->range.first + before->range.count > uses[i].range.first &&
            !same_use(plan, before, &uses[i]))
            return arena_format(&plan->arena, "the weights of steps %u and %u overlap",
                                before->step, uses[i].step);
    }
    return NULL;
}

/* ---- layers and outputs ---- */

static const char *names_fault(struct plan *plan) {
    for (uint32_t i = 0; i < plan->layer_count; i++) {
        const struct plan_layer *layer = &plan->layers[i];
        const char *fault = plan_fields_fault(plan, &plan_layer_fields, layer);
        if (!fault && layer->step != PLAN_NONE && layer->step >= plan->step_count)
            fault = "its step does not exist";
        if (!fault && layer->kept && !view_valid(plan, &layer->view))
            fault = "it is not within a buffer";
        if (fault)
            return arena_format(&plan->arena, "layer %u: %s", i, fault);
    }
    for (uint32_t i = 0; i < plan->output_count; i++) {
        const struct plan_output *output = &plan->outputs[i];
        const char *fault = plan_fields_fault(plan, &plan_output_fields, output);
        if (!fault && !view_valid(plan, &output->view))
            fault = "it is not within a buffer";
        if (fault)
            return arena_format(&plan->arena, "output %u: %s", i, fault);
    }
    return plan->output_count > 0 ? NULL : "it has no output";
}

const char *plan_verify(struct plan *plan) {
    const char *fault = head_fault(plan);
    if (!fault)
        fault = buffers_fault(plan);
    for (uint32_t i = 0; !fault && i < plan->step_count; i++) {
        const char *what = any_step_fault(plan, &plan->steps[i]);
        if (what)
            fault = arena_format(&plan->arena, "step %u: %s", i, what);
    }
    if (!fault)
        fault = names_fault(plan);
    if (!fault)
        fault = weights_fault(plan);
    return fault ? fault : lifetimes_fault(plan);
}
