/* The text of a labels file in the plan. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../base/limits.h"
#include "../compiler.h"

static struct compilation *compilation;
static struct plan *plan;

static void setup(void) {
    static const char spec[] = "name: n\ninput: 1x4x4\nlayers: [fc: {units: 3}]\n";
    const struct compile_options none = {0};
    const struct plan_options options = {.tile = {16, 6}, .depth = 256};
    ck_assert_int_eq(compile_spec(&none, "spec", spec, sizeof spec - 1, &compilation), STATUS_OK);
    ck_assert_int_eq(compile_plan(compilation, &options, &plan), STATUS_OK);
}

static void teardown(void) {
    plan_free(plan);
    compilation_free(compilation);
}

static void accepted(const char *text, const char *kept, size_t count) {
    struct file_error error;
    enum status status = compile_labels(plan, text, strlen(text), &error);
    ck_assert_msg(status == STATUS_OK, "%s", status == STATUS_OK ? "" : error.message);
    ck_assert_str_eq(plan_string(plan, plan->head.labels), kept);
    ck_assert_uint_eq(plan_label_count(plan), count);
    ck_assert_ptr_null(plan_verify(plan));
    ck_assert_str_eq(plan_string(plan, plan->head.name), "n");
    ck_assert_str_eq(plan_string(plan, plan->steps[0].name), "fc1");
}

static void refused(const char *text, size_t length, enum status status, const char *class,
                    const char *words) {
    struct file_error error = {.class = "none"};
    ck_assert_int_eq(compile_labels(plan, text, length, &error), status);
    ck_assert_str_eq(error.class, class);
    ck_assert_msg(strstr(error.message, words), "%s", error.message);
    ck_assert_ptr_nonnull(strstr(error.message, "expected"));
    ck_assert_uint_eq(plan->head.labels, PLAN_NONE);
}

START_TEST(lines) {
    ck_assert_uint_eq(plan_label_count(plan), 0);
    accepted("a\nb c\nd\n", "a\nb c\nd\n", 3);
    accepted("a\nb c\nd", "a\nb c\nd", 3);
    accepted("a\r\nb\r\n", "a\r\nb\r\n", 2);
    accepted("\n\n", "\n\n", 2);
    accepted("", "", 0);
    accepted("\xEF\xBB\xBFStra\xC3\x9F"
             "e\n\xE9\x9E\x8B\n",
             "Stra\xC3\x9F"
             "e\n\xE9\x9E\x8B\n",
             2);
}
END_TEST

START_TEST(characters) {
    refused("a\nb\xFF\n", 5, STATUS_INPUT, "labels-encoding", "byte 0xFF in line 2");
    refused("a\n\xC3", 3, STATUS_INPUT, "labels-encoding", "byte 0xC3 in line 2");
    refused("a\0b", 3, STATUS_INPUT, "labels-encoding", "U+0000 in line 1");
    refused("a\tb", 3, STATUS_INPUT, "labels-encoding", "U+0009");
    refused("\33[1m", 4, STATUS_INPUT, "labels-encoding", "U+001B");
    refused("a\rb", 3, STATUS_INPUT, "labels-encoding", "U+000D");
    refused("a\r", 2, STATUS_INPUT, "labels-encoding", "U+000D");
    refused("\xC2\x85", 2, STATUS_INPUT, "labels-encoding", "U+0085");
    refused("a\xEF\xBB\xBF", 4, STATUS_INPUT, "labels-encoding", "U+FEFF");
}
END_TEST

START_TEST(sizes) {
    char *text = malloc(LIMIT_LABELS_BYTES + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'a', LIMIT_LABELS_BYTES + 1);
    refused(text, LIMIT_LABELS_BYTES + 1, STATUS_LIMIT, "limit-size", "1048577");
    struct file_error error;
    ck_assert_int_eq(compile_labels(plan, text, LIMIT_LABELS_BYTES, &error), STATUS_OK);
    ck_assert_uint_eq(strlen(plan_string(plan, plan->head.labels)), LIMIT_LABELS_BYTES);
    free(text);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("label_text");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, lines);
    tcase_add_test(tests, characters);
    tcase_add_test(tests, sizes);
    Suite *suite = suite_create("label_text");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
