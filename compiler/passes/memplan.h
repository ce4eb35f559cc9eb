/* Memory for buffers that are not all live at once. Knows nothing of networks. */
#ifndef CNNC_MEMPLAN_H
#define CNNC_MEMPLAN_H

#include "../../runtime/base/base.h"

struct memplan_buffer {
    uint64_t size;
    uint32_t first, last; /* times between which it is live, both inclusive */
    uint64_t offset;      /* the result */
};

/* Gives every buffer an offset such that no two that are live at a common time overlap; offsets are
 * sums of sizes, so multiples of what all sizes are multiples of. *total is the end of the highest,
 * *bound the largest sum of sizes that are live at one time, which no placement can go below. The
 * same on every machine. False: the sizes' sum is beyond 2^63. Scratch from the arena, which may
 * jump. */
MUST_USE bool memplan(struct arena *arena, struct memplan_buffer *buffers, size_t count,
                      uint64_t *total, uint64_t *bound);

#endif
