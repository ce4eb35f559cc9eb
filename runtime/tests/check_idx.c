/* IDX against legal and hostile files, as they are and in gzip. */
#include <zlib.h>

#include "../weights/idx.h"
#include "weights_case.h"

enum { MOST = 1 << 20 };

/* A header of bytes: type 8 and these extents. */
static struct text header_of(int rank, const uint32_t *extents) {
    struct text file = {0};
    const char prefix[] = {0, 0, 8, (char)rank};
    text_bytes(&file, prefix, 4);
    for (int i = 0; i < rank; i++)
        for (int shift = 24; shift >= 0; shift -= 8)
            text_repeat(&file, (char)(extents[i] >> shift & 0xFF), 1);
    return file;
}

/* 3 pictures of 2 x 5 with 0, 1, 2, ... in them. */
static struct text good_file(void) {
    struct text file = header_of(3, (const uint32_t[]){3, 2, 5});
    for (int i = 0; i < 30; i++)
        text_repeat(&file, (char)i, 1);
    return file;
}

/* The same bytes in gzip; the plain ones are freed. */
static struct text gzip_of(struct text *plain) {
    static char room[1 << 17];
    z_stream stream = {.next_in = (Bytef *)plain->data,
                       .avail_in = (uInt)plain->length,
                       .next_out = (Bytef *)room,
                       .avail_out = sizeof room};
    ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    struct text file = {0};
    text_bytes(&file, room, sizeof room - stream.avail_out);
    deflateEnd(&stream);
    text_free(plain);
    return file;
}

static void accepted(struct text *file) {
    struct idx idx;
    struct file_error error;
    unsigned char *memory;
    const unsigned char *bytes = exact_copy(file, 0, &memory);
    ck_assert(idx_sniff(bytes, file->length));
    enum status status = idx_read(bytes, file->length, MOST, &idx, &error);
    ck_assert_msg(status == STATUS_OK, "%s", status == STATUS_OK ? "" : error.message);
    ck_assert_int_eq(idx.rank, 3);
    ck_assert_uint_eq(idx.extents[0], 3);
    ck_assert_uint_eq(idx.extents[1], 2);
    ck_assert_uint_eq(idx.extents[2], 5);
    ck_assert_uint_eq(idx.count, 30);
    for (size_t i = 0; i < idx.count; i++)
        ck_assert_uint_eq(idx.data[i], i);
    idx_close(&idx);
    ck_assert_ptr_null(idx.data);
    free(memory);
    text_free(file);
}

/* Is it refused? It is freed. */
static void refused_idx(struct text *file, enum status status, const char *class) {
    struct idx idx;
    struct file_error error = {.class = "none"};
    unsigned char *memory;
    const unsigned char *bytes = exact_copy(file, 0, &memory);
    enum status got = idx_read(bytes, file->length, MOST, &idx, &error);
    ck_assert_msg(got == status && strcmp(error.class, class) == 0,
                  "%zu bytes: %d %s, wanted %d %s: %s", file->length, (int)got, error.class,
                  (int)status, class, got == STATUS_OK ? "accepted" : error.message);
    ck_assert_ptr_nonnull(strstr(error.message, "expected"));
    ck_assert_ptr_null(idx.inflated);
    free(memory);
    text_free(file);
}

/* Plain and in gzip. */
static void refused_both(struct text *file, enum status status, const char *class) {
    struct text copy = {0};
    text_bytes(&copy, file->data, file->length);
    struct text packed = gzip_of(&copy);
    refused_idx(file, status, class);
    refused_idx(&packed, status, class);
}

START_TEST(whole_files) {
    struct text file = good_file();
    accepted(&file);
    file = good_file();
    file = gzip_of(&file);
    accepted(&file);
}
END_TEST

START_TEST(every_cut) {
    struct text whole = good_file();
    for (size_t size = 0; size < whole.length; size++) {
        struct text file = {0};
        text_bytes(&file, whole.data, size);
        refused_both(&file, STATUS_INPUT, size < 16 ? "idx-trunc" : "idx-size");
    }
    whole = gzip_of(&whole);
    for (size_t size = 2; size < whole.length; size++) {
        struct text file = {0};
        text_bytes(&file, whole.data, size);
        refused_idx(&file, STATUS_INPUT, "idx-trunc");
    }
    text_free(&whole);
}
END_TEST

START_TEST(too_much) {
    struct text file = good_file();
    text_repeat(&file, 'x', 1);
    refused_both(&file, STATUS_INPUT, "idx-size");
    file = good_file();
    file = gzip_of(&file);
    text_repeat(&file, 'x', 1);
    refused_idx(&file, STATUS_INPUT, "idx-size");
}
END_TEST

START_TEST(damaged_gzip) {
    struct text whole = good_file();
    whole = gzip_of(&whole);
    for (size_t i = 0; i < whole.length; i++) {
        if (i >= 4 && i < 10) /* time, level and system of gzip's header are of no matter */
            continue;
        struct text file = {0};
        struct idx idx;
        struct file_error error;
        text_bytes(&file, whole.data, whole.length);
        file.data[i] = (char)(file.data[i] ^ 0x55);
        ck_assert_int_ne(idx_read((unsigned char *)file.data, file.length, MOST, &idx, &error),
                         STATUS_OK);
        text_free(&file);
    }
    text_free(&whole);
}
END_TEST

START_TEST(headers) {
    static const struct {
        char prefix[4];
        const char *class;
    } cases[] = {
        {{1, 0, 8, 1}, "idx-format"},     {{0, 1, 8, 1}, "idx-format"},
        {{0, 0, 0, 1}, "idx-type"},       {{0, 0, 9, 1}, "idx-type"},
        {{0, 0, 13, 1}, "idx-type"},      {{0, 0, '\xFF', 1}, "idx-type"},
        {{0, 0, 8, 0}, "idx-shape"},      {{0, 0, 8, IDX_RANK + 1}, "idx-shape"},
        {{0, 0, 8, '\xFF'}, "idx-shape"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text file = {0};
        text_bytes(&file, cases[i].prefix, 4);
        text_repeat(&file, '\0', 64);
        refused_both(&file, STATUS_INPUT, cases[i].class);
    }
}
END_TEST

START_TEST(sizes) {
    const uint32_t most = UINT32_MAX;
    struct text file = header_of(1, &most);
    refused_idx(&file, STATUS_INPUT, "idx-size");
    file = header_of(1, &most);
    file = gzip_of(&file);
    refused_idx(&file, STATUS_LIMIT, "limit-size");
    file = header_of(3, (const uint32_t[]){most, most, most});
    refused_both(&file, STATUS_LIMIT, "limit-size");
    file = header_of(4, (const uint32_t[]){1U << 31, 1U << 31, 4, 0});
    refused_both(&file, STATUS_LIMIT, "limit-size");
    file = header_of(1, (const uint32_t[]){MOST + 1});
    text_repeat(&file, '\0', MOST + 1);
    refused_both(&file, STATUS_LIMIT, "limit-size");
    file = header_of(1, (const uint32_t[]){MOST}); /* gzip cannot hold so many in so few bytes */
    file = gzip_of(&file);
    refused_idx(&file, STATUS_INPUT, "idx-size");
    file = header_of(2, (const uint32_t[]){0, 28});
    struct idx idx;
    struct file_error error;
    ck_assert_int_eq(idx_read((unsigned char *)file.data, file.length, MOST, &idx, &error),
                     STATUS_OK);
    ck_assert_uint_eq(idx.count, 0);
    idx_close(&idx);
    text_free(&file);
}
END_TEST

START_TEST(files_on_disk) {
    struct text file = good_file();
    char folder[256], path[300];
    make_directory(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/a-idx3-ubyte", folder);
    struct idx idx;
    struct file_error error;
    ck_assert_int_eq(idx_open(path, MOST, &idx, &error), STATUS_IO);
    ck_assert_int_eq(idx_open(folder, MOST, &idx, &error), STATUS_INPUT);
    for (int packed = 0; packed < 2; packed++) {
        FILE *out = fopen(path, "wb");
        ck_assert_ptr_nonnull(out);
        ck_assert_uint_eq(fwrite(file.data, 1, file.length, out), file.length);
        ck_assert_int_eq(fclose(out), 0);
        ck_assert_int_eq(idx_open(path, MOST, &idx, &error), STATUS_OK);
        ck_assert_uint_eq(idx.count, 30);
        ck_assert_uint_eq(idx.data[29], 29);
        ck_assert(packed == (idx.inflated != NULL));
        idx_close(&idx);
        if (!packed)
            file = gzip_of(&file);
    }
    text_free(&file);
    unlink(path);
    rmdir(folder);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("idx");
    tcase_add_test(tests, whole_files);
    tcase_add_test(tests, every_cut);
    tcase_add_test(tests, too_much);
    tcase_add_test(tests, damaged_gzip);
    tcase_add_test(tests, headers);
    tcase_add_test(tests, sizes);
    tcase_add_test(tests, files_on_disk);
    return run_case("idx", tests);
}
