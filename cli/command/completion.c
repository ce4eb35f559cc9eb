#include "completion.h"

#include <string.h>

#include "verbs.h"

const char *const completion_shells[] = {"bash", "zsh", "fish", NULL};

static const struct option_row *row_at(const struct verb *verb, size_t i) {
    return i < verb->option_count ? &verb->options[i] : &options_help_row;
}

static void add_words(const char *const *words, const char *gap, struct text *out) {
    for (size_t i = 0; words[i]; i++)
        text_format(out, "%s%s", i > 0 ? gap : "", words[i]);
}

/* The first sentence of a help text, without what single quotes or zsh's brackets would end at. */
static void add_help(const char *help, struct text *out) {
    for (; *help; help++) {
        if (*help == '.' && (!help[1] || help[1] == ' ' || help[1] == '\n'))
            break;
        if (*help == '\n')
            text_add(out, " ");
        else if (!strchr("'[]\\", *help))
            text_bytes(out, help, 1);
    }
}

/* ---- bash ---- */

static void bash_verb(const struct verb *verb, struct text *out) {
    text_format(out, "    %s)\n        case $previous in\n", verb->name);
    for (size_t i = 0; i < verb->option_count; i++) {
        const struct option_row *row = &verb->options[i];
        if (!row->argument)
            continue;
        text_format(out, "        --%s", row->name);
        if (row->letter)
            text_format(out, " | -%c", row->letter);
        text_add(out, ") ");
        if (row->choices) {
            text_add(out, "words=\"");
            add_words(row->choices, " ", out);
            text_add(out, "\" ;;\n");
        } else {
            text_add(out, "return ;;\n");
        }
    }
    text_add(out, "        *)\n            case $current in\n            -*) words=\"");
    for (size_t i = 0; i <= verb->option_count; i++)
        text_format(out, "%s--%s", i > 0 ? " " : "", row_at(verb, i)->name);
    text_add(out, "\" ;;\n            *) ");
    if (verb->operand_words) {
        text_add(out, "words=\"");
        add_words(verb->operand_words(), " ", out);
        text_add(out, "\" ;;\n");
    } else {
        text_add(out, *verb->operands ? "mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
                                        "                return ;;\n"
                                      : "return ;;\n");
    }
    text_add(out, "            esac ;;\n        esac ;;\n");
}

/* COMP_WORDS splits --option=value into three words; the option is then two back. */
static void bash(struct text *out) {
    text_add(out, "# bash completion of cnnc: source this, or put it where bash-completion looks.\n"
                  "_cnnc() {\n"
                  "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}"
                  " words=\n"
                  "    COMPREPLY=()\n"
                  "    [[ $current == = ]] && current=\n"
                  "    [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD-2]}\n"
                  "    if ((COMP_CWORD == 1)); then\n"
                  "        COMPREPLY=($(compgen -W \"");
    add_words(verb_names, " ", out);
    text_add(out, " --help --version\" -- \"$current\"))\n        return\n    fi\n"
                  "    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        bash_verb(verbs[i], out);
    text_add(out, "    esac\n"
                  "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                  "}\n"
                  "complete -o filenames -F _cnnc cnnc\n");
}

/* ---- zsh ---- */

static void zsh_option(const struct option_row *row, struct text *out) {
    text_add(out, "            ");
    if (row->letter)
        text_format(out, "%s'{-%c,--%s%s}'[", row->repeats ? "'*" : "'", row->letter, row->name,
                    row->argument ? "=" : "");
    else
        text_format(out, "'%s--%s%s[", row->repeats ? "*" : "", row->name,
                    row->argument ? "=" : "");
    add_help(row->help, out);
    text_add(out, "]");
    if (row->argument)
        text_format(out, ":%s:", row->argument);
    if (row->choices) {
        text_add(out, "(");
        add_words(row->choices, " ", out);
        text_add(out, ")");
    }
    text_add(out, "' \\\n");
}

static void zsh_verb(const struct verb *verb, struct text *out) {
    text_format(out, "    %s)\n        _arguments -s \\\n", verb->name);
    for (size_t i = 0; i <= verb->option_count; i++)
        zsh_option(row_at(verb, i), out);
    if (verb->operand_words) {
        text_add(out, "            '*:topic:(");
        add_words(verb->operand_words(), " ", out);
        text_add(out, ")' ;;\n");
    } else {
        text_add(out, *verb->operands ? "            '*:file:_files' ;;\n" : "            ;;\n");
    }
}

static void zsh(struct text *out) {
    text_add(out, "#compdef cnnc\n"
                  "# zsh completion of cnnc: put it as _cnnc into a folder of $fpath.\n"
                  "_cnnc() {\n"
                  "    if ((CURRENT == 2)); then\n"
                  "        local -a verbs=(");
    for (size_t i = 0; i < VERB_COUNT; i++) {
        text_format(out, "'%s:", verbs[i]->name);
        add_help(verbs[i]->summary, out);
        text_add(out, "' ");
    }
    text_add(out, "--help --version)\n        _describe verb verbs\n        return\n    fi\n"
                  "    shift words\n    ((CURRENT--))\n    case $words[1] in\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        zsh_verb(verbs[i], out);
    text_add(out, "    esac\n}\n"
                  "if [[ $funcstack[1] == _cnnc ]]; then\n    _cnnc \"$@\"\n"
                  "else\n    compdef _cnnc cnnc\nfi\n");
}

/* ---- fish ---- */

static void fish_verb(const struct verb *verb, struct text *out) {
    text_format(out, "complete -c cnnc -n __fish_use_subcommand -f -a %s -d '", verb->name);
    add_help(verb->summary, out);
    text_add(out, "'\n");
    for (size_t i = 0; i <= verb->option_count; i++) {
        const struct option_row *row = row_at(verb, i);
        text_format(out, "complete -c cnnc -n '__fish_seen_subcommand_from %s' -l %s", verb->name,
                    row->name);
        if (row->letter)
            text_format(out, " -s %c", row->letter);
        if (row->argument)
            text_add(out, " -x");
        if (row->choices) {
            text_add(out, " -a '");
            add_words(row->choices, " ", out);
            text_add(out, "'");
        }
        text_add(out, " -d '");
        add_help(row->help, out);
        text_add(out, "'\n");
    }
    if (verb->operand_words || !*verb->operands) {
        text_format(out, "complete -c cnnc -n '__fish_seen_subcommand_from %s' -f", verb->name);
        if (verb->operand_words) {
            text_add(out, " -a '");
            add_words(verb->operand_words(), " ", out);
            text_add(out, "'");
        }
        text_add(out, "\n");
    }
}

static void fish(struct text *out) {
    text_add(out,
             "# fish completion of cnnc: put it as cnnc.fish into ~/.config/fish/completions.\n"
             "complete -c cnnc -n __fish_use_subcommand -f -l help -d 'Print the verbs'\n"
             "complete -c cnnc -n __fish_use_subcommand -f -l version -d 'Print the version'\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        fish_verb(verbs[i], out);
}

void completion_write(int shell, struct text *out) {
    static void (*const write[])(struct text *) = {bash, zsh, fish};
    write[shell](out);
}
