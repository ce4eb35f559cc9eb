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

/* What part of a picture becomes the whole result, in pixels, Pillow's `box`. */
struct resample_box {
    double left, top, right, bottom;
};

/* A rectangle of pixels, of one at least. */
struct resample_part {
    size_t top, left, height, width;
};

struct resample_task {
    size_t height, width, channels; /* of the picture: 1 or 3 */
    struct resample_box box;        /* of it */
    enum resample_filter filter;
    size_t out_height, out_width; /* of the result */
    struct resample_part part;    /* of the result: what is made, as if all of it were */
};

/* Takes the rows of the part, [width][channels], from the first to the last. */
struct resample_taker {
    void (*take)(void *data, size_t y, const uint8_t *row);
    void *data;
};

/* Takes a picture row by row, and gives the rows of the result as soon as they are complete. */
struct resampler;

/* *memory: most bytes that it takes, of which it is lessened: those of the weights, which are up to
 * 24 for a row and for a column of the picture or of the result, of 16 rows as wide as the picture
 * and of few as wide as the result. STATUS_LIMIT, STATUS_MEMORY: *out is NULL. The caller frees. */
MUST_USE enum status resampler_new(const struct resample_task *task,
                                   const struct resample_taker *taker, size_t *memory,
                                   struct resampler **out);
/* The next rows of the picture, [count][width][channels]; best 16 or more at a time. */
void resampler_push(struct resampler *resampler, const uint8_t *rows, size_t count);
void resampler_free(struct resampler *resampler); /* or NULL */

#endif
