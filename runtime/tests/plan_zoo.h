/* Small plans by hand, one for each kind of step and each way to use it. Of each, step 0 makes
 * "other" from the input, step 1 is what the plan is of, and reads one or both. */
#ifndef CNNC_PLAN_ZOO_H
#define CNNC_PLAN_ZOO_H

#include <stdlib.h>
#include <string.h>

#include "../base/random.h"
#include "../gemm/pack.h"
#include "../steps/step.h"

struct zoo {
    const char *name;
    int32_t in[3], other[3], out[3];          /* other: 1 x 1 x 1 unless it is said */
    bool in_place, residual, chained, shared; /* chained: reads other alone; shared: its weights */
    uint64_t weights[2];                      /* but for gemm */
    struct step step;                         /* kind, parameters, the epilogue's kinds */
};

#define ZOO_CONV(size, step, count, taps, ...)                                                     \
    {                                                                                              \
        .kernel = {(size), (size)}, .stride = {(step), (step)}, .dilation = {1, 1},                \
        .out_step = {1, 1}, .groups = (count), .cut = (taps), __VA_ARGS__                          \
    }

static const struct zoo zoo[] = {
    {.name = "conv",
     .in = {3, 7, 6},
     .other = {5, 5, 4},
     .out = {5, 5, 4},
     .residual = true,
     .step = {.kind = STEP_gemm,
              .epilogue = {.bias_kind = BIAS_KIND_CHANNEL, .activation = ACTIVATION_relu},
              .as.gemm = ZOO_CONV(3, 1, 1, 20, .map = {5, 4})}},
    {.name = "grouped",
     .in = {4, 9, 8},
     .out = {6, 5, 4},
     .step = {.kind = STEP_gemm,
              .epilogue = {.bias_kind = BIAS_KIND_POSITION, .activation = ACTIVATION_prelu},
              .as.gemm = ZOO_CONV(3, 2, 2, 20, .map = {5, 4}, .pad = {1, 1})}},
    {.name = "phase",
     .in = {2, 4, 4},
     .out = {3, 8, 8},
     .step = {.kind = STEP_gemm,
              .as.gemm = {.kernel = {2, 1},
                          .stride = {1, 1},
                          .dilation = {1, 1},
                          .pad = {1, 0},
                          .map = {4, 4},
                          .out_start = {1, 0},
                          .out_step = {2, 2},
                          .groups = 1,
                          .cut = 4}}},
    {.name = "fc",
     .in = {4, 3, 3},
     .out = {10, 1, 1},
     .step = {.kind = STEP_gemm,
              .epilogue = {.bias_kind = BIAS_KIND_CHANNEL},
              .as.gemm = ZOO_CONV(3, 1, 1, 16, .map = {1, 1}, .order = GEMM_FILTERS_WIDE)}},
    {.name = "pointwise",
     .in = {1, 2, 2},
     .out = {16, 2, 2},
     .step = {.kind = STEP_gemm,
              .epilogue = {.bias_kind = BIAS_KIND_CHANNEL},
              .as.gemm = ZOO_CONV(1, 1, 1, 20, .map = {2, 2})}},
    {.name = "shared",
     .in = {4, 3, 3},
     .other = {4, 3, 3},
     .out = {4, 3, 3},
     .chained = true,
     .shared = true,
     .step = {.kind = STEP_gemm, .as.gemm = ZOO_CONV(3, 1, 2, 12, .map = {3, 3}, .pad = {1, 1})}},
    {.name = "depthwise",
     .in = {3, 7, 9},
     .out = {6, 4, 5},
     .step = {.kind = STEP_depthwise,
              .epilogue = {.activation = ACTIVATION_clip, .b = 6},
              .as.depthwise = {.kernel = {3, 3},
                               .stride = {2, 2},
                               .dilation = {1, 1},
                               .pad = {1, 1},
                               .multiplier = 2}},
     .weights = {6 * 9, 0}},
    {.name = "local",
     .in = {2, 5, 5},
     .out = {3, 2, 2},
     .step = {.kind = STEP_local,
              .epilogue = {.bias_kind = BIAS_KIND_POSITION, .activation = ACTIVATION_tanh},
              .as.local = {.kernel = {3, 3}, .stride = {2, 2}}},
     .weights = {2 * 9 * 16 * 4, 0}},
    {.name = "max",
     .in = {3, 7, 7},
     .out = {3, 3, 4},
     .step = {.kind = STEP_pool,
              .as.pool = {.kernel = {3, 3}, .stride = {2, 2}, .pad = {0, 0, 1, 1}}}},
    {.name = "average",
     .in = {3, 7, 7},
     .out = {3, 4, 4},
     .step = {.kind = STEP_pool,
              .as.pool = {.kernel = {2, 2},
                          .stride = {2, 2},
                          .pad = {0, 1, 0, 1},
                          .kind = POOL_KIND_AVERAGE,
                          .count_pad = 1}}},
    {.name = "l2",
     .in = {2, 5, 5},
     .out = {2, 5, 5},
     .step = {.kind = STEP_pool,
              .as.pool =
                  {.kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1, 1, 1}, .kind = POOL_KIND_L2}}},
    {.name = "lrn",
     .in = {7, 4, 4},
     .out = {7, 4, 4},
     .step = {.kind = STEP_lrn, .as.lrn = {.size = 5, .alpha = 0.1F, .beta = 0.75F, .k = 1}}},
    {.name = "within",
     .in = {2, 6, 6},
     .out = {2, 6, 6},
     .step = {.kind = STEP_lrn,
              .as.lrn = {.size = 3, .within = 1, .alpha = 0.1F, .beta = 0.75F, .k = 1}}},
    {.name = "affine",
     .in = {20, 2, 1},
     .out = {20, 2, 1},
     .step = {.kind = STEP_affine,
              .epilogue = {.bias_kind = BIAS_KIND_CHANNEL, .activation = ACTIVATION_silu}},
     .weights = {20, 20}},
    {.name = "activate",
     .in = {5, 3, 3},
     .out = {5, 3, 3},
     .in_place = true,
     .step = {.kind = STEP_activate, .epilogue = {.activation = ACTIVATION_prelu}}},
    {.name = "add",
     .in = {4, 5, 5},
     .other = {4, 5, 5},
     .out = {4, 5, 5},
     .step = {.kind = STEP_add,
              .input_count = 2,
              .epilogue = {.activation = ACTIVATION_elu, .a = 1}}},
    {.name = "mul",
     .in = {4, 5, 5},
     .other = {4, 1, 1},
     .out = {4, 5, 5},
     .step = {.kind = STEP_mul, .input_count = 2}},
    {.name = "softmax",
     .in = {6, 2, 3},
     .out = {6, 2, 3},
     .in_place = true,
     .step = {.kind = STEP_softmax}},
    {.name = "nearest",
     .in = {2, 3, 4},
     .out = {2, 6, 8},
     .step = {.kind = STEP_upsample, .as.upsample = {.scale = 2}}},
    {.name = "bilinear",
     .in = {2, 3, 4},
     .out = {2, 9, 12},
     .step = {.kind = STEP_upsample, .as.upsample = {.scale = 3, .kind = UPSAMPLE_KIND_BILINEAR}}},
    {.name = "shuffle",
     .in = {6, 2, 2},
     .out = {6, 2, 2},
     .step = {.kind = STEP_shuffle, .as.shuffle = {.groups = 3}}},
    {.name = "pad",
     .in = {2, 4, 4},
     .out = {4, 6, 5},
     .step = {.kind = STEP_pad, .as.pad = {.top = 1, .left = 1, .before = 1, .value = 0.5F}}},
};
enum { ZOO_COUNT = sizeof zoo / sizeof *zoo };

static inline uint64_t zoo_aligned(uint64_t floats) {
    return (floats + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
}

static inline struct plan_view zoo_view(uint32_t buffer, const int32_t shape[3]) {
    return (struct plan_view){buffer, shape[0], shape[1], shape[2], 0};
}

static inline struct plan_range zoo_range(struct plan *plan, uint64_t count) {
    struct plan_range range = {plan->head.weights, count};
    plan->head.weights += zoo_aligned(count);
    return count ? range : (struct plan_range){0};
}

static inline void zoo_weights(struct plan *plan, const struct zoo *z, struct step *step) {
    uint64_t floats = z->weights[0], channels = (uint64_t)step->out.channels;
    if (step->kind == STEP_gemm) {
        struct pack_shape shape = pack_shape_of(step, &plan->head.tile);
        if (!pack_size(&shape, &floats))
            abort();
    }
    if (z->shared && step != plan->steps)
        step->weights[0] = plan->steps[0].weights[0];
    else
        step->weights[0] = zoo_range(plan, floats);
    step->weights[1] = zoo_range(plan, z->weights[1]);
    const uint64_t biases[] = {0, channels, plan_view_size(&step->out)};
    step->epilogue.bias = zoo_range(plan, biases[step->epilogue.bias_kind]);
    step->epilogue.slope =
        zoo_range(plan, step->epilogue.activation == ACTIVATION_prelu ? channels : 0);
}

static inline void zoo_steps(struct plan *plan, const struct zoo *z) {
    static const int32_t one[3] = {1, 1, 1};
    const struct plan_view in = zoo_view(0, z->in), out = zoo_view(z->in_place ? 0 : 2, z->out);
    const struct plan_view other = zoo_view(1, z->other[0] ? z->other : one);
    plan->step_count = 2;
    plan->steps = arena_array(&plan->arena, 2, sizeof *plan->steps);
    struct step *first = &plan->steps[0], *second = &plan->steps[1];
    *first = (struct step){.kind = STEP_pad};
    if (z->shared)
        *first = z->step;
    *second = z->step;
    first->name = 4;
    second->name = 10;
    second->fused = 14;
    first->input_count = 1;
    second->input_count = z->step.input_count ? z->step.input_count : 1;
    first->in[0] = in;
    first->out = other;
    second->in[0] = z->chained ? other : in;
    second->in[1] = other;
    if (second->input_count == 1)
        second->in[1] = (struct plan_view){.buffer = PLAN_NONE};
    second->out = out;
    first->in[1].buffer = first->epilogue.residual.buffer = PLAN_NONE;
    second->epilogue.residual = other;
    if (!z->residual)
        second->epilogue.residual = (struct plan_view){.buffer = PLAN_NONE};
    if (z->shared)
        zoo_weights(plan, z, first);
    zoo_weights(plan, z, second);
}

static inline void zoo_tables(struct plan *plan, const struct zoo *z) {
    const struct step *first = &plan->steps[0], *second = &plan->steps[1];
    plan->layer_count = 4;
    plan->layers = arena_array(&plan->arena, 4, sizeof *plan->layers);
    plan->layers[0] =
        (struct plan_layer){.name = 0, .step = PLAN_NONE, .kept = 1, .view = plan->head.input};
    plan->layers[1] = (struct plan_layer){.name = 4, .step = 0, .kept = 1, .view = first->out};
    plan->layers[2] = (struct plan_layer){.name = 14, .step = 1, .view.buffer = PLAN_NONE};
    plan->layers[3] = (struct plan_layer){.name = 10,
                                          .step = 1,
                                          .kept = 1,
                                          .transposed = second->kind == STEP_gemm,
                                          .view = second->out};
    plan->output_count = 1;
    plan->outputs = arena_array(&plan->arena, 1, sizeof *plan->outputs);
    plan->outputs[0] =
        (struct plan_output){.name = 10, .vector = z->out[1] == 1, .view = second->out};
}

/* Weights for that tile. The caller's to free. */
static inline struct plan *zoo_plan(const struct zoo *z, const struct tile *tile) {
    static const char strings[] = "zoo\0other\0one\0fused\0a\nb\n";
    struct plan *plan = plan_new();
    if (!plan)
        abort();
    plan->strings = arena_copy(&plan->arena, strings, sizeof strings);
    plan->string_bytes = sizeof strings;
    plan->head.tile = *tile;
    plan->head.labels = 20;
    plan->head.input = zoo_view(0, z->in);
    plan->head.image = (struct plan_image){.given = 1,
                                           .mean_count = 1,
                                           .std_count = 3,
                                           .scale = 1,
                                           .resize = {8, 0},
                                           .std = {1, 1, 1}};
    zoo_steps(plan, z);
    plan->buffer_count = 3;
    plan->buffers = arena_array(&plan->arena, 3, sizeof *plan->buffers);
    const struct plan_view *views[] = {&plan->head.input, &plan->steps[0].out, &plan->steps[1].out};
    for (int i = 0; i < 3; i++) {
        plan->buffers[i] =
            (struct plan_buffer){plan->head.arena, zoo_aligned(plan_view_size(views[i]))};
        plan->head.arena += plan->buffers[i].size;
    }
    zoo_tables(plan, z);
    if (!plan_allocate_weights(plan))
        abort();
    random_fill(1, z->name, 0, plan->head.weights, -1, 1, plan->own_weights);
    return plan;
}

#endif
