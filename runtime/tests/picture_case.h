/* What the suites of pictures share. */
#ifndef CNNC_PICTURE_CASE_H
#define CNNC_PICTURE_CASE_H

#include "../picture/picture.h"
#include "weights_case.h"

static const struct picture_options as_stored = {.area = PICTURE_AREA, .memory = SIZE_MAX};

/* Is it refused so? The bytes stand at the end of their memory. */
static inline void refused_bytes(const void *bytes, size_t length, enum status status,
                                 const char *class) {
    struct picture picture;
    struct file_error error = {.class = "none"};
    unsigned char *copy = malloc(length ? length : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, length);
    enum status got = picture_read(copy, length, &as_stored, &picture, &error);
    free(copy);
    ck_assert_msg(got == status && strcmp(error.class, class) == 0,
                  "%zu bytes: %d %s, wanted %d %s: %s", length, (int)got, error.class, (int)status,
                  class, got == STATUS_OK ? "accepted" : error.message);
    ck_assert_ptr_nonnull(strstr(error.message, "expected"));
    ck_assert_ptr_null(picture.pixels);
}

/* The same of a text, which is freed. */
static inline void refused_picture(struct text *file, enum status status, const char *class) {
    ck_assert(!file->failed);
    refused_bytes(file->data, file->length, status, class);
    text_free(file);
}

/* Reads what must be good; the text is freed, the caller frees the picture. */
static inline struct picture read_picture(struct text *file) {
    struct picture picture;
    struct file_error error;
    ck_assert(!file->failed);
    enum status status =
        picture_read((const unsigned char *)file->data, file->length, &as_stored, &picture, &error);
    ck_assert_msg(status == STATUS_OK, "%s", status == STATUS_OK ? "" : error.message);
    text_free(file);
    return picture;
}

static inline void accepted_picture(struct text *file) {
    struct picture picture = read_picture(file);
    picture_free(&picture);
}

/* A whole file. */
static inline struct text file_text(const char *path) {
    struct text file = {0};
    char room[4096];
    FILE *stream = fopen(path, "rb");
    ck_assert_msg(stream, "%s is not there", path);
    for (size_t got; (got = fread(room, 1, sizeof room, stream)) > 0;)
        text_bytes(&file, room, got);
    fclose(stream);
    return file;
}

/* One of testdata/pictures. */
static inline struct text sample(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/pictures/%s", TESTDATA_DIR, name);
    return file_text(path);
}

static inline void put_big32(struct text *file, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        text_repeat(file, (char)(value >> shift & 0xFF), 1);
}

#endif
