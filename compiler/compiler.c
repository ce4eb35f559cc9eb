#include "compiler.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "expand.h"
#include "receptive.h"
#include "shape.h"

/* The argument of --input: a shape for this run, which never changes a parameter. */
static bool read_override(struct compilation *c, const char *argument, struct shape *shape,
                          struct location *at) {
    uint32_t source = diag_source(&c->diag, "--input", argument, strlen(argument));
    *at = (struct location){.source = source, .line = 1, .column = 1};
    struct node node = {.type = NODE_SCALAR,
                        .plain = true,
                        .at = *at,
                        .text = argument,
                        .length = strlen(argument)};
    int64_t extent[3];
    if (!key_extents(&c->diag, &node, "--input", 3, extent))
        return false;
    *shape = (struct shape){.channels = extent[0], .height = extent[1], .width = extent[2]};
    return true;
}

static enum status verdict(const struct compilation *c) {
    if (c->diag.limit_hit)
        return STATUS_LIMIT;
    return c->diag.errors ? STATUS_INPUT : STATUS_OK;
}

/* The front half, a pass a line. */
static enum status compile(struct compilation *c, const struct compile_options *options,
                           uint32_t source) {
    struct arena *arena = &c->arena;
    struct diagnostics *diag = &c->diag;
    struct shape override = {0};
    struct location override_at = {0};
    if (options->input && !read_override(c, options->input, &override, &override_at))
        return STATUS_USAGE;
    struct node *root = yaml_read(arena, diag, source);
    if (!root)
        return verdict(c);
    for (size_t i = 0; i < options->set_count; i++) {
        uint32_t argument = diag_source(diag, "--set", options->sets[i], strlen(options->sets[i]));
        if (!override_apply(arena, diag, root, argument))
            return STATUS_USAGE;
    }
    struct spec *spec = arena_alloc(arena, sizeof *spec);
    if (!spec_read(arena, diag, root, spec))
        return verdict(c);
    c->graph = arena_alloc(arena, sizeof *c->graph);
    expand(arena, diag, spec, c->graph);
    shape_infer(c->graph, diag, options->input ? &override : NULL, override_at);
    if (!spec->input_known) { /* no shape is known, so there is nothing to show */
        c->graph = NULL;
        return verdict(c);
    }
    count_graph(c->graph, diag);
    receptive_fields(c->graph);
    graph_verify(c->graph);
    return verdict(c);
}

enum status compile_spec(const struct compile_options *options, const char *name, const char *text,
                         size_t length, struct compilation **out) {
    *out = NULL;
    struct compilation *c = calloc(1, sizeof *c);
    if (!c)
        return STATUS_MEMORY;
    arena_init(&c->arena);
    /* A caller's locale changes neither numbers in messages nor which letters are the same. glibc's
     * C locale is static: nothing is to be freed, and nothing fails. */
    locale_t before = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    if (setjmp(c->arena.out_of_memory)) {
        uselocale(before);
        compilation_free(c);
        return STATUS_MEMORY;
    }
    diag_init(&c->diag, &c->arena);
    uint32_t source = diag_source(&c->diag, arena_copy(&c->arena, name, strlen(name)),
                                  arena_copy(&c->arena, text, length), length);
    enum status status = compile(c, options, source);
    diag_sort(&c->diag);
    uselocale(before);
    *out = c;
    return status;
}

void compilation_free(struct compilation *compilation) {
    if (!compilation)
        return;
    arena_free(&compilation->arena);
    free(compilation);
}
