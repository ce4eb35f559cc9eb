#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_error.h"

static const unsigned char nothing[1]; /* mmap refuses a length of 0 */

static enum status map(const char *path, int descriptor, size_t most, struct mapping *mapping,
                       const char **fault) {
    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        *fault = file_fault(path, errno);
        return STATUS_IO;
    }
    if (!S_ISREG(about.st_mode)) {
        *fault = S_ISDIR(about.st_mode) ? file_fault(path, EISDIR)
                                        : "it is no regular file; expected one";
        return STATUS_INPUT;
    }
    if ((uintmax_t)about.st_size > most) {
        *fault = "it is too large; expected a smaller file";
        return STATUS_LIMIT;
    }
    if (about.st_size == 0)
        return STATUS_OK;
    void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED) {
        *fault = file_fault(path, errno);
        return errno == ENOMEM ? STATUS_MEMORY : STATUS_IO;
    }
    *mapping = (struct mapping){.bytes = bytes, .length = (size_t)about.st_size};
    return STATUS_OK;
}

enum status mapping_open(const char *path, size_t most, struct mapping *mapping,
                         const char **fault) {
    *mapping = (struct mapping){.bytes = nothing};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0) {
        *fault = file_fault(path, errno);
        return STATUS_IO;
    }
    enum status status = map(path, descriptor, most, mapping, fault);
    close(descriptor);
    return status;
}

void mapping_close(struct mapping *mapping) {
    if (mapping->length > 0)
        munmap((void *)(uintptr_t)mapping->bytes, mapping->length);
    *mapping = (struct mapping){0};
}

void mapping_drop_pages(const void *bytes, size_t length) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)bytes;
    uintptr_t first = (begin + page - 1) / page * page, last = (begin + length) / page * page;
    if (first < last)
        madvise((void *)first, last - first, MADV_DONTNEED); /* advice: may fail */
}
