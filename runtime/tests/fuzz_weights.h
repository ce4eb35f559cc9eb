/* What the fuzz targets of weight files share. */
#ifndef CNNC_FUZZ_WEIGHTS_H
#define CNNC_FUZZ_WEIGHTS_H

#include <stdlib.h>
#include <string.h>

#include "../weights/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Is the tensor what a reader promises, to the last byte? */
static inline void examine_tensor(const struct tensor *tensor) {
    size_t count;
    bool sound = tensor->rank >= 0 && tensor->rank <= TENSOR_RANK && tensor->data &&
                 extents_count(tensor->extents, tensor->rank, &count) && count == tensor->count &&
                 count > 0 && (uintptr_t)tensor->data % _Alignof(float) == 0 &&
                 tensor_nonfinite(tensor) <= count;
    if (!sound)
        abort();
}

/* A refusal has a status, a class and a message in the house's form. */
static inline void examine_error(enum status status, const struct file_error *error) {
    if ((status != STATUS_INPUT && status != STATUS_LIMIT && status != STATUS_MEMORY) ||
        !error->class || !strstr(error->message, "expected"))
        abort();
}

/* What is accepted is found by its name; what is loaded is sound, and the rest has no data. */
static inline void examine_weights(const uint8_t *data, size_t size) {
    struct weights weights;
    struct file_error error = {.class = NULL};
    enum status status = weights_read(data, size, &weights, &error);
    if (status != STATUS_OK) {
        examine_error(status, &error);
        return;
    }
    for (size_t i = 0; i < weights.count; i++) {
        struct tensor *tensor = &weights.tensors[i];
        if (weights_find(&weights, tensor->name) != tensor || tensor->data)
            abort();
        status = weights_load(&weights, tensor, &error);
        if (status == STATUS_OK)
            examine_tensor(tensor);
        else
            examine_error(status, &error);
        if (status != STATUS_OK && tensor->data)
            abort();
    }
    weights_close(&weights);
}

#endif
