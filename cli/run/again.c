#include "again.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../terminal/message.h"

enum { CALL = 1 << 16 /* bytes of a call that is said in full */ };

/* ---- a word ---- */

static bool is_plain(const char *word) {
    return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_./,:=+@%-")];
}

/* What a message would escape comes from printf, but a line feed, which $() may take away. */
static void quote_bytes(const char *bytes, size_t length, struct text *out) {
    for (size_t i = 0; i < length; i++)
        text_format(out, "'\"$(printf '\\%03o')\"'", (unsigned)(unsigned char)bytes[i]);
}

void again_quote(const char *word, struct text *out) {
    size_t left = strlen(word);
    if (is_plain(word)) {
        text_add(out, word);
        return;
    }
    text_add(out, "'");
    while (left > 0) {
        uint32_t code;
        struct text shown = {0};
        size_t size = text_utf8(word, left, &code);
        size = size ? size : 1;
        text_escaped(&shown, word, size);
        out->failed |= shown.failed;
        if (*word == '\'')
            text_add(out, "'\\''");
        else if (*word == '\n' || (!shown.failed && shown.length == size))
            text_bytes(out, word, size);
        else
            quote_bytes(word, size, out);
        text_free(&shown);
        word += size;
        left -= size;
    }
    text_add(out, "'");
}

/* ---- the call ---- */

static void add_word(const char *word, struct text *out) {
    text_add(out, " ");
    again_quote(word, out);
}

static bool any_dashed(const struct arguments *arguments) {
    for (size_t i = 0; i < arguments->operand_count; i++)
        if (arguments->operands[i][0] == '-' && arguments->operands[i][1])
            return true;
    return false;
}

static void add_operands(const struct arguments *arguments, struct text *out) {
    for (size_t i = 0; i < arguments->operand_count; i++)
        add_word(arguments->operands[i], out);
}

/* The same call with another --resume. */
static void add_call(const struct arguments *arguments, const char *resume, struct text *out) {
    bool dashed = any_dashed(arguments);
    again_quote(program_invocation_name, out);
    text_add(out, " run");
    if (!dashed)
        add_operands(arguments, out);
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct given *given = &arguments->given[i];
        if (strcmp(given->option->name, "resume") == 0)
            continue;
        text_format(out, " --%s", given->option->name);
        if (given->value)
            add_word(given->value, out);
    }
    text_add(out, " --resume");
    add_word(resume, out);
    if (dashed) {
        text_add(out, " --");
        add_operands(arguments, out);
    }
}

/* ---- what is said ---- */

/* An earlier file of answers that is not added to: no single --resume has them all. */
static void word(const struct request *request, const char *name, bool adds, struct text *out) {
    struct text call = {0};
    text_add(out, "cnnc: note: interrupted: the records that are done are in ");
    text_escaped(out, name, strlen(name));
    if (request->resume && !adds) {
        text_add(out, "; with those of ");
        text_escaped(out, request->resume, strlen(request->resume));
        text_add(out, " before them in one file, --resume goes on\n");
        return;
    }
    add_call(request->arguments, name, &call);
    out->failed |= call.failed;
    if (call.length > CALL) {
        text_add(out, "; the same call goes on with --resume ");
        again_quote(name, out);
    } else if (!call.failed) {
        text_add(out, "; this goes on:\n  ");
        text_bytes(out, call.data, call.length);
    }
    text_add(out, "\n");
    text_free(&call);
}

enum status again_make(const struct request *request, bool adds, struct again *again) {
    bool failed = false;
    again->count = adds ? 1 : SAVE_PARTS;
    for (int i = 0; i < (int)again->count && !failed; i++) {
        char *name = adds ? NULL : save_part(request->save, i);
        const char *said = adds ? request->resume : i == 0 ? request->save : name;
        again->names[i] = name;
        failed = !adds && !name;
        if (!failed)
            word(request, said, adds, &again->words[i]);
        failed |= again->words[i].failed;
        again->kept[i] = (struct save_kept){name, again->words[i].data};
    }
    return failed ? message(STATUS_MEMORY, "out of memory; expected room for the arguments")
                  : STATUS_OK;
}

void again_free(struct again *again) {
    for (size_t i = 0; i < SAVE_PARTS; i++) {
        free(again->names[i]);
        text_free(&again->words[i]);
    }
}
