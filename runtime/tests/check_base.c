#include "../base/base.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Impossible requests must reach the arena as NULL, also under AddressSanitizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }

START_TEST(statuses_are_exit_codes) {
    ck_assert_int_eq(STATUS_INPUT, 3);
    ck_assert_int_eq(STATUS_INTERNAL, 70);
    ck_assert_str_eq(status_name(STATUS_IO), "io");
    ck_assert_str_eq(status_name(STATUS_INTERNAL), "internal");
}
END_TEST

START_TEST(arithmetic_is_checked) {
    size_t size = 7;
    ck_assert(size_add(SIZE_MAX - 1, 1, &size));
    ck_assert_uint_eq(size, SIZE_MAX);
    size = 7;
    ck_assert(!size_add(SIZE_MAX, 1, &size));
    ck_assert(!size_mul(SIZE_MAX / 2 + 1, 2, &size));
    ck_assert_uint_eq(size, 7);
    int64_t count = 7;
    ck_assert(!count_mul(INT64_C(1) << 32, INT64_C(1) << 31, &count));
    ck_assert(!count_add(INT64_MIN, -1, &count));
    ck_assert_int_eq(count, 7);
    ck_assert(count_mul(INT64_C(1) << 32, -(INT64_C(1) << 31), &count));
    ck_assert_int_eq(count, INT64_MIN);
}
END_TEST

static bool all_zero(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

START_TEST(arena_gives_zeroed_aligned_memory) {
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 16384, 16385, 65536, 300000};
    struct arena arena;
    arena_init(&arena);
    if (setjmp(arena.out_of_memory))
        ck_abort_msg("out of memory");
    for (size_t round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned char *bytes = arena_alloc(&arena, sizes[i]);
            ck_assert_ptr_nonnull(bytes);
            ck_assert_uint_eq((uintptr_t)bytes % 16, 0);
            ck_assert(all_zero(bytes, sizes[i]));
            if (sizes[i] > 0)
                memset(bytes, 0xA5, sizes[i]); /* whoever gets it again would see it */
        }
    }
    arena_free(&arena);
}
END_TEST

START_TEST(arena_copies) {
    struct arena arena;
    arena_init(&arena);
    if (setjmp(arena.out_of_memory))
        ck_abort_msg("out of memory");
    ck_assert_str_eq(arena_copy(&arena, "conv1, relu1", 5), "conv1");
    ck_assert_str_eq(arena_copy(&arena, NULL, 0), "");
    ck_assert_str_eq(arena_format(&arena, "%s%d_%d", "conv", 2, 1), "conv2_1");
    ck_assert_uint_eq(strlen(arena_format(&arena, "%*s", 100000, "")), 100000);

    int *numbers = arena_grow(&arena, NULL, 0, 2, sizeof *numbers);
    numbers[0] = 4;
    numbers[1] = 5;
    int *more = arena_grow(&arena, numbers, 2, 4, sizeof *more);
    ck_assert(more[0] == 4 && more[1] == 5 && more[2] == 0 && more[3] == 0);
    arena_free(&arena);
}
END_TEST

static char released[8];

static void release(void *object) { strcat(released, object); }

START_TEST(cleanups_run_newest_first) {
    struct arena arena;
    arena_init(&arena);
    if (setjmp(arena.out_of_memory))
        ck_abort_msg("out of memory");
    released[0] = '\0';
    char first[] = "1", second[] = "2";
    arena_defer(&arena, release, first);
    arena_defer(&arena, release, second);
    ck_assert_str_eq(released, "");
    arena_free(&arena);
    ck_assert_str_eq(released, "21");
    arena_free(&arena); /* an empty arena: nothing runs again */
    ck_assert_str_eq(released, "21");
}
END_TEST

/* The form every owner of a work arena has. */
static enum status job(size_t count, size_t size) {
    struct arena arena;
    arena_init(&arena);
    if (setjmp(arena.out_of_memory)) {
        arena_free(&arena);
        return STATUS_MEMORY;
    }
    static char object[] = "x";
    arena_defer(&arena, release, object);
    arena_alloc(&arena, 100);
    arena_array(&arena, count, size);
    arena_free(&arena);
    return STATUS_OK;
}

START_TEST(out_of_memory_jumps_to_the_owner) {
    released[0] = '\0';
    ck_assert_int_eq(job(10, 10), STATUS_OK);
    ck_assert_int_eq(job(SIZE_MAX / 4, 1), STATUS_MEMORY); /* more than there is */
    ck_assert_int_eq(job(SIZE_MAX / 4, 8), STATUS_MEMORY); /* count * size wraps */
    ck_assert_int_eq(job(SIZE_MAX - 8, 1), STATUS_MEMORY); /* the block's head wraps */
    ck_assert_str_eq(released, "xxxx");
}
END_TEST

START_TEST(text_grows) {
    struct text text = {0};
    text_add(&text, "");
    ck_assert_str_eq(text.data, "");
    for (int i = 0; i < 1000; i++)
        text_format(&text, "%03d", i);
    ck_assert_uint_eq(text.length, 3000);
    ck_assert_int_eq(strncmp(text.data + 2997, "999", 4), 0);
    text_repeat(&text, '-', 5);
    text_bytes(&text, "a\0b", 3);
    ck_assert_uint_eq(text.length, 3008);
    ck_assert_int_eq(memcmp(text.data + 3000, "-----a\0b", 9), 0);
    text_free(&text);
    ck_assert_ptr_null(text.data);
}
END_TEST

START_TEST(text_remembers_failure) {
    struct text text = {0};
    text_add(&text, "before");
    text_repeat(&text, ' ', SIZE_MAX / 4);
    ck_assert(text.failed);
    text_add(&text, "after");
    ck_assert_str_eq(text.data, "before");
    text_free(&text);
    text_repeat(&text, ' ', SIZE_MAX);
    ck_assert(text.failed);
    text_free(&text);
    ck_assert(!text.failed);
}
END_TEST

static const struct {
    const char *bytes;
    size_t length;
    const char *escaped;
} escapes[] = {
    {"conv1 'x' \\n", 12, "conv1 'x' \\n"},
    {"", 0, ""},
    {"a\nb\r\tc", 6, "a\\nb\\r\\tc"},
    {"\033[2J", 4, "\\x1B[2J"},
    {"\0\x7F", 2, "\\x00\\x7F"},
    {"caf\xC3\xA9 \xE5\xB1\xA4 \xF0\x9F\x90\x88", 14, "caf\xC3\xA9 \xE5\xB1\xA4 \xF0\x9F\x90\x88"},
    {"\xC2\x9B", 2, "\\xC2\\x9B"},                   /* C1: control sequence introducer */
    {"\xC2\xA0", 2, "\xC2\xA0"},                     /* the first that is none */
    {"\xE2\x80\xAE", 3, "\\xE2\\x80\\xAE"},          /* right-to-left override */
    {"\xE2\x80\xA8", 3, "\\xE2\\x80\\xA8"},          /* line separator */
    {"\xFF\xFE", 2, "\\xFF\\xFE"},                   /* no UTF-8 at all */
    {"\xC0\xAF", 2, "\\xC0\\xAF"},                   /* overlong */
    {"\xE0\x80\xAF", 3, "\\xE0\\x80\\xAF"},          /* overlong */
    {"\xED\xA0\x80", 3, "\\xED\\xA0\\x80"},          /* surrogate */
    {"\xF4\x90\x80\x80", 4, "\\xF4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
    {"\xC3", 1, "\\xC3"},                            /* cut */
    {"\xE5\xB1z", 3, "\\xE5\\xB1z"},                 /* cut by a letter */
    {"\xE5\xB1\xA4", 2, "\\xE5\\xB1"},               /* cut by the length */
};

START_TEST(reals_are_short_and_exact) {
    static const struct {
        double value;
        const char *text;
    } reals[] = {{0, "0"},
                 {-1, "-1"},
                 {100, "100"},
                 {0.1, "0.1"},
                 {1e-4, "0.0001"},
                 {1e20, "1e+20"},
                 {0.485, "0.485"},
                 {1.0 / 3, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {5e-324, "5e-324"}};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        struct text text = {0};
        text_real(&text, reals[i].value);
        ck_assert_str_eq(text.data, reals[i].text);
        ck_assert(text_to_real(text.data) == reals[i].value);
        text_free(&text);
    }
}
END_TEST

START_TEST(controls_are_escaped) {
    struct text text = {0};
    text_escaped(&text, escapes[_i].bytes, escapes[_i].length);
    ck_assert_str_eq(text.data ? text.data : "", escapes[_i].escaped);
    text_free(&text);
}
END_TEST

START_TEST(utf8_gives_code_points) {
    uint32_t code = 0;
    ck_assert_uint_eq(text_utf8("A", 1, &code), 1);
    ck_assert_uint_eq(code, 'A');
    ck_assert_uint_eq(text_utf8("\xC3\xA9", 2, &code), 2);
    ck_assert_uint_eq(code, 0xE9);
    ck_assert_uint_eq(text_utf8("\xE2\x80\xA8", 3, &code), 3);
    ck_assert_uint_eq(code, 0x2028);
    ck_assert_uint_eq(text_utf8("\xF4\x8F\xBF\xBF", 4, &code), 4);
    ck_assert_uint_eq(code, 0x10FFFF);
    code = 1;
    ck_assert_uint_eq(text_utf8("\x80", 1, &code), 0);
    ck_assert_uint_eq(text_utf8("", 0, &code), 0);
    ck_assert_uint_eq(code, 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base");
    TCase *arithmetic = tcase_create("arithmetic");
    tcase_add_test(arithmetic, statuses_are_exit_codes);
    tcase_add_test(arithmetic, arithmetic_is_checked);
    suite_add_tcase(suite, arithmetic);
    TCase *arena = tcase_create("arena");
    tcase_add_test(arena, arena_gives_zeroed_aligned_memory);
    tcase_add_test(arena, arena_copies);
    tcase_add_test(arena, cleanups_run_newest_first);
    tcase_add_test(arena, out_of_memory_jumps_to_the_owner);
    suite_add_tcase(suite, arena);
    TCase *text = tcase_create("text");
    tcase_add_test(text, text_grows);
    tcase_add_test(text, text_remembers_failure);
    tcase_add_test(text, reals_are_short_and_exact);
    tcase_add_loop_test(text, controls_are_escaped, 0, (int)(sizeof escapes / sizeof *escapes));
    tcase_add_test(text, utf8_gives_code_points);
    suite_add_tcase(suite, text);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
