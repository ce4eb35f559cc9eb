/* `cnnc compile`: a network and its weights, ready to run, in one file. */
#include <string.h>

#include "../runtime/planfile/plan_file.h"
#include "command/verbs.h"
#include "run/model.h"
#include "run/rules.h"
#include "terminal/message.h"

static enum status save(const struct request *request) {
    struct model model;
    struct input_options input;
    struct plan_error error;
    enum status status = model_open(request, MODEL_TO_SAVE, &model);
    if (status == STATUS_OK && !model.compilation)
        status = message_file(STATUS_INPUT, model.title,
                              "it is a compiled plan already; expected a spec");
    if (status == STATUS_OK)
        status = rules_read("compile", request, &model, &input);
    if (status == STATUS_OK) {
        status = plan_save(model.plan, request->save, &error);
        if (status != STATUS_OK)
            message_class(status, error.class, request->save, "%s", error.message);
    }
    model_close(&model);
    return status;
}

static enum status check_request(const struct request *request) {
    if (request->input_count > 0)
        return message_usage("compile", NULL, "%s: a further file; expected one model",
                             request->inputs[0]);
    if (!request->save)
        return message_usage("compile", NULL, "--out is missing; expected --out FILE");
    if (strcmp(request->save, "-") == 0)
        return message_usage("compile", NULL,
                             "--out: a plan is mapped when it runs; expected the name of a file");
    return request_check_save(request, request->save);
}

static enum status compile(const struct arguments *arguments) {
    struct request request;
    enum status status = request_read(&request, &verb_compile, arguments);
    if (status == STATUS_OK)
        status = check_request(&request);
    if (status == STATUS_OK)
        status = save(&request);
    request_free(&request);
    return status;
}

static const struct option_row options[] = {
    {.name = "out",
     .letter = 'o',
     .argument = "FILE",
     .help = "The file to write; its name should end in .cnnp."},
    ROW_INPUT,
    ROW_SET,
    ROW_WEIGHTS,
    ROW_RANDOM_WEIGHTS,
    {.name = "output",
     .argument = "LAYER",
     .help = "Compute this layer instead of the network's outputs.\n"
             "Repeats.",
     .repeats = true},
    ROW_IMAGE,
    ROW_STRICT,
    ROW_MAX_MEMORY,
};

const struct verb verb_compile = {
    .name = "compile",
    .operands = "MODEL",
    .summary = "Put a network and its weights, ready to run, into one file.",
    .text = "MODEL is a spec, or - for one on standard input. The file holds the plan, the packed\n"
            "weights and the rules for images; it is mapped when it is run, and does not change\n"
            "when an attempt fails.\n"
            "\n"
            "Examples:\n"
            "  cnnc compile resnet50.yaml -o resnet50.cnnp\n"
            "  cnnc compile vgg16.yaml --weights vgg16.npz -o vgg16.cnnp\n"
            "  cnnc compile net.yaml --random-weights 1 --output conv5 -o features.cnnp\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = compile,
};
