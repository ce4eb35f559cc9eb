#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "file_error.h"

/* Of the saves that own a temporary. Each change is one store, so that a handler finds it whole. */
static struct save *_Atomic first;

static void list_add(struct save *save) {
    atomic_store(&save->next, atomic_load(&first));
    atomic_store(&first, save);
}

static void list_remove(const struct save *save) {
    struct save *_Atomic *link = &first;
    while (atomic_load(link) && atomic_load(link) != save)
        link = &atomic_load(link)->next;
    if (atomic_load(link))
        atomic_store(link, atomic_load(&save->next));
}

void save_interrupted(void) {
    for (struct save *save = atomic_load(&first); save; save = atomic_load(&save->next))
        unlink(save->temporary);
}

static void fail(struct save *save) {
    if (save->error == 0)
        save->error = errno;
}

/* A link of /proc, where /dev/stdout leads, stands for what is open and not for a name. */
static bool is_link(const char *path) {
    struct stat about;
    struct statfs system;
    int descriptor = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool is = fstat(descriptor, &about) == 0 && S_ISLNK(about.st_mode) &&
              fstatfs(descriptor, &system) == 0 && system.f_type != PROC_SUPER_MAGIC;
    close(descriptor); /* was only looked at */
    return is;
}

/* What the link says, from where the link is. */
static char *link_target(const char *link) {
    char says[PATH_MAX], *target = NULL;
    ssize_t length = readlink(link, says, sizeof says);
    const char *slash = strrchr(link, '/');
    int directory = slash && says[0] != '/' ? (int)(slash - link) + 1 : 0;
    if (length < 0 || asprintf(&target, "%.*s%.*s", directory, link, (int)length, says) < 0)
        return NULL;
    return target;
}

/* The file that path is a link to, or path, to be freed; NULL: errno. */
static char *follow(const char *path) {
    enum { LINKS = 40 };
    char *at = strdup(path);
    for (int i = 0; at && i < LINKS && is_link(at); i++) {
        char *link = at;
        at = link_target(link);
        free(link);
    }
    return at;
}

/* The bytes of path up to its last name. */
static size_t directory_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

static int create(const char *path) {
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* The name is not made of the file's, to which it could add too much. The mode is left to the
 * umask. A temporary that a killed process of the same number left is stepped over. */
static void open_temporary(struct save *save) {
    enum { ATTEMPTS = 1000, NAME = 48 };
    static unsigned made;
    sigset_t all, before;
    size_t directory = directory_length(save->path);
    save->temporary = malloc(directory + NAME);
    if (!save->temporary) {
        fail(save);
        return;
    }
    memcpy(save->temporary, save->path, directory);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* no handler between creation and listing */
    for (int i = 0; i < ATTEMPTS && save->descriptor < 0 && (i == 0 || errno == EEXIST); i++) {
        snprintf(save->temporary + directory, NAME, ".cnnc-%ld-%u.tmp", (long)getpid(), made++);
        save->descriptor = create(save->temporary);
    }
    if (save->descriptor >= 0) {
        list_add(save);
    } else {
        fail(save);
        free(save->temporary);
        save->temporary = NULL;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void save_begin(struct save *save, const char *path) {
    struct stat about;
    *save = (struct save){.descriptor = -1, .path = follow(path)};
    if (!save->path) {
        fail(save);
        return;
    }
    if (lstat(save->path, &about) == 0 && !S_ISREG(about.st_mode)) {
        save->descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0666);
        if (save->descriptor < 0)
            fail(save);
        return;
    }
    open_temporary(save);
}

void save_write(struct save *save, const void *bytes, size_t length) {
    const char *next = bytes;
    while (length > 0 && save->error == 0) {
        ssize_t written = write(save->descriptor, next, length);
        if (written >= 0) {
            next += written;
            length -= (size_t)written;
        } else if (errno != EINTR) {
            fail(save);
        }
    }
}

bool save_failed(const struct save *save) { return save->error != 0; }

/* Pipes and some file systems know no fsync: there it promises nothing, and nothing is lost. */
static void flush(struct save *save, int descriptor) {
    if (fsync(descriptor) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        fail(save);
}

void save_finish(struct save *save) {
    if (save->descriptor < 0)
        return;
    if (save->error == 0)
        flush(save, save->descriptor);
    if (close(save->descriptor) != 0 && errno != EINTR)
        fail(save);
    save->descriptor = -1;
}

/* Of what was renamed. A directory that can be written to and not read cannot be flushed either.
 * Its name is what the temporary's began with. */
static void flush_directory(struct save *save) {
    save->temporary[directory_length(save->temporary)] = '\0';
    const char *name = *save->temporary ? save->temporary : ".";
    int directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        flush(save, directory);
        close(directory); /* was only read */
    } else if (errno != EACCES) {
        fail(save);
    }
}

/* From temporary to name, or to nothing. */
static void settle(struct save *save) {
    save_finish(save);
    if (save->temporary) {
        if (save->error == 0 && rename(save->temporary, save->path) != 0)
            fail(save);
        if (save->error != 0)
            unlink(save->temporary);
        list_remove(save);
        if (save->error == 0)
            flush_directory(save);
    }
    free(save->temporary);
    free(save->path);
    save->temporary = save->path = NULL;
}

enum status save_end(struct save *save, const char **fault) {
    settle(save);
    if (save->error == 0)
        return STATUS_OK;
    *fault = file_fault_to_write(save->error);
    return save->error == ENOMEM ? STATUS_MEMORY : STATUS_IO;
}

void save_abandon(struct save *save) {
    if (save->error == 0)
        save->error = ECANCELED;
    settle(save);
}
