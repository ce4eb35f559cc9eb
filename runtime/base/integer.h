/* Integers of places and extents: far below 2^63, so that nothing here overflows. */
#ifndef CNNC_INTEGER_H
#define CNNC_INTEGER_H

#include <stdbool.h>
#include <stdint.h>

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
/* a / b, rounded up; a >= 0, b > 0. */
static inline int64_t ratio_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline bool within(int64_t value, int64_t low, int64_t high) {
    return value >= low && value <= high;
}

#endif
