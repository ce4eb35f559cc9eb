/* The words of other tools: Keras, PyTorch, Caffe, ONNX, darknet. */
#ifndef CNNC_SYNONYM_H
#define CNNC_SYNONYM_H

#include <stdbool.h>
#include <stddef.h>

/* What means the same as `word` does elsewhere, whatever the case and with or without `_`: one of
 * the candidates, or one with its settings ("pool: {type: average, global: true}"); NULL: none. */
const char *synonym_find(const char *word, const char *const *candidates, size_t count);

/* An operation or value of the field that we have not: no typing error of what resembles it. */
bool synonym_is_foreign(const char *word);

#endif
