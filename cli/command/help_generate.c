/* help_generate PAGE >FILE.c: turns the sections of a man(7) page into the C file behind
 * help_text.h. Runs at build time.
 *
 * A topic is a heading: `.SS conv`, `.SS relu, relu6` (two topics with one text), `.SH PATTERN`.
 * Its text reaches to the next heading of either level. Only what the page uses is understood; any
 * other macro or escape stops the build, so that help never shows roff. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/base/base.h"

enum {
    WIDTH = 80,
    MARGIN = 4,     /* of a topic's text */
    TAG_INDENT = 4, /* of the text under a .TP tag */
    ARGUMENTS_MAX = 16,
};

struct page {
    const char *path;
    int line;
    struct text topics; /* one line a topic: `    {"conv", text_3},` */
    struct text names;  /* `    "conv",` */
    struct text code;   /* the texts, as C */
    int texts;          /* how many; the last is open */

    struct text body; /* of the open text */
    int indent;       /* of the paragraph */
    int column;       /* of the output line; 0: nothing on it yet */
    bool tag_due;     /* the next line is the tag of a .TP */
    bool verbatim;    /* between .EX and .EE */
    bool discarded;   /* the section NAME: no topic */
};

static void fail(const struct page *page, const char *what, const char *detail) {
    fprintf(stderr, "%s:%d: %s%s\n", page->path, page->line, what, detail);
    exit(1);
}

/* ---- filling lines ---- */

static void end_line(struct page *page) {
    if (page->column > 0)
        text_add(&page->body, "\n");
    page->column = 0;
}

static void blank_line(struct page *page) {
    end_line(page);
    size_t length = page->body.length;
    if (length > 1 && strcmp(page->body.data + length - 2, "\n\n") != 0)
        text_add(&page->body, "\n");
}

static void fill_word(struct page *page, const char *word, size_t length) {
    if (page->column > 0 && (size_t)page->column + 1 + length > WIDTH)
        end_line(page);
    if (page->column < page->indent) {
        text_repeat(&page->body, ' ', (size_t)(page->indent - page->column));
        page->column = page->indent;
    } else {
        text_add(&page->body, " ");
        page->column++;
    }
    text_bytes(&page->body, word, length);
    page->column += (int)length;
}

static void fill(struct page *page, const char *words) {
    while (*(words += strspn(words, " "))) {
        size_t length = strcspn(words, " ");
        fill_word(page, words, length);
        words += length;
    }
}

/* Puts a tag at the margin; the text after it stands at `indent`, on the same line when the tag
 * leaves room. */
static void put_tag(struct page *page, const char *tag, int indent) {
    end_line(page);
    page->indent = MARGIN;
    fill(page, tag);
    page->indent = indent;
    if (page->column >= indent)
        end_line(page);
}

/* ---- roff ---- */

/* Replaces the escapes in place. */
static void unescape(const struct page *page, char *line) {
    char *out = line;
    for (const char *in = line; *in; in++) {
        if (*in != '\\') {
            *out++ = *in;
        } else if (in[1] == '-' || in[1] == 'e') {
            *out++ = in[1] == 'e' ? '\\' : '-';
            in++;
        } else if (in[1] == '&') {
            in++;
        } else if (strncmp(in, "\\(bu", 4) == 0) {
            *out++ = '*';
            in += 3;
        } else {
            fail(page, "unknown escape: ", in);
        }
    }
    *out = '\0';
}

/* Splits the rest of a macro line in place: words, or "quoted words" with "" for a quote. */
static int split(const struct page *page, char *line, char **arguments) {
    int count = 0;
    while (*(line += strspn(line, " "))) {
        if (count == ARGUMENTS_MAX)
            fail(page, "too many arguments", "");
        bool quoted = *line == '"';
        char *out = quoted ? ++line : line;
        arguments[count++] = out;
        while (*line && (quoted || *line != ' ')) {
            if (quoted && *line == '"' && *++line != '"')
                break;
            *out++ = *line++;
        }
        bool more = *line != '\0';
        *out = '\0';
        line += more;
    }
    return count;
}

static void read_text(struct page *page, const char *words) {
    if (page->tag_due)
        put_tag(page, words, MARGIN + TAG_INDENT);
    else
        fill(page, words);
    page->tag_due = false;
}

/* .B and .I set their arguments apart; the macros of two fonts join them. */
static void read_fonts(struct page *page, char *const *arguments, int count, bool apart) {
    struct text words = {0};
    for (int i = 0; i < count; i++) {
        if (apart && i > 0)
            text_add(&words, " ");
        text_add(&words, arguments[i]);
    }
    if (words.data)
        read_text(page, words.data);
    text_free(&words);
}

/* ---- topics ---- */

static void add_quoted(struct text *out, const char *string, size_t length) {
    text_add(out, "\"");
    for (size_t i = 0; i < length; i++) {
        if (string[i] == '"' || string[i] == '\\')
            text_add(out, "\\");
        text_bytes(out, &string[i], 1);
    }
    text_add(out, "\"");
}

static void close_topic(struct page *page) {
    if (page->texts == 0 || page->discarded)
        return;
    end_line(page);
    while (page->body.length > 1 && page->body.data[page->body.length - 2] == '\n')
        page->body.data[--page->body.length] = '\0';
    text_format(&page->code, "static const char text_%d[] =\n", page->texts);
    for (const char *line = page->body.data; *line;) {
        size_t length = strcspn(line, "\n");
        text_add(&page->code, "    ");
        add_quoted(&page->code, line, length);
        text_add(&page->code, " \"\\n\"\n");
        line += length + (line[length] == '\n');
    }
    text_add(&page->code, "    ;\n\n");
}

static void open_topic(struct page *page, const char *heading) {
    close_topic(page);
    page->body.length = 0;
    page->indent = MARGIN;
    page->column = 0;
    page->tag_due = false;
    page->texts++;
    page->discarded = strcmp(heading, "NAME") == 0;
    if (page->discarded)
        return;
    text_format(&page->body, "%s\n", heading);
    for (const char *name = heading; *name;) {
        size_t length = strcspn(name, ",");
        struct text topic = {0};
        for (size_t i = 0; i < length; i++) {
            char letter = (char)tolower((unsigned char)name[i]);
            text_bytes(&topic, &letter, 1);
        }
        text_format(&page->topics, "    {\"%s\", text_%d},\n", topic.data, page->texts);
        text_format(&page->names, "    \"%s\",\n", topic.data);
        text_free(&topic);
        name += length;
        name += strspn(name, ", ");
    }
}

/* ---- the page ---- */

static void read_macro(struct page *page, char *line) {
    char *macro = line + 1;
    char *rest = macro + strcspn(macro, " ");
    if (*rest)
        *rest++ = '\0';
    char *arguments[ARGUMENTS_MAX];
    int count = split(page, rest, arguments);

    static const char *const two_fonts[] = {"BR", "RB", "BI", "IB", "IR", "RI"};
    for (size_t i = 0; i < sizeof two_fonts / sizeof *two_fonts; i++)
        if (strcmp(macro, two_fonts[i]) == 0) {
            read_fonts(page, arguments, count, false);
            return;
        }
    if (strcmp(macro, "B") == 0 || strcmp(macro, "I") == 0) {
        read_fonts(page, arguments, count, true);
    } else if (strcmp(macro, "SH") == 0 || strcmp(macro, "SS") == 0) {
        struct text heading = {0};
        for (int i = 0; i < count; i++)
            text_format(&heading, "%s%s", i ? " " : "", arguments[i]);
        open_topic(page, heading.data ? heading.data : "");
        text_free(&heading);
    } else if (strcmp(macro, "PP") == 0) {
        blank_line(page);
        page->indent = MARGIN;
    } else if (strcmp(macro, "TP") == 0) {
        blank_line(page);
        page->tag_due = true;
    } else if (strcmp(macro, "TQ") == 0) {
        end_line(page);
        page->tag_due = true;
    } else if (strcmp(macro, "IP") == 0 && count == 2) {
        blank_line(page);
        put_tag(page, arguments[0], MARGIN + atoi(arguments[1]));
    } else if (strcmp(macro, "EX") == 0) {
        end_line(page);
        page->verbatim = true;
    } else if (strcmp(macro, "TH") != 0 && strcmp(macro, "\\\"") != 0) {
        fail(page, "unknown macro: .", macro);
    }
}

static void read_line(struct page *page, char *line) {
    if (strncmp(line, ".\\\"", 3) == 0)
        return;
    unescape(page, line);
    if (page->verbatim) {
        page->verbatim = strcmp(line, ".EE") != 0;
        if (page->verbatim && *line)
            text_repeat(&page->body, ' ', MARGIN);
        if (page->verbatim)
            text_format(&page->body, "%s\n", line);
    } else if (*line == '.') {
        read_macro(page, line);
    } else if (*line == ' ' || *line == '\0' || *line == '\'') {
        fail(page, "a text line begins with a space or a quote, or is empty", "");
    } else {
        read_text(page, line);
    }
}

static void read_page(struct page *page) {
    FILE *file = fopen(page->path, "r");
    if (!file) {
        perror(page->path);
        exit(1);
    }
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        page->line++;
        read_line(page, line);
    }
    if (ferror(file) || page->verbatim)
        fail(page, "read error, or .EX without .EE", "");
    close_topic(page);
    free(line);
    fclose(file);
}

static void print_code(const struct page *page) {
    printf("/* Made by help_generate. */\n"
           "#include \"help_text.h\"\n\n#include <stddef.h>\n#include <strings.h>\n\n%s"
           "static const struct {\n    const char *topic, *text;\n} table[] = {\n%s};\n\n"
           "const char *const help_topics[] = {\n%s    NULL,\n};\n\n"
           "const char *help_paragraph(const char *topic) {\n"
           "    for (size_t i = 0; i < sizeof table / sizeof *table; i++)\n"
           "        if (strcasecmp(table[i].topic, topic) == 0)\n"
           "            return table[i].text;\n"
           "    return NULL;\n}\n",
           page->code.data, page->topics.data, page->names.data);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: help_generate PAGE >FILE.c\n");
        return 2;
    }
    struct page page = {.path = argv[1]};
    read_page(&page);
    if (page.texts == 0)
        fail(&page, "no headings", "");
    if (page.code.failed || page.topics.failed || page.names.failed || page.body.failed)
        fail(&page, "out of memory", "");
    print_code(&page);
    text_free(&page.code);
    text_free(&page.topics);
    text_free(&page.names);
    text_free(&page.body);
    return fflush(stdout) == 0 ? 0 : 1;
}
