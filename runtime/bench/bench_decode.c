/* Pictures a second that the decoders alone give: bench_decode THREADS ROUNDS FILE... Each thread
 * takes the next file from memory, decodes it and drops it, as the threads of `cnnc run` do before
 * anything is computed. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/mapping.h"
#include "../picture/picture.h"

enum { THREADS_MOST = 64 };

struct load {
    struct mapping *files;
    size_t count, total; /* files; pictures to decode, the files again and again */
    atomic_size_t next;
};

static void *decode(void *context) {
    struct load *load = context;
    const struct picture_options options = {.area = PICTURE_AREA, .memory = SIZE_MAX};
    for (size_t i; (i = atomic_fetch_add(&load->next, 1)) < load->total;) {
        const struct mapping *file = &load->files[i % load->count];
        struct picture picture;
        struct file_error error;
        if (picture_read(file->bytes, file->length, &options, &picture, &error) != STATUS_OK) {
            fprintf(stderr, "bench_decode: %s\n", error.message);
            exit(STATUS_INPUT);
        }
        picture_free(&picture);
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 4)
        return STATUS_USAGE;
    int threads = atoi(argv[1]);
    threads = threads < 1 ? 1 : threads > THREADS_MOST ? THREADS_MOST : threads;
    struct load load = {.count = (size_t)argc - 3};
    load.total = load.count * (size_t)atoi(argv[2]);
    load.files = calloc(load.count, sizeof *load.files);
    if (!load.files)
        return STATUS_MEMORY;
    for (size_t i = 0; i < load.count; i++) {
        const char *fault;
        if (mapping_open(argv[i + 3], SIZE_MAX, &load.files[i], &fault) != STATUS_OK) {
            fprintf(stderr, "bench_decode: %s: %s\n", argv[i + 3], fault);
            return STATUS_IO;
        }
    }
    pthread_t pool[THREADS_MOST];
    double begin = clock_ms();
    for (int i = 0; i < threads; i++)
        if (pthread_create(&pool[i], NULL, decode, &load))
            return STATUS_MEMORY;
    for (int i = 0; i < threads; i++)
        pthread_join(pool[i], NULL);
    printf("%.1f pictures/s on %d threads\n", 1e3 * (double)load.total / (clock_ms() - begin),
           threads);
    for (size_t i = 0; i < load.count; i++)
        mapping_close(&load.files[i]);
    free(load.files);
    return STATUS_OK;
}
