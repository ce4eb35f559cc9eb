/* Options of the verbs. One table per verb gives the parser, `--help`, the completions, and the
 * test of the manual. */
#ifndef CNNC_OPTIONS_H
#define CNNC_OPTIONS_H

#include "../../runtime/base/base.h"

struct option_row {
    const char *name;     /* long name: "batch" */
    char letter;          /* short name, or 0 */
    const char *argument; /* "N"; NULL: takes none */
    const char *help;     /* what it does; lines end with \n where they are to */
    bool repeats;         /* may be given again */
    const char *const
        *choices; /* what the argument may be, for completion; ends with NULL; or NULL */
};

struct arguments {
    struct given {
        const struct option_row *option;
        const char *value; /* or NULL */
    } * given;             /* in the order of the command line */
    size_t given_count;
    const char **operands;
    size_t operand_count;
    bool help; /* --help was met: the rest is not looked at */
};

struct verb {
    const char *name;
    const char *operands; /* "FILE..." */
    const char *summary;  /* one line */
    const char *text;     /* further text of --help */
    const struct option_row *options;
    size_t option_count;
    /* Words that complete an operand, ends with NULL; NULL: file names. */
    const char *const *(*operand_words)(void);
    enum status (*run)(const struct arguments *arguments);
};

/* Reads the arguments behind the verb; argv[0] is the verb itself. STATUS_USAGE and STATUS_MEMORY
 * after saying why on stderr. The caller frees in any case. */
MUST_USE enum status options_parse(const struct verb *verb, int argc, char **argv,
                                   struct arguments *arguments);
void options_free(struct arguments *arguments);

/* A decimal integer without sign, blank, exponent or needless zero, from least to most. False when
 * text is not one. */
MUST_USE bool options_count(const char *text, size_t length, int64_t least, int64_t most,
                            int64_t *out);

/* Such an integer with a unit: 5k, 800M, 4G, whose k, M and G are powers of `thousand` (1000 or
 * 1024); 4Ki, 4Mi, 4Gi, always powers of 1024; and, before a unit, a fraction that leaves it whole:
 * 1.5M. */
MUST_USE bool options_amount(const char *text, size_t length, int64_t thousand, int64_t *out);

/* Does text have the form CxHxW of three counts? What they mean for a network is the compiler's. */
MUST_USE bool options_is_shape(const char *text);

/* The index of text among the choices, or -1. */
int options_choice(const char *text, const char *const *choices);

/* "table, json or csv": for messages. */
void options_list(const char *const *choices, struct text *out);

/* "did you mean 'X'?" for the nearest of the words (ends with NULL), prefixed with `prefix`;
 * nothing when none is near. */
void options_suggest(const char *word, const char *const *words, const char *prefix,
                     struct text *out);

/* What `cnnc VERB --help` prints. */
void options_help(const struct verb *verb, struct text *out);

/* Every verb has --help, which stands in no table. */
extern const struct option_row options_help_row;

#endif
