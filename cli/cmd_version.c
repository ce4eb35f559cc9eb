#include "command/verbs.h"
#include "terminal/message.h"
#include "terminal/output.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static enum status version(const struct arguments *arguments) {
    if (arguments->operand_count > 0)
        return message_usage("version", NULL, "%s: an operand; expected none",
                             arguments->operands[0]);
    struct text out = {0};
    text_add(&out, "cnnc " CNNC_VERSION "\nbuilt with " COMPILER "\n");
    enum status status = output_write(&out);
    text_free(&out);
    return status;
}

const struct verb verb_version = {
    .name = "version",
    .operands = "",
    .summary = "Print the version of cnnc.",
    .run = version,
};
