#include "exif.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 8, /* byte order, 42, offset of the first directory */
    ENTRY = 12, /* tag, type, count, value */
    TAG_ORIENTATION = 0x0112,
    TYPE_SHORT = 3,
    TYPE_LONG = 4,
};

static uint32_t number(const unsigned char *bytes, size_t size, bool big) {
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[big ? i : size - 1 - i];
    return value;
}

int exif_orientation(const unsigned char *bytes, size_t length) {
    if (length < HEADER || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0))
        return 1;
    bool big = bytes[0] == 'M';
    size_t next = number(bytes + 4, 4, big);
    if (next > length || length - next < 2)
        return 1;
    size_t entries = number(bytes + next, 2, big);
    for (next += 2; entries > 0 && length - next >= ENTRY; entries--, next += ENTRY) {
        const unsigned char *entry = bytes + next;
        if (number(entry, 2, big) != TAG_ORIENTATION)
            continue;
        uint32_t type = number(entry + 2, 2, big);
        uint32_t value = number(entry + 8, type == TYPE_LONG ? 4 : 2, big);
        bool good = (type == TYPE_SHORT || type == TYPE_LONG) && number(entry + 4, 4, big) == 1;
        return good && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

/* How to make the picture upright: first, rows become columns; then it is mirrored. */
static const struct turn {
    bool transpose, mirror, flip; /* mirror: left and right; flip: top and bottom */
} turns[] = {
    [1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true},
    [4] = {false, false, true},  [5] = {true, false, false}, [6] = {true, true, false},
    [7] = {true, true, true},    [8] = {true, false, true},
};

enum status exif_turn(int orientation, struct picture *picture) {
    assert(orientation >= 1 && orientation <= 8);
    const struct turn *turn = &turns[orientation];
    size_t channels = picture->channels, pixels = picture->width * picture->height;
    if (orientation == 1)
        return STATUS_OK;
    uint8_t *turned = malloc(pixels * channels);
    if (!turned)
        return STATUS_MEMORY;
    size_t width = turn->transpose ? picture->height : picture->width;
    size_t height = turn->transpose ? picture->width : picture->height;
    size_t across = turn->transpose ? picture->width : 1; /* source pixels from x to x + 1 */
    size_t down = turn->transpose ? 1 : picture->width;   /* and from y to y + 1 */
    uint8_t *out = turned;
    for (size_t y = 0; y < height; y++) {
        size_t row = (turn->flip ? height - 1 - y : y) * down;
        for (size_t x = 0; x < width; x++, out += channels) {
            size_t from = row + (turn->mirror ? width - 1 - x : x) * across;
            memcpy(out, picture->pixels + from * channels, channels);
        }
    }
    free(picture->pixels);
    *picture = (struct picture){width, height, channels, turned};
    return STATUS_OK;
}
