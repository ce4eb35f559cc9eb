/* safetensors (github.com/huggingface/safetensors, README, "Format"): eight bytes of header length,
 * a JSON header, the packed data. */
#ifndef CNNC_SAFETENSORS_H
#define CNNC_SAFETENSORS_H

#include "weights.h"

enum { SAFETENSORS_HEADER = 1 << 24 /* most bytes of JSON */ };

/* Fills weights->tensors from weights->bytes; weights_read calls it. F32 stays where it is, when
 * aligned; F64, F16, BF16 and whole numbers of 16 bits or more are converted; another type is
 * refused when it is loaded. The header is strict where a file could be read in two ways: no
 * unknown keys, neither hole nor overlap. A type that the format does not have yet may stand there,
 * and its size is not checked. */
MUST_USE enum status safetensors_read(struct weights *weights, struct file_error *error);

/* Saves the tensors sorted by name, all as F32, the data aligned to 8 bytes in the file; the same
 * tensors give the same bytes. Names are valid UTF-8, no two the same, none "__metadata__".
 * STATUS_IO, STATUS_MEMORY, STATUS_LIMIT (header): *error says why and the old file is untouched.
 */
MUST_USE enum status safetensors_save(const char *path, const struct tensor *tensors, size_t count,
                                      struct file_error *error);

#endif
