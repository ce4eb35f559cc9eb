/* Values of keys: what is read, what is said at which place of what is not, and that the print of a
 * value reads back as the value. */
#include <check.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/limits.h"
#include "../graph/kind.h"

static struct arena arena;
static struct diagnostics diag;

static void setup(void) {
    arena_init(&arena);
    if (setjmp(arena.out_of_memory))
        abort();
    diag_init(&diag, &arena);
}

static void teardown(void) { arena_free(&arena); }

static const struct node *yaml(const char *text) {
    const struct node *node =
        yaml_read(&arena, &diag, diag_source(&diag, "test.yaml", text, strlen(text)));
    ck_assert_msg(node, "no YAML: %s", text);
    return node;
}

/* One of each type. */
struct values {
    int64_t integer, groups, bounded, crop_channels[2];
    double real, rate;
    bool boolean;
    int word, bias;
    struct pair kernel, output_pad;
    struct pads pad, crop;
};

static const char *const kinds_of_pool[] = {"max", "average", "l2", NULL};
static const char *const kinds_of_bias[] = {"true", "false", "position", NULL};
static const char *const kinds_of_groups[] = {"depthwise", NULL};
static const char *const kinds_of_pad[] = {"same", "valid", NULL};

#define KEY(key_name, key_type, field, from, to, key_words, key_class)                             \
    {                                                                                              \
        .name = key_name, .type = key_type, .offset = offsetof(struct values, field),              \
        .least = from, .most = to, .words = key_words, .class = key_class                          \
    }

static const struct key keys[] = {
    KEY("filters", KEY_INTEGER, integer, 1, INFINITY, NULL, "shape-zero"),
    KEY("scale", KEY_INTEGER, bounded, 1, 65535, NULL, "value"),
    KEY("groups", KEY_INTEGER, groups, 1, 16777216, kinds_of_groups, "shape-groups"),
    KEY("alpha", KEY_REAL, real, -INFINITY, INFINITY, NULL, "value"),
    KEY("rate", KEY_REAL, rate, 0, 1, NULL, "value"),
    KEY("global", KEY_BOOLEAN, boolean, 0, 0, NULL, "value"),
    KEY("type", KEY_WORD, word, 0, 0, kinds_of_pool, "value"),
    KEY("bias", KEY_WORD, bias, 0, 0, kinds_of_bias, "value"),
    KEY("kernel", KEY_PAIR, kernel, 1, 65535, NULL, "shape-kernel"),
    KEY("output_pad", KEY_PAIR, output_pad, 0, 65535, NULL, "shape-pad"),
    KEY("pad", KEY_PADS, pad, 0, 65535, kinds_of_pad, "shape-pad"),
    KEY("crop", KEY_PADS, crop, -65535, 65535, NULL, "shape-pad"),
    KEY("channels", KEY_CHANNELS, crop_channels, 0, 16777216, NULL, "value"),
};

static const struct key *key_named(const char *name) {
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    ck_abort_msg("no key '%s'", name);
}

static const char *printed(const struct key *key, const void *settings) {
    struct text out = {0};
    key_print(key, settings, &out);
    const char *copy = arena_copy(&arena, out.data, out.length);
    text_free(&out);
    return copy;
}

/* The key's field is the same in both. */
static void same_value(const struct key *key, const void *a, const void *b) {
    static const size_t sizes[] = {
        [KEY_INTEGER] = sizeof(int64_t),     [KEY_REAL] = sizeof(double),
        [KEY_BOOLEAN] = sizeof(bool),        [KEY_WORD] = sizeof(int),
        [KEY_PAIR] = sizeof(struct pair),    [KEY_PADS] = sizeof(struct sides),
        [KEY_CHANNELS] = 2 * sizeof(int64_t)};
    const char *x = (const char *)a + key->offset, *y = (const char *)b + key->offset;
    ck_assert_mem_eq(x, y, sizes[key->type]);
    if (key->type == KEY_PADS)
        ck_assert_int_eq(((const struct pads *)(const void *)x)->mode,
                         ((const struct pads *)(const void *)y)->mode);
}

/* ---- what is read ---- */

static const struct {
    const char *key, *text, *print;
} good[] = {
    {"filters", "1", "1"},
    {"filters", "9223372036854775807", "9223372036854775807"},
    {"scale", "65535", "65535"},
    {"groups", "64", "64"},
    {"groups", "depthwise", "depthwise"},
    {"groups", "'depthwise'", "depthwise"},
    {"alpha", "0", "0"},
    {"alpha", "-3", "-3"},
    {"alpha", "1e-4", "0.0001"},
    {"alpha", "1E+3", "1000"},
    {"alpha", "-0", "-0"},
    {"alpha", "1e20", "1e+20"},
    {"alpha", "0.1", "0.1"},
    {"alpha", "-2.50e2", "-250"},
    {"alpha", "0.30000000000000004", "0.30000000000000004"},
    {"alpha", "5e-324", "5e-324"},
    {"rate", "1.0", "1"},
    {"global", "true", "true"},
    {"global", "false", "false"},
    {"type", "max", "max"},
    {"type", "\"l2\"", "l2"},
    {"bias", "true", "true"},
    {"bias", "false", "false"},
    {"bias", "position", "position"},
    {"kernel", "3", "3"},
    {"kernel", "1x7", "1x7"},
    {"kernel", "'1x7'", "1x7"},
    {"kernel", "[1, 7]", "1x7"},
    {"kernel", "[5]", "5"},
    {"kernel", "5x5", "5"},
    {"output_pad", "0x1", "[0, 1]"},
    {"output_pad", "1x0", "1x0"},
    {"pad", "0", "0"},
    {"pad", "2x2", "2"},
    {"pad", "1x2", "[1, 1, 2, 2]"},
    {"pad", "0x1", "[0, 0, 1, 1]"},
    {"pad", "0x1x0x1", "[0, 1, 0, 1]"},
    {"pad", "[0, 1, 2, 3]", "[0, 1, 2, 3]"},
    {"pad", "[3, 3]", "3"},
    {"pad", "same", "same"},
    {"pad", "valid", "valid"},
    {"crop", "-1", "-1"},
    {"crop", "-1x2x-3x4", "[-1, 2, -3, 4]"},
    {"channels", "8", "8"},
    {"channels", "[2, 6]", "[2, 6]"},
    {"channels", "2x6", "[2, 6]"},
    {"channels", "[2, 0]", "[2, 0]"},
};

START_TEST(reads_and_prints) {
    const struct key *key = key_named(good[_i].key);
    struct values first, again;
    memset(&first, 0xA5, sizeof first); /* what is not written differs */
    memset(&again, 0x5A, sizeof again);
    ck_assert_msg(key_read(&diag, key, yaml(good[_i].text), &first), "%s: %s", key->name,
                  good[_i].text);
    ck_assert_str_eq(printed(key, &first), good[_i].print);
    ck_assert(key_read(&diag, key, yaml(good[_i].print), &again));
    ck_assert_str_eq(printed(key, &again), good[_i].print);
    same_value(key, &first, &again);
    ck_assert_uint_eq(diag.errors, 0);
}
END_TEST

START_TEST(sides_and_words_as_stored) {
    struct values v;
    ck_assert(key_read(&diag, key_named("pad"), yaml("1x2x3x4"), &v));
    ck_assert(v.pad.mode == PAD_GIVEN && v.pad.sides.top == 1 && v.pad.sides.bottom == 2 &&
              v.pad.sides.left == 3 && v.pad.sides.right == 4);
    ck_assert(key_read(&diag, key_named("pad"), yaml("[5, 6]"), &v));
    ck_assert(v.pad.sides.top == 5 && v.pad.sides.bottom == 5 && v.pad.sides.left == 6 &&
              v.pad.sides.right == 6);
    ck_assert(key_read(&diag, key_named("pad"), yaml("valid"), &v));
    ck_assert_int_eq(v.pad.mode, PAD_VALID);
    ck_assert(key_read(&diag, key_named("kernel"), yaml("1x7"), &v));
    ck_assert(v.kernel.height == 1 && v.kernel.width == 7);
    ck_assert(key_read(&diag, key_named("groups"), yaml("depthwise"), &v));
    ck_assert_int_eq(v.groups, -1);
    ck_assert(key_read(&diag, key_named("channels"), yaml("4"), &v));
    ck_assert(v.crop_channels[0] == 0 && v.crop_channels[1] == 4);
    ck_assert(key_read(&diag, key_named("bias"), yaml("position"), &v));
    ck_assert_int_eq(v.bias, 2);
}
END_TEST

START_TEST(a_comma_in_the_locale_changes_nothing) {
    struct values v;
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        return; /* not installed */
    ck_assert(key_read(&diag, key_named("alpha"), yaml("0.75"), &v));
    ck_assert(v.real == 0.75);
    ck_assert_str_eq(printed(key_named("alpha"), &v), "0.75");
    setlocale(LC_ALL, "C");
}
END_TEST

/* ---- what is not ---- */

static const struct {
    const char *key, *text;
    uint32_t column;                    /* of the error; the text begins in column 1 */
    const char *class, *message, *hint; /* hint: a part of it, or NULL */
} bad[] = {
    {"scale", "2.0", 1, "spec-int", "scale must be a whole number, not the text '2.0'", "3.0"},
    {"scale", "0x2", 1, "spec-int", "scale must be a whole number, not the text '0x2'", "0x3"},
    {"scale", "0o2", 1, "spec-int", "scale must be a whole number, not the text '0o2'", NULL},
    {"scale", "1e0", 1, "spec-int", "scale must be a whole number, not the text '1e0'", NULL},
    {"scale", "1_000", 1, "spec-int", "scale must be a whole number, not the text '1_000'", NULL},
    {"scale", "\u0662", 1, "spec-int", "scale must be a whole number, not the text '\u0662'", NULL},
    {"scale", "\" 2\"", 1, "spec-int", "scale must be a whole number, not the text ' 2'", NULL},
    {"scale", "'2'", 1, "spec-int", "scale must be a whole number, not the text '2'", "unquoted"},
    {"scale", "+2", 1, "spec-int", "scale must be a whole number, not the text '+2'", NULL},
    {"scale", "02", 1, "spec-int", "scale must be a whole number, not the text '02'", NULL},
    {"scale", "00", 1, "spec-int", "scale must be a whole number, not the text '00'", NULL},
    {"scale", "-0", 1, "spec-int", "scale must be a whole number, not the text '-0'", NULL},
    {"scale", "-01", 1, "spec-int", "scale must be a whole number, not the text '-01'", NULL},
    {"scale", "true", 1, "spec-int", "scale must be a whole number, not the text 'true'", NULL},
    {"scale", "[2]", 1, "spec-type", "scale must be a whole number, not a list", NULL},
    {"scale", "{a: 2}", 1, "spec-type", "scale must be a whole number, not a mapping", NULL},
    {"scale", "0", 1, "value", "scale is 0; it must be from 1 to 65535", NULL},
    {"scale", "-1", 1, "value", "scale is -1; it must be from 1 to 65535", NULL},
    {"scale", "65536", 1, "value", "scale is 65536; it must be from 1 to 65535", NULL},
    {"scale", "9223372036854775808", 1, "value",
     "scale is 9223372036854775808; it must be from 1 to 65535", NULL},
    {"filters", "0", 1, "shape-zero", "filters is 0; it must be at least 1", NULL},
    {"filters", "-1", 1, "shape-zero", "filters is -1; it must be at least 1", NULL},
    {"filters", "-9223372036854775809", 1, "shape-zero",
     "filters is -9223372036854775809; it must be at least 1", NULL},
    {"filters", "18446744073709551617", 1, "limit-tensor",
     "filters is 18446744073709551617, which is too large", NULL},
    {"groups", "0", 1, "shape-groups", "groups is 0; it must be from 1 to 16777216", NULL},
    {"groups", "depthwse", 1, "spec-type",
     "groups must be depthwise or a whole number, not the text 'depthwse'",
     "did you mean 'depthwise'?"},
    {"groups", "1x1", 1, "spec-int", "groups must be a whole number, not the text '1x1'", NULL},
    {"filters", "'1,000'", 1, "spec-int", "filters must be a whole number, not the text '1,000'",
     "digits alone"},
    {"kernel", "3*5", 1, "spec-int", "kernel must be whole numbers, not the text '3*5'",
     "joined by x"},
    {"kernel", "'3,5'", 1, "spec-int", "kernel must be whole numbers, not the text '3,5'",
     "joined by x"},
    {"alpha", ".5", 1, "value", "alpha must be a number, not the text '.5'", "0.75"},
    {"alpha", "1.", 1, "value", "alpha must be a number, not the text '1.'", NULL},
    {"alpha", "01.5", 1, "value", "alpha must be a number, not the text '01.5'", NULL},
    {"alpha", "1e", 1, "value", "alpha must be a number, not the text '1e'", NULL},
    {"alpha", "0x1p3", 1, "value", "alpha must be a number, not the text '0x1p3'", NULL},
    {"alpha", "inf", 1, "value", "alpha must be a number, not the text 'inf'", NULL},
    {"alpha", ".nan", 1, "value", "alpha must be a number, not the text '.nan'", NULL},
    {"alpha", "0,5", 1, "value", "alpha must be a number, not the text '0,5'", NULL},
    {"alpha", "'0.5'", 1, "value", "alpha must be a number, not the text '0.5'", "unquoted"},
    {"alpha", "[0.5]", 1, "spec-type", "alpha must be a number, not a list", NULL},
    {"alpha", "1e999", 1, "value", "alpha is 1e999, which is too large", NULL},
    {"rate", "-0.1", 1, "value", "rate is -0.1; it must be from 0 to 1", NULL},
    {"rate", "1.5", 1, "value", "rate is 1.5; it must be from 0 to 1", NULL},
    {"global", "no", 1, "spec-type", "global must be true or false, not the text 'no'",
     "did you mean false?"},
    {"global", "y", 1, "spec-type", "global must be true or false, not the text 'y'",
     "did you mean true?"},
    {"global", "On", 1, "spec-type", "global must be true or false, not the text 'On'",
     "did you mean true?"},
    {"global", "TRUE", 1, "spec-type", "global must be true or false, not the text 'TRUE'",
     "did you mean true?"},
    {"global", "'true'", 1, "spec-type", "global must be true or false, not the text 'true'",
     "unquoted"},
    {"global", "~", 1, "spec-type", "global must be true or false, not the text '~'", NULL},
    {"global", "null", 1, "spec-type", "global must be true or false, not the text 'null'", NULL},
    {"global", "[true]", 1, "spec-type", "global must be true or false, not a list", NULL},
    {"type", "avrage", 1, "spec-type", "type must be max, average or l2, not the text 'avrage'",
     "did you mean 'average'?"},
    {"type", "Max", 1, "spec-type", "type must be max, average or l2, not the text 'Max'",
     "did you mean 'max'?"},
    {"type", "{a: 1}", 1, "spec-type", "type must be max, average or l2, not a mapping", NULL},
    {"bias", "off", 1, "spec-type", "bias must be true, false or position, not the text 'off'",
     "did you mean false?"},
    {"bias", "'true'", 1, "spec-type", "bias must be true, false or position, not the text 'true'",
     "unquoted"},
    {"bias", "positon", 1, "spec-type",
     "bias must be true, false or position, not the text 'positon'", "did you mean 'position'?"},
    {"kernel", "0", 1, "shape-kernel", "kernel is 0; it must be from 1 to 65535", NULL},
    {"kernel", "1x0", 3, "shape-kernel", "kernel is 0; it must be from 1 to 65535", NULL},
    {"kernel", "'1x0'", 4, "shape-kernel", "kernel is 0; it must be from 1 to 65535", NULL},
    {"kernel", "[1, 0]", 5, "shape-kernel", "kernel is 0; it must be from 1 to 65535", NULL},
    {"kernel", "3x03", 3, "spec-int", "kernel must be a whole number, not '03'", NULL},
    {"kernel", "3x", 3, "spec-int", "kernel must be a whole number, not ''", NULL},
    {"kernel", "0x2", 1, "spec-int", "kernel must be a whole number, not the text '0x2'", NULL},
    {"kernel", "[3, [3]]", 5, "spec-type", "kernel must be whole numbers, not a list", NULL},
    {"kernel", "[3, '3']", 5, "spec-int", "kernel must be a whole number, not the text '3'", NULL},
    {"kernel", "'3'", 1, "spec-int", "kernel must be a whole number, not the text '3'", NULL},
    {"kernel", "3x3x3", 1, "spec-type", "kernel has 3 numbers; it takes one, or two as in 1x7",
     NULL},
    {"kernel", "[]", 1, "spec-type", "kernel has 0 numbers; it takes one, or two as in 1x7", NULL},
    {"pad", "1x2x3", 1, "spec-type",
     "pad has 3 numbers; it takes one, two (height x width) or four (top x bottom x left x right)",
     NULL},
    {"pad", "[1, 2, 3, 4, 5]", 1, "spec-type",
     "pad has 5 numbers; it takes one, two (height x width) or four (top x bottom x left x right)",
     NULL},
    {"pad", "0x1x-1x0", 5, "shape-pad", "pad is -1; it must be from 0 to 65535", NULL},
    {"pad", "1073741824", 1, "shape-pad", "pad is 1073741824; it must be from 0 to 65535", NULL},
    {"pad", "sme", 1, "spec-type", "pad must be same, valid or whole numbers, not the text 'sme'",
     "did you mean 'same'?"},
    {"crop", "same", 1, "spec-int", "crop must be a whole number, not the text 'same'", NULL},
    {"channels", "[1, 2, 3]", 1, "spec-type",
     "channels has 3 numbers; it takes one, or two as in [before, behind]", NULL},
    {"channels", "-1", 1, "value", "channels is -1; it must be from 0 to 16777216", NULL},
};

static void one_error(uint32_t column, const char *class, const char *message, const char *hint) {
    ck_assert_uint_eq(diag.count, 1);
    const struct diagnostic *item = diag.items[0];
    ck_assert_str_eq(item->message, message);
    ck_assert_str_eq(item->class, class);
    ck_assert_uint_eq(item->at.line, 1);
    ck_assert_uint_eq(item->at.column, column);
    if (hint)
        ck_assert_msg(item->hint && strstr(item->hint, hint), "%s: hint is %s, not %s", message,
                      item->hint ? item->hint : "missing", hint);
}

START_TEST(rejects) {
    const struct key *key = key_named(bad[_i].key);
    struct values v = {0};
    static const struct values untouched;
    ck_assert_msg(!key_read(&diag, key, yaml(bad[_i].text), &v), "%s: %s is read", key->name,
                  bad[_i].text);
    one_error(bad[_i].column, bad[_i].class, bad[_i].message, bad[_i].hint);
    ck_assert_mem_eq(&v, &untouched, sizeof v);
}
END_TEST

START_TEST(an_empty_value_is_no_value) {
    struct values v;
    const struct node *nothing = node_get(yaml("{a: }"), "a");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        ck_assert(!key_read(&diag, &keys[i], nothing, &v));
        const char *message = diag.items[diag.count - 1]->message;
        ck_assert_str_eq(diag.items[diag.count - 1]->class, "spec-type");
        ck_assert_msg(strstr(message, "not nothing"), "%s", message);
    }
}
END_TEST

START_TEST(a_long_text_is_cut) {
    struct values v;
    struct text digits = {0};
    text_repeat(&digits, '9', 100000);
    ck_assert(!key_read(&diag, key_named("scale"), yaml(digits.data), &v));
    ck_assert_uint_lt(strlen(diag.items[0]->message), 100);
    text_free(&digits);
}
END_TEST

/* ---- extents ---- */

START_TEST(extents) {
    int64_t out[3];
    ck_assert(key_extents(&diag, yaml("3x224x225"), "input", 3, out));
    ck_assert(out[0] == 3 && out[1] == 224 && out[2] == 225);
    ck_assert(key_extents(&diag, yaml("[1, 16777216, 2]"), "input", 3, out));
    ck_assert(out[0] == 1 && out[1] == LIMIT_DIMENSION && out[2] == 2);
    ck_assert(key_extents(&diag, yaml("'32x64'"), "crop", 2, out));
    ck_assert(out[0] == 32 && out[1] == 64);
    ck_assert_uint_eq(diag.errors, 0);
}
END_TEST

static const struct {
    const char *text;
    uint32_t column;
    const char *class, *message;
} bad_extents[] = {
    {"3x0x5", 3, "shape-zero", "input has an extent of 0; it must be from 1 to 16777216"},
    {"[3, 5, -5]", 8, "shape-zero", "input has an extent of -5; it must be from 1 to 16777216"},
    {"3x5x16777217", 5, "limit-tensor",
     "input has an extent of 16777217; it must be from 1 to 16777216"},
    {"3x99999999999999999999x5", 3, "limit-tensor",
     "input is 99999999999999999999, which is too large"},
    {"4194305x4194305x211106198978564", 17, "limit-tensor",
     "input has an extent of 211106198978564; it must be from 1 to 16777216"},
    {"3x5", 1, "spec-type", "input has 2 numbers; 3 are due"},
    {"3", 1, "spec-type", "input has 1 number; 3 are due"},
    {"3x5x5x5x5", 1, "spec-type", "input has 5 numbers; 3 are due"},
    {"3x5x5.0", 5, "spec-int", "input must be a whole number, not '5.0'"},
    {"{a: 1}", 1, "spec-type", "input must be whole numbers, not a mapping"},
};

START_TEST(rejects_extents) {
    int64_t out[3] = {7, 7, 7};
    ck_assert(!key_extents(&diag, yaml(bad_extents[_i].text), "input", 3, out));
    ck_assert(out[0] == 7 && out[1] == 7 && out[2] == 7);
    one_error(bad_extents[_i].column, bad_extents[_i].class, bad_extents[_i].message, NULL);
}
END_TEST

START_TEST(scalars_on_their_own) {
    int64_t integer;
    double real;
    bool boolean;
    ck_assert(key_integer(&diag, yaml("-5"), "x", -5, 5, "value", &integer) && integer == -5);
    ck_assert(
        key_integer(&diag, yaml("9223372036854775807"), "x", 0, INT64_MAX, "pattern", &integer) &&
        integer == INT64_MAX);
    ck_assert(key_real(&diag, yaml("-1e300"), "x", &real) && real == -1e300);
    ck_assert(key_boolean(&diag, yaml("true"), "x", &boolean) && boolean);
    ck_assert_uint_eq(diag.errors, 0);
    ck_assert(
        !key_integer(&diag, yaml("9223372036854775808"), "N", 0, INT64_MAX, "pattern", &integer));
    ck_assert_int_eq(integer, INT64_MAX); /* as it was */
    one_error(1, "pattern", "N is 9223372036854775808, which is too large", NULL);
}
END_TEST

/* ---- the tables of the kinds ---- */

/* Every default reads, is printed, and reads back as itself. */
START_TEST(defaults_of_the_kinds) {
    const struct layer_kind *kind = kind_table[_i];
    void *settings = arena_alloc(&arena, kind->settings_size);
    key_defaults(kind, settings);
    for (size_t k = 0; k < kind->key_count; k++) {
        const struct key *key = &kind->keys[k];
        ck_assert_int_eq(key_index(kind, key->name), (int)k);
        ck_assert_msg(!(key->required && key->initial), "%s.%s", kind->name, key->name);
        if (!key->initial)
            continue;
        void *again = arena_alloc(&arena, kind->settings_size);
        const char *print = printed(key, settings);
        ck_assert_msg(key_read(&diag, key, yaml(print), again), "%s.%s: %s", kind->name, key->name,
                      print);
        same_value(key, settings, again);
        ck_assert_str_eq(printed(key, again), print);
    }
    ck_assert_int_eq(key_index(kind, "no such key"), -1);
}
END_TEST

/* So does every word of every key. */
START_TEST(words_of_the_kinds) {
    const struct layer_kind *kind = kind_table[_i];
    for (size_t k = 0; k < kind->key_count; k++) {
        const struct key *key = &kind->keys[k];
        for (size_t w = 0; key->words && key->words[w]; w++) {
            void *settings = arena_alloc(&arena, kind->settings_size);
            ck_assert(key_read(&diag, key, yaml(key->words[w]), settings));
            ck_assert_str_eq(printed(key, settings), key->words[w]);
        }
    }
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof *(rows)))

int main(void) {
    Suite *suite = suite_create("key");
    TCase *tcase = tcase_create("key");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, reads_and_prints, 0, COUNT(good));
    tcase_add_test(tcase, sides_and_words_as_stored);
    tcase_add_test(tcase, a_comma_in_the_locale_changes_nothing);
    tcase_add_loop_test(tcase, rejects, 0, COUNT(bad));
    tcase_add_test(tcase, an_empty_value_is_no_value);
    tcase_add_test(tcase, a_long_text_is_cut);
    tcase_add_test(tcase, extents);
    tcase_add_loop_test(tcase, rejects_extents, 0, COUNT(bad_extents));
    tcase_add_test(tcase, scalars_on_their_own);
    tcase_add_loop_test(tcase, defaults_of_the_kinds, 0, KIND_COUNT);
    tcase_add_loop_test(tcase, words_of_the_kinds, 0, KIND_COUNT);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
