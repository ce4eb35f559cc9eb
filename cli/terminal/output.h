/* Standard output, where data goes. A failure to write is exit 5, told once; a reader that went
 * away (EPIPE, under an ignored SIGPIPE) is exit 5 without a word. */
#ifndef CNNC_OUTPUT_H
#define CNNC_OUTPUT_H

#include "../../runtime/base/base.h"

/* Call first: puts /dev/null in the place of a standard descriptor that was closed, so that no file
 * opened later takes its number. Reading or writing there still fails, as on a closed one. A file
 * size limit becomes a write error. */
void output_guard(void);

/* Writes and flushes. STATUS_MEMORY when the text is not whole. */
MUST_USE enum status output_write(const struct text *text);

/* A write failed: there is no use in making more. */
bool output_broken(void);

/* Closes; call last. status when that went well, and STATUS_IO when it did not. */
MUST_USE enum status output_close(enum status status);

/* The width of the terminal on stdout in characters; 0 when it is none. */
int output_width(void);

#endif
