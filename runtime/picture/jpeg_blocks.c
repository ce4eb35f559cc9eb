#include "jpeg_blocks.h"

enum {
    /* Of 8-bit samples no coefficient is larger than 1024 before it is divided and rounded; some
     * encoders let white overshoot. */
    LARGEST = 1280,
};

/* ---- bits ---- */

static void next_byte(struct jpeg_bits *bits) {
    const unsigned char *next = bits->next;
    bits->byte = 0;
    bits->left = 8;
    if (next < bits->end && *next == 0xFF) {
        while (next < bits->end && *next == 0xFF)
            next++;
        bits->missing |= next == bits->end || *next != 0;
        bits->byte = 0xFF;
    } else if (next < bits->end) {
        bits->byte = *next;
    } else {
        bits->missing = true;
    }
    if (!bits->missing)
        bits->next = next + 1;
}

static unsigned next_bit(struct jpeg_walk *walk) {
    struct jpeg_bits *bits = &walk->bits;
    if (bits->left == 0)
        next_byte(bits);
    walk->fault |= bits->missing;
    return bits->byte >> --bits->left & 1;
}

static unsigned next_bits(struct jpeg_walk *walk, unsigned count) {
    unsigned value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value << 1 | next_bit(walk);
    return value;
}

static unsigned next_symbol(struct jpeg_walk *walk, const struct jpeg_code *code) {
    int32_t value = 0;
    for (unsigned length = 1; length <= 16 && !walk->fault; length++) {
        value = value << 1 | (int32_t)next_bit(walk);
        if (value < code->after[length])
            return code->symbols[(value + code->offset[length]) & 0xFF];
    }
    walk->fault = true;
    return 0;
}

/* T.81, F.2.2.1 (EXTEND). */
static int32_t next_number(struct jpeg_walk *walk, unsigned size) {
    if (size > 15)
        walk->fault = true;
    if (size == 0 || size > 15)
        return 0;
    int32_t value = (int32_t)next_bits(walk, size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

/* ---- blocks ---- */

static void check_size(struct jpeg_walk *walk, const struct jpeg_part *part, int index,
                       int32_t value) {
    const unsigned step = walk->steps[part->component->quantiser][index];
    const int64_t unit = (int64_t)(step > 0 ? step : 1) * (1 << walk->scan.low);
    if ((value < 0 ? -value : value) * unit > LARGEST + unit)
        walk->fault = true;
}

static void walk_dc(struct jpeg_walk *walk, struct jpeg_part *part) {
    if (walk->scan.high > 0) {
        (void)next_bit(walk);
        return;
    }
    part->prediction += next_number(walk, next_symbol(walk, part->dc));
    check_size(walk, part, 0, part->prediction);
}

/* The coefficients first..last of a block, or, of a progressive one, their upper bits. */
static void walk_ac(struct jpeg_walk *walk, const struct jpeg_part *part, int first,
                    uint64_t *nonzero) {
    if (walk->run > 0) {
        walk->run--;
        return;
    }
    for (int k = first; k <= walk->scan.last && !walk->fault; k++) {
        unsigned symbol = next_symbol(walk, part->ac), zeros = symbol >> 4, size = symbol & 15;
        if (size == 0 && zeros < 15) {
            if (zeros > 0 && walk->progressive)
                walk->run = (1U << zeros) - 1 + next_bits(walk, zeros);
            return;
        }
        k += (int)zeros;
        if (size == 0)
            continue;
        if (k > walk->scan.last) {
            walk->fault = true;
            return;
        }
        check_size(walk, part, k, next_number(walk, size));
        if (nonzero)
            *nonzero |= (uint64_t)1 << k;
    }
}

/* From k on, a bit of each coefficient that is not zero, and over so many that are: the place of
 * the one after them. */
static int correct(struct jpeg_walk *walk, uint64_t nonzero, int k, unsigned zeros) {
    for (; k <= walk->scan.last && !walk->fault; k++) {
        if (nonzero >> k & 1)
            (void)next_bit(walk);
        else if (zeros-- == 0)
            break;
    }
    return k;
}

/* The next bit of coefficients whose upper ones were sent (T.81, G.1.2.3). */
static void refine_ac(struct jpeg_walk *walk, const struct jpeg_part *part, uint64_t *nonzero) {
    const uint64_t before = *nonzero;
    int k = walk->scan.first;
    while (walk->run == 0 && k <= walk->scan.last && !walk->fault) {
        unsigned symbol = next_symbol(walk, part->ac), zeros = symbol >> 4, size = symbol & 15;
        if (size == 0 && zeros < 15) {
            walk->run = (1U << zeros) + next_bits(walk, zeros);
            break;
        }
        if (size > 1)
            walk->fault = true;
        if (size > 0)
            (void)next_bit(walk); /* the sign */
        k = correct(walk, before, k, zeros);
        if (size > 0 && k <= walk->scan.last)
            *nonzero |= (uint64_t)1 << k;
        else if (size > 0)
            walk->fault = true;
        k++;
    }
    if (walk->run > 0) {
        (void)correct(walk, before, k, JPEG_COEFFICIENTS);
        walk->run--;
    }
}

static void walk_block(struct jpeg_walk *walk, struct jpeg_part *part, size_t x, size_t y) {
    const struct jpeg_component *component = part->component;
    uint64_t none = 0, *nonzero = component->nonzero && !walk->beyond
                                      ? component->nonzero + y * component->stride + x
                                      : &none;
    if (!walk->progressive) {
        walk_dc(walk, part);
        walk_ac(walk, part, 1, NULL);
    } else if (walk->scan.first == 0) {
        walk_dc(walk, part);
    } else if (walk->scan.high == 0) {
        walk_ac(walk, part, walk->scan.first, nonzero);
    } else {
        refine_ac(walk, part, nonzero);
    }
}

void jpeg_walk_mcu(struct jpeg_walk *walk, size_t index) {
    struct jpeg_scan *scan = &walk->scan;
    const size_t x = index % scan->mcus_across, y = index / scan->mcus_across;
    if (scan->count == 1) {
        walk_block(walk, &scan->parts[0], x, y);
        return;
    }
    for (size_t i = 0; i < scan->count; i++) {
        const struct jpeg_component *component = scan->parts[i].component;
        for (size_t block = 0; block < (size_t)component->across * component->down; block++)
            walk_block(walk, &scan->parts[i], x * component->across + block % component->across,
                       y * component->down + block / component->across);
    }
}
