/* The ring of inputs that are read ahead: order, bounds, ends, and a system that gives no threads.
 */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runtime/weights/npy.h"
#include "../run/readers.h"

/* ---- a system with few threads ---- */

static int threads_left;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
    if (threads_left-- <= 0)
        return 11; /* EAGAIN */
    return __real_pthread_create(thread, attributes, start, argument);
}

/* ---- how often inputs are read ---- */

static atomic_size_t reads;

enum status __real_input_read(const struct input_options *options,
                              const struct sources_item *source, size_t most, float *room,
                              struct input *input, struct file_error *error);
enum status __wrap_input_read(const struct input_options *options,
                              const struct sources_item *source, size_t most, float *room,
                              struct input *input, struct file_error *error);
enum status __wrap_input_read(const struct input_options *options,
                              const struct sources_item *source, size_t most, float *room,
                              struct input *input, struct file_error *error) {
    reads++;
    return __real_input_read(options, source, most, room, input, error);
}

/* ---- inputs ---- */

enum { FILES = 60, VALUES = 5 };

static char directory[] = P_tmpdir "/check_pipeline.XXXXXX";
static char *names[FILES];

/* Array n holds n. */
static struct text array_of(size_t n) {
    struct text array = {0};
    const size_t extents[] = {VALUES};
    float values[VALUES];
    for (size_t i = 0; i < VALUES; i++)
        values[i] = (float)n;
    npy_header(&array, 1, extents);
    text_bytes(&array, (const char *)values, sizeof values);
    return array;
}

static void make_names(void) {
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    for (size_t n = 0; n < FILES; n++)
        ck_assert_int_gt(asprintf(&names[n], "%s/%zu", directory, n), 0);
}

/* Every seventh is no array, every eleventh is not there. */
static void make(void) {
    make_names();
    for (size_t n = 0; n < FILES; n++) {
        struct text array = array_of(n);
        FILE *file = n % 11 == 10 ? NULL : fopen(names[n], "w");
        if (file) {
            fwrite(array.data, 1, n % 7 == 6 ? array.length - 1 : array.length, file);
            ck_assert_int_eq(fclose(file), 0);
        }
        text_free(&array);
    }
}

static void unmake(void) {
    for (size_t n = 0; n < FILES; n++) {
        unlink(names[n]);
        free(names[n]);
    }
    rmdir(directory);
}

static struct pipeline *begin(int threads, size_t places) {
    struct pipeline_options options = {
        .input = {.wanted = {.channels = VALUES, .height = 1, .width = 1},
                  .most = 1000,
                  .picture = 1000},
        .threads = threads,
        .places = places,
        .sources = {.operands = (const char *const *)names,
                    .operand_count = FILES,
                    .shard = 1,
                    .shards = 1}};
    struct pipeline *pipeline;
    file_fail(&options.input.no_picture, "input-shape", "no pictures");
    ck_assert(pipeline_new(&options, &pipeline) == STATUS_OK);
    return pipeline;
}

/* The next job; NULL: there is none. */
static struct job *next(struct pipeline *pipeline) {
    struct job *job;
    enum pipeline_answer answer;
    do
        answer = pipeline_next(pipeline, &job);
    while (answer == PIPELINE_LATE);
    return answer == PIPELINE_JOB ? job : NULL;
}

static void check_job(const struct job *job, size_t n) {
    ck_assert_str_eq(job->source.name, names[n]);
    ck_assert(!job->fatal);
    if (n % 11 == 10) {
        ck_assert(job->status == STATUS_IO);
    } else if (n % 7 == 6) {
        ck_assert(job->status == STATUS_INPUT);
    } else {
        ck_assert(job->status == STATUS_OK && job->input.count == 1 && !job->input.several);
        ck_assert(job->input.images[VALUES - 1] == (float)n);
    }
}

START_TEST(places_fit_the_memory) {
    struct input_options options = {.wanted = {.channels = 2, .height = 5, .width = 5}}; /* 200 B */
    options.most = 200 * 100;
    ck_assert_uint_eq(pipeline_places(&options, 8, 4), 16);
    options.most = 200 * 3;
    ck_assert_uint_eq(pipeline_places(&options, 8, 4), 3);
    options.most = 1;
    ck_assert_uint_eq(pipeline_places(&options, 8, 4), 1);
}
END_TEST

START_TEST(inputs_come_in_order_with_any_threads_and_places) {
    make();
    for (int threads = 0; threads <= 4; threads++)
        for (size_t places = 1; places <= 7; places += 2) {
            threads_left = threads;
            struct pipeline *pipeline = begin(threads, places);
            ck_assert_int_eq(pipeline_threads(pipeline), threads);
            for (size_t n = 0; n < FILES; n++) {
                struct job *job = next(pipeline);
                ck_assert_ptr_nonnull(job);
                check_job(job, n);
                pipeline_release(pipeline);
            }
            ck_assert_ptr_null(next(pipeline));
            ck_assert_ptr_null(next(pipeline));
            pipeline_free(pipeline);
        }
    unmake();
}
END_TEST

START_TEST(threads_that_cannot_be_had_are_done_without) {
    make();
    for (int given = 0; given <= 2; given++) {
        threads_left = given;
        struct pipeline *pipeline = begin(4, 3);
        ck_assert_int_eq(pipeline_threads(pipeline), given);
        size_t count = 0;
        for (struct job *job; (job = next(pipeline)); count++) {
            check_job(job, count);
            pipeline_release(pipeline);
        }
        ck_assert_uint_eq(count, FILES);
        pipeline_free(pipeline);
    }
    unmake();
}
END_TEST

/* ---- for a request ---- */

enum { SIDE = 3, PICTURES = 40 };

/* Pictures of an array; number n has pixels of n. What it says on standard error goes into a file.
 */
static struct pipeline *begin_pictures(uint8_t *bytes, struct pixels *pictures, const char *said) {
    struct request request = {.threads = 3};
    struct model model = {.title = "net", .run = {.batch = 4}};
    struct input_options input = {
        .wanted = {.channels = 1, .height = SIDE, .width = SIDE},
        .most = 1 << 20,
        .picture = 1 << 20,
        .preprocess = {.channels = 1, .height = SIDE, .width = SIDE, .resize = {SIDE, SIDE}}};
    input.preprocess.order = IMAGE_CHANNELS_gray;
    input.preprocess.scale[0] = 0.5;
    for (size_t i = 0; i < PICTURES * SIDE * SIDE; i++)
        bytes[i] = (uint8_t)(i / (SIDE * SIDE));
    const size_t extents[] = {PICTURES, SIDE, SIDE};
    const struct pixels_array array = {.data = bytes, .rank = 3, .extents = extents};
    struct file_error error;
    ck_assert(pixels_find(&array, IMAGE_LAYOUT_hw, &input.wanted, pictures, &error) == STATUS_OK);
    const struct sources_options sources = {.pictures = pictures, .shard = 1, .shards = 1};
    struct pipeline *pipeline;
    int standard = dup(STDERR_FILENO), file = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert(file >= 0 && dup2(file, STDERR_FILENO) == STDERR_FILENO && close(file) == 0);
    enum status status = readers_start(&request, &model, &input, &sources, &pipeline);
    ck_assert(dup2(standard, STDERR_FILENO) == STDERR_FILENO && close(standard) == 0);
    ck_assert(status == STATUS_OK);
    return pipeline;
}

START_TEST(pictures_of_an_array_come_in_order) {
    uint8_t bytes[PICTURES * SIDE * SIDE];
    struct pixels pictures;
    make();
    for (int threads = 0; threads <= 3; threads++) {
        char warning[200] = "";
        threads_left = threads;
        struct pipeline *pipeline = begin_pictures(bytes, &pictures, names[0]);
        FILE *said = fopen(names[0], "r");
        ck_assert_ptr_nonnull(said);
        ck_assert((fgets(warning, sizeof warning, said) != NULL) == (threads == 0));
        ck_assert((strstr(warning, "no thread to read inputs") != NULL) == (threads == 0));
        fclose(said);
        for (size_t n = 0; n < PICTURES; n++) {
            struct job *job = next(pipeline);
            ck_assert_ptr_nonnull(job);
            ck_assert(job->status == STATUS_OK && job->source.index == n && !job->source.name);
            ck_assert(job->input.count == 1);
            for (size_t i = 0; i < SIDE * SIDE; i++)
                ck_assert(job->input.images[i] == (float)n / 2);
            pipeline_release(pipeline);
        }
        ck_assert_ptr_null(next(pipeline));
        pipeline_free(pipeline);
    }
    unmake();
}
END_TEST

/* ---- bytes ---- */

static void *feed(void *unused) {
    for (size_t n = 0; n < FILES; n++) {
        struct text array = array_of(n);
        FILE *fifo = fopen(names[n], "w");
        if (fifo && fwrite(array.data, 1, array.length, fifo) == array.length)
            fclose(fifo);
        text_free(&array);
    }
    return unused;
}

/* Each holds its bytes until it is given back: no more are read than there are threads, though the
 * ring has places. */
START_TEST(arrays_of_streams_do_not_pile_up) {
    enum { THREADS = 2 };
    pthread_t feeder;
    make_names();
    for (size_t n = 0; n < FILES; n++)
        ck_assert_int_eq(mkfifo(names[n], 0600), 0);
    ck_assert_int_eq(__real_pthread_create(&feeder, NULL, feed, NULL), 0);
    threads_left = THREADS;
    reads = 0;
    struct pipeline *pipeline = begin(THREADS, 7);
    for (size_t n = 0; n < FILES; n++) {
        struct job *job = next(pipeline);
        ck_assert_ptr_nonnull(job);
        ck_assert(job->status == STATUS_OK && job->input.images[0] == (float)n);
        for (int i = 0; i < 100; i++)
            sched_yield();
        ck_assert_uint_le(reads, n + THREADS);
        pipeline_release(pipeline);
    }
    ck_assert_ptr_null(next(pipeline));
    pipeline_free(pipeline);
    ck_assert_int_eq(pthread_join(feeder, NULL), 0);
    unmake();
}
END_TEST

struct failing {
    const char *head;
    size_t head_length, length; /* of the file: what follows the head is 0 */
    const char *class;
};

static size_t reads_of(const struct failing *failing, int threads) {
    struct pipeline_options options = {
        .input = {.wanted = {.channels = 1, .height = SIDE, .width = SIDE},
                  .most = 1000,
                  .picture = 1000,
                  .preprocess = {.channels = 1,
                                 .height = SIDE,
                                 .width = SIDE,
                                 .resize = {SIDE, SIDE},
                                 .order = IMAGE_CHANNELS_gray}},
        .threads = threads,
        .places = 1,
        .sources = {
            .operands = (const char *const *)names, .operand_count = 1, .shard = 1, .shards = 1}};
    struct pipeline *pipeline;
    FILE *file = fopen(names[0], "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(failing->head, 1, failing->head_length, file), failing->head_length);
    ck_assert(fclose(file) == 0 && truncate(names[0], (off_t)failing->length) == 0);
    threads_left = threads;
    reads = 0;
    ck_assert(pipeline_new(&options, &pipeline) == STATUS_OK);
    const struct job *job = next(pipeline);
    ck_assert_ptr_nonnull(job);
    ck_assert(job->status == STATUS_LIMIT);
    ck_assert_str_eq(job->error.class, failing->class);
    if (strcmp(failing->class, "limit-memory") == 0)
        ck_assert_ptr_nonnull(strstr(job->error.message, "more than 1000 bytes"));
    pipeline_release(pipeline);
    pipeline_free(pipeline);
    return reads;
}

START_TEST(only_what_lacks_memory_is_read_again) {
    static const struct failing cases[] = {
        {"\x93NUMPY\x02\0\1\0\1\0", 12, 1 << 17, "limit-header"},
        {"P5 25 25 255\n", 13, 13 + 625, "limit-memory"},
        {"P6 15 20 255\n", 13, 13 + 900, "limit-memory"},
        {"P6 7 20 255\n", 12, 12 + 420, "limit-memory"}, /* small enough to be read, not mapped */
    };
    make_names();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t again = strcmp(cases[i].class, "limit-memory") == 0;
        ck_assert_uint_eq(reads_of(&cases[i], 1), 1);
        ck_assert_uint_eq(reads_of(&cases[i], 4), 1 + again);
    }
    unmake();
}
END_TEST

START_TEST(it_may_end_at_any_place) {
    make();
    for (size_t stop = 0; stop < FILES; stop += 7)
        for (int threads = 0; threads <= 3; threads++) {
            threads_left = threads;
            struct pipeline *pipeline = begin(threads, 4);
            for (size_t n = 0; n < stop; n++) {
                check_job(next(pipeline), n);
                pipeline_release(pipeline);
            }
            pipeline_free(pipeline);
        }
    unmake();
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("pipeline");
    tcase_add_test(cases, places_fit_the_memory);
    tcase_add_test(cases, inputs_come_in_order_with_any_threads_and_places);
    tcase_add_test(cases, threads_that_cannot_be_had_are_done_without);
    tcase_add_test(cases, pictures_of_an_array_come_in_order);
    tcase_add_test(cases, arrays_of_streams_do_not_pile_up);
    tcase_add_test(cases, only_what_lacks_memory_is_read_again);
    tcase_add_test(cases, it_may_end_at_any_place);
    Suite *suite = suite_create("pipeline");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
