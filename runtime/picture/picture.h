/* Pictures from files: PNG, JPEG, PNM and PAM, told apart by content. */
#ifndef CNNC_PICTURE_H
#define CNNC_PICTURE_H

#include "../base/file_error.h"

#define PICTURE_SIDE 65500               /* most pixels of a side, as libjpeg has it */
#define PICTURE_AREA ((uint64_t)1 << 27) /* pixels; the limit when no other is given */
/* Pixels times the passes over them: the scans of a JPEG, each of which may go over all pixels in a
 * few bytes. The seven passes of an interlaced PNG go over each pixel once, over its row less often
 * than this allows. */
#define PICTURE_WORK ((uint64_t)1 << 31)

/* Eight bits a channel, rows from top to bottom. */
struct picture {
    size_t width, height; /* >= 1 */
    size_t channels;      /* 1: grey; 3: red, green, blue */
    uint8_t *pixels;      /* [height][width][channels], malloc'ed */
};

struct picture_options {
    uint64_t area; /* most pixels, seen before any are allocated */
    size_t memory; /* most bytes that reading takes at a time, what takes the rows included; or
                    * SIZE_MAX */
    bool orient;   /* turn it as EXIF says; else EXIF is ignored, as PIL does */
    bool alone;    /* another picture behind it is an error: of a stream, where files are joined;
                    * a camera's file may have more of them, which are ignored */
    bool mapped;   /* the bytes are a mapping: what was read of them goes back to the system */
};

/* What takes a picture row by row, as it is decoded. */
struct picture_sink {
    /* One of this size begins (its pixels are NULL). *memory: most bytes that may be taken, of
     * which it is lessened by those that are. Not STATUS_OK: *error says why. */
    enum status (*begin)(struct picture_sink *sink, const struct picture *size, size_t *memory,
                         struct file_error *error);
    /* The next of its rows, from top to bottom, [count][width][channels]. */
    void (*push)(struct picture_sink *sink, const uint8_t *rows, size_t count);
};

/* Reads a whole file's bytes. Alpha is dropped, a palette looked up, 16 bits of PNG cut to the high
 * 8, other ranges scaled, CMYK turned into RGB, all as Pillow's convert("RGB") does, but grey stays
 * one channel. What is cut short or damaged is an error, never grey rows: the rows that the sink
 * took before are worth nothing then. A JPEG whose damage leaves every pixel as it was is read, and
 * *error is then a note of it, of class "note"; else, on success, its class is NULL. Few rows are
 * held, but all of an interlaced PNG, of one that EXIF turns, and the coefficients of a progressive
 * JPEG: those that take more than options->memory are refused by their header. Several threads may
 * read at once. STATUS_INPUT (image-trunc, image-format, image-unsupported), STATUS_LIMIT
 * (image-limit, limit-memory), STATUS_MEMORY: *error says why. */
MUST_USE enum status picture_stream(const unsigned char *bytes, size_t length,
                                    const struct picture_options *options,
                                    struct picture_sink *sink, struct file_error *error);

/* The same into memory, which counts. The caller frees the picture; after an error there is none.
 */
MUST_USE enum status picture_read(const unsigned char *bytes, size_t length,
                                  const struct picture_options *options, struct picture *picture,
                                  struct file_error *error);
void picture_free(struct picture *picture);

/* Room for one, its pixels not set. STATUS_INPUT: it would have none. STATUS_LIMIT: it would have
 * more than the options allow. */
MUST_USE enum status picture_make(size_t width, size_t height, size_t channels,
                                  const struct picture_options *options, struct picture *picture,
                                  struct file_error *error);
size_t picture_bytes(const struct picture *picture);

/* ---- for what reads pictures ---- */

enum { PICTURE_ROWS = 16 /* that are best given to a sink at a time */ };

/* STATUS_LIMIT: it would have more pixels than `area`, or a longer side than PICTURE_SIDE. */
MUST_USE enum status picture_check_size(size_t width, size_t height, uint64_t area,
                                        struct file_error *error);
/* Checks the size and tells the sink. */
MUST_USE enum status picture_begin(size_t width, size_t height, size_t channels,
                                   const struct picture_options *options, size_t *memory,
                                   struct picture_sink *sink, struct file_error *error);
/* Room for rows of `stride` bytes, which are taken from *memory. The caller frees. */
MUST_USE enum status picture_allocate(size_t rows, size_t stride, size_t *memory, uint8_t **out,
                                      struct file_error *error);
/* `length` bytes follow a picture's end. STATUS_INPUT: it is to be alone, and they begin another;
 * unlike it, PNM has no bytes behind it in any case. */
MUST_USE enum status picture_check_rest(const unsigned char *rest, size_t length,
                                        const struct picture_options *options,
                                        struct file_error *error);
/* A file's bytes were read from `before` to `next`. */
void picture_release(const struct picture_options *options, const unsigned char *begin,
                     const unsigned char *before, const unsigned char *next);
enum status picture_fail_memory(struct file_error *error);
/* It takes more bytes than it may: STATUS_LIMIT, of class limit-memory. How many the whole may take
 * only the caller knows, who may say it. */
enum status picture_fail_limit(struct file_error *error);
/* The same of one of the kind that is held whole, for which `bytes` are needed. */
enum status picture_fail_whole(struct file_error *error, const char *kind, size_t bytes);

#endif
