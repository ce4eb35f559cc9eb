#include "frames.h"

#include <string.h>

#include "../../runtime/base/content.h"
#include "../../runtime/picture/picture.h"
#include "../../runtime/picture/pnm.h"

static enum status cut(const struct stream *stream, struct file_error *error) {
    if (stream->error)
        return file_fail_system(error, STATUS_IO, file_fault("-", stream->error));
    return file_fail(error, "image-trunc", "the stream ends within a frame; expected all of it");
}

/* No frame begins here: what does, where it is another picture. */
static enum status tell_type(struct stream *stream, struct file_error *error) {
    size_t there = stream_ahead(stream, 4);
    const char *type =
        content_picture((const unsigned char *)stream->buffer + stream->begin, there);
    bool png = type && strcmp(type, "png") == 0;
    if (!png && !(type && strcmp(type, "jpeg") == 0))
        return STATUS_INPUT;
    return file_fail(error, "image-format",
                     "this is %s; expected PNM, as ffmpeg -c:v ppm -f image2pipe writes",
                     png ? "PNG" : "JPEG");
}

/* The size of the frame that begins here: its header is read as it comes. */
static enum status find_size(struct stream *stream, uint64_t area, size_t *size,
                             struct file_error *error) {
    size_t there = 0, before;
    enum status status;
    do {
        before = there;
        there = stream_ahead(stream, before + 1);
        const unsigned char *bytes = (const unsigned char *)stream->buffer + stream->begin;
        status = pnm_size(bytes, there, area, size, error);
    } while (status == STATUS_INPUT && strcmp(error->class, "image-trunc") == 0 && there > before);
    if (status == STATUS_INPUT && strcmp(error->class, "image-format") == 0)
        return tell_type(stream, error);
    if (there > before)
        return status;
    return stream->ended
               ? cut(stream, error)
               : file_fail(error, "image-format",
                           "a frame's header has more than %zu bytes; expected PNM or PAM", there);
}

enum status frames_next(struct stream *stream, uint64_t area, size_t most, struct text *frame,
                        struct file_error *error) {
    size_t size;
    if (stream_peek(stream) < 0)
        return stream->error ? cut(stream, error) : STATUS_OK;
    enum status status = find_size(stream, area, &size, error);
    if (status != STATUS_OK)
        return status;
    if (size > most)
        return file_fail(error, "limit-memory",
                         "a frame has %zu bytes; expected at most %zu, or a larger --max-memory",
                         size, most);
    stream_bytes(stream, size, frame);
    if (frame->failed)
        return file_fail_memory(error);
    return frame->length == size ? STATUS_OK : cut(stream, error);
}
