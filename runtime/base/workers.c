/* A pool of our own: pthreadpool does not look at what pthread_create answers, so that a system
 * that gives fewer threads makes it wait for ever. */
#include "workers.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#ifdef __x86_64__
#include <xmmintrin.h>
#endif

enum { SPINS = 2000 /* some tens of microseconds: steps follow each other sooner */ };

struct worker {
    struct workers *workers;
    pthread_t thread;
    int index;
};

/* A job is announced by a new `round`; each worker that joined counts itself out of `busy`. */
struct workers {
    int count;
    struct worker *all;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    atomic_uint round;
    atomic_int busy;
    atomic_size_t next;
    size_t tasks;
    void (*task)(void *context, size_t i, int worker);
    void *context;
    bool stop;
};

static void relax(void) {
#ifdef __x86_64__
    _mm_pause();
#endif
}

static void work(struct workers *workers, int worker) {
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&workers->next, 1, memory_order_relaxed);
        if (i >= workers->tasks)
            return;
        workers->task(workers->context, i, worker);
    }
}

static unsigned wait_for_round(struct workers *workers, unsigned seen) {
    for (int i = 0; i < SPINS; i++) {
        unsigned round = atomic_load_explicit(&workers->round, memory_order_acquire);
        if (round != seen)
            return round;
        relax();
    }
    pthread_mutex_lock(&workers->mutex);
    unsigned round;
    while ((round = atomic_load_explicit(&workers->round, memory_order_acquire)) == seen)
        pthread_cond_wait(&workers->wake, &workers->mutex);
    pthread_mutex_unlock(&workers->mutex);
    return round;
}

static void *serve(void *argument) {
    struct worker *worker = argument;
    struct workers *workers = worker->workers;
#ifdef __x86_64__
    _mm_setcsr(0x1F80); /* round to nearest, denormals as they are */
#endif
    for (unsigned seen = 0;;) {
        seen = wait_for_round(workers, seen);
        if (workers->stop)
            return NULL;
        work(workers, worker->index);
        atomic_fetch_sub_explicit(&workers->busy, 1, memory_order_release);
    }
}

static void announce(struct workers *workers) {
    atomic_store_explicit(&workers->busy, workers->count - 1, memory_order_relaxed);
    pthread_mutex_lock(&workers->mutex);
    atomic_fetch_add_explicit(&workers->round, 1, memory_order_release);
    pthread_cond_broadcast(&workers->wake);
    pthread_mutex_unlock(&workers->mutex);
}

/* Signals are for the thread that called, but a thread's own faults (a file that was cut while it
 * is mapped is SIGBUS): blocked, these kill without a handler. */
static void start_threads(struct workers *workers, int count) {
    static const int faults[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigset_t others, before;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&others, faults[i]);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    for (int i = 1; i < count; i++) {
        struct worker *worker = &workers->all[i];
        *worker = (struct worker){.workers = workers, .index = i};
        if (pthread_create(&worker->thread, NULL, serve, worker) != 0)
            break;
        workers->count = i + 1;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct workers *workers_new(int count) {
    assert(count >= 1 && count <= WORKERS_MOST);
    struct workers *workers = calloc(1, sizeof *workers);
    struct worker *all = calloc((size_t)count, sizeof *all);
    if (!workers || !all) {
        free(workers);
        free(all);
        return NULL;
    }
    workers->all = all;
    workers->count = 1;
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->wake, NULL);
    start_threads(workers, count);
    return workers;
}

void workers_free(struct workers *workers) {
    if (!workers)
        return;
    workers->stop = true;
    announce(workers);
    for (int i = 1; i < workers->count; i++)
        pthread_join(workers->all[i].thread, NULL);
    pthread_cond_destroy(&workers->wake);
    pthread_mutex_destroy(&workers->mutex);
    free(workers->all);
    free(workers);
}

/* On a busy machine one of them may have lost its processor: it gets this one. */
static void wait_for_others(const struct workers *workers) {
    for (int i = 0; atomic_load_explicit(&workers->busy, memory_order_acquire) > 0;
         i += i < SPINS) {
        if (i < SPINS)
            relax();
        else
            sched_yield();
    }
}

int workers_count(const struct workers *workers) { return workers->count; }

void workers_run(struct workers *workers, size_t tasks,
                 void (*task)(void *context, size_t i, int worker), void *context) {
    if (tasks <= 1 || workers->count == 1) {
        for (size_t i = 0; i < tasks; i++)
            task(context, i, 0);
        return;
    }
    workers->task = task;
    workers->context = context;
    workers->tasks = tasks;
    atomic_store_explicit(&workers->next, 0, memory_order_relaxed);
    announce(workers);
    work(workers, 0);
    wait_for_others(workers);
}
