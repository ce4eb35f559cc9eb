/* Plan files as bytes, for tests that change them: plan_file.c's head. */
#ifndef CNNC_PLAN_BYTES_H
#define CNNC_PLAN_BYTES_H

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "../planfile/plan_file.h"

/* Places in the head. */
enum {
    AT_VERSION = 8,
    AT_SIZES = 16,
    AT_COUNTS = 40,
    AT_TABLES = 64, /* place, bytes, hash */
    AT_WEIGHTS = 88,
    AT_HEAD_HASH = 112,
    HEAD_BYTES = 120,
};

static inline uint64_t plan_bytes_get(const unsigned char *bytes, size_t at) {
    uint64_t value;
    memcpy(&value, bytes + at, sizeof value);
    return value;
}

static inline void plan_bytes_hash(unsigned char *bytes, size_t length, size_t at) {
    uint64_t first = plan_bytes_get(bytes, at), count = plan_bytes_get(bytes, at + 8);
    if (first > length || count > length - first)
        return;
    uint64_t hash = XXH3_64bits(bytes + first, count);
    memcpy(bytes + at + 16, &hash, sizeof hash);
}

/* Makes all checksums right, as far as what they are of lies in the file. */
static inline void plan_bytes_seal(unsigned char *bytes, size_t length) {
    if (length < HEAD_BYTES)
        return;
    plan_bytes_hash(bytes, length, AT_TABLES);
    plan_bytes_hash(bytes, length, AT_WEIGHTS);
    uint64_t hash = XXH3_64bits(bytes, AT_HEAD_HASH);
    memcpy(bytes + AT_HEAD_HASH, &hash, sizeof hash);
}

#endif
