/* How darknet fits a picture into its network's input: as large as it goes with its shape kept, in
 * the middle of grey, by plain bilinear interpolation between corners, without antialiasing.
 * Redmon, darknet: letterbox_image and resize_image of src/image.c; equal to Debian's package. */
#ifndef CNNC_LETTERBOX_H
#define CNNC_LETTERBOX_H

#include "picture.h"

/* Takes the rows of the result, [width][channels of the picture], of 0..255, in no order. */
struct letterbox_taker {
    void (*take)(void *data, size_t y, const float *row);
    void *data;
};

/* Takes a picture row by row. */
struct letterbox {
    size_t in_height, in_width, channels;
    size_t fit_height, fit_width, top, left; /* where the picture is in the result */
    size_t y, next;                          /* the next row of the picture; of what it becomes */
    uint8_t *before;                         /* the row that was last */
    float *line;
    struct letterbox_taker taker;
};

/* size: of the picture; height, width: of the result, whose grey rows are given at once. *memory:
 * most bytes that it takes, of which it is lessened. STATUS_LIMIT, STATUS_MEMORY. The caller frees
 * in any case. */
MUST_USE enum status letterbox_begin(struct letterbox *box, const struct picture *size,
                                     size_t height, size_t width,
                                     const struct letterbox_taker *taker, size_t *memory);
void letterbox_push(struct letterbox *box, const uint8_t *rows, size_t count);
void letterbox_free(struct letterbox *box);

#endif
