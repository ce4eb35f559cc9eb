#include "spec.h"
#include "../graph/image_rules.h"

#include <string.h>
#include <strings.h>

#include "../base/limits.h"
#include "../graph/kind.h"

bool name_check(struct diagnostics *diag, const struct node *node, const char *what) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";
    if (node->type != NODE_SCALAR || node->length == 0) {
        diag_error(diag, node->at, "spec-type", "%s must be a name, not %s", what,
                   node_describe(diag->arena, node));
        return false;
    }
    if (node->length > LIMIT_NAME) {
        diag_error(diag, node->at, "limit-name", "%s has %zu bytes; the limit is %d", what,
                   node->length, LIMIT_NAME);
        return false;
    }
    size_t good = strspn(node->text, letters);
    if (good < node->length) {
        struct diagnostic *item =
            diag_error(diag, node_locate(node, good), "spec-name",
                       "%s '%s' holds a character that names may not", what, node->text);
        diag_hint(diag, item, "names are made of letters, digits, _ and .");
        return false;
    }
    return true;
}

/* ---- scalars of the top level ---- */

static const char *read_text(struct diagnostics *diag, const struct node *node, const char *what) {
    if (!node)
        return NULL;
    bool empty =
        node->type == NODE_SCALAR && node->plain &&
        (node->length == 0 || strcmp(node->text, "~") == 0 || strcasecmp(node->text, "null") == 0);
    if (node->type != NODE_SCALAR || node->length == 0 || empty) {
        diag_error(diag, node->at, "spec-type", "%s must be a text, not %s", what,
                   node_describe(diag->arena, node));
        return NULL;
    }
    return node->text;
}

static enum fit read_fit(struct diagnostics *diag, const struct node *node) {
    static const char *const words[] = {"exact", "floor", "ceil", NULL};
    static const struct key key = {.name = "fit", .type = KEY_WORD, .words = words};
    int fit = FIT_EXACT;
    if (node)
        key_read(diag, &key, node, &fit);
    return (enum fit)fit;
}

static bool read_input(struct diagnostics *diag, const struct node *root, struct spec *spec) {
    const struct node *node = node_get(root, "input");
    if (!node) {
        struct diagnostic *item = diag_error(diag, root->at, "spec-key", "the spec has no 'input'");
        diag_hint(diag, item, "say channels x height x width, such as input: 3x224x224");
        return false;
    }
    spec->input_at = node->at;
    int64_t *extent = spec->input;
    if (!key_extents(diag, node, "input", 3, extent))
        return false;
    int64_t elements = 0;
    if (!count_mul(extent[0], extent[1], &elements) || !count_mul(elements, extent[2], &elements) ||
        elements > LIMIT_TENSOR) {
        diag_error(diag, node->at, "limit-tensor",
                   "the input has %lld*%lld*%lld elements; the limit is 2^31", (long long)extent[0],
                   (long long)extent[1], (long long)extent[2]);
        return false;
    }
    if (node->type == NODE_SCALAR && key_is_channels_last(extent)) {
        long long height = extent[0], width = extent[1], channels = extent[2];
        struct diagnostic *item = diag_error(
            diag, node->at, "shape-input",
            "input is channels x height x width: %s would have %lld channels", node->text, height);
        diag_hint(diag, item,
                  "did you mean %lldx%lldx%lld? (%lld channels are said as [%lld, %lld, %lld])",
                  channels, height, width, height, height, width, channels);
        return false;
    }
    return true;
}

/* ---- blocks ---- */

const char *lower_case(struct arena *arena, const char *text, size_t length) {
    char *copy = arena_copy(arena, text, length);
    for (char *byte = copy; *byte; byte++) {
        if (*byte >= 'A' && *byte <= 'Z')
            *byte = (char)(*byte - 'A' + 'a');
    }
    return copy;
}

struct block *spec_block(const struct spec *spec, const char *name) {
    if (spec->block_count == 0)
        return NULL;
    const uint32_t *index =
        table_find(&spec->block_index, lower_case(spec->block_index.arena, name, strlen(name)));
    return index ? &spec->blocks[*index] : NULL;
}

/* params: [filters, stride: 1] */
static void read_parameters(struct arena *arena, struct diagnostics *diag, const struct node *list,
                            struct block *block) {
    if (list->type != NODE_LIST) {
        diag_error(diag, list->at, "spec-type",
                   "params must be a list such as [filters, stride: 1], not %s",
                   node_describe(arena, list));
        return;
    }
    if (list->count > LIMIT_PARAMETERS) {
        diag_error(diag, list->at, "limit-parameters",
                   "block '%s' has %zu parameters; the limit is %d", block->name, list->count,
                   LIMIT_PARAMETERS);
        return;
    }
    struct table seen;
    table_init(&seen, arena);
    block->parameters = arena_array(arena, list->count, sizeof *block->parameters);
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->items[i], *name = item;
        const struct node *initial = NULL;
        if (item->type == NODE_MAP && item->count == 1) {
            name = item->pairs[0].key;
            initial = item->pairs[0].value;
        }
        if (!name_check(diag, name, "a parameter"))
            continue;
        if (strcmp(name->text, "name") == 0 || strcmp(name->text, "from") == 0) {
            diag_error(diag, name->at, "spec-block",
                       "every block has '%s': a parameter needs another name", name->text);
            continue;
        }
        if (table_find(&seen, name->text)) {
            diag_error(diag, name->at, "spec-dup", "parameter '%s' stands twice", name->text);
            continue;
        }
        table_put(&seen, name->text);
        block->parameters[block->parameter_count++] =
            (struct parameter){.name = name->text, .at = name->at, .initial = initial};
    }
}

static bool block_name_is_free(struct diagnostics *diag, const struct spec *spec,
                               const struct node *key) {
    if (kind_find(key->text, key->length) || strcasecmp(key->text, "pattern") == 0 ||
        strcasecmp(key->text, "input") == 0) {
        diag_error(diag, key->at, "spec-block", "block '%s' bears the name of a layer kind",
                   key->text);
        return false;
    }
    const struct block *other = spec_block(spec, key->text);
    if (other) {
        struct diagnostic *item = diag_error(
            diag, key->at, "spec-dup", "block '%s' stands twice (case does not count)", key->text);
        diag_note(diag, item, other->at, "the first is here");
        return false;
    }
    return true;
}

static void read_block(struct arena *arena, struct diagnostics *diag, const struct node_pair *pair,
                       struct spec *spec) {
    static const char *const keys[] = {"params", "layers", NULL};
    const struct node *name = pair->key, *body = pair->value;
    if (!name_check(diag, name, "a block's name") || !block_name_is_free(diag, spec, name))
        return;
    struct block *block = &spec->blocks[spec->block_count];
    *block = (struct block){
        .name = name->text, .stem = lower_case(arena, name->text, name->length), .at = name->at};
    if (body->type != NODE_MAP) {
        struct diagnostic *item =
            diag_error(diag, body->at, "spec-type", "block '%s' must be a mapping, not %s",
                       name->text, node_describe(arena, body));
        diag_hint(diag, item, "%s: {params: [filters], layers: [...]}", name->text);
        return;
    }
    node_check_keys(diag, body, "a block", keys);
    const struct node *parameters = node_get(body, "params"), *layers = node_get(body, "layers");
    if (parameters)
        read_parameters(arena, diag, parameters, block);
    if (!layers)
        diag_error(diag, name->at, "spec-key", "block '%s' has no 'layers'", name->text);
    else if (layers->type != NODE_LIST)
        diag_error(diag, layers->at, "spec-type", "layers must be a list, not %s",
                   node_describe(arena, layers));
    else
        block->layers = layers;
    if (!block->layers) {
        /* Calls of it are then no further errors. */
        struct node *none = arena_alloc(arena, sizeof *none);
        none->type = NODE_LIST;
        none->at = name->at;
        block->layers = none;
    }
    *table_put(&spec->block_index, block->stem) = (uint32_t)spec->block_count++;
}

static void read_blocks(struct arena *arena, struct diagnostics *diag, const struct node *map,
                        struct spec *spec) {
    if (map->type != NODE_MAP) {
        diag_error(diag, map->at, "spec-type",
                   "blocks must be a mapping of names to blocks, not %s",
                   node_describe(arena, map));
        return;
    }
    table_init(&spec->block_index, arena);
    spec->blocks = arena_array(arena, map->count, sizeof *spec->blocks);
    for (size_t i = 0; i < map->count; i++)
        read_block(arena, diag, &map->pairs[i], spec);
}

/* ---- the network itself ---- */

static bool read_network(struct diagnostics *diag, const struct node *root, struct spec *spec) {
    const struct node *layers = node_get(root, "layers"), *pattern = node_get(root, "pattern");
    const struct node *where = node_get(root, "where");
    if (layers && pattern) {
        struct diagnostic *item =
            diag_error(diag, pattern->at, "spec-key", "a spec has 'layers' or 'pattern', not both");
        diag_note(diag, item, layers->at, "layers stand here");
        diag_hint(diag, item,
                  "a pattern may stand among layers: - pattern: {of: \"...\", where: {...}}");
        return false;
    }
    if (where && !pattern) {
        struct diagnostic *item =
            diag_error(diag, where->at, "spec-key", "'where' belongs to a 'pattern'");
        diag_hint(diag, item, "among layers: - pattern: {of: \"...\", where: {...}}");
    }
    if (pattern) {
        spec->pattern = pattern;
        spec->where = where;
        spec->where_at = where ? where->at : pattern->at;
        return true;
    }
    if (!layers) {
        diag_error(diag, root->at, "spec-key", "the spec has neither 'layers' nor 'pattern'");
        return false;
    }
    if (layers->type != NODE_LIST) {
        struct diagnostic *item =
            diag_error(diag, layers->at, "spec-type", "layers must be a list, not %s",
                       node_describe(diag->arena, layers));
        diag_hint(diag, item,
                  "each layer begins with '- ', such as - conv: {filters: 8, kernel: 3}");
        return false;
    }
    spec->layers = layers;
    return true;
}

static void read_image(struct arena *arena, struct diagnostics *diag, const struct node *root,
                       struct spec *spec) {
    size_t errors = diag->errors;
    for (size_t i = 0; i < root->count; i++) {
        if (strcmp(root->pairs[i].key->text, "image") != 0)
            continue;
        image_rules_read(arena, diag, root->pairs[i].value, &spec->image);
        if (spec->input_known && diag->errors == errors)
            image_rules_check(diag, root->pairs[i].key->at, &spec->image, spec->input);
    }
}

bool spec_read(struct arena *arena, struct diagnostics *diag, const struct node *root,
               struct spec *spec) {
    static const char *const keys[] = {"name",    "input",   "layers", "pattern", "where",
                                       "blocks",  "outputs", "fit",    "image",   "labels",
                                       "weights", "train",   NULL};
    *spec = (struct spec){0};
    if (root->type != NODE_MAP) {
        struct diagnostic *item =
            diag_error(diag, root->at, "spec-type",
                       "a spec is a mapping of keys such as input and layers, not %s",
                       node_describe(arena, root));
        diag_hint(diag, item, "it begins like this: input: 3x224x224");
        return false;
    }
    node_check_keys(diag, root, "the spec", keys);
    const struct node *node = node_get(root, "name");
    spec->name = read_text(diag, node, "name");
    spec->labels = read_text(diag, node_get(root, "labels"), "labels");
    spec->weights = read_text(diag, node_get(root, "weights"), "weights");
    spec->fit = read_fit(diag, node_get(root, "fit"));
    spec->outputs = node_get(root, "outputs");
    node = node_get(root, "train");
    if (node && node->type != NODE_MAP)
        diag_error(diag, node->at, "spec-type", "train must be a mapping, not %s",
                   node_describe(arena, node));
    node = node_get(root, "blocks");
    if (node)
        read_blocks(arena, diag, node, spec);
    spec->input_known = read_input(diag, root, spec);
    read_image(arena, diag, root, spec);
    return read_network(diag, root, spec);
}
