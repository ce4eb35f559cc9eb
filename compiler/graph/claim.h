/* A claim on a layer's output that is wrong, answered with what would make it right. */
#ifndef CNNC_CLAIM_H
#define CNNC_CLAIM_H

#include "graph.h"

/* Adds lines that say which filters, kernel, stride, pad or input of the layer would give `wanted`:
 * each changed alone, else two of them, by (W - F + 2P)/S + 1 under the layer's own `fit`. A layer
 * that keeps its input's shape is answered for the one that made it. Requires layer `index` to be
 * known. Takes scratch memory from the graph's arena. */
void claim_answer(struct graph *graph, uint32_t index, const struct shape *wanted,
                  struct text *out);

#endif
