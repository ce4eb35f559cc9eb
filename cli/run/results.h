/* Where the records of a run go, in what format. */
#ifndef CNNC_RESULTS_H
#define CNNC_RESULTS_H

#include "../../runtime/base/save.h"
#include "record.h"

enum results_format {
    RESULTS_TABLE,
    RESULTS_JSONL,
    RESULTS_CSV,
    RESULTS_TSV,
    RESULTS_NPY, /* one array, which is written at the end */
};

struct results_options {
    enum results_format format;
    struct record_style style;
    const char *path; /* NULL: standard output */
    const char *part; /* to add to, which gets the name `path` if it has not; or NULL */
};

struct results {
    struct results_options options;
    struct text made; /* and not yet written */
    struct save save;
    bool saving, headed;
    size_t images; /* with an output */
};

/* All say on stderr what is wrong: STATUS_IO, STATUS_MEMORY. */
MUST_USE enum status results_open(const struct results_options *options, struct results *results);
/* Of `part` only so many bytes stay. */
MUST_USE enum status results_cut(struct results *results, uint64_t kept);
/* What was written and the words for it, where a signal ends the program (save_keep). */
void results_keep(struct results *results, const struct save_kept *kept, size_t count);
void results_add(struct results *results, const struct record *record);
/* Writes what was added. */
MUST_USE enum status results_flush(struct results *results);
/* Call last, after an open that went well. shape: of npy's images. When status is neither STATUS_OK
 * nor STATUS_PARTIAL, a file to be replaced stays as it was. Returns it, or what went wrong. */
MUST_USE enum status results_close(struct results *results, const struct record_output *shape,
                                   enum status status);

#endif
