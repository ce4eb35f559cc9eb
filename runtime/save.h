/* Writing a file so that its name holds the old content or the new one, never a part. */
#ifndef CNNC_SAVE_H
#define CNNC_SAVE_H

#include <stdatomic.h>

#include "base.h"

/* A file that is being written. Fields are save.c's own. */
struct save {
    int descriptor;
    char *temporary; /* NULL: there is none */
    char *path;      /* without links */
    int error;       /* errno of the first failure, 0 */
    struct save *_Atomic next;
};

/* save_begin, save_write..., save_end: a temporary in the directory of `path`, fsync, close,
 * rename, fsync of the directory. Of a symbolic link, the file that it leads to is replaced. What
 * is there and no regular file (FIFO, device, what /dev/stdout is) is never replaced but added to.
 * Between begin and end the directory is known by its path, not held open, since any number of
 * files may wait: when it is renamed meanwhile, save_end fails, and the temporary stays in it.
 * After any failure save_write does nothing, and save_end says so. Begin and end are called from
 * one thread. */
void save_begin(struct save *save, const char *path);
void save_write(struct save *save, const void *bytes, size_t length);
/* Something failed so far: save_end will say what. */
MUST_USE bool save_failed(const struct save *save);
/* All is written: to the disk with it, and closes, so that any number of files can wait. save_end
 * does so where it was not done; who writes several files asks save_failed of all between the two.
 */
void save_finish(struct save *save);
/* Renames; the temporary is gone, but as said above. When not everything is written and renamed:
 * STATUS_IO or STATUS_MEMORY, and *fault in those of file_fault_to_write. */
MUST_USE enum status save_end(struct save *save, const char **fault);
/* Closes and removes the temporary: the writer has failed by itself. */
void save_abandon(struct save *save);

/* For a signal handler that is about to end the program: removes the temporaries of all saves
 * that have not ended. Async-signal-safe. */
void save_interrupted(void);

#endif
