/* Weights of other programs that have no mark at their beginning (those are in content.c). */
#ifndef CNNC_FOREIGN_H
#define CNNC_FOREIGN_H

#include "content.h"

/* What the whole file is, by its structure: darknet, protobuf (Caffe, TensorFlow, Core ML), an
 * index of TensorFlow or of shards, MessagePack, text. NULL: not known. */
const struct content *foreign_of(const unsigned char *bytes, size_t length);

/* What a file that is not known otherwise is by the ending of its name, which may be NULL. */
const struct content *foreign_by_name(const char *name);

#endif
