/* Any bytes as a picture, as stored and upright: what is read comes back from PNG as it was, and
 * gives a network the same row by row as from memory. The checksums of PNG are set right first:
 * they would keep the fuzzer out. Bytes that begin with RECIPE say how large a picture to make, so
 * that few of them reach the largest sides. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../picture/picture.h"
#include "../picture/png.h"
#include "../picture/pnm.h"
#include "../picture/preprocess.h"

enum {
    RECIPE = 0xB1,
    HEADER = 7,       /* of a recipe: it, kind, width, height, flags */
    WHOLE = 1 << 24,  /* bytes of a picture in memory, */
    ROWS = 1 << 26,   /* of one that is taken row by row, */
    MADE = 1 << 18,   /* of what a recipe makes, before it is packed */
    ENCODED = 1 << 16 /* pixels of one that is written again */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void examine_error(enum status status, const struct file_error *error) {
    bool limit = error->class && (strcmp(error->class, "image-limit") == 0 ||
                                  strcmp(error->class, "limit-memory") == 0);
    if (!error->class || !strstr(error->message, "expected") || (status == STATUS_LIMIT) != limit ||
        (status != STATUS_INPUT && status != STATUS_LIMIT && status != STATUS_MEMORY))
        abort();
}

static bool equal(const struct picture *a, const struct picture *b) {
    return a->width == b->width && a->height == b->height && a->channels == b->channels &&
           memcmp(a->pixels, b->pixels, a->width * a->height * a->channels) == 0;
}

static void examine(const struct picture *picture) {
    struct picture_options options = {.area = PICTURE_AREA, .memory = SIZE_MAX};
    struct picture again;
    struct file_error error;
    struct text file = {0};
    bool sound = picture->width > 0 && picture->height > 0 && picture->width <= PICTURE_SIDE &&
                 picture->height <= PICTURE_SIDE &&
                 picture->width * picture->height <= PICTURE_AREA &&
                 (picture->channels == 1 || picture->channels == 3);
    if (!sound)
        abort();
    if (picture->width * picture->height > ENCODED)
        return;
    if (png_encode(picture, &file) != STATUS_OK ||
        picture_read((const unsigned char *)file.data, file.length, &options, &again, &error) !=
            STATUS_OK ||
        !equal(picture, &again))
        abort();
    picture_free(&again);
    text_free(&file);
}

/* ---- what a network gets ---- */

/* Rules that differ from picture to picture. */
static struct preprocess rules_of(const uint8_t *bytes, size_t size) {
    uint32_t mix = crc32(0, bytes, size < 4096 ? (uInt)size : 4096) & 0xFFFFFF;
    struct plan_image image = {.given = 1, .preset = mix % 6};
    if (image.preset != IMAGE_PRESET_darknet)
        image.filter = mix / 6 % (RESAMPLE_FILTERS + 1);
    const struct plan_view input = {
        .channels = mix / 64 % 4 == 0 || image.preset == 5 ? 1 : 3, .height = 6, .width = 5};
    struct preprocess rules;
    struct file_error error;
    if (input.channels == 1)
        image.preset = image.preset % 2 ? IMAGE_PRESET_mnist : IMAGE_PRESET_NONE;
    if (preprocess_resolve(&image, &input, &rules, &error) != STATUS_OK)
        abort();
    return rules;
}

/* From rows, as from the picture in memory, or the fault that it had. */
static void prepare(const uint8_t *bytes, size_t size, bool orient, enum status whole,
                    const struct picture *picture, const struct file_error *fault) {
    const struct preprocess rules = rules_of(bytes, size);
    const struct picture_options options = {.area = PICTURE_AREA, .memory = ROWS, .orient = orient};
    const size_t count = rules.channels * rules.height * rules.width;
    float out[3 * 6 * 5], again[3 * 6 * 5];
    struct file_error error = {.class = NULL};
    enum status status = preprocess_file(&rules, bytes, size, &options, out, &error);
    if (status != STATUS_OK)
        examine_error(status, &error);
    if (whole == STATUS_OK) {
        if (status != STATUS_OK ||
            preprocess_run(&rules, picture, ROWS, again, &error) != STATUS_OK ||
            memcmp(out, again, count * sizeof *out) != 0)
            abort();
    } else if (strcmp(fault->class, "limit-memory") != 0) {
        if (status != whole || strcmp(error.class, fault->class) != 0)
            abort();
    }
}

/* ---- recipes ---- */

struct recipe {
    uint32_t width, height, kind;
    bool interlaced;
    const uint8_t *fill;
    size_t fill_length;
};

static void put_big32(struct text *out, uint32_t number) {
    const char bytes[] = {(char)(number >> 24), (char)(number >> 16), (char)(number >> 8),
                          (char)number};
    text_bytes(out, bytes, sizeof bytes);
}

/* Its checksum is set later. */
static void put_chunk(struct text *out, const char *name, const char *data, size_t length) {
    put_big32(out, (uint32_t)length);
    text_add(out, name);
    text_bytes(out, data, length);
    put_big32(out, 0);
}

/* As many bytes of the filling as `most` leaves room for. */
static void put_fill(struct text *out, const struct recipe *recipe, size_t count, size_t most) {
    count = count < most - out->length ? count : most - out->length;
    for (size_t n; count > 0; count -= n) {
        n = count < recipe->fill_length ? count : recipe->fill_length;
        text_bytes(out, (const char *)recipe->fill, n);
    }
}

/* Rows of one pass, unfiltered. */
static void put_pass(struct text *out, const struct recipe *recipe, size_t width, size_t height,
                     size_t bits) {
    for (size_t y = 0; width > 0 && y < height && out->length < MADE; y++) {
        text_repeat(out, 0, 1);
        put_fill(out, recipe, (width * bits + 7) / 8, MADE);
    }
}

static void make_png(const struct recipe *recipe, struct text *out) {
    static const uint8_t kinds[][2] = {{0, 1}, {0, 8}, {0, 16}, {2, 8}, {2, 16},
                                       {3, 1}, {3, 8}, {4, 8},  {6, 8}, {6, 16}};
    static const uint8_t adam7[][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                       {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    static const uint8_t samples[] = {1, 0, 3, 1, 2, 0, 4};
    const uint8_t *kind = kinds[recipe->kind % (sizeof kinds / sizeof *kinds)];
    const size_t bits = (size_t)samples[kind[0]] * kind[1];
    struct text header = {0}, raw = {0};
    put_big32(&header, recipe->width);
    put_big32(&header, recipe->height);
    const char rest[] = {(char)kind[1], (char)kind[0], 0, 0, recipe->interlaced};
    text_bytes(&header, rest, sizeof rest);
    for (size_t i = 0; recipe->interlaced && i < sizeof adam7 / sizeof *adam7; i++) {
        const uint8_t *pass = adam7[i];
        put_pass(&raw, recipe, (recipe->width + pass[2] - 1U - pass[0]) / pass[2],
                 (recipe->height + pass[3] - 1U - pass[1]) / pass[3], bits);
    }
    if (!recipe->interlaced)
        put_pass(&raw, recipe, recipe->width, recipe->height, bits);
    uLongf length = compressBound(raw.length);
    Bytef *packed = malloc(length);
    if (packed && !raw.failed && raw.data &&
        compress2(packed, &length, (const Bytef *)raw.data, raw.length, 1) == Z_OK) {
        text_bytes(out, "\x89PNG\r\n\x1a\n", 8);
        put_chunk(out, "IHDR", header.data, header.length);
        if (kind[0] == 3)
            put_chunk(out, "PLTE", "black and white", kind[1] == 1 ? 6 : 15);
        put_chunk(out, "IDAT", (const char *)packed, length);
        put_chunk(out, "IEND", "", 0);
    }
    free(packed);
    text_free(&header);
    text_free(&raw);
}

static void make_pnm(const struct recipe *recipe, struct text *out) {
    const uint32_t type = 4 + recipe->kind % 3; /* P4, P5, P6 */
    text_format(out, "P%u %u %u%s ", type, recipe->width, recipe->height, type == 4 ? "" : " 255");
    size_t row = type == 4 ? (recipe->width + 7U) / 8 : recipe->width * (type == 6 ? 3U : 1U);
    put_fill(out, recipe, row * recipe->height, MADE);
}

/* False: the bytes are none. */
static bool follow_recipe(const uint8_t *data, size_t size, struct text *out) {
    if (size <= HEADER || data[0] != RECIPE)
        return false;
    const struct recipe recipe = {.width = (uint32_t)(data[2] << 8 | data[3]),
                                  .height = (uint32_t)(data[4] << 8 | data[5]),
                                  .kind = data[1],
                                  .interlaced = data[6] & 1,
                                  .fill = data + HEADER,
                                  .fill_length = size - HEADER};
    if (data[6] & 2)
        make_pnm(&recipe, out);
    else
        make_png(&recipe, out);
    return !out->failed && out->data;
}

/* ---- any bytes ---- */

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
    enum status status = pnm_size(bytes, size, PICTURE_AREA, &measured, &error);
    bool binary = size >= 2 && bytes[0] == 'P' && bytes[1] >= '4' && bytes[1] <= '7';
    if (status != STATUS_OK)
        examine_error(status, &error);
    if (sound && binary && (status != STATUS_OK || measured != size))
        abort();
}

static enum status read_both_ways(const uint8_t *bytes, size_t size, bool orient) {
    const struct picture_options options = {
        .area = PICTURE_AREA, .memory = WHOLE, .orient = orient};
    struct picture picture;
    struct file_error error = {.class = NULL};
    enum status status = picture_read(bytes, size, &options, &picture, &error);
    if (status == STATUS_OK && error.class && strcmp(error.class, "note") != 0)
        abort();
    if (status == STATUS_OK)
        examine(&picture);
    else
        examine_error(status, &error);
    prepare(bytes, size, orient, status, &picture, &error);
    if (status == STATUS_OK)
        picture_free(&picture);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text made = {0};
    if (follow_recipe(data, size, &made)) {
        data = (const uint8_t *)made.data;
        size = made.length;
    }
    uint8_t *bytes = malloc(size ? size : 1);
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    text_free(&made);
    if (size > 0 && bytes[0] == 0x89)
        set_checksums(bytes, size);
    enum status stored = read_both_ways(bytes, size, false);
    enum status upright = read_both_ways(bytes, size, true);
    if (stored != upright && upright != STATUS_LIMIT)
        abort();
    measure(bytes, size, stored == STATUS_OK);
    free(bytes);
    return 0;
}
