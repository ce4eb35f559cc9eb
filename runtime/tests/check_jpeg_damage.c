/* Damaged JPEG files: which touch no pixel, and are read with a note, and which do. */
#include "jpeg_case.h"

enum judgement { SOUND, NOTED, REFUSED };

/* What becomes of the file, and, when it is read, whether its pixels are those of the sample. */
static enum judgement judged(const struct text *file, const struct picture *whole, bool *same) {
    struct picture picture;
    struct file_error error;
    *same = false;
    if (picture_read((const unsigned char *)file->data, file->length, &as_stored, &picture,
                     &error) != STATUS_OK)
        return REFUSED;
    *same = picture_bytes(&picture) == picture_bytes(whole) &&
            memcmp(picture.pixels, whole->pixels, picture_bytes(whole)) == 0;
    picture_free(&picture);
    ck_assert(!error.class || strcmp(error.class, "note") == 0);
    return error.class ? NOTED : SOUND;
}

static struct picture pixels_of(const char *name) {
    struct text file = sample(name);
    return read_picture(&file);
}

/* Read with a note, to the pixels of the sample that it was made of; it is freed. */
static void noted(struct text *file, const char *name) {
    struct picture whole = pixels_of(name);
    bool same;
    ck_assert_int_eq(judged(file, &whole, &same), NOTED);
    ck_assert(same);
    picture_free(&whole);
    text_free(file);
}

static const char *const samples[] = {
    "jpeg-420.jpg",     "jpeg-444.jpg",  "jpeg-422.jpg",         "jpeg-grey.jpg",
    "jpeg-cmyk.jpg",    "jpeg-ycck.jpg", "jpeg-progressive.jpg", "jpeg-grey-progressive.jpg",
    "jpeg-restart.jpg", "jpeg-rgb.jpg"};
enum { SAMPLES = sizeof samples / sizeof *samples };

/* Before each marker but the first, by which a JPEG is known. */
START_TEST(stray_bytes) {
    const char *name = samples[_i];
    struct picture whole = pixels_of(name);
    struct text plain = sample(name);
    int places = 0;
    for (size_t at = 4; at + 1 < plain.length; at++) {
        const unsigned char *bytes = (const unsigned char *)plain.data + at;
        if (bytes[0] != 0xFF || bytes[1] < SOF0 || bytes[1] == SOI)
            continue;
        static const char letters[] = {'A', '\x55', '\0'};
        for (size_t i = 0; i < sizeof letters; i++) {
            struct text file = sample(name), stray = {0};
            bool same;
            text_repeat(&stray, letters[i], 65);
            file = spliced(&file, at, 0, &stray, 1);
            ck_assert_msg(judged(&file, &whole, &same) == NOTED && same, "%s: %zu, %02X", name, at,
                          (unsigned)letters[i]);
            text_free(&file);
            text_free(&stray);
        }
        places++;
    }
    ck_assert_int_ge(places, 5);
    picture_free(&whole);
    text_free(&plain);
}
END_TEST

/* A sequential scan has all bits of all coefficients, whatever its header says. */
START_TEST(scan_header) {
    for (size_t i = 0; i < SAMPLES; i++) {
        struct text file = sample(samples[i]);
        bool progressive = strstr(samples[i], "progressive");
        char *header = file.data + find_marker(&file, SOS, 0);
        header[2 + 3 + 2 * header[4] + 1] = 0; /* Se */
        header[2 + 3 + 2 * header[4] + 2] = progressive ? 0x10 : 0x01;
        if (progressive)
            refused_picture(&file, STATUS_INPUT, "image-format");
        else
            noted(&file, samples[i]);
    }
}
END_TEST

START_TEST(no_end) {
    for (size_t i = 0; i < SAMPLES; i++) {
        struct text file = sample(samples[i]);
        file.length -= 2;
        noted(&file, samples[i]);
        file = sample(samples[i]);
        file.length -= 4;
        refused_picture(&file, STATUS_INPUT, "image-trunc");
    }
    struct text file = sample("jpeg-420.jpg"), again = sample("jpeg-420.jpg");
    file = spliced(&file, file.length - 2, 2, &again, 1); /* another picture begins */
    noted(&file, "jpeg-420.jpg");
    text_free(&again);
}
END_TEST

START_TEST(restart_markers) {
    const char *name = "jpeg-restart.jpg";
    struct text file = sample(name), nothing = {0};
    size_t first = find_marker(&file, 0xD0, 0), second = find_marker(&file, 0xD1, 0);
    file.data[second + 1] = (char)0xD5; /* too far away to be another's */
    noted(&file, name);
    file = sample(name);
    file.data[first + 1] = (char)0xD1;
    file.data[second + 1] = (char)0xD0;
    refused_picture(&file, STATUS_INPUT, "image-format");
    file = sample(name);
    file = spliced(&file, second, 2, &nothing, 0); /* extraneous bytes, it says, of an interval */
    refused_picture(&file, STATUS_INPUT, "image-format");
    file = sample(name);
    struct text marker = slice(&file, second, second + 2);
    file = spliced(&file, second, 0, &marker, 1);
    refused_picture(&file, STATUS_INPUT, "image-trunc");
    file = sample(name);
    file = spliced(&file, first, second - first, &nothing, 0); /* an interval and its marker */
    refused_picture(&file, STATUS_INPUT, "image-format");
    text_free(&marker);
}
END_TEST

/* A scan of a progressive picture, with the tables before it, is left out, or comes twice. */
START_TEST(scans_again_or_never) {
    const char *name = "jpeg-progressive.jpg";
    struct text file = sample(name), nothing = {0};
    size_t begin = find_marker(&file, SOS, 0), end = find_marker(&file, DHT, begin);
    struct text scan = slice(&file, begin, end);
    file = spliced(&file, end, 0, &scan, 1);
    noted(&file, name);
    file = sample(name);
    size_t last = 0;
    for (size_t at = begin; at + 1 < file.length; at++)
        if ((unsigned char)file.data[at] == 0xFF && (unsigned char)file.data[at + 1] == SOS)
            last = at;
    file = spliced(&file, last, file.length - 2 - last, &nothing, 0);
    refused_picture(&file, STATUS_INPUT, "image-trunc");
    text_free(&scan);
}
END_TEST

/* Rows that the header does not count leave their bytes, which are no stray ones. */
START_TEST(bytes_of_lost_rows) {
    static const char *const names[] = {"jpeg-444.jpg", "jpeg-grey.jpg", "jpeg-420.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text file = with_extents(names[i], SOF0, 35, 9);
        refused_picture(&file, STATUS_INPUT, "image-format");
    }
}
END_TEST

/* Adobe's mark says whether four components are CMYK or YCCK; of three, nearly all are YCbCr. */
START_TEST(unknown_transform) {
    struct text file = sample("jpeg-ycck.jpg");
    file.data[find_marker(&file, 0xEE, 0) + 15] = 7;
    refused_picture(&file, STATUS_INPUT, "image-format");
}
END_TEST

/* Of files with one bit of data flipped that libjpeg warns of, few are read as if it were
 * stray. Without a warning they cannot be told. */
START_TEST(flipped_bits) {
    int wrong = 0, refused = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct picture whole = pixels_of(samples[i]);
        struct text file = sample(samples[i]);
        size_t begin = find_marker(&file, SOS, 0);
        for (size_t bit = 8 * (begin + segment_size(&file, begin)); bit < 8 * (file.length - 2);
             bit += 11) {
            bool same;
            file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
            enum judgement judgement = judged(&file, &whole, &same);
            wrong += judgement == NOTED && !same;
            refused += judgement == REFUSED;
            file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
        }
        text_free(&file);
        picture_free(&whole);
    }
    ck_assert_msg(refused > 1000 && wrong * 50 < refused, "%d, %d", wrong, refused);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("jpeg_damage");
    tcase_add_loop_test(tests, stray_bytes, 0, SAMPLES);
    tcase_add_test(tests, scan_header);
    tcase_add_test(tests, no_end);
    tcase_add_test(tests, restart_markers);
    tcase_add_test(tests, scans_again_or_never);
    tcase_add_test(tests, bytes_of_lost_rows);
    tcase_add_test(tests, unknown_transform);
    tcase_add_test(tests, flipped_bits);
    return run_case("jpeg_damage", tests);
}
