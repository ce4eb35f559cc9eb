/* JPEG by libjpeg-turbo (ITU-T T.81). */
#ifndef CNNC_JPEG_H
#define CNNC_JPEG_H

#include "picture.h"

/* As picture_stream, but the picture stays as it is stored. Equal to Pillow over the same library.
 */
MUST_USE enum status jpeg_decode(const unsigned char *bytes, size_t length,
                                 const struct picture_options *options, struct picture_sink *sink,
                                 struct file_error *error);
/* The EXIF block; NULL when there is none. */
const unsigned char *jpeg_exif(const unsigned char *bytes, size_t length, size_t *exif_length);

#endif
