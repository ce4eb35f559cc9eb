/* Any bytes as a picture, as stored and upright; what is read comes back from PNG as it was. The
 * checksums of PNG are set right first: they would keep the fuzzer out. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../picture.h"
#include "../png.h"
#include "../pnm.h"

enum { AREA = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void examine_error(enum status status, const struct file_error *error) {
    bool limit = error->class && strcmp(error->class, "image-limit") == 0;
    if (!error->class || !strstr(error->message, "expected") || (status == STATUS_LIMIT) != limit ||
        (status != STATUS_INPUT && status != STATUS_LIMIT && status != STATUS_MEMORY))
        abort();
}

static bool equal(const struct picture *a, const struct picture *b) {
    return a->width == b->width && a->height == b->height && a->channels == b->channels &&
           memcmp(a->pixels, b->pixels, a->width * a->height * a->channels) == 0;
}

static void examine(const struct picture *picture) {
    struct picture_options options = {.area = AREA, .memory = SIZE_MAX};
    struct picture again;
    struct file_error error;
    struct text file = {0};
    bool sound = picture->width > 0 && picture->height > 0 &&
                 picture->width * picture->height <= AREA &&
                 (picture->channels == 1 || picture->channels == 3);
    if (!sound || png_encode(picture, &file) != STATUS_OK ||
        picture_read((const unsigned char *)file.data, file.length, &options, &again, &error) !=
            STATUS_OK ||
        !equal(picture, &again))
        abort();
    picture_free(&again);
    text_free(&file);
}

static void set_checksums(uint8_t *bytes, size_t size) {
    size_t next = 8;
    while (next < size && size - next >= 12) {
        uint8_t *chunk = bytes + next;
        size_t length =
            (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
        if (length > size - next - 12)
            return;
        uLong checksum = crc32(0, chunk + 4, (uInt)length + 4);
        for (size_t i = 0; i < 4; i++)
            chunk[8 + length + i] = (uint8_t)(checksum >> (24 - 8 * i) & 0xFF);
        next += 12 + length;
    }
}

/* A file that is read is as long as a stream takes it for. */
static void measure(const uint8_t *bytes, size_t size, bool sound) {
    size_t measured = 0;
    struct file_error error = {.class = NULL};
    enum status status = pnm_size(bytes, size, AREA, &measured, &error);
    bool binary = size >= 2 && bytes[0] == 'P' && bytes[1] >= '4' && bytes[1] <= '7';
    if (status != STATUS_OK)
        examine_error(status, &error);
    if (sound && binary && (status != STATUS_OK || measured != size))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum status stored = STATUS_OK;
    uint8_t *bytes = malloc(size ? size : 1);
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    if (size > 0 && bytes[0] == 0x89)
        set_checksums(bytes, size);
    for (int orient = 0; orient < 2; orient++) {
        struct picture_options options = {.area = AREA, .memory = SIZE_MAX, .orient = orient};
        struct picture picture;
        struct file_error error = {.class = NULL};
        enum status status = picture_read(bytes, size, &options, &picture, &error);
        if (orient > 0 && status != stored)
            abort();
        stored = status;
        if (status != STATUS_OK) {
            examine_error(status, &error);
            continue;
        }
        if (error.class && strcmp(error.class, "note") != 0)
            abort();
        examine(&picture);
        picture_free(&picture);
    }
    measure(bytes, size, stored == STATUS_OK);
    free(bytes);
    return 0;
}
