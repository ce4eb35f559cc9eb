/* Pictures of every kind against what Pillow makes of them (testdata/tools/pictures.py). */
#include <zlib.h>

#include "../base/content.h"
#include "../picture/exif.h"
#include "../picture/preprocess.h"
#include "guarded.h"
#include "picture_case.h"

/* A line of the table: as it is stored, and upright. */
struct expected {
    char name[64];
    size_t width[2], height[2], channels[2];
    unsigned checksum[2];
};

static FILE *open_table(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/pictures/%s", TESTDATA_DIR, name);
    FILE *table = fopen(path, "r");
    ck_assert_msg(table, "%s is not there", path);
    return table;
}

static bool next_line(FILE *table, struct expected *line) {
    return fscanf(table, "%63s %zu %zu %zu %x %zu %zu %zu %x", line->name, &line->width[0],
                  &line->height[0], &line->channels[0], &line->checksum[0], &line->width[1],
                  &line->height[1], &line->channels[1], &line->checksum[1]) == 9;
}

static void compare(const struct expected *line, const struct text *file, bool orient) {
    struct picture picture;
    struct file_error error;
    struct picture_options options = {
        .area = line->width[0] * line->height[0], .memory = SIZE_MAX, .orient = orient};
    enum status status =
        picture_read((const unsigned char *)file->data, file->length, &options, &picture, &error);
    ck_assert_msg(status == STATUS_OK, "%s: %s", line->name,
                  status == STATUS_OK ? "" : error.message);
    size_t bytes = picture.width * picture.height * picture.channels;
    unsigned checksum = (unsigned)crc32(0, picture.pixels, (uInt)bytes);
    ck_assert_msg(picture.width == line->width[orient] && picture.height == line->height[orient] &&
                      picture.channels == line->channels[orient] &&
                      checksum == line->checksum[orient],
                  "%s%s: %zux%zux%zu %08x", line->name, orient ? " upright" : "", picture.width,
                  picture.height, picture.channels, checksum);
    picture_free(&picture);
}

/* One pixel less than it has. */
static void refused_by_area(const struct expected *line, const struct text *file) {
    struct picture picture;
    struct file_error error;
    struct picture_options options = {.area = line->width[0] * line->height[0] - 1,
                                      .memory = SIZE_MAX};
    enum status status =
        picture_read((const unsigned char *)file->data, file->length, &options, &picture, &error);
    ck_assert_msg(status == STATUS_LIMIT, "%s: status %d", line->name, (int)status);
    ck_assert_str_eq(error.class, "image-limit");
    ck_assert_ptr_null(picture.pixels);
}

START_TEST(equal_to_pillow) {
    struct expected line;
    FILE *table = open_table("expected");
    int count = 0;
    for (; next_line(table, &line); count++) {
        struct text file = sample(line.name);
        compare(&line, &file, false);
        compare(&line, &file, true);
        refused_by_area(&line, &file);
        text_free(&file);
    }
    ck_assert_int_ge(count, 80);
    fclose(table);
}
END_TEST

START_TEST(real_pictures_equal_to_pillow) {
    struct expected line;
    if (!data_path("images"))
        return;
    FILE *table = open_table("expected-images");
    int count = 0;
    for (; next_line(table, &line); count++) {
        char name[80];
        snprintf(name, sizeof name, "images/%s", line.name);
        struct text file = file_text(data_path(name));
        compare(&line, &file, false);
        compare(&line, &file, true);
        text_free(&file);
    }
    ck_assert_int_eq(count, 12);
    fclose(table);
}
END_TEST

/* How much of the file is needed: of numbers in text, no blanks at the end, and of the last one,
 * a digit; of JPEG, no EOI. */
static size_t needed(const struct text *file) {
    size_t length = file->length;
    bool text = file->data[0] == 'P' && file->data[1] <= '3';
    while (text && file->data[length - 1] <= ' ')
        length--;
    while (text && file->data[1] > '1' && file->data[length - 2] > ' ')
        length--;
    return (unsigned char)file->data[0] == 0xFF ? length - 2 : length;
}

START_TEST(every_cut_is_an_error) {
    struct expected line;
    FILE *table = open_table("expected");
    while (next_line(table, &line)) {
        struct text file = sample(line.name);
        struct guarded memory = guarded_new(file.length);
        for (size_t cut = 0; cut < needed(&file); cut++) {
            struct picture picture;
            struct file_error error = {.class = "none"};
            unsigned char *bytes = memory.bytes + file.length - cut;
            memcpy(bytes, file.data, cut);
            enum status status = picture_read(bytes, cut, &as_stored, &picture, &error);
            ck_assert_msg(status == STATUS_INPUT && strcmp(error.class, "image-trunc") == 0,
                          "%s cut to %zu bytes: %d %s %s", line.name, cut, (int)status, error.class,
                          status == STATUS_OK ? "" : error.message);
            ck_assert_ptr_nonnull(strstr(error.message, "expected"));
            ck_assert_ptr_null(picture.pixels);
        }
        guarded_free(&memory);
        text_free(&file);
    }
    fclose(table);
}
END_TEST

START_TEST(other_types_are_named) {
    static const struct {
        const char *bytes, *name;
        size_t length;
    } cases[] = {
        {"GIF89a\1\0\1\0\0", "GIF", 11},
        {"RIFF\x24\0\0\0WEBPVP8 ", "WebP", 16},
        {"\0\0\0\x1c"
         "ftypavif\0\0\0\0",
         "AVIF", 16},
        {"\0\0\0\x18"
         "ftypheic\0\0\0\0",
         "HEIC", 16},
        {"BM\x46\0\0\0\0\0\0\0", "BMP", 10},
        {"II*\0\x08\0\0\0", "TIFF", 8},
        {"MM\0*\0\0\0\x08", "TIFF", 8},
        {"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000", 12},
        {"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL", 12},
        {"\n <svg xmlns='http://www.w3.org/2000/svg'/>", "SVG", 20},
        {"\xEF\xBB\xBF<?xml version='1.0'?>", "SVG", 20},
        {"<!DOCTYPE html>", "HTML", 15},
        {"%PDF-1.4", "PDF", 8},
        {"PF\n1 1\n-1\n", "PFM", 10},
        {"\x93NUMPY\1\0", "npy", 8},
        {"P8 1 1 1", "0x50", 8},
        {"hello", "0x68", 5},
        {"\0", "0x00", 1},
        {"\xFF\xD8 no", "0xFF", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct picture picture;
        struct file_error error = {.class = "none"};
        unsigned char bytes[64];
        memcpy(bytes, cases[i].bytes, cases[i].length);
        ck_assert_ptr_null(content_picture(bytes, cases[i].length));
        ck_assert_int_eq(picture_read(bytes, cases[i].length, &as_stored, &picture, &error),
                         STATUS_INPUT);
        ck_assert_str_eq(error.class, "image-unsupported");
        ck_assert_msg(strstr(error.message, cases[i].name), "%s: %s", cases[i].name, error.message);
        ck_assert_ptr_nonnull(strstr(error.message, "expected PNG"));
    }
}
END_TEST

/* ---- EXIF ---- */

/* A block of one entry. */
static struct text exif_of(bool big, unsigned tag, unsigned type, uint32_t count, uint32_t value) {
    struct text block = {0};
    text_bytes(&block, big ? "MM\0*\0\0\0\x08\0\1" : "II*\0\x08\0\0\0\1\0", 10);
    if (!big) {
        put16(&block, tag);
        put16(&block, type);
        put32(&block, count);
        put32(&block, value);
        return block;
    }
    put_big32(&block, tag << 16 | type);
    put_big32(&block, count);
    put_big32(&block, type == 3 ? value << 16 : value);
    return block;
}

static void oriented(struct text block, int orientation) {
    struct guarded memory = guarded_new(block.length);
    memcpy(memory.bytes, block.data, block.length);
    ck_assert_int_eq(exif_orientation(memory.bytes, block.length), orientation);
    for (size_t cut = 0; cut < block.length; cut++) {
        memcpy(memory.bytes + block.length - cut, block.data, cut);
        ck_assert_int_eq(exif_orientation(memory.bytes + block.length - cut, cut), 1);
    }
    guarded_free(&memory);
    text_free(&block);
}

START_TEST(orientations) {
    for (int big = 0; big < 2; big++) {
        for (uint32_t value = 1; value <= 8; value++) {
            oriented(exif_of(big, 0x0112, 3, 1, value), (int)value);
            oriented(exif_of(big, 0x0112, 4, 1, value), (int)value);
        }
        oriented(exif_of(big, 0x0112, 3, 1, 0), 1);
        oriented(exif_of(big, 0x0112, 3, 1, 9), 1);
        oriented(exif_of(big, 0x0112, 4, 1, UINT32_MAX), 1);
        oriented(exif_of(big, 0x0112, 2, 1, 6), 1);
        oriented(exif_of(big, 0x0112, 3, 2, 6), 1);
        oriented(exif_of(big, 0x0113, 3, 1, 6), 1);
    }
}
END_TEST

START_TEST(wild_exif_is_upright) {
    static const uint32_t offsets[] = {0, 7, 9, 21, 22, 23, 0x7FFFFFFF, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        struct text block = exif_of(true, 0x0112, 3, 1, 6);
        for (int shift = 24, at = 4; shift >= 0; shift -= 8, at++)
            block.data[at] = (char)(offsets[i] >> shift & 0xFF);
        oriented(block, 1);
    }
    struct text many = exif_of(false, 0x0113, 3, 1, 6); /* 65535 entries, one there */
    many.data[8] = many.data[9] = (char)0xFF;
    oriented(many, 1);
}
END_TEST

/* ---- memory ---- */

static bool fits(const struct text *file, size_t memory, bool orient, size_t *pixels) {
    struct picture picture;
    struct file_error error;
    struct picture_options options = {.area = PICTURE_AREA, .memory = memory, .orient = orient};
    enum status status =
        picture_read((const unsigned char *)file->data, file->length, &options, &picture, &error);
    ck_assert(status == STATUS_OK || status == STATUS_LIMIT);
    if (status == STATUS_LIMIT) {
        ck_assert_str_eq(error.class, "limit-memory");
        ck_assert_ptr_null(picture.pixels);
        return false;
    }
    *pixels = picture_bytes(&picture);
    picture_free(&picture);
    return true;
}

/* The fewest bytes that it is read with; *pixels: how many of them it has. */
static size_t least_memory(const char *name, bool orient, size_t *pixels) {
    struct text file = sample(name);
    size_t too_few = 0, enough = 1 << 20;
    ck_assert(fits(&file, enough, orient, pixels));
    while (enough - too_few > 1) {
        size_t middle = too_few + (enough - too_few) / 2, unused;
        if (fits(&file, middle, orient, &unused))
            enough = middle;
        else
            too_few = middle;
    }
    text_free(&file);
    return enough;
}

START_TEST(memory_is_limited) {
    static const struct {
        const char *name;
        bool orient;
        size_t times, more, most; /* of the pixels; besides them, from and to */
    } cases[] = {
        {"p6.ppm", true, 1, 0, 0},
        {"jpeg-444.jpg", true, 1, 1, 1 << 13}, /* some rows */
        {"jpeg-exif-6.jpg", false, 1, 1, 1 << 13},
        {"jpeg-exif-6.jpg", true, 2, 1, 1 << 13},    /* turned: there are two */
        {"png-2-8.png", false, 1, 1 << 15, 1 << 17}, /* zlib's window */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t pixels, least = least_memory(cases[i].name, cases[i].orient, &pixels);
        size_t own = cases[i].times * pixels;
        ck_assert_msg(least >= own + cases[i].more && least <= own + cases[i].most,
                      "%s: %zu bytes for %zu", cases[i].name, least, pixels);
    }
}
END_TEST

/* Bytes behind a picture are ignored, unless they begin another and it is to be alone. */
START_TEST(pictures_behind_one) {
    static const char *const names[] = {"png-2-8.png", "png-exif.png", "jpeg-420.jpg",
                                        "jpeg-progressive.jpg", "jpeg-exif-6.jpg"};
    for (size_t i = 0; i < 2 * (sizeof names / sizeof *names); i++) {
        struct text file = sample(names[i / 2]), next = sample("jpeg-grey.jpg");
        const struct picture_options options = {
            .area = PICTURE_AREA, .memory = SIZE_MAX, .orient = i % 2, .alone = true};
        struct picture picture;
        struct file_error error;
        text_repeat(&file, 0, 9);
        const unsigned char *bytes = (const unsigned char *)file.data;
        ck_assert_int_eq(picture_read(bytes, file.length, &options, &picture, &error), STATUS_OK);
        picture_free(&picture);
        file.length -= 9;
        text_bytes(&file, next.data, next.length);
        bytes = (const unsigned char *)file.data;
        ck_assert_int_eq(picture_read(bytes, file.length, &options, &picture, &error),
                         STATUS_INPUT);
        ck_assert_str_eq(error.class, "image-format");
        ck_assert_ptr_nonnull(strstr(error.message, "bytes follow its pixels"));
        ck_assert_uint_eq(strtoul(error.message, NULL, 10), next.length);
        ck_assert_ptr_null(picture.pixels);
        accepted_picture(&file);
        text_free(&next);
    }
}
END_TEST

/* ---- rows ---- */

/* What a network gets of the rows is what it gets of the picture in memory. */
static void compare_rows(const struct text *file, const char *name, const struct plan_image *image,
                         int channels, bool orient) {
    enum { HEIGHT = 24, WIDTH = 20 };
    const unsigned char *bytes = (const unsigned char *)file->data;
    const struct picture_options options = {
        .area = PICTURE_AREA, .memory = 1 << 20, .orient = orient};
    const struct plan_view input = {.channels = channels, .height = HEIGHT, .width = WIDTH};
    struct preprocess rules;
    struct picture picture;
    struct file_error error;
    float rows[3 * HEIGHT * WIDTH] = {0}, whole[3 * HEIGHT * WIDTH] = {0};
    ck_assert_int_eq(preprocess_resolve(image, &input, &rules, &error), STATUS_OK);
    ck_assert_int_eq(picture_read(bytes, file->length, &options, &picture, &error), STATUS_OK);
    ck_assert_int_eq(preprocess_run(&rules, &picture, SIZE_MAX, whole, &error), STATUS_OK);
    ck_assert_int_eq(preprocess_file(&rules, bytes, file->length, &options, rows, &error),
                     STATUS_OK);
    ck_assert_msg(memcmp(rows, whole, sizeof rows) == 0, "%s, preset %d, filter %d", name,
                  (int)image->preset, (int)image->filter);
    picture_free(&picture);
}

START_TEST(rows_as_they_are_decoded) {
    struct expected line;
    FILE *table = open_table("expected");
    while (next_line(table, &line)) {
        struct text file = sample(line.name);
        for (uint32_t preset = 0; preset < IMAGE_PRESETS; preset++)
            for (int k = 0; k < 4; k++) {
                struct plan_image image = {.given = 1, .preset = preset};
                if (preset != IMAGE_PRESET_darknet)
                    image.filter = (uint32_t)k + 1;
                bool grey = preset == IMAGE_PRESET_mnist || (preset == IMAGE_PRESET_NONE && k > 1);
                compare_rows(&file, line.name, &image, grey ? 1 : 3, k % 2);
            }
        text_free(&file);
    }
    fclose(table);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("picture");
    tcase_add_test(tests, equal_to_pillow);
    tcase_add_test(tests, real_pictures_equal_to_pillow);
    tcase_add_test(tests, every_cut_is_an_error);
    tcase_add_test(tests, other_types_are_named);
    tcase_add_test(tests, orientations);
    tcase_add_test(tests, wild_exif_is_upright);
    tcase_add_test(tests, pictures_behind_one);
    tcase_add_test(tests, rows_as_they_are_decoded);
    tcase_add_test(tests, memory_is_limited);
    return run_case("picture", tests);
}
