/* Any bytes as a spec: compiled, refused or accepted; what is accepted is a sound graph, and every
 * diagnostic renders. */
#include <stdlib.h>
#include <string.h>

#include "../compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct compile_options none;
    struct compilation *compilation;
    struct text said = {0};
    enum status status = compile_spec(&none, "fuzz.yaml", (const char *)data, size, &compilation);
    if (!compilation)
        abort();
    bool rejected = status == STATUS_INPUT || status == STATUS_LIMIT;
    if (rejected != (compilation->diag.errors > 0) || (!rejected && status != STATUS_OK))
        abort();
    if (status == STATUS_OK && compilation->graph->faults > 0)
        abort();
    diag_render(&compilation->diag, &said, false);
    text_free(&said);
    compilation_free(compilation);
    return 0;
}
