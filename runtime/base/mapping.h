/* Regular files, mapped for reading. */
#ifndef CNNC_MAPPING_H
#define CNNC_MAPPING_H

#include "base.h"

struct mapping {
    const unsigned char *bytes; /* page-aligned; never NULL while open */
    size_t length;
};

/* Maps the whole of a regular file of at most `most` bytes. On failure *fault says why in words
 * that need no file name ("Is a directory; expected a file") and lives as long as the
 * program: STATUS_INPUT when the file is not a regular one (never waits on a FIFO), STATUS_LIMIT,
 * STATUS_IO, STATUS_MEMORY. The caller calls mapping_close when it went well.
 *
 * The file may change under the mapping: what is checked must be a copy. A file that is cut
 * meanwhile raises SIGBUS where its pages were; the program's handler ends it with exit 5. */
MUST_USE enum status mapping_open(const char *path, size_t most, struct mapping *mapping,
                                  const char **fault);
void mapping_close(struct mapping *mapping);

/* Gives the pages that lie wholly in these bytes back to the system. Of a mapping they are read
 * again when touched; of memory that was allocated the content is lost. */
void mapping_drop_pages(const void *bytes, size_t length);

#endif
