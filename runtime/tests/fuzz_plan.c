/* Bytes as a plan file whose checksums are right; a plan that is accepted and small runs, and has
 * to keep to its memory (plan_judge.h). The mutator knows the fields of the stored structs; the
 * seeds, a plan of each kind of step, are written by `check_plan_hostile seeds FOLDER`. */
#include <stdio.h>
#include <stdlib.h>

#include "../gemm/microkernel.h"
#include "plan_judge.h"
#include "plan_places.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t most, unsigned seed);
/* The fuzzer's own, of bytes; there is none where files are replayed. */
__attribute__((weak)) size_t LLVMFuzzerMutate(unsigned char *data, size_t size, size_t most);

enum { MOST_WORK = 1 << 20, MOST_CHANGES = 4 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    unsigned char *bytes = malloc(size + 1);
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    plan_bytes_seal(bytes, size);
    struct plan *plan;
    struct plan_error error;
    bool repacked;
    const struct plan_target target = {microkernel_get()->tile, JUDGE_BYTES};
    if (plan_read(bytes, size, &target, &plan, &repacked, &error) == STATUS_OK) {
        const char *fault = judge_plan(plan, MOST_WORK);
        if (fault) {
            fprintf(stderr, "%s\n", fault);
            abort();
        }
        plan_free(plan);
    }
    free(bytes);
    return 0;
}

/* ---- the mutator ---- */

static uint64_t state;
/* Below `count`, which is not 0. */
static size_t below(size_t count) {
    state += 0x9E3779B97F4A7C15u; /* splitmix64 */
    uint64_t s = state;
    s = (s ^ s >> 30) * 0xBF58476D1CE4E5B9u;
    s = (s ^ s >> 27) * 0x94D049BB133111EBu;
    return (size_t)((s ^ s >> 31) % count);
}

/* Some element of some table, steps most often; false: it is not in the file. */
static bool pick_element(const unsigned char *data, size_t size, size_t t, size_t *at) {
    size_t count = places_elements(data, t);
    *at = count ? places_element(data, size, t, below(count)) : SIZE_MAX;
    return *at != SIZE_MAX;
}

static void change_field(unsigned char *data, size_t size) {
    static struct places places;
    size_t t = below(8) < 5 ? 2 : below(PLACE_TABLES), at, other;
    if (!pick_element(data, size, t, &at) || !pick_element(data, size, t, &other))
        return;
    if (below(32) == 0) {
        memmove(data + at, data + other, place_tables[t].fields->size);
        return;
    }
    places_of(data, t, at, &places);
    const struct place *place = &places.all[below(places.count)];
    struct place twin = *place; /* the same of another element, or another field of its size */
    twin.at = place->at - at + other;
    if (below(2)) {
        const struct place *any = &places.all[below(places.count)];
        twin.at = any->field->size == place->field->size ? any->at : twin.at;
    }
    uint64_t value = place_get(data, place);
    switch (below(8)) {
    case 0:
        value = below(16);
        break;
    case 1:
        value ^= (uint64_t)1 << below(8 * place->field->size);
        break;
    case 2:
        value = place_get(data, &twin);
        break;
    case 3:
        value += below(64) - 32;
        break;
    default:
        value = place_value(data, place, below(PLACE_VALUES));
    }
    place_set(data, place, value);
}

size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t most, unsigned seed) {
    state = seed;
    if (size < HEAD_BYTES || below(16) == 0)
        return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, most) : size;
    for (size_t i = 1 + below(MOST_CHANGES); i > 0; i--)
        change_field(data, size);
    return size;
}
