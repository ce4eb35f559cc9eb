/* Writing a file so that its name holds the old content or the new one, never a part. */
#ifndef CNNC_SAVE_H
#define CNNC_SAVE_H

#include <stdatomic.h>

#include "base.h"

enum { SAVE_PARTS = 10 };

/* A place for what was written when a signal ends the program, and what is to be said then. */
struct save_kept {
    const char *name, *words;
};

/* A file that is being written. Fields are save.c's own. */
struct save {
    int descriptor;
    char *temporary; /* NULL: there is none */
    char *path;      /* without links */
    int error;       /* errno of the first failure, 0 */
    bool adds;       /* to a file that stays when the writing fails */
    bool waits;      /* under temporary_wait */
    const struct save_kept *kept;
    size_t kept_count;
    struct save *_Atomic next;
};

/* save_begin, save_write..., save_end: a temporary in the directory of `path`, fsync, rename, fsync
 * of the directory, close. Of a symbolic link, the file that it leads to is replaced;
 * another name of the file (a hard link) keeps the old content. The new file has the mode of the
 * old one, and its owner and group where the system allows that. A file that may not be written to
 * is refused, and so is one without any permission to write, to root too. What is there and no
 * regular file (FIFO, device, what /dev/stdout is) is never replaced but added to. Temporaries of
 * processes that were killed are removed from the directory.
 *
 * Between begin and end the directory is known by its path, not held open, since any number of
 * files may wait: when it is renamed meanwhile, save_end fails, and the temporary stays in it.
 * After any failure save_write does nothing, and save_end says so. Begin and end are called from
 * one thread. */
void save_begin(struct save *save, const char *path);
void save_write(struct save *save, const void *bytes, size_t length);
/* Something failed so far: save_end will say what. */
MUST_USE bool save_failed(const struct save *save);
/* All is written: to the disk with it, and closes, so that any number of files can wait; where
 * another program has locked the directory, or files wait in another, it stays open instead.
 * save_end does so where it was not done; who writes several files asks save_failed of all between
 * the two.
 */
void save_finish(struct save *save);
/* Renames; the temporary is gone, but as said above. When not everything is written and renamed:
 * STATUS_IO or STATUS_MEMORY, and *fault in those of file_fault_to_write. */
MUST_USE enum status save_end(struct save *save, const char **fault);
/* Closes and removes the temporary: the writer has failed by itself. */
void save_abandon(struct save *save);

/* ---- what can be taken up again ---- */

/* In the place of save_begin: adds to `part`, which is locked against others that do, and takes the
 * name `path` at the end; when they are one file, it is made where there is none. It stays when the
 * writing fails. save_cut leaves its first `length` bytes. */
void save_continue(struct save *save, const char *part, const char *path);
void save_cut(struct save *save, uint64_t length);

/* From now on a signal does not take away what was written: it gets the first of these names that
 * is free. Of save_continue there is one of no name: the file has its own. */
void save_keep(struct save *save, const struct save_kept *kept, size_t count);
/* Such names, to be freed: that of the file, without links, then with .part, .part-2 to .part-9.
 * NULL: no memory. */
char *save_part(const char *path, int number);
/* Is `part` one of those after the first? */
MUST_USE bool save_is_part(const char *part, const char *path);

/* For a signal handler that is about to end the program: removes the temporaries of all saves
 * that have not ended, or keeps what is in them, and returns what is to be said, or NULL.
 * Async-signal-safe. */
const char *save_interrupted(void);

#endif
