/* A layer with filters as matrices, the two ways a textbook writes it:
 *   im2col    Y = W P + b    W: a filter a row; P: the patch that an output sees a column
 *   Toeplitz  y = T x + b    x and y are the maps as vectors (c, y, x); T is doubly blocked: a
 * block for each (output channel, input channel), Toeplitz of Toeplitz blocks With groups, P has
 * the rows of each group below those of the one before, and the filters of group g meet its rows
 * alone. */
#ifndef CNNC_MATRIX_H
#define CNNC_MATRIX_H

#include "filters.h"

#define MATRIX_CELLS ((size_t)1 << 24) /* of one matrix, at most */

struct matrix {
    size_t rows, columns;
    float *values;  /* [rows][columns] */
    uint8_t *given; /* [rows][columns], 0: no coefficient stands here, or padding; values is 0 */
};

/* STATUS_LIMIT: beyond MATRIX_CELLS; rows and columns are set, saturated. STATUS_MEMORY. After any
 * failure there is nothing to free. */
MUST_USE enum status matrix_toeplitz(const struct plan *plan, const char *layer,
                                     struct matrix *matrix);
/* Of a layer that is one step and not local. input: [channels][height][width], or NULL for the
 * index of the element of x in the place of its value. */
MUST_USE enum status matrix_patches(const struct filters *filters, const float *input,
                                    struct matrix *matrix);
MUST_USE enum status matrix_filters(const struct filters *filters, struct matrix *matrix);
/* The b of each output, a column; 0 where the layer has none. */
MUST_USE enum status matrix_bias(const struct plan *plan, const struct step *step,
                                 struct matrix *matrix);
/* One column of given values. */
MUST_USE enum status matrix_vector(const float *values, size_t count, struct matrix *matrix);
void matrix_free(struct matrix *matrix);

#endif
