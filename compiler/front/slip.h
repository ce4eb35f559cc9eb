/* The usual slips of writing YAML: says what is wrong in words that help, where the parser only
 * knows what it expected. */
#ifndef CNNC_SLIP_H
#define CNNC_SLIP_H

#include "../base/diag.h"

/* A syntax error as libyaml tells it. Offsets are bytes of the source's text. */
struct slip {
    const char *problem;
    const char *context; /* what was being read, or NULL */
    struct location at, context_at;
    size_t offset, context_offset;
};

/* Adds exactly one error. */
void slip_report(struct diagnostics *diag, const struct slip *slip);

#endif
