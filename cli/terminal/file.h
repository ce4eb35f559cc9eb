/* Reading a file that the user named. */
#ifndef CNNC_FILE_H
#define CNNC_FILE_H

#include "../../runtime/base/base.h"

struct file {
    char *bytes;
    size_t length;
};

/* Reads a file whole, or standard input when its name is "-"; FIFOs and devices too. At most `most`
 * bytes are read, so that /dev/zero ends: a file of most bytes may be longer. On failure *fault
 * says why in words that need no file name ("Is a directory; expected a file") and lives as long as
 * the program. STATUS_IO, STATUS_MEMORY. The caller frees file->bytes. */
MUST_USE enum status file_read(const char *name, size_t most, struct file *file,
                               const char **fault);

/* Why a file that was read as a spec can be none; NULL: it may be one. */
const char *file_refused(const char *name, const struct file *file);

/* Behind links too. */
bool file_is_directory(const char *name);

/* What messages and reports call it: "-" is "<stdin>". */
const char *file_title(const char *name);

#endif
