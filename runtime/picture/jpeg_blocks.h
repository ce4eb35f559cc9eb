/* The blocks of a JPEG's entropy-coded data (T.81, F.2 and G.2), gone over bit by bit without their
 * pixels: where they end, and whether they can be. */
#ifndef CNNC_JPEG_BLOCKS_H
#define CNNC_JPEG_BLOCKS_H

#include "../base/base.h"

enum { JPEG_COMPONENTS = 4, JPEG_TABLES = 4, JPEG_COEFFICIENTS = 64 };

/* A Huffman code (T.81, F.2.2.3). */
struct jpeg_code {
    int32_t after[17];  /* one more than the last code of so many bits; 0: none, and shorter */
    int32_t offset[17]; /* of its symbol, from the code */
    uint8_t symbols[256];
};

struct jpeg_bits {
    const unsigned char *next, *end;
    unsigned byte;
    int left; /* of it */
    bool missing;
};

struct jpeg_component {
    unsigned id, across, down, quantiser;
    size_t width, height;       /* in blocks of 8x8 samples */
    size_t stride;              /* with those that only fill up an MCU */
    uint64_t *nonzero;          /* progressive: of each block, which of its coefficients are */
    int low[JPEG_COEFFICIENTS]; /* Al of the last scan that had it; 0: or none */
};

struct jpeg_part {
    struct jpeg_component *component;
    const struct jpeg_code *dc, *ac;
    int32_t prediction;
};

struct jpeg_scan {
    struct jpeg_part parts[JPEG_COMPONENTS];
    size_t count, mcus, mcus_across;
    int first, last, high, low; /* Ss, Se, Ah, Al */
};

/* Where a scan is gone over. */
struct jpeg_walk {
    struct jpeg_bits bits;
    unsigned steps[JPEG_TABLES][JPEG_COEFFICIENTS]; /* of the quantisers; 0: none are known */
    struct jpeg_scan scan;
    uint32_t run; /* blocks to come that have no further coefficients */
    bool progressive;
    bool beyond; /* it reads on, after the last block */
    bool fault;  /* bits are missing, or mean what no block has */
};

/* Goes over the MCU; the scan's codes, and `nonzero` of a progressive picture, are needed. */
void jpeg_walk_mcu(struct jpeg_walk *walk, size_t index);

#endif
