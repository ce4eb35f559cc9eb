#include "random.h"

static uint64_t hash(const char *name) {
    uint64_t h = 0xCBF29CE484222325u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001B3u;
    return h;
}

static uint64_t finish(uint64_t s) {
    s = (s ^ s >> 30) * 0xBF58476D1CE4E5B9u;
    s = (s ^ s >> 27) * 0x94D049BB133111EBu;
    return s ^ s >> 31;
}

void random_fill(uint64_t seed, const char *name, uint64_t first, size_t count, double low,
                 double high, float *out) {
    uint64_t stream = hash(name) + first + 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t s = finish(seed + (stream + i) * 0x9E3779B97F4A7C15u);
        out[i] = (float)(low + (high - low) * ((double)(s >> 40) * 0x1p-24));
    }
}
