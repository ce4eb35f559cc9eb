/* What a report is to show, beside the graph: made by cmd_check.c from the options, read by every
 * writer. */
#ifndef CNNC_VIEW_H
#define CNNC_VIEW_H

#include "../../compiler/graph/graph.h"

/* RAW: exact integers. SI: 61.1 M, 244 MB. IEC: bytes as 233 MiB, counts as under SI. */
enum units { UNITS_RAW, UNITS_SI, UNITS_IEC };

struct column; /* columns.h */

struct view {
    const char *file; /* as the user named it; "-" is standard input */
    bool several;     /* it is one of several files of this call */
    bool first;       /* nothing was printed before it */
    int64_t batch;    /* images; multiplies activation bytes, nothing else */
    enum units units;
    const char *const *only; /* globs: show only layers that match one; count 0: show all */
    size_t only_count;
    const struct column *const *columns; /* in order; count 0: the writer's own choice */
    size_t column_count;
    bool totals; /* a row for each network in place of its layers */
    int width;   /* of the terminal, in characters; 0: no bound */
    bool colour; /* escape sequences for colour are welcome */

    const struct diagnostics *diag; /* of the compile, sorted; NULL when the file was not read */
    const char *failure_class;      /* why it was not read: "io"; or NULL */
    const char *failure;
};

/* Whether --only lets this layer through. */
bool view_shows(const struct view *view, const struct layer *layer);

#endif
