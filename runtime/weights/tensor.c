#include "tensor.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are read as they lie in memory");
_Static_assert(sizeof(float) == 4 && sizeof(double) == 8, "IEEE 754 binary32 and binary64");

static const struct {
    const char *name;
    unsigned char size;
    bool whole;
} elements[] = {[ELEMENT_F32] = {"float32", 4, false}, [ELEMENT_F64] = {"float64", 8, false},
                [ELEMENT_F16] = {"float16", 2, false}, [ELEMENT_BF16] = {"bfloat16", 2, false},
                [ELEMENT_I8] = {"int8", 1, true},      [ELEMENT_U8] = {"uint8", 1, true},
                [ELEMENT_I16] = {"int16", 2, true},    [ELEMENT_U16] = {"uint16", 2, true},
                [ELEMENT_I32] = {"int32", 4, true},    [ELEMENT_U32] = {"uint32", 4, true},
                [ELEMENT_I64] = {"int64", 8, true},    [ELEMENT_U64] = {"uint64", 8, true},
                [ELEMENT_BOOL] = {"bool", 1, true}};
_Static_assert(sizeof elements / sizeof *elements == ELEMENT_COUNT, "a row for each");

size_t element_size(enum element element) { return elements[element].size; }
const char *element_name(enum element element) { return elements[element].name; }
bool element_whole(enum element element) { return elements[element].whole; }

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

static float float_of_bfloat(uint16_t bits) { return float_of((uint32_t)bits << 16); }

static uint8_t swap8(uint8_t byte) { return byte; }
static uint16_t swap16(uint16_t bits) { return __builtin_bswap16(bits); }
static uint32_t swap32(uint32_t bits) { return __builtin_bswap32(bits); }
static uint64_t swap64(uint64_t bits) { return __builtin_bswap64(bits); }

/* `value` from the element at `bytes`, which may lie at any address. */
#define LOAD(type, bits)                                                                           \
    type value;                                                                                    \
    uint##bits##_t raw;                                                                            \
    memcpy(&raw, bytes + i * sizeof raw, sizeof raw);                                              \
    raw = swapped ? swap##bits(raw) : raw;                                                         \
    memcpy(&value, &raw, sizeof value);

#define CONVERT(type, bits, expression)                                                            \
    for (size_t i = 0; i < count; i++) {                                                           \
        LOAD(type, bits)                                                                           \
        out[i] = (expression);                                                                     \
    }                                                                                              \
    break

void element_convert(enum element element, bool swapped, const unsigned char *bytes, size_t count,
                     float *out) {
    switch (element) {
    case ELEMENT_F32:
        CONVERT(float, 32, value);
    case ELEMENT_F64:
        CONVERT(double, 64, (float)value);
    case ELEMENT_F16:
        CONVERT(uint16_t, 16, float_of_half(value));
    case ELEMENT_BF16:
        CONVERT(uint16_t, 16, float_of_bfloat(value));
    case ELEMENT_I8:
        CONVERT(int8_t, 8, (float)value);
    case ELEMENT_U8:
        CONVERT(uint8_t, 8, (float)value);
    case ELEMENT_I16:
        CONVERT(int16_t, 16, (float)value);
    case ELEMENT_U16:
        CONVERT(uint16_t, 16, (float)value);
    case ELEMENT_I32:
        CONVERT(int32_t, 32, (float)value);
    case ELEMENT_U32:
        CONVERT(uint32_t, 32, (float)value);
    case ELEMENT_I64:
        CONVERT(int64_t, 64, (float)value);
    case ELEMENT_U64:
        CONVERT(uint64_t, 64, (float)value);
    case ELEMENT_BOOL:
        CONVERT(uint8_t, 8, value != 0);
    case ELEMENT_COUNT:
        break;
    }
}

/* ---- whole numbers ---- */

/* A whole number: its sign apart. */
struct whole {
    bool negative;
    uint64_t size;
};

static struct whole whole_of(int64_t value) {
    return (struct whole){value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value};
}

static struct whole whole_at(enum element element, bool swapped, const unsigned char *bytes) {
    const size_t i = 0;
    switch (element) {
    case ELEMENT_I16: {
        LOAD(int16_t, 16)
        return whole_of(value);
    }
    case ELEMENT_U16: {
        LOAD(uint16_t, 16)
        return (struct whole){false, value};
    }
    case ELEMENT_I32: {
        LOAD(int32_t, 32)
        return whole_of(value);
    }
    case ELEMENT_U32: {
        LOAD(uint32_t, 32)
        return (struct whole){false, value};
    }
    case ELEMENT_I64: {
        LOAD(int64_t, 64)
        return whole_of(value);
    }
    case ELEMENT_U64: {
        LOAD(uint64_t, 64)
        return (struct whole){false, value};
    }
    case ELEMENT_I8:
        return whole_of((int8_t)*bytes);
    default: /* uint8, bool */
        return (struct whole){false, *bytes};
    }
}

/* float32 has 24 bits: those between the first and the last that is set. */
static bool exact(uint64_t size) { return size == 0 || size >> __builtin_ctzll(size) < 1 << 24; }

size_t element_exact(enum element element, bool swapped, const unsigned char *bytes, size_t count) {
    size_t item = element_size(element), i = 0;
    while (i < count && exact(whole_at(element, swapped, bytes + i * item).size))
        i++;
    return i;
}

void element_text(enum element element, bool swapped, const unsigned char *bytes,
                  struct text *out) {
    struct whole whole = whole_at(element, swapped, bytes);
    text_format(out, "%s%" PRIu64, whole.negative ? "-" : "", whole.size);
}

/* ---- the whole tensor ---- */

/* Fortran order to row-major: walks the output and keeps the index of the element in the input,
 * where the first extent runs fastest. */
static const float *transpose(const struct tensor *tensor, const struct tensor_layout *layout,
                              struct arena *arena) {
    float *out = arena_array(arena, tensor->count, sizeof *out);
    size_t index[TENSOR_RANK] = {0}, stride[TENSOR_RANK], step = 1, from = 0;
    size_t item = element_size(tensor->element);
    for (int i = 0; i < tensor->rank; i++) {
        stride[i] = step;
        step *= tensor->extents[i];
    }
    for (size_t to = 0; to < tensor->count; to++) {
        element_convert(tensor->element, layout->swapped, layout->bytes + from * item, 1, out + to);
        for (int i = tensor->rank - 1; i >= 0; i--) {
            from += stride[i];
            if (++index[i] < tensor->extents[i])
                break;
            from -= stride[i] * index[i];
            index[i] = 0;
        }
    }
    return out;
}

void tensor_convert(struct tensor *tensor, const struct tensor_layout *layout,
                    struct arena *arena) {
    const unsigned char *bytes = layout->bytes;
    bool aligned = (uintptr_t)bytes % _Alignof(float) == 0;
    if (layout->fortran && tensor->rank > 1) {
        tensor->data = transpose(tensor, layout, arena);
    } else if (tensor->element == ELEMENT_F32 && !layout->swapped && aligned) {
        tensor->data = (const float *)(const void *)bytes;
    } else {
        float *floats = arena_array(arena, tensor->count, sizeof *floats);
        element_convert(tensor->element, layout->swapped, bytes, tensor->count, floats);
        tensor->data = floats;
    }
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

size_t tensor_nonfinite(const struct tensor *tensor) {
    size_t found = 0;
    for (size_t i = 0; tensor->data && i < tensor->count; i++)
        found += isfinite(tensor->data[i]) ? 0 : 1;
    return found;
}
