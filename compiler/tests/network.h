/* For suites that compile small networks: accept, reject, and what came of it. The compilation of
 * the running test is freed by the next one and by network_free (a checked fixture's teardown). */
#ifndef CNNC_TEST_NETWORK_H
#define CNNC_TEST_NETWORK_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../compiler.h"
#include "../graph/shape.h"

static struct compilation *network;
static char *network_said; /* the diagnostics, rendered */

static inline void network_free(void) {
    compilation_free(network);
    network = NULL;
    free(network_said);
    network_said = NULL;
}

static inline enum status network_compile(const char *text, const struct compile_options *options) {
    static const struct compile_options none;
    network_free();
    enum status status =
        compile_spec(options ? options : &none, "test.yaml", text, strlen(text), &network);
    ck_assert_ptr_nonnull(network);
    struct text said = {0};
    diag_render(&network->diag, &said, false);
    ck_assert(!said.failed);
    network_said = said.data ? said.data : strdup("");
    return status;
}

/* The network is right: no error and no warning. */
static inline const struct graph *accept_with(const char *text,
                                              const struct compile_options *options) {
    enum status status = network_compile(text, options);
    ck_assert_msg(status == STATUS_OK && network->diag.errors + network->diag.warnings == 0,
                  "should be accepted:\n%s\nstatus %d\n%s", text, (int)status, network_said);
    graph_verify(network->graph);
    return network->graph;
}

static inline const struct graph *accept(const char *text) { return accept_with(text, NULL); }

static inline const struct layer *layer_named(const char *name) {
    int64_t index = graph_find(network->graph, name);
    ck_assert_msg(index >= 0, "there is no layer '%s'", name);
    return network->graph->layers[index];
}

/* ---- one line that says a graph ---- */

/* The names in order: "conv1_1 relu1_1 pool1". */
static inline const char *names_of(const struct graph *graph) {
    struct text out = {0};
    for (uint32_t i = 1; i < graph->count; i++)
        text_format(&out, "%s%s", i > 1 ? " " : "", graph->layers[i]->name);
    const char *copy = arena_copy(&network->arena, out.data ? out.data : "", out.length);
    text_free(&out);
    return copy;
}

/* Who reads whom: "conv1<input add1<conv1,input". */
static inline const char *wires_of(const struct graph *graph) {
    struct text out = {0};
    for (uint32_t i = 1; i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        text_format(&out, "%s%s", i > 1 ? " " : "", layer->name);
        for (uint32_t k = 0; k < layer->input_count; k++)
            text_format(&out, "%c%s", k ? ',' : '<', graph->layers[layer->inputs[k]]->name);
    }
    const char *copy = arena_copy(&network->arena, out.data ? out.data : "", out.length);
    text_free(&out);
    return copy;
}

/* Output shapes of the layers of one kind, or of all (NULL): "16x32x32 10". */
static inline const char *shapes_of(const struct graph *graph, const char *kind) {
    struct text out = {0};
    for (uint32_t i = 1; i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        if (kind && strcmp(layer->kind->name, kind) != 0)
            continue;
        text_format(&out, "%s%s", out.length ? " " : "",
                    layer->known ? shape_text(graph->arena, &layer->out) : "?");
    }
    const char *copy = arena_copy(&network->arena, out.data ? out.data : "", out.length);
    text_free(&out);
    return copy;
}

static inline void names_are(const char *text, const char *names) {
    ck_assert_str_eq(names_of(accept(text)), names);
}

static inline void wires_are(const char *text, const char *wires) {
    ck_assert_str_eq(wires_of(accept(text)), wires);
}

static inline void shapes_are(const char *text, const char *kind, const char *shapes) {
    ck_assert_str_eq(shapes_of(accept(text), kind), shapes);
}

/* ---- rejection ---- */

/* The spec without its mark `^`, and where the mark stood. */
static inline char *without_mark(const char *text, struct location *at) {
    const char *mark = strchr(text, '^');
    ck_assert_msg(mark != NULL, "the test marks no place:\n%s", text);
    *at = (struct location){.line = 1, .column = 1};
    for (const char *byte = text; byte < mark; byte++) {
        at->column++;
        if (*byte == '\n') {
            at->line++;
            at->column = 1;
        }
    }
    char *copy = strdup(text);
    ck_assert_ptr_nonnull(copy);
    memmove(copy + (mark - text), mark + 1, strlen(mark));
    return copy;
}

/* A class is its family, or the family with a suffix: "pattern", "pattern-list". */
static inline bool class_is(const char *class, const char *family) {
    size_t length = strlen(family);
    return strncmp(class, family, length) == 0 && (class[length] == '\0' || class[length] == '-');
}

/* Exactly one diagnostic of that severity, where `^` stands in text, of that class, and each of
 * `words` (separated by `|`) is said in it, its hints or its notes. */
static inline void says_once(const char *text, enum severity severity, const char *class,
                             const char *words) {
    struct location at;
    char *spec = without_mark(text, &at);
    enum status status = network_compile(spec, NULL);
    free(spec);
    bool error = severity == SEVERITY_ERROR;
    const struct diagnostics *diag = &network->diag;
    enum status expected = !error                             ? STATUS_OK
                           : strncmp(class, "limit-", 6) == 0 ? STATUS_LIMIT
                                                              : STATUS_INPUT;
    ck_assert_msg(status == expected && diag->errors == (error ? 1 : 0) &&
                      diag->warnings == (error ? 0 : 1),
                  "one %s expected:\n%s\nstatus %d, said:\n%s", error ? "error" : "warning", text,
                  (int)status, network_said);
    const struct diagnostic *item = NULL;
    for (size_t i = 0; i < diag->count && !item; i++)
        item = diag->items[i]->severity == severity ? diag->items[i] : NULL;
    ck_assert_ptr_nonnull(item);
    ck_assert_msg(item->at.source == 0 && item->at.line == at.line && item->at.column == at.column,
                  "expected at %u:%u\n%s\nsaid:\n%s", at.line, at.column, text, network_said);
    ck_assert_msg(class_is(item->class, class), "expected class %s\n%s\nsaid:\n%s", class, text,
                  network_said);
    char *list = strdup(words), *rest = list;
    for (char *word = strtok_r(rest, "|", &rest); word; word = strtok_r(NULL, "|", &rest))
        ck_assert_msg(strstr(network_said, word) != NULL, "'%s' is not said\n%s\nsaid:\n%s", word,
                      text, network_said);
    free(list);
}

static inline void rejects(const char *text, const char *class, const char *words) {
    says_once(text, SEVERITY_ERROR, class, words);
}

static inline void warns(const char *text, const char *class, const char *words) {
    says_once(text, SEVERITY_WARNING, class, words);
}

#endif
