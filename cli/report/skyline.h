/* How far levels 0..count-1 are built up: asked and raised over ranges, O(log count) each. */
#ifndef CNNC_SKYLINE_H
#define CNNC_SKYLINE_H

#include "../../runtime/base/base.h"

struct skyline;

/* All levels at 0. count is at least 1. The arena owns it. */
struct skyline *skyline_new(struct arena *arena, uint32_t count);
/* The highest of levels low..high; 0 when low > high. */
double skyline_top(const struct skyline *skyline, uint32_t low, uint32_t high);
/* Raises levels low..high to at least `to`. */
void skyline_raise(struct skyline *skyline, uint32_t low, uint32_t high, double to);

#endif
