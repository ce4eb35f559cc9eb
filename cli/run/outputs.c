#include "outputs.h"

#include <stdlib.h>
#include <string.h>

#include "../terminal/message.h"

static struct record_output *add_output(const struct plan *plan, struct outputs *outputs,
                                        uint32_t name, bool vector, const struct plan_view *view) {
    outputs->all[outputs->count] =
        (struct record_output){.name = plan_string(plan, name), .vector = vector, .view = *view};
    return &outputs->all[outputs->count++];
}

/* ---- a layer ---- */

static enum status not_kept(const struct plan *plan, const struct plan_layer *layer,
                            const char *name) {
    if (layer->step == PLAN_NONE)
        return message_usage("run", NULL,
                             "--output: no output of this plan needs '%s'; expected another layer, "
                             "or 'cnnc compile --output %s'",
                             name, name);
    const struct step *step = &plan->steps[layer->step];
    return message_usage("run", NULL,
                         "--output: '%s' has no values of its own, one step does %s, %s; "
                         "expected another layer, or 'cnnc compile --output %s'",
                         name, plan_string(plan, step->name), plan_string(plan, step->fused), name);
}

/* A layer of a compiled plan can be read where the plan keeps it. */
static enum status watch_layer(const struct model *model, struct run *run, const char *name,
                               struct outputs *outputs) {
    const struct plan *plan = model->plan;
    uint32_t i;
    if (!model_layer(model, name, &i))
        return model_no_layer(model, "run", "--output: ", name);
    const struct plan_layer *layer = &plan->layers[i];
    if (!layer->kept)
        return not_kept(plan, layer, name);
    outputs->watched = true;
    add_output(plan, outputs, layer->name, layer->vector != 0, &layer->view);
    if (run_watch(run, i) != STATUS_OK)
        return message_file(STATUS_MEMORY, model->title,
                            "out of memory; expected room for a layer");
    return STATUS_OK;
}

/* ---- outputs ---- */

static bool makes_probabilities(const struct step *step) {
    return step->kind == STEP_softmax || step->epilogue.activation == ACTIVATION_sigmoid ||
           step->epilogue.activation == ACTIVATION_hardsigmoid;
}

/* By the step that completes it. */
static bool is_logits(const struct model *model, const char *name) {
    uint32_t i;
    uint32_t step = model_layer(model, name, &i) ? model->plan->layers[i].step : PLAN_NONE;
    return step == PLAN_NONE || !makes_probabilities(&model->plan->steps[step]);
}

enum status outputs_find(const struct model *model, struct run *run, const struct request *request,
                         struct outputs *outputs) {
    const struct plan *plan = model->plan;
    const char *name = request->output_count ? request->outputs[0] : NULL;
    bool all = !name || model->compilation; /* a spec was planned for what is asked */
    outputs->all = calloc((size_t)plan->output_count + 1, sizeof *outputs->all);
    if (!outputs->all)
        return message(STATUS_MEMORY, "out of memory; expected room for the outputs");
    for (uint32_t i = 0; i < plan->output_count; i++) {
        const struct plan_output *output = &plan->outputs[i];
        const char *own = plan_string(plan, output->name);
        if (!all && strcmp(own, name) != 0)
            continue;
        outputs->first = outputs->count ? outputs->first : i;
        add_output(plan, outputs, output->name, output->vector != 0, &output->view)->logits =
            !name && !request->raw && is_logits(model, own);
    }
    return outputs->count > 0 ? STATUS_OK : watch_layer(model, run, name, outputs);
}

void outputs_free(struct outputs *outputs) { free(outputs->all); }

enum status outputs_check_single(const struct outputs *outputs) {
    if (outputs->count == 1)
        return STATUS_OK;
    return message_usage("run", NULL,
                         "--format npy: the network has %zu outputs; expected --output LAYER",
                         outputs->count);
}

void outputs_point(struct outputs *outputs, const struct run *run, size_t n) {
    for (size_t k = 0; k < outputs->count; k++)
        outputs->all[k].values =
            outputs->watched ? run_layer(run, n) : run_output(run, outputs->first + (uint32_t)k, n);
}
