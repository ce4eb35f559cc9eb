/* Temporaries: files beside the one that they will replace, which their process holds by a lock, so
 * that others can tell those of a process that was killed. */
#ifndef CNNC_TEMPORARY_H
#define CNNC_TEMPORARY_H

#include <sys/types.h>

#include "base.h"

/* Creates and locks a new one, `.cnnc-PID-N.tmp`, in the directory that `path` begins with, in so
 * many bytes. Its name is malloc'ed. -1: errno, and *name is NULL. */
int temporary_create(const char *path, size_t directory, mode_t mode, char **name);

/* Removes those in a directory ("" is the working one) that nobody holds; the first time only.
 * Where files wait there under temporary_wait, none is removed. */
void temporary_clean(const char *directory);

/* A file whose descriptor, and lock with it, is about to be closed waits for its name: until
 * temporary_waited nobody cleans the directory. Takes one descriptor for any number of files in one
 * directory, and never waits for its lock, which may be a user's. False: it could not be done, and
 * temporary_waited is not to be called; with EWOULDBLOCK in errno others may clean, and the file is
 * safe only while its own lock is held. */
MUST_USE bool temporary_wait(const char *directory);
void temporary_waited(void);

/* Locks what is open, for as long as it is; false: another has locked it. Where the file system
 * knows no locks, true. */
MUST_USE bool temporary_lock(int descriptor);

#endif
