#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../../compiler/base/limits.h"
#include "../../runtime/base/content.h"
#include "../../runtime/gemm/microkernel.h"
#include "../../runtime/planfile/plan_file.h"
#include "../command/verbs.h"
#include "../input/labels.h"
#include "../terminal/file.h"
#include "../terminal/message.h"
#include "spec_file.h"
#include "weights_use.h"

enum {
    BATCH = 8,         /* images at a time, where nothing is asked for */
    PLAIN_DEPTH = 256, /* K of the plan for a --tile that is no machine's */
};

/* ---- memory ---- */

/* Of a layer that is read besides the outputs (run_watch), for one image. In a plan that was made
 * for the verb alone it may be any. */
static uint64_t watched_floats(const struct plan *plan, const struct request *request) {
    const char *name = request->output_count ? request->outputs[0] : NULL;
    uint64_t most = 0;
    if (!name && !request->plain)
        return 0;
    for (uint32_t i = 0; i < plan->output_count; i++)
        if (name && strcmp(plan_string(plan, plan->outputs[i].name), name) == 0)
            return 0;
    for (uint32_t i = 0; i < plan->layer_count; i++) {
        const struct plan_layer *layer = &plan->layers[i];
        uint64_t floats = layer->kept ? plan_view_size(&layer->view) : 0;
        if (floats > most && (!name || strcmp(plan_string(plan, layer->name), name) == 0))
            most = floats;
    }
    return most;
}

/* Of weights in memory and of a run, its doubles under --reference and a layer's copy included. */
static size_t needed_bytes(const struct model *model, const struct request *request,
                           enum model_use use) {
    bool own = model->compilation || model->plan->own_weights;
    size_t all = own ? plan_weight_bytes(model->plan) : 0, doubles, copy;
    if (use == MODEL_TO_SAVE)
        return all;
    if (!size_add(all, run_bytes(model->plan, &model->run), &all))
        return SIZE_MAX;
    if (request->reference &&
        (!size_mul(model->plan->head.arena, model->run.batch, &doubles) ||
         !size_mul(doubles, sizeof(double), &doubles) || !size_add(all, doubles, &all)))
        return SIZE_MAX;
    if (!size_mul(watched_floats(model->plan, request), model->run.batch, &copy) ||
        !size_mul(copy, sizeof(float), &copy) || !size_add(all, copy, &all))
        return SIZE_MAX;
    return all;
}

static enum status fit_memory(const struct request *request, enum model_use use,
                              struct model *model) {
    if (use == MODEL_TO_SHOW)
        return STATUS_OK;
    size_t needed = needed_bytes(model, request, use);
    while (needed > request->memory && request->batch == 0 && model->run.batch > 1) {
        model->run.batch /= 2;
        needed = needed_bytes(model, request, use);
    }
    model->needed = needed;
    if (needed <= request->memory)
        return STATUS_OK;
    struct text needs = {0};
    text_format(&needs, needed == SIZE_MAX ? "more than 2^64" : "%zu", needed);
    message_class(STATUS_LIMIT, "limit-memory", model->title,
                  "it needs %s bytes; expected at most %zu, or a larger --max-memory",
                  needs.data ? needs.data : "too many", request->memory);
    text_free(&needs);
    return STATUS_LIMIT;
}

/* ---- plan files ---- */

static enum status refuse_spec_options(const struct request *request) {
    bool outputs = request->verb == &verb_plan && request->output_count > 0; /* others read one */
    const char *option = request->compile.input       ? "input"
                         : request->compile.set_count ? "set"
                         : request->weights           ? "weights"
                         : request->random            ? "random-weights"
                         : request->tile.wide         ? "tile"
                         : request->after >= 0        ? "after"
                         : outputs                    ? "output"
                                                      : NULL;
    if (!option)
        return STATUS_OK;
    return message_usage(request->verb->name, NULL,
                         "--%s: %s is a compiled plan, in which all is decided; expected a spec",
                         option, request->model);
}

static enum status open_plan(const struct request *request, struct model *model) {
    struct plan_error error;
    bool repacked = false;
    if (strcmp(request->model, "-") == 0)
        return message_file(STATUS_INPUT, model->title,
                            "it is a compiled plan, which is mapped; expected a regular file");
    enum status status = refuse_spec_options(request);
    if (status != STATUS_OK)
        return status;
    const struct plan_target target = {microkernel_get()->tile, request->memory};
    status = plan_open(request->model, &target, &model->plan, &repacked, &error);
    if (status != STATUS_OK) {
        struct file_error said = {.class = error.class, .offset = error.offset};
        memcpy(said.message, error.message, sizeof said.message);
        return message_file_error(status, model->title, &said);
    }
    if (repacked)
        message_class(STATUS_OK, "note", model->title,
                      "its weights were packed for another processor, and are packed anew at each "
                      "start; 'cnnc compile' on this one saves that");
    return STATUS_OK;
}

/* ---- specs ---- */

static enum status random_weights(const struct model *model, uint64_t seed) {
    enum status status = compile_weights(model->compilation, model->plan, NULL, seed);
    return status == STATUS_OK
               ? status
               : message_file(status, model->title, "out of memory; expected room for weights");
}

static enum status weights_of_file(const struct request *request, const struct model *model,
                                   const char *path) {
    struct weights weights;
    bool of_spec = path != request->weights;
    enum status status = weights_use(model->compilation, path, of_spec, request->strict, &weights);
    if (status != STATUS_OK)
        return status;
    status = compile_weights(model->compilation, model->plan, &weights, 0);
    weights_close(&weights);
    return status == STATUS_OK
               ? status
               : message_file(status, path, "out of memory; expected room for its tensors");
}

/* The file that the spec names. */
static enum status weights_of_spec(const struct request *request, const struct model *model) {
    const char *name = model->compilation->graph->weights;
    struct text path = {0};
    bool there;
    enum status status = spec_file_find(request->model, SPEC_FILE_WEIGHTS, name, &path, &there);
    if (status == STATUS_OK && !there)
        status = message_file(STATUS_INPUT, model->title,
                              "its weights file '%s' is not there; expected it, --weights FILE or "
                              "--random-weights SEED",
                              name);
    else if (status == STATUS_OK && request->save && request_same_file(request->save, path.data))
        status = request_refuse_save(request, path.data);
    else if (status == STATUS_OK)
        status = weights_of_file(request, model, path.data);
    text_free(&path);
    return status;
}

static enum status get_weights(const struct request *request, enum model_use use,
                               const struct model *model) {
    if (request->weights)
        return weights_of_file(request, model, request->weights);
    if (request->random)
        return random_weights(model, request->seed);
    if (model->compilation->graph->weights)
        return weights_of_spec(request, model);
    if (use == MODEL_TO_MEASURE || model->plan->head.weights == 0) /* any will do, or none */
        return random_weights(model, 0);
    return message_file(STATUS_INPUT, model->title,
                        "it names no weights; expected --weights FILE or --random-weights SEED");
}

/* ---- labels ---- */

/* A spec named the file, so what it holds is not quoted where it is not labels. */
static enum status labels_of_file(const struct model *model, const char *path) {
    struct file file;
    struct file_error error;
    const char *fault;
    enum status status = file_read(path, LIMIT_LABELS_BYTES + 1, &file, &fault);
    if (status != STATUS_OK)
        return message_fault(status, path, fault);
    status = compile_labels(model->plan, file.bytes ? file.bytes : "", file.length, &error);
    free(file.bytes);
    if (status == STATUS_INPUT)
        return message_class(status, error.class, path,
                             "it is not a labels file: a label a line, in UTF-8 without control "
                             "characters; given with 'cnnc run --labels', what is wrong is said");
    return status == STATUS_OK ? status : message_file_error(status, path, &error);
}

/* A layer that took the place of the outputs has labels when it has as many channels. */
static void match_labels(const struct request *request, const struct model *model,
                         const char *path) {
    struct plan *plan = model->plan;
    const struct plan_output *output = &plan->outputs[0];
    size_t count = plan_label_count(plan), channels = (size_t)output->view.channels;
    if (request->output_count == 0)
        labels_warn(path, count, plan_string(plan, output->name), channels);
    else if (count != channels)
        plan->head.labels = PLAN_NONE;
}

/* The file that the spec names, unless the user named another: a note where it is not there. */
static enum status labels_of_spec(const struct request *request, const struct model *model) {
    const char *name = model->compilation->graph->labels;
    struct text path = {0};
    bool there;
    if (!name || request->labels)
        return STATUS_OK;
    enum status status = spec_file_find(request->model, SPEC_FILE_LABELS, name, &path, &there);
    if (status == STATUS_OK && !there)
        message_class(STATUS_OK, "note", model->title, "its labels file '%s' is not there", name);
    else if (status == STATUS_OK && request->save && request_same_file(request->save, path.data))
        status = request_refuse_save(request, path.data);
    else if (status == STATUS_OK)
        status = labels_of_file(model, path.data);
    if (status == STATUS_OK && model->plan->head.labels != PLAN_NONE)
        match_labels(request, model, path.data);
    text_free(&path);
    return status;
}

struct plan_options model_plan_options(const struct request *request) {
    const struct microkernel *kernel = microkernel_get();
    bool machine = request->tile.wide == 0;
    return (struct plan_options){.tile = machine ? kernel->tile : request->tile,
                                 .depth = machine ? kernel->depth : PLAIN_DEPTH,
                                 .keep = request->outputs,
                                 .keep_count = request->output_count,
                                 .plain = request->plain};
}

static enum status plan_spec(const struct request *request, struct model *model) {
    struct plan_options options = model_plan_options(request);
    enum status status = compile_plan(model->compilation, &options, &model->plan);
    if (status == STATUS_MEMORY)
        return message_file(status, model->title, "out of memory; expected room for the plan");
    message_diagnostics(&model->compilation->diag);
    return status;
}

static enum status compile_file(const struct request *request, const struct file *file,
                                struct model *model) {
    enum status status =
        compile_spec(&request->compile, model->title, file->bytes ? file->bytes : "", file->length,
                     &model->compilation);
    if (status == STATUS_MEMORY)
        return message_file(status, model->title, "out of memory; expected room for the spec");
    if (status != STATUS_OK)
        message_diagnostics(&model->compilation->diag);
    return status;
}

/* ---- both ---- */

/* Also what only has the name of one: the reader of plans then says what is wrong with it. */
static bool is_plan(const struct request *request, const struct file *file) {
    const char *dot = strrchr(request->model, '.');
    return (dot && strcasecmp(dot, ".cnnp") == 0) ||
           (file->bytes && content_is_plan((const unsigned char *)file->bytes, file->length));
}

static enum status read_model(const struct request *request, struct file *file,
                              struct model *model) {
    const char *why = NULL;
    *model = (struct model){
        .title = file_title(request->model),
        .run = {.batch = request->batch ? request->batch : BATCH, .threads = request->threads}};
    enum status status = file_read(request->model, LIMIT_SPEC_BYTES + 1, file, &why);
    if (status != STATUS_OK)
        return message_fault(status, model->title, why);
    if (!is_plan(request, file))
        why = file_refused(request->model, file);
    return why ? message_file(STATUS_INPUT, model->title, "%s", why) : STATUS_OK;
}

enum status model_open(const struct request *request, enum model_use use, struct model *model) {
    struct file file;
    enum status status = read_model(request, &file, model);
    bool plan = is_plan(request, &file);
    if (status == STATUS_OK)
        status = plan ? open_plan(request, model) : compile_file(request, &file, model);
    free(file.bytes);
    if (status == STATUS_OK && !plan)
        status = plan_spec(request, model);
    if (status == STATUS_OK && !plan)
        status = labels_of_spec(request, model);
    if (status == STATUS_OK)
        status = fit_memory(request, use, model);
    if (status == STATUS_OK && !plan && use != MODEL_TO_SHOW)
        status = get_weights(request, use, model);
    return status;
}

enum status model_compile(const struct request *request, struct model *model) {
    struct file file;
    enum status status = read_model(request, &file, model);
    if (status == STATUS_OK && is_plan(request, &file))
        status = refuse_spec_options(request);
    else if (status == STATUS_OK)
        status = compile_file(request, &file, model);
    free(file.bytes);
    return status;
}

void model_close(struct model *model) {
    plan_free(model->plan);
    compilation_free(model->compilation);
    *model = (struct model){0};
}

enum status model_run(const struct model *model, struct run **run) {
    enum status status = run_new(model->plan, &model->run, run);
    if (status != STATUS_OK)
        return message_file(status, model->title, "out of memory; expected room to run it");
    if (run_threads(*run) < model->run.threads)
        message_class(STATUS_OK, "warning", model->title, "the system gave %d threads; expected %d",
                      run_threads(*run), model->run.threads);
    return STATUS_OK;
}

/* ---- layers ---- */

bool model_layer(const struct model *model, const char *name, uint32_t *layer) {
    const struct plan *plan = model->plan;
    for (*layer = 0; *layer < plan->layer_count; ++*layer)
        if (strcmp(plan_string(plan, plan->layers[*layer].name), name) == 0)
            return true;
    return false;
}

enum status model_no_layer(const struct model *model, const char *verb, const char *option,
                           const char *name) {
    const struct plan *plan = model->plan;
    struct text hint = {0};
    const char **names = calloc((size_t)plan->layer_count + 1, sizeof *names);
    for (uint32_t i = 0; names && i < plan->layer_count; i++)
        names[i] = plan_string(plan, plan->layers[i].name);
    if (names)
        options_suggest(name, names, "", &hint);
    message_usage(verb, hint.data, "%sthere is no '%s'; expected a layer of the network", option,
                  name);
    text_free(&hint);
    free(names);
    return STATUS_USAGE;
}
