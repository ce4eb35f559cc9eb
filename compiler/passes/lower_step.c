/* What each kind's steps are told. */
#include "../graph/lower.h"

#include <inttypes.h>

#include "../../runtime/gemm/pack.h"

static int32_t narrow(int64_t value) { return (int32_t)value; /* LIMIT_WINDOW, LIMIT_DIMENSION */ }

static void set_pair(int32_t out[2], const struct pair *pair) {
    out[0] = narrow(pair->height);
    out[1] = narrow(pair->width);
}

/* ---- epilogues ---- */

static void set_activation(struct lowering *x, const struct layer *layer,
                           struct plan_epilogue *epilogue, int64_t channels) {
    static const struct {
        enum kind_id kind;
        enum activation activation;
    } same[] = {
        {KIND_relu, ACTIVATION_relu},
        {KIND_sigmoid, ACTIVATION_sigmoid},
        {KIND_tanh, ACTIVATION_tanh},
        {KIND_silu, ACTIVATION_silu},
        {KIND_hardsigmoid, ACTIVATION_hardsigmoid},
        {KIND_hardswish, ACTIVATION_hardswish},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (layer_is(layer, same[i].kind))
            epilogue->activation = same[i].activation;
    if (layer_is(layer, KIND_relu6)) {
        epilogue->activation = ACTIVATION_clip;
        epilogue->b = 6;
    } else if (layer_is(layer, KIND_clip)) {
        const struct clip *clip = layer->settings;
        epilogue->activation = ACTIVATION_clip;
        epilogue->a = (float)clip->min;
        epilogue->b = (float)clip->max;
    } else if (layer_is(layer, KIND_leaky_relu)) {
        epilogue->activation = ACTIVATION_leaky_relu;
        epilogue->a = (float)((const struct leaky_relu *)layer->settings)->slope;
    } else if (layer_is(layer, KIND_elu)) {
        epilogue->activation = ACTIVATION_elu;
        epilogue->a = (float)((const struct elu *)layer->settings)->alpha;
    } else if (layer_is(layer, KIND_prelu)) {
        epilogue->activation = ACTIVATION_prelu;
        epilogue->slope = lower_range(x, (uint64_t)channels);
    }
}

static void set_ending(struct lowering *x, const struct stage *stage,
                       struct plan_epilogue *epilogue) {
    if (stage->residual != STAGE_NONE)
        epilogue->residual = lower_view(x, stage->residual);
    if (stage->activation)
        set_activation(x, stage->activation, epilogue, stage->layer->out.channels);
}

/* The bias tensor of the layer whose weights the operation takes, or NULL. */
static const struct layer_tensor *bias_of(const struct lowering *x, const struct layer *layer) {
    const struct layer *owner = layer->share ? x->list->graph->layers[layer->share] : layer;
    return owner->tensor_count > 1 ? &owner->tensors[1] : NULL;
}

static void set_bias(struct lowering *x, const struct stage *stage,
                     struct plan_epilogue *epilogue) {
    const struct layer_tensor *bias = bias_of(x, stage->operation);
    const struct shape *out = &stage->layer->out;
    if (!bias && stage->affine_count == 0)
        return;
    bool position = bias && bias->rank > 1;
    epilogue->bias_kind = position ? BIAS_KIND_POSITION : BIAS_KIND_CHANNEL;
    epilogue->bias = lower_range(x, position ? shape_floats(out) : (uint64_t)out->channels);
}

/* ---- filters ---- */

static struct plan_range filter_range(struct lowering *x, const struct step *step) {
    struct pack_shape shape = pack_shape_of(step, &x->list->tile);
    uint64_t floats;
    if (!pack_size(&shape, &floats)) {
        x->failed = true;
        floats = 0;
    }
    return lower_range(x, floats);
}

/* A layer with `share:` takes the packed weights of an earlier step that has the same. */
static const struct step *find_shared(const struct lowering *x, const struct stage *stage) {
    uint32_t owner = stage->operation->share;
    if (!owner || stage->affine_count)
        return NULL;
    for (const struct stage *other = x->list->stages + 1; other < stage; other++) {
        const struct layer *layer = other->operation;
        bool same = layer == x->list->graph->layers[owner] || layer->share == owner;
        if (other->state == STAGE_STEP && same && other->affine_count == 0 &&
            other->order == stage->order && other->algorithm == stage->algorithm)
            return &x->plan->steps[other->step];
    }
    return NULL;
}

static void set_filters(struct lowering *x, const struct stage *stage, struct step *step,
                        uint64_t floats) {
    const struct step *shared = find_shared(x, stage);
    if (shared) {
        step->weights[0] = shared->weights[0];
        step->epilogue.bias = shared->epilogue.bias;
        step->epilogue.bias_kind = shared->epilogue.bias_kind;
        return;
    }
    step->weights[0] = step->kind == STEP_gemm ? filter_range(x, step) : lower_range(x, floats);
    set_bias(x, stage, &step->epilogue);
}

static void lower_conv(struct lowering *x, const struct stage *stage) {
    const struct layer *layer = stage->operation;
    const struct window *window = &layer->window;
    bool depthwise = stage->algorithm == ALGORITHM_DEPTHWISE;
    struct step *step = lower_add_step(x, stage, depthwise ? STEP_depthwise : STEP_gemm);
    int32_t pad[2] = {narrow(window->pad.top + stage->pad.top),
                      narrow(window->pad.left + stage->pad.left)};
    if (depthwise) {
        struct step_depthwise *d = &step->as.depthwise;
        set_pair(d->kernel, &window->kernel);
        set_pair(d->stride, &window->stride);
        set_pair(d->dilation, &window->dilation);
        d->pad[0] = pad[0];
        d->pad[1] = pad[1];
        d->multiplier = step->out.channels / step->in[0].channels;
    } else {
        struct step_gemm *g = &step->as.gemm;
        bool conv = layer_is(layer, KIND_conv);
        struct pair one = {1, 1};
        set_pair(g->kernel, &window->kernel);
        set_pair(g->stride, conv ? &window->stride : &one);
        set_pair(g->dilation, conv ? &window->dilation : &one);
        g->pad[0] = pad[0];
        g->pad[1] = pad[1];
        g->map[0] = step->out.height;
        g->map[1] = step->out.width;
        g->out_step[0] = g->out_step[1] = 1;
        g->groups = conv ? narrow(conv_groups(layer->settings, step->in[0].channels)) : 1;
        g->order = (int32_t)stage->order;
        g->cut = stage->cut;
    }
    uint64_t taps = (uint64_t)(window->kernel.height * window->kernel.width);
    set_filters(x, stage, step, (uint64_t)step->out.channels * taps);
    set_ending(x, stage, &step->epilogue);
}

static void lower_local(struct lowering *x, const struct stage *stage) {
    const struct window *window = &stage->operation->window;
    struct step *step = lower_add_step(x, stage, STEP_local);
    set_pair(step->as.local.kernel, &window->kernel);
    set_pair(step->as.local.stride, &window->stride);
    step->as.local.pad[0] = narrow(window->pad.top + stage->pad.top);
    step->as.local.pad[1] = narrow(window->pad.left + stage->pad.left);
    uint64_t lanes = ((uint64_t)step->out.channels + LOCAL_LANES - 1) / LOCAL_LANES * LOCAL_LANES;
    uint64_t taps = (uint64_t)(step->in[0].channels * window->kernel.height * window->kernel.width);
    uint64_t floats = (uint64_t)step->out.height * (uint64_t)step->out.width;
    if (__builtin_mul_overflow(floats, taps, &floats) ||
        __builtin_mul_overflow(floats, lanes, &floats))
        x->failed = true;
    set_filters(x, stage, step, floats);
    set_ending(x, stage, &step->epilogue);
}

/* ---- transposed convolution ---- */

static int64_t common_divisor(int64_t a, int64_t b) {
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

struct phase deconv_phase(int64_t phase, int64_t kernel, int64_t stride, int64_t dilation,
                          int64_t pad, int64_t out) {
    struct phase p = {.dilation = 1, .gap = stride / common_divisor(stride, dilation)};
    p.map = phase < out ? (out - phase + stride - 1) / stride : 0;
    int64_t first = -1;
    for (int64_t a = 0; a < kernel && a < p.gap; a++)
        if ((phase + pad - a * dilation) % stride == 0)
            first = a;
    if (first < 0)
        return p;
    p.first = first;
    p.taps = (kernel - 1 - first) / p.gap + 1;
    p.dilation = dilation * p.gap / stride;
    p.pad = (phase_tap(&p, 0) * dilation - phase - pad) / stride;
    return p;
}

static void lower_deconv(struct lowering *x, const struct stage *stage) {
    const struct layer *layer = stage->operation;
    const struct window *window = &layer->window;
    const struct pair *stride = &window->stride;
    const struct shape *out = &layer->out;
    int64_t rows = stride->height < out->height ? stride->height : out->height;
    int64_t columns = stride->width < out->width ? stride->width : out->width;
    if (rows * columns > LIMIT_PHASES) {
        diag_error(x->diag, layer->at, "limit-stride",
                   "stride %" PRId64 "x%" PRId64 " of %s is too large to run; at most %d "
                   "positions of the stride are",
                   stride->height, stride->width, layer->name, LIMIT_PHASES);
        x->failed = true;
        return;
    }
    struct plan_epilogue ending = {.residual = {.buffer = PLAN_NONE}};
    set_bias(x, stage, &ending);
    set_ending(x, stage, &ending);
    for (int64_t i = 0; i < rows * columns; i++) {
        struct phase v = deconv_phase(i / columns, window->kernel.height, stride->height,
                                      window->dilation.height, window->pad.top, out->height);
        struct phase h = deconv_phase(i % columns, window->kernel.width, stride->width,
                                      window->dilation.width, window->pad.left, out->width);
        struct step *step = lower_add_step(x, stage, STEP_gemm);
        bool empty = v.taps == 0 || h.taps == 0;
        step->as.gemm = (struct step_gemm){
            .kernel = {empty ? 0 : narrow(v.taps), empty ? 0 : narrow(h.taps)},
            .stride = {1, 1},
            .dilation = {narrow(v.dilation), narrow(h.dilation)},
            .pad = {narrow(v.pad), narrow(h.pad)},
            .map = {narrow(v.map), narrow(h.map)},
            .out_start = {narrow(i / columns), narrow(i % columns)},
            .out_step = {narrow(stride->height), narrow(stride->width)},
            .groups = narrow(conv_groups(layer->settings, step->in[0].channels)),
            .order = (int32_t)stage->order,
        };
        step->as.gemm.cut = pack_cut(gemm_depth(step), x->list->depth);
        step->weights[0] = filter_range(x, step);
        step->epilogue = ending;
    }
}

/* ---- the rest ---- */

static void lower_pool(struct lowering *x, const struct stage *stage) {
    const struct pool *pool = stage->operation->settings;
    const struct window *window = &stage->operation->window;
    struct step_pool *p = &lower_add_step(x, stage, STEP_pool)->as.pool;
    static const int32_t kinds[] = {
        [POOL_MAX] = POOL_KIND_MAX, [POOL_AVERAGE] = POOL_KIND_AVERAGE, [POOL_L2] = POOL_KIND_L2};
    set_pair(p->kernel, &window->kernel);
    set_pair(p->stride, &window->stride);
    if (pool->global)
        p->stride[0] = p->stride[1] = 1;
    p->pad[0] = narrow(window->pad.top);
    p->pad[1] = narrow(window->pad.bottom);
    p->pad[2] = narrow(window->pad.left);
    p->pad[3] = narrow(window->pad.right);
    p->kind = kinds[pool->type];
    p->count_pad = pool->count_pad;
}

static void lower_lrn(struct lowering *x, const struct stage *stage) {
    const struct lrn *lrn = stage->operation->settings;
    lower_add_step(x, stage, STEP_lrn)->as.lrn = (struct step_lrn){
        .size = narrow(lrn->size),
        .within = lrn->across == LRN_WITHIN,
        .alpha = (float)lrn->alpha,
        .beta = (float)lrn->beta,
        .k = (float)lrn->k,
    };
}

static void lower_affine(struct lowering *x, const struct stage *stage) {
    struct step *step = lower_add_step(x, stage, STEP_affine);
    step->weights[0] = lower_range(x, (uint64_t)step->out.channels);
    step->weights[1] = lower_range(x, (uint64_t)step->out.channels);
    set_ending(x, stage, &step->epilogue);
}

/* ((a + b) + c) + ...: the first two into the result, the others onto it. One that has the result's
 * shape stands first, and the one that is overwritten. */
static void lower_join(struct lowering *x, const struct stage *stage, enum step_kind_id kind) {
    uint32_t *inputs = stage->inputs, leader = 0;
    const struct stage *stages = x->list->stages;
    uint64_t floats = shape_floats(&stage->layer->out);
    for (uint32_t k = stage->input_count; k-- > 0;) {
        bool whole = shape_floats(&stages[inputs[k]].layer->out) == floats;
        bool overwritten =
            stage->shares != STAGE_NONE &&
            stage_place(x->list, inputs[k]).root == stage_place(x->list, stage->shares).root;
        if (whole && (overwritten || stage->shares == STAGE_NONE))
            leader = k;
    }
    uint32_t first = inputs[leader];
    inputs[leader] = inputs[0];
    inputs[0] = first;
    for (uint32_t k = 1; k < stage->input_count; k++) {
        struct step *step = lower_add_step(x, stage, kind);
        step->input_count = 2;
        if (k > 1)
            step->in[0] = step->out;
        step->in[1] = lower_view(x, inputs[k]);
        if (k + 1 == stage->input_count)
            set_ending(x, stage, &step->epilogue);
    }
}

/* Copies those inputs that nobody writes to their place. */
static void lower_concat(struct lowering *x, const struct stage *stage) {
    uint32_t i = (uint32_t)(stage - x->list->stages);
    struct plan_view out = lower_view(x, i);
    struct place place = stage_place(x->list, i);
    uint64_t first = place.first;
    for (uint32_t k = 0; k < stage->input_count; k++) {
        struct plan_view in = lower_view(x, stage->inputs[k]);
        struct place at = stage_place(x->list, stage->inputs[k]);
        if (at.root != place.root || at.first != first) {
            struct step *step = lower_add_step(x, stage, STEP_pad);
            step->in[0] = step->out = in;
            step->out.buffer = out.buffer;
            step->out.first = first;
        }
        first += plan_view_size(&in);
    }
}

static void lower_pad(struct lowering *x, const struct stage *stage) {
    const struct pad *pad = stage->operation->settings;
    const struct sides *sides = &stage->operation->window.pad;
    lower_add_step(x, stage, STEP_pad)->as.pad = (struct step_pad){
        .top = narrow(sides->top),
        .left = narrow(sides->left),
        .before = narrow(pad->channels[0]),
        .value = (float)pad->value,
    };
}

static void lower_upsample(struct lowering *x, const struct stage *stage) {
    const struct upsample *upsample = stage->operation->settings;
    lower_add_step(x, stage, STEP_upsample)->as.upsample = (struct step_upsample){
        .scale = narrow(upsample->scale),
        .kind = upsample->mode == UPSAMPLE_NEAREST ? UPSAMPLE_KIND_NEAREST : UPSAMPLE_KIND_BILINEAR,
    };
}

static void lower_shuffle(struct lowering *x, const struct stage *stage) {
    lower_add_step(x, stage, STEP_shuffle)->as.shuffle.groups =
        narrow(((const struct shuffle *)stage->operation->settings)->groups);
}

void lower_stage(struct lowering *x, uint32_t i) {
    const struct stage *stage = &x->list->stages[i];
    const struct layer *operation = stage->operation;
    if (layer_is(operation, KIND_conv) || layer_is(operation, KIND_fc))
        lower_conv(x, stage);
    else if (layer_is(operation, KIND_deconv))
        lower_deconv(x, stage);
    else if (layer_is(operation, KIND_local))
        lower_local(x, stage);
    else if (layer_is(operation, KIND_pool))
        lower_pool(x, stage);
    else if (layer_is(operation, KIND_lrn))
        lower_lrn(x, stage);
    else if (layer_is(operation, KIND_bn))
        lower_affine(x, stage);
    else if (stage_is_activation(operation))
        set_ending(x, stage, &lower_add_step(x, stage, STEP_activate)->epilogue);
    else if (layer_is(operation, KIND_softmax))
        lower_add_step(x, stage, STEP_softmax);
    else if (layer_is(operation, KIND_upsample))
        lower_upsample(x, stage);
    else if (layer_is(operation, KIND_shuffle))
        lower_shuffle(x, stage);
    else if (layer_is(operation, KIND_pad))
        lower_pad(x, stage);
    else if (layer_is(operation, KIND_add))
        lower_join(x, stage, STEP_add);
    else if (layer_is(operation, KIND_mul))
        lower_join(x, stage, STEP_mul);
    else if (layer_is(operation, KIND_concat))
        lower_concat(x, stage);
}
