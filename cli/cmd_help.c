#include <string.h>

#include "../compiler/front/schema.h"
#include "command/completion.h"
#include "command/help_text.h"
#include "command/verbs.h"
#include "terminal/message.h"
#include "terminal/output.h"

enum { TOPICS_MAX = 128 }; /* asserted by a test */

/* "see also" is no topic to ask for. */
static bool is_word(const char *topic) { return !strchr(topic, ' '); }

/* What may stand behind `cnnc help`, ends with NULL. */
static const char *const *words(void) {
    static const char *all[TOPICS_MAX + VERB_COUNT + 3];
    size_t count = 0;
    for (size_t i = 0; verb_names[i]; i++)
        all[count++] = verb_names[i];
    all[count++] = "schema";
    all[count++] = "completion";
    for (size_t i = 0; help_topics[i] && i < TOPICS_MAX; i++)
        if (is_word(help_topics[i]))
            all[count++] = help_topics[i];
    all[count] = NULL;
    return all;
}

/* Words in lines of at most 76 characters, indented. */
static void add_topics(struct text *out) {
    size_t used = 0;
    for (size_t i = 0; help_topics[i]; i++) {
        size_t length = strlen(help_topics[i]);
        if (!is_word(help_topics[i]))
            continue;
        if (used == 0 || used + 2 + length > 76) {
            text_add(out, used == 0 ? " " : ",\n ");
            used = 1;
        } else {
            text_add(out, ",");
            used++;
        }
        text_format(out, " %s", help_topics[i]);
        used += 1 + length;
    }
    text_add(out, "\n");
}

void help_overview(struct text *out) {
    text_add(out, "Usage: cnnc VERB [OPTION]... [FILE]...\n"
                  "A compiler for convolutional networks. One YAML file, the spec, describes a "
                  "network.\n\nVerbs:\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        text_format(out, "  %-10s%s\n", verbs[i]->name, verbs[i]->summary);
    text_add(out, "\nHelp:\n"
                  "  cnnc VERB --help            the options of a verb\n"
                  "  cnnc help TOPIC             a layer kind or a part of the language\n"
                  "  cnnc help schema            the language as a JSON Schema, for editors\n"
                  "  cnnc help completion SHELL  a completion script for bash, zsh or fish\n"
                  "\nTopics:\n");
    add_topics(out);
    text_add(out, "\nTry it:\n  cnnc check specs/alexnet.yaml\n");
}

static enum status write_topic(const char *topic, struct text *out) {
    const struct verb *verb = verb_find(topic);
    const char *paragraph = help_paragraph(topic);
    if (verb) {
        options_help(verb, out);
    } else if (strcmp(topic, "schema") == 0) {
        schema_write(out);
    } else if (paragraph) {
        text_add(out, paragraph);
    } else {
        struct text hint = {0};
        options_suggest(topic, words(), "", &hint);
        enum status status = message_usage(NULL, hint.data,
                                           "%s: there is no help on it; expected a verb, a layer "
                                           "kind or another topic of 'cnnc help'",
                                           topic);
        text_free(&hint);
        return status;
    }
    return STATUS_OK;
}

static enum status write_completion(const char *shell, struct text *out) {
    int index = shell ? options_choice(shell, completion_shells) : -1;
    if (index < 0)
        return message_usage(NULL, NULL, "completion: %s%s; expected bash, zsh or fish",
                             shell ? "there is none for " : "the shell is missing",
                             shell ? shell : "");
    completion_write(index, out);
    return STATUS_OK;
}

static enum status help(const struct arguments *arguments) {
    size_t count = arguments->operand_count;
    const char *first = count > 0 ? arguments->operands[0] : NULL;
    bool completion = first && strcmp(first, "completion") == 0;
    if (count > (completion ? 2U : 1U))
        return message_usage(NULL, NULL, "%s: a further topic; expected one",
                             arguments->operands[count - 1]);
    struct text out = {0};
    enum status status = STATUS_OK;
    if (!first)
        help_overview(&out);
    else if (completion)
        status = write_completion(count > 1 ? arguments->operands[1] : NULL, &out);
    else
        status = write_topic(first, &out);
    if (status == STATUS_OK)
        status = output_write(&out);
    text_free(&out);
    return status;
}

const struct verb verb_help = {
    .name = "help",
    .operands = "[VERB | TOPIC | schema | completion SHELL]",
    .summary = "Explain a verb, a layer kind or a part of the language.",
    .operand_words = words,
    .run = help,
};
