/* The text of a labels file: a line a class. */
#ifndef CNNC_LABEL_TEXT_H
#define CNNC_LABEL_TEXT_H

#include "../../runtime/base/file_error.h"
#include "../../runtime/plan/plan.h"

/* The text of a labels file, a line a class, is UTF-8 without control characters, and has at most
 * LIMIT_LABELS_BYTES; a byte order mark in front is stepped over. STATUS_INPUT, STATUS_LIMIT:
 * *error says why. */
MUST_USE enum status compile_labels_check(const char **text, size_t *length,
                                          struct file_error *error);
/* Puts such a text into a plan of compile_plan: head.labels. The same, and STATUS_MEMORY. */
MUST_USE enum status compile_labels(struct plan *plan, const char *text, size_t length,
                                    struct file_error *error);

#endif
