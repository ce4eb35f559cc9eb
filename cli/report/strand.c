/* Three steps: choose for each box the one edge that goes straight on; cut the network into strands
 * there; hang the strands beside each other from the axis outwards, each as near to the axis as
 * those before it allow. Branch structures (inception modules, residual blocks, skips of a U-Net)
 * come out without crossings, since a strand that lies within another's rows is put inside of it.
 */
#include "strand.h"

#include <stdlib.h>

#include "skyline.h"

enum side { SIDE_LEFT, SIDE_RIGHT };

struct strand {
    uint32_t parent; /* STRAND_NONE: the axis */
    uint32_t head;   /* the edge by which it leaves its parent; STRAND_NONE: a box without inputs */
    uint32_t first, last; /* boxes; STRAND_NONE in a strand that is one long edge */
    uint32_t top, bottom; /* rows, with those of its long edges; in a gap only: top - 1 */
    uint32_t tail;        /* the edge by which it ends in another strand, or STRAND_NONE */
    enum side side;       /* of its parent */
    uint32_t position;    /* among the branches of its join or fork, from left to right */
    uint32_t child[2];    /* by side: where its children begin in order[] */
    uint32_t child_count[2];
};

struct placing {
    const struct strand_input *in;
    struct arena *arena;
    uint32_t *straight_in, *straight_out; /* per box: the edge that goes straight on, or none */
    uint32_t *next;                       /* per box: the next box of its strand */
    struct strand *strands;
    uint32_t count;
    uint32_t *order; /* strands by parent and side, innermost first */
    struct strands *out;
};

static const struct layout_edge *edge_at(const struct placing *p, uint32_t edge) {
    return &p->in->layout->edges[edge];
}

static uint32_t in_degree(const struct placing *p, uint32_t box) {
    return p->in->in_start[box + 1] - p->in->in_start[box];
}

static uint32_t out_degree(const struct placing *p, uint32_t box) {
    return p->in->out_start[box + 1] - p->in->out_start[box];
}

/* It passes rows; or it is one of several at both ends, where it could not be told from the others
 * unless it had a line of its own, though it has only a gap to run in. */
static bool needs_lane(const struct placing *p, uint32_t edge) {
    uint32_t from = edge_at(p, edge)->from, to = edge_at(p, edge)->to;
    return p->in->row[to] - p->in->row[from] > 1 ||
           (out_degree(p, from) > 1 && in_degree(p, to) > 1);
}

/* How many rows an edge could be longer without making the drawing longer. */
static uint32_t *edge_slack(const struct placing *p) {
    const struct layout *layout = p->in->layout;
    uint32_t *latest = arena_array(p->arena, layout->box_count, sizeof *latest);
    uint32_t *slack = arena_array(p->arena, layout->edge_count, sizeof *slack);
    for (uint32_t box = layout->box_count; box-- > 0;) {
        latest[box] = p->in->row_count - 1;
        for (uint32_t k = p->in->out_start[box]; k < p->in->out_start[box + 1]; k++) {
            uint32_t edge = p->in->out_edge[k];
            uint32_t to = edge_at(p, edge)->to;
            slack[edge] = latest[to] - p->in->row[box] - 1;
            if (latest[to] - 1 < latest[box])
                latest[box] = latest[to] - 1;
        }
    }
    return slack;
}

/* Which of the edges on one side of a box goes straight on: of three and more branches (edges whose
 * other end has no other edge) the middle one, or none when their number is even; else the only one
 * on the longest way. */
static uint32_t straight_edge(const struct placing *p, const uint32_t *slack, const uint32_t *edges,
                              uint32_t count, bool entering) {
    uint32_t branches = 0, best = STRAND_NONE, middle = STRAND_NONE;
    bool tie = false;
    for (uint32_t k = 0; k < count; k++) {
        const struct layout_edge *edge = edge_at(p, edges[k]);
        branches += (entering ? out_degree(p, edge->from) : in_degree(p, edge->to)) == 1;
        if (best == STRAND_NONE || slack[edges[k]] < slack[best]) {
            best = edges[k];
            tie = false;
        } else if (slack[edges[k]] == slack[best]) {
            tie = true;
        }
    }
    if (branches < 3)
        return tie ? STRAND_NONE : best;
    if (branches % 2 == 0)
        return STRAND_NONE;
    uint32_t seen = 0;
    for (uint32_t k = 0; k < count && middle == STRAND_NONE; k++) {
        const struct layout_edge *edge = edge_at(p, edges[k]);
        bool branch = (entering ? out_degree(p, edge->from) : in_degree(p, edge->to)) == 1;
        if (branch && seen++ == branches / 2)
            middle = edges[k];
    }
    return middle;
}

static void choose_straight(struct placing *p) {
    const struct strand_input *in = p->in;
    uint32_t boxes = in->layout->box_count;
    const uint32_t *slack = edge_slack(p);
    p->straight_in = arena_array(p->arena, boxes, sizeof *p->straight_in);
    p->straight_out = arena_array(p->arena, boxes, sizeof *p->straight_out);
    for (uint32_t box = 0; box < boxes; box++) {
        p->straight_in[box] =
            straight_edge(p, slack, in->in_edge + in->in_start[box], in_degree(p, box), true);
        p->straight_out[box] =
            straight_edge(p, slack, in->out_edge + in->out_start[box], out_degree(p, box), false);
    }
}

/* ---- cutting ---- */

static uint32_t new_strand(struct placing *p, uint32_t head, uint32_t top, uint32_t bottom) {
    uint32_t index = p->count++;
    struct strand *strand = &p->strands[index];
    strand->head = head;
    strand->first = strand->last = strand->tail = STRAND_NONE;
    strand->top = top;
    strand->bottom = bottom;
    if (head != STRAND_NONE)
        strand->parent = p->out->of_box[edge_at(p, head)->from];
    else
        strand->parent = index == 0 ? STRAND_NONE : 0;
    return index;
}

static void append_box(struct placing *p, uint32_t index, uint32_t box) {
    struct strand *strand = &p->strands[index];
    if (strand->last == STRAND_NONE)
        strand->first = box;
    else
        p->next[strand->last] = box;
    strand->last = box;
    strand->bottom = p->in->row[box];
    p->next[box] = STRAND_NONE;
    p->out->of_box[box] = index;
}

/* Whether every input of the box comes from strand `axis` or from a child of it, and the axis stops
 * above: then the box takes up the axis again, with its branches on both sides of the hole. */
static bool resumes(const struct placing *p, uint32_t box, uint32_t axis) {
    if (axis == STRAND_NONE || in_degree(p, box) < 2)
        return false;
    uint32_t last = p->strands[axis].last;
    if (p->straight_out[last] != STRAND_NONE || p->in->row[last] >= p->in->row[box])
        return false;
    for (uint32_t k = p->in->in_start[box]; k < p->in->in_start[box + 1]; k++) {
        uint32_t from = p->out->of_box[edge_at(p, p->in->in_edge[k])->from];
        if (from != axis && p->strands[from].parent != axis)
            return false;
    }
    return true;
}

static uint32_t strand_for(struct placing *p, uint32_t box) {
    uint32_t straight = p->straight_in[box];
    uint32_t row = p->in->row[box];
    if (in_degree(p, box) == 0)
        return new_strand(p, STRAND_NONE, row, row);
    if (straight != STRAND_NONE) {
        uint32_t from = edge_at(p, straight)->from;
        if (p->straight_out[from] == straight)
            return p->out->of_box[from];
        return new_strand(p, straight, p->in->row[from] + 1, row);
    }
    uint32_t first = p->in->in_edge[p->in->in_start[box]];
    uint32_t strand = p->out->of_box[edge_at(p, first)->from];
    if (resumes(p, box, p->strands[strand].parent))
        return p->strands[strand].parent;
    if (resumes(p, box, strand))
        return strand;
    return new_strand(p, first, row, row);
}

/* An edge that is straight at one end belongs to the strand there. */
static uint32_t strand_of_edge(struct placing *p, uint32_t edge) {
    uint32_t from = edge_at(p, edge)->from, to = edge_at(p, edge)->to;
    uint32_t bottom = p->in->row[to] - 1;
    bool goes_on = p->straight_out[from] == edge, comes_in = p->straight_in[to] == edge;
    if (goes_on && !comes_in) {
        p->strands[p->out->of_box[from]].tail = edge;
        p->strands[p->out->of_box[from]].bottom = bottom;
    }
    if (!needs_lane(p, edge))
        return STRAND_NONE;
    if (goes_on || comes_in)
        return p->out->of_box[goes_on ? from : to];
    uint32_t index = new_strand(p, edge, p->in->row[from] + 1, bottom);
    p->strands[index].tail = edge;
    return index;
}

static void cut(struct placing *p) {
    const struct layout *layout = p->in->layout;
    p->strands =
        arena_array(p->arena, (size_t)layout->box_count + layout->edge_count, sizeof *p->strands);
    p->next = arena_array(p->arena, layout->box_count, sizeof *p->next);
    p->out->of_box = arena_array(p->arena, layout->box_count, sizeof *p->out->of_box);
    p->out->of_edge = arena_array(p->arena, layout->edge_count, sizeof *p->out->of_edge);
    for (uint32_t box = 0; box < layout->box_count; box++)
        append_box(p, strand_for(p, box), box);

    for (uint32_t edge = 0; edge < layout->edge_count; edge++)
        p->out->of_edge[edge] = strand_of_edge(p, edge);
}

/* ---- ordering ---- */

/* The side of an edge beside the straight one, or, without one, in its half. slot: where edges
 * stand in a list in which those of this box begin at `start`. */
static void choose_side(struct strand *strand, const uint32_t *slot, uint32_t start, uint32_t count,
                        uint32_t edge, uint32_t straight) {
    uint32_t middle = straight == STRAND_NONE ? count / 2 : slot[straight] - start;
    strand->position = slot[edge] - start;
    strand->side = strand->position < middle ? SIDE_LEFT : SIDE_RIGHT;
}

/* A branch that comes back to its parent stands as the inputs of the join are written; another one
 * as it leaves the fork. */
static void take_side(const struct placing *p, struct strand *strand) {
    const struct strand_input *in = p->in;
    strand->side = SIDE_RIGHT;
    if (strand->head == STRAND_NONE)
        return;
    if (strand->tail != STRAND_NONE) {
        uint32_t to = edge_at(p, strand->tail)->to;
        if (p->out->of_box[to] == strand->parent) {
            choose_side(strand, in->in_slot, in->in_start[to], in_degree(p, to), strand->tail,
                        p->straight_in[to]);
            return;
        }
    }
    uint32_t from = edge_at(p, strand->head)->from;
    choose_side(strand, in->out_slot, in->out_start[from], out_degree(p, from), strand->head,
                p->straight_out[from]);
}

/* By parent and side; then from the parent outwards: shorter ones inside, equal ones as written. */
static int compare_strands(const void *left, const void *right, void *context) {
    const struct strand *strands = context;
    uint32_t i = *(const uint32_t *)left, j = *(const uint32_t *)right;
    const struct strand *a = &strands[i], *b = &strands[j];
    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    if (a->side != b->side)
        return a->side < b->side ? -1 : 1;
    uint32_t a_rows = a->bottom + 1 - a->top, b_rows = b->bottom + 1 - b->top;
    if (a_rows != b_rows)
        return a_rows < b_rows ? -1 : 1;
    if (a->position != b->position)
        return (a->position < b->position) == (a->side == SIDE_RIGHT) ? -1 : 1;
    return i < j ? -1 : 1;
}

static void order(struct placing *p) {
    p->order = arena_array(p->arena, p->count, sizeof *p->order);
    for (uint32_t i = 0; i < p->count; i++) {
        p->order[i] = i;
        take_side(p, &p->strands[i]);
    }
    qsort_r(p->order, p->count, sizeof *p->order, compare_strands, p->strands);
    for (uint32_t k = p->count; k-- > 0;) {
        struct strand *strand = &p->strands[p->order[k]];
        if (strand->parent == STRAND_NONE)
            continue;
        struct strand *parent = &p->strands[strand->parent];
        parent->child[strand->side] = k;
        parent->child_count[strand->side]++;
    }
}

/* ---- placing ---- */

/* The levels of a skyline: the gap above row r is 2r, the row itself 2r + 1. */
struct segment {
    uint32_t low, high;
    double half; /* of its width, with the margin */
};

/* Calls visit for each piece of the strand; one that takes the axis up again leaves a hole. */
static void each_segment(const struct placing *p, const struct strand *strand,
                         void (*visit)(void *context, struct segment segment), void *context) {
    uint32_t low = 2 * strand->top;
    for (uint32_t box = strand->first; box != STRAND_NONE; box = p->next[box]) {
        uint32_t level = 2 * p->in->row[box] + 1;
        bool hole = box != strand->first && p->straight_in[box] == STRAND_NONE;
        visit(context, (struct segment){low, level - 1, hole ? 0 : STRAND_EDGE_MARGIN});
        double half = p->in->layout->boxes[box].width / 2 + STRAND_BOX_MARGIN;
        visit(context, (struct segment){level, level, half});
        low = level + 1;
    }
    visit(context, (struct segment){low, 2 * strand->bottom + 2, STRAND_EDGE_MARGIN});
}

struct placement {
    struct skyline *skyline;
    double x; /* away from the axis */
};

static void find_room(void *context, struct segment segment) {
    struct placement *placement = context;
    double x = skyline_top(placement->skyline, segment.low, segment.high) + segment.half;
    if (x > placement->x)
        placement->x = x;
}

static void take_room(void *context, struct segment segment) {
    struct placement *placement = context;
    skyline_raise(placement->skyline, segment.low, segment.high, placement->x + segment.half);
}

/* Places the strands of one side from the axis outwards: of each its children on the near side, the
 * strand, its children on the far side. With a stack of its own, since strands may hang from each
 * other thousands deep. */
static void place_side(struct placing *p, enum side far) {
    enum side near = far == SIDE_LEFT ? SIDE_RIGHT : SIDE_LEFT;
    struct placement placement = {skyline_new(p->arena, 2 * p->in->row_count + 1), 0};
    struct pending {
        uint32_t strand;
        bool open;
    } *stack = arena_array(p->arena, 2 * (size_t)p->count, sizeof *stack);
    size_t depth = 0;
    each_segment(p, &p->strands[0], take_room, &placement);
    for (uint32_t k = p->strands[0].child_count[far]; k-- > 0;)
        stack[depth++].strand = p->order[p->strands[0].child[far] + k];
    while (depth > 0) {
        struct pending *top = &stack[depth - 1];
        uint32_t index = top->strand;
        const struct strand *strand = &p->strands[index];
        depth--;
        if (top->open) {
            placement.x = 0;
            each_segment(p, strand, find_room, &placement);
            each_segment(p, strand, take_room, &placement);
            p->out->x[index] = far == SIDE_LEFT ? -placement.x : placement.x;
            continue;
        }
        for (uint32_t k = strand->child_count[far]; k-- > 0;)
            stack[depth++] = (struct pending){p->order[strand->child[far] + k], false};
        stack[depth++] = (struct pending){index, true};
        for (uint32_t k = 0; k < strand->child_count[near]; k++)
            stack[depth++] = (struct pending){p->order[strand->child[near] + k], false};
    }
}

void strand_place(struct arena *arena, const struct strand_input *input, struct strands *out) {
    struct placing p = {.in = input, .arena = arena, .out = out};
    choose_straight(&p);
    cut(&p);
    order(&p);
    out->x = arena_array(arena, p.count, sizeof *out->x);
    place_side(&p, SIDE_LEFT);
    place_side(&p, SIDE_RIGHT);
}
