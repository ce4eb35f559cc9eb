/* A named array of float32 in memory, and the element types that files hold. */
#ifndef CNNC_TENSOR_H
#define CNNC_TENSOR_H

#include "../base/base.h"

enum {
    TENSOR_RANK = 8,         /* most dimensions */
    TENSOR_EXTENT = 1 << 24, /* most of one dimension */
};
#define TENSOR_ELEMENTS ((size_t)1 << 31)

/* The types that are read as float32, least byte first or swapped. */
enum element {
    ELEMENT_F32,
    ELEMENT_F64, /* rounded to nearest even; beyond float32 it becomes infinite */
    ELEMENT_F16,
    ELEMENT_BF16,
    ELEMENT_I8,
    ELEMENT_U8,
    ELEMENT_I16,
    ELEMENT_U16,
    ELEMENT_I32, /* whole numbers are rounded to nearest even too */
    ELEMENT_U32,
    ELEMENT_I64,
    ELEMENT_U64,
    ELEMENT_BOOL, /* 0 or 1 */
    ELEMENT_COUNT,
};

struct tensor {
    const char *name; /* UTF-8, NUL-terminated; may hold control characters */
    int rank;         /* 0: a scalar */
    size_t extents[TENSOR_RANK];
    size_t count;         /* elements: the product of the extents, 1 for a scalar */
    const float *data;    /* row-major, the last extent running fastest; NULL while not loaded */
    enum element element; /* what the file holds; of a tensor that was made, float32 */
    const void *stored;   /* of the reader of its file: where that holds it */
};

size_t element_size(enum element element);      /* bytes */
const char *element_name(enum element element); /* "float32", "int64" */

/* Converts `count` packed elements, at any alignment. swapped: the most significant byte first. */
void element_convert(enum element element, bool swapped, const unsigned char *bytes, size_t count,
                     float *out);

/* Are these whole numbers? */
bool element_whole(enum element element);
/* Of whole numbers: how many come before the first that float32 does not hold exactly; `count`
 * when it holds all. */
size_t element_exact(enum element element, bool swapped, const unsigned char *bytes, size_t count);
/* Adds the digits of the whole number at `bytes`. */
void element_text(enum element element, bool swapped, const unsigned char *bytes, struct text *out);

/* Where a tensor's elements lie, packed, at any alignment. */
struct tensor_layout {
    bool swapped, fortran; /* the most significant byte first; the first extent runs fastest */
    const unsigned char *bytes;
};

/* Sets data from rank, extents, count and element: these bytes themselves when they are aligned
 * float32 in order, else floats in the arena. */
void tensor_convert(struct tensor *tensor, const struct tensor_layout *layout, struct arena *arena);

/* The product of extents; false on overflow. */
MUST_USE bool extents_count(const size_t *extents, int rank, size_t *count);

/* `*.num_batches_tracked`: PyTorch's counter in a batch normalisation, of use to training only. */
bool tensor_ignorable(const char *name);

/* How many elements are infinite or not a number. */
size_t tensor_nonfinite(const struct tensor *tensor);

#endif
