/* The best values of an output, and how they are printed. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../report/rows.h"
#include "../run/record.h"

/* ---- the best ---- */

/* What record_top promises, by looking at all values for each place. */
static size_t plain_top(const float *values, size_t step, size_t count, size_t *top) {
    size_t length = 0;
    for (; length < RECORD_TOP; length++) {
        size_t best = count;
        for (size_t i = 0; i < count; i++) {
            bool taken = isnan(values[i * step]);
            for (size_t k = 0; k < length; k++)
                taken |= top[k] == i;
            if (!taken && (best == count || values[i * step] > values[best * step]))
                best = i;
        }
        if (best == count)
            break;
        top[length] = best;
    }
    return length;
}

static void check_top(const struct record_output *output, size_t position, unsigned seed) {
    struct ranked top[RECORD_TOP];
    size_t wanted[RECORD_TOP], count = (size_t)output->view.channels;
    size_t step = (size_t)output->view.width;
    size_t length = record_top(output, position, RECORD_TOP, top);
    size_t expected = plain_top(output->values + position, step, count, wanted);
    ck_assert_msg(length == expected, "seed %u: %zu of %zu", seed, length, count);
    for (size_t i = 0; i < length; i++) {
        ck_assert_msg(top[i].index == wanted[i], "seed %u: place %zu is %zu, not %zu", seed, i,
                      top[i].index, wanted[i]);
        ck_assert(top[i].score == output->values[position + wanted[i] * step]);
    }
}

START_TEST(the_best_are_the_largest_and_of_equal_ones_the_first) {
    unsigned seed = (unsigned)time(NULL);
    srand(seed);
    for (int turn = 0; turn < 2000; turn++) {
        float values[3 * 24];
        int32_t count = rand() % 25, width = 1 + rand() % 3;
        for (int32_t i = 0; i < count * width; i++) {
            int drawn = rand() % 9;
            values[i] = drawn == 0   ? NAN
                        : drawn == 1 ? -INFINITY
                        : drawn == 2 ? INFINITY
                                     : (float)(rand() % 6) - 3;
        }
        const struct record_output output = {
            .values = values, .view = {.channels = count, .height = 1, .width = width}};
        for (int32_t x = 0; x < width; x++)
            check_top(&output, (size_t)x, seed);
    }
}
END_TEST

START_TEST(logits_become_probabilities) {
    const float values[] = {1, 3, 2, -INFINITY}, large[] = {1e30f, -1e30f}, one[] = {-7};
    const float beyond[] = {INFINITY, 0};
    struct record_output output = {.values = values, .logits = true, .view = {0, 4, 1, 1, 0}};
    struct ranked top[4];
    double sum = exp(1) + exp(3) + exp(2);
    ck_assert_uint_eq(record_top(&output, 0, 4, top), 4);
    ck_assert_uint_eq(top[0].index, 1);
    ck_assert_float_eq_tol(top[0].score, (float)(exp(3) / sum), 1e-7f);
    ck_assert_float_eq_tol(top[2].score, (float)(exp(1) / sum), 1e-7f);
    ck_assert(top[3].score == 0);
    ck_assert_uint_eq(record_cut(top, 4, 0.2), 2);
    ck_assert_uint_eq(record_cut(top, 4, 0.99), 0);
    output = (struct record_output){.values = large, .logits = true, .view = {0, 2, 1, 1, 0}};
    ck_assert_uint_eq(record_top(&output, 0, 1, top), 1);
    ck_assert(top[0].score == 1);
    output.values = beyond;
    ck_assert_uint_eq(record_top(&output, 0, 2, top), 2);
    ck_assert(top[0].index == 0 && isnan(top[0].score));
    output = (struct record_output){.values = one, .logits = true, .view = {0, 1, 1, 1, 0}};
    ck_assert_uint_eq(record_top(&output, 0, 1, top), 1);
    ck_assert(top[0].score == -7); /* alone it is no distribution */
}
END_TEST

START_TEST(nothing_is_best_among_no_numbers) {
    const float values[] = {NAN, -NAN};
    struct record_output output = {.values = values, .view = {0, 2, 1, 1, 0}};
    struct ranked top[RECORD_TOP];
    ck_assert_uint_eq(record_top(&output, 0, RECORD_TOP, top), 0);
    output.view.channels = 0;
    ck_assert_uint_eq(record_top(&output, 0, RECORD_TOP, top), 0);
}
END_TEST

/* ---- labels ---- */

static void check_labels(const char *text, const char *first, const char *second, size_t count) {
    struct labels labels;
    ck_assert(labels_parse(text, strlen(text), &labels) == STATUS_OK);
    ck_assert_uint_eq(labels.count, count);
    if (count > 0)
        ck_assert_str_eq(labels_of(&labels, 0), first);
    if (count > 1)
        ck_assert_str_eq(labels_of(&labels, 1), second);
    ck_assert_ptr_null(labels_of(&labels, count));
    labels_free(&labels);
}

START_TEST(labels_are_lines) {
    check_labels("", NULL, NULL, 0);
    check_labels("a", "a", NULL, 1);
    check_labels("a\n", "a", NULL, 1);
    check_labels("n01440764 tench, Tinca\r\n\r\nz", "n01440764 tench, Tinca", "", 3);
    check_labels("\nb\n\n", "", "b", 3);
}
END_TEST

/* ---- print ---- */

START_TEST(larger_outputs_have_no_values_in_json) {
    static float values[RECORD_VALUES + 1];
    struct record_output output = {.name = "map", .values = values};
    struct record record = {.input = "x", .outputs = &output, .output_count = 1};
    const struct labels labels = {0};
    const struct record_style style = {.raw = true, .top = 1, .labels = &labels};
    for (int32_t more = 0; more <= 1; more++) {
        struct text out = {0};
        output.view = (struct plan_view){.channels = 1, .height = 1, .width = RECORD_VALUES + more};
        record_jsonl(&record, &style, &out);
        ck_assert(!out.failed);
        ck_assert_int_eq(strstr(out.data, "\"values\"") != NULL, more == 0);
        text_free(&out);
    }
}
END_TEST

static void check_jsonl(const struct record *record, const struct record_style *style,
                        const char *expected) {
    struct text out = {0};
    record_jsonl(record, style, &out);
    ck_assert(!out.failed);
    ck_assert_str_eq(out.data, expected);
    text_free(&out);
}

START_TEST(records_are_json_whatever_the_name) {
    static const float values[] = {0.25f, 0.5f};
    struct labels labels;
    ck_assert(labels_parse("a\n\xFF\"\n", 5, &labels) == STATUS_OK);
    struct record_output output = {.vector = true, .values = values, .view = {0, 2, 1, 1, 0}};
    struct record_style style = {.top = 1, .labels = &labels};
    struct record record = {.input = "a\xFF\n", .outputs = &output, .output_count = 1};
    check_jsonl(&record, &style,
                "{\"input\":\"a\xEF\xBF\xBD\\n\",\"input_b64\":\"Yf8K\",\"top\":["
                "{\"index\":1,"
                "\"label\":\"\xEF\xBF\xBD\\\"\",\"score\":0.5}]}\n");
    style.least = 0.75;
    record.input = "x";
    check_jsonl(&record, &style, "{\"input\":\"x\",\"top\":[]}\n");
    record = (struct record){.input = "x", .class = "io", .error = "why"};
    check_jsonl(&record, &style,
                "{\"input\":\"x\",\"error\":{\"class\":\"io\",\"message\":\"why\"}}\n");
    labels_free(&labels);
}
END_TEST

START_TEST(a_map_has_the_best_of_each_position) {
    static const float values[] = {1, NAN, 3, 4, 0, NAN, 5, 9};
    const struct labels labels = {0};
    const struct record_output output = {.name = "map", .values = values, .view = {0, 2, 2, 2, 0}};
    const struct record record = {
        .input = "x,\t", .indexed = true, .index = 7, .outputs = &output, .output_count = 1};
    const struct record_style style = {.top = 5, .labels = &labels, .least = 2};
    struct text out = {0};
    check_jsonl(&record, &style,
                "{\"input\":\"x,\\u0009\",\"index\":7,\"output\":[2,2,2],\"map\":"
                "{\"index\":"
                "[[null,null],[1,1]],\"score\":[[null,null],[5,9]]},\"flags\":["
                "\"nan\"]}\n");
    record_heading(&record, ',', &out);
    record_lines(&record, &style, ',', &out);
    record_lines(&record, &style, '\t', &out);
    ck_assert_str_eq(out.data, "input,image,row,column,rank,index,label,score,error\n"
                               "\"x,\\t\",7,1,0,1,1,,5,\n"
                               "\"x,\\t\",7,1,1,1,1,,9,\n"
                               "x,\\t\t7\t1\t0\t1\t1\t\t5\t\n"
                               "x,\\t\t7\t1\t1\t1\t1\t\t9\t\n");
    text_free(&out);
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
    tcase_add_test(cases, logits_become_probabilities);
    tcase_add_test(cases, labels_are_lines);
    tcase_add_test(cases, records_are_json_whatever_the_name);
    tcase_add_test(cases, a_map_has_the_best_of_each_position);
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
