/* Where the boxes of a drawing stand and how its edges run. A pure function of sizes and edges:
 * top-down in rows, every edge from a lower row number to a higher one.
 *
 * What holds of every result, whatever the graph:
 * - no two boxes overlap, and no edge meets a box but its own two, at the middle of their borders;
 * - an edge is vertical but in the gaps between rows, so it has at most six points;
 * - two edges that run along each other have an end in common.
 * Time is O((boxes + edges) log boxes) but for the rows' own clutter; memory is linear. */
#ifndef CNNC_LAYOUT_H
#define CNNC_LAYOUT_H

#include "../../runtime/base/base.h"

enum { LAYOUT_POINTS = 6 };

struct layout_point {
    double x, y;
};

struct layout_box {
    double width, height;
    bool close;  /* stands close under its only predecessor, where its whole row allows it */
    double x, y; /* out: left, top */
};

/* from < to. The edges that enter one box are in the order of its inputs: branches are drawn from
 * left to right in this order. An edge given twice is drawn twice. */
struct layout_edge {
    uint32_t from, to;
    struct layout_point points[LAYOUT_POINTS]; /* out: from the lower border to the upper one */
    int point_count;
};

struct layout {
    struct layout_box *boxes;
    uint32_t box_count; /* at least 1 */
    struct layout_edge *edges;
    uint32_t edge_count;
    double width, height; /* out: all of it lies in 0..width, 0..height */
};

/* Scratch memory comes from the arena. */
void layout_run(struct arena *arena, struct layout *layout);

#endif
