#include "expect.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/base/limits.h"
#include "../../compiler/graph/claim.h"
#include "../../compiler/graph/kind.h"
#include "../command/options.h"
#include "../terminal/file.h"
#include "../terminal/message.h"
#include "totals.h"

/* ---- reading ---- */

static const char amounts_text[] =
    "digits, or with k, M, G (powers of 1000), Ki, Mi, Gi (of 1024) like 5M";

/* A usage error of an item of --expect. */
static enum status refuse(const struct expectation *e, const char *hint, const char *fact,
                          const char *expected) {
    return message_usage("check", hint, "--expect: '%.*s' %s; expected %s", (int)e->length, e->text,
                         fact, expected);
}

static bool is_word(const char *word, const char *text, size_t length) {
    return strlen(word) == length && memcmp(word, text, length) == 0;
}

/* Hints at the nearest of the words, of which there are `count` and then NULL. */
static enum status unknown_key(const struct expectation *e, const char *key, size_t length,
                               const char *const *words, const char *fact) {
    struct text word = {0}, hint = {0}, list = {0};
    text_bytes(&word, key, length);
    options_list(words, &list);
    if (!word.failed)
        options_suggest(word.data ? word.data : "", words, "", &hint);
    refuse(e, hint.data, fact, list.data ? list.data : "another");
    text_free(&word);
    text_free(&hint);
    text_free(&list);
    return STATUS_USAGE;
}

static enum status read_total(struct expectation *e, size_t length) {
    e->total = -1;
    for (int i = 0; total_keys[i]; i++)
        if (is_word(total_keys[i], e->text, length))
            e->total = i;
    return e->total >= 0 ? STATUS_OK
                         : unknown_key(e, e->text, length, total_keys,
                                       "names no total, and no value of a layer like "
                                       "conv1.output");
}

/* LAYER.KEY: names of layers hold dots, keys do not. */
static enum status read_column(struct expectation *e, const char *dot, size_t length) {
    const char *key = dot + 1, *words[COLUMN_COUNT + 1] = {NULL};
    e->layer_length = (size_t)(dot - e->text);
    length -= e->layer_length + 1;
    size_t count = 0;
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (i != COLUMN_NAME && i != COLUMN_AT)
            words[count++] = columns[i].name;
    for (size_t i = 0; i < count; i++)
        if (is_word(words[i], key, length))
            e->column = column_find(key, length);
    if (e->layer_length == 0)
        return refuse(e, NULL, "names no layer", "a layer before the dot, like conv1.output");
    return e->column ? STATUS_OK : unknown_key(e, key, length, words, "names no value of a layer");
}

/* "3", "1x7", "96x55x55": returns how many, 0 when it is something else. */
static int read_numbers(const char *text, size_t length, double numbers[EXPECT_NUMBERS]) {
    int count = 0;
    char copy[128], *end = copy;
    if (length == 0 || length >= sizeof copy)
        return 0;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (copy[strspn(copy, "-.0123456789ex+")])
        return 0;
    for (char *part = copy; count < EXPECT_NUMBERS; part = end + 1) {
        bool hexadecimal = part[0] == '0' && part[1] == 'x'; /* to strtod */
        numbers[count++] = hexadecimal ? 0 : strtod(part, &end);
        if (hexadecimal)
            end = part + 1;
        if (end == part || (*end && *end != 'x'))
            return 0;
        if (!*end)
            return count;
    }
    return 0;
}

static bool is_shape(const struct expectation *e) {
    for (int i = 0; i < e->count; i++)
        if (!(e->numbers[i] >= 1 && e->numbers[i] <= LIMIT_DIMENSION) ||
            e->numbers[i] != floor(e->numbers[i]))
            return false;
    return e->count == 1 || e->count == 3;
}

static enum status read_value(struct expectation *e) {
    const struct column *column = e->column;
    bool amount = !column || column->type == COLUMN_AMOUNT || column->type == COLUMN_BYTES;
    if (amount)
        return options_amount(e->value, e->value_length, 1000, &e->amount)
                   ? STATUS_OK
                   : refuse(e, NULL, "needs a whole number below 2^63", amounts_text);
    bool text = column->type == COLUMN_TEXT;
    if (text && e->relation != RELATION_EQUAL)
        return refuse(e, NULL, "compares what has no order", "'='");
    if (text && column != &columns[COLUMN_OUTPUT])
        return STATUS_OK;
    e->count = read_numbers(e->value, e->value_length, e->numbers);
    if (text && !is_shape(e))
        return refuse(e, NULL, "has no shape", "one like 96x55x55, or 4096 for a vector");
    return e->count > 0 ? STATUS_OK
                        : refuse(e, NULL, "has no number", "one like 3, or two like 1x7");
}

enum status expect_read(struct expectation *e, const char *item, size_t length) {
    *e = (struct expectation){.text = item, .length = length};
    size_t name = 0;
    while (name < length && item[name] != '=' && item[name] != '<' && item[name] != '>')
        name++;
    const char *dot = memrchr(item, '.', name);
    enum status status = dot ? read_column(e, dot, name) : read_total(e, name);
    if (status != STATUS_OK)
        return status;
    size_t value = name + 1;
    if (name == length || item[name] == '>')
        return refuse(e, NULL, "asserts nothing", "'=', '<' or '<=' and a value");
    e->relation = item[name] == '=' ? RELATION_EQUAL : RELATION_LESS;
    if (e->relation == RELATION_LESS && value < length && item[value] == '=') {
        e->relation = RELATION_AT_MOST;
        value++;
    }
    e->value = item + value;
    e->value_length = length - value;
    return read_value(e);
}

/* ---- judging ---- */

static bool holds(enum relation relation, double is, double wanted) {
    return relation == RELATION_EQUAL     ? is == wanted
           : relation == RELATION_AT_MOST ? is <= wanted
                                          : is < wanted;
}

static bool amount_holds(const struct expectation *e, int64_t is) {
    return e->relation == RELATION_EQUAL     ? is == e->amount
           : e->relation == RELATION_AT_MOST ? is <= e->amount
                                             : is < e->amount;
}

/* "3" stands for 3x3 and 3x3x3x3, "0x1" for 0x0x1x1; but shapes are as long as they are. */
static bool numbers_hold(const struct expectation *e, const char *cell) {
    double is[EXPECT_NUMBERS];
    int count = read_numbers(cell, strlen(cell), is);
    if (e->column == &columns[COLUMN_OUTPUT] && count != e->count)
        return false;
    for (int i = 0; i < EXPECT_NUMBERS; i++) {
        int left = count == 2 ? i / 2 : i % count, right = e->count == 2 ? i / 2 : i % e->count;
        if (!holds(e->relation, is[left], e->numbers[right]))
            return false;
    }
    return true;
}

/* "conv1.output = 96x54x54, assumed; expected 96x55x55". */
static enum status fail(const struct expectation *e, const char *file, const char *is,
                        bool assumed) {
    static const char *const words[] = {
        [RELATION_EQUAL] = "", [RELATION_AT_MOST] = "at most ", [RELATION_LESS] = "less than "};
    int name = (int)(strcspn(e->text, "=<"));
    return message_file(STATUS_PARTIAL, file_title(file), "%.*s = %s%s; expected %s%.*s", name,
                        e->text, is, assumed ? ", assumed" : "", words[e->relation],
                        (int)e->value_length, e->value);
}

/* It holds, but only on an assumption: the network is rejected anyhow. */
static enum status doubt(const struct expectation *e, const char *file, bool assumed) {
    return assumed ? message_class(STATUS_OK, "note", file_title(file),
                                   "%.*s holds, but is assumed", (int)e->length, e->text)
                   : STATUS_OK;
}

static enum status judge_total(const struct expectation *e, const struct graph *graph,
                               const struct view *view, const char *file) {
    struct total totals[TOTAL_COUNT];
    totals_of(graph, view, totals);
    const struct total *total = &totals[e->total];
    char is[32];
    snprintf(is, sizeof is, "%" PRId64, total->value);
    if (!total->known)
        return fail(e, file, "unknown", false);
    return amount_holds(e, total->value) ? doubt(e, file, total->assumed)
                                         : fail(e, file, is, total->assumed);
}

static enum status unknown_layer(const struct expectation *e, const struct graph *graph,
                                 const char *file) {
    const char **names = calloc(graph->count, sizeof *names);
    struct text word = {0}, hint = {0};
    text_bytes(&word, e->text, e->layer_length);
    for (uint32_t k = 1; names && k < graph->count; k++)
        names[k - 1] = graph->layers[k]->name;
    if (names && !word.failed)
        options_suggest(word.data, names, "", &hint);
    message_usage("check", hint.data, "--expect: '%.*s': %s has no layer '%.*s'", (int)e->length,
                  e->text, file_title(file), (int)e->layer_length, e->text);
    free(names);
    text_free(&word);
    text_free(&hint);
    return STATUS_USAGE;
}

/* Its own function, so that the jump finds no local variable to spoil. False: memory ended. */
static bool find_answer(struct graph *graph, uint32_t layer, const struct shape *wanted,
                        struct text *out) {
    if (setjmp(graph->arena->out_of_memory))
        return false;
    claim_answer(graph, layer, wanted, out);
    return true;
}

/* A wrong shape is answered with the settings that would give it. */
static void answer(const struct expectation *e, struct graph *graph, uint32_t layer) {
    struct shape wanted = {.channels = (int64_t)e->numbers[0],
                           .height = e->count == 3 ? (int64_t)e->numbers[1] : 1,
                           .width = e->count == 3 ? (int64_t)e->numbers[2] : 1,
                           .vector = e->count == 1};
    struct text out = {0};
    if (find_answer(graph, layer, &wanted, &out))
        message_write(&out);
    text_free(&out);
}

static enum status judge_cell(const struct expectation *e, struct graph *graph, uint32_t index,
                              const char *cell, const char *file) {
    const struct layer *layer = graph->layers[index];
    if (!*cell) {
        struct text fact = {0};
        text_format(&fact, "asks for the %s of a %s, which has none", e->column->name,
                    layer->kind->name);
        enum status status = refuse(e, NULL, fact.data ? fact.data : "", "a value that it has");
        text_free(&fact);
        return status;
    }
    bool right = e->count > 0 ? numbers_hold(e, cell) : is_word(cell, e->value, e->value_length);
    if (right)
        return doubt(e, file, layer->assumed);
    enum status status = fail(e, file, cell, layer->assumed);
    if (e->column == &columns[COLUMN_OUTPUT])
        answer(e, graph, index);
    return status;
}

/* Courses often count without biases. */
static void answer_bias(const struct expectation *e, const struct layer *layer) {
    struct text out = {0};
    for (int k = 0; k < layer->tensor_count; k++) {
        const struct layer_tensor *tensor = &layer->tensors[k];
        int64_t count = 1;
        for (int i = 0; i < tensor->rank; i++)
            count *= tensor->extent[i]; /* not more than layer->parameters */
        if (strcmp(tensor->suffix, "bias") == 0 && e->amount == layer->parameters - count)
            text_format(&out,
                        "  %" PRId64 " are its parameters without the bias; with bias: false\n",
                        e->amount);
    }
    message_write(&out);
    text_free(&out);
}

static enum status judge_layer(const struct expectation *e, struct graph *graph,
                               const struct view *view, const char *file) {
    uint32_t index = 1;
    while (index < graph->count && !is_word(graph->layers[index]->name, e->text, e->layer_length))
        index++;
    if (index == graph->count)
        return unknown_layer(e, graph, file);
    const struct layer *layer = graph->layers[index];
    if (!layer->known)
        return fail(e, file, "unknown", false);
    struct text cell = {0};
    struct view raw = {.batch = view->batch};
    text_add(&cell, "");
    column_cell(e->column, graph, layer, &raw, &cell);
    enum status status;
    if (cell.failed)
        status = message(STATUS_MEMORY, "out of memory; expected room for a number");
    else if (!e->column->amount)
        status = judge_cell(e, graph, index, cell.data, file);
    else if (amount_holds(e, e->column->amount(layer, view)))
        status = doubt(e, file, layer->assumed);
    else
        status = fail(e, file, cell.data, layer->assumed);
    if (status == STATUS_PARTIAL && e->column == &columns[COLUMN_PARAMS])
        answer_bias(e, layer);
    text_free(&cell);
    return status;
}

enum status expect_judge(const struct expectation *expectations, size_t count, struct graph *graph,
                         const struct view *view, const char *file) {
    enum status all = STATUS_OK;
    for (size_t i = 0; i < count; i++) {
        const struct expectation *e = &expectations[i];
        enum status status = e->layer_length > 0 ? judge_layer(e, graph, view, file)
                                                 : judge_total(e, graph, view, file);
        if (status == STATUS_USAGE || status == STATUS_MEMORY)
            return status;
        all = status == STATUS_OK ? all : status;
    }
    return all;
}
