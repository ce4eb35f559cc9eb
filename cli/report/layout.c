/* Rows by longest path; columns by strand.c; then edges through the gaps between rows, where each
 * horizontal piece gets a track of its own. A gap is as high as its tracks need. */
#include "layout.h"

#include <stdlib.h>

#include "strand.h"

#define GAP 18.0        /* between rows without a bend */
#define GAP_CLOSE 5.0   /* above a row of boxes that stand close under their predecessors */
#define GAP_MARGIN 10.0 /* above the first and below the last track: room for an arrow */
#define TRACK 7.0       /* between tracks */

enum { NO_GROUP = UINT32_MAX };

/* The horizontal pieces in one gap that have an end in common: those that leave one box, or those
 * that enter one. They share a track. */
struct group {
    double left, right;
    uint32_t gap;
    bool enters;
    uint32_t track;
};

struct routing {
    struct arena *arena;
    struct layout *layout;
    struct strand_input in;
    struct strands strands;
    uint32_t *row; /* of each box */
    struct group *groups;
    uint32_t group_count;
    uint32_t *leaving, *entering; /* group of each edge's first and last piece, or NO_GROUP */
    double *gap_top, *row_top;    /* of each row: the gap lies above it */
    uint32_t *tracks[2];          /* per gap, of leaving and of entering groups */
};

/* ---- rows ---- */

static void index_edges(struct routing *r) {
    struct layout *layout = r->layout;
    uint32_t boxes = layout->box_count, edges = layout->edge_count;
    uint32_t *start[2], *edge[2], *slot[2];
    for (int side = 0; side < 2; side++) {
        start[side] = arena_array(r->arena, boxes + 2, sizeof(uint32_t));
        edge[side] = arena_array(r->arena, edges, sizeof(uint32_t));
        slot[side] = arena_array(r->arena, edges, sizeof(uint32_t));
        for (uint32_t i = 0; i < edges; i++)
            start[side][(side ? layout->edges[i].from : layout->edges[i].to) + 2]++;
        for (uint32_t i = 2; i < boxes + 2; i++)
            start[side][i] += start[side][i - 1];
        for (uint32_t i = 0; i < edges; i++) {
            slot[side][i] = start[side][(side ? layout->edges[i].from : layout->edges[i].to) + 1]++;
            edge[side][slot[side][i]] = i;
        }
    }
    r->in.in_start = start[0];
    r->in.in_edge = edge[0];
    r->in.in_slot = slot[0];
    r->in.out_start = start[1];
    r->in.out_edge = edge[1];
    r->in.out_slot = slot[1];
}

/* Boxes come in topological order: one pass. */
static void assign_rows(struct routing *r) {
    r->row = arena_array(r->arena, r->layout->box_count, sizeof *r->row);
    r->in.row_count = 1;
    for (uint32_t box = 0; box < r->layout->box_count; box++) {
        for (uint32_t k = r->in.in_start[box]; k < r->in.in_start[box + 1]; k++) {
            uint32_t above = r->row[r->layout->edges[r->in.in_edge[k]].from];
            if (r->row[box] <= above)
                r->row[box] = above + 1;
        }
        if (r->row[box] + 1 > r->in.row_count)
            r->in.row_count = r->row[box] + 1;
    }
    r->in.row = r->row;
    r->in.layout = r->layout;
}

/* ---- columns of boxes and edges ---- */

static double box_x(const struct routing *r, uint32_t box) {
    return r->strands.x[r->strands.of_box[box]];
}

static bool has_lane(const struct routing *r, uint32_t edge) {
    return r->strands.of_edge[edge] != STRAND_NONE;
}

/* Where the lane of an edge runs; of one without: where it leaves. */
static double lane_x(const struct routing *r, uint32_t edge) {
    return has_lane(r, edge) ? r->strands.x[r->strands.of_edge[edge]]
                             : box_x(r, r->layout->edges[edge].from);
}

/* ---- groups and tracks ---- */

static void widen(struct routing *r, uint32_t *group, uint32_t *shared, uint32_t gap, bool enters,
                  double a, double b) {
    double left = a < b ? a : b, right = a < b ? b : a;
    if (*shared == NO_GROUP) {
        *shared = r->group_count++;
        r->groups[*shared] = (struct group){left, right, gap, enters, 0};
    }
    *group = *shared;
    struct group *g = &r->groups[*group];
    g->left = left < g->left ? left : g->left;
    g->right = right > g->right ? right : g->right;
}

/* An edge with a lane bends below its start, into the lane, and above its end, out of it. One
 * without bends once: with those that leave its start where that forks, else with those that enter
 * its end. Since leaving groups lie above entering ones, lines part before others join them. */
static void find_groups(struct routing *r) {
    struct layout *layout = r->layout;
    uint32_t *from_box = arena_array(r->arena, layout->box_count, sizeof *from_box);
    uint32_t *to_box = arena_array(r->arena, layout->box_count, sizeof *to_box);
    r->groups = arena_array(r->arena, 2 * (size_t)layout->edge_count, sizeof *r->groups);
    r->leaving = arena_array(r->arena, layout->edge_count, sizeof *r->leaving);
    r->entering = arena_array(r->arena, layout->edge_count, sizeof *r->entering);
    for (uint32_t box = 0; box < layout->box_count; box++)
        from_box[box] = to_box[box] = NO_GROUP;
    for (uint32_t i = 0; i < layout->edge_count; i++) {
        const struct layout_edge *edge = &layout->edges[i];
        double start = box_x(r, edge->from), lane = lane_x(r, i), end = box_x(r, edge->to);
        bool forks = r->in.out_start[edge->from + 1] - r->in.out_start[edge->from] > 1;
        r->leaving[i] = r->entering[i] = NO_GROUP;
        if (!has_lane(r, i) && forks && start != end)
            widen(r, &r->leaving[i], &from_box[edge->from], r->row[edge->from] + 1, false, start,
                  end);
        else if (lane != end)
            widen(r, &r->entering[i], &to_box[edge->to], r->row[edge->to], true, lane, end);
        if (has_lane(r, i) && start != lane)
            widen(r, &r->leaving[i], &from_box[edge->from], r->row[edge->from] + 1, false, start,
                  lane);
    }
}

static int by_place(const void *a, const void *b) {
    const struct group *left = *(const struct group *const *)a;
    const struct group *right = *(const struct group *const *)b;
    if (left->gap != right->gap)
        return left->gap < right->gap ? -1 : 1;
    if (left->enters != right->enters)
        return left->enters ? 1 : -1;
    if (left->left != right->left)
        return left->left < right->left ? -1 : 1;
    return left < right ? -1 : left > right;
}

/* The groups of one gap and direction, from left to right: each takes the first track that is free,
 * of which a heap by right end would know the first; the number of tracks is small. */
static uint32_t fill_tracks(struct group *const *groups, size_t count, double *ends) {
    uint32_t tracks = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t track = 0;
        while (track < tracks && ends[track] + 2 * STRAND_EDGE_MARGIN > groups[i]->left)
            track++;
        ends[track] = groups[i]->right;
        groups[i]->track = track;
        tracks = track == tracks ? tracks + 1 : tracks;
    }
    return tracks;
}

static void assign_tracks(struct routing *r) {
    struct group **sorted = arena_array(r->arena, r->group_count, sizeof(struct group *));
    double *ends = arena_array(r->arena, r->group_count, sizeof *ends);
    for (int side = 0; side < 2; side++)
        r->tracks[side] = arena_array(r->arena, r->in.row_count + 1, sizeof(uint32_t));
    for (uint32_t i = 0; i < r->group_count; i++)
        sorted[i] = &r->groups[i];
    qsort(sorted, r->group_count, sizeof *sorted, by_place);
    for (size_t first = 0, last; first < r->group_count; first = last) {
        const struct group *group = sorted[first];
        for (last = first; last < r->group_count && sorted[last]->gap == group->gap &&
                           sorted[last]->enters == group->enters;)
            last++;
        r->tracks[group->enters][group->gap] = fill_tracks(sorted + first, last - first, ends);
    }
}

/* ---- heights ---- */

static double gap_height(const struct routing *r, uint32_t row, bool close) {
    uint32_t tracks = r->tracks[0][row] + r->tracks[1][row];
    if (tracks == 0)
        return close ? GAP_CLOSE : GAP;
    double height = 2 * GAP_MARGIN + TRACK * (tracks - 1);
    return height > GAP ? height : GAP;
}

static void place_rows(struct routing *r) {
    uint32_t rows = r->in.row_count;
    double *height = arena_array(r->arena, rows, sizeof *height);
    bool *open = arena_array(r->arena, rows, sizeof *open);
    r->gap_top = arena_array(r->arena, rows, sizeof *r->gap_top);
    r->row_top = arena_array(r->arena, rows, sizeof *r->row_top);
    for (uint32_t box = 0; box < r->layout->box_count; box++) {
        const struct layout_box *b = &r->layout->boxes[box];
        height[r->row[box]] = b->height > height[r->row[box]] ? b->height : height[r->row[box]];
        open[r->row[box]] |= !b->close;
    }
    double y = 0;
    for (uint32_t row = 0; row < rows; row++) {
        r->gap_top[row] = y;
        y += row ? gap_height(r, row, !open[row]) : 0;
        r->row_top[row] = y;
        y += height[row];
    }
    r->layout->height = y;
}

/* ---- what comes out ---- */

static void place_boxes(struct routing *r) {
    struct layout *layout = r->layout;
    double left = 0, right = 0;
    for (uint32_t box = 0; box < layout->box_count; box++) {
        struct layout_box *b = &layout->boxes[box];
        b->x = box_x(r, box) - b->width / 2;
        b->y = r->row_top[r->row[box]];
        left = b->x < left ? b->x : left;
        right = b->x + b->width > right ? b->x + b->width : right;
    }
    for (uint32_t i = 0; i < layout->edge_count; i++) {
        double x = lane_x(r, i);
        left = x - STRAND_EDGE_MARGIN < left ? x - STRAND_EDGE_MARGIN : left;
        right = x + STRAND_EDGE_MARGIN > right ? x + STRAND_EDGE_MARGIN : right;
    }
    for (uint32_t box = 0; box < layout->box_count; box++)
        layout->boxes[box].x -= left;
    for (uint32_t i = 0; i < layout->edge_count; i++) {
        for (int k = 0; k < layout->edges[i].point_count; k++)
            layout->edges[i].points[k].x -= left;
    }
    layout->width = right - left;
}

/* Leaving pieces run in the upper tracks, entering ones below them. */
static double track_y(const struct routing *r, uint32_t group) {
    const struct group *g = &r->groups[group];
    uint32_t track = g->track + (g->enters ? r->tracks[0][g->gap] : 0);
    return r->gap_top[g->gap] + GAP_MARGIN + TRACK * track;
}

static void add_point(struct layout_edge *edge, double x, double y) {
    edge->points[edge->point_count++] = (struct layout_point){x, y};
}

static void route(struct routing *r, uint32_t i) {
    struct layout_edge *edge = &r->layout->edges[i];
    double start = box_x(r, edge->from), lane = lane_x(r, i), end = box_x(r, edge->to);
    edge->point_count = 0;
    add_point(edge, start, r->row_top[r->row[edge->from]] + r->layout->boxes[edge->from].height);
    if (r->leaving[i] != NO_GROUP) {
        double x = has_lane(r, i) ? lane : end;
        add_point(edge, start, track_y(r, r->leaving[i]));
        add_point(edge, x, track_y(r, r->leaving[i]));
    }
    if (r->entering[i] != NO_GROUP) {
        add_point(edge, lane, track_y(r, r->entering[i]));
        add_point(edge, end, track_y(r, r->entering[i]));
    }
    add_point(edge, end, r->row_top[r->row[edge->to]]);
}

void layout_run(struct arena *arena, struct layout *layout) {
    struct routing r = {.arena = arena, .layout = layout};
    index_edges(&r);
    assign_rows(&r);
    strand_place(arena, &r.in, &r.strands);
    find_groups(&r);
    assign_tracks(&r);
    place_rows(&r);
    for (uint32_t i = 0; i < layout->edge_count; i++)
        route(&r, i);
    place_boxes(&r);
}
