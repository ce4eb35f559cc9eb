/* Names of classes: a line a class, in order. */
#ifndef CNNC_LABELS_H
#define CNNC_LABELS_H

#include "../../runtime/base/base.h"

struct labels {
    char *text; /* each line ends with NUL */
    const char **lines;
    size_t count;
};

/* From the text of a labels file, which is copied; NULL: no labels. A line end at the end begins no
 * further line; a carriage return before one is no part of the label. STATUS_MEMORY. The caller
 * frees. */
MUST_USE enum status labels_parse(const char *text, size_t length, struct labels *labels);
void labels_free(struct labels *labels);

/* Of the class, or NULL. */
const char *labels_of(const struct labels *labels, size_t class);

/* Warns of a file that has not one label for each channel of the output. */
void labels_warn(const char *path, size_t count, const char *output, size_t channels);

#endif
