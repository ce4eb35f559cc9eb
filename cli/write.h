/* The report in each of its forms. A writer prints nothing: it adds to `out`. */
#ifndef CNNC_WRITE_H
#define CNNC_WRITE_H

#include "view.h"

/* The graph is NULL when there is no network to speak of (a syntax error, an unreadable file),
 * which only write_json and write_csv have something to say of; otherwise layers up to the faults.
 */
typedef void write_function(const struct graph *graph, const struct view *view, struct text *out);

write_function write_table, write_json, write_csv, write_md, write_yaml, write_dot, write_svg;

/* One row per form. What a form cannot use is a usage error instead of being ignored. */
struct writer {
    const char *name;
    write_function *write;
    bool several; /* reports of several files may follow each other */
    bool rows;    /* --columns and --units */
    bool batch, only;
};

enum { WRITER_COUNT = 7 };
extern const struct writer writers[WRITER_COUNT];

#endif
