#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runtime/base/file_error.h"

/* Appends until the end of the file or until `most` bytes are there. 0, or errno. */
static int read_all(int descriptor, size_t most, struct file *file) {
    size_t capacity = 0;
    while (file->length < most) {
        if (file->length == capacity) {
            capacity = capacity ? capacity * 2 : 1 << 14;
            char *larger = realloc(file->bytes, capacity);
            if (!larger)
                return ENOMEM;
            file->bytes = larger;
        }
        size_t room = capacity - file->length, wanted = most - file->length;
        ssize_t got = read(descriptor, file->bytes + file->length, room < wanted ? room : wanted);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return errno;
        if (got > 0)
            file->length += (size_t)got;
    }
    return 0;
}

enum status file_read(const char *name, size_t most, struct file *file, const char **fault) {
    *file = (struct file){0};
    bool standard = strcmp(name, "-") == 0;
    int descriptor = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int error = descriptor < 0 ? errno : read_all(descriptor, most, file);
    if (descriptor >= 0 && !standard)
        close(descriptor); /* nothing was written: nothing can be lost */
    if (error == 0)
        return STATUS_OK;
    free(file->bytes);
    *file = (struct file){0};
    if (error == ENOMEM) {
        *fault = "out of memory; expected room for the file";
        return STATUS_MEMORY;
    }
    *fault = file_fault(name, error);
    return STATUS_IO;
}

/* ONNX begins with field 1, a varint: a byte that no text begins with. */
const char *file_refused(const char *name, const struct file *file) {
    const char *dot = strrchr(name, '.');
    if ((dot && strcasecmp(dot, ".onnx") == 0) || (file->length > 0 && file->bytes[0] == '\x08'))
        return "ONNX models are not supported by this version; expected a spec (YAML)";
    if (dot && strcasecmp(dot, ".cnnp") == 0)
        return "compiled plans have no layers to check; expected a spec (YAML)";
    return NULL;
}

bool file_is_directory(const char *name) {
    struct stat about;
    return stat(name, &about) == 0 && S_ISDIR(about.st_mode);
}

const char *file_title(const char *name) { return strcmp(name, "-") == 0 ? "<stdin>" : name; }
