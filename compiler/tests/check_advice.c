/* What is right, but worth a word. */
#include <stdio.h>

#include "network.h"

static const char biased[] = "input: 3x8x8\n%slayers:\n  - conv: {filters: 8, kernel: 3}\n  - bn\n";

static size_t warnings_of(const char *more, bool trained) {
    char spec[sizeof biased + 64];
    snprintf(spec, sizeof spec, biased, more);
    const struct compile_options options = {.trained = trained};
    ck_assert_int_eq(network_compile(spec, &options), STATUS_OK);
    return network->diag.warnings;
}

/* With trained weights the bias counts: nothing that would change the values is advised. */
START_TEST(a_bias_before_bn_is_useless_in_training) {
    ck_assert_uint_eq(warnings_of("", false), 1);
    ck_assert_ptr_nonnull(strstr(network_said, "in training, bn1 takes the bias of conv1 away"));
    ck_assert_uint_eq(warnings_of("weights: w.npz\n", false), 0);
    ck_assert_uint_eq(warnings_of("", true), 0);
}
END_TEST

/* Two places, twelve layers. */
START_TEST(a_place_is_warned_of_once) {
    warns("input: 3x8x8\nblocks:\n  B: {layers: [^conv: {filters: 3, kernel: 1}, bn]}\n"
          "layers: [B, B, B, b]",
          "value-bias", "the bias of b1.conv1 away again; and so for 3 more layers written here");
    warns("input: 3x8x8\npattern: \"(^CONV-BN-RELU)*N\"\nwhere: {N: 8, CONV: {filters: 3, "
          "kernel: 1}}",
          "value-bias", "the bias of conv1 away again; and so for 7 more layers written here");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("advice");
    TCase *tests = tcase_create("advice");
    tcase_add_checked_fixture(tests, NULL, network_free);
    tcase_add_test(tests, a_bias_before_bn_is_useless_in_training);
    tcase_add_test(tests, a_place_is_warned_of_once);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
