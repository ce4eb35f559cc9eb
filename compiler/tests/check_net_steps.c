/* The steps of random networks, each against its meaning in double (ref.h) on the very floats that
 * it is given.
 *
 * Bounds, with u = 2^-24 and gamma(n) = n*u/(1 - n*u) (Higham, Accuracy and Stability of Numerical
 * Algorithms, 3.1):
 *   sums (gemm, depthwise, local, affine, add, average pools): gamma(K + 2) times the sum of the
 *     magnitudes of all terms, K terms besides bias and residual; then through the activation,
 *     whose slope is at most 1.5 (elu with alpha up to 1.5; hardswish; silu 1.1), which adds the
 *     error of its own below
 *   activations: those of exp 8u*(|y| + most), most = 1.5 being the greatest value that such a one
 *     has where it is curved; hardsigmoid and hardswish 4u*(|y| + 3), since they cancel at -3; the
 *     others 2u*|y|
 *   mul: one rounding each for product, bias, residual and activation: 4u*(greatest |in0| times
 *     greatest |in1|, and |residual|)
 *   l2 pools: gamma(K + 2)*|y|, all terms being positive
 *   lrn: the sum's gamma(K + 2) times |beta|, and 16u for the power
 *   softmax: exp of a difference, which is off by u times the greatest |x|; C terms in the sum:
 *     (gamma(C + 2) + 16u + 4u*most)*|y|, and the least normal float
 *   bilinear: four products with weights of one rounding each: 8u times the greatest |in|
 *   max pools, nearest upsampling, shuffle, pad: the same bits */
#include <float.h>
#include <math.h>

#include "../../runtime/steps/ref.h"
#include "../../runtime/steps/step.h"
#include "../../runtime/tests/guarded.h"
#include "nets.h"

#define UNIT 0x1p-24
#define SLOPE_MOST 1.5

enum {
    GROUP = 28, /* networks of one run of the looped test */
    GROUPS = 21,
    IMAGES = 1,
    CAPACITY = 2, /* the arena is laid out for more images than run */
};

struct bench {
    const struct net *net;
    struct plan *plan;
    struct step_job job;
    double *reference; /* the arena in double */
    double *magnitude; /* of the current step, or NULL: see ref.h */
};

static double gamma_of(double n) { return n * UNIT / (1 - n * UNIT); }

/* ---- bounds ---- */

/* Terms of the sums of a step's outputs, or 0: it makes none. */
static int64_t terms(const struct step *step) {
    const struct step_pool *pool = &step->as.pool;
    switch (step->kind) {
    case STEP_gemm:
        return gemm_depth(step);
    case STEP_depthwise:
        return (int64_t)step->as.depthwise.kernel[0] * step->as.depthwise.kernel[1];
    case STEP_local:
        return (int64_t)step->in[0].channels * step->as.local.kernel[0] * step->as.local.kernel[1];
    case STEP_affine:
    case STEP_add:
        return 2;
    case STEP_pool:
        return (int64_t)pool->kernel[0] * pool->kernel[1];
    case STEP_lrn:
        return step->as.lrn.within ? (int64_t)step->as.lrn.size * step->as.lrn.size
                                   : step->as.lrn.size;
    case STEP_softmax:
        return step->out.channels;
    default:
        return 0;
    }
}

static bool has_magnitude(const struct step *step) {
    return step->kind == STEP_gemm || step->kind == STEP_depthwise || step->kind == STEP_local ||
           step->kind == STEP_affine || step->kind == STEP_add ||
           (step->kind == STEP_pool && step->as.pool.kind == POOL_KIND_AVERAGE);
}

static size_t place(const struct bench *b, const struct plan_view *view, size_t image) {
    const struct plan_buffer *buffer = &b->plan->buffers[view->buffer];
    return buffer->offset * CAPACITY + buffer->size * image + view->first;
}

static double greatest(const struct bench *b, const struct plan_view *view) {
    double most = 0;
    if (view->buffer == PLAN_NONE)
        return most;
    for (size_t n = 0; n < IMAGES; n++)
        for (size_t i = 0; i < plan_view_size(view); i++)
            most = fmax(most, fabs(b->reference[place(b, view, n) + i]));
    return most;
}

/* The error that the activation itself may add to a result y. */
static double activation_error(const struct step *step, double y) {
    switch (step->epilogue.activation) {
    case ACTIVATION_elu:
    case ACTIVATION_sigmoid:
    case ACTIVATION_tanh:
    case ACTIVATION_silu:
        return 8 * UNIT * (fabs(y) + SLOPE_MOST);
    case ACTIVATION_hardsigmoid:
    case ACTIVATION_hardswish:
        return 4 * UNIT * (fabs(y) + 3);
    default:
        return 2 * UNIT * fabs(y);
    }
}

/* What outputs of kinds without magnitudes may be off by, before the reference has run: as a part
 * of |y| and as such. */
static void bound_of(const struct bench *b, double *relative, double *absolute) {
    const struct step *step = b->job.step;
    double sum = gamma_of((double)terms(step) + 2), most = greatest(b, &step->in[0]);
    *relative = *absolute = 0;
    if (step->kind == STEP_mul) {
        most *= greatest(b, &step->in[1]);
        *absolute = 4 * UNIT * SLOPE_MOST * (most + greatest(b, &step->epilogue.residual));
    } else if (step->kind == STEP_pool && step->as.pool.kind == POOL_KIND_L2) {
        *relative = sum;
    } else if (step->kind == STEP_lrn) {
        *relative = fabs((double)step->as.lrn.beta) * sum + 16 * UNIT;
    } else if (step->kind == STEP_softmax) {
        *relative = sum + 16 * UNIT + 4 * UNIT * most;
        *absolute = (double)FLT_MIN;
    } else if (step->kind == STEP_upsample && step->as.upsample.kind == UPSAMPLE_KIND_BILINEAR) {
        *absolute = 8 * UNIT * most;
    }
}

/* ---- running ---- */

static void check_result(const struct bench *b, double relative, double absolute) {
    const struct step *step = b->job.step;
    size_t floats = plan_view_size(&step->out);
    bool sums = has_magnitude(step), activates = step->epilogue.activation != ACTIVATION_none;
    double sum = SLOPE_MOST * gamma_of((double)terms(step) + 2);
    for (size_t i = 0; i < floats * IMAGES; i++) {
        size_t at = place(b, &step->out, i / floats) + i % floats;
        double y = b->reference[at], bound = relative * fabs(y) + absolute;
        if (sums)
            bound += sum * b->magnitude[i];
        if (activates)
            bound += activation_error(step, y);
        if (!(fabs((double)b->job.arena[at] - y) <= bound)) /* NaN too */
            ck_abort_msg("network %d: step %s (%s), float %zu of image %zu: %.9g, not %.9g +- %.2g",
                         (int)b->net->number, plan_string(b->plan, step->name),
                         step_kinds[step->kind]->name, i % floats, i / floats,
                         (double)b->job.arena[at], y, bound);
    }
}

static void check_step(struct bench *b, const struct step *step) {
    double relative, absolute;
    b->job.step = step;
    for (size_t i = 0; i < b->plan->head.arena * CAPACITY; i++)
        b->reference[i] = (double)b->job.arena[i];
    bound_of(b, &relative, &absolute);
    b->magnitude = calloc(plan_view_size(&step->out) * IMAGES + 1, sizeof *b->magnitude);
    ck_assert_ptr_nonnull(b->magnitude);
    if (has_magnitude(step))
        ck_assert(ref_step_magnitude(b->plan, step, b->reference, IMAGES, CAPACITY, b->magnitude));
    ck_assert(ref_step(b->plan, step, b->reference, IMAGES, CAPACITY));
    step_kinds[step->kind]->run(&b->job);
    check_result(b, relative, absolute);
    free(b->magnitude);
}

static size_t workspace_of(const struct plan *plan) {
    size_t most = 0;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step_kind *kind = step_kinds[plan->steps[i].kind];
        size_t bytes = kind->workspace ? kind->workspace(&plan->steps[i], IMAGES) : 0;
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* Arena, workspace and weights end where a protected page begins: the arena without any slack, the
 * weights with the slack that plan.h promises. */
static void check_steps(struct net *net, bool plain) {
    net_open(net, plain);
    struct plan *plan = net->plan;
    size_t floats = plan->head.arena * CAPACITY;
    size_t weights_bytes = (plan->head.weights + PLAN_SLACK) * sizeof(float);
    size_t workspace = (workspace_of(plan) + 63) / 64 * 64;
    struct guarded arena = guarded_new(floats * sizeof(float));
    struct guarded weights = guarded_new(weights_bytes), room = guarded_new(workspace);
    memcpy(weights.bytes, plan->weights, weights_bytes);
    const float *packed = plan->weights;
    plan->weights = (float *)(void *)weights.bytes;
    struct bench b = {
        .net = net,
        .plan = plan,
        .job = {.plan = plan, .images = IMAGES, .capacity = CAPACITY},
    };
    b.job.arena = (float *)(void *)arena.bytes;
    b.job.workspace = room.bytes;
    b.job.workspace_size = workspace;
    b.reference = calloc(floats, sizeof *b.reference);
    b.job.workers = workers_new(1);
    ck_assert(b.reference && b.job.workers);
    for (size_t n = 0; n < IMAGES; n++)
        net_image(net, plan, n, b.job.arena + place(&b, &plan->head.input, n));
    for (uint32_t i = 0; i < plan->step_count; i++)
        check_step(&b, &plan->steps[i]);
    plan->weights = packed;
    workers_free(b.job.workers);
    free(b.reference);
    guarded_free(&room);
    guarded_free(&weights);
    guarded_free(&arena);
    net_close(net);
}

START_TEST(fused_steps_do_what_they_mean) {
    for (size_t i = (size_t)_i * GROUP; i < (size_t)(_i + 1) * GROUP && i < nets.count; i++)
        check_steps(&nets.list[i], false);
}
END_TEST

START_TEST(plain_steps_do_what_they_mean) {
    for (size_t i = (size_t)_i * GROUP; i < (size_t)(_i + 1) * GROUP && i < nets.count; i++)
        check_steps(&nets.list[i], true);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("net_steps");
    TCase *test = tcase_create("steps");
    tcase_add_checked_fixture(test, nets_open, nets_close);
    tcase_add_loop_test(test, fused_steps_do_what_they_mean, 0, GROUPS);
    tcase_add_loop_test(test, plain_steps_do_what_they_mean, 0, GROUPS);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
