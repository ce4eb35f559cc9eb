/* Reading the values of keys; key_print.c writes them. */
#include <assert.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "../base/limits.h"
#include "kind.h"

/* ---- numbers in the one form that is taken ---- */

enum form { FORM_GOOD, FORM_WRONG, FORM_HUGE };

/* `0` or [1-9][0-9]*, the latter perhaps with a minus before it. Beyond int64_t: FORM_HUGE. */
static enum form parse_integer(const char *text, size_t length, int64_t *out) {
    bool minus = length > 1 && text[0] == '-';
    size_t i = minus ? 1 : 0;
    if (i == length || (text[i] == '0' && length > 1))
        return FORM_WRONG;
    int64_t value = 0;
    bool huge = false;
    for (; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return FORM_WRONG;
        huge = huge || !count_mul(value, 10, &value) || !count_add(value, text[i] - '0', &value);
    }
    *out = minus ? -value : value;
    return huge ? FORM_HUGE : FORM_GOOD;
}

/* An integer part as above, then a fraction and an exponent. */
static bool is_real(const char *text) {
    text += *text == '-';
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || (text[0] == '0' && digits > 1))
        return false;
    text += digits;
    if (*text == '.') {
        digits = strspn(++text, "0123456789");
        if (digits == 0)
            return false;
        text += digits;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        digits = strspn(text, "0123456789");
        if (digits == 0)
            return false;
        text += digits;
    }
    return *text == '\0';
}

/* low: it is the lower end that was passed. */
static bool out_of_range(struct diagnostics *diag, struct location at, const char *what,
                         const char *text, bool low, double least, double most, const char *class) {
    enum { SHOWN = 40 };
    const char *cut = strlen(text) > SHOWN ? "..." : "";
    if (most < 0x1p62)
        diag_error(diag, at, class, "%s is %.*s%s; it must be from %.15g to %.15g", what, SHOWN,
                   text, cut, least, most);
    else if (low)
        diag_error(diag, at, class, "%s is %.*s%s; it must be at least %.15g", what, SHOWN, text,
                   cut, least);
    else
        diag_error(diag, at, class, "%s is %.*s%s, which is too large", what, SHOWN, text, cut);
    return false;
}

/* One integer of a scalar's text, from offset; range and class are the key's. A minus where none
 * may stand is out of range rather than of the wrong form: -1 is a whole number. */
static bool read_integer(struct diagnostics *diag, const struct node *node, size_t offset,
                         size_t length, const char *what, double least, double most,
                         const char *class, int64_t *out) {
    int64_t value = 0;
    enum form form = parse_integer(node->text + offset, length, &value);
    if (form == FORM_GOOD && node->plain && (double)value >= least && (double)value <= most) {
        *out = value;
        return true;
    }
    const char *text = arena_copy(diag->arena, node->text + offset, length);
    struct location at = offset ? node_locate(node, offset) : node->at;
    if (form == FORM_WRONG || !node->plain) {
        struct diagnostic *item =
            diag_error(diag, at, "spec-int", "%s must be a whole number, not %s", what,
                       length == node->length ? node_describe(diag->arena, node)
                                              : arena_format(diag->arena, "'%.40s'", text));
        diag_hint(diag, item,
                  "whole numbers are written in digits alone, unquoted: 3, not 3.0, 03 or 0x3");
        return false;
    }
    bool low = text[0] == '-' || (form == FORM_GOOD && (double)value < least);
    /* Without an upper end, the limit is what a tensor may have. */
    return out_of_range(diag, at, what, text, low, least, most,
                        !low && isinf(most) ? "limit-tensor" : class);
}

static bool is_scalar(struct diagnostics *diag, const struct node *node, const char *what,
                      const char *expected) {
    if (node->type == NODE_SCALAR && node->length > 0)
        return true;
    diag_error(diag, node->at, "spec-type", "%s must be %s, not %s", what, expected,
               node_describe(diag->arena, node));
    return false;
}

bool key_integer(struct diagnostics *diag, const struct node *node, const char *what, int64_t least,
                 int64_t most, const char *class, int64_t *out) {
    return is_scalar(diag, node, what, "a whole number") &&
           read_integer(diag, node, 0, node->length, what, (double)least, (double)most, class, out);
}

static bool read_real(struct diagnostics *diag, const struct node *node, const char *what,
                      double least, double most, const char *class, double *out) {
    if (!is_scalar(diag, node, what, "a number"))
        return false;
    if (!node->plain || !is_real(node->text)) {
        struct diagnostic *item = diag_error(diag, node->at, "value", "%s must be a number, not %s",
                                             what, node_describe(diag->arena, node));
        diag_hint(diag, item, "such as 0.75 or 1e-4, unquoted");
        return false;
    }
    double value = text_to_real(node->text);
    if (!isfinite(value) || value < least || value > most)
        return out_of_range(diag, node->at, what, node->text, value < least, least, most, class);
    *out = value;
    return true;
}

bool key_real(struct diagnostics *diag, const struct node *node, const char *what, double *out) {
    return read_real(diag, node, what, -HUGE_VAL, HUGE_VAL, "value", out);
}

/* What YAML 1.1, or another language, takes for a boolean is named in a hint. */
static void hint_boolean(struct diagnostics *diag, struct diagnostic *item,
                         const struct node *node) {
    static const char *const yes[] = {"true", "yes", "y", "on", "1"};
    static const char *const no[] = {"false", "no", "n", "off", "0"};
    for (size_t i = 0; node->type == NODE_SCALAR && i < sizeof yes / sizeof *yes; i++) {
        if (strcasecmp(node->text, yes[i]) == 0)
            diag_hint(diag, item, "did you mean true? It is written so, unquoted");
        if (strcasecmp(node->text, no[i]) == 0)
            diag_hint(diag, item, "did you mean false? It is written so, unquoted");
    }
}

bool key_boolean(struct diagnostics *diag, const struct node *node, const char *what, bool *out) {
    if (!is_scalar(diag, node, what, "true or false"))
        return false;
    bool yes = strcmp(node->text, "true") == 0, no = strcmp(node->text, "false") == 0;
    if (!node->plain || !(yes || no)) {
        hint_boolean(diag,
                     diag_error(diag, node->at, "spec-type", "%s must be true or false, not %s",
                                what, node_describe(diag->arena, node)),
                     node);
        return false;
    }
    *out = yes;
    return true;
}

/* ---- several numbers: 1x7 or [1, 7] ---- */

enum { PARTS_MAX = 4 };

static bool wrong_join(struct diagnostics *diag, const struct node *node, const char *what) {
    struct diagnostic *item =
        diag_error(diag, node->at, "spec-int", "%s must be whole numbers, not %s", what,
                   node_describe(diag->arena, node));
    diag_hint(diag, item, "several numbers are joined by x, such as 3x28x28");
    return false;
}

/* Reads 1 to PARTS_MAX integers; *count tells how many there were, which the caller judges. */
static bool read_parts(struct diagnostics *diag, const struct node *node, const char *what,
                       double least, double most, const char *class, int64_t *out, size_t *count) {
    *count = 0;
    if (node->type == NODE_LIST) {
        for (; *count < node->count && *count < PARTS_MAX; ++*count) {
            const struct node *part = node->items[*count];
            if (!is_scalar(diag, part, what, "whole numbers") ||
                !read_integer(diag, part, 0, part->length, what, least, most, class, &out[*count]))
                return false;
        }
        *count = node->count;
        return true;
    }
    if (!is_scalar(diag, node, what, "whole numbers"))
        return false;
    if (strpbrk(node->text, ",*"))
        return wrong_join(diag, node, what);
    if (least >= 1 && strncmp(node->text, "0x", 2) == 0) /* no pair, but a hexadecimal number */
        return read_integer(diag, node, 0, node->length, what, least, most, class, out);
    struct node text = *node;
    text.plain = node->plain || memchr(node->text, 'x', node->length); /* "1x7" is a text */
    for (size_t at = 0; at <= node->length; ++*count) {
        const char *end = memchr(node->text + at, 'x', node->length - at);
        size_t length = end ? (size_t)(end - node->text) - at : node->length - at;
        if (*count < PARTS_MAX &&
            !read_integer(diag, &text, at, length, what, least, most, class, &out[*count]))
            return false;
        at += length + 1;
    }
    return true;
}

/* Where part `index` of a value that read_parts took is written. */
static struct location part_place(const struct node *node, size_t index) {
    if (node->type == NODE_LIST)
        return node->items[index]->at;
    const char *part = node->text;
    for (; index > 0; index--)
        part = strchr(part, 'x') + 1;
    return part == node->text ? node->at : node_locate(node, (size_t)(part - node->text));
}

bool key_is_channels_last(const int64_t extent[3]) {
    return (extent[2] == 1 || extent[2] == 3) && extent[0] != 1 && extent[0] != 3;
}

bool key_extents(struct diagnostics *diag, const struct node *node, const char *what, size_t count,
                 int64_t *out) {
    int64_t parts[PARTS_MAX];
    size_t given;
    assert(count <= PARTS_MAX);
    if (!read_parts(diag, node, what, -INFINITY, INFINITY, "shape-zero", parts, &given))
        return false;
    if (given != count) {
        struct diagnostic *item =
            diag_error(diag, node->at, "spec-type", "%s has %zu number%s; %zu are due", what, given,
                       given == 1 ? "" : "s", count);
        diag_hint(diag, item,
                  count == 3 ? "channels x height x width, such as 3x224x224"
                             : "height x width, such as 224x320");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (parts[i] >= 1 && parts[i] <= LIMIT_DIMENSION)
            continue;
        diag_error(diag, part_place(node, i), parts[i] < 1 ? "shape-zero" : "limit-tensor",
                   "%s has an extent of %lld; it must be from 1 to %d", what, (long long)parts[i],
                   LIMIT_DIMENSION);
        return false;
    }
    memcpy(out, parts, count * sizeof *out);
    return true;
}

/* ---- keys ---- */

static size_t word_count(const struct key *key) {
    size_t count = 0;
    while (key->words && key->words[count])
        count++;
    return count;
}

static bool is_boolean(const char *word) {
    return strcmp(word, "true") == 0 || strcmp(word, "false") == 0;
}

static bool has_booleans(const struct key *key) {
    for (size_t i = 0; i < word_count(key); i++) {
        if (is_boolean(key->words[i]))
            return true;
    }
    return false;
}

/* Index of the word that the node is, or -1. true and false are words only unquoted. */
static int find_word(const struct key *key, const struct node *node) {
    for (size_t i = 0; node->type == NODE_SCALAR && i < word_count(key); i++) {
        if (strcmp(node->text, key->words[i]) == 0 && (node->plain || !is_boolean(key->words[i])))
            return (int)i;
    }
    return -1;
}

static bool wrong_word(struct diagnostics *diag, const struct key *key, const struct node *node,
                       const char *also) {
    const char *list = "";
    size_t count = word_count(key);
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count && !*also;
        list = arena_format(diag->arena, "%s%s%s", list,
                            i == 0 ? ""
                            : last ? " or "
                                   : ", ",
                            key->words[i]);
    }
    struct diagnostic *item = diag_error(diag, node->at, "spec-type", "%s must be %s%s, not %s",
                                         key->name, list, also, node_describe(diag->arena, node));
    if (has_booleans(key))
        hint_boolean(diag, item, node);
    const char *nearest =
        node->type == NODE_SCALAR ? diag_nearest(node->text, key->words, count) : NULL;
    if (node->type == NODE_SCALAR && !(nearest && is_boolean(nearest)))
        (void)diag_suggest(diag, item, node->text, key->words, count);
    return false;
}

static bool looks_like_a_word(const struct node *node) {
    return node->type == NODE_SCALAR && node->length > 0 &&
           ((node->text[0] >= 'a' && node->text[0] <= 'z') ||
            (node->text[0] >= 'A' && node->text[0] <= 'Z'));
}

static bool wrong_number_of_parts(struct diagnostics *diag, const struct key *key,
                                  const struct node *node, size_t count, const char *forms) {
    diag_error(diag, node->at, "spec-type", "%s has %zu numbers; it takes %s", key->name, count,
               forms);
    return false;
}

static bool read_pair(struct diagnostics *diag, const struct key *key, const struct node *node,
                      struct pair *out) {
    int64_t parts[PARTS_MAX];
    size_t count;
    if (!read_parts(diag, node, key->name, key->least, key->most, key->class, parts, &count))
        return false;
    if (count != 1 && count != 2)
        return wrong_number_of_parts(diag, key, node, count, "one, or two as in 1x7");
    *out = (struct pair){parts[0], parts[count - 1]};
    return true;
}

static bool read_pads(struct diagnostics *diag, const struct key *key, const struct node *node,
                      struct pads *out) {
    int word = find_word(key, node);
    if (word >= 0) {
        *out = (struct pads){.mode = (enum pad_mode)(word + 1)};
        return true;
    }
    if (looks_like_a_word(node) && word_count(key) > 0)
        return wrong_word(diag, key, node, " or whole numbers");
    int64_t parts[PARTS_MAX];
    size_t count;
    if (!read_parts(diag, node, key->name, key->least, key->most, key->class, parts, &count))
        return false;
    if (count == 1)
        *out = (struct pads){.sides = {parts[0], parts[0], parts[0], parts[0]}};
    else if (count == 2)
        *out = (struct pads){.sides = {parts[0], parts[0], parts[1], parts[1]}};
    else if (count == 4)
        *out = (struct pads){.sides = {parts[0], parts[1], parts[2], parts[3]}};
    else
        return wrong_number_of_parts(
            diag, key, node, count,
            "one, two (height x width) or four (top x bottom x left x right)");
    return true;
}

static bool read_channels(struct diagnostics *diag, const struct key *key, const struct node *node,
                          int64_t *out) {
    int64_t parts[PARTS_MAX];
    size_t count;
    if (!read_parts(diag, node, key->name, key->least, key->most, key->class, parts, &count))
        return false;
    if (count != 1 && count != 2)
        return wrong_number_of_parts(diag, key, node, count, "one, or two as in [before, behind]");
    out[0] = count == 2 ? parts[0] : 0;
    out[1] = parts[count - 1];
    return true;
}

static bool read_integer_or_word(struct diagnostics *diag, const struct key *key,
                                 const struct node *node, int64_t *out) {
    int word = find_word(key, node);
    if (word >= 0) {
        *out = -1 - word;
        return true;
    }
    if (looks_like_a_word(node) && word_count(key) > 0)
        return wrong_word(diag, key, node, " or a whole number");
    return is_scalar(diag, node, key->name, "a whole number") &&
           read_integer(diag, node, 0, node->length, key->name, key->least, key->most, key->class,
                        out);
}

bool key_read(struct diagnostics *diag, const struct key *key, const struct node *node,
              void *settings) {
    void *field = (char *)settings + key->offset;
    switch (key->type) {
    case KEY_INTEGER:
        return read_integer_or_word(diag, key, node, field);
    case KEY_REAL:
        return read_real(diag, node, key->name, key->least, key->most, key->class, field);
    case KEY_BOOLEAN:
        return key_boolean(diag, node, key->name, field);
    case KEY_WORD: {
        int word = find_word(key, node);
        if (word < 0)
            return wrong_word(diag, key, node, "");
        *(int *)field = word;
        return true;
    }
    case KEY_PAIR:
        return read_pair(diag, key, node, field);
    case KEY_PADS:
        return read_pads(diag, key, node, field);
    case KEY_CHANNELS:
        return read_channels(diag, key, node, field);
    }
    return false;
}

int key_index(const struct layer_kind *kind, const char *name) {
    for (size_t i = 0; i < kind->key_count; i++) {
        if (strcmp(kind->keys[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

void key_defaults(const struct layer_kind *kind, void *settings) {
    for (size_t i = 0; i < kind->key_count; i++) {
        const struct key *key = &kind->keys[i];
        if (!key->initial)
            continue;
        /* A default that cannot be read is a bug in the table; nothing is reported. */
        struct diagnostics diag = {.muted = true};
        struct node node = {.type = NODE_SCALAR,
                            .plain = true,
                            .text = key->initial,
                            .length = strlen(key->initial)};
        bool good = key_read(&diag, key, &node, settings);
        assert(good);
        (void)good;
    }
}
