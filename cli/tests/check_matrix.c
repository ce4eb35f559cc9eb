/* A layer's matrices give what the layer gives: each kind of layer with filters, with stride, pad,
 * dilation, groups, in random sizes. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../compiler/compiler.h"
#include "../../runtime/exec/exec.h"
#include "../../runtime/gemm/microkernel.h"
#include "../show/filters.h"
#include "../show/matrix.h"

/* Of the sum of the products' sizes: float32 sums in any order of up to some hundred products. */
#define TOLERANCE 1e-5

static unsigned seed;

struct net {
    struct compilation *compilation;
    struct plan *plan;
    struct run *run;
    const float *x, *y; /* the layer's input and output */
    float *copy;
    char text[512];
};

static void open_net(struct net *net, uint64_t weights) {
    struct compile_options options = {0};
    const struct microkernel *kernel = microkernel_get();
    struct plan_options plan = {.tile = kernel->tile, .depth = kernel->depth, .plain = true};
    struct run_options run = {.batch = 1, .threads = 1};
    enum status status =
        compile_spec(&options, "net", net->text, strlen(net->text), &net->compilation);
    ck_assert_msg(status == STATUS_OK, "seed %u: rejected: %s", seed, net->text);
    ck_assert_int_eq(compile_plan(net->compilation, &plan, &net->plan), STATUS_OK);
    ck_assert_int_eq(compile_weights(net->compilation, net->plan, NULL, weights), STATUS_OK);
    ck_assert_int_eq(run_new(net->plan, &run, &net->run), STATUS_OK);
    size_t floats = (size_t)plan_view_size(&net->plan->head.input);
    net->copy = calloc(floats, sizeof *net->copy);
    ck_assert_ptr_nonnull(net->copy);
    for (size_t i = 0; i < floats; i++)
        net->copy[i] = (float)(rand() % 2001 - 1000) / 1000;
    memcpy(run_input(net->run, 0), net->copy, floats * sizeof *net->copy);
    run_forward(net->run, 1);
    net->x = net->copy;
    net->y = run_output(net->run, 0, 0);
}

static void close_net(struct net *net) {
    run_free(net->run);
    plan_free(net->plan);
    compilation_free(net->compilation);
    free(net->copy);
}

static void compare(const struct net *net, size_t row, double sum, double size) {
    ck_assert_msg(fabs(sum - (double)net->y[row]) <= TOLERANCE * size + 1e-7,
                  "seed %u: row %zu is %.9g, not %.9g, of %s", seed, row, sum, (double)net->y[row],
                  net->text);
}

static void check_toeplitz(const struct net *net, const struct matrix *bias) {
    struct matrix t;
    ck_assert_int_eq(matrix_toeplitz(net->plan, "layer", &t), STATUS_OK);
    ck_assert_uint_eq(t.rows, plan_view_size(&net->plan->outputs[0].view));
    ck_assert_uint_eq(t.columns, plan_view_size(&net->plan->head.input));
    for (size_t i = 0; i < t.rows; i++) {
        double sum = (double)bias->values[i], size = fabs(sum);
        for (size_t k = 0; k < t.columns; k++) {
            double product = (double)t.values[i * t.columns + k] * (double)net->x[k];
            ck_assert(t.given[i * t.columns + k] || t.values[i * t.columns + k] == 0);
            sum += product;
            size += fabs(product);
        }
        compare(net, i, sum, size);
    }
    matrix_free(&t);
}

/* Filter m times the column of place p, among the rows of its group. */
static void check_im2col(const struct net *net, const struct filters *f,
                         const struct matrix *bias) {
    struct matrix w, p, indices;
    ck_assert_int_eq(matrix_filters(f, &w), STATUS_OK);
    ck_assert_int_eq(matrix_patches(f, net->x, &p), STATUS_OK);
    ck_assert_int_eq(matrix_patches(f, NULL, &indices), STATUS_OK);
    ck_assert_uint_eq(w.columns * f->groups, p.rows);
    for (size_t i = 0; i < p.rows * p.columns; i++)
        ck_assert(p.given[i] ? p.values[i] == net->x[(size_t)indices.values[i]] : p.values[i] == 0);
    for (size_t m = 0; m < w.rows; m++)
        for (size_t place = 0; place < p.columns; place++) {
            size_t first = m / (f->count / f->groups) * w.columns, row = m * p.columns + place;
            double sum = (double)bias->values[row], size = fabs(sum);
            for (size_t k = 0; k < w.columns; k++) {
                double product = (double)w.values[m * w.columns + k] *
                                 (double)p.values[(first + k) * p.columns + place];
                sum += product;
                size += fabs(product);
            }
            compare(net, row, sum, size);
        }
    matrix_free(&w);
    matrix_free(&p);
    matrix_free(&indices);
}

static void check_net(struct net *net) {
    struct filters filters;
    struct matrix bias;
    open_net(net, seed);
    const struct step *step = filters_step(net->plan, "layer", 0);
    ck_assert_ptr_nonnull(step);
    ck_assert_ptr_null(filters_step(net->plan, "lay", 0));
    ck_assert_int_eq(matrix_bias(net->plan, step, &bias), STATUS_OK);
    check_toeplitz(net, &bias);
    ck_assert_int_eq(filters_of(net->plan, step, &filters), STATUS_OK);
    if (!filters_step(net->plan, "layer", 1) && step->kind != STEP_local)
        check_im2col(net, &filters, &bias);
    filters_free(&filters);
    matrix_free(&bias);
    close_net(net);
}

static int from(int least, int most) { return least + rand() % (most - least + 1); }

static void say(struct net *net, int channels, const char *layer) {
    snprintf(net->text, sizeof net->text, "input: %dx%dx%d\nfit: floor\nlayers:\n  - %s\n",
             channels, from(5, 11), from(5, 11), layer);
}

static void begin(void) {
    seed = (unsigned)time(NULL);
    srand(seed);
}

START_TEST(convolutions) {
    begin();
    for (int turn = 0; turn < 40; turn++) {
        struct net net = {0};
        char layer[256];
        int groups = from(1, 3);
        snprintf(layer, sizeof layer,
                 "conv: {name: layer, filters: %d, kernel: %dx%d, stride: %dx%d, pad: %dx%d, "
                 "dilation: %d, groups: %d, bias: %s}",
                 groups * from(1, 4), from(1, 3), from(1, 3), from(1, 3), from(1, 3), from(0, 2),
                 from(0, 2), from(1, 2), groups, rand() % 2 ? "true" : "false");
        say(&net, groups * from(1, 3), layer);
        check_net(&net);
    }
}
END_TEST

START_TEST(depthwise_convolutions) {
    begin();
    for (int turn = 0; turn < 20; turn++) {
        struct net net = {0};
        char layer[256];
        snprintf(layer, sizeof layer,
                 "conv: {name: layer, expand: %d, kernel: %d, stride: %d, pad: %d, groups: "
                 "depthwise}",
                 from(1, 2), from(2, 3), from(1, 2), from(0, 1));
        say(&net, from(2, 5), layer);
        check_net(&net);
    }
}
END_TEST

START_TEST(transposed_convolutions) {
    begin();
    for (int turn = 0; turn < 20; turn++) {
        struct net net = {0};
        char layer[256];
        int stride = from(1, 3), pad = from(0, 1);
        snprintf(layer, sizeof layer,
                 "deconv: {name: layer, filters: %d, kernel: %d, stride: %d, pad: %d}", from(1, 4),
                 from(2, 4), stride, pad);
        say(&net, from(1, 3), layer);
        check_net(&net);
    }
}
END_TEST

START_TEST(local_and_fully_connected_layers) {
    begin();
    for (int turn = 0; turn < 20; turn++) {
        struct net net = {0};
        char layer[256];
        if (turn % 2)
            snprintf(layer, sizeof layer, "fc: {name: layer, units: %d}", from(1, 20));
        else
            snprintf(layer, sizeof layer,
                     "local: {name: layer, filters: %d, kernel: %d, stride: %d, pad: %d}",
                     from(1, 4), from(1, 3), from(1, 2), from(0, 1));
        say(&net, from(1, 3), layer);
        check_net(&net);
    }
}
END_TEST

START_TEST(large_matrices_are_refused) {
    struct net net = {0};
    struct matrix matrix;
    begin();
    snprintf(net.text, sizeof net.text,
             "input: 2x64x64\nlayers:\n  - conv: {name: layer, filters: 1, kernel: 3, pad: 1}\n");
    open_net(&net, 1);
    ck_assert_int_eq(matrix_toeplitz(net.plan, "layer", &matrix), STATUS_LIMIT);
    ck_assert_uint_eq(matrix.rows, 4096);
    ck_assert_uint_eq(matrix.columns, 8192);
    close_net(&net);
}
END_TEST

/* Two layers of other channels under one name, as in a plan that was made to harm. */
START_TEST(steps_of_one_layer_have_its_channels) {
    struct net net = {.text = "input: 2x4x4\nlayers:\n  - deconv: {filters: 1, kernel: 2}\n"
                              "  - deconv: {filters: 9, kernel: 3}\n"};
    struct filters filters;
    open_net(&net, 1);
    ck_assert_int_eq(filters_transposed(net.plan, "deconv1", &filters), STATUS_OK);
    filters_free(&filters);
    for (uint32_t i = 1; i < net.plan->step_count; i++)
        net.plan->steps[i].name = net.plan->steps[0].name;
    ck_assert_ptr_nonnull(filters_step(net.plan, "deconv1", 1));
    ck_assert_int_eq(filters_transposed(net.plan, "deconv1", &filters), STATUS_INPUT);
    close_net(&net);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("matrix");
    tcase_add_test(cases, convolutions);
    tcase_add_test(cases, depthwise_convolutions);
    tcase_add_test(cases, transposed_convolutions);
    tcase_add_test(cases, local_and_fully_connected_layers);
    tcase_add_test(cases, large_matrices_are_refused);
    tcase_add_test(cases, steps_of_one_layer_have_its_channels);
    Suite *suite = suite_create("matrix");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
