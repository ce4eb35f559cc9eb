/* A library to preload: the allocation of the number FAIL_AT fails, whether of the heap or mapped;
 * all others go on. At the end it writes to the descriptor 9 how many there were, and how many of
 * the heap's were not freed. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t size), *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *memory);

enum { REPORT = 9 };

static atomic_long count, live;

static int fails(void) {
    const char *at = getenv("FAIL_AT");
    if (atomic_fetch_add(&count, 1) + 1 != (at ? atol(at) : 0))
        return 0;
    errno = ENOMEM;
    return 1;
}

static void *counted(void *memory) {
    if (memory)
        atomic_fetch_add(&live, 1);
    return memory;
}

void *malloc(size_t size) { return fails() ? NULL : counted(__libc_malloc(size)); }

void *calloc(size_t number, size_t size) {
    return fails() ? NULL : counted(__libc_calloc(number, size));
}

void *realloc(void *old, size_t size) {
    if (fails())
        return NULL;
    return old ? __libc_realloc(old, size) : counted(__libc_realloc(old, size));
}

void free(void *memory) {
    if (memory)
        atomic_fetch_sub(&live, 1);
    __libc_free(memory);
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    static void *(*real)(void *, size_t, int, int, int, off_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "mmap");
    return fails() ? MAP_FAILED : real(address, length, protection, flags, descriptor, offset);
}

__attribute__((destructor)) static void report(void) {
    dprintf(REPORT, "%ld %ld\n", (long)count, (long)live);
}
