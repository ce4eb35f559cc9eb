#include "pipeline.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { PATIENCE = 100 /* ms that pipeline_next waits */ };

struct place {
    struct job job;
    float *room; /* for a picture; from its first use on */
    bool ready;
    bool holds; /* the bytes of an array, which are no file's */
};

/* Bytes: each thread may read at once what takes no more than `share`; what takes more is read by
 * one that is alone, and may take input.picture.
 *
 * `taken` inputs were taken from the sources, `given` of them were given to the caller and back.
 * Input n is in place n % count. */
struct pipeline {
    struct pipeline_options options;
    struct sources *sources;
    struct stream_stop stop;
    struct place *places;
    size_t taken, given;
    size_t holding; /* places, of those that were taken: nothing is taken meanwhile */
    bool taking;    /* a thread is at the sources */
    bool ended;     /* they are empty */
    bool stopped;
    pthread_mutex_t mutex;
    pthread_cond_t room, ready;
    pthread_rwlock_t readers; /* held for writing: one that is alone */
    size_t share;
    pthread_t *threads;
    int thread_count;
};

/* What a thread that was left behind uses. */
static struct pipeline *left_behind;

/* ---- one input ---- */

/* True: there is one. Waits when a stream does. */
static bool take(struct pipeline *pipeline, struct job *job) {
    *job = (struct job){0};
    job->status = sources_next(pipeline->sources, &job->source);
    job->fatal = job->status != STATUS_OK;
    if (job->source.kind == SOURCES_FAILED)
        job->status = job->source.status;
    if (job->status != STATUS_OK) {
        job->error = job->source.error;
        text_free(&job->source.bytes);
    }
    return job->fatal || job->source.kind != SOURCES_END;
}

/* An array that holds its bytes takes them until it is given back. With `readers` held: before
 * another may read alone, no thread takes more. */
static void note_bytes(struct pipeline *pipeline, struct place *place) {
    const struct job *job = &place->job;
    place->holds = job->status == STATUS_OK && job->input.array &&
                   (job->source.bytes.data || job->input.file.bytes);
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->holding += place->holds;
    pthread_mutex_unlock(&pipeline->mutex);
}

static void read_input(struct pipeline *pipeline, size_t most, struct place *place) {
    const struct input_options *options = &pipeline->options.input;
    struct job *job = &place->job;
    if (!place->room)
        place->room = malloc((size_t)plan_view_size(&options->wanted) * sizeof(float));
    job->status =
        place->room ? input_read(options, &job->source, most, place->room, &job->input, &job->error)
                    : file_fail_memory(&job->error);
    job->fatal = job->status == STATUS_MEMORY;
    note_bytes(pipeline, place);
}

/* alone: `readers` is held for writing. It is let go. */
static void decode(struct pipeline *pipeline, struct place *place, bool alone) {
    struct job *job = &place->job;
    if (!alone) {
        pthread_rwlock_rdlock(&pipeline->readers);
        read_input(pipeline, pipeline->share, place);
        pthread_rwlock_unlock(&pipeline->readers);
        alone = pipeline->share < pipeline->options.input.picture &&
                input_lacks_memory(job->status, &job->error);
        if (alone)
            pthread_rwlock_wrlock(&pipeline->readers);
    }
    if (alone) {
        read_input(pipeline, pipeline->options.input.most, place);
        pthread_rwlock_unlock(&pipeline->readers);
    }
    if (!job->input.array || job->status != STATUS_OK)
        text_free(&job->source.bytes);
}

/* ---- threads ---- */

static bool may_take(const struct pipeline *pipeline) {
    return !pipeline->taking && !pipeline->ended && pipeline->holding == 0 &&
           pipeline->taken - pipeline->given < pipeline->options.places;
}

/* With the mutex held, which is let go while it works. */
static void serve_one(struct pipeline *pipeline) {
    struct place *place = &pipeline->places[pipeline->taken % pipeline->options.places];
    pipeline->taking = true;
    pthread_mutex_unlock(&pipeline->mutex);
    bool there = take(pipeline, &place->job);
    bool last = !there || place->job.fatal;
    bool alone = place->job.source.bytes.length > pipeline->share;
    if (alone) /* before another takes as much from the stream */
        pthread_rwlock_wrlock(&pipeline->readers);
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->taking = false;
    pipeline->ended = last;
    pipeline->taken += there;
    pthread_cond_broadcast(&pipeline->room);
    bool wanted = there && !pipeline->stopped;
    pthread_mutex_unlock(&pipeline->mutex);
    if (wanted && place->job.status == STATUS_OK)
        decode(pipeline, place, alone);
    else if (alone)
        pthread_rwlock_unlock(&pipeline->readers);
    pthread_mutex_lock(&pipeline->mutex);
    place->ready = wanted;
    pthread_cond_signal(&pipeline->ready);
}

static void *serve(void *argument) {
    struct pipeline *pipeline = argument;
    pthread_mutex_lock(&pipeline->mutex);
    while (!pipeline->stopped && !pipeline->ended) {
        if (may_take(pipeline))
            serve_one(pipeline);
        else
            pthread_cond_wait(&pipeline->room, &pipeline->mutex);
    }
    pthread_mutex_unlock(&pipeline->mutex);
    return NULL;
}

/* Signals are for the main thread, but a thread's own faults are its own (workers.c). */
static void start_threads(struct pipeline *pipeline) {
    static const int faults[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigset_t others, before;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&others, faults[i]);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    while (pipeline->thread_count < pipeline->options.threads &&
           pthread_create(&pipeline->threads[pipeline->thread_count], NULL, serve, pipeline) == 0)
        pipeline->thread_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the caller's side ---- */

size_t pipeline_places(const struct input_options *options, size_t batch, int threads) {
    size_t wanted = batch + 2 * (size_t)threads;
    size_t bytes = (size_t)plan_view_size(&options->wanted) * sizeof(float);
    size_t fit = options->most / bytes;
    return fit < 1 ? 1 : fit < wanted ? fit : wanted;
}

enum status pipeline_new(const struct pipeline_options *options, struct pipeline **out) {
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (!pipeline)
        return STATUS_MEMORY;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pipeline->ready, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&pipeline->room, NULL);
    pthread_mutex_init(&pipeline->mutex, NULL);
    pthread_rwlock_init(&pipeline->readers, NULL);
    pipeline->options = *options;
    pipeline->share = options->input.most / (size_t)(options->threads > 1 ? options->threads : 1);
    pipeline->options.sources.most = options->input.most;
    pipeline->options.sources.picture = options->input.picture;
    pipeline->options.sources.stop = &pipeline->stop;
    pipeline->sources = sources_new(&pipeline->options.sources);
    pipeline->places = calloc(options->places, sizeof *pipeline->places);
    pipeline->threads = calloc((size_t)options->threads + 1, sizeof *pipeline->threads);
    if (!pipeline->sources || !pipeline->places || !pipeline->threads) {
        pipeline_free(pipeline);
        return STATUS_MEMORY;
    }
    start_threads(pipeline);
    *out = pipeline;
    return STATUS_OK;
}

int pipeline_threads(const struct pipeline *pipeline) { return pipeline->thread_count; }

size_t pipeline_skipped(const struct pipeline *pipeline) {
    return sources_skipped(pipeline->sources);
}

static struct timespec soon(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += PATIENCE * 1000000L;
    time.tv_sec += time.tv_nsec / 1000000000L;
    time.tv_nsec %= 1000000000L;
    return time;
}

enum pipeline_answer pipeline_next(struct pipeline *pipeline, struct job **job) {
    struct place *place = &pipeline->places[pipeline->given % pipeline->options.places];
    const struct timespec until = soon();
    int waited = 0;
    pthread_mutex_lock(&pipeline->mutex);
    if (pipeline->thread_count == 0 && may_take(pipeline))
        serve_one(pipeline);
    while (!place->ready && !(pipeline->ended && pipeline->given == pipeline->taken) && waited == 0)
        waited = pthread_cond_timedwait(&pipeline->ready, &pipeline->mutex, &until);
    bool ready = place->ready;
    bool end = !ready && pipeline->ended && pipeline->given == pipeline->taken;
    pthread_mutex_unlock(&pipeline->mutex);
    *job = ready ? &place->job : NULL;
    return ready ? PIPELINE_JOB : end ? PIPELINE_END : PIPELINE_LATE;
}

static void empty(struct place *place) {
    if (place->ready && place->job.status == STATUS_OK)
        input_close(&place->job.input);
    sources_item_free(&place->job.source);
    place->ready = false;
}

void pipeline_release(struct pipeline *pipeline) {
    struct place *place = &pipeline->places[pipeline->given % pipeline->options.places];
    empty(place);
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->given++;
    pipeline->holding -= place->holds;
    place->holds = false;
    pthread_cond_broadcast(&pipeline->room);
    pthread_mutex_unlock(&pipeline->mutex);
}

void pipeline_free(struct pipeline *pipeline) {
    if (!pipeline)
        return;
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->stopped = true;
    pthread_cond_broadcast(&pipeline->room);
    pthread_mutex_unlock(&pipeline->mutex);
    if (stream_interrupt(&pipeline->stop) && pipeline->thread_count > 0) {
        left_behind = pipeline;
        return;
    }
    for (int i = 0; i < pipeline->thread_count; i++)
        pthread_join(pipeline->threads[i], NULL);
    for (size_t i = 0; pipeline->places && i < pipeline->options.places; i++) {
        empty(&pipeline->places[i]);
        free(pipeline->places[i].room);
    }
    free(pipeline->places);
    free(pipeline->threads);
    sources_free(pipeline->sources);
    pthread_cond_destroy(&pipeline->room);
    pthread_cond_destroy(&pipeline->ready);
    pthread_mutex_destroy(&pipeline->mutex);
    pthread_rwlock_destroy(&pipeline->readers);
    free(pipeline);
}
