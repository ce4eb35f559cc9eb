#include "swap.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runtime/base/content.h"
#include "../terminal/message.h"

enum { SHOWN = 3 /* operands of the command line */ };

/* ---- what an operand is ---- */

struct peek {
    unsigned char bytes[CONTENT_BYTES];
    size_t length;
    bool directory;
};

static struct peek peek(const char *name) {
    struct peek peek = {0};
    struct stat about;
    bool found = stat(name, &about) == 0;
    peek.directory = found && S_ISDIR(about.st_mode);
    /* Not even opened otherwise: the writer of a FIFO would write to a reader that has gone. */
    int file = found && S_ISREG(about.st_mode) ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return peek;
    ssize_t got = read(file, peek.bytes, sizeof peek.bytes);
    peek.length = got > 0 ? (size_t)got : 0;
    close(file);
    return peek;
}

/* What it is, when that is no model; else NULL, and *plan tells whether it is a plan. */
static const char *stranger(const char *name, bool *plan) {
    const struct peek seen = peek(name);
    const struct content *content = content_of(seen.bytes, seen.length);
    *plan = content && content->kind == CONTENT_PLAN;
    return seen.directory ? "a directory" : content && !*plan ? content->name : NULL;
}

static bool is_model(const char *name) {
    static const char *const extensions[] = {".yaml", ".yml", ".cnnp"};
    const char *dot = strrchr(name, '.');
    bool plan;
    if (stranger(name, &plan))
        return false;
    for (size_t i = 0; dot && i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot, extensions[i]) == 0)
            return true;
    return plan;
}

/* ---- the command line ---- */

static bool is_plain(const char *name) {
    return !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "_./,+@%-")];
}

/* eval has its other file behind an option. */
static bool takes_data(const struct verb *verb, const struct arguments *arguments) {
    for (size_t i = 0; i < arguments->given_count; i++)
        if (strcmp(arguments->given[i].option->name, "data") == 0)
            return false;
    return strcmp(verb->name, "eval") == 0;
}

void swap_hint(const struct verb *verb, const struct arguments *arguments, size_t model,
               struct text *hint) {
    bool data = takes_data(verb, arguments);
    size_t shown = 0;
    if (!data && strcmp(verb->operands, "MODEL") == 0)
        return; /* the other operands have no place, whatever their order */
    for (size_t i = 0; i < arguments->operand_count && i < SHOWN; i++)
        if (!is_plain(arguments->operands[i]))
            return;
    text_format(hint, "did you mean 'cnnc %s %s%s", verb->name, arguments->operands[model],
                data ? " --data" : "");
    for (size_t i = 0; i < arguments->operand_count && shown < SHOWN - 1; i++)
        if (i != model && ++shown)
            text_format(hint, " %s", arguments->operands[i]);
    text_format(hint, "%s'?", shown + 1 < arguments->operand_count ? " ..." : "");
}

enum status swap_check(const struct verb *verb, const struct arguments *arguments) {
    const char *const *operands = (const char *const *)arguments->operands;
    size_t model = 1;
    bool plan;
    const char *what = arguments->operand_count > 1 ? stranger(operands[0], &plan) : NULL;
    if (!what)
        return STATUS_OK;
    while (model < arguments->operand_count && !is_model(operands[model]))
        model++;
    if (model == arguments->operand_count)
        return STATUS_OK;
    struct text hint = {0};
    swap_hint(verb, arguments, model, &hint);
    message_usage(verb->name, hint.data, "%s: it is %s; expected MODEL first", operands[0], what);
    text_free(&hint);
    return STATUS_USAGE;
}
