/* What every part stands on: status, checked arithmetic, the arena, the text buffer. libc only. */
#ifndef CNNC_BASE_H
#define CNNC_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(format_index, first_argument)                                                       \
    __attribute__((format(printf, format_index, first_argument)))

/* The value of a status is the exit code a program ends with. */
enum status {
#define STATUS(name, code, text) STATUS_##name = (code),
#include "status.def"
#undef STATUS
};

/* The class as messages print it: "input", "io". */
const char *status_name(enum status status);

/* ---- checked arithmetic: for every size that comes from outside. False on overflow, *out is then
 * unchanged. ---- */
static inline MUST_USE bool size_add(size_t a, size_t b, size_t *out) {
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

static inline MUST_USE bool size_mul(size_t a, size_t b, size_t *out) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

static inline MUST_USE bool count_add(int64_t a, int64_t b, int64_t *out) {
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

static inline MUST_USE bool count_mul(int64_t a, int64_t b, int64_t *out) {
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

/* Milliseconds since the system's start: a clock that never goes back. */
double clock_ms(void);

/* ---- arena: memory that dies all at once ----
 * A work arena serves one job (one compile). Allocation never returns NULL: when memory ends, it
 * jumps to the job's owner, which frees the arena and answers STATUS_MEMORY:
 *
 *     struct arena arena;
 *     arena_init(&arena);
 *     if (setjmp(arena.out_of_memory)) { arena_free(&arena); return STATUS_MEMORY; }
 *
 * So code between has no failure paths for memory, and owns nothing outside the arena but what it
 * gave to arena_defer. */
#include <setjmp.h>

struct arena {
    struct arena_block *blocks;
    struct arena_cleanup *cleanups;
    char *next, *end;
    jmp_buf out_of_memory;
};

void arena_init(struct arena *arena);
void arena_free(struct arena *arena); /* runs the deferred cleanups, newest first */
/* Zeroed, aligned to 16 bytes. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
/* count * size, checked. */
void *arena_array(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));
/* A larger copy of an array of `used` elements, for vectors that double; the old one stays until
 * the arena dies. */
void *arena_grow(struct arena *arena, const void *array, size_t used, size_t capacity, size_t size)
    __attribute__((returns_nonnull));
char *arena_copy(struct arena *arena, const char *text, size_t length); /* NUL added */
char *arena_format(struct arena *arena, const char *format, ...) PRINTF(2, 3);
/* Calls release(object) when the arena is freed: for what a library allocated. */
void arena_defer(struct arena *arena, void (*release)(void *), void *object);

/* ---- text: a growing string for output ----
 * A failed allocation is remembered in `failed` and later additions do nothing, so that a writer
 * checks once, at its end. data is NUL-terminated when not NULL. The owner calls text_free. */
struct text {
    char *data;
    size_t length, capacity;
    bool failed;
};

void text_free(struct text *text);
void text_bytes(struct text *text, const char *bytes, size_t length);
void text_add(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) PRINTF(2, 3);
void text_repeat(struct text *text, char byte, size_t count);
/* The shortest decimal that reads back as the same double, with a point in any locale; whole
 * numbers in digits alone. */
void text_real(struct text *text, double value);
/* The double that a decimal is nearest to, with a point in any locale. text is one, whole. */
double text_to_real(const char *text);
/* Bytes that a terminal would act on (controls, DEL, C1 controls, marks of direction, invalid
 * UTF-8) as \n, \xHH. */
void text_escaped(struct text *text, const char *bytes, size_t length);
/* The bytes (1 to 4) of the well-formed UTF-8 character that the text begins with, its code point
 * in *code; 0 when the text is empty or malformed (overlong, surrogate, cut, beyond U+10FFFF). */
size_t text_utf8(const char *bytes, size_t length, uint32_t *code);
/* Whether the byte continues a character of UTF-8: to count characters is to count the others. */
static inline bool text_continues(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

#endif
