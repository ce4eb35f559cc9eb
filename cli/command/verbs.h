/* The verbs, one file each (cmd_check.c …). */
#ifndef CNNC_VERBS_H
#define CNNC_VERBS_H

#include "options.h"

extern const struct verb verb_check, verb_plan, verb_compile, verb_run, verb_eval, verb_show,
    verb_bench, verb_help, verb_version;

enum { VERB_COUNT = 9 };
extern const struct verb *const verbs[VERB_COUNT]; /* in the order of `cnnc help` */

/* The verb of that name, or NULL. */
const struct verb *verb_find(const char *name);
/* The names, ends with NULL. */
extern const char *const verb_names[VERB_COUNT + 1];

/* What `cnnc help` and `cnnc --help` print. */
void help_overview(struct text *out);

#endif
