#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/base/diag.h"
#include "../terminal/message.h"

const struct option_row options_help_row = {
    .name = "help", .letter = 'h', .help = "Print this and exit."};

/* ---- parsing: getopt_long on tables made from ours ---- */

enum { FIRST_LONG = 256 }; /* getopt's value of option i: FIRST_LONG + i, above every letter */

struct getopt_tables {
    struct option *longs; /* the verb's options, then --help, then the end */
    char *letters;        /* "-:f:h" */
};

static const struct option_row *row_at(const struct verb *verb, size_t i) {
    return i < verb->option_count ? &verb->options[i] : &options_help_row;
}

static bool make_tables(const struct verb *verb, struct getopt_tables *tables) {
    size_t count = verb->option_count + 1;
    tables->longs = calloc(count + 1, sizeof *tables->longs);
    tables->letters = malloc(2 + 2 * count + 1);
    if (!tables->longs || !tables->letters)
        return false;
    /* '-': operands are handed out in their place, so that POSIXLY_CORRECT in the environment
     * changes nothing; ':': a missing argument is told apart from an unknown option. */
    char *letter = stpcpy(tables->letters, "-:");
    for (size_t i = 0; i < count; i++) {
        const struct option_row *row = row_at(verb, i);
        tables->longs[i] = (struct option){
            .name = row->name, .has_arg = row->argument ? 1 : 0, .val = FIRST_LONG + (int)i};
        if (row->letter)
            *letter++ = row->letter;
        if (row->letter && row->argument)
            *letter++ = ':';
    }
    *letter = '\0';
    return true;
}

static const struct option_row *find_row(const struct verb *verb, int value) {
    for (size_t i = 0; i <= verb->option_count; i++)
        if (value == FIRST_LONG + (int)i || (value > 0 && value == row_at(verb, i)->letter))
            return row_at(verb, i);
    return NULL;
}

static bool starts(const char *text, const char *start, size_t length) {
    return strncmp(text, start, length) == 0;
}

/* A long option that getopt does not know: ambiguous, or near to some, or to none. word is what
 * follows "--", length without "=value". */
static enum status unknown_long(const struct verb *verb, const char *word, size_t length) {
    char *name = strndup(word, length);
    const char **names = calloc(verb->option_count + 2, sizeof *names);
    struct text hint = {0};
    if (name && names) {
        size_t matches = 0;
        for (size_t i = 0; i <= verb->option_count; i++) {
            names[i] = row_at(verb, i)->name;
            if (length > 0 && starts(names[i], word, length))
                text_format(&hint, "%s--%s", matches++ ? " or " : "did you mean ", names[i]);
        }
        if (matches > 0)
            text_add(&hint, "?");
        else
            options_suggest(name, names, "--", &hint);
        message_usage(verb->name, hint.data, "--%s: %s; expected an option of 'cnnc %s'", name,
                      matches ? "it is ambiguous" : "there is no such option", verb->name);
    } else {
        message(STATUS_MEMORY, "out of memory; expected room for the arguments");
    }
    enum status status = name && names ? STATUS_USAGE : STATUS_MEMORY;
    free(name);
    free(names);
    text_free(&hint);
    return status;
}

/* What getopt's '?' and ':' mean. word: the argument of the command line it had before it. */
static enum status parse_error(const struct verb *verb, int value, const char *word) {
    const struct option_row *row = find_row(verb, optopt);
    if (value == ':' && row)
        return message_usage(verb->name, NULL, "--%s: an argument is missing; expected --%s=%s",
                             row->name, row->name, row->argument);
    if (optopt >= FIRST_LONG && row)
        return message_usage(verb->name, NULL, "--%s: it takes no argument; expected --%s alone",
                             row->name, row->name);
    if (optopt != 0)
        return message_usage(verb->name, NULL,
                             "-%c: there is no such option; expected an option of 'cnnc %s'",
                             optopt, verb->name);
    return unknown_long(verb, word + 2, strcspn(word + 2, "="));
}

static enum status add_given(const struct verb *verb, struct arguments *arguments,
                             const struct option_row *row, const char *value) {
    for (size_t i = 0; i < arguments->given_count && !row->repeats; i++)
        if (arguments->given[i].option == row)
            return message_usage(verb->name, NULL, "--%s: it is given twice; expected it once",
                                 row->name);
    arguments->given[arguments->given_count++] = (struct given){row, value};
    return STATUS_OK;
}

static enum status parse(const struct verb *verb, int argc, char **argv,
                         const struct getopt_tables *tables, struct arguments *arguments) {
    optind = 0; /* glibc: start anew */
    opterr = 0;
    int value;
    while ((value = getopt_long(argc, argv, tables->letters, tables->longs, NULL)) != -1) {
        if (value == 1) { /* an operand */
            arguments->operands[arguments->operand_count++] = optarg;
            continue;
        }
        if (value == '?' || value == ':')
            return parse_error(verb, value, argv[optind - 1]);
        const struct option_row *row = find_row(verb, value);
        if (row == &options_help_row) {
            arguments->help = true;
            return STATUS_OK;
        }
        enum status status = add_given(verb, arguments, row, optarg);
        if (status != STATUS_OK)
            return status;
    }
    while (optind < argc) /* behind "--" */
        arguments->operands[arguments->operand_count++] = argv[optind++];
    return STATUS_OK;
}

enum status options_parse(const struct verb *verb, int argc, char **argv,
                          struct arguments *arguments) {
    *arguments = (struct arguments){0};
    struct getopt_tables tables = {0};
    /* Letters may share one argument ("-hf"): a byte is at most one option. */
    size_t most = 1;
    for (int i = 1; i < argc; i++)
        most += argv[i][0] == '-' ? strlen(argv[i]) : 0;
    arguments->given = calloc(most, sizeof *arguments->given);
    arguments->operands = calloc((size_t)argc + 1, sizeof *arguments->operands);
    enum status status;
    if (!arguments->given || !arguments->operands || !make_tables(verb, &tables))
        status = message(STATUS_MEMORY, "out of memory; expected room for the arguments");
    else
        status = parse(verb, argc, argv, &tables, arguments);
    free(tables.longs);
    free(tables.letters);
    return status;
}

void options_free(struct arguments *arguments) {
    free(arguments->given);
    free(arguments->operands);
    *arguments = (struct arguments){0};
}

/* ---- values ---- */

bool options_count(const char *text, size_t length, int64_t least, int64_t most, int64_t *out) {
    if (length == 0 || (text[0] == '0' && length > 1))
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || !count_mul(value, 10, &value) ||
            !count_add(value, text[i] - '0', &value))
            return false;
    }
    if (value < least || value > most)
        return false;
    *out = value;
    return true;
}

bool options_amount(const char *text, size_t length, int64_t thousand, int64_t *out) {
    bool binary = length > 0 && text[length - 1] == 'i';
    const char *const units = binary ? "KMG" : "kMG";
    length -= binary;
    const char *unit = length > 0 && text[length - 1] ? strchr(units, text[length - 1]) : NULL;
    if (!unit)
        return !binary && options_count(text, length, 0, INT64_MAX, out);
    int64_t scale = 1, whole, part = 0, tenths = 1;
    for (const char *u = units; u <= unit; u++)
        scale *= binary ? 1024 : thousand;
    length--;
    const char *point = memchr(text, '.', length);
    size_t digits = point ? (size_t)(point - text) : length;
    for (size_t i = digits + 1; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || i > digits + 9)
            return false;
        part = 10 * part + (text[i] - '0');
        tenths *= 10;
    }
    return (!point || digits + 1 < length) && part * scale % tenths == 0 &&
           options_count(text, digits, 0, INT64_MAX, &whole) && count_mul(whole, scale, &whole) &&
           count_add(whole, part * scale / tenths, out);
}

bool options_is_shape(const char *text) {
    for (int i = 0; i < 3; i++) {
        size_t length = strcspn(text, "x");
        int64_t extent;
        if (!options_count(text, length, 1, INT64_MAX, &extent) || (text[length] == 'x') != (i < 2))
            return false;
        text += length + 1;
    }
    return true;
}

int options_choice(const char *text, const char *const *choices) {
    for (int i = 0; choices[i]; i++)
        if (strcmp(choices[i], text) == 0)
            return i;
    return -1;
}

void options_list(const char *const *choices, struct text *out) {
    for (size_t i = 0; choices[i]; i++)
        text_format(out, "%s%s", i == 0 ? "" : choices[i + 1] ? ", " : " or ", choices[i]);
}

void options_suggest(const char *word, const char *const *words, const char *prefix,
                     struct text *out) {
    size_t count = 0;
    while (words[count])
        count++;
    const char *nearest = diag_nearest(word, words, count);
    if (nearest)
        text_format(out, "did you mean '%s%s'?", prefix, nearest);
}

/* ---- help ---- */

static void help_row(const struct option_row *row, struct text *out) {
    enum { INDENT = 28 };
    size_t start = out->length;
    if (row->letter)
        text_format(out, "  -%c, --%s", row->letter, row->name);
    else
        text_format(out, "      --%s", row->name);
    if (row->argument)
        text_format(out, " %s", row->argument);
    size_t used = out->length - start;
    if (used + 2 > INDENT) {
        text_add(out, "\n");
        used = 0;
    }
    for (const char *line = row->help; *line;) {
        size_t length = strcspn(line, "\n");
        text_repeat(out, ' ', INDENT - used);
        text_bytes(out, line, length);
        text_add(out, "\n");
        used = 0;
        line += length + (line[length] == '\n');
    }
}

void options_help(const struct verb *verb, struct text *out) {
    text_format(out, "Usage: cnnc %s%s%s%s\n%s\n\n", verb->name,
                verb->option_count > 0 ? " [OPTION]..." : "", *verb->operands ? " " : "",
                verb->operands, verb->summary);
    text_add(out, "Options:\n");
    for (size_t i = 0; i <= verb->option_count; i++)
        help_row(row_at(verb, i), out);
    if (verb->text)
        text_format(out, "\n%s", verb->text);
}
