#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "../base/content.h"
#include "../base/mapping.h"
#include "exif.h"
#include "jpeg.h"
#include "png.h"
#include "pnm.h"

/* ---- types, by their first bytes ---- */

/* Could more bytes make a type of it that is read? */
static bool is_cut(const unsigned char *bytes, size_t length) {
    return length == 0 || (length < 4 && memcmp(bytes, "\x89PNG", length) == 0) ||
           (length < 3 && memcmp(bytes, "\xFF\xD8\xFF", length) == 0) ||
           (length < 3 && bytes[0] == 'P' && (length == 1 || (bytes[1] >= '1' && bytes[1] <= '7')));
}

static enum status refuse(const unsigned char *bytes, size_t length, struct file_error *error) {
    static const char read[] = "PNG, JPEG, PNM or PAM";
    const struct content *content = content_of(bytes, length);
    if (is_cut(bytes, length))
        return file_fail(error, "image-trunc", "it has %zu bytes; expected %s", length, read);
    if (content)
        return file_fail(error, "image-unsupported", "it is %s; expected %s%s%s%s", content->name,
                         read, content->way ? ": try '" : "", content->way ? content->way : "",
                         content->way ? "'" : "");
    return file_fail(error, "image-unsupported", "its first byte is 0x%02X; expected %s", bytes[0],
                     read);
}

/* ---- pictures ---- */

enum status picture_fail_memory(struct file_error *error) {
    return file_fail_system(error, STATUS_MEMORY, "out of memory; expected room for the pixels");
}

enum status picture_fail_limit(struct file_error *error) {
    return file_fail(error, "limit-memory",
                     "to read it takes more memory than it may; expected a smaller picture");
}

enum status picture_fail_whole(struct file_error *error, const char *kind, size_t bytes) {
    return file_fail(error, "limit-memory",
                     "it is %s: all of it is held at once, in %zu bytes; expected a smaller "
                     "picture, or a larger --max-memory, of which it may take a quarter",
                     kind, bytes);
}

enum status picture_check_rest(const unsigned char *rest, size_t length,
                               const struct picture_options *options, struct file_error *error) {
    if (!options->alone || !content_picture(rest, length))
        return STATUS_OK;
    return file_fail(error, "image-format", "%zu bytes follow its pixels; expected one picture",
                     length);
}

/* In blocks, each of them when its last byte was read. */
void picture_release(const struct picture_options *options, const unsigned char *begin,
                     const unsigned char *before, const unsigned char *next) {
    enum { BLOCK = 1 << 22 };
    size_t first = (size_t)(before - begin) / BLOCK, last = (size_t)(next - begin) / BLOCK;
    if (options->mapped && first < last)
        mapping_drop_pages(begin + first * BLOCK, (last - first) * BLOCK);
}

size_t picture_bytes(const struct picture *picture) {
    return picture->width * picture->height * picture->channels;
}

enum status picture_check_size(size_t width, size_t height, uint64_t area,
                               struct file_error *error) {
    size_t pixels;
    if (width <= PICTURE_SIDE && height <= PICTURE_SIDE && size_mul(width, height, &pixels) &&
        pixels <= area)
        return STATUS_OK;
    file_fail(error, "image-limit",
              "it is %zux%zu; expected at most %d pixels a side and %llu in all", width, height,
              PICTURE_SIDE, (unsigned long long)area);
    return STATUS_LIMIT;
}

enum status picture_allocate(size_t rows, size_t stride, size_t *memory, uint8_t **out,
                             struct file_error *error) {
    size_t bytes;
    *out = NULL;
    if (!size_mul(rows, stride, &bytes) || bytes > *memory)
        return picture_fail_limit(error);
    *out = malloc(bytes);
    if (!*out)
        return picture_fail_memory(error);
    *memory -= bytes;
    return STATUS_OK;
}

static enum status check_extents(size_t width, size_t height, uint64_t area,
                                 struct file_error *error) {
    if (width == 0 || height == 0)
        return file_fail(error, "image-format", "it is %zux%zu; expected a pixel at least", width,
                         height);
    return picture_check_size(width, height, area, error);
}

enum status picture_make(size_t width, size_t height, size_t channels,
                         const struct picture_options *options, struct picture *picture,
                         struct file_error *error) {
    size_t left = options->memory;
    *picture = (struct picture){width, height, channels, NULL};
    enum status status = check_extents(width, height, options->area, error);
    if (status == STATUS_OK)
        status = picture_allocate(height, width * channels, &left, &picture->pixels, error);
    if (status != STATUS_OK)
        *picture = (struct picture){0};
    return status;
}

void picture_free(struct picture *picture) {
    free(picture->pixels);
    *picture = (struct picture){0};
}

enum status picture_begin(size_t width, size_t height, size_t channels,
                          const struct picture_options *options, size_t *memory,
                          struct picture_sink *sink, struct file_error *error) {
    const struct picture size = {width, height, channels, NULL};
    enum status status = check_extents(width, height, options->area, error);
    return status == STATUS_OK ? sink->begin(sink, &size, memory, error) : status;
}

/* ---- a sink that keeps the picture ---- */

struct keeper {
    struct picture_sink sink;
    struct picture picture;
    size_t length; /* bytes of it so far */
};

static enum status begin_keeping(struct picture_sink *sink, const struct picture *size,
                                 size_t *memory, struct file_error *error) {
    struct keeper *keeper = (struct keeper *)sink;
    keeper->picture = *size;
    return picture_allocate(size->height, size->width * size->channels, memory,
                            &keeper->picture.pixels, error);
}

static void keep(struct picture_sink *sink, const uint8_t *rows, size_t count) {
    struct keeper *keeper = (struct keeper *)sink;
    size_t bytes = count * keeper->picture.width * keeper->picture.channels;
    memcpy(keeper->picture.pixels + keeper->length, rows, bytes);
    keeper->length += bytes;
}

enum status picture_read(const unsigned char *bytes, size_t length,
                         const struct picture_options *options, struct picture *picture,
                         struct file_error *error) {
    struct keeper keeper = {.sink = {begin_keeping, keep}};
    enum status status = picture_stream(bytes, length, options, &keeper.sink, error);
    if (status != STATUS_OK)
        picture_free(&keeper.picture);
    *picture = keeper.picture;
    return status;
}

/* ---- a sink that turns the picture upright ---- */

struct turner {
    struct picture_sink sink, *next;
    int orientation;
    struct picture stored; /* its pixels are not kept */
    struct picture upright;
    size_t y; /* the next row of what is stored */
};

static enum status begin_turning(struct picture_sink *sink, const struct picture *size,
                                 size_t *memory, struct file_error *error) {
    struct turner *turner = (struct turner *)sink;
    turner->stored = *size;
    turner->upright = exif_upright(turner->orientation, size);
    size_t bytes = picture_bytes(size);
    if (bytes > *memory)
        return picture_fail_whole(error, "turned as its EXIF says", bytes);
    enum status status = picture_allocate(1, bytes, memory, &turner->upright.pixels, error);
    const struct picture upright = {turner->upright.width, turner->upright.height, size->channels,
                                    NULL};
    return status == STATUS_OK ? turner->next->begin(turner->next, &upright, memory, error)
                               : status;
}

static void turn(struct picture_sink *sink, const uint8_t *rows, size_t count) {
    struct turner *turner = (struct turner *)sink;
    const size_t stride = turner->stored.width * turner->stored.channels;
    for (size_t n; count > 0; count -= n, rows += n * stride, turner->y += n) {
        n = count < PICTURE_ROWS ? count : PICTURE_ROWS; /* whose places are in the cache */
        exif_turn(turner->orientation, &turner->stored, rows, turner->y, n, &turner->upright);
    }
}

typedef enum status decoder(const unsigned char *bytes, size_t length,
                            const struct picture_options *options, struct picture_sink *sink,
                            struct file_error *error);
typedef const unsigned char *find_exif(const unsigned char *bytes, size_t length,
                                       size_t *exif_length);

static enum status stream_turned(const unsigned char *bytes, size_t length, int orientation,
                                 decoder *decode, const struct picture_options *options,
                                 struct picture_sink *sink, struct file_error *error) {
    struct turner turner = {
        .sink = {begin_turning, turn}, .next = sink, .orientation = orientation};
    enum status status = decode(bytes, length, options, &turner.sink, error);
    if (status == STATUS_OK)
        sink->push(sink, turner.upright.pixels, turner.upright.height);
    picture_free(&turner.upright);
    return status;
}

/* ---- all kinds ---- */

/* 1: upright, or not to be turned. */
static int orientation_of(const unsigned char *bytes, size_t length, find_exif *find) {
    size_t exif_length;
    const unsigned char *exif = find ? find(bytes, length, &exif_length) : NULL;
    return exif ? exif_orientation(exif, exif_length) : 1;
}

enum status picture_stream(const unsigned char *bytes, size_t length,
                           const struct picture_options *options, struct picture_sink *sink,
                           struct file_error *error) {
    static const struct {
        const char *type;
        decoder *decode;
        find_exif *find_exif; /* NULL: it holds none */
    } decoders[] = {
        {"png", png_decode, png_exif}, {"jpeg", jpeg_decode, jpeg_exif}, {"pnm", pnm_decode, NULL}};
    const char *type = content_picture(bytes, length);
    error->class = NULL;
    for (size_t i = 0; type && i < sizeof decoders / sizeof *decoders; i++) {
        if (strcmp(decoders[i].type, type) != 0)
            continue;
        int orientation =
            options->orient ? orientation_of(bytes, length, decoders[i].find_exif) : 1;
        return orientation == 1 ? decoders[i].decode(bytes, length, options, sink, error)
                                : stream_turned(bytes, length, orientation, decoders[i].decode,
                                                options, sink, error);
    }
    return refuse(bytes, length, error);
}
