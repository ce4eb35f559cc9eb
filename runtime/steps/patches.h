/* The patches of a convolution, packed for the micro-kernel block by block: never more than one
 * block and one cut of K at a time. */
#ifndef CNNC_PATCHES_H
#define CNNC_PATCHES_H

#include "../gemm/kernel_gemm.h"
#include "step.h"

/* A rectangle of output pixels of some images: either several images whole, or rows of one, or a
 * part of one row. Pixels are numbered image by image, row by row. */
struct block {
    int64_t image, images, row, rows, column, columns;
};
static inline int64_t block_pixels(const struct block *block) {
    return block->images * block->rows * block->columns;
}

/* How the pixels of a step on `images` images are cut into blocks of one size (smaller at ends). */
struct blocks {
    int64_t images, rows, columns;              /* of each block */
    int64_t by_image, by_row, by_column, count; /* how many there are each way, and in all */
};
/* At most `pixels` pixels a block, and if the map allows, at least `least` blocks. */
struct blocks blocks_cut(const struct step *step, int64_t images, int64_t pixels, int64_t least);
struct block blocks_get(const struct step *step, const struct blocks *blocks, int64_t images,
                        int64_t i);

/* Floats that patches_load may need for a block of this size; PATCHES_MOST when it is more. */
#define PATCHES_MOST ((size_t)1 << 40)
size_t patches_scratch(const struct step *step, const struct blocks *blocks);
/* Panel runs, for all panels of a block. */
size_t patches_runs(const struct blocks *blocks, int64_t side);

/* Of each row, columns that are alike modulo the stride stand together, one phase after another:
 * tap j of all pixels is then a run. Where the taps are so far apart that each sees other columns,
 * each has a phase of its own. */
struct phases {
    int64_t count, length; /* columns of each */
    bool shared;
};

/* One task's view of the input. */
struct patches {
    const struct step *step;
    const struct gemm_kernels *kernels;
    const float *input; /* channel 0 of the group, image 0 */
    size_t image_stride;
    struct block block;
    int64_t side; /* of a panel */
    bool direct;  /* taps are read from the input, without a copy */
    float *scratch;
    struct panel_run *runs;
    int64_t *columns; /* of each tap of a row: room for the kernel's width */
    int64_t *taps;    /* of one cut */
    /* The scratch is [channel][phase][image][row][column]; strides in floats. */
    int64_t row_floats, image_floats, phase_floats, channel_floats;
    struct phases phases;
};

/* Prepares the block's runs. The fields up to `taps` but for `direct` are the caller's. */
void patches_begin(struct patches *patches);
/* Packs taps first .. first + count - 1, at most a cut, of all panels of the block: [tap][side],
 * a panel `stride` floats behind the one before. GEMM_OVERRUN behind each is overwritten. */
void patches_pack(struct patches *patches, int64_t first, int64_t count, float *panels,
                  int64_t stride);

#endif
