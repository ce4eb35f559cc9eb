/* The files that `cnnc run` reads: arrays of images. */
#ifndef CNNC_INPUT_H
#define CNNC_INPUT_H

#include "../runtime/npy.h"
#include "../runtime/plan.h"
#include "file.h"

struct input {
    const float *images; /* [count][channels][height][width] */
    size_t count;
    struct npy npy;
    struct file file; /* the bytes of what cannot be mapped */
};

/* Opens an .npy file of one image, C x H x W, or several, N x C x H x W; a net whose input is a
 * vector takes C and N x C as well. `-` and pipes are read to their end, at most `most` bytes of
 * them. On failure error says why, and nothing is left to close. */
MUST_USE enum status input_open(const char *name, const struct plan_view *wanted, size_t most,
                                struct input *input, struct file_error *error);
void input_close(struct input *input);

#endif
