/* Best fit, in several orders; of these the best, and then what exchanging two in its order gains.
 * Placing the large ones first is hard to beat (Pisarchyk, Lee 2020); where it fails, another order
 * or an exchange nearly always finds the bound. */
#include "memplan.h"

#include <stdlib.h>
#include <string.h>

enum {
    MANY = 1024,      /* buffers: from here on one order alone, each costs the square */
    EXCHANGES = 4096, /* placements tried of orders with two exchanged */
};

struct search {
    const struct memplan_buffer *buffers;
    size_t count;
    uint32_t *order, *best_order;
    uint32_t *placed;         /* by offset */
    uint64_t *offsets, *best; /* of each buffer */
    uint64_t best_total, bound;
};

static bool live_together(const struct memplan_buffer *a, const struct memplan_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* The smallest gap between those it may not overlap that holds it, else behind them all; of many
 * buffers the first gap. */
static uint64_t best_gap(const struct search *s, size_t placed, uint32_t index) {
    const struct memplan_buffer *buffer = &s->buffers[index];
    uint64_t end = 0, best = UINT64_MAX, offset = 0;
    for (size_t i = 0; i < placed; i++) {
        uint32_t other = s->placed[i];
        if (!live_together(buffer, &s->buffers[other]))
            continue;
        uint64_t start = s->offsets[other], stop = start + s->buffers[other].size;
        if (start > end && start - end >= buffer->size && start - end < best) {
            best = start - end;
            offset = end;
            if (s->count > MANY)
                break;
        }
        end = stop > end ? stop : end;
    }
    return best == UINT64_MAX ? end : offset;
}

static void insert(struct search *s, size_t placed, uint32_t index) {
    size_t at = placed;
    while (at > 0 && s->offsets[s->placed[at - 1]] > s->offsets[index])
        at--;
    memmove(s->placed + at + 1, s->placed + at, (placed - at) * sizeof *s->placed);
    s->placed[at] = index;
}

/* Places all in the order; keeps the result when it is the best so far. */
static bool try_order(struct search *s) {
    uint64_t total = 0;
    for (size_t i = 0; i < s->count; i++) {
        uint32_t index = s->order[i];
        s->offsets[index] = best_gap(s, i, index);
        insert(s, i, index);
        uint64_t end = s->offsets[index] + s->buffers[index].size;
        total = end > total ? end : total;
        if (total >= s->best_total)
            return false;
    }
    s->best_total = total;
    memcpy(s->best, s->offsets, s->count * sizeof *s->best);
    memcpy(s->best_order, s->order, s->count * sizeof *s->order);
    return true;
}

/* ---- orders: the key that is larger stands first ---- */

static uint64_t by_size(const struct memplan_buffer *b) { return b->size; }
static uint64_t by_length(const struct memplan_buffer *b) { return b->last - b->first; }
static uint64_t by_area(const struct memplan_buffer *b) {
    return (b->size >> 16) * (b->last - b->first + 1) + (b->size & 0xFFFF);
}
static uint64_t by_time(const struct memplan_buffer *b) { return UINT32_MAX - b->first; }

struct key {
    uint64_t value, size;
    uint32_t index;
};

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
    for (size_t i = 0; i < s->count; i++)
        s->order[i] = keys[i].index;
}

static void exchange(uint32_t *order, size_t i, size_t j) {
    uint32_t kept = order[i];
    order[i] = order[j];
    order[j] = kept;
}

/* Begins again at each gain. */
static void improve(struct search *s) {
    size_t tries = s->count <= MANY ? EXCHANGES / (1 + s->count / 64) : 0;
    for (size_t i = 0; i < s->count; i++) {
        for (size_t j = i + 1; j < s->count; j++) {
            if (tries-- == 0 || s->best_total == s->bound)
                return;
            memcpy(s->order, s->best_order, s->count * sizeof *s->order);
            exchange(s->order, i, j);
            if (try_order(s)) {
                i = 0;
                j = 0;
            }
        }
    }
}

/* ---- the bound ---- */

struct event {
    uint64_t time, size; /* time: twice the buffer's, plus one behind its last */
    bool ends;
};

static int compare_events(const void *left, const void *right) {
    const struct event *a = left, *b = right;
    return a->time != b->time ? (a->time < b->time ? -1 : 1) : 0;
}

/* False when all sizes together are beyond 2^63. */
static bool find_bound(struct arena *arena, const struct memplan_buffer *buffers, size_t count,
                       uint64_t *bound) {
    struct event *events = arena_array(arena, 2 * count, sizeof *events);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct memplan_buffer *b = &buffers[i];
        if (__builtin_add_overflow(sum, b->size, &sum) || sum > INT64_MAX)
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
    static uint64_t (*const orders[])(const struct memplan_buffer *) = {by_size, by_area, by_time,
                                                                        by_length};
    if (!find_bound(arena, buffers, count, bound))
        return false;
    struct search s = {.buffers = buffers, .count = count, .bound = *bound};
    s.order = arena_array(arena, count, sizeof *s.order);
    s.best_order = arena_array(arena, count, sizeof *s.best_order);
    s.placed = arena_array(arena, count + 1, sizeof *s.placed);
    s.offsets = arena_array(arena, count, sizeof *s.offsets);
    s.best = arena_array(arena, count, sizeof *s.best);
    s.best_total = UINT64_MAX;
    struct key *keys = arena_array(arena, count, sizeof *keys);
    size_t order_count = count <= MANY ? sizeof orders / sizeof *orders : 1;
    for (size_t i = 0; i < order_count && s.best_total > s.bound; i++) {
        sort_by(&s, keys, orders[i]);
        (void)try_order(&s);
    }
    if (s.best_total > s.bound)
        improve(&s);
    for (size_t i = 0; i < count; i++)
        buffers[i].offset = s.best[i];
    *total = count > 0 ? s.best_total : 0;
    return true;
}
