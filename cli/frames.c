#include "frames.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 1 << 16 /* most bytes, comments included */ };

struct header {
    char type; /* '4' to '7' */
    int64_t width, height, depth, maximum;
};

/* A byte of the header; -1 at its end, or where it is too long to be one. */
static int take(struct stream *stream, struct text *frame) {
    int byte = frame->length < HEADER ? stream_byte(stream) : -1;
    char taken = (char)byte;
    if (byte >= 0)
        text_bytes(frame, &taken, 1);
    return byte;
}

static int take_comment(struct stream *stream, struct text *frame) {
    int byte;
    do
        byte = take(stream, frame);
    while (byte >= 0 && byte != '\n' && byte != '\r');
    return byte;
}

static bool add_digit(int digit, int64_t *value) {
    return count_mul(*value, 10, value) && count_add(*value, digit - '0', value);
}

/* A number, and the one byte of white space behind it. */
static bool take_number(struct stream *stream, struct text *frame, int64_t *value) {
    int byte = take(stream, frame);
    while (byte == '#' || (byte >= 0 && isspace(byte)))
        byte = byte == '#' ? take_comment(stream, frame) : take(stream, frame);
    bool good = byte >= '0' && byte <= '9';
    for (*value = 0; good && byte >= '0' && byte <= '9'; byte = take(stream, frame))
        good = add_digit(byte, value);
    if (byte == '#')
        byte = take_comment(stream, frame);
    return good && byte >= 0 && isspace(byte);
}

/* "WIDTH 12"; false when the line names the field and has no number. */
static bool field(const char *line, const char *name, int64_t *value) {
    size_t length = strlen(name);
    if (strncmp(line, name, length) != 0 || !isspace((unsigned char)line[length]))
        return true;
    const char *digits = line + length + strspn(line + length, " \t");
    *value = 0;
    bool good = isdigit((unsigned char)*digits);
    for (; good && isdigit((unsigned char)*digits); digits++)
        good = add_digit(*digits, value);
    return good;
}

/* PAM: a field a line, up to ENDHDR. */
static bool take_fields(struct stream *stream, struct text *frame, struct header *header) {
    for (;;) {
        char line[64] = {0};
        size_t length = 0;
        int byte;
        while ((byte = take(stream, frame)) >= 0 && byte != '\n')
            if (length + 1 < sizeof line)
                line[length++] = (char)byte;
        if (byte < 0)
            return false;
        if (strncmp(line, "ENDHDR", 6) == 0)
            return true;
        if (!field(line, "WIDTH", &header->width) || !field(line, "HEIGHT", &header->height) ||
            !field(line, "DEPTH", &header->depth) || !field(line, "MAXVAL", &header->maximum))
            return false;
    }
}

static bool take_header(struct stream *stream, struct text *frame, struct header *header) {
    *header = (struct header){.depth = 1, .maximum = 1};
    if (take(stream, frame) != 'P')
        return false;
    int type = take(stream, frame);
    if (type < '4' || type > '7')
        return false;
    header->type = (char)type;
    if (type == '7')
        return take_fields(stream, frame, header);
    header->depth = type == '6' ? 3 : 1;
    return take_number(stream, frame, &header->width) &&
           take_number(stream, frame, &header->height) &&
           (type == '4' || take_number(stream, frame, &header->maximum));
}

/* Bytes of the pixels; false: the header is no good. */
static bool raster(const struct header *header, size_t *bytes) {
    if (header->width < 1 || header->height < 1 || header->depth < 1 || header->depth > 4 ||
        header->maximum < 1 || header->maximum > 65535)
        return false;
    size_t row, width = (size_t)header->width;
    if (header->type == '4')
        row = width / 8 + (width % 8 != 0);
    else if (!size_mul(width, (size_t)header->depth * (header->maximum > 255 ? 2 : 1), &row))
        return false;
    return size_mul(row, (size_t)header->height, bytes);
}

static bool too_large(const struct header *header, uint64_t area) {
    size_t pixels;
    return !size_mul((size_t)header->width, (size_t)header->height, &pixels) || pixels > area;
}

static enum status cut(struct stream *stream, struct file_error *error) {
    if (stream->error)
        return file_fail_system(error, STATUS_IO, strerror(stream->error));
    return file_fail(error, "image-trunc", "the stream ends within a frame; expected all of it");
}

enum status frames_next(struct stream *stream, uint64_t area, struct text *frame,
                        struct file_error *error) {
    struct header header;
    size_t bytes;
    if (stream_peek(stream) < 0)
        return stream->error ? cut(stream, error) : STATUS_OK;
    bool good = take_header(stream, frame, &header) && raster(&header, &bytes);
    if (!good && stream->ended && stream->begin == stream->end)
        return cut(stream, error);
    if (!good)
        return file_fail(error, "image-format",
                         "a frame has no good header; expected binary PNM or PAM, P4 to P7");
    if (too_large(&header, area))
        return file_fail(
            error, "image-limit", "a frame has %lldx%lld pixels; expected at most %llu of them",
            (long long)header.width, (long long)header.height, (unsigned long long)area);
    size_t before = frame->length;
    stream_bytes(stream, bytes, frame);
    if (frame->failed)
        return file_fail_memory(error);
    return frame->length - before == bytes ? STATUS_OK : cut(stream, error);
}
