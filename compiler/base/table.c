#include "table.h"

#include <string.h>

/* FNV-1a, 32 bits. */
static uint32_t hash_string(const char *key) {
    uint32_t hash = 2166136261U;
    for (const unsigned char *byte = (const unsigned char *)key; *byte; byte++)
        hash = (hash ^ *byte) * 16777619U;
    return hash;
}

void table_init(struct table *table, struct arena *arena) {
    *table = (struct table){.arena = arena};
}

/* The slot that holds the key, or the free one where it belongs. */
static struct table_slot *slot_for(const struct table *table, const char *key, uint32_t hash) {
    size_t mask = table->capacity - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct table_slot *slot = &table->slots[i];
        if (!slot->key || (slot->hash == hash && strcmp(slot->key, key) == 0))
            return slot;
    }
}

uint32_t *table_find(const struct table *table, const char *key) {
    if (table->count == 0)
        return NULL;
    struct table_slot *slot = slot_for(table, key, hash_string(key));
    return slot->key ? &slot->value : NULL;
}

static void grow(struct table *table) {
    struct table old = *table;
    table->capacity = old.capacity ? old.capacity * 2 : 16;
    table->slots = arena_array(table->arena, table->capacity, sizeof *table->slots);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].key)
            *slot_for(table, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    }
}

uint32_t *table_put(struct table *table, const char *key) {
    if (table->count * 2 >= table->capacity)
        grow(table);
    uint32_t hash = hash_string(key);
    struct table_slot *slot = slot_for(table, key, hash);
    if (!slot->key) {
        *slot = (struct table_slot){.key = key, .hash = hash};
        table->count++;
    }
    return &slot->value;
}
