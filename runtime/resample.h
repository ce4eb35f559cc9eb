/* Resizing of 8-bit pictures, equal to Pillow 9.4's Image.resize bit for bit (Resample.c: weights
 * in double, rounded to 22 bits of fraction; columns first, rounded to 8 bits, then rows). */
#ifndef CNNC_RESAMPLE_H
#define CNNC_RESAMPLE_H

#include "picture.h"

enum resample_filter {
    RESAMPLE_BOX,
    RESAMPLE_BILINEAR,
    RESAMPLE_BICUBIC,
    RESAMPLE_LANCZOS,
    RESAMPLE_FILTERS,
};

/* What part of `from` becomes the whole result, in pixels, Pillow's `box`. */
struct resample_box {
    double left, top, right, bottom;
};

/* Resizes to height x width, into *out, with as many channels; the caller frees it. box: NULL, all
 * of it. memory: most bytes that it takes, those of the result and of the weights, which are up to
 * 24 for a row and for a column of `from`. STATUS_LIMIT, STATUS_MEMORY: nothing is left to free. */
MUST_USE enum status resample(const struct picture *from, const struct resample_box *box,
                              enum resample_filter filter, size_t height, size_t width,
                              size_t memory, struct picture *out);

/* A rectangle of pixels. */
struct resample_part {
    size_t top, left, height, width;
};

/* The pixels of `part` of the result of resample(from, NULL, filter, height, width, ...), which is
 * not made as a whole. */
MUST_USE enum status resample_part(const struct picture *from, enum resample_filter filter,
                                   size_t height, size_t width, const struct resample_part *part,
                                   size_t memory, struct picture *out);

#endif
