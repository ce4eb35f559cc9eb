/* Inputs read ahead of the computing: threads that decode and pre-process pictures, each into a
 * place of its own in a ring, which the computing thread empties in the order of the inputs. */
#ifndef CNNC_PIPELINE_H
#define CNNC_PIPELINE_H

#include "input.h"

/* A source that was read. */
struct job {
    struct sources_item source;
    struct input input; /* what it gave, when status is STATUS_OK */
    enum status status;
    struct file_error error;
    bool fatal; /* nothing follows: not the input is wrong but the list of them, or memory ended */
};

struct pipeline;

struct pipeline_options {
    struct input_options input;
    struct sources_options sources; /* but most and stop, which are the pipeline's */
    int threads;                    /* that decode; 0: the caller does */
    size_t places;                  /* in the ring, >= 1: so many inputs are in memory at most */
};

/* So many places that the threads have work while a batch is computed; their floats take no more
 * bytes than an input may, `most` of the options, or there is one place. */
size_t pipeline_places(const struct input_options *options, size_t batch, int threads);

/* The threads read what together takes no more bytes than one input may, and what takes more than
 * its thread's part while the others wait; besides, the next of a stream may be held. An array that
 * came from a stream takes its bytes until it is released: none is taken after it meanwhile.
 *
 * The options are copied; what their pointers point to must live until pipeline_free. Where no
 * thread can be started, the caller decodes. STATUS_MEMORY. */
MUST_USE enum status pipeline_new(const struct pipeline_options *options, struct pipeline **out);
int pipeline_threads(const struct pipeline *pipeline);

enum pipeline_answer {
    PIPELINE_JOB,
    PIPELINE_LATE, /* the next is not there, and some time was spent waiting: ask again */
    PIPELINE_END,
};
/* The next input, until pipeline_release gives its place back. */
enum pipeline_answer pipeline_next(struct pipeline *pipeline, struct job **job);
void pipeline_release(struct pipeline *pipeline);

/* Inputs that were not read since an earlier run answered them. */
size_t pipeline_skipped(const struct pipeline *pipeline);

/* Ends the threads, at whatever place. One that sleeps in a read which may never return is left
 * behind, and with it all that is the pipeline's: the program is about to end. */
void pipeline_free(struct pipeline *pipeline);

#endif
