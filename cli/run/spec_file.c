#include "spec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../terminal/file.h"
#include "../terminal/message.h"
#include "again.h"

/* ---- resolving ---- */

/* For a system without openat2: a component at a time, none of them "..", no symbolic link. */
static int walk_beneath(int folder, const char *name) {
    char part[NAME_MAX + 2]; /* a longer name the system refuses itself */
    int at = openat(folder, ".", O_PATH | O_CLOEXEC);
    bool outside = *name == '/';
    while (at >= 0 && *name && !outside) {
        size_t length = strcspn(name, "/");
        snprintf(part, sizeof part, "%.*s", (int)length, name);
        outside = strcmp(part, "..") == 0;
        int next = outside ? -1 : openat(at, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        int fault = errno;
        close(at);
        errno = fault;
        at = next;
        name += length + strspn(name + length, "/");
    }
    if (!outside)
        return at;
    if (at >= 0)
        close(at);
    errno = EXDEV;
    return -1;
}

/* A descriptor that only names the file, or -1 with errno; EXDEV: the way leaves the folder. */
static int open_beneath(int folder, const char *name) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long descriptor = syscall(SYS_openat2, folder, name, &how, sizeof how);
    if (descriptor < 0 && (errno == ENOSYS || errno == EPERM || errno == EAGAIN))
        return walk_beneath(folder, name);
    return (int)descriptor;
}

/* 0 for a regular file beneath the folder, else errno. */
static int resolve(const char *folder, const char *name) {
    int at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int file = at < 0 ? -1 : open_beneath(at, name);
    struct stat about;
    int fault = file < 0 || fstat(file, &about) != 0 ? errno : 0;
    if (fault == 0 && !S_ISREG(about.st_mode))
        fault = S_ISDIR(about.st_mode) ? EISDIR : ENXIO;
    if (file >= 0)
        close(file);
    if (at >= 0)
        close(at);
    return fault;
}

/* ---- what is said ---- */

static const struct {
    const char *word, *option;
} kinds[] = {
    [SPEC_FILE_WEIGHTS] = {"weights", "--weights"},
    [SPEC_FILE_LABELS] = {"labels", "'cnnc run --labels'"},
};

/* With the call that takes the file all the same, as a shell reads it. */
static enum status refuse_outside(const char *spec, enum spec_file_kind kind, const char *name,
                                  const char *path) {
    struct text word = {0};
    again_quote(path, &word);
    enum status status =
        message_class(STATUS_INPUT, "path", file_title(spec),
                      "its %s file '%s' leaves the spec's folder, by '/', '..' or a link; put it "
                      "there, or, if you trust it, give it yourself: %s %s",
                      kinds[kind].word, name, kinds[kind].option, word.failed ? path : word.data);
    text_free(&word);
    return status;
}

static enum status refuse(const char *spec, enum spec_file_kind kind, const char *name,
                          const char *path, int fault) {
    if (fault == EXDEV)
        return refuse_outside(spec, kind, name, path);
    if (fault == EISDIR || fault == ENXIO)
        return message_class(STATUS_INPUT, "path", file_title(spec),
                             "its %s file '%s' is not a regular file", kinds[kind].word, name);
    return message_fault(STATUS_IO, path, file_fault(name, fault));
}

/* ---- the paths ---- */

/* The folder with its last slash; empty: the current one. */
static size_t folder_length(const char *spec) {
    const char *slash = strcmp(spec, "-") == 0 ? NULL : strrchr(spec, '/');
    return slash ? (size_t)(slash - spec) + 1 : 0;
}

enum status spec_file_find(const char *spec, enum spec_file_kind kind, const char *name,
                           struct text *path, bool *there) {
    size_t length = folder_length(spec);
    struct text folder = {0};
    *there = false;
    text_bytes(&folder, spec, length);
    text_add(&folder, length ? "" : ".");
    text_bytes(path, spec, *name == '/' ? 0 : length);
    text_add(path, name);
    if (path->failed || folder.failed) {
        text_free(&folder);
        return message(STATUS_MEMORY, "out of memory; expected room for a file name");
    }
    int fault = resolve(folder.data, name);
    text_free(&folder);
    *there = fault == 0;
    return fault == 0 || fault == ENOENT ? STATUS_OK : refuse(spec, kind, name, path->data, fault);
}
