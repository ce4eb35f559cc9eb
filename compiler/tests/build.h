/* Small graphs by hand, for suites that test the passes behind the expander:
 *
 *     build_begin("3x32x32");
 *     build("conv", "filters: 6, kernel: 5");
 *     build("pool", "kernel: 2");
 *     build_infer();
 *
 * A layer reads the one before it; build_from names others ("conv1,input"). Layers are called by
 * kind and ordinal, as the language calls them. All memory is freed by the next build_begin, the
 * last by build_end (a fixture's teardown). */
#ifndef CNNC_TEST_BUILD_H
#define CNNC_TEST_BUILD_H

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../graph/count.h"
#include "../graph/layer.h"
#include "../graph/receptive.h"

static struct build {
    struct arena arena;
    struct diagnostics diag;
    struct graph graph;
    struct shape override;
    bool resized, used;
    char *said; /* the diagnostics, rendered */
} built;

static inline void build_end(void) {
    if (built.used)
        arena_free(&built.arena);
    free(built.said);
    built = (struct build){0};
}

static inline struct shape build_shape(const char *text) {
    struct shape shape = {0};
    char extra;
    int count = sscanf(text, "%" SCNd64 "x%" SCNd64 "x%" SCNd64 "%c", &shape.channels,
                       &shape.height, &shape.width, &extra);
    ck_assert_msg(count == 3, "no CxHxW: %s", text);
    return shape;
}

static inline struct layer *build_append(const struct layer_kind *kind, const char *name) {
    struct layer *layer = graph_new_layer(&built.arena, kind);
    layer->name = name;
    layer->at = (struct location){.line = built.graph.count + 1, .column = 1};
    graph_append(&built.graph, layer);
    return layer;
}

static inline void build_begin(const char *input) {
    build_end();
    arena_init(&built.arena);
    built.used = true;
    diag_init(&built.diag, &built.arena);
    diag_source(&built.diag, "built", "", 0);
    built.graph.arena = &built.arena;
    built.graph.own_input = build_shape(input);
    build_append(&layer_input, "input");
}

/* "key: value, key: value" into the layer's settings, as the expander does it. Values are scalars;
 * the place of key k is column 10 + k. */
static inline void build_settings(struct layer *layer, const char *settings) {
    char *copy = arena_copy(&built.arena, settings, strlen(settings)), *rest = copy;
    for (char *pair = strtok_r(copy, ",", &rest); pair; pair = strtok_r(NULL, ",", &rest)) {
        char *key = pair + strspn(pair, " "), *value = strstr(key, ": ");
        ck_assert_msg(value != NULL, "no `key: value`: %s", pair);
        *value = '\0';
        value += 2;
        int k = key_index(layer->kind, key);
        ck_assert_msg(k >= 0, "%s has no key '%s'", layer->kind->name, key);
        struct node node = {.type = NODE_SCALAR,
                            .plain = true,
                            .text = value,
                            .length = strlen(value),
                            .at = {.line = layer->at.line, .column = 10 + (uint32_t)k}};
        layer->set |= 1U << k;
        layer->key_at[k] = node.at;
        if (!key_read(&built.diag, &layer->kind->keys[k], &node, layer->settings))
            layer->poisoned = true;
    }
}

static inline uint32_t build_find(const char *name) {
    int64_t index = graph_find(&built.graph, name);
    ck_assert_msg(index >= 0, "no layer '%s'", name);
    return (uint32_t)index;
}

static inline struct layer *build_layer(const char *name) {
    return built.graph.layers[build_find(name)];
}

/* How many layers of the kind there are. */
static inline uint32_t build_ordinal(const char *kind) {
    uint32_t ordinal = 0;
    for (uint32_t i = 0; i < built.graph.count; i++)
        ordinal += strcmp(built.graph.layers[i]->kind->name, kind) == 0;
    return ordinal;
}

static inline struct layer *build_from(const char *from, const char *kind, const char *settings) {
    const struct layer_kind *found = kind_find(kind, strlen(kind));
    ck_assert_msg(found != NULL, "no kind '%s'", kind);
    uint32_t ordinal = build_ordinal(kind) + 1;
    uint32_t inputs[64], count = 0;
    char *copy = arena_copy(&built.arena, from, strlen(from)), *rest = copy;
    for (char *name = strtok_r(copy, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
        inputs[count++] = build_find(name);
    struct layer *layer = build_append(found, arena_format(&built.arena, "%s%u", kind, ordinal));
    layer->inputs = arena_grow(&built.arena, inputs, count, count, sizeof *inputs);
    layer->input_count = count;
    for (uint32_t i = 0; i < count; i++)
        built.graph.layers[inputs[i]]->readers++;
    build_settings(layer, settings);
    return layer;
}

static inline struct layer *build(const char *kind, const char *settings) {
    return build_from(built.graph.layers[built.graph.count - 1]->name, kind, settings);
}

/* All passes behind the expander. input: of --input, or NULL. */
static inline void build_infer_with(const char *input) {
    struct location at = {0};
    if (input) {
        built.override = build_shape(input);
        at = (struct location){.line = 99, .column = 1};
    }
    shape_infer(&built.graph, &built.diag, input ? &built.override : NULL, at);
    count_graph(&built.graph, &built.diag);
    receptive_fields(&built.graph);
    struct text said = {0};
    diag_render(&built.diag, &said, false);
    ck_assert(!said.failed);
    built.said = said.data ? said.data : strdup("");
}

static inline void build_infer(void) { build_infer_with(NULL); }

/* "6x28x28 6x14x14 10", "?" where unknown: of all layers behind the input. */
static inline const char *build_shapes(void) {
    const char *text = "";
    for (uint32_t i = 1; i < built.graph.count; i++) {
        const struct layer *layer = built.graph.layers[i];
        text = arena_format(&built.arena, "%s%s%s", text, *text ? " " : "",
                            layer->known ? shape_text(&built.arena, &layer->out) : "?");
    }
    return text;
}

/* The network is right, without a warning. */
static inline void build_accepts(void) {
    build_infer();
    ck_assert_msg(built.diag.count == 0, "should be right, but:\n%s", built.said);
}

/* Exactly one diagnostic, of that class; `says` stands in what is printed of it. */
static inline void build_said(enum severity severity, const char *class, const char *says) {
    ck_assert_msg(built.diag.count == 1, "one diagnostic expected:\n%s", built.said);
    const struct diagnostic *item = built.diag.items[0];
    ck_assert_int_eq(item->severity, severity);
    ck_assert_str_eq(item->class, class);
    ck_assert_msg(strstr(built.said, says) != NULL, "'%s' is not said:\n%s", says, built.said);
}

static inline void build_rejects(const char *class, const char *says) {
    build_infer();
    build_said(SEVERITY_ERROR, class, says);
    ck_assert_uint_gt(built.graph.faults + built.graph.misfits, 0);
}

/* Builds a chain from "kind: settings; kind: settings". */
static inline void build_chain(const char *input, const char *layers) {
    build_begin(input);
    char *copy = arena_copy(&built.arena, layers, strlen(layers)), *rest = copy;
    for (char *layer = strtok_r(copy, ";", &rest); layer; layer = strtok_r(NULL, ";", &rest)) {
        layer += strspn(layer, " ");
        size_t kind = strcspn(layer, " ");
        const char *settings = layer[kind] ? layer + kind + 1 : "";
        build(arena_copy(&built.arena, layer, kind), settings);
    }
}

/* A suite of one case, whose graphs are freed. */
static inline int build_run(const char *name, const TTest *const *tests, size_t count) {
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    tcase_add_checked_fixture(cases, NULL, build_end);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    build_end();
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
