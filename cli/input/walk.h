/* The pictures and arrays below a directory, in the order in which `LC_ALL=C sort` puts their
 * paths. */
#ifndef CNNC_WALK_H
#define CNNC_WALK_H

#include "keys.h"
#include "left_out.h"

struct walk;

/* left: what is not given is counted there; or NULL. NULL: no memory. */
struct walk *walk_new(const char *directory, struct left_out *left);
void walk_free(struct walk *walk);

/* The next path, malloc'ed, in *path; NULL at the end. Files count by their extension alone (.png
 * .jpg .jpeg .jpe .jfif .pnm .pbm .pgm .ppm .pam .npy in any case): what is in them is seen when
 * they are read, so that a damaged one is not passed over. Names that begin with a dot are.
 * Symbolic links are followed; a directory is entered once, so links in a circle end. *fault, when
 * not 0 afterwards, is the errno for which the directory *path cannot be read; the walk goes on.
 * STATUS_MEMORY. */
MUST_USE enum status walk_next(struct walk *walk, char **path, int *fault);

/* `path`, which is there, is one that a walk of the directory gives, as it is named or behind its
 * links. Known by names alone: nothing is walked. */
MUST_USE bool walk_has(const char *directory, const char *path);

#endif
