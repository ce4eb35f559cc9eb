/* Bytes that come when they come: standard input, pipes, lists of names. One thread reads; another
 * may end that with stream_interrupt, and learns whether the reader sleeps in the system. */
#ifndef CNNC_STREAM_H
#define CNNC_STREAM_H

#include <stdatomic.h>

#include "../terminal/file.h"

enum stream_state {
    STREAM_RUNS,
    STREAM_WAITS, /* in a read, or an open, that may never return */
    STREAM_STOPPED,
    STREAM_LEFT, /* while it waited: should it return, the thread goes no further */
};

/* Shared by all streams of a reader. */
struct stream_stop {
    atomic_int state; /* enum stream_state */
};

struct stream {
    int descriptor;
    int error; /* errno of the read that failed; the stream ends there */
    bool standard, ended;
    size_t begin, end; /* of what was read and not yet taken */
    struct stream_stop *stop;
    char buffer[1 << 16];
};

/* Opens a file, or standard input for "-". False: errno. */
MUST_USE bool stream_open(struct stream *stream, const char *name, struct stream_stop *stop);
void stream_close(struct stream *stream);

/* Waits until bytes are in the buffer; false at the end. */
MUST_USE bool stream_fill(struct stream *stream);
/* The next byte, taken or only looked at; -1 at the end. */
int stream_byte(struct stream *stream);
int stream_peek(struct stream *stream);
/* How many bytes stand in the buffer, at `begin`: `count` at least, fewer at the stream's end, and
 * no more than there is room for. */
size_t stream_ahead(struct stream *stream, size_t count);
/* Adds the next `count` bytes, or those up to the end. */
void stream_bytes(struct stream *stream, size_t count, struct text *out);

/* Ends all streams that share it. True: their reader is in a read that may never return, and will
 * not come back from it: what it uses of its own is to stay, what others lent it may go. */
bool stream_interrupt(struct stream_stop *stop);

#endif
