/* Reports: the expansion says the same network again, and a narrow table loses nothing. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>

#include "../../compiler/base/limits.h"
#include "../../compiler/tests/network.h"
#include "../report/columns.h"
#include "../report/write.h"
#include "../terminal/file.h"

static struct view view;

static void setup(void) { view = (struct view){.file = "test.yaml", .batch = 1, .first = true}; }

static char *report(write_function *write) {
    struct text out = {0};
    view.diag = &network->diag;
    write(network->graph, &view, &out);
    ck_assert(!out.failed && out.data);
    return out.data;
}

/* ---- yaml ---- */

/* The lines on which layers are written are not the network's. */
static void blank_lines(char *json) {
    static const char key[] = "\"line\":";
    for (char *at = json; (at = strstr(at, key));)
        for (at += strlen(key); isdigit((unsigned char)*at); at++)
            *at = '#';
    /* "#" for any number of digits */
    char *out = json;
    for (char *in = json; *in; in++)
        if (*in != '#')
            *out++ = *in;
    *out = '\0';
}

static void check_round_trip(const char *what, const char *text) {
    accept(text);
    char *before = report(write_json), *yaml = report(write_yaml);
    accept(yaml);
    char *after = report(write_json), *again = report(write_yaml);
    blank_lines(before);
    blank_lines(after);
    ck_assert_msg(strcmp(before, after) == 0, "%s: the expansion is another network\n%s\n%s\n%s",
                  what, yaml, before, after);
    ck_assert_str_eq(yaml, again);
    free(before);
    free(yaml);
    free(after);
    free(again);
}

START_TEST(expansions_of_all_specs_report_the_same) {
    DIR *folder = opendir(SPECS_DIR);
    ck_assert_ptr_nonnull(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        if (length < 5 || strcmp(entry->d_name + length - 5, ".yaml") != 0)
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", SPECS_DIR, entry->d_name);
        struct file file;
        const char *fault;
        ck_assert_int_eq(file_read(path, LIMIT_SPEC_BYTES, &file, &fault), STATUS_OK);
        char *text = strndup(file.bytes, file.length);
        check_round_trip(entry->d_name, text);
        free(text);
        free(file.bytes);
        count++;
    }
    closedir(folder);
    ck_assert_int_ge(count, 20);
}
END_TEST

/* What the specs do not have: every key that is not a plain number, sharing, joins by name. */
START_TEST(expansions_keep_every_setting) {
    check_round_trip(
        "settings",
        "name: \"a: b # c \\\"\\u00e9\"\n"
        "input: [3, 20, 21]\n"
        "fit: floor\n"
        "image: {preset: caffe, resize: 256x300, crop: 20x21, filter: bicubic, scale: 0.1,\n"
        "        mean: [0.1, 0.2, 0.3], std: [1, 2, 3], channels: bgr, exif: ignore,\n"
        "        layout: hw}\n"
        "labels: \"some labels.txt\"\n"
        "weights: sub/w.safetensors\n"
        "outputs: [last, 7]\n"
        "layers:\n"
        "  - conv: {filters: 4, kernel: [3, 5], pad: [1, 1, 2, 2], bias: position, dilation: 1x1}\n"
        "  - conv: {name: 7, from: input, expand: 2, kernel: 1, groups: 1, bias: false}\n"
        "  - conv: {name: tied, from: conv1, filters: 4, kernel: 3, pad: same}\n"
        "  - conv: {filters: 4, kernel: 3, pad: same, share: tied}\n"
        "  - lrn: {across: within, size: 3}\n"
        "  - clip: {min: -1.5, max: 1e10}\n"
        "  - pad: {pad: -1x-1x0x3, channels: [1, 2], value: 0.5}\n"
        "  - upsample: {scale: 2, mode: bilinear}\n"
        "  - pool: {type: average, kernel: 3, stride: 2, pad: 1, count_pad: true, fit: ceil}\n"
        "  - relu: {name: true}\n"
        "  - concat: {name: joined, branches: [[tanh], [], [sigmoid]]}\n"
        "  - silu\n"
        "  - mul: {from: [silu1, joined]}\n"
        "  - pool: {type: l2, global: true}\n"
        "  - leaky_relu: {slope: 0.2}\n"
        "  - fc: {name: last, units: 3, bias: false}\n");
    check_round_trip("characters that stand in escapes only",
                     "name: \"\\x9b\\u0085\\u2028\\ufeff\\ufffe\\U0001f600\"\n"
                     "input: 1x1x1\nlayers: [relu]\n");
}
END_TEST

/* Up to the fault, the expansion is a network of its own. */
START_TEST(the_expansion_of_a_wrong_network_ends_at_the_fault) {
    ck_assert_int_eq(network_compile("input: 1x9x9\nlayers:\n  - relu: {name: a}\n"
                                     "  - bn: {eps: 0}\n  - tanh\n",
                                     NULL),
                     STATUS_INPUT);
    char *yaml = report(write_yaml);
    ck_assert_str_eq(yaml, "input: 1x9x9\nlayers:\n  - relu: {name: a}\n");
    free(yaml);
}
END_TEST

/* ---- table ---- */

/* How often the word of `length` bytes stands in the text, with blanks or commas around. */
static int count_word(const char *text, const char *word, size_t length) {
    int count = 0;
    for (size_t n; *text; text += n + (text[n] != '\0')) {
        n = strcspn(text, " ,\n");
        count += n == length && memcmp(text, word, n) == 0;
    }
    return count;
}

/* Columns that hang say their headings too; a dash is said by saying nothing. */
static void check_words(const char *wanted, const char *got) {
    for (size_t n; *wanted; wanted += n + (wanted[n] != '\0')) {
        n = strcspn(wanted, " ,\n");
        if (n > 0 && *wanted != '-')
            ck_assert_msg(count_word(got, wanted, n) >= count_word(wanted, wanted, n),
                          "%.*s is lost in\n%s", (int)n, wanted, got);
    }
}

/* The letters, digits and dots of a text, whatever stands between. */
static void count_marks(const char *text, size_t counts[256]) {
    memset(counts, 0, 256 * sizeof *counts);
    for (; *text; text++)
        if (isalnum((unsigned char)*text) || *text == '.' || *text == '_')
            counts[(unsigned char)*text]++;
}

/* Rows begin behind the rule of dashes and end at an empty line. */
static const char *rows_of(char *table) {
    char *rows = strstr(table, "\n--");
    ck_assert_ptr_nonnull(rows);
    rows = strchr(rows + 1, '\n') + 1;
    char *end = strstr(rows, "\n\n");
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    return rows;
}

static size_t longest_line(const char *text) {
    size_t longest = 0;
    while (*text) {
        size_t length = strcspn(text, "\n");
        longest = length > longest ? length : longest;
        text += length + (text[length] == '\n');
    }
    return longest;
}

START_TEST(narrow_tables_keep_every_word) {
    accept("input: 3x32x32\n"
           "layers:\n"
           "  - conv: {name: a_rather_long.name_of_a_layer, filters: 64, kernel: 3, pad: same}\n"
           "  - concat: {name: joined, branches: [[relu: {name: branch.with_one_relu}],\n"
           "                                      [tanh: {name: branch.with_one_tanh}], []]}\n"
           "  - fc: {units: 1000}\n");
    char *whole = report(write_table);
    size_t wanted[256], got[256];
    int width = (int)longest_line(whole);
    ck_assert_int_gt(width, 110);
    const char *rows = rows_of(whole);
    for (view.width = width; view.width >= 40; view.width--) {
        char *table = report(write_table);
        const char *narrow = rows_of(table);
        ck_assert_uint_le(longest_line(narrow), (size_t)view.width);
        check_words(rows, narrow);
        free(table);
    }
    view.width = 1; /* no width is too small to say everything */
    char *table = report(write_table);
    count_marks(rows, wanted);
    count_marks(rows_of(table), got);
    for (int mark = 0; mark < 256; mark++)
        ck_assert_uint_ge(got[mark], wanted[mark]);
    free(table);
    free(whole);
}
END_TEST

START_TEST(no_line_ends_with_a_blank) {
    accept("input: 3x8x8\nfit: floor\nlayers: [conv: {filters: 2, kernel: 3, stride: 2}, "
           "add: [[relu], []]]\n");
    for (int i = 0; i < WRITER_COUNT; i++) {
        if (writers[i].write == write_md)
            continue; /* its empty cells are blanks */
        char *text = report(writers[i].write);
        ck_assert_msg(!strstr(text, " \n"), "%s:\n%s", writers[i].name, text);
        ck_assert_msg(text[strlen(text) - 1] == '\n', "%s", writers[i].name);
        free(text);
    }
}
END_TEST

/* Names of networks are free text: nothing in them reaches a terminal or another format. */
START_TEST(names_are_escaped) {
    ck_assert_int_eq(
        network_compile("name: \"a\\e[31m|<b>\\\"\"\ninput: 1x2x2\nlayers: [relu]\n", NULL),
        STATUS_OK);
    for (int i = 0; i < WRITER_COUNT; i++) {
        char *text = report(writers[i].write);
        ck_assert_msg(!strchr(text, '\033'), "%s", writers[i].name);
        free(text);
    }
    char *table = report(write_table), *md = report(write_md);
    ck_assert_ptr_nonnull(strstr(table, "a\\x1B[31m|<b>\""));
    ck_assert_ptr_nonnull(strstr(md, "a\\\\x1B\\[31m\\|\\<b\\>\""));
    free(table);
    free(md);
}
END_TEST

START_TEST(only_restricts_rows_and_not_totals) {
    accept("input: 1x4x4\nlayers: [conv: {filters: 2, kernel: 3}, relu, fc: {units: 2}]\n");
    static const char *const globs[] = {"conv*"};
    view.only = globs;
    view.only_count = 1;
    char *csv = report(write_csv), *json = report(write_json), *table = report(write_table);
    ck_assert_ptr_nonnull(strstr(csv, "\nconv1,"));
    ck_assert_ptr_null(strstr(csv, "relu"));
    ck_assert_ptr_null(strstr(csv, "fc"));
    ck_assert_ptr_null(strstr(json, "\"op\":\"fc\""));
    ck_assert_ptr_nonnull(strstr(json, "\"totals\":{\"layers\":3,\"params\":38,"));
    ck_assert_ptr_nonnull(strstr(table, "shown: 1 of 3 layers"));
    free(csv);
    free(json);
    free(table);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("report");
    tcase_add_checked_fixture(cases, setup, network_free);
    tcase_set_timeout(cases, 120); /* under valgrind */
    tcase_add_test(cases, expansions_of_all_specs_report_the_same);
    tcase_add_test(cases, expansions_keep_every_setting);
    tcase_add_test(cases, the_expansion_of_a_wrong_network_ends_at_the_fault);
    tcase_add_test(cases, narrow_tables_keep_every_word);
    tcase_add_test(cases, no_line_ends_with_a_blank);
    tcase_add_test(cases, names_are_escaped);
    tcase_add_test(cases, only_restricts_rows_and_not_totals);
    Suite *suite = suite_create("report");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
