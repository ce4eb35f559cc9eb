/* A map from strings to numbers, for names. Open addressing; memory is the arena's. */
#ifndef CNNC_TABLE_H
#define CNNC_TABLE_H

#include "../../runtime/base/base.h"

struct table {
    struct arena *arena;
    struct table_slot {
        const char *key; /* NULL: free */
        uint32_t hash, value;
    } * slots;
    size_t capacity, count; /* capacity is a power of two, or 0 */
};

void table_init(struct table *table, struct arena *arena);
/* The value's place, valid until the next table_put; NULL when the key is absent. */
uint32_t *table_find(const struct table *table, const char *key);
/* Finds or adds (with value 0). key must outlive the table. */
uint32_t *table_put(struct table *table, const char *key);

#endif
