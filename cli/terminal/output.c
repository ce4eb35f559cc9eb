#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "message.h"

static bool broken; /* a failure was told */

void output_guard(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
            /* The wrong way round on purpose: use fails with EBADF, as it should. */
            int got = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
            if (got != descriptor)
                _exit(STATUS_IO);
        }
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is EFBIG, like a full disk */
}

static enum status fail(void) {
    int error = errno;
    if (!broken && error != EPIPE)
        message(STATUS_IO, "standard output: %s; expected to write the report to its end",
                strerror(error));
    broken = true;
    return STATUS_IO;
}

enum status output_write(const struct text *text) {
    if (text->failed)
        return message(STATUS_MEMORY, "out of memory; expected room for the report");
    if (text->length == 0)
        return STATUS_OK;
    if (fwrite(text->data, 1, text->length, stdout) < text->length || fflush(stdout) != 0)
        return fail();
    return STATUS_OK;
}

bool output_broken(void) { return broken; }

enum status output_close(enum status status) {
    /* Nothing is buffered here: every write was flushed. A descriptor that was closed from the
     * start is only a failure of a run that had something to write. */
    if (fclose(stdout) != 0 && errno != EBADF)
        return fail();
    return status;
}

int output_width(void) {
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
        return 0;
    return size.ws_col;
}
