#include "slip.h"

#include "../base/limits.h"

#include <string.h>

enum { KEY_CHARACTERS = 1024 }; /* beyond these YAML looks for no colon */

enum place { AT_PROBLEM, AT_CONTEXT };

/* What libyaml says, and what we say. The first row whose words and context fit is taken; NULL fits
 * all. `opening` is a note at the place where the thing being read began. */
static const struct wording {
    const char *problem, *context;
    const char *class, *message, *hint;
    const char *opening;
    enum place place;
} wordings[] = {
    {NULL, "while scanning an alias", "spec-alias", "'*' begins an alias, which specs do not have",
     "a text that begins with * must be quoted", NULL, AT_CONTEXT},
    {NULL, "while scanning an anchor", "spec-alias",
     "'&' begins an anchor, which specs do not have", "a text that begins with & must be quoted",
     NULL, AT_CONTEXT},
    {NULL, "while scanning a tag", "spec-tag", "'!' begins a tag, which specs do not have",
     "a text that begins with ! must be quoted", NULL, AT_CONTEXT},
    {NULL, "while parsing a tag", "spec-tag", "'!' begins a tag, which specs do not have",
     "a text that begins with ! must be quoted", NULL, AT_CONTEXT},
    {"found undefined tag handle", NULL, "spec-tag", "'!' begins a tag, which specs do not have",
     "a text that begins with ! must be quoted", NULL, AT_PROBLEM},
    {"found unexpected ':'", NULL, "spec-syntax",
     "inside { } and [ ] a colon needs a space behind it",
     "write {M: [2, 2, 3]}, not {M:[2, 2, 3]}", NULL, AT_PROBLEM},
    {"found a tab character", NULL, "spec-syntax", "a tab may not indent a line", "use spaces",
     NULL, AT_PROBLEM},
    {"found character that cannot start any token", NULL, "spec-syntax",
     "no text may begin with this character", "quote the text", NULL, AT_PROBLEM},
    {"mapping values are not allowed", NULL, "spec-syntax", "a colon that belongs to no key",
     "the value before it has not ended: is this line indented too far, or should a text with "
     "': ' in it be quoted?",
     NULL, AT_PROBLEM},
    {"block sequence entries are not allowed", NULL, "spec-syntax",
     "a list item may not begin here", "items begin on lines of their own, all in one column", NULL,
     AT_PROBLEM},
    {"could not find expected ':'", NULL, "spec-syntax",
     "this should be a key with a colon and a space behind it",
     "write 'kernel: 3', not 'kernel 3' or 'kernel:3'", NULL, AT_CONTEXT},
    {"did not find expected ',' or ']'", NULL, "spec-syntax", "expected ',' or ']'",
     "is the list closed, and a space behind every colon?", "the list begins here", AT_PROBLEM},
    {"did not find expected ',' or '}'", NULL, "spec-syntax", "expected ',' or '}'",
     "is the mapping closed, and a space behind every colon?", "the mapping begins here",
     AT_PROBLEM},
    {"did not find expected '-' indicator", NULL, "spec-syntax",
     "this is no item of the list around it", "the '-' of all items must stand in one column",
     "the list begins here", AT_PROBLEM},
    {"did not find expected key", NULL, "spec-syntax", "this is no key of the mapping around it",
     "all keys of a mapping must stand in one column, and nothing may follow a closing quote or "
     "bracket",
     "the mapping begins here", AT_PROBLEM},
    {"did not find expected node content", NULL, "spec-syntax", "expected a value", NULL, NULL,
     AT_PROBLEM},
    {"did not find expected <document start>", NULL, "spec-syntax",
     "this belongs to nothing above it", "all keys at the top of a spec must stand in one column",
     NULL, AT_PROBLEM},
    {"found unexpected end of stream", NULL, "spec-syntax", "this quote is never closed", NULL,
     NULL, AT_CONTEXT},
    {"found unexpected document indicator", NULL, "spec-syntax",
     "this quote is not closed before the document ends", NULL, NULL, AT_CONTEXT},
    {"found unknown escape character", NULL, "spec-syntax", "no such escape in a \"quoted\" text",
     "write \\\\ for a backslash, or use 'single quotes'", NULL, AT_PROBLEM},
};

static bool begins_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

static const struct wording *wording_of(const struct slip *slip) {
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++) {
        const struct wording *row = &wordings[i];
        if ((!row->problem || begins_with(slip->problem, row->problem)) &&
            (!row->context || (slip->context && strcmp(slip->context, row->context) == 0)))
            return row;
    }
    return NULL;
}

struct line {
    const char *text;
    size_t length;
};

static struct line line_around(const struct source *source, size_t offset) {
    size_t begin = offset, end = offset;
    while (begin > 0 && source->text[begin - 1] != '\n')
        begin--;
    while (end < source->length && source->text[end] != '\n')
        end++;
    if (end > begin && source->text[end - 1] == '\r')
        end--;
    return (struct line){source->text + begin, end - begin};
}

static bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }

static struct location column_at(struct location at, struct line line, size_t index) {
    at.column = 1;
    for (size_t i = 0; i < index; i++)
        at.column += !text_continues(line.text[i]);
    return at;
}

/* Index of the tab that indents a line, or line.length. */
static size_t indenting_tab(struct line line) {
    size_t i = 0;
    while (i < line.length && line.text[i] == ' ')
        i++;
    return i < line.length && line.text[i] == '\t' ? i : line.length;
}

/* Does the text before index end in `word:` and blanks, the word standing alone? */
static bool follows_key(struct line line, size_t index, const char *word) {
    size_t length = strlen(word), end = index;
    while (end > 0 && is_blank(line.text[end - 1]))
        end--;
    if (end == index || end < length + 1 || line.text[end - 1] != ':')
        return false;
    size_t begin = end - 1 - length;
    return memcmp(line.text + begin, word, length) == 0 &&
           (begin == 0 || strchr(" \t{,[", line.text[begin - 1]));
}

/* Index of the bracket an unquoted pattern begins with, or line.length. */
static size_t unquoted_pattern(struct line line) {
    for (size_t i = 0; i < line.length; i++) {
        if (line.text[i] == '[' && (follows_key(line, i, "pattern") || follows_key(line, i, "of")))
            return i;
    }
    return line.length;
}

/* Length of what follows the bracket at index, without a comment and blanks behind. */
static size_t pattern_length(struct line line, size_t index) {
    size_t end = index;
    while (end < line.length && !(line.text[end] == '#' && is_blank(line.text[end - 1])))
        end++;
    while (is_blank(line.text[end - 1]))
        end--;
    return end - index;
}

static void report_pattern(struct diagnostics *diag, struct location at, struct line line,
                           size_t bracket) {
    struct diagnostic *item = diag_error(diag, column_at(at, line, bracket), "spec-syntax",
                                         "a pattern that begins with '[' must be quoted");
    size_t length = pattern_length(line, bracket);
    bool whole_line = follows_key(line, bracket, "pattern") && length < LIMIT_NAME &&
                      !memchr(line.text, '{', bracket) && !memchr(line.text + bracket, '"', length);
    if (whole_line)
        diag_hint(diag, item, "pattern: \"%.*s\"", (int)length, line.text + bracket);
    else
        diag_hint(diag, item, "put double quotes around the whole pattern");
}

/* Slips that libyaml describes in several ways, or at a place that misleads. */
static bool report_by_line(struct diagnostics *diag, const struct slip *slip) {
    const struct source *source = &diag->sources[slip->at.source];
    const struct line lines[] = {line_around(source, slip->offset),
                                 line_around(source, slip->context_offset)};
    const struct location places[] = {slip->at, slip->context_at};
    size_t count = slip->context ? 2 : 1;

    size_t tab = indenting_tab(lines[0]);
    if (tab < lines[0].length) {
        struct diagnostic *item = diag_error(diag, column_at(slip->at, lines[0], tab),
                                             "spec-syntax", "a tab may not indent a line");
        diag_hint(diag, item, "use spaces");
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        size_t bracket = unquoted_pattern(lines[i]);
        if (bracket < lines[i].length) {
            report_pattern(diag, places[i], lines[i], bracket);
            return true;
        }
    }
    bool at_colon = slip->offset < source->length && source->text[slip->offset] == ':';
    if (at_colon && slip->at.column > KEY_CHARACTERS) {
        diag_error(diag, slip->at, "limit-name",
                   "a key of more than %d characters; the limit is %d bytes", KEY_CHARACTERS,
                   LIMIT_NAME);
        return true;
    }
    return false;
}

void slip_report(struct diagnostics *diag, const struct slip *slip) {
    if (report_by_line(diag, slip))
        return;
    const struct wording *wording = wording_of(slip);
    if (!wording) {
        diag_error(diag, slip->at, "spec-syntax", "%s%s%s", slip->context ? slip->context : "",
                   slip->context ? ": " : "", slip->problem);
        return;
    }
    struct location at = wording->place == AT_CONTEXT ? slip->context_at : slip->at;
    struct diagnostic *item = diag_error(diag, at, wording->class, "%s", wording->message);
    if (wording->hint)
        diag_hint(diag, item, "%s", wording->hint);
    if (wording->opening)
        diag_note(diag, item, slip->context_at, "%s", wording->opening);
}
