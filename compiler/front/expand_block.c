/* Calls of blocks: parameters bound, the layers inside named after the instance. */
#include <string.h>

#include "../base/limits.h"
#include "expand.h"

void expand_bind(struct expansion *x, const struct block *block, const struct origin *origin,
                 struct scope *inner, const struct argument *arguments, size_t count) {
    inner->bindings = arena_array(x->arena, block->parameter_count, sizeof *inner->bindings);
    for (size_t i = 0; i < block->parameter_count; i++) {
        const struct parameter *parameter = &block->parameters[i];
        const struct argument *given = value_argument(arguments, count, parameter->name);
        struct value value = {&node_unknown, inner};
        if (given) {
            value = given->value;
        } else if (parameter->initial) {
            value = value_resolve(x, parameter->initial, inner, origin->trail);
        } else if (block->active) { /* a real call, not the check of an unused block */
            struct diagnostic *item = expand_error(x, origin->at, origin->trail, "spec-key",
                                                   "%s needs '%s'", block->name, parameter->name);
            diag_note(x->diag, item, parameter->at, "which is declared here, without a default");
        }
        inner->bindings[inner->binding_count++] = (struct binding){parameter->name, value};
    }
}

static void check_arguments(struct expansion *x, const struct block *block,
                            const struct origin *origin, const struct argument *arguments,
                            size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *key = arguments[i].key;
        bool known = strcmp(key, "name") == 0 || strcmp(key, "from") == 0;
        for (size_t k = 0; k < block->parameter_count && !known; k++)
            known = strcmp(block->parameters[k].name, key) == 0;
        if (known)
            continue;
        struct diagnostic *item = expand_error(x, arguments[i].at, origin->trail, "spec-key",
                                               "block %s has no parameter '%s'", block->name, key);
        const char **names = arena_array(x->arena, block->parameter_count + 2, sizeof *names);
        size_t name_count = 0;
        for (; name_count < block->parameter_count; name_count++)
            names[name_count] = block->parameters[name_count].name;
        names[name_count++] = "name";
        names[name_count++] = "from";
        if (!diag_suggest(x->diag, item, key, names, name_count))
            diag_note(x->diag, item, block->at, "the block is here");
    }
}

static bool call_is_legal(struct expansion *x, const struct block *block,
                          const struct origin *origin) {
    if (block->active) {
        struct diagnostic *item = expand_error(x, origin->at, origin->trail, "spec-block",
                                               "block %s calls itself", block->name);
        diag_note(x->diag, item, block->at, "block %s is here", block->name);
        return false;
    }
    if (x->depth >= LIMIT_NESTING) {
        expand_stop(x, origin->at, "limit-depth", "block calls inside one another", LIMIT_NESTING);
        return false;
    }
    return expand_step(x, origin->at, block->parameter_count) &&
           expand_keys(x, origin->at, block->parameter_count);
}

uint32_t expand_block(struct expansion *x, const struct scope *scope, struct block *block,
                      const struct origin *origin, const struct argument *arguments, size_t count,
                      uint32_t from) {
    block->called = true;
    if (!call_is_legal(x, block, origin))
        return expand_hole(x, origin);
    const struct argument *name = value_argument(arguments, count, "name");
    const struct argument *source = value_argument(arguments, count, "from");
    struct scope *inner = arena_alloc(x->arena, sizeof *inner); /* values may outlive this call */
    *inner = (struct scope){.outer = scope, .prefix = ""};
    struct trail *trail = arena_alloc(x->arena, sizeof *trail);
    *trail = (struct trail){.at = origin->at, .outer = origin->trail};
    size_t handle = 0;
    block->active = true;
    if (!x->trial) {
        const char *instance =
            names_take(x, scope, origin, name ? &name->value : NULL, block->stem, &handle);
        inner->prefix = arena_format(x->arena, "%s.", instance);
        trail->text =
            arena_format(x->arena, "in block %s, called here as '%s'", block->name, instance);
        check_arguments(x, block, origin, arguments, count);
        if (source && !expand_from(x, source, origin, &from))
            from = expand_hole(x, origin);
    }
    expand_bind(x, block, origin, inner, arguments, count);
    x->depth++;
    uint32_t out = expand_list(x, inner, trail, block->layers, from);
    x->depth--;
    block->active = false;
    if (!x->trial && !x->stopped)
        names_set(x, handle, out);
    return out;
}
