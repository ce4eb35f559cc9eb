/* Colours of numbers: one scale for all that stands in one picture. */
#ifndef CNNC_COLOURS_H
#define CNNC_COLOURS_H

#include "../../runtime/base/base.h"

enum palette {
    PALETTE_DIVERGING,  /* blue, white at 0, red: least = -most */
    PALETTE_SEQUENTIAL, /* viridis, dark to light, from 0 */
    PALETTE_HEAT,       /* yellow to red, from 0: to be laid over something */
};

enum { SCALE_STEPS = 253 /* odd: 0 has the middle one of a diverging scale */ };

struct scale {
    enum palette palette;
    double least, most; /* what has the first and the last colour; finite */
    double low, high;   /* of the values themselves, which may lie beyond that */
};

/* The scale of all finite values: diverging when one is negative, else sequential from 0. A few
 * outliers, SCALE_BEYOND of the values that are not 0 at most, lie beyond its ends where the others
 * would be pale otherwise. Values that are all equal, and none at all, have a scale too. */
#define SCALE_BEYOND 0.02
struct scale scale_of(const float *values, size_t count);

/* One of SCALE_STEPS colours, so that with NaN and a background a picture has a palette. Beyond the
 * ends: the colour of the end. NaN is magenta, which no palette has. */
void scale_colour(const struct scale *scale, double value, uint8_t rgb[3]);
/* Part of a colour, for three values that are one: 0 is mid-grey, or black on a sequential scale.
 */
uint8_t scale_part(const struct scale *scale, double value);

const char *palette_name(enum palette palette); /* "diverging" */

#endif
