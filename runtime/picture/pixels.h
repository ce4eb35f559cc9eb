/* Arrays of uint8 as pictures: which dimension counts images, which are rows, columns, channels. */
#ifndef CNNC_PIXELS_H
#define CNNC_PIXELS_H

#include "../base/file_error.h"
#include "../plan/plan.h"
#include "picture.h"

enum { PIXELS_RANK = 4 /* most */ };

/* An array as its file has it. */
struct pixels_array {
    const uint8_t *data;
    int rank;
    const size_t *extents; /* none is 0 */
    bool fortran;          /* the first extent runs fastest */
    bool counted;          /* the first extent counts images in any case */
};

struct pixels {
    const uint8_t *data;
    bool several; /* a dimension counts the images, were it one alone */
    size_t count, height, width;
    size_t channels; /* 1: grey; 2: grey, alpha; 3: red, green, blue; 4: these, alpha */
    size_t image_step, row_step, column_step, channel_step; /* elements from one to the next */
};

/* HxW and NxHxW are grey; else the first extent after N, or the last, is that of channels, which
 * are 1 or 3: CxHxW, HxWxC, NxCxHxW, NxHxWxC. A last extent of 4 is one of channels where nothing
 * else says more. layout: enum image_layout; where one is given, nothing is guessed, and there may
 * be 1 to 4 channels. wanted: the network's input, for which an array of more than one reading may
 * be meant. STATUS_INPUT: *error says that none fits, or that several do. */
MUST_USE enum status pixels_find(const struct pixels_array *array, uint32_t layout,
                                 const struct plan_view *wanted, struct pixels *pixels,
                                 struct file_error *error);

/* The bytes that a picture takes besides the array: 0 where it lies as a picture does. */
size_t pixels_room(const struct pixels *pixels);
/* The index-th picture, without alpha; its pixels are the array's where pixels_room is 0, else to
 * be freed. STATUS_MEMORY. */
MUST_USE enum status pixels_picture(const struct pixels *pixels, size_t index,
                                    struct picture *picture);

#endif
