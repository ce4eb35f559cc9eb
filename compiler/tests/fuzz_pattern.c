/* Any bytes as a pattern: an error, or a tree whose print parses to the same tree and print. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../front/pattern.h"

static bool same(const struct pattern_item *a, const struct pattern_item *b) {
    bool alike = a->group == b->group && a->optional == b->optional && a->count == b->count &&
                 a->item_count == b->item_count && !a->count_name == !b->count_name &&
                 !a->label == !b->label;
    if (!alike || (a->count_name && strcmp(a->count_name, b->count_name) != 0) ||
        (a->label && strcmp(a->label, b->label) != 0) ||
        (!a->group && strcmp(a->name, b->name) != 0))
        return false;
    for (size_t i = 0; i < a->item_count; i++) {
        if (!same(a->items[i], b->items[i]))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena;
    struct pattern_error error;
    struct text print = {0}, reprint = {0};
    const char *text = (const char *)data;
    arena_init(&arena);
    if (setjmp(arena.out_of_memory))
        abort();
    struct pattern_item *pattern = pattern_parse(&arena, text, size, &error);
    if (pattern) {
        pattern_print(pattern, &print);
        struct pattern_item *again = pattern_parse(&arena, print.data, print.length, &error);
        assert(again && same(pattern, again));
        pattern_print(again, &reprint);
        assert(!print.failed && !reprint.failed && strcmp(print.data, reprint.data) == 0);
    } else {
        assert(error.class && error.message && error.offset <= size);
    }
    text_free(&print);
    text_free(&reprint);
    arena_free(&arena);
    return 0;
}
