/* Threads that share the tasks of a step. */
#ifndef CNNC_WORKERS_H
#define CNNC_WORKERS_H

#include "base.h"

struct workers;

enum { WORKERS_MOST = 256 };

/* A pool of `count` workers, the caller being the first. Where the system gives fewer threads, the
 * pool has fewer: ask workers_count. NULL: no memory. */
struct workers *workers_new(int count);
void workers_free(struct workers *workers);
int workers_count(const struct workers *workers);

/* Calls task(context, i, worker) once for each i < tasks, on any worker in any order, and returns
 * when all are done. worker < workers_count: for its own workspace. */
void workers_run(struct workers *workers, size_t tasks,
                 void (*task)(void *context, size_t i, int worker), void *context);

#endif
