#include "tensor.h"

#include <math.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are read as they lie in memory");
_Static_assert(sizeof(float) == 4 && sizeof(double) == 8, "IEEE 754 binary32 and binary64");

size_t element_size(enum element element) {
    static const unsigned char sizes[] = {
        [ELEMENT_F32] = 4,  [ELEMENT_F32_BE] = 4, [ELEMENT_F64] = 8, [ELEMENT_F16] = 2,
        [ELEMENT_BF16] = 2, [ELEMENT_I8] = 1,     [ELEMENT_U8] = 1,  [ELEMENT_U16] = 2,
        [ELEMENT_I32] = 4,  [ELEMENT_I64] = 8,    [ELEMENT_BOOL] = 1};
    _Static_assert(sizeof sizes == ELEMENT_COUNT, "a size for each");
    return sizes[element];
}

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16. A subnormal is its fraction times 2^-24, which float32 holds as a normal. */
static float float_of_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, fraction = half & 0x3FF;
    uint32_t exponent = half >> 10 & 0x1F;
    if (exponent == 0)
        return copysignf((float)fraction * 0x1p-24F, float_of(sign | 0x3F800000));
    if (exponent == 31)
        return float_of(sign | 0x7F800000 | fraction << 13);
    return float_of(sign | (exponent + 127 - 15) << 23 | fraction << 13);
}

static float float_of_swapped(uint32_t bits) { return float_of(__builtin_bswap32(bits)); }
static float float_of_bfloat(uint16_t bits) { return float_of((uint32_t)bits << 16); }
static float float_of_bool(uint8_t byte) { return byte != 0; }

/* Each element from its bytes, which may lie at any address. */
#define CONVERT(type, expression)                                                                  \
    for (size_t i = 0; i < count; i++) {                                                           \
        type value;                                                                                \
        memcpy(&value, bytes + i * sizeof value, sizeof value);                                    \
        out[i] = (expression);                                                                     \
    }                                                                                              \
    break

void element_convert(enum element element, const unsigned char *bytes, size_t count, float *out) {
    switch (element) {
    case ELEMENT_F32:
        CONVERT(float, value);
    case ELEMENT_F32_BE:
        CONVERT(uint32_t, float_of_swapped(value));
    case ELEMENT_F64:
        CONVERT(double, (float)value);
    case ELEMENT_F16:
        CONVERT(uint16_t, float_of_half(value));
    case ELEMENT_BF16:
        CONVERT(uint16_t, float_of_bfloat(value));
    case ELEMENT_I8:
        CONVERT(int8_t, (float)value);
    case ELEMENT_U8:
        CONVERT(uint8_t, (float)value);
    case ELEMENT_U16:
        CONVERT(uint16_t, (float)value);
    case ELEMENT_I32:
        CONVERT(int32_t, (float)value);
    case ELEMENT_I64:
        CONVERT(int64_t, (float)value);
    case ELEMENT_BOOL:
        CONVERT(uint8_t, float_of_bool(value));
    case ELEMENT_COUNT:
        break;
    }
}

const float *element_floats(enum element element, const unsigned char *bytes, size_t count,
                            struct arena *arena) {
    if (element == ELEMENT_F32 && (uintptr_t)bytes % _Alignof(float) == 0)
        return (const float *)(const void *)bytes;
    float *floats = arena_array(arena, count, sizeof *floats);
    element_convert(element, bytes, count, floats);
    return floats;
}

bool extents_count(const size_t *extents, int rank, size_t *count) {
    size_t product = 1;
    for (int i = 0; i < rank; i++) {
        if (!size_mul(product, extents[i], &product))
            return false;
    }
    *count = product;
    return true;
}

bool tensor_ignorable(const char *name) {
    static const char suffix[] = ".num_batches_tracked";
    size_t length = strlen(name), end = sizeof suffix - 1;
    return length > end && strcmp(name + length - end, suffix) == 0;
}

void tensor_ignore(struct tensor *tensor) {
    *tensor = (struct tensor){.name = tensor->name, .ignorable = true};
}

size_t tensor_nonfinite(const struct tensor *tensor) {
    size_t found = 0;
    for (size_t i = 0; tensor->data && i < tensor->count; i++)
        found += isfinite(tensor->data[i]) ? 0 : 1;
    return found;
}
