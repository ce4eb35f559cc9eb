/* What a drawing says of a layer: shared by dot and svg. */
#ifndef CNNC_LABEL_H
#define CNNC_LABEL_H

#include "view.h"

/* For colour: what has weights and slides or multiplies, what pools or reshapes, what works on each
 * value, what joins, the input, and a layer that is wrong. */
enum label_family {
    LABEL_WEIGHTS,
    LABEL_POOL,
    LABEL_POINTWISE,
    LABEL_JOIN,
    LABEL_INPUT,
    LABEL_FAULT
};

enum { LABEL_LINES = 4 };

struct label {
    enum label_family family;
    const char *lines[LABEL_LINES]; /* the first is the name; from the graph's arena */
    int count;
    bool slim;    /* one line: the name and the op */
    bool assumed; /* its numbers rest on a misfit */
};

struct label label_of(const struct graph *graph, const struct layer *layer);
/* "alexnet: 62.4 M parameters, 1.14 G MACs", and whether that is assumed. */
const char *label_title(const struct graph *graph, const struct view *view);
/* Does a drawing show the layer? Each that is known, and those at which that ends. */
bool label_drawn(const struct graph *graph, const struct layer *layer);

#endif
