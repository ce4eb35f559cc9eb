/* The fields of a plan file, one by one, as bytes: found by the tables of plan_fields.h, set to
 * what they must not be. For tests and the fuzzer. */
#ifndef CNNC_PLAN_PLACES_H
#define CNNC_PLAN_PLACES_H

#include <stdio.h>
#include <stdlib.h>

#include "../steps/step.h"
#include "plan_bytes.h"

enum { PLACES_MOST = 128, PLACE_TABLES = 5 };

/* A field that has no fields itself. */
struct place {
    char name[64]; /* "epilogue.bias.first", "as.kernel[0]" */
    size_t at;     /* in the file */
    const struct plan_field *field;
};

struct places {
    struct place all[PLACES_MOST];
    size_t count;
};

static inline void places_add(const struct plan_fields *fields, const char *before, size_t at,
                              uint32_t step_kind, struct places *places) {
    for (size_t i = 0; fields && i < fields->count; i++) {
        const struct plan_field *field = &fields->fields[i];
        struct place place = {.at = at + field->offset, .field = field};
        snprintf(place.name, sizeof place.name, "%.32s%.30s", before, field->name);
        const struct plan_fields *inner = field->inner;
        if (field->kind == PLAN_FIELD_PARAMETERS)
            inner = step_kind < STEP_COUNT ? step_kinds[step_kind]->parameters : NULL;
        else if (!inner && places->count < PLACES_MOST)
            places->all[places->count++] = place;
        if (inner) {
            char prefix[sizeof place.name];
            snprintf(prefix, sizeof prefix, "%.30s.", place.name);
            places_add(inner, prefix, place.at, step_kind, places);
        }
    }
}

static const struct place_table {
    const char *name;
    const struct plan_fields *fields;
} place_tables[PLACE_TABLES] = {
    {"head", &plan_head_fields},   {"buffer", &plan_buffer_fields}, {"step", &plan_step_fields},
    {"layer", &plan_layer_fields}, {"output", &plan_output_fields},
};

static inline uint32_t places_number(const unsigned char *bytes, size_t at) {
    uint32_t value;
    memcpy(&value, bytes + at, sizeof value);
    return value;
}

/* How many elements table t has (5: bytes of the strings), by the file's head. */
static inline size_t places_elements(const unsigned char *bytes, size_t t) {
    return places_number(bytes, AT_COUNTS + 4 * t);
}

/* Where element i of table t begins; SIZE_MAX: not wholly in the file, or of another size. */
static inline size_t places_element(const unsigned char *bytes, size_t length, size_t t, size_t i) {
    size_t at = (HEAD_BYTES + 63) / 64 * 64;
    if (length < HEAD_BYTES)
        return SIZE_MAX;
    for (size_t k = 0; k < t; k++)
        at += ((size_t)place_tables[k].fields->size * places_elements(bytes, k) + 63) / 64 * 64;
    size_t size = t < PLACE_TABLES ? place_tables[t].fields->size : 1;
    at += i * size;
    return i < places_elements(bytes, t) && at <= length && size <= length - at ? at : SIZE_MAX;
}

/* All fields of the element that begins at `at`. */
static inline void places_of(const unsigned char *bytes, size_t t, size_t at,
                             struct places *places) {
    places->count = 0;
    uint32_t kind = t == 2 ? places_number(bytes, at + offsetof(struct step, kind)) : 0;
    places_add(place_tables[t].fields, "", at, kind, places);
}

static inline uint64_t place_get(const unsigned char *bytes, const struct place *place) {
    uint64_t value = 0;
    memcpy(&value, bytes + place->at, place->field->size);
    return value;
}
static inline void place_set(unsigned char *bytes, const struct place *place, uint64_t value) {
    memcpy(bytes + place->at, &value, place->field->size);
}

/* Values that verifiers stumble over: of the field's own bounds, of what stands there, of its bits.
 * i below PLACE_VALUES. */
enum { PLACE_VALUES = 40 };
static inline uint64_t place_value(const unsigned char *bytes, const struct place *place,
                                   size_t i) {
    const struct plan_field *field = place->field;
    uint64_t now = place_get(bytes, place), low = (uint64_t)field->low,
             high = (uint64_t)field->high;
    const uint64_t values[PLACE_VALUES] = {
        0,
        1,
        2,
        3,
        UINT64_MAX, /* -1, PLAN_NONE */
        low - 1,
        low,
        high,
        high + 1,
        now - 1,
        now + 1,
        now * 2,
        now / 2,
        now - PLAN_ALIGN,
        now + PLAN_ALIGN,
        PLAN_ALIGN,
        0 - now,
        now ^ 0x80000000,
        INT32_MAX,
        0x80000000,
        1 << 12,
        1 << 16,
        (1 << 16) + 1,
        1 << 24,
        (1 << 24) + 1,
        1 << 25,
        -(uint64_t)(1 << 24),
        -(uint64_t)(1 << 25) - 1,
        (uint64_t)1 << 31,
        (uint64_t)1 << 32,
        PLAN_FLOATS,
        PLAN_FLOATS + PLAN_ALIGN,
        (uint64_t)1 << 62,
        INT64_MAX,
        (uint64_t)1 << 63,
        UINT64_MAX - PLAN_ALIGN + 1,
        0x7F800000,          /* infinity */
        0x7FC00000,          /* NaN */
        0x7FF0000000000000u, /* the same in double */
        0xFFF8000000000000u,
    };
    return values[i];
}

#endif
