/* What a file holds, by its first bytes: for telling a user what stands in another's place. */
#ifndef CNNC_CONTENT_H
#define CNNC_CONTENT_H

#include "base.h"

enum { CONTENT_BYTES = 264 /* are enough to see */ };

/* What may be read in some place. */
enum content_kind {
    CONTENT_OTHER,
    CONTENT_WEIGHTS, /* safetensors, or ZIP as npz is */
    CONTENT_NPY,
    CONTENT_IDX, /* or gzip, as those come */
    CONTENT_PLAN,
    CONTENT_ONNX
};

struct content {
    const char *name; /* with its article: "a WebP picture" */
    const char *way;  /* a command that makes of FILE what is read here; or NULL */
    enum content_kind kind;
    const char *weights; /* how weights are had of it, after "a safetensors or npz file"; or NULL */
};

/* NULL: text, or nothing that is known. What it says of is not checked any further. */
const struct content *content_of(const unsigned char *bytes, size_t length);

/* "UTF-16" or "UTF-32" when a text is that by its byte order mark, "UTF-16LE" and the like by where
 * the zeros of its first two characters stand, if these are ASCII; else NULL. */
const char *content_wide(const char *text, size_t length);

/* The type that the first bytes name: "png", "jpeg", "pnm"; NULL: none that is read here. */
const char *content_picture(const unsigned char *bytes, size_t length);

/* The first bytes of a plan file; what follows them says when text mode has damaged it. */
#define CONTENT_PLAN_MARK                                                                          \
    "\x89"                                                                                         \
    "CNNP\r\n\x1A"
/* Does the file begin as a plan file of any version? */
bool content_is_plan(const unsigned char *bytes, size_t length);

#endif
