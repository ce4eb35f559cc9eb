/* What follows a layer that does not fit: it is inferred as under `fit: floor`, and marked. */
#include <stdio.h>

#include "network.h"

/* Compiles what must be rejected with so many errors. */
static const struct graph *reject(const char *text, size_t errors) {
    ck_assert_int_eq(network_compile(text, NULL), STATUS_INPUT);
    ck_assert_msg(network->diag.errors == errors, "%zu errors expected:\n%s", errors, network_said);
    graph_verify(network->graph);
    return network->graph;
}

/* A letter a layer: known, assumed, misfit, unknown (?). */
static const char *marks_of(const struct graph *graph) {
    char *marks = arena_array(&network->arena, graph->count + 1, 1);
    for (uint32_t i = 1; i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        marks[i - 1] = !layer->known ? '?' : layer->misfit ? 'm' : layer->assumed ? 'a' : 'k';
    }
    return marks;
}

static void count_said(const char *word, size_t wanted) {
    size_t count = 0;
    for (const char *at = network_said; (at = strstr(at, word)); at += strlen(word))
        count++;
    ck_assert_msg(count == wanted, "'%s' is said %zu times, not %zu:\n%s", word, count, wanted,
                  network_said);
}

START_TEST(a_misfit_is_gone_on_from) {
    const struct graph *graph =
        reject("input: 3x224x224\nlayers:\n"
               "  - conv: {filters: 96, kernel: 11, stride: 4}\n" /* 54.25 */
               "  - relu\n"
               "  - pool: {kernel: 2}\n"
               "  - fc: {units: 10}\n",
               1);
    ck_assert_str_eq(shapes_of(graph, NULL), "96x54x54 96x54x54 96x27x27 10");
    ck_assert_str_eq(marks_of(graph), "maaa");
    ck_assert_uint_eq(graph->faults, 0);
    ck_assert_uint_eq(graph->misfits, 1);
    ck_assert_uint_eq(graph->assumed, 4);
    ck_assert_int_eq(graph->totals.parameters, 34944 + (96 * 27 * 27 + 1) * 10);
    ck_assert_int_gt(graph->totals.peak_bytes, 0);
    ck_assert_int_eq(layer_named("conv1")->dropped.rows, 1);
}
END_TEST

START_TEST(the_numbers_are_those_of_floor) {
    static const char layers[] = "layers: [conv: {filters: 4, kernel: 3, stride: 2},\n"
                                 "  pool: {kernel: 3, stride: 2}, pool: {kernel: 2, stride: 2},\n"
                                 "  conv: {filters: 4, kernel: 2, stride: 3}, fc: {units: 3}]\n";
    char text[512];
    snprintf(text, sizeof text, "input: 1x64x96\nfit: floor\n%s", layers);
    const struct graph *graph = accept(text);
    char *shapes = strdup(shapes_of(graph, NULL));
    struct totals totals = graph->totals;
    snprintf(text, sizeof text, "input: 1x64x96\n%s", layers);
    graph = reject(text, 3);
    ck_assert_str_eq(shapes_of(graph, NULL), shapes);
    ck_assert_int_eq(graph->totals.macs, totals.macs);
    ck_assert_int_eq(graph->totals.peak_bytes, totals.peak_bytes);
    free(shapes);
}
END_TEST

START_TEST(each_is_told_at_its_place) {
    reject("input: 1x10x10\nlayers:\n"
           "  - conv: {filters: 2, kernel: 3, stride: 2}\n" /* 4.5 */
           "  - conv: {filters: 2, kernel: 3, stride: 2}\n" /* of 4: 1.5 */
           "  - relu\n",
           2);
    count_said("error: conv1 does not fit", 1);
    count_said("error: conv2 does not fit: (4 - 3 + 2*0)/2 + 1 = 1.50", 1);
    count_said("what comes in is assumed, since conv1 is wrong", 1);
    ck_assert_str_eq(marks_of(network->graph), "mma");
}
END_TEST

START_TEST(a_place_that_is_used_often_is_told_once) {
    reject("input: 1x1000x1000\n"
           "blocks: {B: {layers: [conv: {filters: 2, kernel: 2, stride: 3}, relu,\n"
           "                      conv: {filters: 2, kernel: 3, pad: 1}]}}\n"
           "layers: [B, B, B, B, B, B]\n", /* 1000, 333, 111, 37, 12, 4, 1 */
           1);
    count_said("error:", 1);
    count_said("does not fit", 4); /* b1 in the error, three in notes */
    count_said("and 2 more that are written here", 1);
    ck_assert_uint_eq(network->graph->misfits, 6);
    ck_assert_uint_eq(network->graph->faults, 0);
}
END_TEST

START_TEST(turns_of_a_pattern_share_a_place) {
    reject("input: 1x37x37\npattern: \"[POOL]*M\"\nwhere: {M: 3, POOL: {kernel: 2}}\n", 1);
    count_said("error: pool1 does not fit", 1);
    count_said("note: pool3 does not fit: (9 - 2 + 2*0)/2 + 1 = 4.50", 1);
    ck_assert_str_eq(marks_of(network->graph), "mam");
}
END_TEST

START_TEST(branches_without_it_are_certain) {
    const struct graph *graph =
        reject("input: 1x10x10\nlayers:\n"
               "  - conv: {name: a, filters: 2, kernel: 3, stride: 2}\n"
               "  - relu: {name: b}\n"
               "  - conv: {name: c, from: input, filters: 2, kernel: 3, pad: 1}\n"
               "  - pool: {name: d, global: true}\n"
               "outputs: [b, d]\n",
               1);
    ck_assert_str_eq(marks_of(graph), "makk");
    ck_assert_uint_eq(graph->assumed, 2);
}
END_TEST

START_TEST(an_empty_window_is_taken_for_one_cell) {
    const struct graph *graph = reject("input: 1x10x10\nlayers:\n"
                                       "  - conv: {name: a, filters: 2, kernel: 11}\n"
                                       "  - relu: {name: b}\n"
                                       "  - conv: {name: c, from: input, filters: 2, kernel: 3}\n"
                                       "  - relu: {name: d}\n"
                                       "outputs: [b, d]\n",
                                       1);
    ck_assert_str_eq(marks_of(graph), "makk");
    ck_assert_str_eq(shape_text(graph->arena, &graph->layers[2]->out), "2x1x1");
}
END_TEST

START_TEST(bad_settings_hide_what_follows) {
    ck_assert_str_eq(marks_of(reject("input: 1x10x10\nlayers:\n"
                                     "  - conv: {filters: 2, kernel: 3, stride: 2}\n"
                                     "  - conv: {filters: 2, kernel: 0}\n"
                                     "  - relu\n",
                                     2)),
                     "m??");
}
END_TEST

/* Half of the size, and back: what was cut off is missing where the branches meet again, and will
 * not be once the first pool fits. */
START_TEST(joins_do_not_repeat_what_will_pass) {
    const struct graph *graph = reject("input: 2x10x10\nlayers:\n"
                                       "  - relu: {name: skip}\n"
                                       "  - pool: {kernel: 2}\n"
                                       "  - relu: {name: deep}\n"
                                       "  - pool: {kernel: 2}\n" /* 5: 2.5 */
                                       "  - upsample: {scale: 2}\n"
                                       "  - concat: {from: [upsample1, deep]}\n"
                                       "  - upsample: {scale: 2}\n"
                                       "  - concat: {from: [upsample2, skip]}\n",
                                       1);
    ck_assert_str_eq(marks_of(graph), "kkkmaaaa");
    ck_assert_str_eq(shapes_of(graph, "concat"), "4x4x4 6x8x8");
    ck_assert_int_eq(graph->totals.peak_bytes, 0); /* no plan has such joins */
}
END_TEST

START_TEST(joins_that_never_fit_are_told) {
    const struct graph *graph =
        reject("input: 2x10x10\nlayers:\n"
               "  - conv: {filters: 2, kernel: 3, stride: 2}\n"
               "  - add: [[conv: {filters: 2, kernel: 3}], []]\n" /* its pad is missing */
               "  - relu\n",
               2);
    count_said("heights 2 and 4 differ", 1);
    ck_assert_str_eq(marks_of(graph), "mama");
    ck_assert_str_eq(shapes_of(graph, "relu"), "2x2x2");
}
END_TEST

START_TEST(joins_of_other_channels_go_on_with_the_first) {
    const struct graph *graph = reject("input: 2x9x9\nlayers:\n"
                                       "  - add: [[conv: {filters: 4, kernel: 1}], []]\n"
                                       "  - mul: [[], [conv: {filters: 3, kernel: 1}]]\n"
                                       "  - concat: [[], [pool: {kernel: 3}]]\n",
                                       3);
    ck_assert_str_eq(shapes_of(graph, "concat"), "8x9x9");
    ck_assert_str_eq(marks_of(graph), "kmamam");
}
END_TEST

START_TEST(a_pools_pad_is_taken_as_it_is) {
    const struct graph *graph =
        reject("input: 2x8x8\nlayers: [pool: {kernel: 2, stride: 2, pad: 2}, relu]\n", 1);
    ck_assert_str_eq(shapes_of(graph, NULL), "2x6x6 2x6x6");
    ck_assert_str_eq(marks_of(graph), "ma");
    ck_assert_int_eq(graph->totals.peak_bytes, 0);
}
END_TEST

START_TEST(weights_of_another_shape_leave_shapes) {
    const struct graph *graph =
        reject("input: 2x8x8\nlayers: [conv: {name: a, filters: 2, kernel: 3},\n"
               "  conv: {name: b, filters: 2, kernel: 5, share: a}, relu]\n",
               1);
    ck_assert_str_eq(shapes_of(graph, NULL), "2x6x6 2x2x2 2x2x2");
    ck_assert_str_eq(marks_of(graph), "kma");
}
END_TEST

START_TEST(another_input_has_misfits_of_its_own) {
    static const char text[] = "input: 1x9x9\nlayers: [pool: {kernel: 3}, fc: {units: 2}]\n";
    const struct compile_options options = {.input = "1x13x13"};
    ck_assert_int_eq(network_compile(text, &options), STATUS_INPUT);
    ck_assert_str_eq(shapes_of(network->graph, NULL), "1x4x4 2x2x2");
    ck_assert_str_eq(marks_of(network->graph), "ma");
    ck_assert_int_eq(network->graph->totals.parameters, 20);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("misfit");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, NULL, network_free);
    tcase_add_test(tests, a_misfit_is_gone_on_from);
    tcase_add_test(tests, the_numbers_are_those_of_floor);
    tcase_add_test(tests, each_is_told_at_its_place);
    tcase_add_test(tests, a_place_that_is_used_often_is_told_once);
    tcase_add_test(tests, turns_of_a_pattern_share_a_place);
    tcase_add_test(tests, branches_without_it_are_certain);
    tcase_add_test(tests, an_empty_window_is_taken_for_one_cell);
    tcase_add_test(tests, bad_settings_hide_what_follows);
    tcase_add_test(tests, joins_do_not_repeat_what_will_pass);
    tcase_add_test(tests, joins_that_never_fit_are_told);
    tcase_add_test(tests, joins_of_other_channels_go_on_with_the_first);
    tcase_add_test(tests, a_pools_pad_is_taken_as_it_is);
    tcase_add_test(tests, weights_of_another_shape_leave_shapes);
    tcase_add_test(tests, another_input_has_misfits_of_its_own);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
