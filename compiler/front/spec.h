/* A spec's top level: which keys are there, what the blocks are. The layers stay tree nodes until
 * expand.c makes a graph of them. */
#ifndef CNNC_SPEC_H
#define CNNC_SPEC_H

#include "../../runtime/plan/plan.h"
#include "../base/table.h"
#include "../base/tree.h"
#include "../graph/graph.h"

struct parameter {
    const char *name;
    struct location at;
    const struct node *initial; /* default as written, or NULL */
};

struct block {
    const char *name; /* as written; matched without regard to case */
    const char *stem; /* in lower case: of its instances' names */
    struct location at;
    struct parameter *parameters;
    size_t parameter_count;
    const struct node *layers; /* a list */
    bool called;               /* some call was expanded */
    bool active;               /* a call of it is being expanded: a second one is a ring */
};

struct spec {
    const char *name;
    struct location name_at;
    int64_t input[3]; /* channels, height, width */
    bool input_known; /* else it is missing or wrong, reported */
    struct location input_at;
    const struct node *layers;          /* a list, or NULL: then there is a pattern */
    const struct node *pattern, *where; /* of the top-level pattern; where may be NULL */
    struct location where_at;
    struct block *blocks;
    size_t block_count;
    struct table block_index;   /* by name in lower case */
    const struct node *outputs; /* or NULL */
    enum fit fit;
    struct image_rules image;
    const char *labels, *weights;
};

/* Reads the root of a spec. Reports what is wrong at the top level; false when there is no network
 * to go on with. Without an input there is one, whose layers can still be wrong. */
bool spec_read(struct arena *arena, struct diagnostics *diag, const struct node *root,
               struct spec *spec);

/* The block of that name, without regard to case; NULL if there is none. */
struct block *spec_block(const struct spec *spec, const char *name);

/* Applies one `KEY=VALUE` of --set to the tree before it is read (override.c). source is the
 * argument's. False after reporting a mistake in the argument itself. */
bool override_apply(struct arena *arena, struct diagnostics *diag, struct node *root,
                    uint32_t source);

/* A copy in lower case (ASCII only). */
const char *lower_case(struct arena *arena, const char *text, size_t length);

/* [A-Za-z0-9_.]+, at most LIMIT_NAME bytes; reports otherwise. */
bool name_check(struct diagnostics *diag, const struct node *node, const char *what);

#endif
