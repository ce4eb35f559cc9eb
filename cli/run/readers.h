/* The threads that read a request's inputs while the network computes: for every verb that runs a
 * network on many. */
#ifndef CNNC_READERS_H
#define CNNC_READERS_H

#include "../input/pipeline.h"
#include "model.h"

/* Starts as many as the request has threads, or as can have a file open each. `sources` says what
 * to read, but for the limits. Says on stderr what is wrong, and warns when there is no thread.
 * STATUS_MEMORY. The caller frees the pipeline. */
MUST_USE enum status readers_start(const struct request *request, const struct model *model,
                                   const struct input_options *input,
                                   const struct sources_options *sources, struct pipeline **out);

#endif
