/* The report in each of its forms. A writer prints nothing: it adds to `out`. */
#ifndef CNNC_WRITE_H
#define CNNC_WRITE_H

#include "totals.h"
#include "view.h"

/* The graph is NULL when there is no network to speak of (a syntax error, an unreadable file),
 * which only write_json and write_csv have something to say of; otherwise layers up to the faults.
 */
typedef void write_function(const struct graph *graph, const struct view *view, struct text *out);

write_function write_table, write_json, write_csv, write_md, write_yaml, write_dot, write_svg;

/* A network under --totals. The file's name is the command line's. */
struct totals_row {
    const char *file;
    char name[256]; /* a longer one is cut */
    struct total totals[TOTAL_COUNT];
    const char *state; /* totals_state */
};

/* What is to be known of the totals: "assumed", "incomplete" (layers are unknown), "rejected" (for
 * another reason), or nothing. */
const char *totals_state(const struct graph *graph, const struct view *view);
void totals_keep(const struct graph *graph, const struct view *view, struct totals_row *row);

/* All networks at once, when the last is known. */
typedef void totals_function(const struct totals_row *rows, size_t count, const struct view *view,
                             struct text *out);
totals_function write_totals_table, write_totals_csv, write_totals_md;

/* Text in which what Markdown and HTML would act on is escaped. */
void md_escaped(const char *value, struct text *out);

/* One row per form. What a form cannot use is a usage error instead of being ignored. */
struct writer {
    const char *name;
    write_function *write;
    bool several; /* reports of several files may follow each other */
    bool rows;    /* --columns and --units */
    bool batch, only;
    totals_function *totals; /* of --totals; NULL: `write` does it, network by network, or not */
    bool summary;            /* there is --totals in this form */
};

enum { WRITER_COUNT = 7 };
extern const struct writer writers[WRITER_COUNT];

#endif
