/* The orientation in an EXIF block: a TIFF file that describes a picture (CIPA DC-008, 4.6). */
#ifndef CNNC_EXIF_H
#define CNNC_EXIF_H

#include "picture.h"

/* 1 to 8 of a block that begins with its TIFF header; 1, upright, when it names none or is
 * damaged. */
int exif_orientation(const unsigned char *bytes, size_t length);

/* The size of a picture that is stored in this orientation, upright; its pixels are those given. */
struct picture exif_upright(int orientation, const struct picture *stored);

/* Puts rows y .. y + count - 1 of a picture that is stored in this orientation to their places in
 * the upright one. stored: its size. */
void exif_turn(int orientation, const struct picture *stored, const uint8_t *rows, size_t y,
               size_t count, const struct picture *upright);

#endif
