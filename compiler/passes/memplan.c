/* Buffers are placed one after the other, each in the lowest gap between those before it. In time,
 * with an eye on what stays longest, that finds the bound for chains and most networks; for the
 * rest the large ones come first (Pisarchyk, Lee: Efficient Memory Management for Deep Neural Net
 * Inference, 2020), and what is still above the bound is searched. */
#include "memplan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEW = 8,             /* buffers: up to here every order is tried */
    MOST_ORDERS = 4096,  /* that are tried of more */
    MOST_WORK = 1 << 26, /* blocks that these may look at, about */
};

/* A buffer that has its place. */
struct block {
    uint64_t start, stop;
    uint32_t first, last;
};

struct gap {
    uint64_t start, stop;
    uint64_t below, above; /* the last time of what bounds it; FOREVER: the floor, the ceiling */
};
#define FOREVER UINT64_MAX

struct search {
    const struct memplan_buffer *buffers;
    uint32_t count;
    uint32_t *order;
    /* the placement under way */
    struct block *blocks; /* by start */
    size_t block_count;
    uint64_t *offsets; /* of the buffers */
    /* the best one so far */
    uint32_t *best_order;
    uint64_t *best_offsets;
    uint64_t total, bound; /* its total; what none can go below */
};

static bool live_together(const struct block *block, const struct memplan_buffer *buffer) {
    return block->first <= buffer->last && buffer->first <= block->last;
}

/* The lowest below the ceiling, between blocks that the buffer may not overlap, that holds it.
 * False: there is none. */
static bool find_gap(const struct search *s, const struct memplan_buffer *buffer, uint64_t ceiling,
                     struct gap *gap) {
    *gap = (struct gap){.below = FOREVER};
    for (size_t i = 0; i < s->block_count; i++) {
        const struct block *block = &s->blocks[i];
        if (!live_together(block, buffer))
            continue;
        gap->stop = block->start;
        gap->above = block->last;
        if (gap->stop >= gap->start && gap->stop - gap->start >= buffer->size)
            return gap->start + buffer->size <= ceiling;
        if (block->stop > gap->start) {
            gap->start = block->stop;
            gap->below = block->last;
        }
    }
    gap->stop = ceiling;
    gap->above = FOREVER;
    return gap->start + buffer->size <= ceiling;
}

/* Returns which of the blocks it is. */
static size_t insert(struct search *s, uint32_t index, uint64_t offset) {
    const struct memplan_buffer *buffer = &s->buffers[index];
    size_t at = s->block_count++;
    for (; at > 0 && s->blocks[at - 1].start > offset; at--)
        s->blocks[at] = s->blocks[at - 1];
    s->blocks[at] = (struct block){offset, offset + buffer->size, buffer->first, buffer->last};
    s->offsets[index] = offset;
    return at;
}

static bool keep_if_better(struct search *s) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        uint64_t stop = s->offsets[i] + s->buffers[i].size;
        total = stop > total ? stop : total;
    }
    if (total >= s->total)
        return false;
    s->total = total;
    memcpy(s->best_offsets, s->offsets, s->count * sizeof *s->best_offsets);
    memcpy(s->best_order, s->order, s->count * sizeof *s->best_order);
    return true;
}

/* ---- orders: the larger key stands first ---- */

static uint64_t by_start(const struct memplan_buffer *buffer) { return UINT32_MAX - buffer->first; }
static uint64_t by_size(const struct memplan_buffer *buffer) { return buffer->size; }

struct key {
    uint64_t value, size;
    uint32_t index;
};

/* No two are equal, so that every qsort gives the same. */
static int compare_keys(const void *left, const void *right) {
    const struct key *a = left, *b = right;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

static void sort_by(struct search *s, struct key *keys,
                    uint64_t (*value)(const struct memplan_buffer *)) {
    for (uint32_t i = 0; i < s->count; i++)
        keys[i] = (struct key){value(&s->buffers[i]), s->buffers[i].size, i};
    qsort(keys, s->count, sizeof *keys, compare_keys);
    for (uint32_t i = 0; i < s->count; i++)
        s->order[i] = keys[i].index;
}

/* ---- placements ---- */

static void drop_ended(struct search *s, uint32_t time) {
    size_t kept = 0;
    for (size_t i = 0; i < s->block_count; i++)
        if (s->blocks[i].last >= time)
            s->blocks[kept++] = s->blocks[i];
    s->block_count = kept;
}

/* In an order by first time, between the floor and the bound: each stands against that side of its
 * gap that stays longer, so that what becomes free next lies beside it. A chain goes to the floor
 * and the ceiling in turns. */
static void place_in_time(struct search *s) {
    s->block_count = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct memplan_buffer *buffer = &s->buffers[s->order[i]];
        struct gap gap;
        drop_ended(s, buffer->first);
        if (!find_gap(s, buffer, s->bound, &gap))
            return;
        insert(s, s->order[i], gap.above > gap.below ? gap.stop - buffer->size : gap.start);
    }
    (void)keep_if_better(s);
}

/* Returns how many of the order found a place with which the total can still be a new best. */
static uint32_t place_in_order(struct search *s) {
    s->block_count = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        struct gap gap;
        if (!find_gap(s, &s->buffers[s->order[i]], s->total - 1, &gap))
            return i;
        insert(s, s->order[i], gap.start);
    }
    (void)keep_if_better(s);
    return s->count;
}

/* ---- search ---- */

static void exchange(uint32_t *a, uint32_t *b) {
    uint32_t kept = *a;
    *a = *b;
    *b = kept;
}

/* Every order of what has no place yet. That is exact: taken by their offsets in a best placement,
 * all find their place there or a lower one. */
static void try_all(struct search *s, uint32_t depth) {
    if (depth == s->count)
        (void)keep_if_better(s);
    for (uint32_t i = depth; i < s->count && s->total > s->bound; i++) {
        struct gap gap;
        exchange(&s->order[depth], &s->order[i]);
        uint32_t index = s->order[depth];
        if (find_gap(s, &s->buffers[index], s->total - 1, &gap)) {
            size_t at = insert(s, index, gap.start);
            try_all(s, depth + 1);
            s->block_count--;
            memmove(s->blocks + at, s->blocks + at + 1, (s->block_count - at) * sizeof *s->blocks);
        }
        exchange(&s->order[depth], &s->order[i]);
    }
}

/* What finds no place below the best total comes earlier next time. How much earlier is drawn, from
 * Knuth's generator (MMIX), always the same. */
static void promote(struct search *s) {
    uint64_t tries = MOST_WORK / ((uint64_t)s->count * s->count), state = 1;
    tries = tries < MOST_ORDERS ? tries : MOST_ORDERS;
    memcpy(s->order, s->best_order, s->count * sizeof *s->order);
    for (; tries > 0 && s->total > s->bound; tries--) {
        uint32_t failed = place_in_order(s);
        if (failed == s->count)
            continue;
        state = state * 6364136223846793005U + 1442695040888963407U;
        uint32_t to = (uint32_t)((state >> 33) % failed), index = s->order[failed];
        memmove(s->order + to + 1, s->order + to, (failed - to) * sizeof *s->order);
        s->order[to] = index;
    }
}

/* ---- the bound ---- */

struct event {
    uint64_t time, size; /* time: twice the buffer's first; twice its last plus one */
    bool ends;
};

static int compare_events(const void *left, const void *right) {
    const struct event *a = left, *b = right;
    return (a->time > b->time) - (a->time < b->time);
}

/* Also the sum of all sizes. False when that is beyond 2^63. */
static bool find_bound(struct arena *arena, const struct memplan_buffer *buffers, size_t count,
                       uint64_t *sum, uint64_t *bound) {
    struct event *events = arena_array(arena, count, 2 * sizeof *events);
    *sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct memplan_buffer *b = &buffers[i];
        if (__builtin_add_overflow(*sum, b->size, sum) || *sum > INT64_MAX)
            return false;
        events[2 * i] = (struct event){2 * (uint64_t)b->first, b->size, false};
        events[2 * i + 1] = (struct event){2 * (uint64_t)b->last + 1, b->size, true};
    }
    qsort(events, 2 * count, sizeof *events, compare_events);
    *bound = 0;
    uint64_t live = 0;
    for (size_t i = 0; i < 2 * count; i++) {
        live = events[i].ends ? live - events[i].size : live + events[i].size;
        *bound = live > *bound ? live : *bound;
    }
    return true;
}

bool memplan(struct arena *arena, struct memplan_buffer *buffers, size_t count, uint64_t *total,
             uint64_t *bound) {
    uint64_t sum;
    assert(count < UINT32_MAX);
    if (!find_bound(arena, buffers, count, &sum, bound))
        return false;
    struct search s = {.buffers = buffers, .count = (uint32_t)count, .bound = *bound};
    s.order = arena_array(arena, count, sizeof *s.order);
    s.blocks = arena_array(arena, count, sizeof *s.blocks);
    s.offsets = arena_array(arena, count, sizeof *s.offsets);
    s.best_order = arena_array(arena, count, sizeof *s.best_order);
    s.best_offsets = arena_array(arena, count, sizeof *s.best_offsets);
    s.total = sum + 1; /* every placement by lowest gaps is better */
    struct key *keys = arena_array(arena, count, sizeof *keys);
    sort_by(&s, keys, by_start);
    place_in_time(&s);
    if (s.total > s.bound) {
        sort_by(&s, keys, by_size);
        (void)place_in_order(&s);
    }
    if (s.total > s.bound && count <= FEW) {
        s.block_count = 0;
        try_all(&s, 0);
    } else if (s.total > s.bound) {
        promote(&s);
    }
    for (size_t i = 0; i < count; i++)
        buffers[i].offset = s.best_offsets[i];
    *total = s.total;
    return true;
}
