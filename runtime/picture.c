#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "exif.h"
#include "jpeg.h"
#include "png.h"
#include "pnm.h"

/* ---- types, by their first bytes ---- */

static bool begins(const unsigned char *bytes, size_t length, const char *with, size_t count) {
    return length >= count && memcmp(bytes, with, count) == 0;
}

const char *picture_type(const unsigned char *bytes, size_t length) {
    if (begins(bytes, length, "\x89PNG", 4))
        return "png";
    if (begins(bytes, length, "\xFF\xD8\xFF", 3))
        return "jpeg";
    bool pnm = length >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
               (bytes[2] == '#' || bytes[2] == ' ' || (bytes[2] >= '\t' && bytes[2] <= '\r'));
    return pnm ? "pnm" : NULL;
}

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

enum status picture_check_rest(const unsigned char *rest, size_t length,
                               const struct picture_options *options, struct file_error *error) {
    if (!options->alone || !picture_type(rest, length))
        return STATUS_OK;
    return file_fail(error, "image-format", "%zu bytes follow its pixels; expected one picture",
                     length);
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

enum status picture_make(size_t width, size_t height, size_t channels,
                         const struct picture_options *options, struct picture *picture,
                         struct file_error *error) {
    size_t bytes;
    *picture = (struct picture){0};
    if (width == 0 || height == 0)
        return file_fail(error, "image-format", "it is %zux%zu; expected a pixel at least", width,
                         height);
    enum status status = picture_check_size(width, height, options->area, error);
    if (status != STATUS_OK)
        return status;
    if (!size_mul(width * height, channels, &bytes))
        return picture_fail_memory(error);
    if (bytes > options->memory)
        return picture_fail_limit(error);
    uint8_t *memory = malloc(bytes);
    if (!memory)
        return picture_fail_memory(error);
    *picture = (struct picture){width, height, channels, memory};
    return STATUS_OK;
}

void picture_free(struct picture *picture) {
    free(picture->pixels);
    *picture = (struct picture){0};
}

typedef enum status decoder(const unsigned char *bytes, size_t length,
                            const struct picture_options *options, struct picture *picture,
                            struct file_error *error);
typedef const unsigned char *find_exif(const unsigned char *bytes, size_t length,
                                       size_t *exif_length);

/* There are two of it while it is turned. */
static enum status read_turned(const unsigned char *bytes, size_t length, int orientation,
                               decoder *decode, const struct picture_options *options,
                               struct picture *picture, struct file_error *error) {
    const struct picture_options half = {
        .area = options->area, .memory = options->memory / 2, .alone = options->alone};
    enum status status = decode(bytes, length, &half, picture, error);
    if (status != STATUS_OK || exif_turn(orientation, picture) == STATUS_OK)
        return status;
    picture_free(picture);
    return picture_fail_memory(error);
}

/* 1: upright, or not to be turned. */
static int orientation_of(const unsigned char *bytes, size_t length, find_exif *find) {
    size_t exif_length;
    const unsigned char *exif = find ? find(bytes, length, &exif_length) : NULL;
    return exif ? exif_orientation(exif, exif_length) : 1;
}

enum status picture_read(const unsigned char *bytes, size_t length,
                         const struct picture_options *options, struct picture *picture,
                         struct file_error *error) {
    static const struct {
        const char *type;
        decoder *decode;
        find_exif *find_exif; /* NULL: it holds none */
    } decoders[] = {
        {"png", png_decode, png_exif}, {"jpeg", jpeg_decode, jpeg_exif}, {"pnm", pnm_decode, NULL}};
    const char *type = picture_type(bytes, length);
    *picture = (struct picture){0};
    for (size_t i = 0; type && i < sizeof decoders / sizeof *decoders; i++) {
        if (strcmp(decoders[i].type, type) != 0)
            continue;
        int orientation =
            options->orient ? orientation_of(bytes, length, decoders[i].find_exif) : 1;
        return orientation == 1 ? decoders[i].decode(bytes, length, options, picture, error)
                                : read_turned(bytes, length, orientation, decoders[i].decode,
                                              options, picture, error);
    }
    return refuse(bytes, length, error);
}
