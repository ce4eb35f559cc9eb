#include "../base/diag.h"
#include "../base/limits.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diag;
static struct text out;

static const char spec[] = "name: bad\n"
                           "input: 3x7x7\n"
                           "layers:\n"
                           "  - conv: {name: conv1, kernel: 1, filters: 8}\n"
                           "  - relu\n"
                           "  - conv: {name: conv2, kernel: 3, stride: 3, filters: 8}\n";

static void set_up(void) {
    arena_init(&arena);
    if (setjmp(arena.out_of_memory))
        ck_abort_msg("out of memory");
    diag_init(&diag, &arena);
    diag_source(&diag, "specs/bad.yaml", spec, sizeof spec - 1);
}

static void tear_down(void) {
    text_free(&out);
    arena_free(&arena);
}

static struct location at(uint32_t line, uint32_t column) {
    return (struct location){.line = line, .column = column};
}

static const char *rendered(void) {
    text_free(&out);
    diag_render(&diag, &out, false);
    ck_assert(!out.failed);
    return out.data ? out.data : "";
}

/* A second source with one text, and an error in it. */
static const char *rendered_in(const char *text, size_t length, uint32_t line, uint32_t column) {
    struct location place = {.line = line, .column = column};
    place.source = diag_source(&diag, "f", text, length);
    diag_error(&diag, place, "spec", "wrong");
    return rendered();
}

START_TEST(the_form_of_the_language_reference) {
    struct diagnostic *item = diag_error(&diag, at(6, 44), "shape-fit",
                                         "conv2 does not fit: (7 - 3 + 2*0)/3 + 1 = %.2f", 2.33);
    diag_hint(&diag, item,
              "what fits: stride 1 -> 5x5, stride 2 -> 3x3, pad 1 with stride 3 -> 3x3; or fit: "
              "floor -> 2x2, which drops 1 row and 1 column");
    ck_assert_str_eq(
        rendered(),
        "specs/bad.yaml:6:44: error: conv2 does not fit: (7 - 3 + 2*0)/3 + 1 = 2.33 [shape-fit]\n"
        "  6 |   - conv: {name: conv2, kernel: 3, stride: 3, filters: 8}\n"
        "    |                                            ^\n"
        "  what fits: stride 1 -> 5x5, stride 2 -> 3x3, pad 1 with stride 3 -> 3x3; or fit: floor "
        "-> 2x2, which drops 1 row and 1 column\n");
}
END_TEST

START_TEST(hints_of_several_lines_and_notes) {
    struct diagnostic *item = diag_warning(&diag, at(5, 5), "graph-unused", "relu1");
    diag_hint(&diag, item, "one\ntwo");
    diag_note(&diag, item, at(5, 3), "same line: shown once");
    diag_note(&diag, item, at(2, 1), "the %s", "input");
    ck_assert_str_eq(rendered(), "specs/bad.yaml:5:5: warning: relu1 [graph-unused]\n"
                                 "  5 |   - relu\n"
                                 "    |     ^\n"
                                 "  one\n"
                                 "  two\n"
                                 "specs/bad.yaml:5:3: note: same line: shown once\n"
                                 "specs/bad.yaml:2:1: note: the input\n"
                                 "  2 | input: 3x7x7\n"
                                 "    | ^\n");
}
END_TEST

START_TEST(without_a_place) {
    diag_error(&diag, at(0, 0), "spec-empty", "nothing there");
    ck_assert_str_eq(rendered(), "specs/bad.yaml: error: nothing there [spec-empty]\n");
}
END_TEST

START_TEST(beyond_the_text_there_is_no_line_to_show) {
    diag_error(&diag, at(7, 1), "spec", "after the last line's end");
    diag_error(&diag, at(8, 1), "spec", "nowhere");
    ck_assert_str_eq(rendered(), "specs/bad.yaml:7:1: error: after the last line's end [spec]\n"
                                 "  7 |\n"
                                 "    | ^\n"
                                 "specs/bad.yaml:8:1: error: nowhere [spec]\n");
}
END_TEST

START_TEST(colour_when_asked) {
    diag_error(&diag, at(5, 5), "spec", "wrong");
    diag_render(&diag, &out, true);
    ck_assert_str_eq(out.data, "\033[1mspecs/bad.yaml:5:5: \033[1;31merror: \033[0m\033[1mwrong"
                               "\033[0m [spec]\n"
                               "  5 |   - relu\n"
                               "    |     \033[1;32m^\033[0m\n");
}
END_TEST

START_TEST(controls_are_escaped_everywhere) {
    const char *text = "ab\tcd\033[2J\xFFz";
    struct location place = {.line = 1, .column = 11};
    place.source = diag_source(&diag, "a\nb.yaml", text, strlen(text));
    struct diagnostic *item = diag_error(&diag, place, "spec", "name '%s'", "x\033y\n");
    diag_hint(&diag, item, "\033");
    ck_assert_str_eq(rendered(), "a\\nb.yaml:1:11: error: name 'x\\x1By\\n' [spec]\n"
                                 "  1 | ab cd\\x1B[2J\\xFFz\n"
                                 "    |                 ^\n"
                                 "  \\x1B\n");
}
END_TEST

START_TEST(columns_count_characters) {
    const char *text = "a: \xC3\xA9\xE5\xB1\xA4 b";
    ck_assert_str_eq(rendered_in(text, strlen(text), 1, 7), "f:1:7: error: wrong [spec]\n"
                                                            "  1 | a: \xC3\xA9\xE5\xB1\xA4 b\n"
                                                            "    |       ^\n");
}
END_TEST

START_TEST(line_ends_and_byte_order_mark) {
    const char *text = "\xEF\xBB\xBF"
                       "a: 1\r\nb: 2\rc: 3";
    struct location place = {.line = 1, .column = 1};
    place.source = diag_source(&diag, "f", text, strlen(text));
    diag_error(&diag, place, "spec", "first");
    place.line = 2;
    place.column = 5;
    diag_error(&diag, place, "spec", "behind the end");
    place.line = 3;
    place.column = 4;
    diag_error(&diag, place, "spec", "third");
    ck_assert_str_eq(rendered(), "f:1:1: error: first [spec]\n"
                                 "  1 | a: 1\n"
                                 "    | ^\n"
                                 "f:2:5: error: behind the end [spec]\n"
                                 "  2 | b: 2\n"
                                 "    |     ^\n"
                                 "f:3:4: error: third [spec]\n"
                                 "  3 | c: 3\n"
                                 "    |    ^\n");
}
END_TEST

/* A line of 300 characters: at its begin, in its middle, at its end. */
static const struct {
    uint32_t column;
    const char *before, *after; /* what surrounds the 100 characters */
    uint32_t first;             /* the first of them, from 0 */
} windows[] = {
    {1, "", "...", 0},        {51, "", "...", 0},       {52, "...", "...", 1},
    {200, "...", "...", 149}, {250, "...", "...", 199}, {251, "...", "", 200},
    {300, "...", "", 200},    {301, "...", "", 200},
};

START_TEST(long_lines_show_a_window) {
    char text[300];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 26);
    struct text expected = {0};
    text_format(&expected, "f:1:%u: error: wrong [spec]\n  1 | %s", windows[_i].column,
                windows[_i].before);
    text_bytes(&expected, text + windows[_i].first, 100);
    text_format(&expected, "%s\n    | %*s^\n", windows[_i].after,
                (int)(windows[_i].column - 1 - windows[_i].first + strlen(windows[_i].before)), "");
    ck_assert_str_eq(rendered_in(text, sizeof text, 1, windows[_i].column), expected.data);
    text_free(&expected);
}
END_TEST

START_TEST(wide_line_numbers_widen_the_gutter) {
    char text[1234];
    memset(text, '\n', sizeof text);
    text[sizeof text - 1] = 'x';
    ck_assert_str_eq(rendered_in(text, sizeof text, 1234, 1), "f:1234:1: error: wrong [spec]\n"
                                                              "1234 | x\n"
                                                              "     | ^\n");
}
END_TEST

START_TEST(equal_ones_are_one) {
    struct diagnostic *first = diag_error(&diag, at(2, 1), "shape", "%d of them", 2);
    diag_hint(&diag, first, "kept");
    struct diagnostic *again = diag_error(&diag, at(2, 1), "shape", "%s of them", "2");
    ck_assert(diag_kept(&diag, first));
    ck_assert(!diag_kept(&diag, again));
    diag_hint(&diag, again, "ignored");
    diag_note(&diag, again, at(1, 1), "ignored");
    diag_error(&diag, at(2, 2), "shape", "2 of them");
    diag_error(&diag, at(2, 1), "value", "2 of them");
    diag_error(&diag, at(2, 1), "shape", "3 of them");
    ck_assert_uint_eq(diag.count, 4);
    ck_assert_uint_eq(diag.errors, 4);
    ck_assert_str_eq(diag.items[0]->hint, "kept");
    ck_assert_ptr_null(diag.items[0]->notes);
}
END_TEST

/* A layer in a block that is called four times: three times another name, once the same again. */
START_TEST(warnings_are_one_a_place) {
    struct diagnostic *first = diag_warning(&diag, at(2, 1), "value-bias", "conv1 has a bias");
    diag_warning(&diag, at(2, 1), "value-bias", "conv2 has a bias");
    diag_warning(&diag, at(2, 1), "value-bias", "conv1 has a bias");
    diag_warning(&diag, at(2, 1), "value-bias", "conv3 has a bias");
    diag_warning(&diag, at(2, 1), "shape-pad", "another");
    diag_warning(&diag, at(3, 1), "value-bias", "conv8 has a bias");
    diag_warning(&diag, at(3, 1), "value-bias", "conv9 has a bias");
    diag_error(&diag, at(2, 1), "value-bias", "an error");
    ck_assert_uint_eq(diag.warnings, 3);
    diag_sort(&diag);
    diag_sort(&diag);
    ck_assert_str_eq(first->message, "conv1 has a bias; and so for 2 more layers written here");
    ck_assert_ptr_nonnull(strstr(rendered(), "conv8 has a bias; and so for 1 more layer written"));
}
END_TEST

START_TEST(classes_give_the_status) {
    diag_error(&diag, at(1, 1), "spec", "x");
    ck_assert(!diag.limit_hit);
    diag_warning(&diag, at(1, 1), "limit-layers", "x");
    ck_assert(!diag.limit_hit);
    diag_error(&diag, at(1, 2), "limit-layers", "x");
    ck_assert(diag.limit_hit);
    ck_assert_uint_eq(diag.errors, 2);
    ck_assert_uint_eq(diag.warnings, 1);
}
END_TEST

START_TEST(muted_adds_nothing) {
    diag.muted = true;
    struct diagnostic *item = diag_error(&diag, at(1, 1), "limit-layers", "x");
    diag_hint(&diag, item, "x");
    diag_note(&diag, item, at(1, 1), "x");
    ck_assert(!diag_kept(&diag, item));
    ck_assert_uint_eq(diag.errors, 0);
    ck_assert(!diag.limit_hit);
    ck_assert_str_eq(rendered(), "");
}
END_TEST

START_TEST(a_full_list_counts_the_rest) {
    for (uint32_t i = 1; i <= LIMIT_DIAGNOSTICS; i++) {
        if (i % 2)
            diag_error(&diag, at(1, i), "spec", "x");
        else
            diag_warning(&diag, at(1, i), "spec", "x");
    }
    ck_assert_uint_eq(diag.dropped, 0);
    diag_warning(&diag, at(2, 1), "spec", "not kept");
    struct diagnostic *last =
        diag_error(&diag, at(2, 2), "limit-layers", "takes a warning's place");
    ck_assert(diag_kept(&diag, last));
    ck_assert(diag.limit_hit);
    ck_assert_uint_eq(diag.count, LIMIT_DIAGNOSTICS);
    ck_assert_uint_eq(diag.dropped, 2);
    for (uint32_t i = 0; i < LIMIT_DIAGNOSTICS; i++)
        diag_error(&diag, at(3, i), "spec", "x");
    diag_sort(&diag);
    const char *text = rendered();
    ck_assert_ptr_nonnull(strstr(text, "2:2: error: takes a warning's place [limit-layers]\n"));
    ck_assert_ptr_null(strstr(text, "not kept"));
    /* 100 + 1 + 200 errors, 200 of them shown; 101 warnings, none shown. */
    const char tail[] = "specs/bad.yaml: 101 more errors are not shown\n"
                        "specs/bad.yaml: 101 more warnings are not shown\n";
    ck_assert_str_eq(text + strlen(text) - (sizeof tail - 1), tail);
}
END_TEST

START_TEST(one_more_is_singular) {
    for (uint32_t i = 0; i <= LIMIT_DIAGNOSTICS; i++)
        diag_error(&diag, at(1, i), "spec", "x");
    ck_assert_ptr_nonnull(strstr(rendered(), "specs/bad.yaml: 1 more error is not shown\n"));
}
END_TEST

START_TEST(sorted_by_place_and_stable) {
    uint32_t option = diag_source(&diag, "--input", "3x1x1", 5);
    diag_error(&diag, (struct location){option, 1, 1}, "a", "x");
    diag_error(&diag, at(4, 1), "b", "x");
    diag_error(&diag, at(2, 9), "c", "x");
    diag_error(&diag, at(2, 3), "d", "x");
    diag_error(&diag, at(4, 1), "e", "x");
    diag_error(&diag, at(0, 0), "f", "x");
    diag_sort(&diag);
    char order[8] = "";
    for (size_t i = 0; i < diag.count; i++)
        strcat(order, diag.items[i]->class);
    ck_assert_str_eq(order, "fdcbea");
}
END_TEST

START_TEST(absurd_messages_are_cut_at_a_character) {
    enum { LENGTH = 100000 };
    char *name = arena_alloc(&arena, LENGTH + 1);
    for (size_t i = 0; i < LENGTH; i += 2)
        memcpy(name + i, "\xC3\xA9", 2);
    for (int shift = 0; shift < 2; shift++) {
        const char *message =
            diag_error(&diag, at(1, 1), "spec", "%s%s", shift ? "x" : "", name)->message;
        size_t length = strlen(message);
        ck_assert_uint_gt(length, 1000);
        ck_assert_uint_lt(length, 3000);
        ck_assert_str_eq(message + length - 5, "\xC3\xA9...");
    }
}
END_TEST

static const struct {
    const char *word, *nearest;
} words[] = {
    {"filers", "filters"}, /* a letter left out */
    {"filterss", "filters"},
    {"fitlers", "filters"}, /* neighbours swapped */
    {"FILTERS", "filters"},
    {"COVN", "conv"},
    {"strode", "stride"},
    {"kernal", "kernel"},
    {"pda", "pad"},
    {"dilatoin", "dilation"},
    {"pad", "pad"}, /* the nearer of two */
    {"units", "units"},
    {"banana", NULL},
    {"x", NULL},
    {"", NULL},
    {"po", NULL}, /* too short to be meant */
    {"xy", NULL},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     NULL},
};

START_TEST(nearest_is_what_was_meant) {
    static const char *const candidates[] = {"filters", "kernel", "stride",   "pads", "pad",
                                             NULL,      "conv",   "dilation", "units"};
    const char *nearest = diag_nearest(words[_i].word, candidates, 9);
    if (words[_i].nearest)
        ck_assert_pstr_eq(nearest, words[_i].nearest);
    else
        ck_assert_ptr_null(nearest);
    ck_assert_ptr_null(diag_nearest(words[_i].word, NULL, 0));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("diag");
    TCase *render = tcase_create("render");
    tcase_add_checked_fixture(render, set_up, tear_down);
    tcase_add_test(render, the_form_of_the_language_reference);
    tcase_add_test(render, hints_of_several_lines_and_notes);
    tcase_add_test(render, without_a_place);
    tcase_add_test(render, beyond_the_text_there_is_no_line_to_show);
    tcase_add_test(render, colour_when_asked);
    tcase_add_test(render, controls_are_escaped_everywhere);
    tcase_add_test(render, columns_count_characters);
    tcase_add_test(render, line_ends_and_byte_order_mark);
    tcase_add_loop_test(render, long_lines_show_a_window, 0,
                        (int)(sizeof windows / sizeof *windows));
    tcase_add_test(render, wide_line_numbers_widen_the_gutter);
    suite_add_tcase(suite, render);
    TCase *collect = tcase_create("collect");
    tcase_add_checked_fixture(collect, set_up, tear_down);
    tcase_add_test(collect, equal_ones_are_one);
    tcase_add_test(collect, warnings_are_one_a_place);
    tcase_add_test(collect, classes_give_the_status);
    tcase_add_test(collect, muted_adds_nothing);
    tcase_add_test(collect, a_full_list_counts_the_rest);
    tcase_add_test(collect, one_more_is_singular);
    tcase_add_test(collect, sorted_by_place_and_stable);
    tcase_add_test(collect, absurd_messages_are_cut_at_a_character);
    suite_add_tcase(suite, collect);
    TCase *nearest = tcase_create("nearest");
    tcase_add_loop_test(nearest, nearest_is_what_was_meant, 0, (int)(sizeof words / sizeof *words));
    suite_add_tcase(suite, nearest);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
