/* Pictures that follow each other on a stream: binary PNM and PAM (P4 to P7), as netpbm joins them
 * and ffmpeg -f image2pipe writes them. */
#ifndef CNNC_FRAMES_H
#define CNNC_FRAMES_H

#include "../../runtime/base/file_error.h"
#include "stream.h"

/* Adds the bytes of the next picture to the empty `frame`, none at the end of the stream. A frame
 * that is cut short, or whose header is damaged, is an error, and what follows it cannot be found.
 * area: most pixels; most: bytes. STATUS_INPUT, STATUS_LIMIT, STATUS_IO, STATUS_MEMORY. */
MUST_USE enum status frames_next(struct stream *stream, uint64_t area, size_t most,
                                 struct text *frame, struct file_error *error);

#endif
