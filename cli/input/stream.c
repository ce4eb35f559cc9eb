#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- waiting ---- */

/* False: it was stopped. */
static MUST_USE bool begin_wait(struct stream_stop *stop) {
    int runs = STREAM_RUNS;
    return atomic_compare_exchange_strong(&stop->state, &runs, STREAM_WAITS);
}

static void end_wait(struct stream_stop *stop) {
    int waits = STREAM_WAITS;
    if (atomic_compare_exchange_strong(&stop->state, &waits, STREAM_RUNS))
        return;
    for (;;) /* left behind, until the program ends */
        pause();
}

bool stream_interrupt(struct stream_stop *stop) {
    int state = atomic_load(&stop->state), next;
    do
        next = state == STREAM_RUNS ? STREAM_STOPPED : state == STREAM_WAITS ? STREAM_LEFT : state;
    while (!atomic_compare_exchange_weak(&stop->state, &state, next));
    return next == STREAM_LEFT;
}

/* ---- streams ---- */

bool stream_open(struct stream *stream, const char *name, struct stream_stop *stop) {
    bool standard = strcmp(name, "-") == 0;
    int descriptor = standard ? STDIN_FILENO : -1;
    if (!standard && begin_wait(stop)) { /* a FIFO waits for its writer */
        descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        end_wait(stop);
    }
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

static ssize_t read_some(struct stream *stream) {
    ssize_t got = 0;
    do {
        if (!begin_wait(stream->stop))
            return 0;
        got = read(stream->descriptor, stream->buffer + stream->end,
                   sizeof stream->buffer - stream->end);
        end_wait(stream->stop);
    } while (got < 0 && errno == EINTR);
    return got;
}

size_t stream_ahead(struct stream *stream, size_t count) {
    size_t there = stream->end - stream->begin;
    while (there < count && there < sizeof stream->buffer && !stream->ended) {
        memmove(stream->buffer, stream->buffer + stream->begin, there);
        stream->begin = 0;
        stream->end = there;
        ssize_t got = read_some(stream);
        stream->error = got < 0 ? errno : 0;
        stream->ended = got <= 0;
        stream->end += got > 0 ? (size_t)got : 0;
        there = stream->end;
    }
    return there;
}

bool stream_fill(struct stream *stream) { return stream_ahead(stream, 1) > 0; }

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
