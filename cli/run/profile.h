/* Where the time of a run goes, step by step. */
#ifndef CNNC_PROFILE_H
#define CNNC_PROFILE_H

#include "../../runtime/exec/exec.h"

struct profile {
    const struct plan *plan;
    double *ms; /* of each step, summed */
    size_t forwards, images;
};

/* STATUS_MEMORY. The caller frees. From here on the run times its steps. */
MUST_USE enum status profile_begin(struct profile *profile, const struct plan *plan,
                                   struct run *run);
void profile_free(struct profile *profile);
/* Adds what run_forward just did on so many images. */
void profile_add(struct profile *profile, const struct run *run, size_t images);

/* A row a step: ms, share, GFLOP/s (2 per MAC) and GB/s, which is what it must read and write at
 * least: weights once a run, inputs and outputs of each image. */
void profile_print(const struct profile *profile, struct text *out);

#endif
