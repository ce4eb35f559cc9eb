/* Lexer and recursive descent; one function a nonterminal. The lexer is a cursor with one token of
 * look-ahead. */
#include "pattern.h"

#include <string.h>
#include <strings.h>

#include "../base/limits.h"

enum token {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_SEPARATOR,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_TIMES,
    TOKEN_OPTIONAL,
    TOKEN_COLON,
    TOKEN_UNKNOWN,
};

struct parser {
    struct arena *arena;
    const char *text;
    size_t length;
    struct pattern_error *error; /* the first; class NULL while there is none */
    enum token token;
    size_t begin, end; /* of the token */
    int depth;
};

/* ---- lexer ---- */

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static bool is_name_byte(char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || is_digit(byte) ||
           byte == '_' || byte == '.';
}

static enum token punctuation(const struct parser *p, size_t *width) {
    const char *byte = p->text + p->begin;
    uint32_t code;
    *width = 1;
    switch (*byte) {
    case '-':
        *width = p->begin + 1 < p->length && byte[1] == '>' ? 2 : 1;
        return TOKEN_SEPARATOR;
    case ',':
        return TOKEN_SEPARATOR;
    case '(':
    case '[':
        return TOKEN_OPEN;
    case ')':
    case ']':
        return TOKEN_CLOSE;
    case '*':
        return TOKEN_TIMES;
    case '?':
        return TOKEN_OPTIONAL;
    case ':':
        return TOKEN_COLON;
    default:
        *width = text_utf8(byte, p->length - p->begin, &code); /* messages show it whole */
        if (*width == 0)
            *width = 1;
        return TOKEN_UNKNOWN;
    }
}

static void next(struct parser *p) {
    size_t at = p->end, width = 0;
    while (at < p->length && memchr(" \t\r\n", p->text[at], 4))
        at++;
    p->begin = at;
    if (at == p->length) {
        p->token = TOKEN_END;
    } else if (is_name_byte(p->text[at])) {
        while (at + width < p->length && is_name_byte(p->text[at + width]))
            width++;
        p->token = TOKEN_NAME;
    } else {
        p->token = punctuation(p, &width);
    }
    p->end = at + width;
}

/* What stands at the cursor, for messages. */
static const char *found(const struct parser *p) {
    if (p->token == TOKEN_END)
        return "the end";
    size_t length = p->end - p->begin;
    return arena_format(p->arena, "'%.*s'%s", (int)(length < 40 ? length : 40), p->text + p->begin,
                        length < 40 ? "" : "...");
}

/* Keeps the first error. Gives NULL for `return fail(...)`. */
static void *fail(struct parser *p, size_t offset, const char *class, const char *message) {
    if (!p->error->class)
        *p->error = (struct pattern_error){.offset = offset, .class = class, .message = message};
    return NULL;
}

static void *expected(struct parser *p, const char *what) {
    return fail(p, p->begin, "pattern",
                arena_format(p->arena, "%s is expected, not %s%s", what, found(p),
                             p->token == TOKEN_UNKNOWN
                                 ? " (names are made of A to Z, a to z, digits, _ and .)"
                                 : ""));
}

static char *token_text(const struct parser *p) {
    return arena_copy(p->arena, p->text + p->begin, p->end - p->begin);
}

/* ---- grammar ---- */

static struct pattern_item *pattern(struct parser *p, size_t offset);

/* name = letter, digit, "_" or "." { … } */
static const char *name(struct parser *p, const char *what) {
    if (p->token != TOKEN_NAME)
        return expected(p, what);
    if (p->end - p->begin > LIMIT_NAME)
        return fail(p, p->begin, "limit-name",
                    arena_format(p->arena, "a name has %zu bytes; the limit is %d",
                                 p->end - p->begin, LIMIT_NAME));
    const char *text = token_text(p);
    next(p);
    return text;
}

static bool wrong_count(struct parser *p) {
    fail(p, p->begin, "pattern",
         arena_format(p->arena, "a count is a whole number from 1, or a name; not %s", found(p)));
    return false;
}

/* integer = "1" … "9" { digit } ; a count has no other form */
static bool integer(struct parser *p, int64_t *out) {
    int64_t value = 0;
    if (p->text[p->begin] == '0')
        return wrong_count(p);
    for (size_t i = p->begin; i < p->end; i++) {
        if (p->text[i] == '.')
            return wrong_count(p);
        if (!count_mul(value, 10, &value) || !count_add(value, p->text[i] - '0', &value)) {
            fail(p, p->begin, "pattern",
                 arena_format(p->arena, "the count %s is too large", found(p)));
            return false;
        }
    }
    *out = value;
    next(p);
    return true;
}

/* Digits alone, or what was meant as a number: 1.5 */
static bool is_number(const struct parser *p) {
    for (size_t i = p->begin; i < p->end; i++) {
        if (!is_digit(p->text[i]) && p->text[i] != '.')
            return false;
    }
    return is_digit(p->text[p->begin]);
}

/* count = integer | name */
static bool count(struct parser *p, struct pattern_item *item) {
    item->count_offset = p->begin;
    if (p->token == TOKEN_NAME && is_number(p))
        return integer(p, &item->count);
    if (p->token == TOKEN_SEPARATOR && p->end < p->length && is_digit(p->text[p->end])) {
        fail(p, p->begin, "pattern", "a count cannot be negative");
        return false;
    }
    item->count_name = name(p, "after '*' a count (a whole number from 1, or a name)");
    return item->count_name != NULL;
}

/* [ "*" count ] */
static bool repeat(struct parser *p, struct pattern_item *item) {
    item->count = 1;
    if (p->token != TOKEN_TIMES)
        return true;
    next(p);
    if (!count(p, item))
        return false;
    if (p->token == TOKEN_TIMES)
        fail(p, p->begin, "pattern", "an item has one count; put it in ( ) to repeat it again");
    else if (p->token == TOKEN_OPTIONAL && !item->group)
        fail(p, p->begin, "pattern", "'?' stands before the '*'");
    return !p->error->class;
}

/* Brackets are counted in characters: before an error all of them are one byte. */
static void *unclosed(struct parser *p, size_t open, char close) {
    char bracket = p->text[open];
    if (p->token == TOKEN_END)
        return fail(
            p, p->begin, "pattern",
            arena_format(p->arena, "the '%c' at character %zu is not closed", bracket, open + 1));
    if (p->token == TOKEN_CLOSE)
        return fail(p, p->begin, "pattern",
                    arena_format(p->arena, "%s cannot close the '%c' at character %zu", found(p),
                                 bracket, open + 1));
    return expected(p, arena_format(p->arena, "a separator, or '%c' for the '%c' at character %zu,",
                                    close, bracket, open + 1));
}

/* "(" pattern ")" | "[" pattern "]" */
static struct pattern_item *group(struct parser *p) {
    size_t open = p->begin;
    char close = p->text[open] == '(' ? ')' : ']';
    if (p->depth >= LIMIT_NESTING)
        return fail(
            p, open, "limit-depth",
            arena_format(p->arena, "groups stand more than %d deep in one another", LIMIT_NESTING));
    p->depth++;
    next(p);
    if (p->token == TOKEN_CLOSE && p->text[p->begin] == close)
        return fail(p, open, "pattern", "the group is empty");
    struct pattern_item *inner = pattern(p, open);
    p->depth--;
    if (!inner)
        return NULL;
    if (p->token != TOKEN_CLOSE || p->text[p->begin] != close)
        return unclosed(p, open, close);
    next(p);
    return inner;
}

/* name [ ":" label ] [ "?" ] */
static struct pattern_item *single(struct parser *p) {
    struct pattern_item *made = arena_alloc(p->arena, sizeof *made);
    made->offset = p->begin;
    made->name = name(p, "a layer kind, a block or a group");
    if (!made->name)
        return NULL;
    if (strcasecmp(made->name, "input") == 0)
        return fail(p, made->offset, "pattern", "INPUT may only stand first, outside all groups");
    if (p->token == TOKEN_COLON) {
        next(p);
        made->label = name(p, "after ':' a label");
        if (!made->label)
            return NULL;
    }
    if (p->token == TOKEN_OPTIONAL) {
        made->optional = true;
        next(p);
        if (p->token == TOKEN_OPTIONAL)
            return fail(p, p->begin, "pattern", "'?' stands twice");
    }
    return made;
}

/* item = name [ ":" label ] [ "?" ] [ "*" count ] | group [ "*" count ] */
static struct pattern_item *item(struct parser *p) {
    struct pattern_item *made = p->token == TOKEN_OPEN ? group(p) : single(p);
    if (!made || !repeat(p, made))
        return NULL;
    if (made->group && p->token == TOKEN_OPTIONAL)
        return fail(p, p->begin, "pattern",
                    "'?' stands after a name; a group is made optional by a named count of 0 or 1");
    return made;
}

/* pattern = item { sep item } ; sep = "-" | "," | "->" */
static struct pattern_item *pattern(struct parser *p, size_t offset) {
    struct pattern_item *made = arena_alloc(p->arena, sizeof *made);
    *made = (struct pattern_item){.group = true, .offset = offset, .count = 1};
    size_t capacity = 0;
    for (;;) {
        struct pattern_item *part = item(p);
        if (!part)
            return NULL;
        if (made->item_count == capacity) {
            capacity = capacity ? capacity * 2 : 4;
            made->items = arena_grow(p->arena, made->items, made->item_count, capacity,
                                     sizeof(struct pattern_item *));
        }
        made->items[made->item_count++] = part;
        if (p->token != TOKEN_SEPARATOR)
            return made;
        next(p);
    }
}

/* INPUT, and the separator behind it. */
static bool leading_input(struct parser *p) {
    if (p->token != TOKEN_NAME || p->end - p->begin != 5 ||
        strncasecmp(p->text + p->begin, "input", 5) != 0)
        return true;
    next(p);
    if (p->token == TOKEN_SEPARATOR) {
        next(p);
        return true;
    }
    expected(p, "after INPUT a separator (- , ->)");
    return false;
}

struct pattern_item *pattern_parse(struct arena *arena, const char *text, size_t length,
                                   struct pattern_error *error) {
    struct parser p = {.arena = arena, .text = text, .length = length, .error = error};
    *error = (struct pattern_error){0};
    next(&p);
    if (p.token == TOKEN_END)
        return fail(&p, 0, "pattern", "the pattern is empty");
    if (!leading_input(&p))
        return NULL;
    struct pattern_item *made = pattern(&p, 0);
    if (!made || p.token == TOKEN_END)
        return made;
    if (p.token == TOKEN_CLOSE)
        return fail(&p, p.begin, "pattern", arena_format(arena, "%s closes nothing", found(&p)));
    return expected(&p, "a separator (- , ->) or the end");
}

/* ---- print ---- */

static void print_item(const struct pattern_item *item, int depth, struct text *out);

static void print_items(const struct pattern_item *group, int depth, struct text *out) {
    for (size_t i = 0; i < group->item_count; i++) {
        if (i > 0)
            text_add(out, "-");
        print_item(group->items[i], depth, out);
    }
}

static void print_item(const struct pattern_item *item, int depth, struct text *out) {
    if (item->group) {
        text_add(out, depth == 0 ? "[" : "(");
        print_items(item, depth + 1, out);
        text_add(out, depth == 0 ? "]" : ")");
    } else {
        text_format(out, "%s%s%s%s", item->name, item->label ? ":" : "",
                    item->label ? item->label : "", item->optional ? "?" : "");
    }
    if (item->count_name)
        text_format(out, "*%s", item->count_name);
    else if (item->count != 1)
        text_format(out, "*%lld", (long long)item->count);
}

void pattern_print(const struct pattern_item *pattern_tree, struct text *out) {
    print_items(pattern_tree, 0, out);
}
