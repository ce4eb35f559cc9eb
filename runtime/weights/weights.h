/* The named tensors of a file: safetensors or npz, told apart by content. */
#ifndef CNNC_WEIGHTS_H
#define CNNC_WEIGHTS_H

#include "../base/file_error.h"
#include "../base/mapping.h"
#include "tensor.h"

enum {
    WEIGHTS_TENSORS = 100000, /* most in one file */
};
#define WEIGHTS_BYTES ((size_t)1 << 40) /* of a file */

struct weights {
    /* Sorted by name, in the order of strcmp; no two of one name. Without data until they are
     * loaded; those of an npz file without shape and type too. */
    struct tensor *tensors;
    size_t count;
    enum status (*load)(struct weights *weights, struct tensor *tensor,
                        struct file_error *error); /* of the reader; may jump by the arena */
    size_t inflated;            /* bytes, of the tensors of an npz file that were loaded */
    const unsigned char *bytes; /* of the file; tensors lie in it where they can be used in place */
    size_t length;
    struct mapping mapping; /* empty when the bytes are the caller's */
    struct arena arena;     /* of the names and of what was converted */
};

/* What the file holds is checked, but no tensor is: one that nobody needs may be of any type, any
 * shape and damaged. STATUS_INPUT, STATUS_LIMIT, STATUS_IO, STATUS_MEMORY: *error says why, and
 * nothing is left to close. */
MUST_USE enum status weights_open(const char *path, struct weights *weights,
                                  struct file_error *error);
/* The same from bytes in memory, which must outlive the weights. */
MUST_USE enum status weights_read(const unsigned char *bytes, size_t length,
                                  struct weights *weights, struct file_error *error);
void weights_close(struct weights *weights);

/* NULL when there is none of this name. */
struct tensor *weights_find(const struct weights *weights, const char *name);

/* Reads one of its tensors, which is needed: as float32, which must hold whole numbers exactly;
 * those of 8 bits are quantised weights, and refused. Float32 data are not touched. STATUS_INPUT,
 * STATUS_LIMIT, STATUS_MEMORY: *error says why. Loaded once, it stays so. */
MUST_USE enum status weights_load(struct weights *weights, struct tensor *tensor,
                                  struct file_error *error);
/* For the readers: the last step of it. Name, shape and element are known. */
MUST_USE enum status weights_take(struct weights *weights, struct tensor *tensor,
                                  const struct tensor_layout *layout, struct file_error *error);

/* The data of this tensor are not needed again (they were packed): its memory goes back to the
 * system, and its data become NULL. */
void weights_drop(struct weights *weights, struct tensor *tensor);

/* ---- does a file hold what a network wants? ---- */
enum mismatch_kind {
    MISMATCH_MISSING, /* wanted, not found */
    MISMATCH_SHAPE,   /* both: the extents differ */
    MISMATCH_EXTRA,   /* found, not wanted; never a counter of training */
};
struct weights_mismatch {
    enum mismatch_kind kind;
    const struct tensor *wanted, *found; /* NULL where there is none */
};

/* The tensors that are wanted and found were loaded; one whose loading failed is not looked at.
 * Every difference at once: first what is missing or of another shape, in the order of `wanted`
 * (names, ranks and extents; names not twice), then what is extra, by name. The list is in the
 * arena, which may jump. */
size_t weights_match(const struct weights *weights, const struct tensor *wanted, size_t count,
                     struct arena *arena, struct weights_mismatch **mismatches);

#endif
