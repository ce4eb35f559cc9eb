/* PNG by libpng (W3C Portable Network Graphics, second edition). */
#ifndef CNNC_PNG_H
#define CNNC_PNG_H

#include "picture.h"

/* As picture_stream, but the picture stays as it is stored. */
MUST_USE enum status png_decode(const unsigned char *bytes, size_t length,
                                const struct picture_options *options, struct picture_sink *sink,
                                struct file_error *error);
/* The EXIF block; NULL when there is none. */
const unsigned char *png_exif(const unsigned char *bytes, size_t length, size_t *exif_length);

/* Adds the picture as a file, one of at most 256 colours with a palette. STATUS_MEMORY: the text
 * may hold a part of it. */
MUST_USE enum status png_encode(const struct picture *picture, struct text *out);

#endif
