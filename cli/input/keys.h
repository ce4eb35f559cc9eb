/* A multiset of strings of bytes, each kept as a hash of 128 bits: two of 2^40 strings are taken
 * for one with a chance below 2^-48. */
#ifndef CNNC_KEYS_H
#define CNNC_KEYS_H

#include "../../runtime/base/base.h"

struct keys_hash {
    uint64_t low, high;
};

struct keys {
    struct keys_entry {
        struct keys_hash key;
        size_t count; /* 0: the place is free, or was taken from */
        bool used;
    } * entries;
    size_t used, capacity; /* a power of 2 */
};

struct keys_hash keys_hash(const void *bytes, size_t length, uint64_t seed);

/* Once more; false: no memory. */
MUST_USE bool keys_add(struct keys *keys, struct keys_hash key);
/* How often it is there. */
size_t keys_count(const struct keys *keys, struct keys_hash key);
/* Once less; false: it is not there. */
bool keys_take(struct keys *keys, struct keys_hash key);
void keys_free(struct keys *keys);

#endif
