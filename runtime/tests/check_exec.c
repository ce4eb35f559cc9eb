/* Running a plan: a diamond made by hand, each of whose parts is there for something run_* does.
 *
 *   step 0  gemm      input      -> conv   negative numbers among them
 *   step 1  activate  conv       -> relu   in place: conv is gone
 *   step 2  depthwise relu       -> both   its first channels
 *   step 3  pool      relu       -> both   the others
 *   step 4  affine    both       -> map    an output; where the input was
 *   step 5  pool      both       -> vector an output */
#include "../base/random.h"
#include "../exec/exec.h"
#include "../gemm/microkernel.h"
#include "../gemm/pack.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __x86_64__
#include <xmmintrin.h>
#endif

/* Sums of at most 46 terms (27, then 9, then 9 more for the average, and a shift), all weights
 * below 1: gamma(46) is 3e-6, and cancelling terms are no more than ten times the largest sum. */
#define TOLERANCE 3e-5

enum { CHANNELS = 3, SIDE = 9, FILTERS = 37, HALF = 5, BATCH = 7, THREADS_MOST = 8 };
enum { B_INPUT, B_MAP, B_RELU, B_BOTH, B_VECTOR, B_COUNT };
enum { L_INPUT, L_CONV, L_RELU, L_DEPTHWISE, L_BOTH, L_MAP, L_COUNT };
enum { STEPS = 6, IN = CHANNELS * SIDE * SIDE, OUT = 2 * FILTERS * HALF * HALF };

/* ---- the plan ---- */

static uint64_t aligned(uint64_t floats) {
    return (floats + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
}

static struct plan_view view(uint32_t buffer, int32_t channels, int32_t side) {
    return (struct plan_view){buffer, channels, side, side, 0};
}

/* The map stands where input and the begin of relu's buffer are not needed any more. */
static void place_buffers(struct plan *plan) {
    const uint64_t sizes[B_COUNT] = {
        [B_INPUT] = aligned(IN),
        [B_MAP] = aligned(OUT),
        [B_RELU] = aligned(FILTERS * SIDE * SIDE),
        [B_BOTH] = aligned(OUT),
        [B_VECTOR] = aligned(2 * FILTERS),
    };
    uint64_t offsets[B_COUNT] = {0};
    offsets[B_RELU] = sizes[B_INPUT];
    offsets[B_BOTH] = offsets[B_RELU] + sizes[B_RELU];
    offsets[B_VECTOR] = offsets[B_BOTH] + sizes[B_BOTH];
    plan->buffer_count = B_COUNT;
    plan->buffers = arena_array(&plan->arena, B_COUNT, sizeof *plan->buffers);
    for (int i = 0; i < B_COUNT; i++)
        plan->buffers[i] = (struct plan_buffer){offsets[i], sizes[i]};
    plan->head.arena = offsets[B_VECTOR] + sizes[B_VECTOR];
}

static struct step *add_step(struct plan *plan, enum step_kind_id kind, struct plan_view in,
                             struct plan_view out) {
    struct step *step = &plan->steps[plan->step_count++];
    *step = (struct step){.kind = kind, .input_count = 1, .in = {in}, .out = out};
    step->in[1].buffer = step->epilogue.residual.buffer = PLAN_NONE;
    return step;
}

static struct plan_range add_weights(struct plan *plan, uint64_t count) {
    struct plan_range range = {plan->head.weights, count};
    plan->head.weights += aligned(count);
    return range;
}

static void add_steps(struct plan *plan) {
    struct plan_view relu = view(B_RELU, FILTERS, SIDE), both = view(B_BOTH, 2 * FILTERS, HALF);
    struct plan_view first = view(B_BOTH, FILTERS, HALF), others = first;
    others.first = plan_view_size(&first);
    plan->steps = arena_array(&plan->arena, STEPS, sizeof *plan->steps);
    struct step *conv = add_step(plan, STEP_gemm, plan->head.input, relu);
    conv->as.gemm = (struct step_gemm){.kernel = {3, 3},
                                       .stride = {1, 1},
                                       .dilation = {1, 1},
                                       .pad = {1, 1},
                                       .map = {SIDE, SIDE},
                                       .out_step = {1, 1},
                                       .groups = 1,
                                       .cut = 12};
    struct pack_shape shape = pack_shape_of(conv, &plan->head.tile);
    uint64_t packed;
    ck_assert(pack_size(&shape, &packed));
    conv->weights[0] = add_weights(plan, packed);
    struct step *activate = add_step(plan, STEP_activate, relu, relu);
    activate->epilogue.activation = ACTIVATION_relu;
    struct step *depthwise = add_step(plan, STEP_depthwise, relu, first);
    depthwise->as.depthwise = (struct step_depthwise){
        .kernel = {3, 3}, .stride = {2, 2}, .dilation = {1, 1}, .pad = {1, 1}, .multiplier = 1};
    depthwise->weights[0] = add_weights(plan, FILTERS * 9);
    struct step *pool = add_step(plan, STEP_pool, relu, others);
    pool->as.pool = (struct step_pool){
        .kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1, 1, 1}, .kind = POOL_KIND_MAX};
    struct step *affine = add_step(plan, STEP_affine, both, view(B_MAP, 2 * FILTERS, HALF));
    affine->weights[0] = add_weights(plan, 2 * FILTERS);
    affine->weights[1] = add_weights(plan, 2 * FILTERS);
    struct step *average = add_step(plan, STEP_pool, both, view(B_VECTOR, 2 * FILTERS, 1));
    average->as.pool =
        (struct step_pool){.kernel = {HALF, HALF}, .stride = {1, 1}, .kind = POOL_KIND_AVERAGE};
}

static void add_layers(struct plan *plan) {
    const struct step *steps = plan->steps;
    const struct plan_layer layers[L_COUNT] = {
        [L_INPUT] = {.step = PLAN_NONE, .kept = 1, .view = plan->head.input},
        [L_CONV] = {.step = 0, .kept = 1, .view = steps[0].out},
        [L_RELU] = {.step = 1, .kept = 1, .view = steps[1].out},
        [L_DEPTHWISE] = {.step = 2, .kept = 1, .view = steps[2].out},
        [L_BOTH] = {.step = 3, .kept = 1, .view = steps[4].in[0]},
        [L_MAP] = {.step = 4, .kept = 1, .view = steps[4].out},
    };
    plan->layer_count = L_COUNT;
    plan->layers = arena_array(&plan->arena, L_COUNT, sizeof *plan->layers);
    memcpy(plan->layers, layers, sizeof layers);
    plan->output_count = 2;
    plan->outputs = arena_array(&plan->arena, 2, sizeof *plan->outputs);
    plan->outputs[0] = (struct plan_output){.view = steps[4].out};
    plan->outputs[1] = (struct plan_output){.view = steps[5].out, .vector = 1};
    plan->strings = arena_copy(&plan->arena, "", 1);
    plan->string_bytes = 1;
    plan->head.name = plan->head.labels = PLAN_NONE;
}

static void fill_weights(struct plan *plan) {
    float filters[FILTERS * CHANNELS * 9];
    struct pack_shape shape = pack_shape_of(&plan->steps[0], &plan->head.tile);
    ck_assert(plan_allocate_weights(plan));
    random_fill(1, "rest", 0, plan->head.weights, -1, 1, plan->own_weights);
    memset(plan->own_weights, 0, plan->steps[0].weights[0].count * sizeof *filters);
    random_fill(1, "filters", 0, FILTERS * CHANNELS * 9, -1, 1, filters);
    pack_filters(&shape, filters, plan->own_weights + plan->steps[0].weights[0].first);
}

static struct plan *diamond(void) {
    struct plan *plan = plan_new();
    ck_assert_ptr_nonnull(plan);
    plan->head.tile = microkernel_get()->tile;
    plan->head.input = view(B_INPUT, CHANNELS, SIDE);
    place_buffers(plan);
    add_steps(plan);
    add_layers(plan);
    const char *fault = plan_verify(plan);
    ck_assert_msg(fault == NULL, "%s", fault);
    fill_weights(plan);
    return plan;
}

/* ---- running ---- */

static struct run *start(const struct plan *plan, size_t batch, int threads) {
    struct run *run;
    ck_assert_int_eq(run_new(plan, &(struct run_options){batch, threads}, &run), STATUS_OK);
    ck_assert_int_eq(run_threads(run), threads);
    return run;
}

static void put_image(struct run *run, size_t place, uint64_t image) {
    random_fill(image, "image", 0, IN, -1, 1, run_input(run, place));
}

static void put_images(struct run *run, size_t count) {
    for (size_t n = 0; n < count; n++)
        put_image(run, n, n);
}

/* Both outputs of an image. */
struct result {
    float map[OUT], vector[2 * FILTERS];
};

static void get_result(const struct run *run, size_t n, struct result *result) {
    memcpy(result->map, run_output(run, 0, n), sizeof result->map);
    memcpy(result->vector, run_output(run, 1, n), sizeof result->vector);
}

/* Images 0 .. BATCH - 1, one at a time on one thread. */
static void run_singly(const struct plan *plan, struct result results[BATCH]) {
    struct run *run = start(plan, 1, 1);
    for (size_t n = 0; n < BATCH; n++) {
        put_image(run, 0, n);
        run_forward(run, 1);
        get_result(run, 0, &results[n]);
    }
    run_free(run);
}

static void check_same(const struct run *run, size_t place, const struct result *expected) {
    struct result result;
    get_result(run, place, &result);
    ck_assert_msg(memcmp(&result, expected, sizeof result) == 0, "other bits at place %zu", place);
}

START_TEST(bits_depend_on_neither_threads_nor_place) {
    static const int threads[] = {1, 2, 3, THREADS_MOST};
    static struct result singly[BATCH];
    struct plan *plan = diamond();
    run_singly(plan, singly);
    ck_assert(memcmp(&singly[0], &singly[1], sizeof singly[0]) != 0);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        struct run *run = start(plan, BATCH, threads[i]);
        for (size_t turn = 0; turn < BATCH; turn += 3) {
            for (size_t n = 0; n < BATCH; n++)
                put_image(run, (n + turn) % BATCH, n);
            run_forward(run, BATCH);
            for (size_t n = 0; n < BATCH; n++)
                check_same(run, (n + turn) % BATCH, &singly[n]);
        }
        run_free(run);
    }
    plan_free(plan);
}
END_TEST

START_TEST(fewer_images_than_the_batch_can_run) {
    static struct result singly[BATCH];
    struct plan *plan = diamond();
    run_singly(plan, singly);
    struct run *run = start(plan, BATCH, 2);
    for (size_t images = BATCH; images > 0; images--) {
        for (size_t n = 0; n < images; n++)
            put_image(run, n, BATCH - images + n);
        run_forward(run, images);
        for (size_t n = 0; n < images; n++)
            check_same(run, n, &singly[BATCH - images + n]);
    }
    run_free(run);
    plan_free(plan);
}
END_TEST

/* ---- the reference ---- */

static void check_close(const float *values, const float *expected, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs((double)expected[i]));
    ck_assert_double_gt(most, 0.1);
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)values[i] - (double)expected[i]) <= TOLERANCE * most))
            ck_abort_msg("float %zu is %.9g, not %.9g", i, (double)values[i], (double)expected[i]);
}

START_TEST(the_reference_agrees) {
    static struct result singly[BATCH];
    struct plan *plan = diamond();
    run_singly(plan, singly);
    struct run *run = start(plan, BATCH, 1);
    for (int again = 0; again < 2; again++) { /* its arena is made once */
        put_images(run, BATCH);
        ck_assert_int_eq(run_reference(run, BATCH), STATUS_OK);
        for (size_t n = 0; n < BATCH; n++) {
            check_close(run_output(run, 0, n), singly[n].map, OUT);
            check_close(run_output(run, 1, n), singly[n].vector, 2 * FILTERS);
        }
    }
    put_images(run, BATCH);
    run_forward(run, BATCH);
    check_same(run, BATCH - 1, &singly[BATCH - 1]);
    run_free(run);
    plan_free(plan);
}
END_TEST

/* ---- layers between ---- */

/* Of image n, from a run of its own. */
static float *watch(const struct plan *plan, uint32_t layer, size_t n, bool reference) {
    size_t floats = plan_view_size(&plan->layers[layer].view);
    float *values = calloc(floats, sizeof *values);
    ck_assert_ptr_nonnull(values);
    struct run *run = start(plan, BATCH, 2);
    ck_assert_int_eq(run_watch(run, layer == L_MAP ? L_INPUT : L_MAP), STATUS_OK);
    ck_assert_int_eq(run_watch(run, layer), STATUS_OK); /* instead */
    put_images(run, BATCH);
    if (reference)
        ck_assert_int_eq(run_reference(run, BATCH), STATUS_OK);
    else
        run_forward(run, BATCH);
    memcpy(values, run_layer(run, n), floats * sizeof *values);
    run_free(run);
    return values;
}

START_TEST(every_layer_can_be_watched) {
    static struct result singly[BATCH];
    enum { N = 4, MAP = FILTERS * SIDE * SIDE };
    float image[IN], *layers[L_COUNT];
    struct plan *plan = diamond();
    run_singly(plan, singly);
    for (uint32_t i = 0; i < L_COUNT; i++)
        layers[i] = watch(plan, i, N, _i);
    random_fill(N, "image", 0, IN, -1, 1, image);
    ck_assert(memcmp(layers[L_INPUT], image, sizeof image) == 0);
    size_t negative = 0;
    for (size_t i = 0; i < MAP; i++) {
        float conv = layers[L_CONV][i];
        negative += conv < 0;
        if (layers[L_RELU][i] != (conv < 0 ? 0 : conv))
            ck_abort_msg("float %zu is %g, of %g", i, (double)layers[L_RELU][i], (double)conv);
    }
    ck_assert_uint_gt(negative, 100);
    ck_assert(memcmp(layers[L_DEPTHWISE], layers[L_BOTH], OUT / 2 * sizeof(float)) == 0);
    ck_assert(layers[L_BOTH][OUT - 1] >= layers[L_RELU][MAP - 1]); /* the largest of four */
    check_close(layers[L_MAP], singly[N].map, OUT);
    for (uint32_t i = 0; i < L_COUNT; i++)
        free(layers[i]);
    plan_free(plan);
}
END_TEST

/* ---- rounding ---- */

/* With an image of denormals, which the caller's settings would make zeros. */
START_TEST(denormals_are_kept_whatever_the_caller_does) {
    static struct result usual, flushed;
    struct plan *plan = diamond();
    size_t denormals = 0;
    for (int flush = 0; flush < 2; flush++) {
        struct run *run = start(plan, 1, 2);
        put_image(run, 0, 0);
        for (size_t i = 0; i < IN; i++)
            run_input(run, 0)[i] *= 0x1p-130f;
        ck_assert_int_eq(run_watch(run, L_RELU), STATUS_OK);
#ifdef __x86_64__
        unsigned before = _mm_getcsr();
        if (flush)
            _mm_setcsr(before | 0x8040);
        unsigned set = _mm_getcsr();
        run_forward(run, 1);
        unsigned after = _mm_getcsr();
        _mm_setcsr(before);
        ck_assert_uint_eq(after & 0xFFC0, set & 0xFFC0); /* all but the sticky flags */
#else
        run_forward(run, 1);
#endif
        for (size_t i = 0; i < FILTERS * SIDE * SIDE; i++)
            denormals += run_layer(run, 0)[i] > 0 && run_layer(run, 0)[i] < FLT_MIN;
        get_result(run, 0, flush ? &flushed : &usual);
        run_free(run);
    }
    ck_assert_uint_gt(denormals, 1000);
    ck_assert(memcmp(&usual, &flushed, sizeof usual) == 0);
    plan_free(plan);
}
END_TEST

/* ---- times and memory ---- */

static double milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

START_TEST(times_are_taken_when_asked_for) {
    struct plan *plan = diamond();
    struct run *run = start(plan, BATCH, 1);
    put_images(run, BATCH);
    run_forward(run, BATCH);
    for (int i = 0; i < STEPS; i++)
        ck_assert_double_eq(run_step_times(run)[i], 0);
    run_time_steps(run, true);
    double before = milliseconds(), sum = 0;
    run_forward(run, BATCH);
    double all = milliseconds() - before;
    for (int i = 0; i < STEPS; i++) {
        ck_assert_double_ge(run_step_times(run)[i], 0);
        sum += run_step_times(run)[i];
    }
    ck_assert_double_gt(sum, 0);
    ck_assert_double_le(sum, all + 1e-3); /* but for rounding */
    run_time_steps(run, false);
    run_forward(run, BATCH);
    double still = 0;
    for (int i = 0; i < STEPS; i++)
        still += run_step_times(run)[i];
    ck_assert_double_eq(still, sum);
    run_free(run);
    plan_free(plan);
}
END_TEST

START_TEST(bytes_are_arena_and_workspaces) {
    struct plan *plan = diamond();
    size_t image = plan->head.arena * sizeof(float), slack = PLAN_SLACK * sizeof(float);
    size_t one = run_bytes(plan, &(struct run_options){BATCH, 1});
    size_t two = run_bytes(plan, &(struct run_options){BATCH, 2});
    size_t eight = run_bytes(plan, &(struct run_options){BATCH, 8});
    size_t workspace = two - one;
    ck_assert_uint_gt(workspace, 0);
    ck_assert_uint_eq(workspace % 64, 0);
    ck_assert_uint_eq(one, BATCH * image + slack + workspace);
    ck_assert_uint_eq(eight, one + 7 * workspace);
    ck_assert_uint_eq(run_bytes(plan, &(struct run_options){SIZE_MAX / 2, 1}), SIZE_MAX);
    ck_assert_uint_eq(run_bytes(plan, &(struct run_options){SIZE_MAX / image, 1}), SIZE_MAX);
    plan_free(plan);
}
END_TEST

/* 2^60 bytes are not given by any system; 2^70 cannot even be asked for. */
START_TEST(more_than_there_is_is_no_run) {
    static const size_t batches[] = {(size_t)1 << 45, (size_t)1 << 55};
    struct plan *plan = diamond();
    for (int i = 0; i < 2; i++) {
        struct run *run = (struct run *)1;
        ck_assert_int_eq(run_new(plan, &(struct run_options){batches[i], 3}, &run), STATUS_MEMORY);
        ck_assert_ptr_null(run);
    }
    run_free(NULL);
    plan_free(plan);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("exec");
    TCase *test = tcase_create("exec");
    tcase_add_test(test, bits_depend_on_neither_threads_nor_place);
    tcase_add_test(test, fewer_images_than_the_batch_can_run);
    tcase_add_test(test, the_reference_agrees);
    tcase_add_loop_test(test, every_layer_can_be_watched, 0, 2);
    tcase_add_test(test, denormals_are_kept_whatever_the_caller_does);
    tcase_add_test(test, times_are_taken_when_asked_for);
    tcase_add_test(test, bytes_are_arena_and_workspaces);
    tcase_add_test(test, more_than_there_is_is_no_run);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
