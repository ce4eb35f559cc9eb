/* npz: a zip file of npy arrays (PKWARE APPNOTE.TXT; RFC 1951 for deflate). */
#ifndef CNNC_NPZ_H
#define CNNC_NPZ_H

#include "weights.h"

/* The tensors that are loaded may inflate to this and to NPZ_RATIO times the file's size: trained
 * weights hardly shrink. */
#define NPZ_INFLATED ((size_t)64 << 20)
enum { NPZ_RATIO = 32 };

/* Fills weights->tensors from weights->bytes; weights_read calls it. A tensor is called what its
 * member is, without ".npy". Taken is what numpy.savez and savez_compressed write, zip64 or not:
 * members stored or deflated, one disk, no encryption, no data descriptors, no comment of the file.
 * The central directory rules, and each local header must agree with it. What a member holds and
 * how it is packed is looked at when it is loaded. */
MUST_USE enum status npz_read(struct weights *weights, struct file_error *error);

#endif
