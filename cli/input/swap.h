/* Operands in the wrong order: a picture where MODEL belongs, and the model behind it. */
#ifndef CNNC_SWAP_H
#define CNNC_SWAP_H

#include "../command/options.h"

/* STATUS_USAGE, said with the command line in its right order, when the first operand is known to
 * be no model and a later one is. Only regular files are opened, and their first bytes read. */
MUST_USE enum status swap_check(const struct verb *verb, const struct arguments *arguments);

/* "did you mean 'cnnc eval net.yaml --data DIR'?" of a verb whose operand `model` is the model; the
 * others follow, or go behind --data. Nothing where a shell would need quotes. */
void swap_hint(const struct verb *verb, const struct arguments *arguments, size_t model,
               struct text *hint);

#endif
