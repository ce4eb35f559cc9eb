/* Lists of names, as --files-from and --files0-from read them. */
#ifndef CNNC_LIST_H
#define CNNC_LIST_H

#include "../../runtime/base/file_error.h"
#include "stream.h"

enum { LIST_NAME = 1 << 16 /* most bytes of a name */ };

struct list {
    struct stream *stream;
    const char *title;
    char separator; /* between its names: a line feed, or NUL */
    bool begun;
};

/* Puts the next name into the empty `name`; an empty one may follow others, or be the end. Names
 * are any bytes, but what Windows puts around them is taken away: a byte order mark before the
 * first, and a carriage return at the end of a line. A name that exists as it stands is kept. "-"
 * becomes
 * "./-". A list in UTF-16 or UTF-32 is refused. STATUS_INPUT, STATUS_LIMIT, STATUS_IO,
 * STATUS_MEMORY. */
MUST_USE enum status list_next(struct list *list, struct text *name, struct file_error *error);

#endif
