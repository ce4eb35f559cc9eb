/* What stands in folders and is not read: counted, so that a user can account for every file. */
#ifndef CNNC_LEFT_OUT_H
#define CNNC_LEFT_OUT_H

#include "../../runtime/base/base.h"

enum { LEFT_OUT_NAME = 24 };

/* In order of their first meeting. */
struct left_out {
    struct left_out_kind {
        char name[LEFT_OUT_NAME]; /* ".webp", in small letters, or one of the words below */
        uint64_t count;
    } * kinds;
    size_t count;
    uint64_t files; /* of all kinds */
    bool failed;    /* memory ended */
};

/* Kinds that are no endings. */
#define LEFT_OUT_HIDDEN "hidden"
#define LEFT_OUT_SPECIAL "special" /* FIFO, socket, device */
#define LEFT_OUT_BESIDE "beside the folders"

/* The endings that are read, for messages. */
#define LEFT_OUT_READ ".png .jpg .jpeg .jpe .jfif .pnm .pbm .pgm .ppm .pam .npy"

/* By the ending of the file's name. */
void left_out_add(struct left_out *left, const char *name);
void left_out_add_kind(struct left_out *left, const char *kind);
void left_out_free(struct left_out *left);

/* Sorts the kinds: the most frequent first, equal ones by name. */
void left_out_sort(struct left_out *left);
/* "3 files of other kinds left out: 2 .webp, 1 hidden", of the most frequent kinds, which it sorts.
 */
void left_out_describe(struct left_out *left, struct text *out);
/* A note on stderr, where there is something to tell. STATUS_MEMORY, after saying so. */
MUST_USE enum status left_out_tell(struct left_out *left);

#endif
