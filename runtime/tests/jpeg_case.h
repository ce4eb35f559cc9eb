/* What the suites of JPEG share: samples with markers changed, cut out or repeated. */
#ifndef CNNC_JPEG_CASE_H
#define CNNC_JPEG_CASE_H

#include "picture_case.h"

enum {
    SOF0 = 0xC0,
    SOF2 = 0xC2,
    DHT = 0xC4,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DQT = 0xDB,
};

/* Where the marker's 0xFF is, from `from` on; entropy-coded bytes are never taken for one. */
static inline size_t find_marker(const struct text *file, int marker, size_t from) {
    for (size_t i = from; i + 1 < file->length; i++)
        if ((unsigned char)file->data[i] == 0xFF && (unsigned char)file->data[i + 1] == marker)
            return i;
    ck_abort_msg("no marker %02X", (unsigned)marker);
    return 0;
}

/* Bytes of the segment at `at`, its marker included. */
static inline size_t segment_size(const struct text *file, size_t at) {
    const unsigned char *bytes = (const unsigned char *)file->data + at;
    return 2 + ((size_t)bytes[2] << 8 | bytes[3]);
}

/* The file with `count` bytes at `at` left out, and `times` times the bytes of `extra` there. The
 * old one is freed. */
static inline struct text spliced(struct text *file, size_t at, size_t count,
                                  const struct text *extra, int times) {
    struct text result = {0};
    text_bytes(&result, file->data, at);
    for (int i = 0; i < times; i++)
        text_bytes(&result, extra->data, extra->length);
    text_bytes(&result, file->data + at + count, file->length - at - count);
    text_free(file);
    return result;
}

static inline struct text slice(const struct text *file, size_t begin, size_t end) {
    struct text part = {0};
    text_bytes(&part, file->data + begin, end - begin);
    return part;
}

/* The sample with these extents in its frame header. */
static inline struct text with_extents(const char *name, int frame, unsigned width,
                                       unsigned height) {
    struct text file = sample(name);
    char *header = file.data + find_marker(&file, frame, 0) + 5;
    header[0] = (char)(height >> 8);
    header[1] = (char)(height & 0xFF);
    header[2] = (char)(width >> 8);
    header[3] = (char)(width & 0xFF);
    return file;
}

#endif
