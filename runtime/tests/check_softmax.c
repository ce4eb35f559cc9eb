/* Softmax of numbers that are no ordinary scores (S16), by the kernels that are run. At a position
 * with a NaN, with +infinity, or of nothing but -infinity, every class is NaN; -infinity among
 * others is 0; one class is 1. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "../exec/exec.h"
#include "../gemm/microkernel.h"

enum { CLASSES = 3, HEIGHT = 7, WIDTH = 11, PLANE = HEIGHT * WIDTH };
#define CLOSE 1e-6 /* a few roundings of numbers up to 1 */

/* A plan of one softmax step, run on one image of channels x height x width. */
static void softmax(int32_t channels, int32_t height, int32_t width, const float *in, float *out) {
    struct plan *plan = plan_new();
    ck_assert_ptr_nonnull(plan);
    struct plan_view from = {.channels = channels, .height = height, .width = width}, to = from;
    to.buffer = 1;
    uint64_t floats = plan_view_size(&from);
    uint64_t size = (floats + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
    plan->buffer_count = 2;
    plan->buffers = arena_array(&plan->arena, 2, sizeof *plan->buffers);
    plan->buffers[0] = (struct plan_buffer){0, size};
    plan->buffers[1] = (struct plan_buffer){size, size};
    plan->head.arena = 2 * size;
    plan->head.tile = microkernel_get()->tile;
    plan->head.name = plan->head.labels = PLAN_NONE;
    plan->head.input = from;
    plan->strings = arena_copy(&plan->arena, "", 0);
    plan->string_bytes = 1;
    plan->step_count = plan->output_count = 1;
    plan->steps = arena_array(&plan->arena, 1, sizeof *plan->steps);
    plan->steps[0] = (struct step){.kind = STEP_softmax, .input_count = 1, .in = {from}, .out = to};
    plan->steps[0].in[1].buffer = plan->steps[0].epilogue.residual.buffer = PLAN_NONE;
    plan->outputs = arena_array(&plan->arena, 1, sizeof *plan->outputs);
    plan->outputs[0].view = to;
    ck_assert(plan_allocate_weights(plan));
    const char *fault = plan_verify(plan);
    ck_assert_msg(!fault, "%s", fault);

    struct run_options options = {.batch = 1, .threads = 1};
    struct run *run;
    ck_assert_int_eq(run_new(plan, &options, &run), STATUS_OK);
    memcpy(run_input(run, 0), in, floats * sizeof *in);
    run_forward(run, 1);
    memcpy(out, run_output(run, 0, 0), floats * sizeof *out);
    run_free(run);
    plan_free(plan);
}

static void expect(float got, double wanted) {
    if (isnan(wanted) ? !isnan(got) : !(fabs((double)got - wanted) <= CLOSE))
        ck_abort_msg("it is %.9g, not %.9g", (double)got, wanted);
}

START_TEST(one_class) {
    const float in[] = {0, -5, 3e38f, -3e38f, 1e-42f, INFINITY, -INFINITY, NAN};
    enum { COUNT = sizeof in / sizeof *in };
    float out[COUNT];
    softmax(1, 1, COUNT, in, out);
    for (int i = 0; i < COUNT; i++)
        expect(out[i], isfinite(in[i]) ? 1 : NAN);
}
END_TEST

/* In a vector, and at each position of a map, beside all other cases. */
START_TEST(infinities_and_nans) {
    static const struct {
        float in[CLASSES];
        double out[CLASSES];
    } cases[] = {
        {{-INFINITY, -INFINITY, -INFINITY}, {NAN, NAN, NAN}},
        {{2, 2, 2}, {1. / 3, 1. / 3, 1. / 3}},
        {{NAN, 1, 2}, {NAN, NAN, NAN}},
        {{1, NAN, 2}, {NAN, NAN, NAN}},
        {{-INFINITY, 2, NAN}, {NAN, NAN, NAN}},
        {{-INFINITY, 0, -INFINITY}, {0, 1, 0}},
        {{INFINITY, 0, 0}, {NAN, NAN, NAN}},
        {{0, INFINITY, -INFINITY}, {NAN, NAN, NAN}},
        {{3e38f, -3e38f, 3e38f}, {0.5, 0, 0.5}},
        {{0, 1000, 0}, {0, 1, 0}},
        {{NAN, NAN, NAN}, {NAN, NAN, NAN}},
    };
    enum { CASES = sizeof cases / sizeof *cases };
    float map[CLASSES * PLANE], scores[CLASSES * PLANE], vector[CLASSES];
    for (int i = 0; i < PLANE; i++)
        for (int c = 0; c < CLASSES; c++)
            map[c * PLANE + i] = cases[i % CASES].in[c];
    softmax(CLASSES, HEIGHT, WIDTH, map, scores);
    for (int i = 0; i < PLANE; i++)
        for (int c = 0; c < CLASSES; c++)
            expect(scores[c * PLANE + i], cases[i % CASES].out[c]);
    for (int i = 0; i < CASES; i++) {
        softmax(CLASSES, 1, 1, cases[i].in, vector);
        for (int c = 0; c < CLASSES; c++)
            expect(vector[c], cases[i].out[c]);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("softmax");
    TCase *values = tcase_create("values");
    suite_add_tcase(suite, values);
    tcase_add_test(values, one_class);
    tcase_add_test(values, infinities_and_nans);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
