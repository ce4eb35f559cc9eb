#include "jpeg_scans.h"

#include <stdlib.h>
#include <string.h>

#include "jpeg_blocks.h"

/* So many bits of padding, or more, are no chance. */
enum { SURE_PADDING = 3 };

struct check {
    struct jpeg_walk walk;
    struct jpeg_code codes[2][JPEG_TABLES]; /* DC, AC */
    struct jpeg_component components[JPEG_COMPONENTS];
    size_t component_count, mcus_across, mcus_down;
    size_t interval; /* MCUs between restarts; 0: there are none */
    struct {
        const unsigned char *begin, *end;
    } previous;       /* scan, from its segment on */
    bool ones, zeros; /* all padding up to here is */
};

/* The 0xFF of the next marker; `end` without one. */
static const unsigned char *find_marker(const unsigned char *next, const unsigned char *end) {
    for (; next < end; next++)
        if (end - next >= 2 && next[0] == 0xFF && next[1] != 0 && next[1] != 0xFF)
            return next;
    return end;
}

/* ---- intervals ---- */

static bool is_padded(const struct jpeg_bits *bits, bool *ones, bool *zeros) {
    unsigned mask = (1U << bits->left) - 1, rest = bits->byte & mask;
    *ones &= rest == mask;
    *zeros &= rest == 0;
    return *ones || *zeros;
}

/* Stray bytes are no blocks: those that are end where an interval does. A scan that refines others
 * does not know the blocks that it would refine. */
static bool goes_on(const struct jpeg_walk *walk, const unsigned char *marker) {
    struct jpeg_walk on = *walk;
    bool end = false;
    on.beyond = true;
    if (walk->progressive && walk->scan.high > 0)
        return false;
    while (!on.fault && !end) {
        bool ones = true, zeros = false;
        jpeg_walk_mcu(&on, 0);
        on.run = 0;
        end = on.bits.next == marker && is_padded(&on.bits, &ones, &zeros);
    }
    return !on.fault;
}

static bool are_alike(const unsigned char *next, const unsigned char *end) {
    const unsigned char first = *next;
    while (next < end && *next == first)
        next++;
    return next == end;
}

/* Are the bytes up to the marker blocks? What fills a gap is often all alike, and of that anything
 * can be read. */
static bool are_blocks(const struct jpeg_walk *walk, const unsigned char *marker) {
    const struct jpeg_bits *bits = &walk->bits;
    return bits->next < marker && bits->left < SURE_PADDING && !are_alike(bits->next, marker) &&
           goes_on(walk, marker);
}

static bool end_interval(struct check *check) {
    struct jpeg_bits *bits = &check->walk.bits;
    const unsigned char *marker = find_marker(bits->next, bits->end);
    if (check->walk.run > 0 || !is_padded(bits, &check->ones, &check->zeros) ||
        are_blocks(&check->walk, marker))
        return false;
    bits->next = marker;
    bits->left = 0;
    for (size_t i = 0; i < check->walk.scan.count; i++)
        check->walk.scan.parts[i].prediction = 0;
    return true;
}

/* libjpeg goes on after one whose number is far from the right one; nearer ones tell it of
 * intervals that are lost, or come again. */
static bool take_restart(struct check *check, size_t number) {
    struct jpeg_bits *bits = &check->walk.bits;
    if (bits->end - bits->next < 2 || bits->next[1] < 0xD0 || bits->next[1] > 0xD7)
        return false;
    unsigned ahead = (bits->next[1] - (unsigned)number) & 7;
    bits->next += 2;
    return ahead == 0 || (ahead >= 3 && ahead <= 5);
}

static bool walk_scan(struct check *check) {
    check->walk.run = 0;
    check->walk.bits.left = 0;
    for (size_t mcu = 0; mcu < check->walk.scan.mcus; mcu++) {
        if (check->interval > 0 && mcu > 0 && mcu % check->interval == 0 &&
            (!end_interval(check) || !take_restart(check, mcu / check->interval - 1)))
            return false;
        jpeg_walk_mcu(&check->walk, mcu);
        if (check->walk.fault)
            return false;
    }
    return end_interval(check);
}

/* ---- markers: libjpeg took them, so that lengths are checked for safety alone ---- */

struct segment {
    const unsigned char *bytes; /* after its length */
    size_t length;
};

static unsigned big16(const unsigned char *bytes) { return (unsigned)bytes[0] << 8 | bytes[1]; }

static bool read_codes(struct check *check, struct segment segment) {
    const unsigned char *bytes = segment.bytes, *end = bytes + segment.length;
    while (end - bytes >= 17) {
        struct jpeg_code *code = &check->codes[bytes[0] >> 4 & 1][bytes[0] & 3];
        const unsigned char *counts = bytes;
        int32_t next = 0, total = 0;
        for (int length = 1; length <= 16; length++, next *= 2) {
            code->offset[length] = total - next;
            next += counts[length];
            total += counts[length];
            code->after[length] = counts[length] ? next : 0;
        }
        bytes += 17;
        if (total > 256 || end - bytes < total)
            return false;
        memcpy(code->symbols, bytes, (size_t)total);
        bytes += total;
    }
    return true;
}

static bool read_steps(struct check *check, struct segment segment) {
    const unsigned char *bytes = segment.bytes, *end = bytes + segment.length;
    while (bytes < end) {
        const size_t wide = bytes[0] >> 4 ? 2 : 1;
        unsigned *steps = check->walk.steps[bytes[0] & 3];
        if ((size_t)(end - ++bytes) < JPEG_COEFFICIENTS * wide)
            return false;
        for (size_t k = 0; k < JPEG_COEFFICIENTS; k++, bytes += wide)
            steps[k] = wide == 2 ? big16(bytes) : bytes[0];
    }
    return true;
}

static size_t parts_of(size_t whole, size_t part) { return (whole + part - 1) / part; }

/* Sets *memory where there is none. */
static bool read_frame(struct check *check, struct segment segment, bool progressive,
                       bool *memory) {
    const unsigned char *bytes = segment.bytes;
    unsigned across = 1, down = 1;
    if (check->component_count > 0 || segment.length < 6 || bytes[0] != 8 || bytes[5] < 1 ||
        bytes[5] > JPEG_COMPONENTS || segment.length < 6 + 3 * (size_t)bytes[5])
        return false;
    const size_t height = big16(bytes + 1), width = big16(bytes + 3), count = bytes[5];
    for (size_t i = 0; i < count; i++) {
        const unsigned char *from = bytes + 6 + 3 * i;
        check->components[i] = (struct jpeg_component){
            from[0], from[1] >> 4, from[1] & 15, from[2] & 3, 0, 0, 0, NULL, {0}};
        across = across > from[1] >> 4 ? across : from[1] >> 4;
        down = down > (from[1] & 15) ? down : from[1] & 15;
    }
    check->component_count = count;
    check->walk.progressive = progressive;
    check->mcus_across = parts_of(width, (size_t)8 * across);
    check->mcus_down = parts_of(height, (size_t)8 * down);
    for (size_t i = 0; i < count; i++) {
        struct jpeg_component *component = &check->components[i];
        component->width = parts_of(parts_of(width * component->across, across), 8);
        component->height = parts_of(parts_of(height * component->down, down), 8);
        component->stride = check->mcus_across * component->across;
        size_t rows = check->mcus_down * component->down;
        if (progressive)
            component->nonzero = calloc(component->stride * rows + 1, sizeof *component->nonzero);
        *memory &= !progressive || component->nonzero;
    }
    return *memory && width > 0 && height > 0;
}

/* A progressive scan has the bits that follow those sent before; or it is the scan before once
 * more, and of a kind that sets what it finds there to the same. */
static bool follows(struct check *check, const unsigned char *begin) {
    const struct jpeg_scan *scan = &check->walk.scan;
    const size_t length = (size_t)(check->previous.end - check->previous.begin);
    bool next = true;
    for (size_t i = 0; i < scan->count; i++)
        for (int k = scan->first; k <= scan->last; k++) {
            next &= scan->parts[i].component->low[k] == scan->high;
            scan->parts[i].component->low[k] = scan->low;
        }
    return next || ((scan->high == 0 || scan->first == 0) && length > 0 &&
                    (size_t)(check->walk.bits.end - begin) >= length &&
                    memcmp(begin, check->previous.begin, length) == 0);
}

static bool read_scan(struct check *check, struct segment segment) {
    const unsigned char *bytes = segment.bytes;
    struct jpeg_scan *scan = &check->walk.scan;
    const size_t count = segment.length > 0 ? bytes[0] : 0;
    if (count < 1 || count > JPEG_COMPONENTS || segment.length < 4 + 2 * count)
        return false;
    *scan = (struct jpeg_scan){.count = count, .last = JPEG_COEFFICIENTS - 1};
    for (size_t i = 0; i < count; i++) {
        size_t n = 0;
        while (n < check->component_count && check->components[n].id != bytes[1 + 2 * i])
            n++;
        if (n == check->component_count)
            return false;
        unsigned tables = bytes[2 + 2 * i];
        scan->parts[i] =
            (struct jpeg_part){&check->components[n], &check->codes[0][tables >> 4 & 3],
                               &check->codes[1][tables & 3], 0};
    }
    const struct jpeg_component *component = scan->parts[0].component;
    scan->mcus_across = count > 1 ? check->mcus_across : component->width;
    scan->mcus = scan->mcus_across * (count > 1 ? check->mcus_down : component->height);
    if (check->walk.progressive) { /* else they mean nothing, and libjpeg does not heed them */
        bytes += 1 + 2 * count;
        scan->first = bytes[0];
        scan->last = bytes[1] & (JPEG_COEFFICIENTS - 1);
        scan->high = bytes[2] >> 4;
        scan->low = bytes[2] & 15;
    }
    return true;
}

/* The segment of a marker, and the place after it. */
static bool read_segment(struct jpeg_bits *bits, struct segment *segment) {
    if (bits->end - bits->next < 2)
        return false;
    const size_t length = big16(bits->next);
    *segment = (struct segment){bits->next + 2, length - 2};
    if (length < 2 || length > (size_t)(bits->end - bits->next))
        return false;
    bits->next += length;
    return true;
}

static bool walk_segment(struct check *check, unsigned marker, bool *memory) {
    struct segment segment;
    if (!read_segment(&check->walk.bits, &segment))
        return false;
    switch (marker) {
    case 0xC0: /* SOF0, SOF1: sequential */
    case 0xC1:
    case 0xC2:
        return read_frame(check, segment, marker == 0xC2, memory);
    case 0xC4:
        return read_codes(check, segment);
    case 0xDB:
        return read_steps(check, segment);
    case 0xDD:
        check->interval = segment.length < 2 ? 0 : big16(segment.bytes);
        return true;
    case 0xDA:
        if (!read_scan(check, segment) || !follows(check, segment.bytes) || !walk_scan(check))
            return false;
        check->previous.begin = segment.bytes;
        check->previous.end = check->walk.bits.next;
        return true;
    case 0xCC: /* arithmetic coding has no bits that could be told apart */
        return false;
    default:
        return marker < 0xC0 || marker > 0xCF;
    }
}

static bool walk_file(struct check *check, bool *memory) {
    struct jpeg_bits *bits = &check->walk.bits;
    for (;;) {
        bits->next = find_marker(bits->next, bits->end);
        if (bits->next == bits->end)
            return true;
        unsigned marker = bits->next[1];
        bits->next += 2;
        if (marker == 0xD8 || marker == 0xD9) /* SOI of another picture, EOI */
            return true;
        bool alone = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
        if (!alone && !walk_segment(check, marker, memory))
            return false;
    }
}

enum status jpeg_scans_check(const unsigned char *bytes, size_t length, bool *whole) {
    bool memory = true;
    struct check *check = calloc(1, sizeof *check);
    *whole = false;
    if (!check)
        return STATUS_MEMORY;
    check->walk.bits = (struct jpeg_bits){.next = bytes + 2, .end = bytes + length};
    check->ones = check->zeros = true;
    *whole = walk_file(check, &memory);
    for (size_t i = 0; i < check->component_count; i++)
        free(check->components[i].nonzero);
    free(check);
    return memory ? STATUS_OK : STATUS_MEMORY;
}
