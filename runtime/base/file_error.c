#include "file_error.h"

#include <errno.h>
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

/* ---- what the system says ---- */

/* A name may have come past a shell, or out of a list or a spec: the words are true of both. */
static const char *missing(const char *name) {
    if (strncmp(name, "http://", 7) == 0 || strncmp(name, "https://", 8) == 0)
        return "No such file or directory; expected a file, not an address: fetch it first, as "
               "'curl -LO ADDRESS' does";
    if (name[0] == '~')
        return "No such file or directory; expected a whole path: ~ is the home folder to a shell "
               "alone, unquoted and behind a blank";
    if (strpbrk(name, "*?["))
        return "No such file or directory; expected the name of a file: * ? [ are a pattern to a "
               "shell alone, unquoted and where some file matches";
    return "No such file or directory; expected a file to read";
}

const char *file_fault(const char *name, int error) {
    switch (error) {
    case ENOENT:
        return missing(name);
    case ENOTDIR:
        return "Not a directory; expected a path whose folders are there";
    case EISDIR:
        return "Is a directory; expected a file";
    case EACCES:
        return "Permission denied; expected what you may read";
    case EBADF:
        return "it is closed; expected a file to read";
    default:
        return strerror(error);
    }
}

const char *file_fault_to_write(int error) {
    switch (error) {
    case ENOENT:
        return "No such file or directory; expected a folder that is there";
    case ENOTDIR:
        return "Not a directory; expected a path whose folders are there";
    case EISDIR:
        return "Is a directory; expected the name of a file to write";
    case EACCES:
        return "Permission denied; expected a folder and a file that you may write to";
    case EROFS:
        return "Read-only file system; expected a folder that you may write to";
    case ENOSPC:
        return "No space left on device; expected room for the file";
    case EAGAIN:
        return "another run adds to it; expected one at a time";
    case ESTALE:
        return "another file has taken its name meanwhile; expected one run at a time";
    case EFBIG:
        return "File too large; expected room for the file";
    default:
        return strerror(error);
    }
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
