/* A library to preload, for what a system can do to a program. By its environment:
 *
 *   CALL_ERROR=E    of the calls that change files the one of the number CALL_AT fails with errno E
 *   CALL_SIGNAL=S   before the call of the number CALL_AT, of all below, the signal S is raised,
 *                   and CALL_AGAIN calls later once more
 *   CALL_PIECE=N    a write to a file takes N bytes at most
 *   CALL_TRACE=1    each write to a file, fsync and rename is a line, "write DEVICE:INODE "
 *
 * At the end it writes to the descriptor 9, after such lines, how many calls it has counted, and
 * how many files were renamed until then. What stdio does by itself is not seen, so standard output
 * is seen as it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REPORT = 9 };

static atomic_long count, renamed;

static long setting(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : 0;
}

/* errno is set when it says yes. */
static bool fails(bool changes) {
    long error = setting("CALL_ERROR"), number = setting("CALL_SIGNAL"), at = setting("CALL_AT");
    if (!changes && !number)
        return false;
    long n = atomic_fetch_add(&count, 1) + 1;
    if (number && at && (n == at || n == at + setting("CALL_AGAIN")))
        kill(getpid(), (int)number); /* to whichever thread takes it */
    if (number || n != at)
        return false;
    errno = (int)error;
    return true;
}

/* "fsync 2049:77", of the file that is open, or of the one of this name. */
static void trace(const char *call, int descriptor, const char *name) {
    struct stat about;
    int error = errno;
    bool known = name ? stat(name, &about) == 0 : fstat(descriptor, &about) == 0;
    if (setting("CALL_TRACE") && known && descriptor != REPORT)
        dprintf(REPORT, "%s %ld:%ld %s\n", call, (long)about.st_dev, (long)about.st_ino,
                name ? name : "");
    errno = error;
}

static bool is_written(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    struct stat about;
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fstat(descriptor, &about) == 0 &&
           S_ISREG(about.st_mode);
}

/* Defines `next`, the function of this name in the library behind. */
#define NEXT(name)                                                                                 \
    static __typeof__(&name) next;                                                                 \
    if (!next)                                                                                     \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

/* ---- files ---- */

static mode_t mode_of(int flags, va_list arguments) {
    return flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    NEXT(open);
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return fails(flags & O_CREAT) ? -1 : next(path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...) {
    NEXT(openat);
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return fails(flags & O_CREAT) ? -1 : next(directory, path, flags, mode);
}

int mkdir(const char *path, mode_t mode) {
    NEXT(mkdir);
    return fails(true) ? -1 : next(path, mode);
}

ssize_t read(int descriptor, void *bytes, size_t length) {
    NEXT(read);
    return fails(false) ? -1 : next(descriptor, bytes, length);
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    NEXT(write);
    size_t piece = (size_t)setting("CALL_PIECE");
    bool file = is_written(descriptor);
    if (fails(file))
        return -1;
    if (file)
        trace("write", descriptor, NULL);
    return next(descriptor, bytes, file && piece && length > piece ? piece : length);
}

int ftruncate(int descriptor, off_t length) {
    NEXT(ftruncate);
    return fails(true) ? -1 : next(descriptor, length);
}

int fsync(int descriptor) {
    NEXT(fsync);
    trace("fsync", descriptor, NULL);
    return fails(true) ? -1 : next(descriptor);
}

/* One that fails closes too, as in Linux. */
int close(int descriptor) {
    NEXT(close);
    bool failing = fails(is_written(descriptor));
    int error = errno, result = next(descriptor);
    if (failing)
        errno = error;
    return failing ? -1 : result;
}

int rename(const char *old, const char *name) {
    NEXT(rename);
    int result = fails(true) ? -1 : next(old, name);
    if (result == 0)
        trace("rename", -1, name);
    renamed += result == 0;
    return result;
}

int unlink(const char *name) {
    NEXT(unlink);
    return fails(false) ? -1 : next(name);
}

/* ---- standard output ---- */

static bool is_output(const FILE *file) { return file == stdout && is_written(STDOUT_FILENO); }

size_t fwrite(const void *bytes, size_t size, size_t number, FILE *file) {
    NEXT(fwrite);
    return fails(is_output(file)) ? 0 : next(bytes, size, number, file);
}

int fflush(FILE *file) {
    NEXT(fflush);
    return fails(is_output(file)) ? EOF : next(file);
}

int fclose(FILE *file) {
    NEXT(fclose);
    bool failing = fails(is_output(file));
    int error = errno, result = next(file);
    if (failing)
        errno = error;
    return failing ? EOF : result;
}

/* ---- what only signals meet ---- */

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    NEXT(mmap);
    return fails(false) ? MAP_FAILED : next(address, length, protection, flags, descriptor, offset);
}

int munmap(void *address, size_t length) {
    NEXT(munmap);
    return fails(false) ? -1 : next(address, length);
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    NEXT(pthread_mutex_lock);
    return fails(false) ? EINVAL : next(mutex);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument) {
    NEXT(pthread_create);
    return fails(false) ? EAGAIN : next(thread, attributes, start, argument);
}

__attribute__((destructor)) static void report(void) {
    dprintf(REPORT, "%ld %ld\n", (long)count, (long)renamed);
}
