#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One write a message, so that messages of processes that share a terminal do not mix. There is
 * nobody to tell when stderr fails: the exit code says it all. */
void message_write(const struct text *text) {
    if (text->length > 0)
        fwrite(text->data, 1, text->length, stderr);
    fflush(stderr);
}

PRINTF(5, 0)
static void say(const char *class, const char *file, const char *hint, const char *help,
                const char *format, va_list arguments) {
    char *fact = NULL;
    if (vasprintf(&fact, format, arguments) < 0)
        fact = NULL;
    struct text line = {0};
    text_format(&line, "cnnc: %s: ", class);
    if (file) {
        text_escaped(&line, file, strlen(file));
        text_add(&line, ": ");
    }
    const char *words = fact ? fact : "out of memory while wording this message";
    text_escaped(&line, words, strlen(words));
    text_add(&line, "\n");
    if (hint || help)
        text_format(&line, "  %s%s%s\n", hint ? hint : "", hint && help ? " " : "",
                    help ? help : "");
    message_write(&line);
    text_free(&line);
    free(fact);
}

enum status message(enum status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(status_name(status), NULL, NULL, NULL, format, arguments);
    va_end(arguments);
    return status;
}

enum status message_file(enum status status, const char *file, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(status_name(status), file, NULL, NULL, format, arguments);
    va_end(arguments);
    return status;
}

enum status message_class(enum status status, const char *class, const char *file,
                          const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(class, file, NULL, NULL, format, arguments);
    va_end(arguments);
    return status;
}

/* Rare words of the system come without one. */
static const char *expectation(const char *fault) {
    return strstr(fault, "; expected ") ? "" : "; expected a file to read or to write";
}

enum status message_fault(enum status status, const char *file, const char *fault) {
    return message_file(status, file, "%s%s", fault, expectation(fault));
}

enum status message_file_error(enum status status, const char *file,
                               const struct file_error *error) {
    struct text place = {0};
    text_add(&place, file);
    if (error->tensor[0])
        text_format(&place, " tensor '%s'", error->tensor);
    else if (error->offset >= 0)
        text_format(&place, "@%lld", (long long)error->offset);
    message_class(status, error->class, place.failed ? file : place.data, "%s%s", error->message,
                  expectation(error->message));
    text_free(&place);
    return status;
}

void message_file_note(const char *file, const struct file_error *note) {
    if (note->class)
        message_class(STATUS_OK, note->class, file, "%s", note->message);
}

void message_diagnostics(const struct diagnostics *diag) {
    struct text out = {0};
    diag_render(diag, &out, message_colour(STDERR_FILENO));
    message_write(&out);
    text_free(&out);
}

enum status message_usage(const char *verb, const char *hint, const char *format, ...) {
    char help[64];
    if (verb)
        snprintf(help, sizeof help, "Try 'cnnc %s --help'.", verb);
    else
        snprintf(help, sizeof help, "Try 'cnnc help'.");
    va_list arguments;
    va_start(arguments, format);
    say(status_name(STATUS_USAGE), NULL, hint, help, format, arguments);
    va_end(arguments);
    return STATUS_USAGE;
}

bool message_colour(int descriptor) {
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(descriptor) && (!no_colour || !*no_colour) && terminal &&
           strcmp(terminal, "dumb") != 0;
}
