#include "tally.h"

#include <math.h>
#include <stdlib.h>

enum status tally_new(struct tally *tally, size_t classes, size_t most) {
    size_t cells, bytes;
    *tally = (struct tally){.classes = classes};
    if (!size_mul(classes, classes, &cells) || !size_mul(cells, sizeof *tally->taken, &bytes) ||
        bytes > most)
        return STATUS_LIMIT;
    tally->taken = calloc(cells, sizeof *tally->taken);
    tally->five = calloc(classes, sizeof *tally->five);
    tally->none = calloc(classes, sizeof *tally->none);
    return tally->taken && tally->five && tally->none ? STATUS_OK : STATUS_MEMORY;
}

size_t tally_bytes(const struct tally *tally) {
    return tally->classes * tally->classes * sizeof *tally->taken;
}

void tally_free(struct tally *tally) {
    free(tally->taken);
    free(tally->five);
    free(tally->none);
    *tally = (struct tally){0};
}

/* Better ones than that of class c: the place of c, from 0. */
static size_t place_of(const float *scores, size_t classes, size_t c) {
    size_t better = 0;
    for (size_t i = 0; i < classes; i++)
        better += scores[i] > scores[c] || (scores[i] == scores[c] && i < c);
    return better;
}

/* The class of the best score; `classes` when there is no number. */
static size_t best_of(const float *scores, size_t classes) {
    size_t best = classes;
    for (size_t i = 0; i < classes; i++)
        if (!isnan(scores[i]) && (best == classes || scores[i] > scores[best]))
            best = i;
    return best;
}

void tally_add(struct tally *tally, size_t truth, const float *scores) {
    size_t best = best_of(scores, tally->classes);
    bool five = !isnan(scores[truth]) && place_of(scores, tally->classes, truth) < TALLY_FIVE;
    if (best < tally->classes)
        tally->taken[truth * tally->classes + best]++;
    else
        tally->none[truth]++;
    tally->pictures++;
    tally->top1 += best == truth;
    tally->top5 += five;
    tally->five[truth] += five;
}

double tally_share(uint64_t part, uint64_t pictures) {
    return pictures ? (double)part / (double)pictures : NAN;
}
