#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../terminal/json.h"

static struct text out;
static struct json json;

static void setup(void) {
    out = (struct text){0};
    json = (struct json){.out = &out};
}

static void teardown(void) { text_free(&out); }

static void expect(const char *wanted) {
    ck_assert(!out.failed);
    ck_assert_str_eq(out.data, wanted);
}

START_TEST(commas_stand_between_values_only) {
    json_open(&json, '{');
    json_key(&json, "a");
    json_open(&json, '[');
    json_close(&json, ']');
    json_key(&json, "b");
    json_open(&json, '[');
    json_count(&json, 1);
    json_open(&json, '{');
    json_close(&json, '}');
    json_null(&json);
    json_close(&json, ']');
    json_key(&json, "c");
    json_bool(&json, true);
    json_key(&json, "d");
    json_counts(&json, (const int64_t[]){-1, 2}, 2);
    json_close(&json, '}');
    expect("{\"a\":[],\"b\":[1,{},null],\"c\":true,\"d\":[-1,2]}");
}
END_TEST

START_TEST(strings_are_escaped) {
    json_text(&json, "\"\\/\n\t\x01\x7F");
    expect("\"\\\"\\\\/\\n\\u0009\\u0001\\u007f\"");
}
END_TEST

/* C1 controls act on terminals; as escapes they are harmless and the same text. */
START_TEST(controls_beyond_ascii_are_escaped) {
    json_text(&json, "a\xC2\x9B"
                     "b\xE2\x86\x92");
    expect("\"a\\u009bb\xE2\x86\x92\"");
}
END_TEST

START_TEST(bad_utf8_becomes_replacement_characters) {
    /* a stray byte; a cut sequence; an overlong slash; a surrogate (three bytes) */
    json_text(&json, "a\xFF"
                     "b\xE2\x86");
    json_text(&json, "\xC0\xAF");
    json_text(&json, "\xED\xA0\x80");
    expect("\"a\xEF\xBF\xBD"
           "b\xEF\xBF\xBD\xEF\xBF\xBD\","
           "\"\xEF\xBF\xBD\xEF\xBF\xBD\",\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}
END_TEST

START_TEST(reals_are_short_and_exact) {
    json_open(&json, '[');
    json_real(&json, 11);
    json_real(&json, 0.1);
    json_real(&json, -1.5);
    json_real(&json, 1e300);
    json_close(&json, ']');
    expect("[11,0.1,-1.5,1e+300]");
}
END_TEST

START_TEST(reals_come_back) {
    double third = 1.0 / 3;
    json_real(&json, third);
    ck_assert(strtod(out.data, NULL) == third);
}
END_TEST

START_TEST(floats_are_short_and_come_back) {
    static const float samples[] = {0.1F, 1.0F / 3, 16777216, 1e-45F, 3.4028235e38F, -0.0F, 0.998F};
    static const char *const wanted[] = {"0.1",           "0.33333334", "16777216", "1.4013e-45",
                                         "3.4028235e+38", "-0",         "0.998"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        setup();
        json_float(&json, samples[i]);
        expect(wanted[i]);
        teardown();
    }
    setup();
    json_float(&json, NAN);
    json_float(&json, -INFINITY);
    expect("null,null");
}
END_TEST

START_TEST(what_is_no_number_is_null) {
    json_open(&json, '[');
    json_real(&json, (double)NAN);
    json_real(&json, (double)INFINITY);
    json_real(&json, -(double)INFINITY);
    json_text(&json, NULL);
    json_close(&json, ']');
    expect("[null,null,null,null]");
}
END_TEST

START_TEST(counts_are_whole) {
    json_count(&json, INT64_MAX);
    json_count(&json, INT64_MIN);
    expect("9223372036854775807,-9223372036854775808");
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("json");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, commas_stand_between_values_only);
    tcase_add_test(cases, strings_are_escaped);
    tcase_add_test(cases, controls_beyond_ascii_are_escaped);
    tcase_add_test(cases, bad_utf8_becomes_replacement_characters);
    tcase_add_test(cases, reals_are_short_and_exact);
    tcase_add_test(cases, reals_come_back);
    tcase_add_test(cases, floats_are_short_and_come_back);
    tcase_add_test(cases, what_is_no_number_is_null);
    tcase_add_test(cases, counts_are_whole);
    Suite *suite = suite_create("json");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
