/* The end of a tile: bias, residual, activation, and its way to the output. */
#ifndef CNNC_ENDING_H
#define CNNC_ENDING_H

#include "patches.h"

/* Lanes `lane` .. `lane + count - 1` of a panel of pixels are neighbours in the output: at `offset`
 * of a channel's plane, `out_step` apart. */
struct ending_run {
    int32_t lane, count;
    int64_t image, offset;
};

struct ending {
    const struct step_job *job;
    const struct gemm_kernels *kernels;
    struct block block;
    int64_t first_channel, channels; /* of the group */
    int64_t side, filter_side;       /* pixels and filters of a tile */
    struct ending_run *runs;         /* of all panels; room for patches_runs */
    int32_t *panel_runs;             /* where each panel's begin; room for all panels + 1 */
    float *turned;                   /* room for ending_turned floats */
};

/* Pixels of a tile that was turned to [filters][pixels]: whole fours are turned at a time. */
static inline int64_t ending_pitch(int64_t side) { return (side + 3) / 4 * 4; }
static inline int64_t ending_turned(int64_t side, int64_t filter_side) {
    return (filter_side + 3) / 4 * 4 * ending_pitch(side);
}

/* Prepares the runs of a block. */
void ending_begin(struct ending *ending);
/* Ends a tile of [filters][pixels], or [pixels][filters] when the filters are wide. */
void ending_tile(const struct ending *ending, int64_t filter_panel, int64_t pixel_panel,
                 const float *tile);

#endif
