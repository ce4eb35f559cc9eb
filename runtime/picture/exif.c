#include "exif.h"

#include <assert.h>
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

struct picture exif_upright(int orientation, const struct picture *stored) {
    assert(orientation >= 1 && orientation <= 8);
    struct picture upright = *stored;
    if (turns[orientation].transpose) {
        upright.width = stored->height;
        upright.height = stored->width;
    }
    return upright;
}

/* Each pixel of the rows goes where it belongs: along a column of them in one go, since where rows
 * become columns these are neighbours. */
void exif_turn(int orientation, const struct picture *stored, const uint8_t *rows, size_t y,
               size_t count, const struct picture *upright) {
    const struct turn *turn = &turns[orientation];
    const size_t channels = stored->channels;
    for (size_t x = 0; x < stored->width; x++)
        for (size_t i = 0; i < count; i++) {
            size_t to_x = turn->transpose ? y + i : x, to_y = turn->transpose ? x : y + i;
            to_x = turn->mirror ? upright->width - 1 - to_x : to_x;
            to_y = turn->flip ? upright->height - 1 - to_y : to_y;
            memcpy(upright->pixels + (to_y * upright->width + to_x) * channels,
                   rows + (i * stored->width + x) * channels, channels);
        }
}
