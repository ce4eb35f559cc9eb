/* Messages of the program to its user, on stderr: `cnnc: <class>: <fact>; expected <what>`. Each is
 * one line and whole in itself; control bytes in what it quotes are escaped. */
#ifndef CNNC_MESSAGE_H
#define CNNC_MESSAGE_H

#include "../../compiler/base/diag.h"
#include "../../runtime/base/file_error.h"

/* Says it under the class of `status` and returns `status`. */
enum status message(enum status status, const char *format, ...) PRINTF(2, 3);

/* The same of an operand: `cnnc: <class>: <file>: <fact>`. */
enum status message_file(enum status status, const char *file, const char *format, ...)
    PRINTF(3, 4);

/* The same under a class of its own, "weights-match", "warning". */
enum status message_class(enum status status, const char *class, const char *file,
                          const char *format, ...) PRINTF(4, 5);

/* Why a file was not read or written: words of file_fault and its like. */
enum status message_fault(enum status status, const char *file, const char *fault);

/* What is wrong with a file of weights or tensors, at its offset or in its tensor. */
enum status message_file_error(enum status status, const char *file,
                               const struct file_error *error);

/* A note of the file's reader, which read it all the same; where there is one. */
void message_file_note(const char *file, const struct file_error *note);

/* What the compiler found, in the form that editors parse. */
void message_diagnostics(const struct diagnostics *diag);

/* A usage error of a verb (NULL: of the program), with a second line that says where help is. hint:
 * "did you mean '--batch'?", or NULL. Returns STATUS_USAGE. */
enum status message_usage(const char *verb, const char *hint, const char *format, ...) PRINTF(3, 4);

/* Writes prepared bytes, such as diag_render's, to stderr. */
void message_write(const struct text *text);

/* Whether escape sequences for colour are welcome on a descriptor: a terminal that is not dumb, and
 * no NO_COLOR in the environment. */
bool message_colour(int descriptor);

#endif
