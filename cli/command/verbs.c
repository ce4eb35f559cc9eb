#include "verbs.h"

#include <string.h>

const struct verb *const verbs[VERB_COUNT] = {&verb_check, &verb_plan, &verb_compile,
                                              &verb_run,   &verb_eval, &verb_show,
                                              &verb_bench, &verb_help, &verb_version};
const char *const verb_names[VERB_COUNT + 1] = {"check", "plan",  "compile", "run",     "eval",
                                                "show",  "bench", "help",    "version", NULL};

const struct verb *verb_find(const char *name) {
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}
