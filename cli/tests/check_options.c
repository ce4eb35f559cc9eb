/* Options: every way to be wrong on a command line, and what the tables make of themselves. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../command/completion.h"
#include "../command/options.h"
#include "../command/verbs.h"

static const char *const colours[] = {"red", "green", NULL};
static const struct option_row rows[] = {
    {.name = "count", .letter = 'c', .argument = "N", .help = "A number."},
    {.name = "colour", .argument = "COLOUR", .help = "One\nof two.", .choices = colours},
    {.name = "set", .letter = 's', .argument = "K=V", .help = "Repeats.", .repeats = true},
    {.name = "flag", .letter = 'f', .help = "Takes nothing."},
};
static const struct verb verb = {
    .name = "try", .operands = "FILE...", .summary = "Try.", .options = rows, .option_count = 4};

enum { WORDS_MAX = 12 };

static struct arguments arguments;

/* words: the arguments behind the verb, ends with NULL. */
static enum status parse(const char *const *words) {
    static char *argv[WORDS_MAX + 2];
    int argc = 0;
    options_free(&arguments);
    argv[argc++] = (char *)(uintptr_t) "try";
    while (*words && argc <= WORDS_MAX)
        argv[argc++] = (char *)(uintptr_t)*words++;
    argv[argc] = NULL;
    return options_parse(&verb, argc, argv, &arguments);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static void teardown(void) { options_free(&arguments); }

START_TEST(numbers_are_strict) {
    static const char *const wrong[] = {"",
                                        " 4",
                                        "4 ",
                                        "-1",
                                        "+1",
                                        "1e3",
                                        "0x10",
                                        "007",
                                        "00",
                                        "1.0",
                                        "4\n",
                                        "1_0",
                                        "9223372036854775808",
                                        "18446744073709551616",
                                        "\xD9\xA1"};
    int64_t value = 77;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!options_count(wrong[i], strlen(wrong[i]), 0, INT64_MAX, &value), "'%s'",
                      wrong[i]);
    ck_assert_int_eq(value, 77);
    ck_assert(options_count("0", 1, 0, 9, &value) && value == 0);
    ck_assert(options_count("9223372036854775807", 19, 0, INT64_MAX, &value));
    ck_assert_int_eq(value, INT64_MAX);
    ck_assert(!options_count("0", 1, 1, 9, &value));
    ck_assert(!options_count("10", 2, 1, 9, &value));
    ck_assert(options_count("12,5", 2, 1, 99, &value) && value == 12);
}
END_TEST

START_TEST(amounts_have_units) {
    static const struct {
        const char *text;
        int64_t value, binary; /* with k, M, G as powers of 1000, and of 1024 */
    } amounts[] = {
        {"0", 0, 0},
        {"61706", 61706, 61706},
        {"5k", 5000, 5120},
        {"5M", 5000000, 5 << 20},
        {"4G", 4000000000, (int64_t)4 << 30},
        {"4Ki", 4096, 4096},
        {"4Mi", 4 << 20, 4 << 20},
        {"2Gi", (int64_t)2 << 30, (int64_t)2 << 30},
        {"1.5M", 1500000, 3 << 19},
        {"136.5Ki", 139776, 139776},
        {"0.5k", 500, 512},
        {"9223372036G", 9223372036000000000, -1},
        {"1.001k", 1001, -1},
        {"0.0001k", -1, -1},
        {"8589934592Gi", -1, -1},
        {"1.5", -1, -1},
        {"", -1, -1},
        {"k", -1, -1},
        {"i", -1, -1},
        {"Mi", -1, -1},
        {"5i", -1, -1},
        {"5ki", -1, -1},
        {"5K", -1, -1},
        {"5m", -1, -1},
        {"5MB", -1, -1},
        {"5 M", -1, -1},
        {".5M", -1, -1},
        {"5.M", -1, -1},
        {"1.2.3M", -1, -1},
        {"-5M", -1, -1},
        {"05M", -1, -1},
        {"1.0000000000M", -1, -1},
    };
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        const char *text = amounts[i].text;
        int64_t value = -1;
        bool good = options_amount(text, strlen(text), 1000, &value);
        ck_assert_msg(good == (amounts[i].value >= 0), "'%s'", text);
        ck_assert_msg(!good || value == amounts[i].value, "'%s' is %lld", text, (long long)value);
        good = options_amount(text, strlen(text), 1024, &value);
        ck_assert_msg(good == (amounts[i].binary >= 0), "'%s'", text);
        ck_assert_msg(!good || value == amounts[i].binary, "'%s' is %lld", text, (long long)value);
    }
}
END_TEST

START_TEST(options_and_operands_mix) {
    ck_assert_int_eq(PARSE("a", "--count", "3", "b", "-s", "x=1", "--set=y=2", "-f"), STATUS_OK);
    ck_assert_uint_eq(arguments.operand_count, 2);
    ck_assert_str_eq(arguments.operands[0], "a");
    ck_assert_str_eq(arguments.operands[1], "b");
    ck_assert_uint_eq(arguments.given_count, 4);
    ck_assert_str_eq(arguments.given[0].option->name, "count");
    ck_assert_str_eq(arguments.given[0].value, "3");
    ck_assert_str_eq(arguments.given[2].value, "y=2");
    ck_assert_ptr_null(arguments.given[3].value);
}
END_TEST

START_TEST(two_dashes_end_the_options) {
    ck_assert_int_eq(PARSE("-f", "--", "-rf", "--help", "--", "-"), STATUS_OK);
    ck_assert_uint_eq(arguments.operand_count, 4);
    ck_assert_str_eq(arguments.operands[0], "-rf");
    ck_assert_str_eq(arguments.operands[1], "--help");
    ck_assert_str_eq(arguments.operands[2], "--");
    ck_assert(!arguments.help);
    ck_assert_int_eq(PARSE("-"), STATUS_OK);
    ck_assert_str_eq(arguments.operands[0], "-");
}
END_TEST

/* POSIXLY_CORRECT makes getopt stop at the first operand; ours must not listen. */
START_TEST(the_environment_changes_nothing) {
    ck_assert_int_eq(setenv("POSIXLY_CORRECT", "1", 1), 0);
    ck_assert_int_eq(PARSE("a", "-f", "b"), STATUS_OK);
    ck_assert_uint_eq(arguments.operand_count, 2);
    ck_assert_uint_eq(arguments.given_count, 1);
    ck_assert_int_eq(unsetenv("POSIXLY_CORRECT"), 0);
}
END_TEST

START_TEST(wrong_options_are_usage) {
    ck_assert_int_eq(PARSE("--nonsense"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("--cuont", "3"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("--co", "3"), STATUS_USAGE); /* count or colour */
    ck_assert_int_eq(PARSE("-x"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("-fx"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("-\xC3\xA9"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("--count"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("-c"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("--flag=1"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("--=3"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("---"), STATUS_USAGE);
}
END_TEST

START_TEST(twice_is_usage_unless_it_repeats) {
    ck_assert_int_eq(PARSE("--count", "1", "-c", "1"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("-ff"), STATUS_USAGE);
    ck_assert_int_eq(PARSE("-s", "a=1", "-s", "a=1"), STATUS_OK);
}
END_TEST

START_TEST(help_ends_the_reading) {
    ck_assert_int_eq(PARSE("--help", "--nonsense"), STATUS_OK);
    ck_assert(arguments.help);
    ck_assert_int_eq(PARSE("-fh"), STATUS_OK);
    ck_assert(arguments.help);
    ck_assert_int_eq(PARSE("--nonsense", "--help"), STATUS_USAGE);
}
END_TEST

static void contains(const struct text *text, const char *part, const char *where) {
    ck_assert(!text->failed && text->data);
    ck_assert_msg(strstr(text->data, part) != NULL, "%s lacks '%s'", where, part);
}

/* The manual's side of this is options.sh. */
START_TEST(help_and_completions_name_every_option) {
    for (size_t v = 0; v < VERB_COUNT; v++) {
        struct text help = {0};
        options_help(verbs[v], &help);
        ck_assert_str_eq(verbs[v]->name, verb_names[v]);
        for (size_t i = 0; i < verbs[v]->option_count; i++) {
            const struct option_row *row = &verbs[v]->options[i];
            char name[64];
            snprintf(name, sizeof name, "--%s", row->name);
            contains(&help, name, "help");
            for (int shell = 0; completion_shells[shell]; shell++) {
                struct text script = {0};
                completion_write(shell, &script);
                snprintf(name, sizeof name, shell == 2 ? "-l %s" : "--%s", row->name);
                contains(&script, name, completion_shells[shell]);
                for (size_t k = 0; row->choices && row->choices[k]; k++)
                    contains(&script, row->choices[k], completion_shells[shell]);
                text_free(&script);
            }
        }
        text_free(&help);
    }
}
END_TEST

START_TEST(every_line_of_help_fits_a_terminal) {
    for (size_t v = 0; v < VERB_COUNT; v++) {
        struct text help = {0};
        options_help(verbs[v], &help);
        for (const char *line = help.data; *line;) {
            size_t length = strcspn(line, "\n");
            ck_assert_msg(length <= 96, "%s: %.*s", verbs[v]->name, (int)length, line);
            ck_assert_msg(length == 0 || line[length - 1] != ' ', "%.*s$", (int)length, line);
            line += length + (line[length] == '\n');
        }
        text_free(&help);
    }
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("options");
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_test(cases, numbers_are_strict);
    tcase_add_test(cases, amounts_have_units);
    tcase_add_test(cases, options_and_operands_mix);
    tcase_add_test(cases, two_dashes_end_the_options);
    tcase_add_test(cases, the_environment_changes_nothing);
    tcase_add_test(cases, wrong_options_are_usage);
    tcase_add_test(cases, twice_is_usage_unless_it_repeats);
    tcase_add_test(cases, help_ends_the_reading);
    tcase_add_test(cases, help_and_completions_name_every_option);
    tcase_add_test(cases, every_line_of_help_fits_a_terminal);
    Suite *suite = suite_create("options");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
