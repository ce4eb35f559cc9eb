/* The best values of an output, and how they are printed. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../record.h"
#include "../rows.h"

/* ---- the best ---- */

/* What record_top promises, by looking at all values for each place. */
static size_t plain_top(const float *values, size_t count, size_t top[RECORD_TOP]) {
    size_t length = 0;
    for (; length < RECORD_TOP; length++) {
        size_t best = count;
        for (size_t i = 0; i < count; i++) {
            bool taken = isnan(values[i]);
            for (size_t k = 0; k < length; k++)
                taken |= top[k] == i;
            if (!taken && (best == count || values[i] > values[best]))
                best = i;
        }
        if (best == count)
            break;
        top[length] = best;
    }
    return length;
}

static void check_top(const float *values, size_t count, unsigned seed) {
    size_t top[RECORD_TOP], wanted[RECORD_TOP];
    size_t length = record_top(values, count, top);
    ck_assert_msg(length == plain_top(values, count, wanted), "seed %u: %zu of %zu", seed, length,
                  count);
    for (size_t i = 0; i < length; i++)
        ck_assert_msg(top[i] == wanted[i], "seed %u: place %zu is %zu, not %zu", seed, i, top[i],
                      wanted[i]);
}

START_TEST(the_best_are_the_largest_and_of_equal_ones_the_first) {
    unsigned seed = (unsigned)time(NULL);
    srand(seed);
    for (int turn = 0; turn < 2000; turn++) {
        float values[24];
        size_t count = (size_t)rand() % 25;
        for (size_t i = 0; i < count; i++) {
            int drawn = rand() % 9;
            values[i] = drawn == 0   ? NAN
                        : drawn == 1 ? -INFINITY
                        : drawn == 2 ? INFINITY
                                     : (float)(rand() % 6) - 3;
        }
        check_top(values, count, seed);
    }
}
END_TEST

START_TEST(nothing_is_best_among_no_numbers) {
    const float values[] = {NAN, -NAN};
    size_t top[RECORD_TOP];
    ck_assert_uint_eq(record_top(values, 2, top), 0);
    ck_assert_uint_eq(record_top(values, 0, top), 0);
}
END_TEST

/* ---- print ---- */

START_TEST(larger_outputs_have_no_values_in_json) {
    static float values[RECORD_VALUES + 1];
    struct record_output output = {.name = "map", .values = values};
    struct record record = {.input = "x", .count = 1, .outputs = &output, .output_count = 1};
    for (int32_t more = 0; more <= 1; more++) {
        struct text out = {0};
        output.view = (struct plan_view){.channels = 1, .height = 1, .width = RECORD_VALUES + more};
        record_jsonl(&record, &out);
        ck_assert(!out.failed);
        ck_assert_int_eq(strstr(out.data, "\"values\"") != NULL, more == 0);
        text_free(&out);
    }
}
END_TEST

START_TEST(columns_are_as_wide_as_their_widest_cell) {
    static const char *const headings[] = {"name", ">n", "x", NULL};
    struct rows rows = {.headings = headings};
    struct text out = {0};
    rows_add(&rows, "a");
    rows_add(&rows, "%d", 12345);
    rows_add(&rows, "%s", "");
    rows_add(&rows, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9");
    rows_add(&rows, "7");
    rows_add(&rows, "\033");
    rows_print(&rows, &out);
    ck_assert_str_eq(out.data, "name       n  x\n"
                               "-----  -----  ----\n"
                               "a      12345  -\n"
                               "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9      7  \\x1B\n");
    text_free(&rows.cells);
    text_free(&out);
}
END_TEST

START_TEST(a_table_without_rows_has_its_head) {
    static const char *const headings[] = {"a", NULL};
    struct rows rows = {.headings = headings};
    struct text out = {0};
    rows_print(&rows, &out);
    ck_assert_str_eq(out.data, "a\n-\n");
    text_free(&out);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("record");
    tcase_add_test(cases, the_best_are_the_largest_and_of_equal_ones_the_first);
    tcase_add_test(cases, nothing_is_best_among_no_numbers);
    tcase_add_test(cases, larger_outputs_have_no_values_in_json);
    tcase_add_test(cases, columns_are_as_wide_as_their_widest_cell);
    tcase_add_test(cases, a_table_without_rows_has_its_head);
    Suite *suite = suite_create("record");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
