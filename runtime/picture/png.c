#include "png.h"

#include <assert.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNATURE = 8,
    CHUNK = 12,   /* length, type, checksum */
    SLOTS = 1024, /* a power of two, some times as many as a palette has colours */
    LEVEL = 3,    /* of zlib: half the time of its default, and nearly its size */
};

/* ---- what libpng calls: it neither prints nor exits ---- */

struct coder {
    png_structp png;
    png_infop info;
    jmp_buf failed;
    enum status status;       /* why it failed */
    struct file_error *error; /* NULL when it writes */
    const unsigned char *begin, *next, *end;
    size_t left; /* bytes that it may still take; what is released is not counted again */
    const struct picture_options *options;
    struct picture_sink *sink;
    uint8_t *rows; /* [room][stride], as libpng gives them: of a palette, indices */
    size_t room, stride;
    uint8_t *colours; /* of a palette: [PICTURE_ROWS][width][3] */
};

static void *allocate(png_structp png, png_alloc_size_t size) {
    struct coder *coder = png_get_mem_ptr(png);
    if (size > coder->left) {
        coder->status = picture_fail_limit(coder->error);
        return NULL;
    }
    void *memory = malloc(size);
    if (!memory)
        coder->status = STATUS_MEMORY;
    coder->left -= size;
    return memory;
}

static void release(png_structp png, void *memory) {
    (void)png;
    free(memory);
}

static _Noreturn void fail(png_structp png, const char *fault) {
    struct coder *coder = png_get_error_ptr(png);
    if (coder->status == STATUS_OK)
        coder->status =
            file_fail_at(coder->error, "image-format", (size_t)(coder->next - coder->begin),
                         "libpng says: %s; expected a sound PNG", fault);
    longjmp(coder->failed, 1);
}

static void ignore(png_structp png, const char *warning) {
    (void)png;
    (void)warning;
}

static void take(png_structp png, png_bytep bytes, size_t count) {
    struct coder *coder = png_get_io_ptr(png);
    size_t left = (size_t)(coder->end - coder->next);
    if (count > left) {
        coder->status =
            file_fail_at(coder->error, "image-trunc", left + (size_t)(coder->next - coder->begin),
                         "it ends within its chunks; expected PNG up to IEND");
        longjmp(coder->failed, 1);
    }
    memcpy(bytes, coder->next, count);
    picture_release(coder->options, coder->begin, coder->next, coder->next + count);
    coder->next += count;
}

static void give(png_structp png, png_bytep bytes, size_t count) {
    text_bytes(png_get_io_ptr(png), (const char *)bytes, count);
}

static void flush(png_structp png) { (void)png; }

/* ---- reading ---- */

/* Damage that libpng would read on from is an error; so is a wrong checksum of a chunk that is
 * skipped. What describes the picture, but its pixels, is skipped: no text, profile or gamma is
 * inflated or kept. */
static void be_strict(png_structp png) {
    static const unsigned char skipped[] = "pHYs\0sRGB";
    png_set_benign_errors(png, 0);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, skipped, 2);
    png_set_chunk_malloc_max(png, 0);                           /* none is kept */
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* the area is limited */
}

/* The colours of pixels whose indices these are. */
static void look_up(struct coder *coder, const uint8_t *indices, size_t pixels, uint8_t *out) {
    png_color *colours = NULL;
    int count = 0;
    png_get_PLTE(coder->png, coder->info, &colours, &count);
    for (size_t x = 0; x < pixels; x++, out += 3) {
        size_t index = indices[x];
        if (index >= (size_t)count) {
            coder->status =
                file_fail(coder->error, "image-format",
                          "a pixel has colour %zu of a palette; expected one of %d", index, count);
            longjmp(coder->failed, 1);
        }
        out[0] = colours[index].red;
        out[1] = colours[index].green;
        out[2] = colours[index].blue;
    }
}

static void pass_on(struct coder *coder, const uint8_t *rows, size_t count) {
    size_t width = png_get_image_width(coder->png, coder->info);
    for (size_t y = 0, n; coder->colours && y < count; y += n) {
        n = count - y < PICTURE_ROWS ? count - y : PICTURE_ROWS;
        look_up(coder, rows + y * width, n * width, coder->colours);
        coder->sink->push(coder->sink, coder->colours, n);
    }
    if (!coder->colours)
        coder->sink->push(coder->sink, rows, count);
}

/* Some rows at a time, or all of them when they come in passes. */
static void read_rows(struct coder *coder, int passes) {
    png_structp png = coder->png;
    const size_t height = png_get_image_height(png, coder->info);
    assert(png_get_rowbytes(png, coder->info) == coder->stride);
    for (size_t y = 0, n; y < height; y += n) {
        n = height - y < coder->room ? height - y : coder->room;
        for (int pass = 0; pass < passes; pass++)
            for (size_t i = 0; i < n; i++)
                png_read_row(png, coder->rows + i * coder->stride, NULL);
        pass_on(coder, coder->rows, n);
    }
}

static void check(struct coder *coder, enum status status) {
    coder->status = status;
    if (status != STATUS_OK)
        longjmp(coder->failed, 1);
}

/* Tells the sink, and makes room for the rows. */
static void begin(struct coder *coder, const struct picture_options *options, int type) {
    png_structp png = coder->png;
    const size_t width = png_get_image_width(png, coder->info);
    const size_t height = png_get_image_height(png, coder->info);
    const size_t channels = type & PNG_COLOR_MASK_COLOR ? 3 : 1;
    const bool whole = png_get_interlace_type(png, coder->info) != PNG_INTERLACE_NONE;
    const size_t stride = width * (type == PNG_COLOR_TYPE_PALETTE ? 1 : channels);
    const size_t memory = coder->left;
    check(coder,
          picture_begin(width, height, channels, options, &coder->left, coder->sink, coder->error));
    if (whole && stride * height > coder->left)
        check(coder, picture_fail_whole(coder->error, "interlaced",
                                        stride * height + (memory - coder->left)));
    coder->stride = stride;
    coder->room = whole || height < PICTURE_ROWS ? height : PICTURE_ROWS;
    check(coder, picture_allocate(coder->room, stride, &coder->left, &coder->rows, coder->error));
    if (type == PNG_COLOR_TYPE_PALETTE)
        check(coder, picture_allocate(PICTURE_ROWS, 3 * width, &coder->left, &coder->colours,
                                      coder->error));
}

static void read_picture(struct coder *coder, const struct picture_options *options) {
    png_structp png = coder->png;
    be_strict(png);
    png_set_read_fn(png, coder, take);
    png_read_info(png, coder->info);
    int type = png_get_color_type(png, coder->info);
    begin(coder, options, type);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    if (type == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_packing(png); /* an index a byte */
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, coder->info);
    read_rows(coder, passes);
    png_read_end(png, coder->info); /* without it, what follows IDAT is not checked */
    coder->status =
        picture_check_rest(coder->next, (size_t)(coder->end - coder->next), options, coder->error);
}

enum status png_decode(const unsigned char *bytes, size_t length,
                       const struct picture_options *options, struct picture_sink *sink,
                       struct file_error *error) {
    struct coder coder = {.error = error,
                          .begin = bytes,
                          .next = bytes,
                          .end = bytes + length,
                          .left = options->memory,
                          .options = options,
                          .sink = sink};
    coder.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &coder, fail, ignore, &coder,
                                         allocate, release);
    coder.info = coder.png ? png_create_info_struct(coder.png) : NULL;
    if (coder.info) {
        if (!setjmp(coder.failed))
            read_picture(&coder, options);
    } else if (coder.status == STATUS_OK) {
        coder.status = STATUS_MEMORY;
    }
    png_destroy_read_struct(&coder.png, &coder.info, NULL);
    free(coder.rows);
    free(coder.colours);
    return coder.status == STATUS_MEMORY ? picture_fail_memory(error) : coder.status;
}

static size_t big_endian(const unsigned char *bytes) {
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

const unsigned char *png_exif(const unsigned char *bytes, size_t length, size_t *exif_length) {
    size_t next = SIGNATURE;
    while (next < length && length - next >= CHUNK) {
        const unsigned char *chunk = bytes + next;
        *exif_length = big_endian(chunk);
        if (*exif_length > length - next - CHUNK || memcmp(chunk + 4, "IEND", 4) == 0)
            break;
        if (memcmp(chunk + 4, "eXIf", 4) == 0)
            return chunk + 8;
        next += CHUNK + *exif_length;
    }
    return NULL;
}

/* ---- writing ---- */

/* The colours of a picture, and where each stands: by its hash, or behind it. */
struct colours {
    png_color all[PNG_MAX_PALETTE_LENGTH];
    int count;
    uint16_t slots[SLOTS]; /* 1 + the index; 0: free */
};

/* The index of the colour, which joins the others if need be; -1: there are too many. */
static int find_colour(struct colours *colours, const uint8_t rgb[3]) {
    uint32_t key = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
    size_t slot = (key * UINT32_C(2654435769)) >> 16 & (SLOTS - 1); /* 2^32 / the golden ratio */
    for (; colours->slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
        const png_color *colour = &colours->all[colours->slots[slot] - 1];
        if (colour->red == rgb[0] && colour->green == rgb[1] && colour->blue == rgb[2])
            return colours->slots[slot] - 1;
    }
    if (colours->count == PNG_MAX_PALETTE_LENGTH)
        return -1;
    colours->all[colours->count] = (png_color){.red = rgb[0], .green = rgb[1], .blue = rgb[2]};
    colours->slots[slot] = (uint16_t)++colours->count;
    return colours->count - 1;
}

/* Are they few enough for a palette? */
static bool find_colours(const struct picture *picture, struct colours *colours) {
    bool few = picture->channels == 3;
    for (size_t i = 0; few && i < picture->width * picture->height; i++)
        few = find_colour(colours, picture->pixels + 3 * i) >= 0;
    return few;
}

static void write_rows(struct coder *coder, const struct picture *picture) {
    for (size_t y = 0; y < picture->height; y++)
        png_write_row(coder->png, picture->pixels + y * picture->width * picture->channels);
}

static void write_indices(struct coder *coder, const struct picture *picture,
                          struct colours *colours, uint8_t *row) {
    const uint8_t *pixel = picture->pixels;
    for (size_t y = 0; y < picture->height; y++) {
        for (size_t x = 0; x < picture->width; x++, pixel += 3)
            row[x] = (uint8_t)find_colour(colours, pixel);
        png_write_row(coder->png, row);
    }
}

/* row: of indices; NULL: the picture has no palette. Where libpng chooses a filter for each row,
 * that takes as long as the rest; of enlarged cells most rows are those above. */
static void write_picture(struct coder *coder, const struct picture *picture,
                          struct colours *colours, uint8_t *row, struct text *out) {
    png_structp png = coder->png;
    png_set_write_fn(png, out, give, flush);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_compression_level(png, LEVEL);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, row ? PNG_FILTER_NONE : PNG_FILTER_UP);
    png_set_IHDR(png, coder->info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
                 row                      ? PNG_COLOR_TYPE_PALETTE
                 : picture->channels == 3 ? PNG_COLOR_TYPE_RGB
                                          : PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (row)
        png_set_PLTE(png, coder->info, colours->all, colours->count);
    png_write_info(png, coder->info);
    if (row)
        write_indices(coder, picture, colours, row);
    else
        write_rows(coder, picture);
    png_write_end(png, NULL);
}

enum status png_encode(const struct picture *picture, struct text *out) {
    assert(picture->width <= PNG_UINT_31_MAX && picture->height <= PNG_UINT_31_MAX);
    struct file_error unread;
    struct coder coder = {.error = &unread, .left = SIZE_MAX};
    struct colours colours = {0};
    bool palette = find_colours(picture, &colours);
    uint8_t *row = palette ? malloc(picture->width) : NULL;
    if (palette && !row)
        return STATUS_MEMORY;
    coder.png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &coder, fail, ignore, &coder,
                                          allocate, release);
    coder.info = coder.png ? png_create_info_struct(coder.png) : NULL;
    if (!coder.info)
        coder.status = STATUS_MEMORY;
    else if (!setjmp(coder.failed))
        write_picture(&coder, picture, &colours, row, out);
    png_destroy_write_struct(&coder.png, &coder.info);
    free(row);
    assert(coder.status == STATUS_OK || coder.status == STATUS_MEMORY);
    return out->failed ? STATUS_MEMORY : coder.status;
}
