/* The values of a plan's weights: read or made, folded, packed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/base/random.h"
#include "../../runtime/gemm/pack.h"
#include "../../runtime/weights/weights.h"
#include "../graph/lower.h"
#include "passes.h"

/* The tensor "<owner>.<suffix>" of a layer; data is the file's or own, or NULL. */
struct values {
    const float *data;
    float *own;
    uint64_t count;
};

struct filling {
    struct stage_list *list;
    struct plan *plan;
    const struct weights_source *source;
    struct text name;
    bool failed; /* no memory */
};

static const struct layer *owner_of(const struct filling *x, const struct layer *layer) {
    return layer->share ? x->list->graph->layers[layer->share] : layer;
}

static const char *tensor_name(struct filling *x, const struct layer *owner, const char *suffix) {
    x->name.length = 0;
    text_format(&x->name, "%s.%s", owner->name, suffix);
    x->failed |= x->name.failed;
    return x->name.failed ? "" : x->name.data;
}

/* compiler.h says the bounds. */
static void random_bounds(const struct layer *layer, const struct layer_tensor *tensor, double *low,
                          double *high) {
    bool bn = layer_is(layer, KIND_bn);
    bool scale = strcmp(tensor->suffix, "weight") == 0;
    *high = 0.1;
    if (layer_is(layer, KIND_prelu)) {
        *low = 0.1;
        *high = 0.4;
    } else if (bn && (scale || strcmp(tensor->suffix, "running_var") == 0)) {
        *low = 0.5;
        *high = 1.5;
    } else {
        if (scale) {
            double products = 1;
            int first = layer_is(layer, KIND_local) ? 3 : 1;
            for (int i = first; i < tensor->rank; i++)
                products *= (double)tensor->extent[i];
            if (layer_is(layer, KIND_deconv)) /* in x out/groups x kh x kw, over in/groups */
                products *= (double)tensor->extent[0] / (double)layer->own_out.channels;
            *high = sqrt(6 / products);
        }
        *low = -*high;
    }
}

static const struct layer_tensor *find_tensor(const struct layer *owner, const char *suffix) {
    for (int i = 0; i < owner->tensor_count; i++)
        if (strcmp(owner->tensors[i].suffix, suffix) == 0)
            return &owner->tensors[i];
    return NULL;
}

/* data is NULL when the layer has no such tensor, or memory ended (x->failed). */
static struct values get_values(struct filling *x, const struct layer *layer, const char *suffix) {
    const struct layer *owner = owner_of(x, layer);
    const struct layer_tensor *tensor = find_tensor(owner, suffix);
    struct values values = {0};
    if (!tensor || x->failed)
        return values;
    values.count = 1;
    for (int i = 0; i < tensor->rank; i++)
        values.count *= (uint64_t)tensor->extent[i]; /* counted by count.c, below 2^63 */
    const char *name = tensor_name(x, owner, suffix);
    if (x->source->file) {
        const struct tensor *found = weights_find(x->source->file, name);
        values.data = found ? found->data : NULL;
        return values;
    }
    double low, high;
    random_bounds(owner, tensor, &low, &high);
    values.data = values.own = malloc(values.count * sizeof *values.own);
    x->failed |= !values.own;
    if (values.own)
        random_fill(x->source->seed, name, 0, values.count, low, high, values.own);
    return values;
}

static void drop_values(struct values *values) {
    free(values->own);
    *values = (struct values){0};
}

/* ---- folding: y = x*scale + shift, for each channel ---- */

struct affine {
    double *scale, *shift;
};

static struct affine affine_new(struct filling *x, int64_t channels) {
    struct affine a = {arena_array(x->list->arena, (size_t)channels, sizeof(double)),
                       arena_array(x->list->arena, (size_t)channels, sizeof(double))};
    for (int64_t c = 0; c < channels; c++)
        a.scale[c] = 1;
    return a;
}

/* bn is (x - mean)/sqrt(var + eps)*weight + bias. */
static void apply_bn(struct filling *x, const struct layer *bn, struct affine *a) {
    struct values weight = get_values(x, bn, "weight"), bias = get_values(x, bn, "bias");
    struct values mean = get_values(x, bn, "running_mean"), var = get_values(x, bn, "running_var");
    double eps = ((const struct bn *)bn->settings)->eps;
    for (int64_t c = 0; !x->failed && c < bn->out.channels; c++) {
        double g = (double)weight.data[c] / sqrt((double)var.data[c] + eps);
        a->scale[c] *= g;
        a->shift[c] = (a->shift[c] - (double)mean.data[c]) * g + (double)bias.data[c];
    }
    drop_values(&weight);
    drop_values(&bias);
    drop_values(&mean);
    drop_values(&var);
}

static struct affine affine_of(struct filling *x, const struct stage *stage) {
    struct affine a = affine_new(x, stage->layer->out.channels);
    for (uint32_t i = 0; i < stage->affine_count; i++)
        apply_bn(x, stage->affine[i], &a);
    return a;
}

/* ---- packing ---- */

static float *range(struct filling *x, const struct plan_range *range) {
    return x->plan->own_weights + range->first;
}

/* [out][taps] times the scale of each out; the values themselves where there is none. */
static struct values scaled(struct filling *x, const struct stage *stage, struct values weights,
                            const struct affine *affine) {
    if (stage->affine_count == 0 || x->failed)
        return weights;
    struct values out = {.count = weights.count};
    out.data = out.own = malloc(weights.count * sizeof *out.own);
    x->failed |= !out.own;
    uint64_t channels = (uint64_t)stage->layer->out.channels, taps = weights.count / channels;
    for (uint64_t i = 0; out.own && i < weights.count; i++)
        out.own[i] = (float)((double)weights.data[i] * affine->scale[i / taps]);
    drop_values(&weights);
    return out;
}

/* bias*scale + shift, for each channel or position. */
static void fill_bias(struct filling *x, const struct stage *stage, const struct step *step,
                      const struct affine *affine) {
    const struct plan_range *to = &step->epilogue.bias;
    if (to->count == 0)
        return;
    struct values bias = get_values(x, stage->operation, "bias");
    uint64_t each = to->count / (uint64_t)stage->layer->out.channels;
    float *out = range(x, to);
    for (uint64_t i = 0; !x->failed && i < to->count; i++) {
        double value = bias.data ? (double)bias.data[i] : 0;
        out[i] = (float)(value * affine->scale[i / each] + affine->shift[i / each]);
    }
    drop_values(&bias);
}

static void fill_slope(struct filling *x, const struct stage *stage, const struct step *step) {
    const struct plan_range *to = &step->epilogue.slope;
    if (to->count == 0)
        return;
    struct values slope = get_values(x, stage->activation, "weight");
    if (slope.data)
        memcpy(range(x, to), slope.data, to->count * sizeof(float));
    drop_values(&slope);
}

/* [out][y][x][taps] to [y][x][taps][out, padded]. */
static void pack_local(const struct step *step, const float *weights, float *out) {
    int64_t channels = step->out.channels;
    int64_t places = (int64_t)step->out.height * step->out.width;
    int64_t taps =
        (int64_t)step->in[0].channels * step->as.local.kernel[0] * step->as.local.kernel[1];
    int64_t lanes = (channels + LOCAL_LANES - 1) / LOCAL_LANES * LOCAL_LANES;
    for (int64_t p = 0; p < places; p++)
        for (int64_t k = 0; k < taps; k++)
            for (int64_t c = 0; c < channels; c++)
                out[(p * taps + k) * lanes + c] = weights[(c * places + p) * taps + k];
}

static void fill_filters(struct filling *x, const struct stage *stage, const struct step *step,
                         const struct affine *affine) {
    struct values weights = get_values(x, stage->operation, "weight");
    weights = scaled(x, stage, weights, affine);
    float *out = range(x, &step->weights[0]);
    if (x->failed)
        ;
    else if (step->kind == STEP_gemm) {
        struct pack_shape shape = pack_shape_of(step, &x->list->tile);
        pack_filters(&shape, weights.data, out);
    } else if (step->kind == STEP_local) {
        pack_local(step, weights.data, out);
    } else {
        memcpy(out, weights.data, weights.count * sizeof(float));
    }
    drop_values(&weights);
}

/* The filters of one phase: [out][in of the group][cells of the phase] out of
 * [in][out of the group][kernel], see lower.h. */
static void gather_phase(const struct stage *stage, const struct step *step, const float *weights,
                         const struct affine *affine, float *out) {
    const struct layer *layer = stage->operation;
    const struct window *window = &layer->window;
    const struct step_gemm *g = &step->as.gemm;
    struct phase v = deconv_phase(g->out_start[0], window->kernel.height, window->stride.height,
                                  window->dilation.height, window->pad.top, layer->out.height);
    struct phase h = deconv_phase(g->out_start[1], window->kernel.width, window->stride.width,
                                  window->dilation.width, window->pad.left, layer->out.width);
    int64_t in = step->in[0].channels / g->groups, filters = step->out.channels / g->groups;
    for (int64_t m = 0; m < step->out.channels; m++) {
        for (int64_t c = 0; c < in; c++) {
            const float *kernel = weights + ((m / filters * in + c) * filters + m % filters) *
                                                window->kernel.height * window->kernel.width;
            for (int64_t i = 0; i < g->kernel[0]; i++)
                for (int64_t j = 0; j < g->kernel[1]; j++)
                    *out++ = (float)((double)kernel[phase_tap(&v, i) * window->kernel.width +
                                                    phase_tap(&h, j)] *
                                     affine->scale[m]);
        }
    }
}

static void fill_phases(struct filling *x, const struct stage *stage, const struct affine *affine) {
    struct values weights = get_values(x, stage->operation, "weight");
    float *phase = x->failed ? NULL : malloc(weights.count * sizeof *phase);
    x->failed |= !phase;
    for (uint32_t i = 0; phase && i < stage->step_count; i++) {
        const struct step *step = &x->plan->steps[stage->step + i];
        if (gemm_depth(step) == 0)
            continue;
        struct pack_shape shape = pack_shape_of(step, &x->list->tile);
        gather_phase(stage, step, weights.data, affine, phase);
        pack_filters(&shape, phase, range(x, &step->weights[0]));
    }
    free(phase);
    drop_values(&weights);
}

static void fill_affine(struct filling *x, const struct step *step, const struct affine *affine) {
    float *scale = range(x, &step->weights[0]), *shift = range(x, &step->weights[1]);
    for (int64_t c = 0; c < step->out.channels; c++) {
        scale[c] = (float)affine->scale[c];
        shift[c] = (float)affine->shift[c];
    }
}

/* A layer's tensors are packed: unless another layer takes them too, the file's pages go. */
static void drop_tensors(struct filling *x, const struct layer *layer) {
    const struct graph *graph = x->list->graph;
    if (!x->source->file || layer->share)
        return;
    for (uint32_t i = 1; i < graph->count; i++)
        if (graph->layers[i]->share && graph->layers[graph->layers[i]->share] == layer)
            return;
    for (int i = 0; i < layer->tensor_count; i++) {
        const char *name = tensor_name(x, layer, layer->tensors[i].suffix);
        struct tensor *tensor = weights_find(x->source->file, name);
        if (tensor && tensor->data)
            weights_drop(x->source->file, tensor);
    }
}

static void fill_stage(struct filling *x, const struct stage *stage) {
    if (stage->step_count == 0)
        return;
    const struct step *first = &x->plan->steps[stage->step];
    const struct step *last = first + stage->step_count - 1;
    if (first->kind == STEP_gemm || first->kind == STEP_depthwise || first->kind == STEP_local) {
        struct affine affine = affine_of(x, stage);
        if (layer_is(stage->operation, KIND_deconv))
            fill_phases(x, stage, &affine);
        else
            fill_filters(x, stage, first, &affine);
        fill_bias(x, stage, first, &affine);
    } else if (first->kind == STEP_affine) {
        struct affine affine = affine_of(x, stage);
        fill_affine(x, first, &affine);
    }
    fill_slope(x, stage, last);
    drop_tensors(x, stage->operation);
}

static void free_name(void *name) { text_free(name); }

enum status fill(struct stage_list *list, struct plan *plan, const struct weights_source *source) {
    struct filling *x = arena_alloc(list->arena, sizeof *x);
    *x = (struct filling){.list = list, .plan = plan, .source = source};
    arena_defer(list->arena, free_name, &x->name);
    for (uint32_t i = 1; i < list->count && !x->failed; i++)
        if (list->stages[i].state == STAGE_STEP)
            fill_stage(x, &list->stages[i]);
    return x->failed ? STATUS_MEMORY : STATUS_OK;
}
