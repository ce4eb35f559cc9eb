/* `cnnc plan`: the steps that a network is run as. */
#include "command/verbs.h"
#include "report/write_plan.h"
#include "run/model.h"
#include "terminal/message.h"
#include "terminal/output.h"

enum { FORMAT_JSON = 1 };
static const char *const formats[] = {"table", "json", NULL};

/* The compiler's own view of the network behind one of its passes. */
static enum status dump(const struct request *request, struct text *out) {
    struct model model;
    struct plan *none = NULL;
    enum status status = model_compile(request, &model);
    if (status == STATUS_OK) {
        struct plan_options options = model_plan_options(request);
        options.last = (enum pass)request->after;
        options.dump = out;
        status = compile_plan(model.compilation, &options, &none);
        message_diagnostics(&model.compilation->diag);
    }
    model_close(&model);
    return status;
}

static enum status print(const struct request *request, struct text *out) {
    struct model model;
    enum status status = model_open(request, MODEL_TO_SHOW, &model);
    if (status == STATUS_OK && request->format == FORMAT_JSON)
        write_plan_json(model.plan, request->model, out);
    else if (status == STATUS_OK)
        write_plan_table(model.plan, request->model, out);
    model_close(&model);
    return status;
}

static enum status plan(const struct arguments *arguments) {
    struct request request;
    struct text out = {0};
    enum status status = request_read(&request, &verb_plan, arguments);
    if (status == STATUS_OK && request.input_count > 0)
        status = message_usage("plan", NULL, "%s: a further file; expected one model",
                               request.inputs[0]);
    if (status == STATUS_OK && request.after >= 0 && request.format >= 0)
        status = message_usage("plan", NULL,
                               "--format: --after has a form of its own; expected one of them");
    if (status == STATUS_OK)
        status = request.after >= 0 ? dump(&request, &out) : print(&request, &out);
    if (status == STATUS_OK)
        status = output_write(&out);
    text_free(&out);
    request_free(&request);
    return status;
}

static const struct option_row options[] = {
    ROW_INPUT,
    ROW_SET,
    {.name = "format",
     .letter = 'f',
     .argument = "FORMAT",
     .help = "table (default) or json (one object on one line).",
     .choices = formats},
    {.name = "output",
     .argument = "LAYER",
     .help = "Plan for the values of this layer instead of the\n"
             "network's outputs. Repeats.",
     .repeats = true},
    {.name = "tile",
     .argument = "WIDExNARROW",
     .help = "Plan for a micro-kernel of this size instead of this\n"
             "machine's, such as 16x6."},
    {.name = "after",
     .argument = "PASS",
     .help = "Print the network as it is after one of the compiler's\n"
             "passes: fold, fuse, choose or memplan.",
     .choices = pass_names},
};

const struct verb verb_plan = {
    .name = "plan",
    .operands = "MODEL",
    .summary = "Print the steps that a network is run as.",
    .text =
        "MODEL is a spec, - for one on standard input, or a compiled plan. For each step: what\n"
        "it computes, the layers fused into it, shapes, buffers and multiply-accumulates;\n"
        "then where each buffer lies in memory, and from which step to which it is used.\n"
        "\n"
        "Examples:\n"
        "  cnnc plan alexnet.yaml\n"
        "  cnnc plan resnet50.yaml --format json | jq .totals\n"
        "  cnnc plan resnet18.yaml --after fuse\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = plan,
};
