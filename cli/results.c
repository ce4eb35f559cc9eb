#include "results.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../runtime/npy.h"
#include "message.h"
#include "output.h"

static enum status no_file(const struct results *results, const char *fault) {
    return message_fault(STATUS_IO, results->options.path, fault);
}

static enum status open_to_append(struct results *results) {
    const char *path = results->options.path;
    results->descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (results->descriptor < 0 ||
        ftruncate(results->descriptor, (off_t)results->options.kept) != 0)
        return no_file(results, file_fault_to_write(errno));
    return STATUS_OK;
}

enum status results_open(const struct results_options *options, struct results *results) {
    *results = (struct results){.options = *options, .descriptor = -1};
    if (!options->path)
        return STATUS_OK;
    if (options->append)
        return open_to_append(results);
    save_begin(&results->save, options->path);
    results->saving = true;
    return STATUS_OK;
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

static enum status append(struct results *results) {
    const char *next = results->made.data;
    size_t left = results->made.length;
    while (left > 0) {
        ssize_t written = write(results->descriptor, next, left);
        if (written < 0 && errno != EINTR)
            return no_file(results, file_fault_to_write(errno));
        next += written > 0 ? written : 0;
        left -= written > 0 ? (size_t)written : 0;
    }
    return STATUS_OK;
}

static enum status write_made(struct results *results) {
    enum status status = STATUS_OK;
    if (results->made.failed)
        return message(STATUS_MEMORY, "out of memory; expected room for the results");
    if (results->made.length == 0)
        return STATUS_OK;
    if (results->saving)
        save_write(&results->save, results->made.data, results->made.length);
    else if (results->descriptor >= 0)
        status = append(results);
    else
        status = output_write(&results->made);
    text_free(&results->made);
    return status;
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
    const char *fault;
    bool good = status == STATUS_OK || status == STATUS_PARTIAL;
    if (results->descriptor >= 0 && close(results->descriptor) != 0 && good)
        return no_file(results, file_fault_to_write(errno));
    if (results->saving && !good) {
        save_abandon(&results->save);
    } else if (results->saving) {
        enum status saved = save_end(&results->save, &fault);
        if (saved != STATUS_OK)
            return message_fault(saved, results->options.path, fault);
    }
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
