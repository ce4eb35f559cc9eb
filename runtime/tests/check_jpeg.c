/* JPEG against hostile files: samples with markers changed, cut out or repeated. */
#include "../picture/jpeg.h"
#include "jpeg_case.h"

/* A progressive file with its second scan `times` times more before its end, each a first one to
 * the last bit, so that repeating it is no damage. */
static struct text many_scans(int times) {
    struct text file = sample("jpeg-grey-progressive.jpg");
    size_t first = find_marker(&file, DHT, find_marker(&file, SOS, 0) + 2);
    size_t begin = find_marker(&file, SOS, first), end = find_marker(&file, DHT, begin);
    struct text tables = slice(&file, first, begin), scan = slice(&file, begin, end);
    scan.data[4 + 1 + 2 + 2] = 0; /* Ah, Al: behind one component, Ss, Se */
    struct text longer = spliced(&file, file.length - 2, 0, &tables, 1);
    longer = spliced(&longer, longer.length - 2, 0, &scan, times);
    text_free(&tables);
    text_free(&scan);
    return longer;
}

START_TEST(scans_are_limited) {
    struct text file = many_scans(400);
    accepted_picture(&file);
    file = many_scans(80000);
    refused_picture(&file, STATUS_LIMIT, "image-limit");
}
END_TEST

START_TEST(extents) {
    struct text file = with_extents("jpeg-progressive.jpg", SOF2, 65500, 65500);
    refused_picture(&file, STATUS_LIMIT, "image-limit");
    file = with_extents("jpeg-420.jpg", SOF0, 65500, 65500);
    refused_picture(&file, STATUS_LIMIT, "image-limit");
    file = with_extents("jpeg-420.jpg", SOF0, 65535, 1); /* libjpeg's own limit */
    refused_picture(&file, STATUS_LIMIT, "image-limit");
    file = with_extents("jpeg-420.jpg", SOF0, 35, 0); /* DNL would tell */
    refused_picture(&file, STATUS_INPUT, "image-unsupported");
    file = with_extents("jpeg-420.jpg", SOF0, 0, 19);
    refused_picture(&file, STATUS_INPUT, "image-format");
    file = with_extents("jpeg-420.jpg", SOF0, 35, 190); /* rows that are not there */
    refused_picture(&file, STATUS_INPUT, "image-trunc");
    file = with_extents("jpeg-progressive.jpg", SOF2, 11000, 12000); /* nor memory for them */
    refused_picture(&file, STATUS_INPUT, "image-trunc");
}
END_TEST

START_TEST(half_the_rows) {
    static const char *const names[] = {"jpeg-444.jpg", "jpeg-grey.jpg", "jpeg-cmyk.jpg",
                                        "jpeg-progressive.jpg", "jpeg-restart.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text file = sample(names[i]);
        size_t begin = find_marker(&file, SOS, 0), half = (begin + file.length) / 2;
        file.length = half;
        text_bytes(&file, "\xFF\xD9", 2);
        struct picture picture;
        struct file_error error;
        ck_assert_msg(picture_read((const unsigned char *)file.data, file.length, &as_stored,
                                   &picture, &error) == STATUS_INPUT,
                      "%s", names[i]);
        ck_assert(strcmp(error.class, "image-trunc") == 0 ||
                  strcmp(error.class, "image-format") == 0);
        text_free(&file);
    }
}
END_TEST

START_TEST(kinds_that_are_not_read) {
    static const unsigned char frames[] = {0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF};
    for (size_t i = 0; i < sizeof frames; i++) {
        struct text file = sample("jpeg-444.jpg");
        file.data[find_marker(&file, SOF0, 0) + 1] = (char)frames[i];
        refused_picture(&file, STATUS_INPUT, "image-unsupported");
    }
    struct text file = sample("jpeg-444.jpg");
    file.data[find_marker(&file, SOF0, 0) + 4] = 12; /* bits */
    refused_picture(&file, STATUS_INPUT, "image-unsupported");
    static const char two[] = "\xFF\xD8\xFF\xC0\0\x0E\x08\0\x08\0\x08\2\1\x11\0\2\x11\0"
                              "\xFF\xDA\0\x0A\2\1\0\2\0\0\x3F\0\0\xFF\xD9";
    refused_bytes(two, sizeof two - 1, STATUS_INPUT, "image-unsupported");
}
END_TEST

static struct text without(const char *name, int marker) {
    struct text file = sample(name), nothing = {0};
    size_t at = find_marker(&file, marker, 0);
    return spliced(&file, at, segment_size(&file, at), &nothing, 0);
}

START_TEST(missing_markers) {
    struct text file = without("jpeg-444.jpg", DQT);
    refused_picture(&file, STATUS_INPUT, "image-format");
    file = without("jpeg-progressive.jpg", DHT);
    refused_picture(&file, STATUS_INPUT, "image-format");
    file = without("jpeg-444.jpg", SOF0);
    refused_picture(&file, STATUS_INPUT, "image-format");
    file = without("jpeg-444.jpg", SOS);
    refused_picture(&file, STATUS_INPUT, "image-format");
    refused_bytes("\xFF\xD8\xFF\xD9", 4, STATUS_INPUT, "image-format");
    refused_bytes("\xFF\xD8\xFF\xD8\xFF\xD9", 6, STATUS_INPUT, "image-format");
}
END_TEST

START_TEST(tables_again_and_again) {
    struct text file = sample("jpeg-444.jpg");
    size_t at = find_marker(&file, DHT, 0);
    struct text table = slice(&file, at, at + segment_size(&file, at));
    file = spliced(&file, at, 0, &table, 10000);
    accepted_picture(&file);
    text_free(&table);
}
END_TEST

static struct text with_segment(const char *name, const char *bytes, size_t length, int times) {
    struct text file = sample(name), segment = {0};
    text_bytes(&segment, bytes, length);
    file = spliced(&file, 2, 0, &segment, times);
    text_free(&segment);
    return file;
}

START_TEST(restart_intervals) {
    struct text file = with_segment("jpeg-444.jpg", "\xFF\xDD\0\4\0\0", 6, 1);
    accepted_picture(&file);
    file = with_segment("jpeg-444.jpg", "\xFF\xDD\0\4\0\1", 6, 1); /* with no restarts */
    refused_picture(&file, STATUS_INPUT, "image-format");
    file = with_segment("jpeg-444.jpg", "\xFF\xDD\0\5\0\1\1", 7, 1);
    refused_picture(&file, STATUS_INPUT, "image-format");
    file = sample("jpeg-restart.jpg"); /* with restarts, and no interval */
    size_t at = find_marker(&file, 0xDD, 0);
    file.data[at + 5] = 0;
    refused_picture(&file, STATUS_INPUT, "image-trunc");
    file = sample("jpeg-restart.jpg"); /* one out of turn */
    file.data[find_marker(&file, 0xD1, 0) + 1] = (char)0xD2;
    refused_picture(&file, STATUS_INPUT, "image-format");
}
END_TEST

START_TEST(large_segments) {
    struct text segment = {0};
    text_bytes(&segment, "\xFF\xE2\xFF\xFF", 4);
    text_repeat(&segment, 'x', 0xFFFF - 2);
    struct text file = with_segment("jpeg-444.jpg", segment.data, segment.length, 300);
    accepted_picture(&file);
    text_free(&segment);
    file = with_segment("jpeg-444.jpg", "\xFF\xC4\0\1", 4, 1); /* less than its own two bytes */
    refused_picture(&file, STATUS_INPUT, "image-format");
    file = sample("jpeg-444.jpg");
    text_repeat(&file, 0, 1000); /* behind EOI, as cameras write */
    accepted_picture(&file);
}
END_TEST

/* An orientation that points out of its marker: not read, whatever stands there. */
START_TEST(exif_stays_in_its_marker) {
    static const char exif[] = "\xFF\xE1\0\x10"
                               "Exif\0\0"
                               "MM\0*\0\0\0\x08";
    struct text file = with_segment("jpeg-444.jpg", exif, sizeof exif - 1, 1);
    struct picture picture;
    struct file_error error;
    size_t length = 0;
    struct picture_options upright = {.area = PICTURE_AREA, .memory = SIZE_MAX, .orient = true};
    const unsigned char *bytes = (const unsigned char *)file.data;
    ck_assert_ptr_eq(jpeg_exif(bytes, file.length, &length), bytes + 12);
    ck_assert_uint_eq(length, 8);
    ck_assert_int_eq(picture_read(bytes, file.length, &upright, &picture, &error), STATUS_OK);
    ck_assert_uint_eq(picture.width, 35);
    picture_free(&picture);
    for (size_t cut = 0; cut < 20; cut++)
        ck_assert_ptr_null(jpeg_exif(bytes, cut, &length));
    text_free(&file);
}
END_TEST

/* Of a progressive one the coefficients are kept, two bytes each. */
START_TEST(coefficients_are_limited) {
    struct text file = with_extents("jpeg-progressive.jpg", SOF2, 2000, 2000);
    const unsigned char *bytes = (const unsigned char *)file.data;
    struct picture_options options = {.area = PICTURE_AREA, .memory = 2000 * 2000 * (3 + 3)};
    struct picture picture;
    struct file_error error;
    ck_assert_int_eq(picture_read(bytes, file.length, &options, &picture, &error), STATUS_LIMIT);
    ck_assert_str_eq(error.class, "limit-memory");
    ck_assert_ptr_null(picture.pixels);
    options.memory = 2000 * 2000 * (3 + 2 * 3) + (1 << 20);
    ck_assert_int_eq(picture_read(bytes, file.length, &options, &picture, &error), STATUS_INPUT);
    text_free(&file);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("jpeg");
    tcase_add_test(tests, scans_are_limited);
    tcase_add_test(tests, coefficients_are_limited);
    tcase_add_test(tests, extents);
    tcase_add_test(tests, half_the_rows);
    tcase_add_test(tests, kinds_that_are_not_read);
    tcase_add_test(tests, missing_markers);
    tcase_add_test(tests, tables_again_and_again);
    tcase_add_test(tests, restart_intervals);
    tcase_add_test(tests, large_segments);
    tcase_add_test(tests, exif_stays_in_its_marker);
    return run_case("jpeg", tests);
}
