#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool stream_open(struct stream *stream, const char *name, struct stream_stop *stop) {
    bool standard = strcmp(name, "-") == 0;
    /* To open a FIFO waits for its writer. */
    atomic_store(&stop->waiting, true);
    int descriptor = standard ? STDIN_FILENO : -1;
    if (!standard && !atomic_load(&stop->stopped))
        descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    atomic_store(&stop->waiting, false);
    stream->descriptor = descriptor;
    stream->standard = standard;
    stream->stop = stop;
    stream->error = 0;
    stream->ended = false;
    stream->begin = stream->end = 0;
    return descriptor >= 0;
}

void stream_close(struct stream *stream) {
    if (!stream->standard && stream->descriptor >= 0)
        close(stream->descriptor); /* was only read */
    stream->descriptor = -1;
    stream->ended = true;
}

/* Either the reader sees that it is to stop, or who stops it sees that it waits. */
static ssize_t read_some(struct stream *stream) {
    ssize_t got = 0;
    do {
        atomic_store(&stream->stop->waiting, true);
        if (!atomic_load(&stream->stop->stopped))
            got = read(stream->descriptor, stream->buffer, sizeof stream->buffer);
        atomic_store(&stream->stop->waiting, false);
    } while (got < 0 && errno == EINTR);
    return got;
}

bool stream_fill(struct stream *stream) {
    if (stream->begin < stream->end)
        return true;
    if (stream->ended)
        return false;
    ssize_t got = read_some(stream);
    stream->error = got < 0 ? errno : 0;
    stream->ended = got <= 0;
    stream->begin = 0;
    stream->end = got > 0 ? (size_t)got : 0;
    return got > 0;
}

int stream_peek(struct stream *stream) {
    return stream_fill(stream) ? (unsigned char)stream->buffer[stream->begin] : -1;
}

int stream_byte(struct stream *stream) {
    int byte = stream_peek(stream);
    stream->begin += byte >= 0;
    return byte;
}

void stream_bytes(struct stream *stream, size_t count, struct text *out) {
    while (count > 0 && !out->failed && stream_fill(stream)) {
        size_t here = stream->end - stream->begin;
        here = here < count ? here : count;
        text_bytes(out, stream->buffer + stream->begin, here);
        stream->begin += here;
        count -= here;
    }
}

bool stream_interrupt(struct stream_stop *stop) {
    atomic_store(&stop->stopped, true);
    return atomic_load(&stop->waiting);
}
