#include "colours.h"

#include <math.h>

enum {
    STOPS = 9,
    ALL = 255,
    BINS = 4096,
};
#define WORTH 1.5 /* how much shorter a scale without outliers is at least */

/* ColorBrewer's RdBu, blue first, and YlOrRd (Harrower, Brewer 2003); viridis (Smith, van der Walt
 * 2015). */
static const uint8_t stops[][STOPS][3] = {
    [PALETTE_DIVERGING] = {{0x21, 0x66, 0xac},
                           {0x43, 0x93, 0xc3},
                           {0x92, 0xc5, 0xde},
                           {0xd1, 0xe5, 0xf0},
                           {0xf7, 0xf7, 0xf7},
                           {0xfd, 0xdb, 0xc7},
                           {0xf4, 0xa5, 0x82},
                           {0xd6, 0x60, 0x4d},
                           {0xb2, 0x18, 0x2b}},
    [PALETTE_SEQUENTIAL] = {{0x44, 0x01, 0x54},
                            {0x47, 0x2d, 0x7b},
                            {0x3b, 0x52, 0x8b},
                            {0x2c, 0x72, 0x8e},
                            {0x21, 0x91, 0x8c},
                            {0x28, 0xae, 0x80},
                            {0x5e, 0xc9, 0x62},
                            {0xad, 0xdc, 0x30},
                            {0xfd, 0xe7, 0x25}},
    [PALETTE_HEAT] = {{0xff, 0xff, 0xcc},
                      {0xff, 0xed, 0xa0},
                      {0xfe, 0xd9, 0x76},
                      {0xfe, 0xb2, 0x4c},
                      {0xfd, 0x8d, 0x3c},
                      {0xfc, 0x4e, 0x2a},
                      {0xe3, 0x1a, 0x1c},
                      {0xbd, 0x00, 0x26},
                      {0x80, 0x00, 0x26}},
};
static const uint8_t no_number[3] = {0xd0, 0x00, 0xd0};

const char *palette_name(enum palette palette) {
    static const char *const names[] = {"diverging", "sequential", "heat"};
    return names[palette];
}

/* ---- the scale ---- */

/* What at most SCALE_BEYOND of the sizes exceed, to a bin of `most`; `most` itself when that is not
 * much more. */
static double without_outliers(const float *values, size_t count, double most) {
    size_t bins[BINS] = {0}, all = 0, beyond = 0;
    for (size_t i = 0; i < count; i++) {
        double size = fabs((double)values[i]);
        if (!isfinite(size) || size == 0)
            continue;
        size_t bin = (size_t)(size / most * BINS);
        bins[bin < BINS ? bin : BINS - 1]++;
        all++;
    }
    size_t bin = BINS;
    while (bin > 1 && (double)(beyond + bins[bin - 1]) <= SCALE_BEYOND * (double)all)
        beyond += bins[--bin];
    double end = most * (double)bin / BINS;
    return end * WORTH < most ? end : most;
}

struct scale scale_of(const float *values, size_t count) {
    struct scale scale = {.palette = PALETTE_SEQUENTIAL, .low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < count; i++) {
        double value = (double)values[i];
        if (!isfinite(value))
            continue;
        scale.low = value < scale.low ? value : scale.low;
        scale.high = value > scale.high ? value : scale.high;
    }
    if (scale.low > scale.high)
        scale.low = scale.high = 0;
    double most = -scale.low > scale.high ? -scale.low : scale.high;
    if (most > 0)
        scale.most = without_outliers(values, count, most);
    if (scale.low < 0) {
        scale.palette = PALETTE_DIVERGING;
        scale.least = -scale.most;
    }
    return scale;
}

/* ---- the colours ---- */

/* 0 to 1; values that are all 0 stand where 0 does. */
static double place_of(const struct scale *scale, double value) {
    double place = (value - scale->least) / (scale->most - scale->least);
    if (isnan(place))
        return scale->palette == PALETTE_DIVERGING ? 0.5 : 0;
    return place < 0 ? 0 : place > 1 ? 1 : place;
}

void scale_colour(const struct scale *scale, double value, uint8_t rgb[3]) {
    if (isnan(value)) {
        for (int i = 0; i < 3; i++)
            rgb[i] = no_number[i];
        return;
    }
    double step = round(place_of(scale, value) * (SCALE_STEPS - 1));
    double at = step / (SCALE_STEPS - 1) * (STOPS - 1);
    int stop = at < STOPS - 2 ? (int)at : STOPS - 2;
    const uint8_t *from = stops[scale->palette][stop], *to = stops[scale->palette][stop + 1];
    for (int i = 0; i < 3; i++)
        rgb[i] = (uint8_t)lround(from[i] + (at - stop) * (to[i] - from[i]));
}

uint8_t scale_part(const struct scale *scale, double value) {
    return (uint8_t)lround(place_of(scale, isnan(value) ? 0 : value) * ALL);
}
