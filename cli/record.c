#include "record.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "write_plan.h"

/* ---- the best ---- */

size_t record_top(const float *values, size_t count, size_t top[RECORD_TOP]) {
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        size_t at = length < RECORD_TOP ? length++ : RECORD_TOP;
        for (; at > 0 && values[i] > values[top[at - 1]]; at--)
            if (at < RECORD_TOP)
                top[at] = top[at - 1];
        if (at < RECORD_TOP)
            top[at] = i;
    }
    return length;
}

static size_t size_of(const struct record_output *output) {
    return (size_t)plan_view_size(&output->view);
}

/* ---- table ---- */

static void print_top(const struct record_output *output, struct text *out) {
    size_t top[RECORD_TOP], count = record_top(output->values, size_of(output), top);
    for (size_t i = 0; i < count; i++)
        text_format(out, "  %6zu  %.6g\n", top[i], (double)output->values[top[i]]);
    if (count == 0)
        text_add(out, "  NaN only\n");
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

void record_table(const struct record *record, struct text *out) {
    const char *title = file_title(record->input);
    text_escaped(out, title, strlen(title));
    if (record->count > 1)
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
        if (output->vector)
            print_top(output, out);
        else
            print_range(output, out);
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

static void add_values(struct json *json, const struct record_output *output) {
    json_key(json, "values");
    json_open(json, '[');
    for (size_t i = 0; i < size_of(output); i++)
        json_float(json, output->values[i]);
    json_close(json, ']');
}

static void add_top(struct json *json, const struct record_output *output) {
    size_t top[RECORD_TOP], count = record_top(output->values, size_of(output), top);
    json_key(json, "top");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(json, '{');
        add_count(json, "index", top[i]);
        json_key(json, "score");
        json_float(json, output->values[top[i]]);
        json_close(json, '}');
    }
    json_close(json, ']');
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

static void add_output(struct json *json, const struct record_output *output) {
    const struct plan_view *view = &output->view;
    json_key(json, "output");
    json_counts(json, (const int64_t[]){view->channels, view->height, view->width},
                output->vector ? 1 : 3);
    if (output->vector)
        add_top(json, output);
    if (size_of(output) <= RECORD_VALUES)
        add_values(json, output);
    add_flags(json, output);
}

static void add_outputs(struct json *json, const struct record *record) {
    json_key(json, "outputs");
    json_open(json, '[');
    for (size_t k = 0; k < record->output_count; k++) {
        json_open(json, '{');
        add_text(json, "name", record->outputs[k].name);
        add_output(json, &record->outputs[k]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void record_jsonl(const struct record *record, struct text *out) {
    struct json json = {.out = out};
    json_open(&json, '{');
    add_text(&json, "input", record->input);
    if (record->count > 1)
        add_count(&json, "index", record->index);
    if (record->error) {
        json_key(&json, "error");
        json_open(&json, '{');
        add_text(&json, "class", record->class);
        add_text(&json, "message", record->error);
        json_close(&json, '}');
    } else if (record->output_count == 1) {
        add_output(&json, &record->outputs[0]);
    } else {
        add_outputs(&json, record);
    }
    json_close(&json, '}');
    text_add(out, "\n");
}

/* ---- npy ---- */

void record_floats(const struct record *record, struct text *out) {
    if (!record->error)
        text_bytes(out, (const char *)record->outputs[0].values,
                   size_of(&record->outputs[0]) * sizeof(float));
}
