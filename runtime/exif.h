/* The orientation in an EXIF block: a TIFF file that describes a picture (CIPA DC-008, 4.6). */
#ifndef CNNC_EXIF_H
#define CNNC_EXIF_H

#include "picture.h"

/* 1 to 8 of a block that begins with its TIFF header; 1, upright, when it names none or is
 * damaged. */
int exif_orientation(const unsigned char *bytes, size_t length);

/* Turns a picture that is stored in this orientation upright. STATUS_MEMORY: it is as it was. */
MUST_USE enum status exif_turn(int orientation, struct picture *picture);

#endif
