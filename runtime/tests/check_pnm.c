/* PNM and PAM, header by header. */
#include "../picture/pnm.h"
#include "picture_case.h"

/* Of a string, without its NUL. */
#define BYTES(string) string, sizeof(string) - 1

START_TEST(refused_files) {
    static const struct {
        const char *bytes;
        size_t length;
        const char *class;
    } cases[] = {
        /* the largest sample */
        {BYTES("P6\n1 1\n0\nabc"), "image-format"},
        {BYTES("P6\n1 1\n65536\nabcdef"), "image-format"},
        {BYTES("P6\n1 1\n-255\nabc"), "image-format"},
        {BYTES("P6\n1 1\n18446744073709551616\nabc"), "image-format"},
        {BYTES("P6\n1 1\n2.5\nabc"), "image-format"},
        /* extents */
        {BYTES("P6\n-1 1\n255\nabc"), "image-format"},
        {BYTES("P6\n+1 1\n255\nabc"), "image-format"},
        {BYTES("P6\n0 1\n255\n"), "image-format"},
        {BYTES("P6\n1 0\n255\n"), "image-format"},
        {BYTES("P6\n1e1 1\n255\nabc"), "image-format"},
        {BYTES("P6\n0x1 1\n255\nabc"), "image-format"},
        {BYTES("P6\n1000000000000000000000000000000 1\n255\nabc"), "image-format"},
        {BYTES("P6\n9223372036854775807 9223372036854775807\n255\nabc"), "image-trunc"},
        {BYTES("P6\n60000 60000\n255\n0123456789"), "image-trunc"},
        {BYTES("P3\n60000 60000\n255\n0123456789"), "image-trunc"},
        {BYTES("P1\n60000 60000\n0123456789"), "image-trunc"},
        {BYTES("P6\nabc"), "image-format"},
        {BYTES("P6\n1\n255\nabc"), "image-format"},
        {BYTES("P6\n1 1\n"), "image-trunc"},
        {BYTES("P6\n1 1"), "image-trunc"},
        {BYTES("P6 "), "image-trunc"},
        {BYTES("P6 1 1 255"), "image-trunc"},
        {BYTES("P6 1 1 255x"), "image-format"},
        /* comments */
        {BYTES("P6#never ends 1 1 255 abc"), "image-trunc"},
        {BYTES("P6\n1 1\n255#never ends"), "image-trunc"},
        /* pixels */
        {BYTES("P6\n1 1\n255\nab"), "image-trunc"},
        {BYTES("P6\n1 1\n255\nabcd"), "image-format"},
        {BYTES("P6\n1 1\n255\nabcP6\n1 1\n255\nabc"), "image-format"},
        {BYTES("P6\n1 1\n256\nabcde"), "image-trunc"},
        {BYTES("P4\n9 1\na"), "image-trunc"},
        {BYTES("P4\n8 1\nab"), "image-format"},
        {BYTES("P1\n2 2\n0 1 1"), "image-trunc"},
        {BYTES("P1\n2 2\n0 1 1 2"), "image-format"},
        {BYTES("P1\n2 2\n0 1 1 1 1"), "image-format"},
        {BYTES("P2\n2 1\n9\n1 10"), "image-format"},
        {BYTES("P2\n2 1\n9\n1 x"), "image-format"},
        {BYTES("P2\n2 1\n9\n1 -1"), "image-format"},
        {BYTES("P2\n2 1\n9\n11\n"), "image-format"},
        {BYTES("P2\n2 1\n9\n1\n "), "image-trunc"},
        {BYTES("P2\n1 1\n9\n1 2"), "image-format"},
        {BYTES("P2\n2 1\n9\n1#2"), "image-trunc"},
        /* PAM */
        {BYTES("P7 332\n#XVVERSION\n"), "image-format"},
        {BYTES("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nabc"), "image-trunc"},
        {BYTES("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nDEEP 3\nENDHDR\nabc"), "image-format"},
        {BYTES("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\nabcde"), "image-format"},
        {BYTES("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 0\nMAXVAL 255\nENDHDR\n"), "image-format"},
        {BYTES("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 0\nENDHDR\nabc"), "image-format"},
        {BYTES("P7\nWIDTH x\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nENDHDR\nabc"), "image-format"},
        {BYTES("P7\nWIDTH1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nENDHDR\nabc"), "image-format"},
        {BYTES("P7\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nENDHDR\nabc"), "image-format"},
        {BYTES("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE CMYK\nENDHDR\nabcd"),
         "image-unsupported"},
        {BYTES("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nENDHDR\nab"), "image-trunc"},
        {BYTES("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nENDHDR\nabcd"), "image-format"},
        {BYTES("P7\n"), "image-trunc"},
        {BYTES("P7\nENDHDR\n"), "image-format"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused_bytes(cases[i].bytes, cases[i].length, STATUS_INPUT, cases[i].class);
}
END_TEST

START_TEST(too_large) {
    struct text file = {0};
    text_add(&file, "P4\n65536 4096\n"); /* 32 MiB of bits */
    text_repeat(&file, 0, (size_t)65536 / 8 * 4096);
    refused_picture(&file, STATUS_LIMIT, "image-limit");
    for (int wide = 0; wide < 2; wide++)
        for (int side = 65500; side <= 65501; side++) {
            text_format(&file, "P5\n%d %d\n255\n", wide ? side : 1, wide ? 1 : side);
            text_repeat(&file, 0, (size_t)side);
            if (side == 65500)
                accepted_picture(&file);
            else
                refused_picture(&file, STATUS_LIMIT, "image-limit");
        }
}
END_TEST

START_TEST(accepted_files) {
    static const struct {
        const char *bytes;
        size_t length;
        size_t width, height, channels;
        const char *pixels;
    } cases[] = {
        {BYTES("P6\n1 1\n255\nabc"), 1, 1, 3, "abc"},
        {BYTES("P6 1 1 255 abc"), 1, 1, 3, "abc"},
        {BYTES("P6#\n#x\n1#y\r1#z\n\t\v255#w\nabc"), 1, 1, 3, "abc"},
        {BYTES("P6\n0001 01\n0255\n\n\n\n"), 1, 1, 3, "\n\n\n"},
        {BYTES("P5\n2 1\n1\n\0\1"), 2, 1, 1, "\x00\xFF"},
        {BYTES("P5\n2 1\n1\n\2\1"), 2, 1, 1, "\xFF\xFF"}, /* beyond it, as Pillow has it */
        {BYTES("P5\n2 1\n65535\n\xFF\xFF\x01\x00"), 2, 1, 1, "\xFF\x01"},
        {BYTES("P5\n2 1\n65535\n\x00\x80\x00\x81"), 2, 1, 1, "\x00\x01"},
        {BYTES("P5\n2 1\n2\n\1\0"), 2, 1, 1, "\x80\x00"}, /* 127.5 to the even */
        {BYTES("P4\n9 2\n\x80\x80\x7F\x00"), 9, 2, 1,
         "\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\xFF\x00\x00\x00\x00\x00\x00\x00\xFF"},
        {BYTES("P1 2 2 0110"), 2, 2, 1, "\xFF\x00\x00\xFF"},
        {BYTES("P1 2 2 0 1#2 2\n1\n0 # end"), 2, 2, 1, "\xFF\x00\x00\xFF"},
        {BYTES("P2 2 1 255 97\n98\n"), 2, 1, 1, "ab"},
        {BYTES("P2 2 1 65535 65535\t00000257"), 2, 1, 1, "\xFF\x01"},
        {BYTES("P3 1 1 255 97 98 99"), 1, 1, 3, "abc"},
        {BYTES("P7\nWIDTH 1\nHEIGHT 2\nDEPTH 2\nMAXVAL 255\nENDHDR\naxbx"), 1, 2, 1, "ab"},
        {BYTES("P7\n#c\n\nHEIGHT 1\n WIDTH  1 \nMAXVAL 255\nDEPTH 4\nTUPLTYPE "
               "RGB_ALPHA\nENDHDR\nabcx"),
         1, 1, 3, "abc"},
        {BYTES("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n\0\1"), 2,
         1, 1, "\x00\xFF"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text file = {0};
        text_bytes(&file, cases[i].bytes, cases[i].length);
        struct picture picture = read_picture(&file);
        ck_assert_uint_eq(picture.width, cases[i].width);
        ck_assert_uint_eq(picture.height, cases[i].height);
        ck_assert_uint_eq(picture.channels, cases[i].channels);
        size_t bytes = picture.width * picture.height * picture.channels;
        ck_assert_msg(memcmp(picture.pixels, cases[i].pixels, bytes) == 0, "case %zu", i);
        picture_free(&picture);
    }
}
END_TEST

/* Of a picture in a stream whose bytes come one by one. */
START_TEST(size_is_known_when_the_header_is_whole) {
    static const struct {
        const char *bytes;
        size_t length, header;
    } cases[] = {{BYTES("P4 9 2\nabcd"), 7},
                 {BYTES("P5#c\n2 2 255\nabcd"), 13},
                 {BYTES("P6 1 1 65535#c\nabcdef"), 15},
                 {BYTES("P7\nWIDTH 1\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nENDHDR\nabcdefgh"), 46}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t n = 0; n <= cases[i].length + 1; n++) { /* the NUL is the next picture's */
            struct file_error error;
            size_t size = 0;
            enum status status =
                pnm_size((const unsigned char *)cases[i].bytes, n, PICTURE_AREA, &size, &error);
            ck_assert_msg((status == STATUS_OK) == (n >= cases[i].header), "case %zu, %zu", i, n);
            if (status == STATUS_OK)
                ck_assert_uint_eq(size, cases[i].length);
            else
                ck_assert_str_eq(error.class, "image-trunc");
        }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("pnm");
    tcase_add_test(tests, refused_files);
    tcase_add_test(tests, too_large);
    tcase_add_test(tests, accepted_files);
    tcase_add_test(tests, size_is_known_when_the_header_is_whole);
    return run_case("pnm", tests);
}
