/* What stands in a setting: as written, or through a block's parameters. */
#include <string.h>

#include "expand.h"

const struct node node_unknown = {.type = NODE_SCALAR, .text = "?", .length = 1};

static const struct binding *binding_of(const struct scope *scope, const char *name,
                                        size_t length) {
    for (size_t i = 0; scope && i < scope->binding_count; i++) {
        const struct binding *binding = &scope->bindings[i];
        if (strlen(binding->name) == length && memcmp(binding->name, name, length) == 0)
            return binding;
    }
    return NULL;
}

static const struct node *multiplied(struct expansion *x, const struct node *node,
                                     const struct node *value, const char *factor,
                                     const struct trail *trail) {
    struct node number = {.type = NODE_SCALAR,
                          .plain = true,
                          .at = node->at,
                          .text = factor,
                          .length = strlen(factor)};
    int64_t a, b, product;
    if (!key_integer(x->diag, value, "a parameter that is multiplied", 0, INT64_MAX, "value", &a) ||
        !key_integer(x->diag, &number, "the factor", 0, INT64_MAX, "value", &b))
        return &node_unknown;
    if (!count_mul(a, b, &product)) {
        expand_error(x, node->at, trail, "value", "%s = %s*%s overflows", node->text, value->text,
                     factor);
        return &node_unknown;
    }
    struct node *result = arena_alloc(x->arena, sizeof *result);
    *result = *value;
    result->text = arena_format(x->arena, "%lld", (long long)product);
    result->length = strlen(result->text);
    return result;
}

struct value value_resolve(struct expansion *x, const struct node *node, const struct scope *scope,
                           const struct trail *trail) {
    if (node->type != NODE_SCALAR || node->text[0] != '$')
        return (struct value){node, scope};
    const char *name = node->text + 1;
    const char *star = strchr(name, '*');
    size_t length = star ? (size_t)(star - name) : strlen(name);
    const struct binding *binding = binding_of(scope, name, length);
    if (!binding) {
        struct diagnostic *item =
            expand_error(x, node->at, trail, "spec-block", "there is no parameter '$%.*s'%s",
                         (int)length, name, scope->outer ? "" : " outside a block");
        const char **names = arena_array(x->arena, scope->binding_count, sizeof *names);
        for (size_t i = 0; i < scope->binding_count; i++)
            names[i] = arena_format(x->arena, "$%s", scope->bindings[i].name);
        if (strpbrk(name, " +-/("))
            diag_hint(x->diag, item, "the arithmetic of parameters is $NAME*INTEGER, no more");
        else
            diag_suggest(x->diag, item, arena_format(x->arena, "$%.*s", (int)length, name), names,
                         scope->binding_count);
        return (struct value){&node_unknown, scope};
    }
    if (!star || binding->value.node == &node_unknown)
        return binding->value;
    return (struct value){multiplied(x, node, binding->value.node, star + 1, trail),
                          binding->value.scope};
}

const struct argument *value_argument(const struct argument *arguments, size_t count,
                                      const char *key) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(arguments[i].key, key) == 0)
            return &arguments[i];
    }
    return NULL;
}
