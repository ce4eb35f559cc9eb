/* What the suites of weight files share. */
#ifndef CNNC_WEIGHTS_CASE_H
#define CNNC_WEIGHTS_CASE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../weights/weights.h"

/* A copy at the end of its memory, shifted by `shift` from alignment: a read beyond it is caught
 * by the sanitizer. The caller frees *memory. */
static inline const unsigned char *exact_copy(const struct text *file, size_t shift,
                                              unsigned char **memory) {
    ck_assert(!file->failed);
    *memory = malloc(file->length + shift + 1);
    ck_assert_ptr_nonnull(*memory);
    memmove(*memory + shift, file->data ? file->data : "", file->length);
    unsigned char *smaller = realloc(*memory, file->length + shift ? file->length + shift : 1);
    if (smaller)
        *memory = smaller;
    return *memory + shift;
}

static inline enum status load_all(struct weights *weights, struct file_error *error) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < weights->count && status == STATUS_OK; i++)
        status = weights_load(weights, &weights->tensors[i], error);
    if (status != STATUS_OK)
        weights_close(weights);
    return status;
}

/* Reads the file, and loads each of its tensors. */
static inline enum status read_needed(const unsigned char *bytes, size_t length,
                                      struct weights *weights, struct file_error *error) {
    enum status status = weights_read(bytes, length, weights, error);
    return status == STATUS_OK ? load_all(weights, error) : status;
}

/* The same of a path. */
static inline enum status open_needed(const char *path, struct weights *weights,
                                      struct file_error *error) {
    enum status status = weights_open(path, weights, error);
    return status == STATUS_OK ? load_all(weights, error) : status;
}

/* Is the file refused with this status and this class, when all its tensors are needed? It is
 * freed. */
static inline void refused(struct text *file, enum status status, const char *class) {
    struct weights weights;
    struct file_error error = {.class = "none"};
    unsigned char *memory;
    const unsigned char *bytes = exact_copy(file, 0, &memory);
    enum status got = read_needed(bytes, file->length, &weights, &error);
    ck_assert_msg(got == status && strcmp(error.class, class) == 0,
                  "%d %s, wanted %d %s: %s (%.200s)", (int)got, error.class, (int)status, class,
                  got == STATUS_OK ? "accepted" : error.message,
                  file->length > 8 ? file->data + 8 : "");
    ck_assert_ptr_nonnull(strstr(error.message, "expected"));
    ck_assert_ptr_null(weights.tensors);
    free(memory);
    text_free(file);
}

static inline void put16(struct text *file, unsigned value) {
    unsigned char bytes[2] = {(unsigned char)(value & 0xFF), (unsigned char)(value >> 8 & 0xFF)};
    text_bytes(file, (const char *)bytes, 2);
}
static inline void put32(struct text *file, uint32_t value) {
    put16(file, value & 0xFFFF);
    put16(file, value >> 16);
}
static inline void put64(struct text *file, uint64_t value) {
    put32(file, (uint32_t)value);
    put32(file, (uint32_t)(value >> 32));
}

/* The path of a file of the test data, or NULL when there are none: said loudly. */
static inline const char *data_path(const char *name) {
    static char path[4096];
    const char *directory = getenv("CNNC_TEST_DATA");
    if (!directory) {
        fprintf(stderr, "SKIPPED: %s, for CNNC_TEST_DATA names no directory\n", name);
        return NULL;
    }
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* A new directory of this test's own, and paths in it; the caller removes both. */
static inline void make_directory(char *path, size_t size) {
    const char *parent = getenv("TMPDIR");
    snprintf(path, size, "%s/cnnc-check-XXXXXX", parent ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

/* A main for a suite of one case. */
static inline int run_case(const char *name, TCase *tests) {
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
