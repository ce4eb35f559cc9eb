/* PBM, PGM, PPM (P1 to P6) and PAM (P7), as netpbm's manual pages pbm(5) to pam(5) have them. */
#ifndef CNNC_PNM_H
#define CNNC_PNM_H

#include "picture.h"

/* As picture_read. A sample of another range than 0..255 is scaled as Pillow does. The file holds
 * one picture; bytes behind it are an error. */
MUST_USE enum status pnm_decode(const unsigned char *bytes, size_t length, uint64_t area,
                                struct picture *picture, struct file_error *error);

#endif
