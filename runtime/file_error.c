#include "file_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum status fill(struct file_error *error, const char *class, const char *format,
                        va_list arguments) PRINTF(3, 0);
static enum status fill(struct file_error *error, const char *class, const char *format,
                        va_list arguments) {
    *error = (struct file_error){.class = class, .offset = -1};
    vsnprintf(error->message, sizeof error->message, format, arguments);
    return strncmp(class, "limit", 5) == 0 ? STATUS_LIMIT : STATUS_INPUT;
}

enum status file_fail(struct file_error *error, const char *class, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    enum status status = fill(error, class, format, arguments);
    va_end(arguments);
    return status;
}

enum status file_fail_at(struct file_error *error, const char *class, size_t offset,
                         const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    enum status status = fill(error, class, format, arguments);
    va_end(arguments);
    error->offset = (int64_t)offset;
    return status;
}

enum status file_fail_in(struct file_error *error, const char *class, const char *tensor,
                         const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    enum status status = fill(error, class, format, arguments);
    va_end(arguments);
    snprintf(error->tensor, sizeof error->tensor, "%s", tensor);
    return status;
}

static const char *class_of(enum status status) {
    switch (status) {
    case STATUS_INPUT:
        return "path";
    case STATUS_LIMIT:
        return "limit-size";
    default:
        return status_name(status);
    }
}

enum status file_fail_system(struct file_error *error, enum status status, const char *fault) {
    *error = (struct file_error){.class = class_of(status), .offset = -1};
    snprintf(error->message, sizeof error->message, "%s", fault);
    return status;
}

enum status file_fail_memory(struct file_error *error) {
    return file_fail_system(error, STATUS_MEMORY, "out of memory; expected room for the tensors");
}
