/* A named array of float32 in memory, and the element types that files hold. */
#ifndef CNNC_TENSOR_H
#define CNNC_TENSOR_H

#include "base.h"

enum {
    TENSOR_RANK = 8,         /* most dimensions */
    TENSOR_EXTENT = 1 << 24, /* most of one dimension */
    TENSOR_NAME = 512,       /* most bytes: a layer's 256 and what its weights add */
};
#define TENSOR_ELEMENTS ((size_t)1 << 31)

struct tensor {
    const char *name; /* UTF-8, NUL-terminated; may hold control characters */
    int rank;         /* 0: a scalar */
    size_t extents[TENSOR_RANK];
    size_t count;      /* elements: the product of the extents, 1 for a scalar */
    const float *data; /* row-major, the last extent running fastest; NULL when ignorable */
    bool ignorable;    /* a counter of training (`*.num_batches_tracked`): type, shape not kept */
};

/* The types that are read as float32; `_BE` is big-endian. */
enum element {
    ELEMENT_F32,
    ELEMENT_F32_BE,
    ELEMENT_F64, /* rounded to nearest even; beyond float32 it becomes infinite */
    ELEMENT_F16,
    ELEMENT_BF16,
    ELEMENT_I8,
    ELEMENT_U8,
    ELEMENT_U16,
    ELEMENT_I32,
    ELEMENT_I64,
    ELEMENT_BOOL, /* 0 or 1 */
    ELEMENT_COUNT,
};

size_t element_size(enum element element); /* bytes */

/* Converts `count` packed elements, at any alignment. */
void element_convert(enum element element, const unsigned char *bytes, size_t count, float *out);

/* The floats of `count` elements at `bytes`: these bytes themselves when they are aligned float32,
 * else converted into the arena. */
const float *element_floats(enum element element, const unsigned char *bytes, size_t count,
                            struct arena *arena);

/* The product of extents; false on overflow. */
MUST_USE bool extents_count(const size_t *extents, int rank, size_t *count);

/* `*.num_batches_tracked`: PyTorch's counter in a batch normalisation, of use to training only. */
bool tensor_ignorable(const char *name);
/* Leaves of an ignorable tensor its name. */
void tensor_ignore(struct tensor *tensor);

/* How many elements are infinite or not a number. */
size_t tensor_nonfinite(const struct tensor *tensor);

#endif
