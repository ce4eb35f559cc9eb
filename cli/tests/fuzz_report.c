/* Any bytes as a spec, reported in every form, right or wrong; and the expansion of what is
 * accepted is accepted with the same totals and expands to itself. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/compiler.h"
#include "../report/write.h"

static const struct compile_options none;

static char *report(write_function *write, const struct compilation *compilation, int width) {
    struct view view = {
        .file = "fuzz.yaml", .batch = 1, .first = true, .width = width, .diag = &compilation->diag};
    struct text out = {0};
    write(compilation->graph, &view, &out);
    assert(!out.failed);
    return out.data;
}

static void expand_again(const struct compilation *compilation) {
    char *yaml = report(write_yaml, compilation, 0);
    struct compilation *again;
    enum status status = compile_spec(&none, "fuzz.yaml", yaml, strlen(yaml), &again);
    assert(status == STATUS_OK || status == STATUS_LIMIT); /* explicit layers take more bytes */
    if (status == STATUS_OK) {
        assert(memcmp(&again->graph->totals, &compilation->graph->totals, sizeof(struct totals)) ==
               0);
        char *yaml_again = report(write_yaml, again, 0);
        assert(strcmp(yaml, yaml_again) == 0);
        free(yaml_again);
    }
    compilation_free(again);
    free(yaml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct compilation *compilation;
    enum status status = compile_spec(&none, "fuzz.yaml", (const char *)data, size, &compilation);
    assert(compilation);
    diag_sort(&compilation->diag);
    for (size_t i = 0; i < WRITER_COUNT; i++)
        free(report(writers[i].write, compilation, size % 2 ? 40 : 0));
    if (status == STATUS_OK)
        expand_again(compilation);
    compilation_free(compilation);
    return 0;
}
