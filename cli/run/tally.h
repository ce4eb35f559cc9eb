/* How often a network was right: counts of what each class was taken for. */
#ifndef CNNC_TALLY_H
#define CNNC_TALLY_H

#include "../input/labels.h"
#include "../input/left_out.h"

enum { TALLY_FIVE = 5 /* the places that count for top-5 */ };

struct tally {
    size_t classes;
    uint64_t *taken; /* [truth][class that had the best score] */
    uint64_t *five;  /* [truth]: it was among the best five */
    uint64_t *none;  /* [truth]: no score was a number */
    uint64_t pictures, top1, top5;
};

/* STATUS_LIMIT: it needs more than `most` bytes. STATUS_MEMORY. The caller frees in any case. */
MUST_USE enum status tally_new(struct tally *tally, size_t classes, size_t most);
size_t tally_bytes(const struct tally *tally);
void tally_free(struct tally *tally);

/* Of equal scores the first counts as better; NaN is worse than any. */
void tally_add(struct tally *tally, size_t truth, const float *scores);

/* What a report says besides. */
struct tally_title {
    const char *model, *name, *data; /* name: of the network, or NULL */
    const struct labels *labels;
    uint64_t unreadable;
    const struct left_out *left; /* sorted; or NULL */
};

enum tally_format { TALLY_TABLE, TALLY_JSON, TALLY_CSV };

void tally_write(const struct tally *tally, const struct tally_title *title,
                 enum tally_format format, struct text *out); /* write_tally.c */

/* The part of the pictures; NaN of none. */
double tally_share(uint64_t part, uint64_t pictures);

#endif
