/* Plan files (.cnnp): a plan as it runs, its weights page-aligned to be mapped. */
#ifndef CNNC_PLAN_FILE_H
#define CNNC_PLAN_FILE_H

#include "../plan/plan.h"

enum { PLAN_FILE_VERSION = 3, PLAN_FILE_PAGE = 4096 };

struct plan_error {
    const char *class; /* "plan-checksum", "limit-memory"; a constant string */
    int64_t offset;    /* of the byte in the file, or -1 */
    char message[256]; /* "<fact>; expected <what>"; printable */
};

/* Saves a plan with weights; the same plan gives the same bytes. STATUS_IO, STATUS_MEMORY: *error
 * says why, and the old file is untouched. */
MUST_USE enum status plan_save(const struct plan *plan, const char *path, struct plan_error *error);

/* What a plan is opened for. */
struct plan_target {
    struct tile tile; /* the micro-kernel's that is to run it */
    size_t memory;    /* bytes that weights may take which are packed anew */
};

/* Maps the file, copies and verifies all but the weights, checks all checksums. When the plan was
 * packed for another tile than the target's, its gemm weights are packed anew in memory and
 * *repacked is set. STATUS_INPUT, STATUS_LIMIT, STATUS_IO, STATUS_MEMORY: *error says why, *out is
 * NULL. */
MUST_USE enum status plan_open(const char *path, const struct plan_target *target,
                               struct plan **out, bool *repacked, struct plan_error *error);
/* The same from bytes in memory, which must outlive the plan: for tests. */
MUST_USE enum status plan_read(const unsigned char *bytes, size_t length,
                               const struct plan_target *target, struct plan **out, bool *repacked,
                               struct plan_error *error);

#endif
