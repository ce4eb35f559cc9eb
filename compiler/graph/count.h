/* Counts: weight tensors, parameters, multiply-accumulates, bytes. */
#ifndef CNNC_COUNT_H
#define CNNC_COUNT_H

#include "graph.h"

/* Requires: shapes. Establishes: tensors, parameters, weight_bytes, macs, activation_bytes of every
 * known layer and the graph's totals, all of one image. A layer that takes another's weights
 * (`share`) has none of its own; its MACs count. A number beyond 2^63 is an error at its layer
 * (limit-tensor), after which nothing is added to the totals. */
void count_graph(struct graph *graph, struct diagnostics *diag);

/* Elements of a tensor; false on overflow. */
bool count_elements(const struct layer_tensor *tensor, int64_t *out);

#endif
