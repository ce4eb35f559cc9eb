/* Any bytes as npz, and as the npy that its checksums keep from the fuzzer. */
#include "../weights/npy.h"
#include "fuzz_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct npy npy;
    struct file_error error = {.class = NULL};
    examine_weights(data, size);
    enum status status = npy_read(data, size, &npy, &error);
    if (status != STATUS_OK) {
        examine_error(status, &error);
        return 0;
    }
    examine_tensor(&npy.tensor);
    npy_close(&npy);
    return 0;
}
