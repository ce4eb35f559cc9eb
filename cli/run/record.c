#include "record.h"

#include <math.h>
#include <stdlib.h>

static size_t positions_of(const struct record_output *output) {
    return (size_t)output->view.height * (size_t)output->view.width;
}

bool record_is_vector(const struct record_output *output) { return positions_of(output) == 1; }

/* exp(x - largest) / sum, in double. One channel alone is no distribution: it stays. */
static void to_probabilities(const struct record_output *output, size_t position,
                             struct ranked *top, size_t count) {
    const float *values = output->values + position;
    size_t step = positions_of(output), channels = (size_t)output->view.channels;
    if (count == 0 || channels == 1)
        return;
    double largest = (double)top[0].score, sum = 0;
    for (size_t i = 0; i < channels; i++)
        sum += exp((double)values[i * step] - largest);
    for (size_t i = 0; i < count; i++)
        top[i].score = (float)(exp((double)top[i].score - largest) / sum);
}

static bool is_worse(const struct ranked *a, const struct ranked *b) {
    return a->score < b->score || (a->score == b->score && a->index > b->index);
}

static int by_rank(const void *a, const void *b) { return is_worse(a, b) ? 1 : -1; }

/* Makes the part of the heap below `at` one, in which nothing is worse than its parent. */
static void sift_down(struct ranked *heap, size_t count, size_t at) {
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_worse(&heap[child + 1], &heap[child]))
            child++;
        if (!is_worse(&heap[child], &heap[at]))
            break;
        struct ranked kept = heap[at];
        heap[at] = heap[child];
        heap[child] = kept;
    }
}

/* The best so far are a heap, the worst of them first: `most` may be large. */
size_t record_top(const struct record_output *output, size_t position, size_t most,
                  struct ranked *top) {
    const float *values = output->values + position;
    size_t step = positions_of(output), channels = (size_t)output->view.channels, length = 0;
    for (size_t i = 0; i < channels; i++) {
        const struct ranked next = {.index = i, .score = values[i * step]};
        if (isnan(next.score) || (length == most && !(next.score > top[0].score)))
            continue;
        if (length < most) {
            top[length++] = next;
            for (size_t at = length == most ? most / 2 : 0; at > 0; at--)
                sift_down(top, length, at - 1);
        } else {
            top[0] = next;
            sift_down(top, length, 0);
        }
    }
    qsort(top, length, sizeof *top, by_rank);
    if (output->logits)
        to_probabilities(output, position, top, length);
    return length;
}

size_t record_cut(const struct ranked *top, size_t count, double least) {
    while (count > 0 && (double)top[count - 1].score < least)
        count--;
    return count;
}
