/* Counting what a network took pictures for, and the three reports of it. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../run/tally.h"

static struct tally tally;

static void setup(void) { ck_assert_int_eq(tally_new(&tally, 7, 1 << 20), STATUS_OK); }
static void teardown(void) { tally_free(&tally); }

static uint64_t taken(size_t truth, size_t class) { return tally.taken[truth * 7 + class]; }

START_TEST(places) {
    const float scores[7] = {0.1F, 0.7F, 0.3F, -2, 0.2F, 0.05F, 0};
    for (size_t truth = 0; truth < 7; truth++)
        tally_add(&tally, truth, scores);
    ck_assert_uint_eq(tally.pictures, 7);
    ck_assert_uint_eq(tally.top1, 1);
    ck_assert_uint_eq(tally.top5, 5);
    for (size_t truth = 0; truth < 7; truth++) {
        ck_assert_uint_eq(taken(truth, 1), 1);
        ck_assert_uint_eq(tally.five[truth], truth != 3 && truth != 6);
        ck_assert_uint_eq(tally.none[truth], 0);
    }
}
END_TEST

/* Of equal scores the first class is the better. */
START_TEST(equal_scores) {
    const float scores[7] = {0};
    for (size_t truth = 0; truth < 7; truth++)
        tally_add(&tally, truth, scores);
    ck_assert_uint_eq(tally.top1, 1);
    ck_assert_uint_eq(tally.top5, 5);
    ck_assert_uint_eq(taken(6, 0), 1);
    ck_assert_uint_eq(tally.five[4], 1);
    ck_assert_uint_eq(tally.five[5], 0);
}
END_TEST

START_TEST(no_numbers) {
    const float some[7] = {NAN, -INFINITY, NAN, NAN, NAN, INFINITY, NAN};
    tally_add(&tally, 0, some);
    tally_add(&tally, 1, some);
    tally_add(&tally, 5, some);
    ck_assert_uint_eq(tally.top1, 1);
    ck_assert_uint_eq(tally.top5, 2);
    ck_assert_uint_eq(taken(0, 5), 1);
    ck_assert_uint_eq(tally.five[0], 0);
    const float none[7] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    tally_add(&tally, 2, none);
    ck_assert_uint_eq(tally.none[2], 1);
    ck_assert_uint_eq(tally.top1, 1);
    ck_assert_uint_eq(tally.top5, 2);
    ck_assert_uint_eq(tally.pictures, 4);
}
END_TEST

START_TEST(limits) {
    struct tally large;
    ck_assert_int_eq(tally_new(&large, 1000, 7999999), STATUS_LIMIT);
    tally_free(&large);
    ck_assert_int_eq(tally_new(&large, (size_t)1 << 32, SIZE_MAX), STATUS_LIMIT);
    tally_free(&large);
    ck_assert_int_eq(tally_new(&large, (size_t)1 << 62, SIZE_MAX), STATUS_LIMIT);
    tally_free(&large);
    ck_assert_int_eq(tally_new(&large, 1000, 8000000), STATUS_OK);
    tally_free(&large);
}
END_TEST

static struct text report(const struct tally *of, enum tally_format format) {
    static const char *lines[] = {"zero", "one \33[31m", "two, \"2\""};
    const struct labels labels = {.lines = lines, .count = 3};
    const struct tally_title title = {
        .model = "net.yaml", .data = "d", .labels = &labels, .unreadable = 2};
    struct text out = {0};
    tally_write(of, &title, format, &out);
    ck_assert(!out.failed);
    return out;
}

static void has(enum tally_format format, const char *words) {
    struct text out = report(&tally, format);
    ck_assert_msg(strstr(out.data, words), "no '%s' in:\n%s", words, out.data);
    text_free(&out);
}

START_TEST(reports) {
    const float one[7] = {0, 1};
    tally_add(&tally, 1, one);
    tally_add(&tally, 2, one);
    has(TALLY_TABLE, "one \\x1B[31m");
    has(TALLY_TABLE, "top-1               1   50.00 %");
    has(TALLY_TABLE, "unreadable          2");
    has(TALLY_TABLE, "2 two, \"2\"      0  1  0");
    has(TALLY_JSON, "\"name\":null");
    has(TALLY_JSON, "\"unreadable\":2");
    has(TALLY_JSON, "one \\u001b[31m");
    has(TALLY_JSON, "\"confusion\":[[0,0,0,0,0,0,0],[0,1,0,0,0,0,0],[0,1,0,");
    has(TALLY_CSV, "class,label,pictures,right,top5,as0,as1,");
    has(TALLY_CSV, "\n2,\"two, \"\"2\"\"\",1,0,1,0,1,0,0,0,0,0\n3,,0,0,0,");
}
END_TEST

/* Of many classes the table has the ten worst confusions: the first of equal ones stay. */
START_TEST(worst_confusions) {
    enum { CLASSES = 40 };
    struct tally many;
    ck_assert_int_eq(tally_new(&many, CLASSES, 1 << 20), STATUS_OK);
    struct text none = report(&many, TALLY_TABLE);
    ck_assert_msg(strstr(none.data, "no picture is taken for another class\n\npictures"), "%s",
                  none.data);
    ck_assert_msg(!strstr(none.data, "of class"), "%s", none.data);
    text_free(&none);
    for (size_t truth = 0; truth < CLASSES; truth++) {
        float scores[CLASSES] = {0};
        scores[39 - truth] = 1;
        for (size_t i = 0; i < (truth == 20 ? 3 : truth == 30 ? 5 : 1); i++)
            tally_add(&many, truth, scores);
    }
    struct text out = report(&many, TALLY_TABLE);
    const char *at = strstr(out.data, "pictures  of class");
    ck_assert_ptr_nonnull(at);
    static const char expected[] = "       5        30  -                     9  -\n"
                                   "       3        20  -                    19  -\n"
                                   "       1         0  zero                 39  -\n"
                                   "       1         1  one \\x1B[31m         38  -\n"
                                   "       1         2  two, \"2\"             37  -\n"
                                   "       1         3  -                    36  -\n";
    ck_assert_msg(strstr(at, expected), "%s", at);
    ck_assert_ptr_nonnull(strstr(at, "       1         7  -                    32  -\n\n"));
    text_free(&out);
    tally_free(&many);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("tally");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, places);
    tcase_add_test(tests, equal_scores);
    tcase_add_test(tests, no_numbers);
    tcase_add_test(tests, limits);
    tcase_add_test(tests, reports);
    tcase_add_test(tests, worst_confusions);
    Suite *suite = suite_create("tally");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
