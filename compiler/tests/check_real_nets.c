/* Networks of specs/ with seeded weights: PyTorch's logits (testdata/tools/real_nets.py), and a
 * network run fully convolutionally. */
#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/base/random.h"
#include "../../runtime/exec/exec.h"
#include "../../runtime/gemm/microkernel.h"
#include "../base/limits.h"
#include "../compiler.h"

#define TOLERANCE 1e-4 /* of the greatest logit */

static const char *const names[] = {"lenet5", "cifar-resnet20", "squeezenet1_1", "mobilenet_v2",
                                    "resnet18"};
enum { NAMES = sizeof names / sizeof names[0] };

struct subject {
    struct compilation *compilation;
    struct plan *plan;
    struct run *run;
};

static struct subject subject_open(const char *name, const char *input, const char *keep) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.yaml", SPECS_DIR, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    char *text = malloc(LIMIT_SPEC_BYTES);
    ck_assert_ptr_nonnull(text);
    size_t length = fread(text, 1, LIMIT_SPEC_BYTES, file);
    fclose(file);

    struct subject x;
    const struct microkernel *kernel = microkernel_get();
    struct compile_options options = {.input = input};
    struct plan_options plan_options = {
        .tile = kernel->tile, .depth = kernel->depth, .keep = &keep, .keep_count = keep ? 1 : 0};
    ck_assert_int_eq(compile_spec(&options, name, text, length, &x.compilation), STATUS_OK);
    free(text);
    ck_assert_int_eq(compile_plan(x.compilation, &plan_options, &x.plan), STATUS_OK);
    ck_assert_int_eq(compile_weights(x.compilation, x.plan, NULL, 0), STATUS_OK);
    ck_assert_ptr_null(plan_verify(x.plan));
    ck_assert_int_eq(run_new(x.plan, &(struct run_options){1, 1}, &x.run), STATUS_OK);
    return x;
}

static void subject_close(struct subject *x) {
    run_free(x->run);
    plan_free(x->plan);
    compilation_free(x->compilation);
}

START_TEST(logits_are_pytorchs) {
    json_error_t error;
    json_t *all = json_load_file(NETS_DIR "/real.json", 0, &error);
    ck_assert_msg(all != NULL, "%s", error.text);
    json_t *expected = json_object_get(all, names[_i]);
    json_t *logits = json_object_get(expected, "logits");
    double bound = TOLERANCE * json_real_value(json_object_get(expected, "most"));
    ck_assert(bound > 0);

    struct subject x =
        subject_open(names[_i], NULL, json_string_value(json_object_get(expected, "layer")));
    random_fill(0, "input", 0, plan_view_size(&x.plan->head.input), -1, 1, run_input(x.run, 0));
    run_forward(x.run, 1);
    size_t step = plan_view_size(&x.plan->outputs[0].view) / 16;
    for (size_t i = 0; i < json_array_size(logits); i++) {
        double value = (double)run_output(x.run, 0, 0)[i * (step > 0 ? step : 1)];
        double exact = json_real_value(json_array_get(logits, i));
        ck_assert_msg(fabs(value - exact) <= bound, "%s: number %zu is %.9g, not %.9g", names[_i],
                      i, value, exact);
    }
    ck_assert_uint_ge(json_array_size(logits), 10);
    subject_close(&x);
    json_decref(all);
}
END_TEST

/* ---- fully convolutional ---- */

enum { SMALL = 32, LARGE = 64, JUMP = 4, SCORES = (LARGE - SMALL) / JUMP + 1, CLASSES = 10 };

static void crop(const float *image, size_t top, size_t left, float *out) {
    for (size_t y = 0; y < SMALL; y++)
        memcpy(out + y * SMALL, image + (top + y) * LARGE + left, SMALL * sizeof *out);
}

/* LeNet-5's windows overlap and its pools have stride 2: its scores are 4 cells apart. */
START_TEST(a_map_of_scores_is_that_of_the_crops) {
    static float image[LARGE * LARGE];
    random_fill(0, "input", 0, LARGE * LARGE, -1, 1, image);
    struct subject whole = subject_open("lenet5", "1x64x64", NULL);
    struct subject part = subject_open("lenet5", NULL, NULL);
    const struct plan_view *view = &whole.plan->outputs[0].view;
    ck_assert_int_eq(view->channels, CLASSES);
    ck_assert_int_eq(view->height, SCORES);
    ck_assert_int_eq(view->width, SCORES);
    ck_assert_uint_eq(plan_view_size(&part.plan->outputs[0].view), CLASSES);
    memcpy(run_input(whole.run, 0), image, sizeof image);
    run_forward(whole.run, 1);
    for (size_t at = 0; at < SCORES * SCORES; at++) {
        crop(image, at / SCORES * JUMP, at % SCORES * JUMP, run_input(part.run, 0));
        run_forward(part.run, 1);
        for (size_t c = 0; c < CLASSES; c++) {
            float score = run_output(whole.run, 0, 0)[c * SCORES * SCORES + at];
            float alone = run_output(part.run, 0, 0)[c];
            ck_assert_msg(memcmp(&score, &alone, sizeof score) == 0,
                          "class %zu at %zu, %zu: %.9g in the map, %.9g alone", c, at / SCORES,
                          at % SCORES, (double)score, (double)alone);
        }
    }
    subject_close(&part);
    subject_close(&whole);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("real_nets");
    TCase *test = tcase_create("networks");
    tcase_add_loop_test(test, logits_are_pytorchs, 0, NAMES);
    tcase_add_test(test, a_map_of_scores_is_that_of_the_crops);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
