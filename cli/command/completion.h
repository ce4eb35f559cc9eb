/* Completion scripts for shells, made from the tables of the verbs. */
#ifndef CNNC_COMPLETION_H
#define CNNC_COMPLETION_H

#include "../../runtime/base/base.h"

extern const char *const completion_shells[]; /* "bash", "zsh", "fish", NULL */

/* shell: index into completion_shells. */
void completion_write(int shell, struct text *out);

#endif
