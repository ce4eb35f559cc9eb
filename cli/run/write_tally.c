/* The report of `cnnc eval`: a table of the classes and the confusion matrix, or both for programs.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/rows.h"
#include "../terminal/csv.h"
#include "../terminal/file.h"
#include "../terminal/json.h"
#include "tally.h"

enum {
    MATRIX_CLASSES = ROWS_COLUMNS - 1, /* of a network with more, only the worst is shown */
    WORST = 10,                        /* confusions */
};

/* Of one class. */
struct line {
    uint64_t pictures, right, five, taken; /* taken: pictures of any class taken for this one */
};

static uint64_t taken(const struct tally *tally, size_t truth, size_t class) {
    return tally->taken[truth * tally->classes + class];
}

static struct line line_of(const struct tally *tally, size_t class) {
    struct line line = {.pictures = tally->none[class],
                        .right = taken(tally, class, class),
                        .five = tally->five[class]};
    for (size_t i = 0; i < tally->classes; i++) {
        line.pictures += taken(tally, class, i);
        line.taken += taken(tally, i, class);
    }
    return line;
}

static const char *label_of_class(const struct tally_title *title, size_t class) {
    const char *label = labels_of(title->labels, class);
    return label ? label : "";
}

/* ---- table ---- */

static void add_share(uint64_t part, uint64_t pictures, struct rows *rows) {
    if (pictures > 0)
        rows_add(rows, "%.2f", 100 * tally_share(part, pictures));
    else
        rows_add(rows, "%s", "");
}

static void print_classes(const struct tally *tally, const struct tally_title *title,
                          struct text *out) {
    static const char *const headings[] = {">class",   "label",  ">pictures",    ">top-1 %",
                                           ">top-5 %", ">taken", ">precision %", NULL};
    struct rows rows = {.headings = headings};
    for (size_t c = 0; c < tally->classes; c++) {
        const struct line line = line_of(tally, c);
        if (line.pictures == 0 && line.taken == 0)
            continue;
        rows_add(&rows, "%zu", c);
        rows_add(&rows, "%s", label_of_class(title, c));
        rows_add(&rows, "%" PRIu64, line.pictures);
        add_share(line.right, line.pictures, &rows);
        add_share(line.five, line.pictures, &rows);
        rows_add(&rows, "%" PRIu64, line.taken);
        add_share(line.right, line.taken, &rows);
    }
    rows_print(&rows, out);
    text_free(&rows.cells);
}

static void print_matrix(const struct tally *tally, const struct tally_title *title,
                         struct text *out) {
    char names[MATRIX_CLASSES][24];
    const char *headings[MATRIX_CLASSES + 2] = {"is \\ taken for"};
    struct rows rows = {.headings = headings};
    for (size_t c = 0; c < tally->classes; c++) {
        snprintf(names[c], sizeof names[c], ">%zu", c);
        headings[c + 1] = names[c];
    }
    for (size_t truth = 0; truth < tally->classes; truth++) {
        rows_add(&rows, "%zu %s", truth, label_of_class(title, truth));
        for (size_t c = 0; c < tally->classes; c++)
            rows_add(&rows, "%" PRIu64, taken(tally, truth, c));
    }
    rows_print(&rows, out);
    text_free(&rows.cells);
}

struct confusion {
    size_t truth, class;
    uint64_t count;
};

/* Keeps the list of the WORST most frequent in order; of equal ones the first stays in front. */
static void keep_worst(struct confusion *worst, size_t *count, struct confusion next) {
    size_t at = *count;
    while (at > 0 && worst[at - 1].count < next.count)
        at--;
    if (at == WORST)
        return;
    *count += *count < WORST;
    memmove(&worst[at + 1], &worst[at], (*count - at - 1) * sizeof *worst);
    worst[at] = next;
}

static void print_worst(const struct tally *tally, const struct tally_title *title,
                        struct text *out) {
    static const char *const headings[] = {">pictures",  ">of class", "label",
                                           ">taken for", "label",     NULL};
    struct rows rows = {.headings = headings};
    struct confusion worst[WORST];
    size_t count = 0;
    for (size_t t = 0; t < tally->classes; t++)
        for (size_t c = 0; c < tally->classes; c++)
            if (t != c && taken(tally, t, c) > 0)
                keep_worst(worst, &count, (struct confusion){t, c, taken(tally, t, c)});
    if (count == 0) {
        text_add(out, "no picture is taken for another class\n");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        rows_add(&rows, "%" PRIu64, worst[i].count);
        rows_add(&rows, "%zu", worst[i].truth);
        rows_add(&rows, "%s", label_of_class(title, worst[i].truth));
        rows_add(&rows, "%zu", worst[i].class);
        rows_add(&rows, "%s", label_of_class(title, worst[i].class));
    }
    rows_print(&rows, out);
    text_free(&rows.cells);
}

static void print_total(const char *name, uint64_t part, uint64_t pictures, struct text *out) {
    text_format(out, "%-10s %10" PRIu64, name, part);
    if (pictures > 0)
        text_format(out, "  %6.2f %%", 100 * tally_share(part, pictures));
    text_add(out, "\n");
}

static void print_table(const struct tally *tally, const struct tally_title *title,
                        struct text *out) {
    uint64_t none = 0;
    for (size_t c = 0; c < tally->classes; c++)
        none += tally->none[c];
    print_classes(tally, title, out);
    text_add(out, "\n");
    if (tally->classes <= MATRIX_CLASSES)
        print_matrix(tally, title, out);
    else
        print_worst(tally, title, out);
    text_add(out, "\n");
    print_total("pictures", tally->pictures, 0, out);
    print_total("top-1", tally->top1, tally->pictures, out);
    print_total("top-5", tally->top5, tally->pictures, out);
    if (none > 0)
        print_total("no score", none, tally->pictures, out);
    if (title->unreadable > 0)
        print_total("unreadable", title->unreadable, 0, out);
    if (title->left && title->left->files > 0)
        print_total("left out", title->left->files, 0, out);
}

/* ---- json ---- */

static void add_count(struct json *json, const char *key, uint64_t value) {
    json_key(json, key);
    json_count(json, (int64_t)value);
}

static void add_real(struct json *json, const char *key, double value) {
    json_key(json, key);
    json_real(json, value);
}

static void add_text(struct json *json, const char *key, const char *value) {
    json_key(json, key);
    json_text(json, value);
}

static void add_class(struct json *json, const struct tally *tally, const struct tally_title *title,
                      size_t class) {
    const struct line line = line_of(tally, class);
    json_open(json, '{');
    add_count(json, "index", class);
    if (labels_of(title->labels, class))
        add_text(json, "label", labels_of(title->labels, class));
    add_count(json, "pictures", line.pictures);
    add_real(json, "top1", tally_share(line.right, line.pictures));
    add_real(json, "top5", tally_share(line.five, line.pictures));
    add_real(json, "precision", tally_share(line.right, line.taken));
    json_close(json, '}');
}

static void add_matrix(struct json *json, const struct tally *tally) {
    json_key(json, "confusion");
    json_open(json, '[');
    for (size_t truth = 0; truth < tally->classes; truth++) {
        json_open(json, '[');
        for (size_t c = 0; c < tally->classes; c++)
            json_count(json, (int64_t)taken(tally, truth, c));
        json_close(json, ']');
    }
    json_close(json, ']');
}

/* The files of each kind. */
static void add_left_out(struct json *json, const struct left_out *left) {
    add_count(json, "left_out", left ? left->files : 0);
    json_key(json, "left_out_kinds");
    json_open(json, '{');
    for (size_t i = 0; left && i < left->count; i++)
        add_count(json, left->kinds[i].name, left->kinds[i].count);
    json_close(json, '}');
}

static void print_json(const struct tally *tally, const struct tally_title *title,
                       struct text *out) {
    struct json json = {.out = out};
    json_open(&json, '{');
    add_count(&json, "schema", 1);
    add_text(&json, "file", title->model);
    add_text(&json, "name", title->name);
    add_text(&json, "data", title->data);
    add_count(&json, "pictures", tally->pictures);
    add_count(&json, "unreadable", title->unreadable);
    add_left_out(&json, title->left);
    add_count(&json, "right", tally->top1);
    add_real(&json, "top1", tally_share(tally->top1, tally->pictures));
    add_real(&json, "top5", tally_share(tally->top5, tally->pictures));
    json_key(&json, "classes");
    json_open(&json, '[');
    for (size_t c = 0; c < tally->classes; c++)
        add_class(&json, tally, title, c);
    json_close(&json, ']');
    add_matrix(&json, tally);
    json_close(&json, '}');
    text_add(out, "\n");
}

/* ---- csv ---- */

/* A row a class: its counts, then what its pictures were taken for. */
static void print_csv(const struct tally *tally, const struct tally_title *title,
                      struct text *out) {
    text_add(out, "class,label,pictures,right,top5");
    for (size_t c = 0; c < tally->classes; c++)
        text_format(out, ",as%zu", c);
    text_add(out, "\n");
    for (size_t truth = 0; truth < tally->classes; truth++) {
        const struct line line = line_of(tally, truth);
        text_format(out, "%zu,", truth);
        csv_field(label_of_class(title, truth), out);
        text_format(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, line.pictures, line.right, line.five);
        for (size_t c = 0; c < tally->classes; c++)
            text_format(out, ",%" PRIu64, taken(tally, truth, c));
        text_add(out, "\n");
    }
}

void tally_write(const struct tally *tally, const struct tally_title *title,
                 enum tally_format format, struct text *out) {
    switch (format) {
    case TALLY_TABLE:
        print_table(tally, title, out);
        break;
    case TALLY_JSON:
        print_json(tally, title, out);
        break;
    case TALLY_CSV:
        print_csv(tally, title, out);
        break;
    }
}
