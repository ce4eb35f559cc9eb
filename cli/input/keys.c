#include "keys.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct keys_hash keys_hash(const void *bytes, size_t length, uint64_t seed) {
    XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, length, seed);
    return (struct keys_hash){.low = hash.low64, .high = hash.high64};
}

/* The key's own place, or the free one where it belongs. */
static struct keys_entry *find(const struct keys *keys, struct keys_hash key) {
    size_t at = key.low & (keys->capacity - 1);
    struct keys_entry *entry = &keys->entries[at];
    while (entry->used && (entry->key.low != key.low || entry->key.high != key.high)) {
        at = (at + 1) & (keys->capacity - 1);
        entry = &keys->entries[at];
    }
    return entry;
}

static bool grow(struct keys *keys) {
    struct keys larger = {.used = keys->used, .capacity = keys->capacity ? keys->capacity * 2 : 64};
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (!larger.entries)
        return false;
    for (size_t i = 0; i < keys->capacity; i++)
        if (keys->entries[i].used)
            *find(&larger, keys->entries[i].key) = keys->entries[i];
    free(keys->entries);
    *keys = larger;
    return true;
}

bool keys_add(struct keys *keys, struct keys_hash key) {
    if (keys->used >= keys->capacity / 2 && !grow(keys))
        return false;
    struct keys_entry *entry = find(keys, key);
    keys->used += !entry->used;
    entry->key = key;
    entry->used = true;
    entry->count++;
    return true;
}

size_t keys_count(const struct keys *keys, struct keys_hash key) {
    return keys->capacity ? find(keys, key)->count : 0;
}

bool keys_take(struct keys *keys, struct keys_hash key) {
    if (keys_count(keys, key) == 0)
        return false;
    find(keys, key)->count--;
    return true;
}

void keys_free(struct keys *keys) {
    free(keys->entries);
    *keys = (struct keys){0};
}
