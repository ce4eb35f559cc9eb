/* How darknet fits a picture into its network's input: as large as it goes with its shape kept, in
 * the middle of grey, by plain bilinear interpolation between corners, without antialiasing.
 * Redmon, darknet: letterbox_image and resize_image of src/image.c; equal to Debian's package. */
#ifndef CNNC_LETTERBOX_H
#define CNNC_LETTERBOX_H

#include "picture.h"

/* out: [height][width][channels of the picture], of 0..255. */
void letterbox(const struct picture *picture, size_t height, size_t width, float *out);

#endif
