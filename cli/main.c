/* cnnc: the program. A verb is chosen here; it does the rest. The locale stays C, so that no byte
 * of output depends on it; SIGPIPE stays as it was inherited. */
#include <malloc.h>
#include <string.h>

#include "command/verbs.h"
#include "terminal/message.h"
#include "terminal/output.h"
#include "terminal/signals.h"

static enum status print_and_free(struct text *out) {
    enum status status = output_write(out);
    text_free(out);
    return status;
}

static enum status run(const struct verb *verb, int argc, char **argv) {
    struct arguments arguments;
    enum status status = options_parse(verb, argc, argv, &arguments);
    if (status == STATUS_OK && arguments.help) {
        struct text out = {0};
        options_help(verb, &out);
        status = print_and_free(&out);
    } else if (status == STATUS_OK) {
        status = verb->run(&arguments);
    }
    options_free(&arguments);
    return status;
}

static enum status no_verb(const char *word) {
    struct text names = {0}, hint = {0};
    options_list(verb_names, &names);
    if (word)
        options_suggest(word, verb_names, "", &hint);
    const char *list = names.data ? names.data : "a verb";
    enum status status =
        word ? message_usage(NULL, hint.data, "%s: there is no such %s; expected %s", word,
                             word[0] == '-' ? "option" : "verb", list)
             : message_usage(NULL, NULL, "a verb is missing; expected %s", list);
    text_free(&names);
    text_free(&hint);
    return status;
}

static enum status run_word(int argc, char **argv) {
    static char *const version[] = {"version", NULL};
    const char *word = argc > 1 ? argv[1] : NULL;
    if (word && (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0))
        return argc > 2 ? message_usage(NULL, NULL,
                                        "%s: it stands alone; expected nothing behind it", word)
                        : run(&verb_version, 1, (char **)version);
    if (word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
        struct text out = {0};
        help_overview(&out);
        return print_and_free(&out);
    }
    const struct verb *verb = word ? verb_find(word) : NULL;
    return verb ? run(verb, argc - 1, argv + 1) : no_verb(word);
}

/* Each thread that reads pictures would keep what its largest ones had; what is freed here goes
 * back, so that --max-memory holds with many of them. */
static void return_memory(void) {
    enum { LARGE = 4 << 20 };
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, 2 * LARGE); /* else 128 KiB: pages of small pictures came and went */
}

int main(int argc, char **argv) {
    return_memory();
    output_guard();
    signals_install();
    return (int)output_close(run_word(argc, argv));
}
