/* The records of a run, in each of its formats. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../input/base64.h"
#include "../report/write_plan.h"
#include "../terminal/file.h"
#include "../terminal/json.h"
#include "record.h"

static size_t size_of(const struct record_output *output) {
    return (size_t)plan_view_size(&output->view);
}

static size_t positions_of(const struct record_output *output) {
    return (size_t)output->view.height * (size_t)output->view.width;
}

/* The best of the only position, to be freed; NULL: out->failed, or there are none. */
static struct ranked *best_of(const struct record_output *output, const struct record_style *style,
                              size_t *count, struct text *out) {
    size_t most = (size_t)output->view.channels;
    most = most < style->top ? most : style->top;
    struct ranked *top = malloc((most + 1) * sizeof *top);
    out->failed |= !top;
    *count = top ? record_top(output, 0, most, top) : 0;
    if (top)
        *count = record_cut(top, *count, style->least);
    return top;
}

/* The best of each position of a map, as long as there are not too many. */
static bool has_best(const struct record_output *output, const struct record_style *style) {
    return !style->raw && positions_of(output) <= RECORD_POSITIONS;
}

/* False: all are NaN, or below what is asked for. */
static bool best_at(const struct record_output *output, const struct record_style *style,
                    size_t position, struct ranked *best) {
    return record_cut(best, record_top(output, position, 1, best), style->least) == 1;
}

/* ---- table ---- */

static void print_top(const struct record_output *output, const struct record_style *style,
                      struct text *out) {
    size_t count;
    struct ranked *top = best_of(output, style, &count, out);
    for (size_t i = 0; i < count; i++) {
        const char *label = labels_of(style->labels, top[i].index);
        text_format(out, label ? "  %6zu  %-12.6g" : "  %6zu  %.6g", top[i].index,
                    (double)top[i].score);
        if (label) {
            text_add(out, "  ");
            text_escaped(out, label, strlen(label));
        }
        text_add(out, "\n");
    }
    if (count == 0)
        text_add(out, isnan(output->values[0]) ? "  NaN only\n" : "  none of such a score\n");
    free(top);
}

/* Of what is a number. */
static void print_range(const struct record_output *output, struct text *out) {
    double least = INFINITY, most = -INFINITY, sum = 0;
    size_t numbers = 0, count = size_of(output);
    for (size_t i = 0; i < count; i++) {
        double value = (double)output->values[i];
        if (isnan(value))
            continue;
        numbers++;
        sum += value;
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    text_add(out, "  ");
    write_plan_shape(&output->view, out);
    if (numbers > 0)
        text_format(out, "  min %.6g  mean %.6g  max %.6g", least, sum / (double)numbers, most);
    if (numbers < count)
        text_format(out, "  NaN %zu", count - numbers);
    text_add(out, "\n");
}

/* The best channel of each position, a row of the map on a line. */
static void print_map(const struct record_output *output, const struct record_style *style,
                      struct text *out) {
    enum { WIDEST = 40 };
    char digits[16];
    struct ranked best;
    size_t width = (size_t)output->view.width;
    if (style->raw || width > WIDEST || output->view.height > WIDEST)
        return;
    int wide = snprintf(digits, sizeof digits, "%" PRId32, output->view.channels - 1);
    for (size_t i = 0; i < positions_of(output); i++) {
        text_add(out, i % width == 0 ? "  " : " ");
        if (best_at(output, style, i, &best))
            text_format(out, "%*zu", wide, best.index);
        else
            text_format(out, "%*s", wide, "-");
        if (i % width == width - 1)
            text_add(out, "\n");
    }
}

static void print_output(const struct record_output *output, const struct record_style *style,
                         struct text *out) {
    if (record_is_vector(output)) {
        print_top(output, style, out);
        return;
    }
    print_range(output, out);
    print_map(output, style, out);
}

void record_table(const struct record *record, const struct record_style *style, struct text *out) {
    const char *title = file_title(record->input);
    text_escaped(out, title, strlen(title));
    if (record->indexed)
        text_format(out, "[%zu]", record->index);
    if (record->error) {
        text_add(out, ": ");
        text_escaped(out, record->error, strlen(record->error));
    }
    text_add(out, "\n");
    for (size_t k = 0; k < record->output_count && !record->error; k++) {
        const struct record_output *output = &record->outputs[k];
        if (record->output_count > 1) {
            text_add(out, " ");
            text_escaped(out, output->name, strlen(output->name));
            text_add(out, "\n");
        }
        print_output(output, style, out);
    }
}

/* ---- json ---- */

static void add_count(struct json *json, const char *key, size_t value) {
    json_key(json, key);
    json_count(json, (int64_t)value);
}

static void add_text(struct json *json, const char *key, const char *value) {
    json_key(json, key);
    json_text(json, value);
}

static bool is_utf8(const char *text) {
    size_t length = strlen(text), size = 1;
    uint32_t code;
    for (size_t i = 0; i < length && size > 0; i += size)
        size = text_utf8(text + i, length - i, &code);
    return size > 0;
}

static void add_input(struct json *json, const char *name) {
    add_text(json, "input", name);
    if (is_utf8(name))
        return;
    struct text bytes = {0};
    base64_encode(name, strlen(name), &bytes);
    json->out->failed |= bytes.failed;
    add_text(json, "input_b64", bytes.data);
    text_free(&bytes);
}

static void add_shape(struct json *json, const struct record_output *output) {
    const struct plan_view *view = &output->view;
    json_key(json, "output");
    json_counts(json, (const int64_t[]){view->channels, view->height, view->width},
                output->vector ? 1 : 3);
}

static void add_values(struct json *json, const struct record_output *output) {
    json_key(json, "values");
    json_open(json, '[');
    for (size_t i = 0; i < size_of(output); i++)
        json_float(json, output->values[i]);
    json_close(json, ']');
}

static void add_top(struct json *json, const struct record_output *output,
                    const struct record_style *style) {
    size_t count;
    struct ranked *top = best_of(output, style, &count, json->out);
    json_key(json, "top");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++) {
        const char *label = labels_of(style->labels, top[i].index);
        json_open(json, '{');
        add_count(json, "index", top[i].index);
        if (label)
            add_text(json, "label", label);
        json_key(json, "score");
        json_float(json, top[i].score);
        json_close(json, '}');
    }
    json_close(json, ']');
    free(top);
}

/* Rows of the best channel of each position, or of its score; null where there is none. */
static void add_rows(struct json *json, const struct record_output *output,
                     const struct record_style *style, bool scores) {
    struct ranked best;
    size_t width = (size_t)output->view.width;
    json_open(json, '[');
    for (size_t i = 0; i < positions_of(output); i++) {
        if (i % width == 0)
            json_open(json, '[');
        if (!best_at(output, style, i, &best))
            json_null(json);
        else if (scores)
            json_float(json, best.score);
        else
            json_count(json, (int64_t)best.index);
        if (i % width == width - 1)
            json_close(json, ']');
    }
    json_close(json, ']');
}

static void add_map(struct json *json, const struct record_output *output,
                    const struct record_style *style) {
    json_key(json, "map");
    json_open(json, '{');
    json_key(json, "index");
    add_rows(json, output, style, false);
    json_key(json, "score");
    add_rows(json, output, style, true);
    json_close(json, '}');
}

/* JSON has no NaN and no infinity: they are null, and told here. */
static void add_flags(struct json *json, const struct record_output *output) {
    bool nan = false, infinite = false;
    for (size_t i = 0; i < size_of(output); i++) {
        nan |= isnan(output->values[i]) != 0;
        infinite |= isinf(output->values[i]) != 0;
    }
    if (!nan && !infinite)
        return;
    json_key(json, "flags");
    json_open(json, '[');
    if (nan)
        json_text(json, "nan");
    if (infinite)
        json_text(json, "inf");
    json_close(json, ']');
}

static void add_output(struct json *json, const struct record_output *output,
                       const struct record_style *style) {
    bool vector = record_is_vector(output);
    if (style->raw || !vector)
        add_shape(json, output);
    if (vector)
        add_top(json, output, style);
    else if (has_best(output, style))
        add_map(json, output, style);
    if (style->raw && size_of(output) <= RECORD_VALUES)
        add_values(json, output);
    add_flags(json, output);
}

static void add_outputs(struct json *json, const struct record *record,
                        const struct record_style *style) {
    json_key(json, "outputs");
    json_open(json, '[');
    for (size_t k = 0; k < record->output_count; k++) {
        json_open(json, '{');
        add_text(json, "name", record->outputs[k].name);
        add_output(json, &record->outputs[k], style);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void record_jsonl(const struct record *record, const struct record_style *style, struct text *out) {
    struct json json = {.out = out};
    json_open(&json, '{');
    add_input(&json, record->input);
    if (record->indexed)
        add_count(&json, "index", record->index);
    if (record->error) {
        json_key(&json, "error");
        json_open(&json, '{');
        add_text(&json, "class", record->class);
        add_text(&json, "message", record->error);
        json_close(&json, '}');
    } else if (record->output_count == 1) {
        add_output(&json, &record->outputs[0], style);
    } else {
        add_outputs(&json, record, style);
    }
    json_close(&json, '}');
    text_add(out, "\n");
}

/* ---- csv and tsv ---- */

/* What a line says of one of the best. */
struct line {
    const struct record *record;
    const struct record_output *output; /* NULL: of an error */
    size_t position, rank;
    const struct ranked *ranked;
    const char *label;
    char separator;
    bool several, map; /* columns that the record's outputs ask for */
};

/* Tabs and newlines are escaped already, so that only commas and quotes are left to guard. */
static void add_field(const struct line *line, const char *value, struct text *out) {
    struct text escaped = {0};
    text_add(&escaped, "");
    text_escaped(&escaped, value, strlen(value));
    const char *field = escaped.failed ? "" : escaped.data;
    bool quoted = line->separator == ',' && field[strcspn(field, ",\"")];
    out->failed |= escaped.failed;
    text_add(out, quoted ? "\"" : "");
    for (; *field; field++) {
        if (quoted && *field == '"')
            text_add(out, "\"");
        text_bytes(out, field, 1);
    }
    text_add(out, quoted ? "\"" : "");
    text_free(&escaped);
}

static void add_separator(const struct line *line, struct text *out) {
    text_bytes(out, &line->separator, 1);
}

static void add_number(const struct line *line, bool known, size_t number, struct text *out) {
    if (known)
        text_format(out, "%zu", number);
    add_separator(line, out);
}

static void add_line(const struct line *line, struct text *out) {
    const struct record *record = line->record;
    bool known = line->output != NULL;
    size_t width = known ? (size_t)line->output->view.width : 1;
    add_field(line, record->input, out);
    add_separator(line, out);
    add_number(line, record->indexed, record->index, out);
    if (line->several) {
        add_field(line, known ? line->output->name : "", out);
        add_separator(line, out);
    }
    if (line->map) {
        add_number(line, known, line->position / width, out);
        add_number(line, known, line->position % width, out);
    }
    add_number(line, known, line->rank, out);
    add_number(line, known, known ? line->ranked->index : 0, out);
    add_field(line, line->label ? line->label : "", out);
    add_separator(line, out);
    if (known && isfinite(line->ranked->score)) {
        struct json json = {.out = out};
        json_float(&json, line->ranked->score);
    }
    add_separator(line, out);
    if (record->error)
        add_field(line, record->error, out);
    text_add(out, "\n");
}

static struct line line_of(const struct record *record, char separator) {
    struct line line = {
        .record = record, .separator = separator, .several = record->output_count > 1};
    for (size_t k = 0; k < record->output_count; k++)
        line.map |= !record_is_vector(&record->outputs[k]);
    return line;
}

void record_heading(const struct record *record, char separator, struct text *out) {
    const struct line line = line_of(record, separator);
    const char *const names[] = {"input",
                                 "image",
                                 line.several ? "output" : NULL,
                                 line.map ? "row" : NULL,
                                 line.map ? "column" : NULL,
                                 "rank",
                                 "index",
                                 "label",
                                 "score"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i]) {
            text_add(out, names[i]);
            add_separator(&line, out);
        }
    text_add(out, "error\n");
}

static void add_lines(struct line *line, const struct record_style *style, struct text *out) {
    size_t count, rank;
    struct ranked *top = best_of(line->output, style, &count, out);
    for (rank = 0; rank < count; rank++) {
        line->rank = rank + 1;
        line->ranked = &top[rank];
        line->label = labels_of(style->labels, top[rank].index);
        add_line(line, out);
    }
    free(top);
}

static void add_map_lines(struct line *line, const struct record_style *style, struct text *out) {
    struct ranked best;
    line->rank = 1;
    line->ranked = &best;
    for (size_t i = 0; i < positions_of(line->output); i++) {
        line->position = i;
        if (!best_at(line->output, style, i, &best))
            continue;
        line->label = labels_of(style->labels, best.index);
        add_line(line, out);
    }
}

void record_lines(const struct record *record, const struct record_style *style, char separator,
                  struct text *out) {
    struct line line = line_of(record, separator);
    if (record->error) {
        add_line(&line, out);
        return;
    }
    for (size_t k = 0; k < record->output_count; k++) {
        line.output = &record->outputs[k];
        line.position = 0;
        if (record_is_vector(line.output))
            add_lines(&line, style, out);
        else
            add_map_lines(&line, style, out);
    }
}

/* ---- npy ---- */

void record_floats(const struct record *record, struct text *out) {
    if (!record->error)
        text_bytes(out, (const char *)record->outputs[0].values,
                   size_of(&record->outputs[0]) * sizeof(float));
}
