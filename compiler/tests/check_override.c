/* --set and --input: the command line's part of a spec. */
#include "network.h"

static const char chain[] = "input: 3x32x32\n"
                            "pattern: \"[CONV:first-(CONV-RELU)*N-POOL]*M-FC\"\n"
                            "where:\n"
                            "  M: 2\n"
                            "  N: {M: [1, 2]}\n"
                            "  CONV: {filters: 8, kernel: 3, pad: 1}\n"
                            "  POOL: {kernel: 2}\n"
                            "  FC: {units: 10}\n";

static struct compile_options sets(const char *const *arguments, size_t count) {
    return (struct compile_options){.sets = arguments, .set_count = count};
}

static enum status compile_with(const char *argument) {
    const char *const arguments[] = {argument};
    struct compile_options options = sets(arguments, 1);
    return network_compile(chain, &options);
}

static const struct graph *accept_set(const char *argument) {
    ck_assert_msg(compile_with(argument) == STATUS_OK, "%s\n%s", argument, network_said);
    return network->graph;
}

START_TEST(set_changes_a_count) {
    const char *const arguments[] = {"M=1", "N=3"};
    struct compile_options options = sets(arguments, 2);
    ck_assert_str_eq(names_of(accept_with(chain, &options)),
                     "first1 conv1_1 relu1_1 conv1_2 relu1_2 conv1_3 relu1_3 pool1 fc1");
}
END_TEST

START_TEST(set_takes_values_per_turn) {
    ck_assert_str_eq(names_of(accept_set("N={M: [2, 0]}")),
                     "first1 conv1_1 relu1_1 conv1_2 relu1_2 pool1 first2 pool2 fc1");
}
END_TEST

START_TEST(set_changes_a_setting) {
    accept_set("CONV.filters=16");
    ck_assert_int_eq(layer_named("conv1_1")->out.channels, 16);
    ck_assert_int_eq(layer_named("first1")->out.channels, 16);
    accept_set("conv.filters=[1, 2, 3, 4, 5]"); /* heads match without regard to case */
    ck_assert_int_eq(layer_named("conv2_2")->out.channels, 5);
}
END_TEST

START_TEST(set_makes_an_entry_that_is_missing) {
    accept_set("CONV:first.filters=4");
    ck_assert_int_eq(layer_named("first2")->out.channels, 4);
    ck_assert_int_eq(layer_named("conv2_1")->out.channels, 8);
}
END_TEST

START_TEST(set_changes_the_top_level) {
    ck_assert_int_eq(accept_set("input=1x64x64")->own_input.height, 64);
    ck_assert_str_eq(accept_set("name=other")->name, "other");
}
END_TEST

START_TEST(mistakes_are_shown_in_the_argument) {
    ck_assert_int_eq(compile_with("CONV.kernel=2.5"), STATUS_INPUT);
    ck_assert_ptr_nonnull(strstr(network_said, "--set:1:13: error:"));
    ck_assert_ptr_nonnull(strstr(network_said, "CONV.kernel=2.5"));
    ck_assert_int_eq(compile_with("Q=3"), STATUS_INPUT);
    ck_assert_ptr_nonnull(strstr(network_said, "--set:1:1: error: 'Q' names nothing"));
}
END_TEST

START_TEST(what_is_no_assignment_is_usage) {
    ck_assert_int_eq(compile_with("N"), STATUS_USAGE);
    ck_assert_int_eq(compile_with("=3"), STATUS_USAGE);
    ck_assert_int_eq(compile_with("N="), STATUS_USAGE);
    const char *const arguments[] = {"N=3"};
    struct compile_options options = sets(arguments, 1);
    ck_assert_int_eq(network_compile("input: 3x8x8\nlayers: [relu]\n", &options), STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(network_said, "no pattern"));
}
END_TEST

START_TEST(input_changes_no_parameter) {
    accept(chain);
    int64_t parameters = network->graph->totals.parameters;
    struct compile_options options = {.input = "3x40x36"};
    accept_with(chain, &options);
    ck_assert_str_eq(shapes_of(network->graph, "fc"), "10x3x2");
    ck_assert_int_eq(network->graph->totals.parameters, parameters);
}
END_TEST

START_TEST(input_of_other_channels_or_form_is_rejected) {
    struct compile_options options = {.input = "1x32x32"};
    ck_assert_int_eq(network_compile(chain, &options), STATUS_INPUT);
    ck_assert_ptr_nonnull(strstr(network_said, "--input:1:1: error:"));
    options.input = "32";
    ck_assert_int_eq(network_compile(chain, &options), STATUS_USAGE);
    options.input = "3x0x3";
    ck_assert_int_eq(network_compile(chain, &options), STATUS_USAGE);
}
END_TEST

/* ---- image: ---- */

START_TEST(image_rules_are_read) {
    const struct graph *graph =
        accept("input: 3x224x200\nlayers: [relu]\nimage: {preset: tf, resize: 256, crop: 224x200, "
               "filter: bicubic, scale: 0.5, mean: [1, 2, 3], std: 2, channels: bgr, exif: apply, "
               "layout: hwc}\n");
    const struct image_rules *rules = &graph->image;
    ck_assert(rules->given);
    ck_assert_str_eq(rules->preset, "tf");
    ck_assert_int_eq(rules->resize[0], 256);
    ck_assert_int_eq(rules->resize[1], -1);
    ck_assert_int_eq(rules->crop[1], 200);
    ck_assert_str_eq(rules->filter, "bicubic");
    ck_assert_double_eq(rules->scale, 0.5);
    ck_assert_int_eq(rules->mean_count, 3);
    ck_assert_double_eq(rules->mean[2], 3);
    ck_assert_int_eq(rules->std_count, 1);
    ck_assert_str_eq(rules->channels, "bgr");
    ck_assert_str_eq(rules->exif, "apply");
    ck_assert_str_eq(rules->layout, "hwc");
}
END_TEST

START_TEST(image_mistakes) {
    rejects("input: 3x8x8\nlayers: [relu]\nimage: ^torchvision\n", "spec-type", "preset");
    rejects("input: 3x8x8\nlayers: [relu]\nimage: {preset: ^torchvison}\n", "spec-type",
            "torchvision");
    rejects("input: 3x8x8\nlayers: [relu]\nimage: {^means: 3}\n", "spec-key", "mean");
    rejects("input: 3x8x8\nlayers: [relu]\nimage: {mean: ^[1, 2]}\n", "value", "three");
    rejects("input: 3x8x8\nlayers: [relu]\nimage: {std: ^0}\n", "value", "above 0");
    rejects("input: 3x8x8\nlayers: [relu]\nimage: {layout: ^nhwc}\n", "spec-type", "hwc");
    rejects("input: 3x8x8\nlayers: [relu]\nimage: {crop: ^0}\n", "value", "crop");
}
END_TEST

START_TEST(image_rules_that_no_picture_can_meet) {
    rejects("input: 3x8x8\nlayers: [relu]\n^image: {mean: [104, 117, 123]}\n", "image-rules",
            "image: mean 104 is beyond the pixels");
    rejects("input: 3x32x32\n^image:\n  preset: tf\n  resize: 16\n  crop: 31\nlayers: [relu]\n",
            "image-shape", "crop");
    rejects("input: 64x8x8\n^image: {preset: tf}\nlayers: [relu]\n", "image-shape",
            "the network's input has 64 channels");
    rejects("input: 3x8x8\nimage: {std: ^0, crop: 9}\nlayers: [relu]\n", "value", "above 0");
    accept("input: 3x8x8\nimage: {mean: [104, 117, 123], scale: 1}\nlayers: [relu]\n");
    accept("input: 64x8x8\nlayers: [relu]\n");
}
END_TEST

/* ---- many names of one stem ---- */

START_TEST(raising_names_is_linear) {
    /* Two repeats of one name give the same 4000 names; the second 4000 are all raised. */
    const struct graph *graph = accept("input: 1x4x4\npattern: \"(RELU)*N-(RELU)*N\"\n"
                                       "where: {N: 4000}\n");
    ck_assert_uint_eq(graph->count, 8001);
    ck_assert_str_eq(graph->layers[4001]->name, "relu4001");
    ck_assert_str_eq(graph->layers[8000]->name, "relu8000");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("override");
    TCase *override = tcase_create("override");
    tcase_add_checked_fixture(override, NULL, network_free);
    tcase_add_test(override, set_changes_a_count);
    tcase_add_test(override, set_takes_values_per_turn);
    tcase_add_test(override, set_changes_a_setting);
    tcase_add_test(override, set_makes_an_entry_that_is_missing);
    tcase_add_test(override, set_changes_the_top_level);
    tcase_add_test(override, mistakes_are_shown_in_the_argument);
    tcase_add_test(override, what_is_no_assignment_is_usage);
    tcase_add_test(override, input_changes_no_parameter);
    tcase_add_test(override, input_of_other_channels_or_form_is_rejected);
    tcase_add_test(override, image_rules_are_read);
    tcase_add_test(override, image_mistakes);
    tcase_add_test(override, image_rules_that_no_picture_can_meet);
    tcase_add_test(override, raising_names_is_linear);
    suite_add_tcase(suite, override);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
