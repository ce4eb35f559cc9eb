/* npy, one array in a file (numpy/lib/format.py, versions 1 to 3). */
#ifndef CNNC_NPY_H
#define CNNC_NPY_H

#include "file_error.h"
#include "mapping.h"
#include "tensor.h"

enum { NPY_HEADER = 1 << 16 /* most bytes of the header's text */ };

struct npy {
    struct tensor tensor; /* without a name */
    struct mapping mapping;
    struct arena arena;
};

/* STATUS_INPUT, STATUS_LIMIT, STATUS_IO, STATUS_MEMORY: *error says why, and nothing is left to
 * close. The bytes of npy_read must outlive the array. */
MUST_USE enum status npy_open(const char *path, struct npy *npy, struct file_error *error);
MUST_USE enum status npy_read(const unsigned char *bytes, size_t length, struct npy *npy,
                              struct file_error *error);
void npy_close(struct npy *npy);

/* What both and npz read with: the array at `bytes`, which it covers to the last byte. Types
 * `<f4 >f4 <f8 <f2 |u1 |i1 <i4 <i8 <u2 |b1`; an array in Fortran order is transposed. tensor->name
 * is set already and goes into errors when not NULL. May jump by the arena. */
MUST_USE enum status npy_tensor(const unsigned char *bytes, size_t length, struct arena *arena,
                                struct tensor *tensor, struct file_error *error);

/* Adds magic and header, version 1, of a row-major float32 array; its floats are to follow. */
void npy_header(struct text *text, int rank, const size_t *extents);
/* Saves an array. STATUS_IO, STATUS_MEMORY: the old file is untouched. */
MUST_USE enum status npy_save(const char *path, const struct tensor *tensor,
                              struct file_error *error);

#endif
