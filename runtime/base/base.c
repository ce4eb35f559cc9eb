#include "base.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *status_name(enum status status) {
    switch (status) {
#define STATUS(name, code, text)                                                                   \
    case STATUS_##name:                                                                            \
        return text;
#include "status.def"
#undef STATUS
    }
    assert(false); /* not in status.def */
    return "internal";
}

double clock_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

/* ---- arena ---- */

#ifdef __has_feature
#define HAS_FEATURE(feature) __has_feature(feature)
#else
#define HAS_FEATURE(feature) 0
#endif

enum {
    ARENA_ALIGNMENT = 16,
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
    ARENA_BLOCK = 0, /* each allocation is a block of its exact size: overflows show */
#else
    ARENA_BLOCK = 1 << 16,
#endif
};

struct arena_block {
    _Alignas(ARENA_ALIGNMENT) struct arena_block *next;
};

struct arena_cleanup {
    void (*release)(void *);
    void *object;
    struct arena_cleanup *next;
};

void arena_init(struct arena *arena) { memset(arena, 0, sizeof *arena); }

void arena_free(struct arena *arena) {
    for (struct arena_cleanup *cleanup = arena->cleanups; cleanup; cleanup = cleanup->next)
        cleanup->release(cleanup->object);
    for (struct arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    arena_init(arena);
}

static char *block_new(struct arena *arena, size_t size) {
    size_t bytes;
    if (!size_add(size, sizeof(struct arena_block), &bytes))
        return NULL;
    struct arena_block *block = calloc(1, bytes);
    if (!block)
        return NULL;
    block->next = arena->blocks;
    arena->blocks = block;
    return (char *)(block + 1);
}

/* NULL when memory ends. Blocks come zeroed and each byte is handed out once. */
static void *try_alloc(struct arena *arena, size_t size) {
    if (size > ARENA_BLOCK / 4) /* a block of its own: the current one stays in use */
        return block_new(arena, size);
    size_t rounded = (size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
    if (!arena->next || rounded > (size_t)(arena->end - arena->next)) {
        char *block = block_new(arena, ARENA_BLOCK);
        if (!block)
            return NULL;
        arena->next = block;
        arena->end = block + ARENA_BLOCK;
    }
    void *result = arena->next;
    arena->next += rounded;
    return result;
}

static _Noreturn void out_of_memory(struct arena *arena) { longjmp(arena->out_of_memory, 1); }

void *arena_alloc(struct arena *arena, size_t size) {
    void *result = try_alloc(arena, size);
    if (!result)
        out_of_memory(arena);
    return result;
}

void *arena_array(struct arena *arena, size_t count, size_t size) {
    size_t bytes;
    if (!size_mul(count, size, &bytes))
        out_of_memory(arena);
    return arena_alloc(arena, bytes);
}

void *arena_grow(struct arena *arena, const void *array, size_t used, size_t capacity,
                 size_t size) {
    assert(used <= capacity);
    void *larger = arena_array(arena, capacity, size);
    if (used > 0)
        memcpy(larger, array, used * size);
    return larger;
}

char *arena_copy(struct arena *arena, const char *text, size_t length) {
    size_t bytes;
    if (!size_add(length, 1, &bytes))
        out_of_memory(arena);
    char *copy = arena_alloc(arena, bytes);
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *result = length < 0 ? NULL : try_alloc(arena, (size_t)length + 1);
    if (result)
        vsnprintf(result, (size_t)length + 1, format, again);
    va_end(again);
    if (!result)
        out_of_memory(arena);
    return result;
}

void arena_defer(struct arena *arena, void (*release)(void *), void *object) {
    struct arena_cleanup *cleanup = try_alloc(arena, sizeof *cleanup);
    if (!cleanup) {
        release(object); /* nobody else would */
        out_of_memory(arena);
    }
    *cleanup =
        (struct arena_cleanup){.release = release, .object = object, .next = arena->cleanups};
    arena->cleanups = cleanup;
}

/* ---- text ---- */

void text_free(struct text *text) {
    free(text->data);
    *text = (struct text){0};
}

/* Room for `more` bytes and a NUL. */
static bool text_reserve(struct text *text, size_t more) {
    size_t needed;
    if (text->failed)
        return false;
    if (!size_add(text->length, more, &needed) || !size_add(needed, 1, &needed)) {
        text->failed = true;
        return false;
    }
    if (needed <= text->capacity)
        return true;
    size_t capacity;
    if (!size_mul(text->capacity, 2, &capacity) || capacity < needed)
        capacity = needed;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_bytes(struct text *text, const char *bytes, size_t length) {
    if (!text_reserve(text, length))
        return;
    if (length > 0)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string) { text_bytes(text, string, strlen(string)); }

void text_format(struct text *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->failed = true;
    } else if (text_reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void text_repeat(struct text *text, char byte, size_t count) {
    if (!text_reserve(text, count))
        return;
    memset(text->data + text->length, byte, count);
    text->length += count;
    text->data[text->length] = '\0';
}

/* glibc's own, static: there is nothing to free, and it cannot fail. */
static locale_t c_locale(void) { return newlocale(LC_ALL_MASK, "C", (locale_t)0); }

double text_to_real(const char *text) { return strtod_l(text, NULL, c_locale()); }

void text_real(struct text *text, double value) {
    char digits[40];
    locale_t before = uselocale(c_locale());
    int precision = value == trunc(value) && fabs(value) < 1e15 ? 15 : 1;
    do {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
    } while (strtod(digits, NULL) != value && ++precision <= 17);
    uselocale(before);
    text_add(text, digits);
}

size_t text_utf8(const char *bytes, size_t length, uint32_t *code) {
    /* A lead byte tells the length; the least code of each length rejects overlong forms. */
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0)
        return 0;
    unsigned char lead = (unsigned char)bytes[0];
    size_t size = lead < 0x80             ? 1
                  : (lead & 0xE0) == 0xC0 ? 2
                  : (lead & 0xF0) == 0xE0 ? 3
                  : (lead & 0xF8) == 0xF0 ? 4
                                          : 0;
    if (size == 0 || size > length)
        return 0;
    uint32_t value = size == 1 ? lead : lead & (0x7FU >> size);
    for (size_t i = 1; i < size; i++) {
        if (!text_continues(bytes[i]))
            return 0;
        value = value << 6 | ((unsigned char)bytes[i] & 0x3FU);
    }
    if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code = value;
    return size;
}

/* Controls of ASCII and C1, line and paragraph separators, and the marks that turn the direction of
 * the text that follows. */
static bool is_control(uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

static void escape_byte(struct text *text, char byte) {
    switch (byte) {
    case '\n':
        text_add(text, "\\n");
        break;
    case '\r':
        text_add(text, "\\r");
        break;
    case '\t':
        text_add(text, "\\t");
        break;
    default:
        text_format(text, "\\x%02X", (unsigned)(unsigned char)byte);
    }
}

void text_escaped(struct text *text, const char *bytes, size_t length) {
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t size = text_utf8(bytes + i, length - i, &code);
        if (size > 0 && !is_control(code)) {
            text_bytes(text, bytes + i, size);
        } else {
            if (size == 0)
                size = 1;
            for (size_t k = 0; k < size; k++)
                escape_byte(text, bytes[i + k]);
        }
        i += size;
    }
}
