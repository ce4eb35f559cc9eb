/* What `--expect` asserts: totals and layers, equal to a value or within a budget. */
#ifndef CNNC_EXPECT_H
#define CNNC_EXPECT_H

#include "../../compiler/compiler.h"
#include "columns.h"

enum relation { RELATION_EQUAL, RELATION_AT_MOST, RELATION_LESS };

enum { EXPECT_NUMBERS = 4 };

/* "conv1.output=96x55x55", "params<=5M". What it points to is the command line's. */
struct expectation {
    const char *text; /* as written, `length` bytes */
    size_t length;
    size_t layer_length; /* the layer's name is text up to there; 0: a total is meant */
    int total;           /* index into total_keys */
    const struct column *column;
    enum relation relation;
    const char *value; /* up to the end of text */
    size_t value_length;
    int64_t amount;                 /* of a total or a column of amounts */
    double numbers[EXPECT_NUMBERS]; /* of another column: 3, 1x7, 0x1x0x1, 96x55x55 */
    int count;                      /* of numbers; 0: the value is a text */
};

/* Reads one item of --expect. STATUS_USAGE after saying what is wrong. */
MUST_USE enum status expect_read(struct expectation *expectation, const char *item, size_t length);

/* Judges the network of `file`, as far as it is known. STATUS_PARTIAL where an expectation fails,
 * after saying what is; STATUS_USAGE where it names a layer that is not there. */
MUST_USE enum status expect_judge(const struct expectation *expectations, size_t count,
                                  struct graph *graph, const struct view *view, const char *file);

#endif
