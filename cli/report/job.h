/* What one call of `cnnc check` is to do: its options, read and checked before any file is. */
#ifndef CNNC_JOB_H
#define CNNC_JOB_H

#include "../../compiler/compiler.h"
#include "../command/options.h"
#include "expect.h"
#include "write.h"

enum { CHECK_OPTIONS = 9 };
extern const struct option_row check_options[CHECK_OPTIONS];

/* What became of a glob of --only. */
struct glob_use {
    bool matched;     /* a layer of some file */
    struct text hint; /* with the nearest name, where none did so far */
};

struct job {
    struct compile_options compile;
    struct view view; /* of every file: what differs between files is set for each */
    const struct writer *writer;
    const char **sets;
    const char **globs;
    char *glob_text; /* what globs points into */
    struct glob_use *glob_uses;
    const struct column **columns;
    struct expectation *expectations;
    size_t expectation_count;
    struct totals_row *rows; /* of --totals, so far */
    size_t row_count;
};

/* Says on stderr what is wrong: STATUS_USAGE, STATUS_MEMORY. The arguments must outlive the job.
 * The caller frees in any case. */
MUST_USE enum status job_read(struct job *job, const struct arguments *arguments);
void job_free(struct job *job);

#endif
