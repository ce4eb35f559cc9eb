#include "results.h"

#include "../../runtime/weights/npy.h"
#include "../terminal/message.h"
#include "../terminal/output.h"

/* To its end, or to nothing when something has failed so far. */
static enum status end_file(struct results *results) {
    const char *fault,
        *path = results->options.part ? results->options.part : results->options.path;
    results->saving = false;
    enum status status = save_end(&results->save, &fault);
    return status == STATUS_OK ? status : message_fault(status, path, fault);
}

enum status results_open(const struct results_options *options, struct results *results) {
    *results = (struct results){.options = *options};
    if (!options->path)
        return STATUS_OK;
    if (options->part)
        save_continue(&results->save, options->part, options->path);
    else
        save_begin(&results->save, options->path);
    results->saving = true;
    return save_failed(&results->save) ? end_file(results) : STATUS_OK;
}

enum status results_cut(struct results *results, uint64_t kept) {
    save_cut(&results->save, kept);
    return save_failed(&results->save) ? end_file(results) : STATUS_OK;
}

void results_keep(struct results *results, const struct save_kept *kept, size_t count) {
    save_keep(&results->save, kept, count);
}

void results_add(struct results *results, const struct record *record) {
    const struct record_style *style = &results->options.style;
    enum results_format format = results->options.format;
    char separator = format == RESULTS_CSV ? ',' : '\t';
    results->images += !record->error;
    switch (format) {
    case RESULTS_TABLE:
        record_table(record, style, &results->made);
        break;
    case RESULTS_JSONL:
        record_jsonl(record, style, &results->made);
        break;
    case RESULTS_CSV:
    case RESULTS_TSV:
        if (!results->headed)
            record_heading(record, separator, &results->made);
        results->headed = true;
        record_lines(record, style, separator, &results->made);
        break;
    case RESULTS_NPY:
        record_floats(record, &results->made);
        break;
    }
}

static enum status write_made(struct results *results) {
    enum status status = STATUS_OK;
    if (results->made.failed)
        return message(STATUS_MEMORY, "out of memory; expected room for the results");
    if (results->made.length == 0)
        return STATUS_OK;
    if (results->saving)
        save_write(&results->save, results->made.data, results->made.length);
    else
        status = output_write(&results->made);
    text_free(&results->made);
    return results->saving && save_failed(&results->save) ? end_file(results) : status;
}

enum status results_flush(struct results *results) {
    return results->options.format == RESULTS_NPY ? STATUS_OK : write_made(results);
}

/* The number of images stands in front of all. */
static enum status write_array(struct results *results, const struct record_output *shape) {
    const struct plan_view *view = &shape->view;
    const size_t extents[] = {results->images, (size_t)view->channels, (size_t)view->height,
                              (size_t)view->width};
    struct text floats = results->made;
    results->made = (struct text){0};
    npy_header(&results->made, shape->vector ? 2 : 4, extents);
    enum status status = write_made(results);
    text_free(&results->made);
    results->made = floats;
    return status == STATUS_OK ? write_made(results) : status;
}

static enum status close_file(struct results *results, enum status status) {
    if (!results->saving)
        return status;
    if (status == STATUS_OK || status == STATUS_PARTIAL) {
        enum status saved = end_file(results);
        return saved == STATUS_OK ? status : saved;
    }
    results->saving = false;
    save_abandon(&results->save);
    return status;
}

enum status results_close(struct results *results, const struct record_output *shape,
                          enum status status) {
    if (results->options.format == RESULTS_NPY &&
        (status == STATUS_OK || status == STATUS_PARTIAL)) {
        enum status written = write_array(results, shape);
        status = written == STATUS_OK ? status : written;
    }
    text_free(&results->made);
    return close_file(results, status);
}
