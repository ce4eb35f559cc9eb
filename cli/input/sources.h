/* The inputs of a run, one after the other: the operands, what is below those that are directories,
 * the names in lists, the frames of a stream, the pictures of an array. Nothing is held but where
 * it stands, so there may be any number of them. */
#ifndef CNNC_SOURCES_H
#define CNNC_SOURCES_H

#include "../../runtime/picture/pixels.h"
#include "left_out.h"
#include "resume.h"
#include "stream.h"

struct sources_options {
    const char *const *operands; /* files, directories, "-" for the bytes of one on stdin */
    size_t operand_count;
    const char *lines;             /* --files-from, or NULL; "-" is stdin, as in the next */
    const char *zeros;             /* --files0-from */
    bool frames;                   /* stdin is a stream of them; there is nothing else then */
    const struct pixels *pictures; /* there is nothing else then; or NULL */
    uint64_t area;                 /* most pixels of a frame */
    size_t most;                   /* most bytes of what is no regular file: of an array */
    size_t picture;                /* the same of a picture or frame; at most `most` */
    int64_t shard, shards;         /* every shards-th input from the shard-th on, counted from 1 */
    struct resume *resume;         /* inputs that it answers are passed over; or NULL */
    bool names_only;               /* nothing is read but directories and lists: to count */
    struct left_out *left;         /* counts what directories have besides; or NULL */
    struct stream_stop *stop;
};

enum sources_kind {
    SOURCES_END,
    SOURCES_FILE,
    SOURCES_BYTES, /* of standard input, a FIFO or a frame */
    SOURCES_PICTURE,
    SOURCES_FAILED, /* it cannot be read; the others go on */
};

struct sources_item {
    enum sources_kind kind;
    char *name;    /* the owner frees it, and bytes.data; NULL of SOURCES_PICTURE */
    bool frame;    /* `index` says which of the stream */
    bool recorded; /* another shard or an earlier run has its record: told here as well, since it
                    * ends the stream for all */
    size_t index;
    struct text bytes;
    const struct pixels *pixels; /* of SOURCES_PICTURE, which is the index-th */
    enum status status;          /* of SOURCES_FAILED */
    struct file_error error;
};

struct sources;

/* NULL: no memory. The options' pointers must outlive the sources. */
struct sources *sources_new(const struct sources_options *options);
void sources_free(struct sources *sources);

/* The next input. Not STATUS_OK: a list is no good or memory ends, source->error says why in
 * `source->name` (NULL: in no file), and nothing follows. May wait for a stream. */
MUST_USE enum status sources_next(struct sources *sources, struct sources_item *source);
void sources_item_free(struct sources_item *source);

/* Inputs that were answered already, and passed over. */
size_t sources_skipped(const struct sources *sources);

#endif
