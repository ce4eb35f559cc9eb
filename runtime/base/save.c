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
#include "temporary.h"

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

/* Who writes is root: the mode is asked all the same, as what protects a file is meant. */
static bool is_writable(const char *path, const struct stat *about) {
    if ((about->st_mode & 0222) != 0)
        return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
    errno = EACCES;
    return false;
}

/* Of the file that will be replaced. What the system does not allow stays undone: the temporary was
 * made with no more permissions than these. */
static void take_mode(int descriptor, const struct stat *old) {
    struct stat made;
    mode_t mode = old->st_mode & 07777;
    if (fchown(descriptor, old->st_uid, old->st_gid) != 0 &&
        fchown(descriptor, (uid_t)-1, old->st_gid) != 0)
        mode &= 01777; /* set-user-ID would be of another one */
    if (fstat(descriptor, &made) == 0 && made.st_uid != old->st_uid)
        mode &= 01777;
    (void)!fchmod(descriptor, mode);
}

/* old: NULL where there is none, and the mode is left to the umask. */
static void open_temporary(struct save *save, const struct stat *old) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* no handler between creation and listing */
    save->descriptor = temporary_create(save->path, directory_length(save->path),
                                        old ? old->st_mode & 0777 : 0666, &save->temporary);
    if (save->descriptor >= 0)
        list_add(save);
    else
        fail(save);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (old && save->descriptor >= 0)
        take_mode(save->descriptor, old);
}

static void clean(const struct save *save) {
    char *directory = strndup(save->path, directory_length(save->path));
    if (directory)
        temporary_clean(directory);
    free(directory);
}

void save_begin(struct save *save, const char *path) {
    struct stat about;
    *save = (struct save){.descriptor = -1, .path = follow(path)};
    if (!save->path) {
        fail(save);
        return;
    }
    bool there = lstat(save->path, &about) == 0;
    if (there && !S_ISREG(about.st_mode)) {
        save->descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0666);
        if (save->descriptor < 0)
            fail(save);
        return;
    }
    if (there && !is_writable(save->path, &about)) {
        fail(save);
        return;
    }
    clean(save);
    open_temporary(save, there ? &about : NULL);
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

static void close_file(struct save *save) {
    if (save->descriptor >= 0 && close(save->descriptor) != 0 && errno != EINTR)
        fail(save);
    save->descriptor = -1;
}

void save_finish(struct save *save) {
    bool stays = false; /* open, for its lock */
    if (save->temporary && save->descriptor >= 0) {
        char *directory = strndup(save->temporary, directory_length(save->temporary));
        save->waits = directory && temporary_wait(directory);
        stays = directory && !save->waits && errno == EWOULDBLOCK;
        free(directory);
    }
    if (save->descriptor >= 0 && save->error == 0)
        flush(save, save->descriptor);
    if (!stays)
        close_file(save);
}

/* Of what was renamed. A directory that can be written to and not read cannot be flushed either.
 * Its name is what the file's begins with. */
static void flush_directory(struct save *save) {
    save->path[directory_length(save->path)] = '\0';
    const char *name = *save->path ? save->path : ".";
    int directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        flush(save, directory);
        close(directory); /* was only read */
    } else if (errno != EACCES) {
        fail(save);
    }
}

/* False: the file was replaced since it was opened. */
static bool is_open_at(int descriptor, const char *path) {
    struct stat one, two;
    return fstat(descriptor, &one) == 0 && stat(path, &two) == 0 && one.st_dev == two.st_dev &&
           one.st_ino == two.st_ino;
}

/* From temporary to name, or to nothing. It is closed, and its lock goes, when it has its name: no
 * cleaning comes between. */
static void settle(struct save *save) {
    if (save->adds && !save->temporary && save->descriptor >= 0 && save->error == 0 &&
        !is_open_at(save->descriptor, save->path)) {
        errno = ESTALE;
        fail(save);
    }
    if (save->descriptor >= 0 && save->error == 0)
        flush(save, save->descriptor);
    if (save->temporary && save->error == 0 && rename(save->temporary, save->path) != 0)
        fail(save);
    if (save->temporary && save->error != 0 && !save->adds)
        unlink(save->temporary);
    list_remove(save);
    if (save->temporary && save->error == 0)
        flush_directory(save);
    close_file(save);
    if (save->waits)
        temporary_waited();
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

/* ---- what can be taken up again ---- */

static bool is_same(const char *a, const char *b) {
    struct stat one, two;
    return strcmp(a, b) == 0 || (stat(a, &one) == 0 && stat(b, &two) == 0 &&
                                 one.st_dev == two.st_dev && one.st_ino == two.st_ino);
}

static void open_part(struct save *save, const char *part, bool make) {
    struct stat about;
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | (make ? O_CREAT : 0);
    if (stat(part, &about) == 0 && S_ISREG(about.st_mode) && !is_writable(part, &about)) {
        fail(save);
        return;
    }
    save->descriptor = open(part, flags, 0666);
    if (save->descriptor < 0 || fstat(save->descriptor, &about) != 0) {
        fail(save);
    } else if (!S_ISREG(about.st_mode)) {
        return;
    } else if (!temporary_lock(save->descriptor) || !is_open_at(save->descriptor, part)) {
        errno = EAGAIN; /* the other has given it its name since, or has it */
        fail(save);
    }
}

void save_continue(struct save *save, const char *part, const char *path) {
    struct stat about;
    bool same = is_same(part, path);
    *save = (struct save){.descriptor = -1, .adds = true, .path = follow(path)};
    save->temporary = same ? NULL : strdup(part);
    if (!save->path || (!same && !save->temporary))
        fail(save);
    else if (stat(save->path, &about) == 0 && !same && !is_writable(save->path, &about))
        fail(save);
    else
        open_part(save, part, same);
    list_add(save);
}

void save_cut(struct save *save, uint64_t length) {
    if (save->error == 0 && ftruncate(save->descriptor, (off_t)length) != 0)
        fail(save);
}

void save_keep(struct save *save, const struct save_kept *kept, size_t count) {
    save->kept = kept;
    save->kept_count = count;
}

char *save_part(const char *path, int number) {
    char *file = follow(path), *name = NULL;
    if (!file || number == 0)
        return file;
    if ((number == 1 ? asprintf(&name, "%s.part", file)
                     : asprintf(&name, "%s.part-%d", file, number)) < 0)
        name = NULL;
    free(file);
    return name;
}

bool save_is_part(const char *part, const char *path) {
    bool is = false;
    for (int i = 1; i < SAVE_PARTS && !is; i++) {
        char *name = save_part(path, i);
        is = name && is_same(part, name);
        free(name);
    }
    return is;
}

/* ---- signals ---- */

/* Only where nothing has the name. */
static bool give_name(const char *from, const char *name) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, name, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS) /* as of file systems that cannot */
        return false;
    if (link(from, name) != 0)
        return false;
    unlink(from);
    return true;
}

static bool is_empty(const struct save *save) {
    struct stat about;
    return save->descriptor < 0 || fstat(save->descriptor, &about) != 0 || about.st_size == 0;
}

static const char *keep(struct save *save) {
    if (save->descriptor >= 0)
        (void)!fsync(save->descriptor);
    for (size_t i = 0; i < save->kept_count; i++)
        if (!save->kept[i].name || give_name(save->temporary, save->kept[i].name))
            return save->kept[i].words;
    unlink(save->temporary);
    return NULL;
}

const char *save_interrupted(void) {
    const char *words = NULL;
    for (struct save *save = atomic_load(&first); save; save = atomic_load(&save->next)) {
        const char *said = NULL;
        if (save->kept_count > 0 && !is_empty(save))
            said = keep(save);
        else if (save->temporary && !save->adds)
            unlink(save->temporary);
        words = said ? said : words;
    }
    return words;
}
