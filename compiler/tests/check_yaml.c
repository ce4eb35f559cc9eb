/* The YAML reader: what it accepts, where it says things stand, what it refuses and in which words.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/limits.h"
#include "../base/tree.h"

static struct arena arena;
static struct diagnostics diag;

static void forget(void) { arena_free(&arena); }

static struct node *read_bytes(const char *text, size_t length) {
    forget();
    ck_assert_msg(setjmp(arena.out_of_memory) == 0, "out of memory");
    diag_init(&diag, &arena);
    /* A copy of the exact size: reading behind it shows under ASan and valgrind. */
    char *copy = malloc(length ? length : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    arena_defer(&arena, free, copy);
    return yaml_read(&arena, &diag, diag_source(&diag, "test.yaml", copy, length));
}

static struct node *read_text(const char *text) { return read_bytes(text, strlen(text)); }

static const char *said(void) {
    struct text out = {0};
    diag_render(&diag, &out, false);
    const char *copy = arena_copy(&arena, out.data ? out.data : "", out.length);
    text_free(&out);
    return copy;
}

static struct node *accept_bytes(const char *text, size_t length) {
    struct node *root = read_bytes(text, length);
    ck_assert_msg(root && diag.count == 0, "should be accepted:\n%s\n%s", text, said());
    return root;
}

static struct node *accept(const char *text) { return accept_bytes(text, strlen(text)); }

/* Refused with exactly one error of that class; returns it. */
static const struct diagnostic *refuse_bytes(const char *text, size_t length, const char *class) {
    const struct node *root = read_bytes(text, length);
    ck_assert_msg(!root && diag.errors == 1 && diag.count == 1, "one error expected:\n%s\n%s", text,
                  said());
    const struct diagnostic *item = diag.items[0];
    ck_assert_msg(strcmp(item->class, class) == 0, "class %s expected:\n%s\n%s", class, text,
                  said());
    ck_assert_int_eq(diag.limit_hit, strncmp(class, "limit-", 6) == 0);
    return item;
}

static const struct diagnostic *refuse(const char *text, const char *class) {
    return refuse_bytes(text, strlen(text), class);
}

#define stands_at(place, l, c)                                                                     \
    do {                                                                                           \
        ck_assert_uint_eq((place).line, l);                                                        \
        ck_assert_uint_eq((place).column, c);                                                      \
    } while (0)

/* The text without its first `^`, and where that stood. */
static char *without_mark(const char *text, struct location *at) {
    const char *mark = strchr(text, '^');
    ck_assert_ptr_nonnull(mark);
    *at = (struct location){.line = 1, .column = 1};
    for (const char *byte = text; byte < mark; byte++) {
        at->column += ((unsigned char)*byte & 0xC0) != 0x80;
        if (*byte == '\n')
            *at = (struct location){.line = at->line + 1, .column = 1};
    }
    char *copy = strdup(text);
    ck_assert_ptr_nonnull(copy);
    memmove(copy + (mark - text), mark + 1, strlen(mark));
    return copy;
}

/* A text made of `count` copies of a piece between a head and a tail. */
static char *repeated(const char *head, const char *piece, size_t count, const char *tail,
                      size_t *length) {
    size_t step = strlen(piece);
    *length = strlen(head) + count * step + strlen(tail);
    char *text = malloc(*length + 1), *at = text;
    ck_assert_ptr_nonnull(text);
    at = stpcpy(at, head);
    for (size_t i = 0; i < count; i++, at += step)
        memcpy(at, piece, step);
    strcpy(at, tail);
    return text;
}

/* ---- the tree ---- */

START_TEST(tree_of_a_spec) {
    const struct node *root = accept("name: vgg\n"
                                     "input: \"3x224x224\"\n"
                                     "layers:\n"
                                     "  - conv: {filters: 64, kernel: [3, 5]}\n"
                                     "  - relu\n");
    ck_assert_int_eq(root->type, NODE_MAP);
    ck_assert_uint_eq(root->count, 3);
    const struct node *name = node_get(root, "name");
    ck_assert_str_eq(name->text, "vgg");
    ck_assert_uint_eq(name->length, 3);
    ck_assert(name->plain);
    stands_at(name->at, 1, 7);
    stands_at(root->pairs[1].key->at, 2, 1);
    const struct node *input = node_get(root, "input");
    ck_assert(!input->plain);
    stands_at(input->at, 2, 8);
    const struct node *layers = node_get(root, "layers");
    ck_assert_int_eq(layers->type, NODE_LIST);
    ck_assert_uint_eq(layers->count, 2);
    stands_at(layers->items[1]->at, 5, 5);
    const struct node *conv = node_get(layers->items[0], "conv");
    const struct node *kernel = node_get(conv, "kernel");
    stands_at(conv->at, 4, 11);
    stands_at(kernel->at, 4, 33);
    stands_at(kernel->items[1]->at, 4, 37);
    ck_assert_str_eq(kernel->items[1]->text, "5");
    ck_assert_ptr_null(node_get(conv, "stride"));
    ck_assert_ptr_null(node_get(layers, "conv"));
}
END_TEST

START_TEST(other_ways_to_write_it) {
    ck_assert_str_eq(node_get(accept("---\na: b\n...\n# end\n"), "a")->text, "b");
    ck_assert_str_eq(node_get(accept("? a\n: b\n"), "a")->text, "b");
    ck_assert_str_eq(node_get(accept("{\"a\": 'it''s'}"), "a")->text, "it's");
    ck_assert_str_eq(node_get(accept("a: |\n  x\n  y\n"), "a")->text, "x\ny\n");
    ck_assert_str_eq(node_get(accept("a: >-\n  x\n  y\n"), "a")->text, "x y");
    ck_assert_uint_eq(accept("[conv: {kernel: 3}, bn, relu]")->count, 3);
}
END_TEST

START_TEST(bytes_around_the_text) {
    const struct node *root = accept("\xEF\xBB\xBF"
                                     "a: b"); /* byte order mark; no final line end */
    stands_at(root->at, 1, 1);
    stands_at(node_get(root, "a")->at, 1, 4);
    root = accept("a: b\r\nc:\r\n  d: e\r\n");
    stands_at(node_get(node_get(root, "c"), "d")->at, 3, 6);
    root = accept("{\xC3\xA9: \xF0\x9F\x98\x80, b: c}"); /* columns count characters */
    stands_at(node_get(root, "b")->at, 1, 11);
}
END_TEST

START_TEST(absent_values_are_empty_texts) {
    const struct node *value = node_get(accept("a:\nb: c\n"), "a");
    ck_assert_uint_eq(value->length, 0);
    ck_assert(value->plain);
    stands_at(value->at, 1, 3);
    ck_assert_str_eq(node_describe(&arena, value), "nothing");
    ck_assert_uint_eq(node_get(accept("{a: , b: c}"), "a")->length, 0);
    ck_assert_uint_eq(node_get(accept("{a: # what\n}"), "a")->length, 0);
    ck_assert(!node_get(accept("a: ''\n"), "a")->plain);
}
END_TEST

START_TEST(descriptions) {
    const struct node *root = accept("{a: [], b: {}, c: '3', d: ''}");
    ck_assert_str_eq(node_describe(&arena, node_get(root, "a")), "a list");
    ck_assert_str_eq(node_describe(&arena, node_get(root, "b")), "a mapping");
    ck_assert_str_eq(node_describe(&arena, node_get(root, "c")), "the text '3'");
    ck_assert_str_eq(node_describe(&arena, node_get(root, "d")), "the text ''");
    ck_assert_str_eq(node_describe(&arena, NULL), "nothing");
    size_t length; /* cut between characters */
    char *text = repeated("a: x", "\xC3\xA9", 30, "\n", &length);
    const char *description = node_describe(&arena, node_get(accept(text), "a"));
    free(text);
    ck_assert_str_eq(description, "the text 'x\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                  "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                  "\u00e9…'");
}
END_TEST

/* ---- places inside scalars ---- */

/* The value of `a` holds one X: it is found where it stands in the source. */
static const char *const locatable[] = {
    "a: Xbc",
    "a: bXc",
    "a: b c  X",
    "a: b\n  cX\n",
    "a: b\n\n\n   c Xd\n",
    "a: b   \r\n  cX\r\n",
    "a: 'X'",
    "a: '  b X'",
    "a: 'b\n  c X'",
    "a: \"bX\"",
    "a: \"\n b \n\n   X c\"",
    "x: y\na: \xC3\xA9 \xE2\x86\x92X",
    "a: \"\xC3\xA9 X\"",
    "{x: y, a: \xC3\xA9-\xC3\xA9-Xb}",
    "a: >\n  b\n  Xc\n",
    "a: >-  # why\n  b\n\n  c\n  d X\n",
    "a: |\n  b\n   c\n  X\n",
    "a: |2\n    b\n  X\n\n",
    "a: |+\n  \xC3\xA9X\n\n\n",
    "a: |\r\n  b\r\n  X\r\n",
    "a: |\n\n\n  b X",
    "a: >\n  b\n    c\n  X\n",
};

START_TEST(bytes_are_located) {
    const char *text = locatable[_i];
    struct location expected = {.line = 1, .column = 1};
    for (const char *byte = text; *byte != 'X'; byte++) {
        expected.column += ((unsigned char)*byte & 0xC0) != 0x80;
        if (*byte == '\n')
            expected = (struct location){.line = expected.line + 1, .column = 1};
    }
    const struct node *value = node_get(accept(text), "a");
    const char *byte = strchr(value->text, 'X');
    ck_assert_ptr_nonnull(byte);
    struct location at = node_locate(value, (size_t)(byte - value->text));
    ck_assert_msg(at.line == expected.line && at.column == expected.column,
                  "%u:%u expected, not %u:%u, in\n%s", expected.line, expected.column, at.line,
                  at.column, text);
}
END_TEST

START_TEST(the_end_is_located) {
    const struct node *value = node_get(accept("a: \"CONV-\"\n"), "a");
    struct location at = node_locate(value, value->length);
    stands_at(at, 1, 10);
    value = node_get(accept("a: \"CONV-\n   RELU-\"\n"), "a");
    at = node_locate(value, value->length);
    stands_at(at, 2, 9);
}
END_TEST

/* Escapes hide where a byte stands: the text's own place is told. */
START_TEST(escapes_are_not_located) {
    static const char *const texts[] = {"a: \"b\\tc@\"", "a: \"\\x40@\"", "a: 'it''s @'",
                                        "a: \"b \\\n  c@\""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct node *value = node_get(accept(texts[i]), "a");
        struct location at = node_locate(value, value->length - 1);
        stands_at(at, 1, 4);
    }
}
END_TEST

/* ---- keys ---- */

START_TEST(duplicate_keys) {
    const struct node *root = read_text("{b: 1, a: 2, \"b\": 3, c: {b: 4, b: 5}, b: 6}");
    ck_assert_ptr_nonnull(root);
    ck_assert_uint_eq(diag.errors, 3);
    diag_sort(&diag);
    static const uint32_t columns[] = {14, 32, 39}, firsts[] = {2, 26, 2};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_str_eq(diag.items[i]->class, "spec-dup");
        stands_at(diag.items[i]->at, 1, columns[i]);
        ck_assert_ptr_nonnull(diag.items[i]->notes);
        stands_at(diag.items[i]->notes->at, 1, firsts[i]);
    }
    ck_assert_uint_eq(root->count, 3);
    ck_assert_str_eq(node_get(root, "b")->text, "1");
    ck_assert_str_eq(root->pairs[2].key->text, "c"); /* the order of the file */
    accept("{conv: 1, CONV: 2}");                    /* keys are compared exactly */
}
END_TEST

static const struct {
    const char *text, *class;
} bad_keys[] = {
    {"{a: 1, ^[b]: 2}", "spec-type"},
    {"{a: 1, ^{b: c}: 2}", "spec-type"},
    {"a: 1\n^? [b]\n: 2", "spec-type"},
    {"a: 1\n?^\n: 2", "spec-type"},
};

START_TEST(keys_that_are_no_names) {
    struct location at;
    char *text = without_mark(bad_keys[_i].text, &at);
    const struct node *root = read_text(text);
    ck_assert_msg(root && diag.errors == 1, "%s\n%s", text, said());
    ck_assert_str_eq(diag.items[0]->class, bad_keys[_i].class);
    ck_assert_uint_eq(diag.items[0]->at.line, at.line);
    ck_assert_uint_eq(root->count, 1);
    ck_assert_str_eq(root->pairs[0].key->text, "a");
    free(text);
}
END_TEST

START_TEST(long_keys) {
    size_t length;
    char *text = repeated("", "k", LIMIT_NAME, ": 1\n", &length);
    accept(text);
    free(text);
    text = repeated("", "k", LIMIT_NAME + 1, ": 1\n", &length);
    read_text(text);
    ck_assert_uint_eq(diag.errors, 1);
    ck_assert_str_eq(diag.items[0]->class, "limit-name");
    free(text);
    static const char *const heads[] = {"", "a: 1\n", "{", "{a: 1, "}; /* YAML seeks no colon */
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        text = repeated(heads[i], "k", 3000, *heads[i] == '{' ? ": 1}" : ": 1\n", &length);
        read_text(text);
        ck_assert_uint_eq(diag.errors, 1);
        ck_assert_msg(strcmp(diag.items[0]->class, "limit-name") == 0, "%s", said());
        free(text);
    }
}
END_TEST

/* ---- what the language leaves out ---- */

static const struct {
    const char *text, *class; /* `^`: the place */
} outside[] = {
    {"^", "spec-empty"},
    {"^# a comment\n\n", "spec-empty"},
    {"^---\n", "spec-empty"},
    {"^--- # nothing\n...\n", "spec-empty"},
    {"a: 1\n^--- \nb: 2\n", "spec-document"},
    {"---\na: 1\n...\n^---\nb: 2\n", "spec-document"},
    {"a: 1\n...\n^%TAG ! x\n---\nb: 2\n", "spec-document"},
    {"a: 1\n...\n^b: 2\n", "spec-document"},
    {"a: ^&x 1\nb: *x\n", "spec-alias"},
    {"a: ^*x\n", "spec-alias"},
    {"^&a [*a]\n", "spec-alias"},
    {"^&a {b: 1}\n", "spec-alias"},
    {"a: ^* b\n", "spec-alias"},
    {"a: ^& b\n", "spec-alias"},
    {"base: ^&base {a: 1}\nb: {<<: *base}\n", "spec-alias"},
    {"a: 1\n^<<: {b: 2}\n", "spec-alias"},
    {"a: ^!!python/object 1\n", "spec-tag"},
    {"a: ^!!binary aGk=\n", "spec-tag"},
    {"a: ^!custom [1]\n", "spec-tag"},
    {"a: ^!!int 3\n", "spec-tag"},
    {"a: ^! 3\n", "spec-tag"},
    {"a: ^! [3]\n", "spec-tag"},
    {"^! {a: 3}\n", "spec-tag"},
    {"a: ^!e!x 3\n", "spec-tag"},
    {"a: ^!<x> 3\n", "spec-tag"},
    {"a: ^!%0 3\n", "spec-tag"},
    {"^%YAML 1.2\n---\na: 1\n", "spec-tag"},
    {"^%YAML 9.9\n---\na: 1\n", "spec-tag"},
    {"# x\n^%TAG ! tag:x,2000:\n---\na: 1\n", "spec-tag"},
    {"^%FOO\n---\na: 1\n", "spec-tag"},
};

START_TEST(what_specs_do_not_have) {
    struct location at;
    char *text = without_mark(outside[_i].text, &at);
    const struct diagnostic *item = refuse(text, outside[_i].class);
    ck_assert_msg(item->at.line == at.line && item->at.column == at.column, "not at %u:%u:\n%s\n%s",
                  at.line, at.column, text, said());
    free(text);
}
END_TEST

START_TEST(second_documents_name_both) {
    const struct diagnostic *item = refuse("# first\na: 1\n---\nb: 2\n", "spec-document");
    ck_assert_ptr_nonnull(item->notes);
    stands_at(item->notes->at, 2, 1);
}
END_TEST

/* ---- syntax ---- */

static const struct {
    const char *text, *words; /* `^`: the place; words that must be said */
} slips[] = {
    {"where: {N: {M^:[2, 2]}}\n", "space"},
    {"where: {^M:3}\n", "M: 3"},
    {"where: {^a, b: 1}\n", "no colon"},
    {"pattern: ^[(CONV-RELU)*N-POOL]*M\nwhere: {}\n", "pattern: \"[(CONV-RELU)*N-POOL]*M\""},
    {"pattern: ^[A]*M-(FC-RELU)*K  # why\n", "pattern: \"[A]*M-(FC-RELU)*K\"\n"},
    {"layers:\n  - pattern: {of: ^[A-B]*3, where: {}}\n", "must be quoted"},
    {"pattern: ^[[A-B]*2-POOL]*M-FC\n", "must be quoted"},
    {"pattern: ^[A-B]-FC\nx: 1\n", "must be quoted"},
    {"pattern:\t^[A-B\nx: 1\n", "must be quoted"},
    {"a:\n^\tb: 1\n", "a tab may not indent"},
    {"a: 3\n^\tb: 1\n", "a tab may not indent"},
    {"a:\n  b: 1\n  ^\tc: 2\n", "a tab may not indent"},
    {"^\ta: 1\n", "a tab may not indent"},
    {"a: b^: c\n", "belongs to no key"},
    {"conv: 3\n  filters^: 4\n", "indented too far"},
    {"a: 1\n^b\nc: 2\n", "kernel: 3"},
    {" a: 1\n^b: 2\n", "one column"},
    {"{a: 1} ^b\n", "belongs to nothing"},
    {"a:\n  - b\n ^- c\n", "no key of the mapping"},
    {"a:\n  - b\n  ^c: d\n", "no item of the list"},
    {"a: [1, 2\nb^: 3\n", "expected ',' or ']'"},
    {"a: {b: 1\nc^: 3\n", "expected ',' or '}'"},
    {"a: ^'b\nc\n", "never closed"},
    {"a: ^'b\n---\nc\n", "not closed"},
    {"a: \"^\\q\"\n", "no such escape"},
    {"a: ^@b\n", "quote"},
    {"a: ^`b`\n", "quote"},
    {"a: ^- b\n", "list item"},
    {"a: [^,]\n", "expected a value"},
    {"a: ^}\n", "expected a value"},
    {"a: \"b\" ^c\n", "closing quote"},
    {"a: |3^x\n b\n", "block scalar"},
};

START_TEST(syntax_errors) {
    struct location at;
    char *text = without_mark(slips[_i].text, &at);
    const struct diagnostic *item = refuse(text, "spec-syntax");
    ck_assert_msg(item->at.line == at.line && item->at.column == at.column, "not at %u:%u:\n%s\n%s",
                  at.line, at.column, text, said());
    ck_assert_msg(strstr(said(), slips[_i].words) != NULL, "'%s' is not said:\n%s", slips[_i].words,
                  said());
    free(text);
}
END_TEST

START_TEST(syntax_errors_are_alone) { refuse("{a: 1, a: 2, [b]: 3, c: }}", "spec-syntax"); }
END_TEST

/* ---- bytes ---- */

#define BYTES(literal) literal, sizeof literal - 1

static const struct {
    const char *bytes;
    size_t length;
    uint32_t line, column;
} badly_encoded[] = {
    {BYTES("a: b\nc: \"d\0\""), 2, 6},
    {BYTES("a: \"d\\0\""), 1, 4},
    {BYTES("a: \xC3\xA9\xFF"), 1, 5},
    {BYTES("a: \x80"), 1, 4},
    {BYTES("a: \xC3"), 1, 4},
    {BYTES("a: \xE2\x82"), 1, 4},
    {BYTES("a: \xC0\xAF"), 1, 4},
    {BYTES("a: \xE0\x80\xAF"), 1, 4},
    {BYTES("a: \xF0\x80\x80\xAF"), 1, 4},
    {BYTES("a: \xED\xA0\x80"), 1, 4},
    {BYTES("a: \xF4\x90\x80\x80"), 1, 4},
    {BYTES("a: \xF8\x88\x80\x80\x80"), 1, 4},
    {BYTES("a: b\xC2\x85\n"), 1, 5},
    {BYTES("a: b\xE2\x80\xA8"), 1, 5},
    {BYTES("a: b\xE2\x80\xA9"), 1, 5},
    {BYTES("a: b\xEF\xBB\xBF"), 1, 5},
    {BYTES("a: \x1B[2J"), 1, 4},
    {BYTES("a: \x7F"), 1, 4},
    {BYTES("a: \xC2\x9B"), 1, 4},
    {BYTES("a: \xEF\xBF\xBF"), 1, 4},
    {BYTES("a: 1\rb: 2"), 1, 5},
    {BYTES("\xFF\xFE"
           "a\0:\0 \0b\0"),
     0, 0},
    {BYTES("\xFE\xFF\0a\0:\0 \0b"), 0, 0},
    {BYTES("a\0:\0 \0b\0"), 0, 0},
    {BYTES("\0a\0:\0 \0b"), 0, 0},
    {BYTES("\xFF\xFE\0\0a\0\0\0"), 0, 0},
    {BYTES("\0\0\xFE\xFF\0\0\0a"), 0, 0},
    {BYTES("a\0\0\0:\0\0\0 \0\0\0"), 0, 0},
};

START_TEST(encodings) {
    const struct diagnostic *item =
        refuse_bytes(badly_encoded[_i].bytes, badly_encoded[_i].length, "spec-encoding");
    stands_at(item->at, badly_encoded[_i].line, badly_encoded[_i].column);
}
END_TEST

static const struct {
    const char *bytes;
    size_t length;
    const char *what;
} foreign[] = {
    {BYTES("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01"), "PNG"},
    {BYTES("\xFF\xD8\xFF\xE0\0\x10JFIF\0"), "JPEG"},
    {BYTES("PK\3\4\x14\0\0\0\b\0"), "ZIP"},
    {BYTES("\x1F\x8B\b\0\0\0\0\0"), "gzip"},
    {BYTES("\x93NUMPY\1\0v\0{'descr': '<f4'}"), "npy"},
    {BYTES("\177ELF\2\1\1\0"), "program"},
    {BYTES("P\0\0\0\0\0\0\0{\"a.weight\":{}}"), "safetensors"},
    {BYTES("CNNP\1\0\0\0\x10\0\0\0abc"), "binary"},
    {BYTES("<!DOCTYPE html>\n<html><body>404: not found</body></html>\n"), "HTML"},
    {BYTES("\r\n  <html lang=en>\n"), "HTML"},
    {BYTES("<?xml version=\"1.0\"?>\n"), "XML"},
};

START_TEST(files_of_other_kinds) {
    const struct diagnostic *item =
        refuse_bytes(foreign[_i].bytes, foreign[_i].length, "spec-syntax");
    ck_assert_msg(strstr(item->message, foreign[_i].what) != NULL, "%s", item->message);
    const char *text = said();
    ck_assert_msg(strchr(text, '\n') == text + strlen(text) - 1, "one line expected:\n%s", text);
}
END_TEST

START_TEST(tar_archives) {
    char bytes[1024];
    memset(bytes, 'a', sizeof bytes); /* a name so long that no other NUL is near */
    memcpy(bytes + 256, "\0ustar", 6);
    refuse_bytes(bytes, sizeof bytes, "spec-syntax");
}
END_TEST

/* ---- limits ---- */

START_TEST(nesting) {
    size_t length;
    char *text = repeated("", "[", LIMIT_NESTING, "", &length);
    char *closed = repeated(text, "]", LIMIT_NESTING, "", &length);
    accept(closed);
    free(text);
    free(closed);
    static const struct {
        const char *piece;
        size_t count;
    } deep[] = {{"[", 33},     {"[", 100000},   {"{", 100000}, {"{a: ", 100000},
                {"- ", 10000}, {"[\n", 100000}, {"? ", 10000}};
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
        text = repeated("", deep[i].piece, deep[i].count, "", &length);
        const struct diagnostic *item = refuse(text, "limit-depth");
        uint32_t step = (uint32_t)strlen(deep[i].piece);
        if (strchr(deep[i].piece, '\n'))
            stands_at(item->at, 33, 1);
        else
            stands_at(item->at, 1, 32 * step + 1);
        free(text);
    }
}
END_TEST

START_TEST(block_nesting) {
    size_t length = 0, depth = 1000; /* line i: i blanks and a key */
    char *text = malloc(depth * (depth + 4));
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < depth; i++) {
        memset(text + length, ' ', i);
        memcpy(text + length + i, "a:\n", 3);
        length += i + 3;
    }
    const struct diagnostic *item = refuse_bytes(text, length, "limit-depth");
    stands_at(item->at, 33, 33);
    free(text);
}
END_TEST

START_TEST(size) {
    size_t length;
    char *text = repeated("a: ", "x", LIMIT_SPEC_BYTES - 3, "", &length);
    ck_assert_uint_eq(node_get(accept(text), "a")->length, LIMIT_SPEC_BYTES - 3);
    free(text);
    text = repeated("a: ", "x", LIMIT_SPEC_BYTES - 2, "", &length);
    refuse(text, "limit-size");
    free(text);
}
END_TEST

START_TEST(events) {
    size_t length; /* stream, document, list: begin and end */
    char *text = repeated("[", "a,", LIMIT_EVENTS - 6, "]", &length);
    accept(text); /* the stream's end is not read */
    free(text);
    text = repeated("[", "a,", LIMIT_EVENTS, "]", &length);
    refuse(text, "limit-events");
    free(text);
}
END_TEST

/* Inputs on which a reader may take time that grows with the square of their size: with it, this
 * would take minutes and the suite's timeout ends it. */
static const struct {
    const char *head, *piece, *tail;
    size_t count;
    const char *class; /* NULL: accepted */
} large[] = {
    {"a: \"", " ", "\"", 1000000, NULL},
    {"a: \"", "x\n", "\"", 500000, NULL},
    {"a: |\n", "  x\n", "", 200000, NULL},
    {"a: >\n", "  \xC3\xA9\n", "", 200000, NULL},
    {"a: ", "\xC3\xA9", "", 500000, NULL},
    {"[", "'',", "]", 199000, NULL},
    {"", "#\n", "a: 1", 500000, NULL},
    {"a: 1", " ", "", 1000000, NULL},
    {"a: \"", "x", "", 1000000, "spec-syntax"},
    {"a: [", "1,\n", "", 100000, "spec-syntax"},
    {"---\na\n...\n", "%TAG !a! x\n", "", 90000, "spec-document"},
    {"", "%TAG !a! x\n", "", 90000, "spec-tag"},
    {"a\n", "...\n", "", 250000, NULL},
    {"", "<", "", 1000000, NULL},
    {"", "- a: 1\n", "", 30000, NULL},
};

START_TEST(large_inputs) {
    size_t length;
    char *text =
        repeated(large[_i].head, large[_i].piece, large[_i].count, large[_i].tail, &length);
    if (large[_i].class)
        refuse(text, large[_i].class);
    else
        accept(text);
    free(text);
}
END_TEST

START_TEST(many_keys) {
    enum { KEYS = 50000 };
    char *text = malloc(KEYS * 16), *at = text;
    ck_assert_ptr_nonnull(text);
    for (unsigned i = 0; i < KEYS; i++)
        at += sprintf(at, "k%u: 1\n", i);
    ck_assert_uint_eq(accept(text)->count, KEYS);
    free(text);
    size_t length;
    text = repeated("", "k: 1\n", KEYS, "", &length);
    ck_assert_uint_eq(read_text(text)->count, 1);
    ck_assert_uint_eq(diag.errors, KEYS - 1);
    ck_assert_uint_eq(diag.count, LIMIT_DIAGNOSTICS);
    free(text);
}
END_TEST

/* ---- anything ---- */

static const char sample[] = "# a network\n"
                             "name: \"l\\u00e9 net\"\n"
                             "input: 1x32x32\r\n"
                             "fit: 'floor'\n"
                             "blocks:\n"
                             "  MAIN: {params: [a, b: 1], layers: [conv: {filters: $a}, relu]}\n"
                             "pattern: >-\n"
                             "  [(CONV-RELU)*N-POOL]*M-\n"
                             "  (FC-RELU)*K-FC\n"
                             "where:\n"
                             "  M: 2\n"
                             "  N: {M: [1, 2]}\n"
                             "  ? CONV\n"
                             "  : kernel: 3\n"
                             "    pad: 1 # caf\xC3\xA9\n"
                             "  FC: {units: [\n"
                             "    120, 84,\n"
                             "    10]}\n"
                             "...\n";

static void check_place(struct location at, uint32_t lines, size_t columns) {
    ck_assert(at.line >= 1 && at.line <= lines && at.column >= 1 && at.column <= columns);
}

/* What tree.h promises of every tree, here of a text of so many lines and bytes. */
static void check_node(const struct node *node, uint32_t lines, size_t length) {
    check_place(node->at, lines, length + 1);
    if (node->type == NODE_SCALAR) {
        ck_assert_uint_eq(strlen(node->text), node->length);
        for (size_t i = 0; i <= node->length; i++) /* folded bytes may lie behind a line's end */
            check_place(node_locate(node, i), lines, length + node->length + 1);
    }
    for (size_t i = 0; i < node->count; i++) {
        if (node->type == NODE_MAP) {
            ck_assert_int_eq(node->pairs[i].key->type, NODE_SCALAR);
            ck_assert_ptr_eq(node_get(node, node->pairs[i].key->text), node->pairs[i].value);
        }
        check_node(node->type == NODE_MAP ? node->pairs[i].value : node->items[i], lines, length);
    }
}

static void check_any(const char *text, size_t length) {
    const struct node *root = read_bytes(text, length);
    ck_assert(root || diag.errors == 1);
    for (size_t i = 0; i < diag.count; i++)
        ck_assert_ptr_nonnull(diag.items[i]->message);
    uint32_t lines = 1;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    if (root)
        check_node(root, lines, length);
    if (diag.count > 0)
        ck_assert_uint_gt(strlen(said()), 0);
}

START_TEST(every_truncation) {
    accept(sample);
    for (size_t length = 0; length < sizeof sample; length++)
        check_any(sample, length);
}
END_TEST

START_TEST(every_byte_changed) {
    static const char others[] = "\0\t\n\r :-[]{}\"'#&*!%|>?\\\x80\xC3\xFF";
    char text[sizeof sample];
    for (size_t i = 0; i < sizeof sample - 1; i++) {
        for (size_t k = 0; k < sizeof others - 1; k++) {
            memcpy(text, sample, sizeof sample);
            text[i] = others[k];
            check_any(text, sizeof sample - 1);
        }
    }
}
END_TEST

START_TEST(every_byte_left_out_or_twice) {
    enum { LENGTH = sizeof sample - 1 };
    char text[LENGTH + 1];
    for (size_t i = 0; i < LENGTH; i++) {
        memcpy(text, sample, i);
        memcpy(text + i, sample + i + 1, LENGTH - i - 1);
        check_any(text, LENGTH - 1);
        memcpy(text, sample, i + 1);
        memcpy(text + i + 1, sample + i, LENGTH - i);
        check_any(text, LENGTH + 1);
    }
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void) {
    TCase *cases = tcase_create("yaml");
    tcase_add_checked_fixture(cases, NULL, forget);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, tree_of_a_spec);
    tcase_add_test(cases, other_ways_to_write_it);
    tcase_add_test(cases, bytes_around_the_text);
    tcase_add_test(cases, absent_values_are_empty_texts);
    tcase_add_test(cases, descriptions);
    tcase_add_loop_test(cases, bytes_are_located, 0, COUNT(locatable));
    tcase_add_test(cases, the_end_is_located);
    tcase_add_test(cases, escapes_are_not_located);
    tcase_add_test(cases, duplicate_keys);
    tcase_add_loop_test(cases, keys_that_are_no_names, 0, COUNT(bad_keys));
    tcase_add_test(cases, long_keys);
    tcase_add_loop_test(cases, what_specs_do_not_have, 0, COUNT(outside));
    tcase_add_test(cases, second_documents_name_both);
    tcase_add_loop_test(cases, syntax_errors, 0, COUNT(slips));
    tcase_add_test(cases, syntax_errors_are_alone);
    tcase_add_loop_test(cases, encodings, 0, COUNT(badly_encoded));
    tcase_add_loop_test(cases, files_of_other_kinds, 0, COUNT(foreign));
    tcase_add_test(cases, tar_archives);
    tcase_add_test(cases, nesting);
    tcase_add_test(cases, block_nesting);
    tcase_add_test(cases, size);
    tcase_add_test(cases, events);
    tcase_add_loop_test(cases, large_inputs, 0, COUNT(large));
    tcase_add_test(cases, many_keys);
    tcase_add_test(cases, every_truncation);
    tcase_add_test(cases, every_byte_changed);
    tcase_add_test(cases, every_byte_left_out_or_twice);
    Suite *suite = suite_create("yaml");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
