/* The pool of threads. The program is linked with --wrap=pthread_create, so that a test can be the
 * system that gives no more threads. */
#include "../base/workers.h"

#include <check.h>
#include <errno.h>
#include <float.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __x86_64__
#include <xmmintrin.h>
#endif

enum { COUNT_MOST = 8, TASKS_MOST = 1000, ROUNDS = 300, FOREVER = 1 << 20 };

static int threads_left = FOREVER, threads_started;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
    if (threads_left == 0)
        return EAGAIN;
    threads_left--;
    threads_started++;
    return __real_pthread_create(thread, attributes, start, argument);
}

static struct workers *pool(int count) {
    struct workers *workers = workers_new(count);
    ck_assert_ptr_nonnull(workers);
    return workers;
}

/* ---- each task once ---- */

/* Plain counters: a race on them is a report under TSan, and nearly always a wrong sum. */
struct tally {
    int count; /* of the pool */
    int of_task[TASKS_MOST];
    size_t of_worker[COUNT_MOST];
    bool stranger; /* a worker or task of no valid number */
};

static void tally_task(void *context, size_t i, int worker) {
    struct tally *tally = context;
    if (i >= TASKS_MOST || worker < 0 || worker >= tally->count) {
        tally->stranger = true;
        return;
    }
    tally->of_task[i]++;
    tally->of_worker[worker]++;
}

static void run_tally(struct workers *workers, size_t tasks) {
    struct tally tally = {.count = workers_count(workers)};
    workers_run(workers, tasks, tally_task, &tally);
    size_t done = 0;
    for (int i = 0; i < COUNT_MOST; i++)
        done += tally.of_worker[i];
    for (size_t i = 0; i < TASKS_MOST; i++)
        if (tally.of_task[i] != (i < tasks))
            ck_abort_msg("task %zu of %zu ran %d times", i, tasks, tally.of_task[i]);
    if (tally.stranger || done != tasks)
        ck_abort_msg("%zu tasks made %zu runs on %d workers", tasks, done, tally.count);
}

START_TEST(each_task_runs_once) {
    static const size_t tasks[] = {0, 1, 2, 3, 7, 8, 9, 100, TASKS_MOST};
    struct workers *workers = pool(_i);
    ck_assert_int_eq(workers_count(workers), _i);
    for (int round = 0; round < ROUNDS; round++)
        run_tally(workers, tasks[(size_t)round % (sizeof tasks / sizeof *tasks)]);
    workers_free(workers);
}
END_TEST

START_TEST(threads_that_fell_asleep_wake) {
    struct workers *workers = pool(3);
    for (int round = 0; round < 20; round++) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL); /* far longer than they spin */
        run_tally(workers, 50);
    }
    workers_free(workers);
}
END_TEST

START_TEST(a_pool_that_never_ran_can_be_freed) {
    for (int count = 1; count <= COUNT_MOST; count++)
        workers_free(pool(count));
    workers_free(NULL);
}
END_TEST

static void note_thread(void *context, size_t i, int worker) {
    (void)i;
    ck_assert_int_eq(worker, 0);
    *(pthread_t *)context = pthread_self();
}

START_TEST(one_task_or_worker_stays_with_the_caller) {
    static const int counts[] = {4, 1};
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        struct workers *workers = pool(counts[i]);
        for (size_t tasks = 1; tasks <= (counts[i] == 1 ? 5 : 1); tasks++) {
            memset(&thread, 0, sizeof thread);
            workers_run(workers, tasks, note_thread, &thread);
            ck_assert(pthread_equal(thread, pthread_self()));
        }
        workers_free(workers);
    }
}
END_TEST

/* ---- where the system gives fewer threads ---- */

START_TEST(a_pool_has_as_many_workers_as_started) {
    threads_left = _i;
    threads_started = 0;
    struct workers *workers = pool(COUNT_MOST);
    threads_left = FOREVER;
    ck_assert_int_eq(threads_started, _i);
    ck_assert_int_eq(workers_count(workers), _i + 1);
    for (int round = 0; round < ROUNDS; round++)
        run_tally(workers, 100);
    workers_free(workers);
}
END_TEST

START_TEST(one_worker_needs_no_thread) {
    threads_left = 0;
    struct workers *workers = pool(1);
    threads_left = FOREVER;
    run_tally(workers, 10);
    workers_free(workers);
}
END_TEST

/* ---- what a thread is like ---- */

struct likeness {
    pthread_barrier_t all; /* each worker has one task: none goes on before all have begun */
    sigset_t blocked[COUNT_MOST];
    bool denormals[COUNT_MOST];
};

/* Is the least normal number's half itself, rather than 0? */
static bool has_denormals(void) {
    volatile float least = FLT_MIN;
    volatile float half = least * 0.5f;
    return half > 0;
}

static void look_at_thread(void *context, size_t i, int worker) {
    (void)i;
    struct likeness *likeness = context;
    pthread_barrier_wait(&likeness->all);
    pthread_sigmask(SIG_BLOCK, NULL, &likeness->blocked[worker]);
    likeness->denormals[worker] = has_denormals();
}

static void look(struct likeness *likeness, int count) {
    struct workers *workers = pool(count);
    pthread_barrier_init(&likeness->all, NULL, (unsigned)count);
    workers_run(workers, (size_t)count, look_at_thread, likeness);
    pthread_barrier_destroy(&likeness->all);
    workers_free(workers);
}

START_TEST(signals_go_to_the_caller_but_faults) {
    static const int others[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGALRM, SIGCHLD, SIGUSR1};
    static const int faults[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL};
    struct likeness likeness;
    sigset_t before, after;
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    look(&likeness, 3);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    for (int signal = 1; signal < SIGRTMIN; signal++)
        ck_assert_int_eq(sigismember(&before, signal), sigismember(&after, signal));
    for (int worker = 1; worker < 3; worker++) {
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            ck_assert_int_eq(sigismember(&likeness.blocked[worker], others[i]), 1);
        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
            ck_assert_int_eq(sigismember(&likeness.blocked[worker], faults[i]), 0);
    }
}
END_TEST

/* Threads inherit the rounding of who starts them; a library may have set it to its liking. */
START_TEST(threads_round_by_default) {
    struct likeness likeness;
#ifdef __x86_64__
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); /* flush denormals, results and operands */
    bool flushed = !has_denormals();
    look(&likeness, 3);
    _mm_setcsr(before);
    ck_assert(flushed && !likeness.denormals[0]);
#else
    look(&likeness, 3);
#endif
    ck_assert(likeness.denormals[1] && likeness.denormals[2]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("workers");
    TCase *test = tcase_create("workers");
    tcase_add_loop_test(test, each_task_runs_once, 1, COUNT_MOST + 1);
    tcase_add_test(test, threads_that_fell_asleep_wake);
    tcase_add_test(test, a_pool_that_never_ran_can_be_freed);
    tcase_add_test(test, one_task_or_worker_stays_with_the_caller);
    tcase_add_loop_test(test, a_pool_has_as_many_workers_as_started, 0, COUNT_MOST - 1);
    tcase_add_test(test, one_worker_needs_no_thread);
    tcase_add_test(test, signals_go_to_the_caller_but_faults);
    tcase_add_test(test, threads_round_by_default);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
