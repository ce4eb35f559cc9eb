/* Joins of one value with itself mean what they say: 2x, x^2, x twice. Each is run as planned, at
 * batch 1 and 2, and by the reference, and compared with numbers made here. */
#include <math.h>
#include <stdio.h>

#include "../../runtime/exec/exec.h"
#include "../../runtime/gemm/microkernel.h"
#include "network.h"

enum { CHANNELS = 3, PLANE = 4, IMAGES = 2 };

/* The output is `factor * value^power` of the input's (after a relu) channels, `copies` times. */
struct join_case {
    const char *layers;
    double factor;
    int power, copies;
};

static const struct join_case cases[] = {
    {"add: [[], []]", 2, 1, 1},
    {"add: [[], [], []]", 3, 1, 1},
    {"mul: [[], []]", 1, 2, 1},
    {"mul: [[], [], []]", 1, 3, 1},
    {"concat: [[], []]", 1, 1, 2},
    {"concat: [[], [relu], []]", 1, 1, 3},
    {"concat: [[], []], add: [[], []]", 2, 1, 2},
    {"add: [[], []], concat: [[], []], mul: [[], []]", 4, 2, 2},
    {"add: {from: [r, r]}, relu", 2, 1, 1},
    {"add: [[dropout], []]", 2, 1, 1},
    {"add: {from: [r, r, r, r]}", 4, 1, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

static float input_value(size_t image, size_t i) {
    return (float)((double)((image * 7 + i * 5) % 11) / 4 - 1);
}

static void expect(const struct join_case *c, struct run *run, size_t image) {
    const float *out = run_output(run, 0, image);
    for (size_t i = 0; i < (size_t)c->copies * CHANNELS * PLANE; i++) {
        double value = fmax((double)input_value(image, i % (CHANNELS * PLANE)), 0);
        double wanted = c->factor * pow(value, c->power);
        ck_assert_msg(fabs((double)out[i] - wanted) <= 1e-5 * fabs(wanted),
                      "%s: number %zu is %g, not %g", c->layers, i, (double)out[i], wanted);
    }
}

static void put_inputs(struct run *run, size_t images) {
    for (size_t n = 0; n < images; n++)
        for (size_t i = 0; i < CHANNELS * PLANE; i++)
            run_input(run, n)[i] = input_value(n, i);
}

START_TEST(a_value_joins_itself) {
    const struct join_case *c = &cases[_i];
    char text[512];
    snprintf(text, sizeof text, "input: %dx2x2\nlayers: [relu: {name: r}, %s]\n", CHANNELS,
             c->layers);
    accept(text);
    const struct microkernel *kernel = microkernel_get();
    struct plan_options options = {.tile = kernel->tile, .depth = kernel->depth};
    struct plan *plan;
    struct run *run;
    ck_assert_int_eq(compile_plan(network, &options, &plan), STATUS_OK);
    ck_assert_int_eq(compile_weights(network, plan, NULL, 0), STATUS_OK);
    ck_assert_int_eq(run_new(plan, &(struct run_options){IMAGES, 1}, &run), STATUS_OK);
    for (size_t images = 1; images <= IMAGES; images++) {
        put_inputs(run, images);
        run_forward(run, images);
        for (size_t n = 0; n < images; n++)
            expect(c, run, n);
    }
    put_inputs(run, IMAGES);
    ck_assert_int_eq(run_reference(run, IMAGES), STATUS_OK);
    expect(c, run, IMAGES - 1);
    run_free(run);
    plan_free(plan);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("joins");
    TCase *test = tcase_create("joins");
    tcase_add_checked_fixture(test, NULL, network_free);
    tcase_add_loop_test(test, a_value_joins_itself, 0, CASES);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
