/* PNG against legal and hostile files that are made here, chunk by chunk. */
#include <time.h>
#include <zlib.h>

#include "../picture/png.h"
#include "picture_case.h"

enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6 };

static void put_chunk(struct text *file, const char *type, const void *data, size_t length) {
    put_big32(file, (uint32_t)length);
    text_add(file, type);
    text_bytes(file, data, length);
    ck_assert(!file->failed);
    const char *checked = file->data + file->length - length - 4;
    put_big32(file, (uint32_t)crc32(0, (const Bytef *)checked, (uInt)length + 4));
}

/* Signature and IHDR. */
static struct text header_of(uint32_t width, uint32_t height, int depth, int colour,
                             int interlace) {
    struct text file = {0}, ihdr = {0};
    const char rest[5] = {(char)depth, (char)colour, 0, 0, (char)interlace};
    text_bytes(&file, "\x89PNG\r\n\x1a\n", 8);
    put_big32(&ihdr, width);
    put_big32(&ihdr, height);
    text_bytes(&ihdr, rest, 5);
    put_chunk(&file, "IHDR", ihdr.data, ihdr.length);
    text_free(&ihdr);
    return file;
}

/* A zlib stream of `count` bytes. */
static struct text zlib_of(const void *bytes, size_t count, int level) {
    uLong room = compressBound((uLong)count);
    Bytef *packed = malloc(room);
    ck_assert_ptr_nonnull(packed);
    ck_assert_int_eq(compress2(packed, &room, bytes, (uLong)count, level), Z_OK);
    struct text stream = {0};
    text_bytes(&stream, (const char *)packed, room);
    free(packed);
    return stream;
}

/* IDAT of `count` bytes, all alike. */
static void put_pixels(struct text *file, char byte, size_t count) {
    struct text bytes = {0};
    text_repeat(&bytes, byte, count);
    struct text stream = zlib_of(bytes.data, count, 9);
    put_chunk(file, "IDAT", stream.data, stream.length);
    text_free(&stream);
    text_free(&bytes);
}

static void put_end(struct text *file) { put_chunk(file, "IEND", "", 0); }

/* 3 x 2 of black: each row is a filter, None, and three samples. */
static struct text good_file(void) {
    struct text file = header_of(3, 2, 8, GREY, 0);
    put_pixels(&file, 0, 8);
    put_end(&file);
    return file;
}

START_TEST(a_changed_byte_anywhere_is_an_error) {
    static const char *const names[] = {"png-2-8.png", "png-3-4-adam7.png", "png-split.png",
                                        "png-text.png"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text file = sample(names[i]);
        for (size_t at = 0; at < file.length; at++)
            for (int bit = 0; bit < 8; bit++) {
                struct picture picture;
                struct file_error error;
                file.data[at] = (char)(file.data[at] ^ 1 << bit);
                enum status status = picture_read((const unsigned char *)file.data, file.length,
                                                  &as_stored, &picture, &error);
                ck_assert_msg(status == STATUS_INPUT || status == STATUS_LIMIT,
                              "%s: bit %d of byte %zu is not seen", names[i], bit, at);
                file.data[at] = (char)(file.data[at] ^ 1 << bit);
            }
        text_free(&file);
    }
}
END_TEST

START_TEST(extents) {
    static const struct {
        uint32_t width, height;
        enum status status;
        const char *class;
    } cases[] = {
        {65536, 65536, STATUS_LIMIT, "image-limit"},
        {46000, 46000, STATUS_LIMIT, "image-limit"},
        {65501, 1, STATUS_LIMIT, "image-limit"},
        {1, 65501, STATUS_LIMIT, "image-limit"},
        {1, 1 << 27, STATUS_LIMIT, "image-limit"},
        {65500, 2050, STATUS_LIMIT, "image-limit"},
        {65500, 2049, STATUS_INPUT, "image-format"}, /* 2^27 - 8228 */
        {2049, 65500, STATUS_INPUT, "image-format"},
        {0x7FFFFFFF, 1, STATUS_LIMIT, "image-limit"},
        {1, 0x7FFFFFFF, STATUS_LIMIT, "image-limit"},
        {0x7FFFFFFF, 0x7FFFFFFF, STATUS_LIMIT, "image-limit"},
        {0x80000000, 1, STATUS_INPUT, "image-format"},
        {1, 0xFFFFFFFF, STATUS_INPUT, "image-format"},
        {0, 5, STATUS_INPUT, "image-format"},
        {5, 0, STATUS_INPUT, "image-format"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text file = header_of(cases[i].width, cases[i].height, 1, GREY, 0);
        put_chunk(&file, "IDAT", "no zlib", 7); /* that would be an error, were it looked at */
        put_end(&file);
        refused_picture(&file, cases[i].status, cases[i].class);
    }
}
END_TEST

START_TEST(more_or_fewer_pixels) {
    for (size_t count = 0; count <= 16; count++) {
        struct text file = header_of(3, 2, 8, GREY, 0);
        put_pixels(&file, 0, count);
        put_end(&file);
        if (count == 8)
            accepted_picture(&file);
        else
            refused_picture(&file, STATUS_INPUT, "image-format");
    }
}
END_TEST

START_TEST(headers) {
    for (int depth = 0; depth <= 17; depth++)
        for (int colour = 0; colour <= 7; colour++) {
            bool small = depth == 1 || depth == 2 || depth == 4;
            bool legal = depth == 8    ? colour <= 6 && colour != 1 && colour != 5
                         : depth == 16 ? colour == GREY || colour == RGB || colour == GREY_ALPHA ||
                                             colour == RGBA
                                       : small && (colour == GREY || colour == PALETTE);
            static const size_t channels[] = {1, 1, 3, 1, 2, 1, 4, 1};
            for (int interlace = 0; interlace < 3; interlace++) {
                struct text file = header_of(1, 1, depth, colour, interlace);
                if (colour == PALETTE)
                    put_chunk(&file, "PLTE", "\x05\x06\x07", 3);
                put_pixels(&file, 0, 1 + ((size_t)depth * channels[colour] + 7) / 8);
                put_end(&file);
                if (legal && interlace < 2)
                    accepted_picture(&file);
                else
                    refused_picture(&file, STATUS_INPUT, "image-format");
            }
        }
    struct text file = good_file();
    refused_bytes(file.data, 33, STATUS_INPUT, "image-trunc"); /* IHDR alone */
    text_free(&file);
}
END_TEST

START_TEST(palettes) {
    static const struct {
        const char *name;
        size_t colours, alphas;
        char pixel;
        bool good;
    } cases[] = {
        {"no palette", 0, 0, 0, false},     {"one colour", 3, 0, 0, true},
        {"beyond it", 3, 0, 1, false},      {"the last", 9, 0, 2, true},
        {"all of it", 768, 256, -1, true},  {"257 colours", 771, 0, 0, false},
        {"half a colour", 4, 0, 0, false},  {"alpha", 9, 3, 2, true},
        {"too much alpha", 9, 4, 2, false},
    };
    static char zeros[1024];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text file = header_of(1, 1, 8, PALETTE, 0);
        if (cases[i].colours)
            put_chunk(&file, "PLTE", zeros, cases[i].colours);
        if (cases[i].alphas)
            put_chunk(&file, "tRNS", zeros, cases[i].alphas);
        const char row[2] = {0, cases[i].pixel};
        struct text stream = zlib_of(row, 2, 9);
        put_chunk(&file, "IDAT", stream.data, stream.length);
        text_free(&stream);
        put_end(&file);
        if (cases[i].good)
            accepted_picture(&file);
        else
            refused_picture(&file, STATUS_INPUT, "image-format");
    }
}
END_TEST

/* A file of these chunks, of one pixel with a palette. */
static struct text file_of(const char *order) {
    struct text file = {0};
    text_bytes(&file, "\x89PNG\r\n\x1a\n", 8);
    for (; *order; order++) {
        switch (*order) {
        case 'H':
            put_chunk(&file, "IHDR", "\0\0\0\1\0\0\0\1\x08\3\0\0\0", 13);
            break;
        case 'p':
            put_chunk(&file, "PLTE", "abc", 3);
            break;
        case 't':
            put_chunk(&file, "tRNS", "\x80", 1);
            break;
        case 'x':
            put_chunk(&file, "tEXt", "Title\0x", 7);
            break;
        case 'D':
            put_pixels(&file, 0, 2);
            break;
        case 'E':
            put_end(&file);
            break;
        case '0': /* an empty one */
            put_chunk(&file, "IDAT", "", 0);
            break;
        case '?': /* critical and unknown */
            put_chunk(&file, "ABCD", "", 0);
            break;
        default: /* and not critical */
            put_chunk(&file, "abCD", "", 0);
            break;
        }
    }
    return file;
}

START_TEST(chunks_in_order) {
    static const char *const good[] = {"HpDE",   "HptDE",    "HxpxtxDxE", "Hp0DE",
                                       "HpDEDE", "HpDEHpDE", "H.p.D.E."};
    static const char *const bad[] = {"pDE", "HHpDE", "HpHDE", "HDpE",   "HppDE", "HtpDE", "HpE",
                                      "DE",  "HpDHE", "HpDpE", "HpDxDE", "H?pDE", "HpD?E", "EHpDE"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct text file = file_of(good[i]);
        accepted_picture(&file);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct text file = file_of(bad[i]);
        refused_picture(&file, STATUS_INPUT, "image-format");
    }
    struct text file = file_of("HpD");
    refused_picture(&file, STATUS_INPUT, "image-trunc");
    file = file_of("HpDE");
    text_bytes(&file, "PK\x03\x04", 4); /* a ZIP behind it, as polyglots have */
    accepted_picture(&file);
}
END_TEST

START_TEST(chunks_beyond_their_file) {
    static const uint32_t lengths[] = {0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int chunk = 0; chunk < 2; chunk++) {
            struct text file = file_of("Hp");
            put_big32(&file, lengths[i]);
            text_add(&file, chunk ? "tEXt" : "IDAT");
            text_repeat(&file, 'x', 100);
            refused_picture(&file, STATUS_INPUT,
                            lengths[i] > 0x7FFFFFFF ? "image-format" : "image-trunc");
        }
}
END_TEST

START_TEST(zlib_streams) {
    static const struct {
        const char *name, *bytes;
        size_t length;
    } cases[] = {
        {"no zlib", "\xFF\xFF\x03\x00", 4},
        {"method 7", "\x77\x85\x03\0\0\0\0\1", 8},
        {"preset dictionary", "\x78\x20\0\0\0\1\x03\0\0\0\0\1", 12},
        {"distance too far", "\x78\x01\x03\x02\0\0\0\0\1", 9},
        {"block type 3", "\x78\x01\x07\0\0\0\0\1", 8},
        {"stored length", "\x78\x01\x01\x02\0\0\0\0\0\0\0\0\1", 13},
        {"good", "\x78\x01\x01\x02\0\xFD\xFF\0\0\0\2\0\1", 13},
        {"Adler-32", "\x78\x01\x01\x02\0\xFD\xFF\0\0\0\2\0\2", 13},
        {"more behind it", "\x78\x01\x01\x02\0\xFD\xFF\0\0\0\2\0\1.", 14},
        {"no end", "\x78\x01\0\x02\0\xFD\xFF\0\0", 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text file = file_of("Hp");
        put_chunk(&file, "IDAT", cases[i].bytes, cases[i].length);
        put_end(&file);
        if (strcmp(cases[i].name, "good") == 0)
            accepted_picture(&file);
        else
            refused_picture(&file, STATUS_INPUT, "image-format");
    }
}
END_TEST

START_TEST(filter_beyond_paeth) {
    struct text file = header_of(1, 1, 8, GREY, 0);
    put_pixels(&file, 5, 2);
    put_end(&file);
    refused_picture(&file, STATUS_INPUT, "image-format");
}
END_TEST

START_TEST(very_many_chunks) {
    struct text file = file_of("Hp"), stream = {0};
    for (int i = 0; i < 1000000; i++)
        put_chunk(&file, "tEXt", "a\0b", 3);
    put_pixels(&file, 0, 2);
    put_end(&file);
    accepted_picture(&file);
    file = header_of(300, 400, 8, GREY, 0);
    char *rows = calloc(301, 400);
    ck_assert_ptr_nonnull(rows);
    stream = zlib_of(rows, (size_t)301 * 400, 0);
    ck_assert_uint_gt(stream.length, 100000);
    for (size_t i = 0; i < stream.length; i++)
        put_chunk(&file, "IDAT", stream.data + i, 1);
    put_end(&file);
    accepted_picture(&file);
    text_free(&stream);
    free(rows);
}
END_TEST

/* What would inflate to gigabytes, or takes megabytes as it is, is skipped. */
START_TEST(large_text_and_profiles) {
    static const char *const types[] = {"zTXt", "iCCP", "iTXt", "eXIf"};
    size_t length = (size_t)60 << 20;
    char *zeros = calloc(length, 1);
    ck_assert_ptr_nonnull(zeros);
    struct text stream = zlib_of(zeros, length, 1), chunk = {0};
    text_bytes(&chunk, "a\0\0", 3);
    text_bytes(&chunk, stream.data, stream.length);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct text file = file_of("H");
        put_chunk(&file, types[i], chunk.data, chunk.length);
        if (i < 2)
            put_chunk(&file, types[i], zeros, length);
        put_chunk(&file, "PLTE", "abc", 3);
        put_pixels(&file, 0, 2);
        put_end(&file);
        accepted_picture(&file);
    }
    text_free(&chunk);
    text_free(&stream);
    free(zeros);
}
END_TEST

START_TEST(what_is_written_is_read) {
    unsigned seed = (unsigned)time(NULL);
    srand(seed);
    for (int round = 0; round < 50; round++) {
        struct picture picture, again;
        struct file_error error;
        struct text file = {0};
        size_t channels = round % 2 ? 3 : 1;
        ck_assert_int_eq(picture_make((size_t)rand() % 70 + 1, (size_t)rand() % 70 + 1, channels,
                                      &as_stored, &picture, &error),
                         STATUS_OK);
        size_t bytes = picture.width * picture.height * channels;
        for (size_t i = 0; i < bytes; i++)
            picture.pixels[i] = (uint8_t)(rand() >> 8);
        ck_assert_int_eq(png_encode(&picture, &file), STATUS_OK);
        again = read_picture(&file);
        ck_assert_msg(again.width == picture.width && again.height == picture.height &&
                          again.channels == channels &&
                          memcmp(again.pixels, picture.pixels, bytes) == 0,
                      "seed %u, round %d", seed, round);
        picture_free(&again);
        picture_free(&picture);
    }
}
END_TEST

/* A palette where it has room for all colours, and the same pixels in any case. */
START_TEST(few_colours_are_a_palette) {
    for (size_t count = 1; count <= 258; count += count < 255 ? 127 : 1) {
        uint8_t pixels[2 * 258 * 3];
        const struct picture picture = {
            .width = count, .height = 2, .channels = 3, .pixels = pixels};
        struct text file = {0};
        for (size_t i = 0; i < 2 * count; i++) {
            size_t colour = i < count ? i : 2 * count - 1 - i;
            pixels[3 * i] = (uint8_t)(colour % 7 * 36);
            pixels[3 * i + 1] = (uint8_t)(colour / 7);
            pixels[3 * i + 2] = (uint8_t)(255 - colour % 256);
        }
        ck_assert_int_eq(png_encode(&picture, &file), STATUS_OK);
        ck_assert_int_eq(file.data[25], count <= 256 ? 3 : 2); /* IHDR's colour type */
        struct picture again = read_picture(&file);
        ck_assert_uint_eq(again.width, count);
        ck_assert_uint_eq(again.channels, 3);
        ck_assert_mem_eq(again.pixels, pixels, 6 * count);
        picture_free(&again);
    }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("png");
    tcase_add_test(tests, a_changed_byte_anywhere_is_an_error);
    tcase_add_test(tests, extents);
    tcase_add_test(tests, more_or_fewer_pixels);
    tcase_add_test(tests, headers);
    tcase_add_test(tests, palettes);
    tcase_add_test(tests, chunks_in_order);
    tcase_add_test(tests, chunks_beyond_their_file);
    tcase_add_test(tests, zlib_streams);
    tcase_add_test(tests, filter_beyond_paeth);
    tcase_add_test(tests, very_many_chunks);
    tcase_add_test(tests, large_text_and_profiles);
    tcase_add_test(tests, what_is_written_is_read);
    tcase_add_test(tests, few_colours_are_a_palette);
    return run_case("png", tests);
}
