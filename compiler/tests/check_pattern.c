/* The grammar of patterns: what parses, to what tree, and what is said of what does not. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../base/limits.h"
#include "../front/pattern.h"

static struct arena arena;
static struct pattern_error error;

static void setup(void) {
    arena_init(&arena);
    if (setjmp(arena.out_of_memory))
        abort();
}

static void teardown(void) { arena_free(&arena); }

static struct pattern_item *parse(const char *text) {
    return pattern_parse(&arena, text, strlen(text), &error);
}

static const char *printed(const struct pattern_item *pattern) {
    struct text out = {0};
    pattern_print(pattern, &out);
    const char *copy = arena_copy(&arena, out.data, out.length);
    text_free(&out);
    return copy;
}

/* The text parses, and prints as `canonical`. */
static void accepts(const char *text, const char *canonical) {
    struct pattern_item *pattern = parse(text);
    ck_assert_msg(pattern, "'%s': %s", text, error.message);
    ck_assert_str_eq(printed(pattern), canonical);
    ck_assert_str_eq(printed(parse(canonical)), canonical);
}

static const char *const same[] = {
    "CONV",
    "[(CONV-RELU)*N-POOL]*M-[FC-RELU]*K-SOFTMAX",
    "[(CONV-RELU)*N-POOL]*M-FC",
    "[CONV-POOL-CONV-POOL-CONV-FC]",
    "CONV-RELU-POOL-LRN-CONV-RELU-POOL-LRN-[CONV-RELU]*3-POOL-[FC-RELU-DROPOUT]*2-FC-SOFTMAX",
    "CONV-BN-RELU-POOL:stem-[PROJECT-IDENTITY*N]*M-POOL:all-FC-SOFTMAX",
    "CONV:first-RELU-[CONV-RELU]*N-CONV:last-FLATTEN-SOFTMAX",
    "[CONV-POOL?]*M-POOL:last?*2-A.b_9:c.d?*9223372036854775807",
    "3a-x*2b-y*.5",
};

START_TEST(parses_and_prints) { accepts(same[_i], same[_i]); }
END_TEST

START_TEST(forms_that_are_equal) {
    accepts("A,B->C-D", "A-B-C-D");
    accepts(" \tA -> [ B * 2 ] * N \n, C : x ? * 3 ", "A-[B*2]*N-C:x?*3");
    accepts("([(A)])", "[((A))]");
    accepts("A*1-(B)*1", "A-[B]");
    accepts("[(CONV-RELU)*N-POOL]*M-(FC-RELU)*K,SOFTMAX",
            "[(CONV-RELU)*N-POOL]*M-[FC-RELU]*K-SOFTMAX");
    accepts("INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC",
            "[(CONV-RELU)*N-POOL?]*M-[FC-RELU]*K-FC");
    accepts("input,CONV", "CONV");
    accepts("INPUTS-CONV:input*INPUT", "INPUTS-CONV:input*INPUT");
}
END_TEST

START_TEST(tree) {
    const struct pattern_item *whole = parse("INPUT-[CONV:a?*3-(X)*M.2]*4-Y");
    ck_assert_ptr_nonnull(whole);
    ck_assert(whole->group && whole->count == 1 && !whole->count_name);
    ck_assert_uint_eq(whole->item_count, 2);

    const struct pattern_item *group = whole->items[0];
    ck_assert(group->group && !group->name && !group->optional);
    ck_assert_uint_eq(group->offset, 6);
    ck_assert_int_eq(group->count, 4);
    ck_assert_uint_eq(group->count_offset, 26);
    ck_assert_uint_eq(group->item_count, 2);

    const struct pattern_item *conv = group->items[0];
    ck_assert(!conv->group && conv->optional && !conv->count_name && conv->item_count == 0);
    ck_assert_uint_eq(conv->offset, 7);
    ck_assert_str_eq(conv->name, "CONV");
    ck_assert_str_eq(conv->label, "a");
    ck_assert_int_eq(conv->count, 3);
    ck_assert_uint_eq(conv->count_offset, 15);

    const struct pattern_item *inner = group->items[1];
    ck_assert(inner->group && inner->item_count == 1);
    ck_assert_uint_eq(inner->offset, 17);
    ck_assert_str_eq(inner->count_name, "M.2");
    ck_assert_uint_eq(inner->count_offset, 21);
    ck_assert_str_eq(inner->items[0]->name, "X");

    const struct pattern_item *last = whole->items[1];
    ck_assert(!last->label && !last->optional && !last->count_name && last->count == 1);
    ck_assert_str_eq(last->name, "Y");
}
END_TEST

static const struct {
    const char *text;
    size_t offset;
    const char *message;
} wrong[] = {
    {"", 0, "the pattern is empty"},
    {"  ", 0, "the pattern is empty"},
    {"()", 0, "the group is empty"},
    {"A-[ ]", 2, "the group is empty"},
    {"(]", 1, "a layer kind, a block or a group is expected, not ']'"},
    {"A-", 2, "a layer kind, a block or a group is expected, not the end"},
    {"A,,B", 2, "a layer kind, a block or a group is expected, not ','"},
    {"->A", 0, "a layer kind, a block or a group is expected, not '->'"},
    {"*3", 0, "a layer kind, a block or a group is expected, not '*'"},
    {"A-\uff23\uff2f", 2,
     "a layer kind, a block or a group is expected, not '\uff23' (names are made of A to Z, a to "
     "z, digits, _ and .)"},
    {"A\u2192B", 1,
     "a separator (- , ->) or the end is expected, not '\u2192' (names are made of A to Z, a to z, "
     "digits, "
     "_ and .)"},
    {"A B", 2, "a separator (- , ->) or the end is expected, not 'B'"},
    {"A>B", 1,
     "a separator (- , ->) or the end is expected, not '>' (names are made of A to Z, a to z, "
     "digits, _ "
     "and .)"},
    {"A:b:c", 3, "a separator (- , ->) or the end is expected, not ':'"},
    {"A*2 3", 4, "a separator (- , ->) or the end is expected, not '3'"},
    {"[(A)", 4, "the '[' at character 1 is not closed"},
    {"B-(A", 4, "the '(' at character 3 is not closed"},
    {"B-(A]", 4, "']' cannot close the '(' at character 3"},
    {"B-(A B)", 5, "a separator, or ')' for the '(' at character 3, is expected, not 'B'"},
    {"A]", 1, "']' closes nothing"},
    {"(A))*2", 3, "')' closes nothing"},
    {"A*", 2, "after '*' a count (a whole number from 1, or a name) is expected, not the end"},
    {"A*(B)", 2, "after '*' a count (a whole number from 1, or a name) is expected, not '('"},
    {"A*-B", 2, "after '*' a count (a whole number from 1, or a name) is expected, not '-'"},
    {"A*+1", 2,
     "after '*' a count (a whole number from 1, or a name) is expected, not '+' (names are made "
     "of A to Z, a to z, digits, _ and .)"},
    {"A*-1", 2, "a count cannot be negative"},
    {"A*0", 2, "a count is a whole number from 1, or a name; not '0'"},
    {"(A)*00", 4, "a count is a whole number from 1, or a name; not '00'"},
    {"A*02", 2, "a count is a whole number from 1, or a name; not '02'"},
    {"A*1.5", 2, "a count is a whole number from 1, or a name; not '1.5'"},
    {"A*9223372036854775808", 2, "the count '9223372036854775808' is too large"},
    {"A*99999999999999999999", 2, "the count '99999999999999999999' is too large"},
    {"A*2*3", 3, "an item has one count; put it in ( ) to repeat it again"},
    {"A??", 2, "'?' stands twice"},
    {"A*N?", 3, "'?' stands before the '*'"},
    {"(A)?", 3, "'?' stands after a name; a group is made optional by a named count of 0 or 1"},
    {"(A)*2?", 5, "'?' stands after a name; a group is made optional by a named count of 0 or 1"},
    {"A?:b", 2, "a separator (- , ->) or the end is expected, not ':'"},
    {"A:", 2, "after ':' a label is expected, not the end"},
    {"A:?", 2, "after ':' a label is expected, not '?'"},
    {"INPUT", 5, "after INPUT a separator (- , ->) is expected, not the end"},
    {"INPUT*2-A", 5, "after INPUT a separator (- , ->) is expected, not '*'"},
    {"A-INPUT", 2, "INPUT may only stand first, outside all groups"},
    {"(input-A)", 1, "INPUT may only stand first, outside all groups"},
    {"INPUT-INPUT", 6, "INPUT may only stand first, outside all groups"},
};

START_TEST(says_what_is_wrong) {
    ck_assert_msg(!parse(wrong[_i].text), "'%s' is accepted", wrong[_i].text);
    ck_assert_str_eq(error.class, "pattern");
    ck_assert_str_eq(error.message, wrong[_i].message);
    ck_assert_uint_eq(error.offset, wrong[_i].offset);
}
END_TEST

/* `depth` groups in one another. */
static const char *nested(size_t depth) {
    char *text = arena_alloc(&arena, 2 * depth + 2);
    memset(text, '(', depth);
    text[depth] = 'A';
    memset(text + depth + 1, ')', depth);
    return text;
}

START_TEST(depth_has_a_limit) {
    ck_assert_ptr_nonnull(parse(nested(LIMIT_NESTING)));
    ck_assert_ptr_null(parse(nested(LIMIT_NESTING + 1)));
    ck_assert_str_eq(error.class, "limit-depth");
    ck_assert_uint_eq(error.offset, LIMIT_NESTING);
    ck_assert_ptr_null(parse(nested(1000000)));
    ck_assert_str_eq(error.class, "limit-depth");
    /* Groups side by side are not deep. */
    struct text wide = {0};
    for (int i = 0; i < 1000; i++)
        text_add(&wide, i ? "-(A)" : "(A)");
    ck_assert_ptr_nonnull(parse(wide.data));
    text_free(&wide);
}
END_TEST

START_TEST(names_have_a_limit) {
    static const char *const before[] = {"", "A:", "A*"};
    for (int i = 0; i < 3; i++) {
        struct text text = {0};
        text_add(&text, before[i]);
        text_repeat(&text, 'x', LIMIT_NAME);
        ck_assert_ptr_nonnull(parse(text.data));
        text_add(&text, "x");
        ck_assert_ptr_null(parse(text.data));
        ck_assert_str_eq(error.class, "limit-name");
        ck_assert_uint_eq(error.offset, strlen(before[i]));
        text_free(&text);
    }
}
END_TEST

START_TEST(reads_no_byte_beyond_the_length) {
    ck_assert_str_eq(printed(pattern_parse(&arena, "A*23", 3, &error)), "A*2");
    ck_assert_str_eq(printed(pattern_parse(&arena, "A-B-C", 3, &error)), "A-B");
    ck_assert_ptr_null(pattern_parse(&arena, "A->B", 2, &error));
    ck_assert_ptr_null(pattern_parse(&arena, "A\0B", 3, &error));
    ck_assert_uint_eq(error.offset, 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pattern");
    TCase *tcase = tcase_create("pattern");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, parses_and_prints, 0, (int)(sizeof same / sizeof *same));
    tcase_add_test(tcase, forms_that_are_equal);
    tcase_add_test(tcase, tree);
    tcase_add_loop_test(tcase, says_what_is_wrong, 0, (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(tcase, depth_has_a_limit);
    tcase_add_test(tcase, names_have_a_limit);
    tcase_add_test(tcase, reads_no_byte_beyond_the_length);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
