/* A segment tree of maxima. A raise of a whole node is kept there and not handed down: a question
 * takes the maximum over the nodes on its way. */
#include "skyline.h"

struct skyline {
    uint32_t count;
    struct level {
        double whole; /* what all of the node was raised to */
        double top;   /* the highest point in it */
    } * nodes;        /* node n has children 2n and 2n + 1; the root is 1 */
};

struct range {
    uint32_t low, high;
};

static double max(double a, double b) { return a > b ? a : b; }

struct skyline *skyline_new(struct arena *arena, uint32_t count) {
    struct skyline *skyline = arena_alloc(arena, sizeof *skyline);
    skyline->count = count;
    skyline->nodes = arena_array(arena, 4 * (size_t)count, sizeof *skyline->nodes);
    return skyline;
}

static double top(const struct skyline *skyline, size_t node, struct range span,
                  struct range asked) {
    if (asked.high < span.low || span.high < asked.low)
        return 0;
    const struct level *level = &skyline->nodes[node];
    if (asked.low <= span.low && span.high <= asked.high)
        return level->top;
    uint32_t middle = span.low + (span.high - span.low) / 2;
    double left = top(skyline, 2 * node, (struct range){span.low, middle}, asked);
    double right = top(skyline, 2 * node + 1, (struct range){middle + 1, span.high}, asked);
    return max(level->whole, max(left, right));
}

double skyline_top(const struct skyline *skyline, uint32_t low, uint32_t high) {
    if (low > high)
        return 0;
    return top(skyline, 1, (struct range){0, skyline->count - 1}, (struct range){low, high});
}

static void raise_to(struct skyline *skyline, size_t node, struct range span, struct range asked,
                     double to) {
    if (asked.high < span.low || span.high < asked.low)
        return;
    struct level *level = &skyline->nodes[node];
    level->top = max(level->top, to);
    if (asked.low <= span.low && span.high <= asked.high) {
        level->whole = max(level->whole, to);
        return;
    }
    uint32_t middle = span.low + (span.high - span.low) / 2;
    raise_to(skyline, 2 * node, (struct range){span.low, middle}, asked, to);
    raise_to(skyline, 2 * node + 1, (struct range){middle + 1, span.high}, asked, to);
}

void skyline_raise(struct skyline *skyline, uint32_t low, uint32_t high, double to) {
    if (low <= high)
        raise_to(skyline, 1, (struct range){0, skyline->count - 1}, (struct range){low, high}, to);
}
