/* The compiler's front door: a spec's text becomes a graph with shapes and counts, or a list of
 * everything that is wrong with it, or both. */
#ifndef CNNC_COMPILER_H
#define CNNC_COMPILER_H

#include "graph.h"

struct compile_options {
    const char *input;       /* argument of --input, "3x259x259"; or NULL */
    const char *const *sets; /* arguments of --set, "N=3" */
    size_t set_count;
};

struct compilation {
    struct arena arena; /* owns everything below */
    struct diagnostics diag;
    struct graph *graph; /* NULL when there is no network to speak of (a syntax error) */
};

/* Compiles one spec. name is what messages call the file. text need not outlive the call.
 *   STATUS_OK      accepted
 *   STATUS_INPUT   rejected; the graph then goes up to the fault
 *   STATUS_LIMIT   the same, for a stated limit
 *   STATUS_USAGE   an argument in options is no `KEY=VALUE` or no `CxHxW`; see diag
 *   STATUS_MEMORY  *out is NULL
 * In all other cases *out is set and the caller frees it. */
MUST_USE enum status compile_spec(const struct compile_options *options, const char *name,
                                  const char *text, size_t length, struct compilation **out);
void compilation_free(struct compilation *compilation);

#endif
