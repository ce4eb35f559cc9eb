/* Columns of a drawing. The network is cut into strands: paths of boxes and of long edges that are
 * drawn as one vertical line. The strand of the input is the axis of the picture; every other one
 * hangs to the left or the right of its parent, the strand it branches off. */
#ifndef CNNC_STRAND_H
#define CNNC_STRAND_H

#include "layout.h"

enum { STRAND_NONE = UINT32_MAX };

/* Half of the room between neighbours: box and box, box and edge, edge and edge. */
#define STRAND_BOX_MARGIN 12.0
#define STRAND_EDGE_MARGIN 6.0

/* Edges by box: those that enter v are in_edge[in_start[v]] up to in_start[v + 1]; an edge stands
 * at in_edge[in_slot[edge]]. */
struct strand_input {
    const struct layout *layout;
    const uint32_t *row; /* of each box; edges lead to a higher row */
    uint32_t row_count;
    const uint32_t *in_start, *in_edge, *in_slot;
    const uint32_t *out_start, *out_edge, *out_slot;
};

struct strands {
    uint32_t *of_box;
    uint32_t *of_edge; /* the strand an edge runs in; STRAND_NONE: it goes from box to box */
    double *x;         /* of each strand; the axis is 0 */
};

/* Requires: rows by longest path. Establishes: boxes of a row do not overlap, long edges pass
 * beside the boxes of the rows between, strands that touch the same gap differ in x. */
void strand_place(struct arena *arena, const struct strand_input *input, struct strands *out);

#endif
