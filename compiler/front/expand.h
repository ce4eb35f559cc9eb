/* Expansion: a spec's layers, blocks and patterns become the graph. Private to expand*.c, names.c.
 *
 * Everything that stands for a layer, an entry of `layers:` or an item of a pattern, is brought to
 * one form, a head (kind or block) with arguments, and goes through expand_head. */
#ifndef CNNC_EXPAND_H
#define CNNC_EXPAND_H

#include "../base/table.h"
#include "../graph/kind.h"
#include "spec.h"

/* What a value means depends on where it was written: $p and names are looked up there. */
struct value {
    const struct node *node;
    const struct scope *scope;
};

/* One instance of a block, or the top level (outer NULL). */
struct scope {
    const struct scope *outer;
    const char *prefix; /* of names: "", "3a." */
    struct binding {
        const char *name;
        struct value value;
    } * bindings;
    size_t binding_count;
};

struct argument {
    const char *key;
    struct location at; /* of the key */
    struct value value;
};

/* Where a layer or call is written, and what it is called when it has no `name`. */
struct origin {
    const char *head; /* "conv", "BASIC": as written */
    struct location at;
    const struct trail *trail;
    const struct pattern_item *item; /* or NULL: it is no item of a pattern */
    const char *candidate; /* in named repeats, labels: the whole name; NULL: stem and ordinal */
    const char *stem;      /* NULL: that of the kind or block, names_stem */
};

struct expansion {
    struct arena *arena;
    struct diagnostics *diag;
    const struct spec *spec;
    struct graph *graph;
    bool trial;   /* only counts; diagnostics are muted but for limits */
    bool stopped; /* a limit was passed: nothing more is made */
    int64_t layers, steps;
    int depth; /* of block calls */

    struct table names; /* whole name -> index into `named` */
    struct named *named;
    size_t named_count, named_capacity;
    char *room; /* for a name that is looked up */
    size_t room_size;
    struct table ordinals; /* prefix#stem -> last ordinal given */
    struct unresolved *unresolved, **last_unresolved;
    bool references_broken; /* unread layers are then no further errors */
};

enum { LAYER_PENDING = UINT32_MAX }; /* named, but its own inputs are still being expanded */

struct named {
    const char *name;
    struct location at;
    uint32_t layer;
    uint32_t raised; /* the number up to which names like this one are known to be taken */
};

/* A reference that found nothing; whether it stands later is known at the end. */
struct unresolved {
    const char *name;
    const struct scope *scope;
    struct location at;
    const struct trail *trail;
    struct unresolved *next;
};

/* A value that nobody knows: parameters of a block that is only checked, not called. Layers with
 * one are poisoned silently. */
extern const struct node node_unknown;

/* value.c */
/* Follows `$p` and `$p*4` to what was written where the block was called. */
struct value value_resolve(struct expansion *x, const struct node *node, const struct scope *scope,
                           const struct trail *trail);
/* The argument of that key, or NULL. */
const struct argument *value_argument(const struct argument *arguments, size_t count,
                                      const char *key);

/* expand.c */
/* Requires a spec that was read. Fills an empty graph: layers, inputs, outputs, readers. Reports
 * everything that can be said without shapes. */
void expand(struct arena *arena, struct diagnostics *diag, const struct spec *spec,
            struct graph *graph);

struct diagnostic *expand_error(struct expansion *x, struct location at, const struct trail *trail,
                                const char *class, const char *format, ...) PRINTF(5, 6);
/* Count layers, and block calls, pattern turns, items left out and joined inputs; false once a
 * limit is passed. What is read at each step (`size`: bytes, keys, values) counts too, a sixteenth,
 * so that the limit bounds time and memory. */
bool expand_count(struct expansion *x, struct location at);
bool expand_step(struct expansion *x, struct location at, size_t size);
/* Many keys or arguments, each of which is sought among all, count as steps, too. */
bool expand_keys(struct expansion *x, struct location at, size_t count);
/* "the network has more than LIMIT WHAT", said once, in the trial too. */
void expand_stop(struct expansion *x, struct location at, const char *class, const char *what,
                 long long limit);
/* A list of layers, from the output of layer `from`; gives the last one's. */
uint32_t expand_list(struct expansion *x, const struct scope *scope, const struct trail *trail,
                     const struct node *list, uint32_t from);
/* A kind or a block with its arguments; gives the layer that is its output. */
uint32_t expand_head(struct expansion *x, const struct scope *scope, const struct origin *origin,
                     const struct argument *arguments, size_t count, uint32_t from);
/* Where a value stands in the place of a kind's settings: hints at the first key that takes such a
 * one. False: there is none. */
bool expand_suggest_key(struct expansion *x, struct diagnostic *item, const char *head,
                        const struct node *value);

/* expand_layer.c */
uint32_t expand_layer(struct expansion *x, const struct scope *scope, const struct layer_kind *kind,
                      const struct origin *origin, const struct argument *arguments, size_t count,
                      uint32_t from);
/* A layer of which nothing is known, so that what follows has something to read. */
uint32_t expand_hole(struct expansion *x, const struct origin *origin);
/* The one layer that `from:` names; false after reporting. */
bool expand_from(struct expansion *x, const struct argument *from, const struct origin *origin,
                 uint32_t *layer);

/* expand_block.c */
uint32_t expand_block(struct expansion *x, const struct scope *scope, struct block *block,
                      const struct origin *origin, const struct argument *arguments, size_t count,
                      uint32_t from);
/* Gives the block's parameters their values in the scope of its instance. */
void expand_bind(struct expansion *x, const struct block *block, const struct origin *origin,
                 struct scope *inner, const struct argument *arguments, size_t count);

/* expand_pattern.c */
uint32_t expand_pattern(struct expansion *x, const struct scope *scope, const struct trail *trail,
                        struct location at, const struct value *of, const struct value *where,
                        uint32_t from);

/* names.c */
void names_init(struct expansion *x);
/* The whole name of a new layer or instance: the user's (value, or NULL), else made by the rules of
 * cnnc-spec(5), NAMES. Its layer is LAYER_PENDING until names_set. */
const char *names_take(struct expansion *x, const struct scope *scope, const struct origin *origin,
                       const struct value *name, const char *default_stem, size_t *handle);
void names_set(struct expansion *x, size_t handle, uint32_t layer);
/* What the ordinals of a kind or block follow: its name in lower case, and `_` when a kind's ends
 * in a digit. */
const char *names_stem(struct arena *arena, const char *head);
/* The layer a reference means, looked up from the inside outward. False: reported, now or by
 * names_finish. */
bool names_resolve(struct expansion *x, const struct value *reference, const struct trail *trail,
                   uint32_t *layer);
/* Reports the references that found nothing, knowing all names. */
void names_finish(struct expansion *x);

#endif
