/* The totals of a network, as reports print them and `--expect` names them. */
#ifndef CNNC_TOTALS_H
#define CNNC_TOTALS_H

#include "view.h"

enum { TOTAL_COUNT = 7 };

struct total {
    const char *key;    /* of --expect: "params" */
    const char *label;  /* "parameters" */
    const char *remark; /* or ""; of bytes, behind that unit */
    bool bytes;
    bool known;    /* else writers leave it out */
    bool assumed;  /* it rests on a misfit */
    int64_t value; /* under the view's batch */
};

extern const char *const total_keys[]; /* ends with NULL */

/* In the order of total_keys. Of the layers that are known. */
void totals_of(const struct graph *graph, const struct view *view,
               struct total totals[TOTAL_COUNT]);

/* What of the network is not shown, or only assumed: a line each, after `before`. */
void remarks_print(const struct graph *graph, const struct view *view, struct text *out,
                   const char *before);

#endif
