/* The weights file of a model: which it is, and whether it holds what the network wants. */
#ifndef CNNC_WEIGHTS_USE_H
#define CNNC_WEIGHTS_USE_H

#include "../compiler/compiler.h"

/* The path of a spec's `weights:`, relative to the spec's folder; of a spec on stdin ("-"), to the
 * current one. */
void weights_path(const char *spec, const char *weights, struct text *path);

/* Opens the file and matches it with the network, saying everything that is wrong on stderr.
 * STATUS_OK: the weights are open. strict: extra tensors and values that are not finite are errors
 * too. In any case nothing but that is left to close. */
MUST_USE enum status weights_use(struct compilation *c, const char *path, bool strict,
                                 struct weights *weights);

#endif
