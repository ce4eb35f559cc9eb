#include "temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = ".cnnc-", suffix[] = ".tmp";

/* ---- locks ---- */

static int lock(int descriptor, int how) {
    int result;
    do
        result = flock(descriptor, how);
    while (result != 0 && errno == EINTR);
    return result;
}

bool temporary_lock(int descriptor) {
    return lock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/* ---- making ---- */

/* One that was taken for a dead process's, in the moment before it was locked, has no name. */
static bool has_name(int descriptor) {
    struct stat about;
    return fstat(descriptor, &about) != 0 || about.st_nlink > 0;
}

/* -1: errno; EEXIST: another name may do. */
static int create(const char *name, mode_t mode) {
    int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor < 0)
        return -1;
    lock(descriptor, LOCK_EX); /* waits for one that looks whether it is locked */
    if (has_name(descriptor))
        return descriptor;
    close(descriptor);
    errno = EEXIST;
    return -1;
}

/* The name is not made of the file's, to which it could add too much. */
int temporary_create(const char *path, size_t directory, mode_t mode, char **name) {
    enum { ATTEMPTS = 1000, NAME = 48 };
    static unsigned made;
    int descriptor = -1;
    *name = malloc(directory + NAME);
    if (!*name)
        return -1;
    memcpy(*name, path, directory);
    for (int i = 0; i < ATTEMPTS && descriptor < 0 && (i == 0 || errno == EEXIST); i++) {
        snprintf(*name + directory, NAME, "%s%ld-%u%s", prefix, (long)getpid(), made++, suffix);
        descriptor = create(*name, mode);
    }
    if (descriptor < 0) {
        int error = errno;
        free(*name);
        *name = NULL;
        errno = error;
    }
    return descriptor;
}

/* ---- cleaning ---- */

static bool is_temporary(const char *name) {
    static const char digits[] = "0123456789";
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return false;
    name += sizeof prefix - 1;
    size_t process = strspn(name, digits);
    if (process == 0 || name[process] != '-')
        return false;
    name += process + 1;
    size_t number = strspn(name, digits);
    return number > 0 && strcmp(name + number, suffix) == 0;
}

/* Locked while it is removed, so that its maker, if it has not locked it yet, sees that. */
static void remove_dead(int directory, const char *name) {
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct stat about;
    int descriptor = openat(directory, name, O_RDONLY | flags);
    if (descriptor < 0)
        descriptor = openat(directory, name, O_WRONLY | flags);
    if (descriptor < 0)
        return;
    if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
        lock(descriptor, LOCK_EX | LOCK_NB) == 0)
        unlinkat(directory, name, 0);
    close(descriptor); /* was only looked at */
}

void temporary_clean(const char *directory) {
    static char *cleaned;
    if (cleaned && strcmp(cleaned, directory) == 0)
        return;
    free(cleaned);
    cleaned = strdup(directory);
    DIR *stream = opendir(*directory ? directory : ".");
    const struct dirent *entry;
    if (stream && lock(dirfd(stream), LOCK_EX | LOCK_NB) == 0)
        while ((entry = readdir(stream)))
            if (is_temporary(entry->d_name))
                remove_dead(dirfd(stream), entry->d_name);
    if (stream)
        closedir(stream);
}

/* ---- waiting ---- */

static struct {
    char *directory;
    int descriptor;
    size_t files;
} waiting;

bool temporary_wait(const char *directory) {
    if (waiting.files == 0) {
        int descriptor = open(*directory ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char *name = descriptor >= 0 ? strdup(directory) : NULL;
        if (!name || lock(descriptor, LOCK_SH | LOCK_NB) != 0) {
            int error = errno;
            free(name);
            if (descriptor >= 0)
                close(descriptor);
            errno = error;
            return false;
        }
        waiting.directory = name;
        waiting.descriptor = descriptor;
    } else if (strcmp(waiting.directory, directory) != 0) {
        errno = EWOULDBLOCK;
        return false;
    }
    waiting.files++;
    return true;
}

void temporary_waited(void) {
    if (--waiting.files > 0)
        return;
    close(waiting.descriptor); /* was only locked */
    free(waiting.directory);
}
