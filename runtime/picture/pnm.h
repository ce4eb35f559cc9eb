/* PBM, PGM, PPM (P1 to P6) and PAM (P7), as netpbm's manual pages pbm(5) to pam(5) have them. */
#ifndef CNNC_PNM_H
#define CNNC_PNM_H

#include "picture.h"

/* As picture_stream. A sample of another range than 0..255 is scaled as Pillow does. The file holds
 * one picture; bytes behind it are an error. */
MUST_USE enum status pnm_decode(const unsigned char *bytes, size_t length,
                                const struct picture_options *options, struct picture_sink *sink,
                                struct file_error *error);

/* How many bytes the picture takes that begins here, header and pixels: binary PNM or PAM (P4 to
 * P7), of which one may follow the other. Only the header need be there. image-trunc: it is not,
 * whole. Else as pnm_decode. */
MUST_USE enum status pnm_size(const unsigned char *bytes, size_t length, uint64_t area,
                              size_t *size, struct file_error *error);

#endif
