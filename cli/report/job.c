#include "job.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../compiler/base/limits.h"
#include "../terminal/message.h"
#include "../terminal/output.h"
#include "columns.h"
#include "totals.h"

const struct writer writers[WRITER_COUNT] = {
    {.name = "table",
     .write = write_table,
     .several = true,
     .rows = true,
     .batch = true,
     .only = true,
     .totals = write_totals_table,
     .summary = true},
    {.name = "json",
     .write = write_json,
     .several = true,
     .batch = true,
     .only = true,
     .summary = true},
    {.name = "csv",
     .write = write_csv,
     .several = true,
     .rows = true,
     .batch = true,
     .only = true,
     .totals = write_totals_csv,
     .summary = true},
    {.name = "md",
     .write = write_md,
     .several = true,
     .rows = true,
     .batch = true,
     .only = true,
     .totals = write_totals_md,
     .summary = true},
    {.name = "yaml", .write = write_yaml},
    {.name = "dot", .write = write_dot},
    {.name = "svg", .write = write_svg},
};

static const char *const writer_names[] = {"table", "json", "csv", "md",
                                           "yaml",  "dot",  "svg", NULL};

enum check_option { INPUT, SET, FORMAT, COLUMNS, ONLY, UNITS, BATCH, EXPECT, TOTALS };
_Static_assert(TOTALS + 1 == CHECK_OPTIONS, "an option without a row");

const struct option_row check_options[CHECK_OPTIONS] = {
    [INPUT] = {.name = "input",
               .letter = 'i',
               .argument = "CxHxW",
               .help = "Report on images of this size. No parameter changes:\n"
                       "fc layers on a larger map become convolutions."},
    [SET] = {.name = "set",
             .letter = 's',
             .argument = "KEY=VALUE",
             .help = "Set a value of `where` (N=3, CONV:first.kernel=5) or of\n"
                     "the top level (input=3x32x32, fit=floor). Repeats.",
             .repeats = true},
    [FORMAT] = {.name = "format",
                .letter = 'f',
                .argument = "FORMAT",
                .help = "table (default), json (one object per line and file),\n"
                        "csv, md, yaml (explicit layers), dot or svg.",
                .choices = writer_names},
    [COLUMNS] = {.name = "columns",
                 .letter = 'c',
                 .argument = "LIST",
                 .help = "Columns of table, csv and md, joined by commas. They are\n"
                         "name op from kernel stride pad dilation groups scale\n"
                         "output_pad channels bias share output params macs flops\n"
                         "weights activations field jump start drops assumed fused at."},
    [ONLY] = {.name = "only",
              .argument = "GLOB",
              .help = "Show only layers whose name matches one of the globs,\n"
                      "joined by commas. Totals stay whole. Repeats.",
              .repeats = true},
    [UNITS] = {.name = "units",
               .letter = 'u',
               .argument = "UNITS",
               .help = "raw (default): exact integers; si: 61.1 M, 244 MB;\n"
                       "iec: bytes as 233 MiB.",
               .choices = units_names},
    [BATCH] = {.name = "batch",
               .letter = 'b',
               .argument = "N",
               .help = "Activation bytes of N images. MACs stay those of one."},
    [EXPECT] = {.name = "expect",
                .letter = 'e',
                .argument = "NAME=N,...",
                .help = "Fail (exit 1) when a total (layers, params, macs, flops,\n"
                        "weights, activations, peak) or a column of a layer, such\n"
                        "as conv1.output=96x55x55, differs; or is above a budget:\n"
                        "params<=5M, 'peak<4Mi'. Repeats.",
                .repeats = true},
    [TOTALS] = {.name = "totals",
                .help = "One row for each network in place of its layers: the\n"
                        "totals. Of table, json, csv and md."},
};

/* ---- the values of options ---- */

static enum status bad_value(enum check_option option, const char *value, const char *fact,
                             const char *expected) {
    return message_usage("check", NULL, "--%s: '%s' %s; expected %s", check_options[option].name,
                         value, fact, expected);
}

/* The text in front of the next comma; *rest goes behind it, or becomes NULL. */
static size_t next_item(const char **rest, const char **item) {
    *item = *rest;
    size_t length = strcspn(*item, ",");
    *rest = (*item)[length] ? *item + length + 1 : NULL;
    return length;
}

static enum status read_choice(enum check_option option, const char *value, int *choice) {
    const char *const *choices = check_options[option].choices;
    *choice = options_choice(value, choices);
    if (*choice >= 0)
        return STATUS_OK;
    struct text list = {0}, hint = {0};
    options_list(choices, &list);
    options_suggest(value, choices, "", &hint);
    message_usage("check", hint.data, "--%s: there is no '%s'; expected %s",
                  check_options[option].name, value, list.data ? list.data : "another");
    text_free(&list);
    text_free(&hint);
    return STATUS_USAGE;
}

static enum status read_input(struct job *job, const char *value) {
    job->compile.input = value;
    if (options_is_shape(value))
        return STATUS_OK;
    return bad_value(INPUT, value, "is no size of an input",
                     "channels, height and width like 3x224x224");
}

static enum status read_set(struct job *job, const char *value) {
    const char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return bad_value(SET, value, "is no setting", "KEY=VALUE like N=3");
    job->sets[job->compile.set_count++] = value;
    return STATUS_OK;
}

static enum status unknown_column(const char *item, size_t length) {
    const char *names[COLUMN_COUNT + 1] = {NULL};
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        names[i] = columns[i].name;
    struct text word = {0}, hint = {0}, list = {0};
    text_bytes(&word, item, length);
    options_list(names, &list);
    if (!word.failed)
        options_suggest(word.data, names, "", &hint);
    message_usage("check", hint.data, "--columns: there is no '%s'; expected %s",
                  word.data ? word.data : "", list.data ? list.data : "another");
    text_free(&word);
    text_free(&hint);
    text_free(&list);
    return STATUS_USAGE;
}

static enum status read_columns(struct job *job, const char *value) {
    for (const char *rest = value, *item; rest;) {
        size_t length = next_item(&rest, &item);
        const struct column *column = column_find(item, length);
        if (!column)
            return unknown_column(item, length);
        for (size_t i = 0; i < job->view.column_count; i++)
            if (job->columns[i] == column)
                return bad_value(COLUMNS, column->name, "stands there twice", "each column once");
        job->columns[job->view.column_count++] = column;
    }
    return STATUS_OK;
}

/* Several globs in one argument are cut apart in a copy. */
static enum status read_only(struct job *job, const char *value, char **room) {
    for (const char *rest = value, *item; rest;) {
        size_t length = next_item(&rest, &item);
        if (length == 0)
            return bad_value(ONLY, value, "has an empty glob", "names like 'conv*'");
        job->globs[job->view.only_count++] = *room;
        memcpy(*room, item, length);
        *room += length;
        *(*room)++ = '\0';
    }
    return STATUS_OK;
}

static enum status read_batch(struct job *job, const char *value) {
    if (!options_count(value, strlen(value), 1, LIMIT_DIMENSION, &job->view.batch))
        return bad_value(BATCH, value, "is no number of images",
                         "a whole number from 1 to 16777216");
    return STATUS_OK;
}

static enum status read_expect(struct job *job, const char *value) {
    for (const char *rest = value, *item; rest;) {
        size_t length = next_item(&rest, &item);
        enum status status =
            expect_read(&job->expectations[job->expectation_count++], item, length);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status read_option(struct job *job, enum check_option option, const char *value,
                               char **room) {
    int choice = 0;
    enum status status = STATUS_OK;
    switch (option) {
    case INPUT:
        return read_input(job, value);
    case SET:
        return read_set(job, value);
    case FORMAT:
        status = read_choice(option, value, &choice);
        job->writer = status == STATUS_OK ? &writers[choice] : NULL;
        return status;
    case COLUMNS:
        return read_columns(job, value);
    case ONLY:
        return read_only(job, value, room);
    case UNITS:
        status = read_choice(option, value, &choice);
        job->view.units = (enum units)choice;
        return status;
    case BATCH:
        return read_batch(job, value);
    case EXPECT:
        return read_expect(job, value);
    case TOTALS:
        job->view.totals = true;
        return STATUS_OK;
    }
    return STATUS_INTERNAL;
}

/* What would be ignored is refused. */
static enum status check_combination(const struct job *job, const struct arguments *arguments) {
    const struct writer *writer = job->writer;
    const bool useless[CHECK_OPTIONS] = {[COLUMNS] = !writer->rows,
                                         [UNITS] = !writer->rows,
                                         [ONLY] = !writer->only,
                                         [BATCH] = !writer->batch,
                                         [TOTALS] = !writer->summary};
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct option_row *row = arguments->given[i].option;
        if (useless[row - check_options])
            return message_usage("check", NULL,
                                 "--%s: it means nothing under --format %s; "
                                 "expected --format table, %s",
                                 row->name, writer->name,
                                 row == &check_options[ONLY] || row == &check_options[BATCH] ||
                                         row == &check_options[TOTALS]
                                     ? "csv, md or json"
                                     : "csv or md");
        if (job->view.totals && (row == &check_options[ONLY] || row == &check_options[COLUMNS]))
            return message_usage("check", NULL,
                                 "--%s: it means nothing with --totals, which shows no layers; "
                                 "expected one of them",
                                 row->name);
    }
    if (arguments->operand_count == 0)
        return message_usage("check", NULL, "a file is missing; expected a spec, or - for stdin");
    if (arguments->operand_count > 1 && !writer->several)
        return message_usage("check", NULL, "--format %s: %zu files; expected one", writer->name,
                             arguments->operand_count);
    size_t stdins = 0;
    for (size_t i = 0; i < arguments->operand_count; i++) {
        if (!*arguments->operands[i])
            return message_usage("check", NULL, "a file name is empty; expected a spec");
        stdins += strcmp(arguments->operands[i], "-") == 0;
    }
    if (stdins > 1)
        return message_usage("check", NULL, "-: it is given twice; expected standard input once");
    return STATUS_OK;
}

/* Room for every list: no more items than commas and arguments. */
static bool job_reserve(struct job *job, const struct arguments *arguments) {
    size_t most = arguments->given_count + COLUMN_COUNT + 1, bytes = 1;
    for (size_t i = 0; i < arguments->given_count; i++) {
        const char *value = arguments->given[i].value;
        for (const char *c = value; c && *c; c++, bytes++)
            most += *c == ',';
        bytes += 2;
    }
    job->sets = calloc(most, sizeof *job->sets);
    job->globs = calloc(most, sizeof *job->globs);
    job->glob_uses = calloc(most, sizeof *job->glob_uses);
    job->columns = calloc(most, sizeof *job->columns);
    job->expectations = calloc(most, sizeof *job->expectations);
    job->glob_text = malloc(bytes);
    job->rows = calloc(arguments->operand_count + 1, sizeof *job->rows);
    return job->sets && job->globs && job->glob_uses && job->columns && job->expectations &&
           job->glob_text && job->rows;
}

enum status job_read(struct job *job, const struct arguments *arguments) {
    *job = (struct job){.writer = &writers[0], .view = {.batch = 1, .first = true}};
    if (!job_reserve(job, arguments))
        return message(STATUS_MEMORY, "out of memory; expected room for the arguments");
    char *room = job->glob_text;
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct given *given = &arguments->given[i];
        enum status status = read_option(job, (enum check_option)(given->option - check_options),
                                         given->value, &room);
        if (status != STATUS_OK)
            return status;
    }
    job->compile.sets = job->sets;
    job->view.only = job->globs;
    job->view.columns = job->columns;
    job->view.several = arguments->operand_count > 1;
    job->view.width = output_width();
    job->view.colour = message_colour(STDOUT_FILENO);
    return check_combination(job, arguments);
}

void job_free(struct job *job) {
    free(job->sets);
    free(job->globs);
    for (size_t i = 0; i < job->view.only_count; i++)
        text_free(&job->glob_uses[i].hint);
    free(job->glob_uses);
    free(job->columns);
    free(job->expectations);
    free(job->glob_text);
    free(job->rows);
}
