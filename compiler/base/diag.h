/* Diagnostics: what is wrong with a spec, where, and what would be right. The compiler only adds to
 * a list; printing is the caller's. */
#ifndef CNNC_DIAG_H
#define CNNC_DIAG_H

#include "../../runtime/base/base.h"

#include <stdarg.h>

/* A text that locations point into: source 0 is the spec file, further ones are arguments of the
 * command line (--set, --input), whose name is the option. */
struct source {
    const char *name; /* as messages print it */
    const char *text;
    size_t length;
};

/* line and column count from 1; the column counts characters (code points). line 0: no place. */
struct location {
    uint32_t source, line, column;
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

/* A way to make a layer fit: one of the suggestions of `shape-fit`. */
struct fit_option {
    int64_t stride[2], pad[4];           /* height, width; top, bottom, left, right: to write */
    bool same;                           /* `pad: same` is to write, which gives these pads */
    int64_t output_height, output_width; /* what comes out */
};

struct diag_note {
    struct location at;
    const char *message;
    struct diag_note *next; /* outward */
};

struct diagnostic {
    enum severity severity;
    struct location at;
    const char *class;   /* "shape-fit": the code in brackets */
    const char *message; /* one line, with its numbers */
    uint32_t others;     /* how many more layers a warning concerns; in its message once sorted */
    const char *hint; /* "did you mean 'filters'?" or what fits; may hold several lines; or NULL */
    const struct fit_option *fits;
    size_t fit_count;
    struct diag_note *notes, **last_note;
    size_t also;                 /* how many more are told with it (diag_also) */
    struct diag_note *uncounted; /* the note that counts those which are not named */
};

struct diagnostics {
    struct arena *arena;
    struct source *sources;
    size_t source_count, source_capacity;
    struct diagnostic **items;
    size_t count, capacity;
    size_t errors, warnings;  /* all, including those not kept */
    size_t dropped;           /* beyond LIMIT_DIAGNOSTICS, counted only */
    bool limit_hit;           /* an error with STATUS_LIMIT is among them */
    bool muted;               /* additions are ignored: a trial run */
    struct diagnostic unkept; /* what diag_error hands out for one that is not kept */
};

void diag_init(struct diagnostics *diag, struct arena *arena);
/* name and text must outlive the list. Returns the source's number. */
uint32_t diag_source(struct diagnostics *diag, const char *name, const char *text, size_t length);

/* Adds one, and gives it for hints and notes (never NULL). An equal one (place, class, message) is
 * added once: a mistake in a block called ten times is one mistake. Of warnings, place and class
 * are enough; the message says in the end how many there are. A class that begins with "limit-"
 * sets limit_hit. */
struct diagnostic *diag_error(struct diagnostics *diag, struct location at, const char *class,
                              const char *format, ...) PRINTF(4, 5);
struct diagnostic *diag_warning(struct diagnostics *diag, struct location at, const char *class,
                                const char *format, ...) PRINTF(4, 5);
/* The same for functions that take a format and its arguments themselves. */
struct diagnostic *diag_add(struct diagnostics *diag, enum severity severity, struct location at,
                            const char *class, const char *format, va_list arguments) PRINTF(5, 0);
/* The same, but where something of this severity and class is said at this place already, the
 * message becomes a note of that: a mistake in a block that is called ten times is told once, with
 * the first other places that it concerns, and how many more there are. */
struct diagnostic *diag_also(struct diagnostics *diag, enum severity severity, struct location at,
                             const char *class, const char *format, va_list arguments) PRINTF(5, 0);
/* False of what will not be read: muted, merged with an equal one, beyond LIMIT_DIAGNOSTICS. Hints
 * and notes of it are ignored; ask before making a costly one. */
static inline bool diag_kept(const struct diagnostics *diag, const struct diagnostic *item) {
    return item != &diag->unkept;
}
void diag_hint(struct diagnostics *diag, struct diagnostic *item, const char *format, ...)
    PRINTF(3, 4);
/* Notes print in the order of their adding: innermost first. */
void diag_note(struct diagnostics *diag, struct diagnostic *item, struct location at,
               const char *format, ...) PRINTF(4, 5);

/* Orders by place; stable; and completes the messages of warnings. Called once, before anything is
 * read out. */
void diag_sort(struct diagnostics *diag);

/* The form editors parse, with source line and caret. Control bytes are escaped. */
void diag_render(const struct diagnostics *diag, struct text *out, bool colour);

/* Adds the hint "did you mean 'X'?" when other tools call a candidate so (synonym.h), or one is
 * near (see diag_nearest); false when none is, or when the item is not kept. */
bool diag_suggest(struct diagnostics *diag, struct diagnostic *item, const char *word,
                  const char *const *candidates, size_t count);

/* The candidate nearest to word (Damerau-Levenshtein, without regard to case), or NULL when none is
 * near enough to be meant. candidates: count strings; NULL entries are skipped. */
const char *diag_nearest(const char *word, const char *const *candidates, size_t count);

#endif
