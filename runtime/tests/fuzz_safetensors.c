/* Any bytes as weights, told apart by content; most are safetensors. */
#include "fuzz_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    examine_weights(data, size);
    return 0;
}
