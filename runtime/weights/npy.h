/* npy, one array in a file (numpy/lib/format.py, versions 1 to 3). */
#ifndef CNNC_NPY_H
#define CNNC_NPY_H

#include "../base/file_error.h"
#include "../base/mapping.h"
#include "tensor.h"

enum { NPY_HEADER = 1 << 16 /* most bytes of the header's text */ };

struct npy {
    struct tensor tensor;  /* without a name; its element tells what the file holds */
    const uint8_t *pixels; /* of uint8 opened as pixels, whose tensor has no data; else NULL */
    bool fortran;          /* of pixels: the first extent runs fastest */
    struct mapping mapping;
    struct arena arena;
};

/* STATUS_INPUT, STATUS_LIMIT, STATUS_IO, STATUS_MEMORY: *error says why, and nothing is left to
 * close. The bytes of npy_read must outlive the array. */
MUST_USE enum status npy_open(const char *path, struct npy *npy, struct file_error *error);
MUST_USE enum status npy_read(const unsigned char *bytes, size_t length, struct npy *npy,
                              struct file_error *error);
/* The same, but elements that are uint8 stay as they are: npy->pixels. */
MUST_USE enum status npy_open_pixels(const char *path, struct npy *npy, struct file_error *error);
MUST_USE enum status npy_read_pixels(const unsigned char *bytes, size_t length, struct npy *npy,
                                     struct file_error *error);
void npy_close(struct npy *npy);

/* For npz: the header of the array at `bytes`, which it covers to the last byte. Rank, extents,
 * count and element go into *tensor, whose name is set already and goes into errors when not NULL;
 * where the elements lie goes into *layout, for tensor_convert. Read are the types i1 i2 i4 i8 u1
 * u2 u4 u8 b1 f2 f4 f8, after one of < > = | or none. May jump by the arena. */
MUST_USE enum status npy_parse(const unsigned char *bytes, size_t length, struct arena *arena,
                               struct tensor *tensor, struct tensor_layout *layout,
                               struct file_error *error);

/* Adds magic and header, version 1, of a row-major float32 array; its floats are to follow. */
void npy_header(struct text *text, int rank, const size_t *extents);
/* Saves an array. STATUS_IO, STATUS_MEMORY: the old file is untouched. */
MUST_USE enum status npy_save(const char *path, const struct tensor *tensor,
                              struct file_error *error);

#endif
