/* Two sweeps through the steps. The first asks of every view that is read whether it was written:
 * the ends of all views cut the buffers into pieces, and a union-find over the pieces gives the
 * next one that is not written yet. The second keeps the buffers that are live in a tree over their
 * order in the arena, to find one that a new one overlaps. */
#include "lifetimes.h"

#include <stdlib.h>

/* A piece of a buffer begins at each; it ends at the next one of the same buffer. */
struct cut {
    uint64_t at;
    uint32_t buffer;
};

struct sweep {
    struct plan *plan;
    struct cut *cuts; /* in order, without doubles */
    size_t cut_count;
    size_t *next; /* the piece itself while it is not written, else one that is nearer to such */
};

static int compare(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

/* ---- what is written ---- */

static int compare_cuts(const void *left, const void *right) {
    const struct cut *a = left, *b = right;
    return a->buffer != b->buffer ? compare(a->buffer, b->buffer) : compare(a->at, b->at);
}

static void add_cuts(struct sweep *s, const struct plan_view *view) {
    uint64_t end = view->first + plan_view_size(view);
    s->cuts[s->cut_count++] = (struct cut){view->first, view->buffer};
    s->cuts[s->cut_count++] = (struct cut){end, view->buffer};
}

static void add_all_cuts(struct sweep *s) {
    const struct plan *plan = s->plan;
    size_t views = 1 + 4 * (size_t)plan->step_count + plan->layer_count + plan->output_count;
    s->cuts = arena_array(&s->plan->arena, 2 * views, sizeof *s->cuts);
    add_cuts(s, &plan->head.input);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        for (uint32_t k = 0; k < step->input_count; k++)
            add_cuts(s, &step->in[k]);
        if (step->epilogue.residual.buffer != PLAN_NONE)
            add_cuts(s, &step->epilogue.residual);
        add_cuts(s, &step->out);
    }
    for (uint32_t i = 0; i < plan->layer_count; i++)
        if (plan->layers[i].kept)
            add_cuts(s, &plan->layers[i].view);
    for (uint32_t i = 0; i < plan->output_count; i++)
        add_cuts(s, &plan->outputs[i].view);
}

static void find_pieces(struct sweep *s) {
    add_all_cuts(s);
    qsort(s->cuts, s->cut_count, sizeof *s->cuts, compare_cuts);
    size_t kept = 0;
    for (size_t i = 0; i < s->cut_count; i++)
        if (kept == 0 || compare_cuts(&s->cuts[kept - 1], &s->cuts[i]) != 0)
            s->cuts[kept++] = s->cuts[i];
    s->cut_count = kept;
    s->next = arena_array(&s->plan->arena, kept, sizeof *s->next);
    for (size_t i = 0; i < kept; i++)
        s->next[i] = i;
}

/* at is the end of some view of the buffer. */
static size_t piece_at(const struct sweep *s, uint32_t buffer, uint64_t at) {
    struct cut key = {at, buffer};
    const struct cut *found = bsearch(&key, s->cuts, s->cut_count, sizeof key, compare_cuts);
    return (size_t)(found - s->cuts);
}

static size_t end_piece(const struct sweep *s, const struct plan_view *view) {
    return piece_at(s, view->buffer, view->first + plan_view_size(view));
}

/* The first piece from this one on that is not written: at the latest the one behind the buffer's
 * last view, which no view covers. */
static size_t unwritten(struct sweep *s, size_t piece) {
    while (s->next[piece] != piece) {
        s->next[piece] = s->next[s->next[piece]];
        piece = s->next[piece];
    }
    return piece;
}

static void write_view(struct sweep *s, const struct plan_view *view) {
    size_t end = end_piece(s, view);
    size_t piece = unwritten(s, piece_at(s, view->buffer, view->first));
    for (; piece < end; piece = unwritten(s, piece))
        s->next[piece] = piece + 1;
}

/* False: some of it is not written. */
static bool read_view(struct sweep *s, const struct plan_view *view) {
    return unwritten(s, piece_at(s, view->buffer, view->first)) >= end_piece(s, view);
}

static bool read_inputs(struct sweep *s, const struct step *step) {
    const struct plan_view *residual = &step->epilogue.residual;
    for (uint32_t k = 0; k < step->input_count; k++)
        if (!read_view(s, &step->in[k]))
            return false;
    return residual->buffer == PLAN_NONE || read_view(s, residual);
}

/* A kept layer, to be looked at when the step that completes it is done. */
struct completion {
    uint64_t time;
    uint32_t layer;
};

static int compare_completions(const void *left, const void *right) {
    const struct completion *a = left, *b = right;
    return a->time != b->time ? compare(a->time, b->time) : compare(a->layer, b->layer);
}

static uint64_t layer_time(const struct plan_layer *layer) {
    return layer->step == PLAN_NONE ? 0 : (uint64_t)layer->step + 1;
}

static struct completion *sort_layers(struct plan *plan, size_t *count) {
    struct completion *sorted = arena_array(&plan->arena, plan->layer_count, sizeof *sorted);
    *count = 0;
    for (uint32_t i = 0; i < plan->layer_count; i++) {
        const struct plan_layer *layer = &plan->layers[i];
        if (layer->kept)
            sorted[(*count)++] = (struct completion){layer_time(layer), i};
    }
    qsort(sorted, *count, sizeof *sorted, compare_completions);
    return sorted;
}

static const char *find_unwritten(struct sweep *s) {
    struct plan *plan = s->plan;
    struct arena *arena = &plan->arena;
    size_t layers, done = 0;
    const struct completion *layer = sort_layers(plan, &layers);
    find_pieces(s);
    write_view(s, &plan->head.input);
    for (uint64_t time = 0; time <= plan->step_count; time++) {
        const struct step *step = time > 0 ? &plan->steps[time - 1] : NULL;
        if (step && !read_inputs(s, step))
            return arena_format(arena, "step %u reads what no step has written",
                                (unsigned)(time - 1));
        if (step)
            write_view(s, &step->out);
        for (; done < layers && layer[done].time == time; done++)
            if (!read_view(s, &plan->layers[layer[done].layer].view))
                return arena_format(arena, "layer %u is not whole when its step is done",
                                    layer[done].layer);
    }
    for (uint32_t i = 0; i < plan->output_count; i++)
        if (!read_view(s, &plan->outputs[i].view))
            return arena_format(arena, "output %u is not whole in the end", i);
    return NULL;
}

/* ---- what is live ---- */

static void touch(struct lifetime *lifetimes, const struct plan_view *view, uint64_t time) {
    if (view->buffer == PLAN_NONE)
        return;
    struct lifetime *life = &lifetimes[view->buffer];
    life->first = life->live && life->first < time ? life->first : time;
    life->last = life->last > time ? life->last : time;
    life->live = true;
}

void lifetimes_find(const struct plan *plan, struct lifetime *lifetimes) {
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        lifetimes[i] = (struct lifetime){0};
    touch(lifetimes, &plan->head.input, 0);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        for (uint32_t k = 0; k < step->input_count; k++)
            touch(lifetimes, &step->in[k], (uint64_t)i + 1);
        touch(lifetimes, &step->epilogue.residual, (uint64_t)i + 1);
        touch(lifetimes, &step->out, (uint64_t)i + 1);
    }
    for (uint32_t i = 0; i < plan->layer_count; i++)
        if (plan->layers[i].kept)
            touch(lifetimes, &plan->layers[i].view, layer_time(&plan->layers[i]));
    for (uint32_t i = 0; i < plan->output_count; i++)
        touch(lifetimes, &plan->outputs[i].view, (uint64_t)plan->step_count + 1);
}

struct block {
    uint64_t offset, end;
    uint32_t buffer;
};

static int compare_blocks(const void *left, const void *right) {
    const struct block *a = left, *b = right;
    return a->offset != b->offset ? compare(a->offset, b->offset) : compare(a->buffer, b->buffer);
}

/* A block's birth or death; at the same time deaths come first. */
struct event {
    uint64_t time;
    size_t block;
    bool birth;
};

static int compare_events(const void *left, const void *right) {
    const struct event *a = left, *b = right;
    return a->time != b->time ? compare(a->time, b->time) : compare(a->birth, b->birth);
}

/* tree[leaves + i] is the end of block i while it is live, else 0; above, a node has the larger of
 * its two. */
static void tree_set(uint64_t *tree, size_t leaves, size_t i, uint64_t end) {
    tree[i += leaves] = end;
    for (i /= 2; i > 0; i /= 2)
        tree[i] = tree[2 * i] > tree[2 * i + 1] ? tree[2 * i] : tree[2 * i + 1];
}

/* The furthest end of the live ones of blocks first .. last - 1. */
static uint64_t tree_most(const uint64_t *tree, size_t leaves, size_t first, size_t last) {
    uint64_t most = 0;
    for (first += leaves, last += leaves; first < last; first /= 2, last /= 2) {
        if (first % 2) {
            most = tree[first] > most ? tree[first] : most;
            first++;
        }
        if (last % 2) {
            last--;
            most = tree[last] > most ? tree[last] : most;
        }
    }
    return most;
}

/* How many blocks begin before `offset`. */
static size_t blocks_before(const struct block *blocks, size_t count, uint64_t offset) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (blocks[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct block *sort_blocks(struct plan *plan, const struct lifetime *lifetimes,
                                 size_t *count) {
    struct block *blocks = arena_array(&plan->arena, plan->buffer_count, sizeof *blocks);
    *count = 0;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct plan_buffer *buffer = &plan->buffers[i];
        if (lifetimes[i].live)
            blocks[(*count)++] = (struct block){buffer->offset, buffer->offset + buffer->size, i};
    }
    qsort(blocks, *count, sizeof *blocks, compare_blocks);
    return blocks;
}

static const char *find_overlap(struct plan *plan) {
    struct arena *arena = &plan->arena;
    struct lifetime *lifetimes = arena_array(arena, plan->buffer_count, sizeof *lifetimes);
    lifetimes_find(plan, lifetimes);
    size_t count;
    const struct block *blocks = sort_blocks(plan, lifetimes, &count);
    struct event *events = arena_array(arena, 2 * count, sizeof *events);
    for (size_t i = 0; i < count; i++) {
        const struct lifetime *life = &lifetimes[blocks[i].buffer];
        events[2 * i] = (struct event){life->first, i, true};
        events[2 * i + 1] = (struct event){life->last + 1, i, false};
    }
    qsort(events, 2 * count, sizeof *events, compare_events);
    uint64_t *tree = arena_array(arena, 2 * count, sizeof *tree);
    for (size_t i = 0; i < 2 * count; i++) {
        size_t own = events[i].block;
        const struct block *block = &blocks[own];
        size_t behind = blocks_before(blocks, count, block->end);
        if (events[i].birth && (tree_most(tree, count, 0, own) > block->offset ||
                                tree_most(tree, count, own, behind) > 0))
            return arena_format(arena, "buffer %u overlaps another that is live", block->buffer);
        tree_set(tree, count, own, events[i].birth ? block->end : 0);
    }
    return NULL;
}

const char *lifetimes_fault(struct plan *plan) {
    struct sweep s = {.plan = plan};
    const char *fault = find_unwritten(&s);
    return fault ? fault : find_overlap(plan);
}
