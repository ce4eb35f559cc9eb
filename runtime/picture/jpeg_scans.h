/* The entropy-coded data of a JPEG, read once more without its pixels: for telling stray bytes,
 * which touch none, from bytes that are left since others were lost. libjpeg says of both that they
 * are extraneous. */
#ifndef CNNC_JPEG_SCANS_H
#define CNNC_JPEG_SCANS_H

#include "../base/base.h"

/* Of a file that libjpeg decoded, for sequential and progressive Huffman coding. `whole`: the data
 * of each scan, or of each interval between two restart markers,
 *  - holds all its blocks, and ends where the last of them does: what is left of the last byte is
 *    padding, of one kind (ones, as T.81 has it, or zeros) in the whole file;
 *  - has no coefficient that no picture of 8 bits has, and no run that outlasts it;
 *  - is not followed by more blocks that end just at the next marker.
 * STATUS_MEMORY. */
MUST_USE enum status jpeg_scans_check(const unsigned char *bytes, size_t length, bool *whole);

#endif
