/* The weights file of a model: which it is, and whether it holds what the network wants. */
#ifndef CNNC_WEIGHTS_USE_H
#define CNNC_WEIGHTS_USE_H

#include "../../compiler/compiler.h"

/* Opens the file and matches it with the network, saying everything that is wrong on stderr.
 * STATUS_OK: the weights are open. strict: extra tensors and values that are not finite are errors
 * too. of_spec: a spec named the file, so a file of another kind is not quoted in messages. In any
 * case nothing but that is left to close. */
MUST_USE enum status weights_use(struct compilation *c, const char *path, bool of_spec, bool strict,
                                 struct weights *weights);

#endif
