/* IDX, the arrays of MNIST and its kin (LeCun, Cortes, Burges: The MNIST database): bytes 0 0, a
 * type, the rank, big-endian extents of 32 bits, then the elements in row-major order. Read here
 * are arrays of unsigned bytes (type 8), as they are or in gzip. */
#ifndef CNNC_IDX_H
#define CNNC_IDX_H

#include "../base/file_error.h"
#include "../base/mapping.h"

enum { IDX_RANK = 4 /* most */ };

struct idx {
    int rank; /* >= 1 */
    size_t extents[IDX_RANK];
    size_t count; /* of elements */
    const uint8_t *data;
    uint8_t *inflated; /* the data when they came from gzip, else NULL */
    struct mapping mapping;
};

/* At most `most` bytes of elements. STATUS_INPUT, STATUS_LIMIT, STATUS_IO, STATUS_MEMORY: *error
 * says why, and nothing is left to close. The bytes of idx_read must outlive the array. */
MUST_USE enum status idx_open(const char *path, size_t most, struct idx *idx,
                              struct file_error *error);
MUST_USE enum status idx_read(const unsigned char *bytes, size_t length, size_t most,
                              struct idx *idx, struct file_error *error);
void idx_close(struct idx *idx);

/* Whether a file begins like one, or like gzip. */
bool idx_sniff(const unsigned char *bytes, size_t length);

#endif
