/* The words of other tools: Keras, PyTorch, Caffe, ONNX, darknet. */
#ifndef CNNC_SYNONYM_H
#define CNNC_SYNONYM_H

#include <stddef.h>

/* The candidate that is called `word` elsewhere, whatever the case; NULL: none is. */
const char *synonym_find(const char *word, const char *const *candidates, size_t count);

#endif
