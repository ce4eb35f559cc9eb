/* `cnnc run`: a network on arrays, a record for each image. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../runtime/npy.h"
#include "../runtime/save.h"
#include "input.h"
#include "message.h"
#include "model.h"
#include "output.h"
#include "profile.h"
#include "record.h"
#include "verbs.h"

enum format { FORMAT_TABLE, FORMAT_JSONL, FORMAT_NPY };
static const char *const formats[] = {"table", "jsonl", "npy", NULL};

struct session {
    const struct request *request;
    enum format format;
    struct model model;
    struct run *run;
    bool watched;                  /* the one output is run_layer's, */
    uint32_t first;                /* or else they are run_output's from this one on */
    struct record_output *outputs; /* values change from image to image */
    size_t output_count;
    struct record *pending; /* of the images in the batch */
    size_t pending_count;
    size_t images; /* done */
    struct profile profile;
    struct text out; /* made and not yet written: under npy, everything */
    struct save save;
    bool saving;
    bool failed; /* an input was no good */
};

/* ---- what is asked for ---- */

static void add_output(struct session *session, uint32_t name, bool vector,
                       const struct plan_view *view) {
    session->outputs[session->output_count++] = (struct record_output){
        .name = plan_string(session->model.plan, name), .vector = vector, .view = *view};
}

static enum status no_layer(const struct plan *plan, const char *name) {
    struct text hint = {0};
    const char **names = calloc((size_t)plan->layer_count + 1, sizeof *names);
    for (uint32_t i = 0; names && i < plan->layer_count; i++)
        names[i] = plan_string(plan, plan->layers[i].name);
    if (names)
        options_suggest(name, names, "", &hint);
    message_usage("run", hint.data, "--output: there is no '%s'; expected a layer of the network",
                  name);
    text_free(&hint);
    free(names);
    return STATUS_USAGE;
}

/* A layer of a compiled plan can be read where the plan keeps it. */
static enum status watch_layer(struct session *session, const char *name) {
    const struct plan *plan = session->model.plan;
    uint32_t i = 0;
    while (i < plan->layer_count && strcmp(plan_string(plan, plan->layers[i].name), name) != 0)
        i++;
    if (i == plan->layer_count)
        return no_layer(plan, name);
    const struct plan_layer *layer = &plan->layers[i];
    if (!layer->kept && layer->step == PLAN_NONE)
        return message_usage("run", NULL,
                             "--output: no output of this plan needs '%s'; expected another layer, "
                             "or 'cnnc compile --output %s'",
                             name, name);
    if (!layer->kept) {
        const struct step *step = &plan->steps[layer->step];
        return message_usage("run", NULL,
                             "--output: '%s' has no values of its own, one step does %s, %s; "
                             "expected another layer, or 'cnnc compile --output %s'",
                             name, plan_string(plan, step->name), plan_string(plan, step->fused),
                             name);
    }
    session->watched = true;
    add_output(session, layer->name, layer->view.height == 1 && layer->view.width == 1,
               &layer->view);
    if (run_watch(session->run, i) != STATUS_OK)
        return message_file(STATUS_MEMORY, session->model.title,
                            "out of memory; expected room for a layer");
    return STATUS_OK;
}

static enum status find_outputs(struct session *session) {
    const struct plan *plan = session->model.plan;
    const char *name = session->request->output_count ? session->request->outputs[0] : NULL;
    bool all = !name || session->model.compilation; /* a spec was planned for what is asked */
    session->outputs = calloc((size_t)plan->output_count + 1, sizeof *session->outputs);
    if (!session->outputs)
        return message(STATUS_MEMORY, "out of memory; expected room for the outputs");
    for (uint32_t i = 0; i < plan->output_count; i++) {
        const struct plan_output *output = &plan->outputs[i];
        if (!all && strcmp(plan_string(plan, output->name), name) != 0)
            continue;
        session->first = session->output_count ? session->first : i;
        add_output(session, output->name, output->vector != 0, &output->view);
    }
    if (session->output_count == 0)
        return watch_layer(session, name);
    if (session->format == FORMAT_NPY && session->output_count > 1)
        return message_usage("run", NULL,
                             "--format npy: the network has %zu outputs; expected --output LAYER",
                             session->output_count);
    return STATUS_OK;
}

/* ---- writing ---- */

static enum status write_out(struct session *session) {
    enum status status = STATUS_OK;
    if (session->out.failed)
        return message(STATUS_MEMORY, "out of memory; expected room for the results");
    if (session->saving)
        save_write(&session->save, session->out.data ? session->out.data : "", session->out.length);
    else
        status = output_write(&session->out);
    text_free(&session->out);
    return status;
}

static void add_record(struct session *session, const struct record *record) {
    switch (session->format) {
    case FORMAT_TABLE:
        record_table(record, &session->out);
        break;
    case FORMAT_JSONL:
        record_jsonl(record, &session->out);
        break;
    case FORMAT_NPY:
        record_floats(record, &session->out);
        session->images += !record->error;
        break;
    }
}

/* Under npy the number of images stands in front of all. */
static enum status write_array(struct session *session) {
    const struct record_output *output = &session->outputs[0];
    const struct plan_view *view = &output->view;
    const size_t extents[] = {session->images, (size_t)view->channels, (size_t)view->height,
                              (size_t)view->width};
    struct text floats = session->out;
    session->out = (struct text){0};
    npy_header(&session->out, output->vector ? 2 : 4, extents);
    enum status status = write_out(session);
    text_free(&session->out);
    session->out = floats;
    return status == STATUS_OK ? write_out(session) : status;
}

static enum status print_profile(const struct session *session) {
    struct text table = {0};
    enum status status = STATUS_OK;
    profile_print(&session->profile, &table);
    if (table.failed)
        status = message(STATUS_MEMORY, "out of memory; expected room for the profile");
    else
        message_write(&table);
    text_free(&table);
    return status;
}

static enum status finish(struct session *session, enum status status) {
    const char *fault;
    if (status == STATUS_OK && session->format == FORMAT_NPY)
        status = write_array(session);
    if (status == STATUS_OK && session->profile.forwards > 0)
        status = print_profile(session);
    if (session->saving && status != STATUS_OK) {
        save_abandon(&session->save);
    } else if (session->saving) {
        status = save_end(&session->save, &fault);
        if (status != STATUS_OK)
            message_file(status, session->request->save, "%s; expected to write the results",
                         fault);
    }
    return status == STATUS_OK && session->failed ? STATUS_PARTIAL : status;
}

/* ---- running ---- */

static const float *values_of(const struct session *session, size_t output, size_t n) {
    return session->watched ? run_layer(session->run, n)
                            : run_output(session->run, session->first + output, n);
}

/* Runs the images of the batch and writes their records. */
static enum status flush(struct session *session) {
    size_t count = session->pending_count;
    if (count == 0)
        return STATUS_OK;
    session->pending_count = 0;
    if (session->request->reference) {
        if (run_reference(session->run, count) != STATUS_OK)
            return message_file(STATUS_MEMORY, session->model.title,
                                "out of memory; expected room for the reference");
    } else {
        run_forward(session->run, count);
    }
    if (session->request->profile)
        profile_add(&session->profile, session->run, count);
    for (size_t n = 0; n < count; n++) {
        for (size_t k = 0; k < session->output_count; k++)
            session->outputs[k].values = values_of(session, k, n);
        session->pending[n].outputs = session->outputs;
        session->pending[n].output_count = session->output_count;
        add_record(session, &session->pending[n]);
    }
    return session->format == FORMAT_NPY ? STATUS_OK : write_out(session);
}

static enum status run_images(struct session *session, const char *name,
                              const struct input *input) {
    size_t floats = (size_t)plan_view_size(&session->model.plan->head.input);
    for (size_t i = 0; i < input->count; i++) {
        memcpy(run_input(session->run, session->pending_count), input->images + i * floats,
               floats * sizeof(float));
        session->pending[session->pending_count++] =
            (struct record){.input = name, .index = i, .count = input->count};
        enum status status = STATUS_OK;
        if (session->pending_count == session->model.run.batch)
            status = flush(session);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* A record in its place; the other inputs go on. */
static enum status fail_input(struct session *session, const char *name, enum status why,
                              const struct file_error *error) {
    struct record record = {.input = name, .class = error->class, .error = error->message};
    enum status status = flush(session);
    message_file_error(why, file_title(name), error);
    session->failed = true;
    if (status == STATUS_OK && why == STATUS_MEMORY)
        status = why;
    if (status != STATUS_OK || session->format == FORMAT_NPY)
        return status;
    add_record(session, &record);
    return write_out(session);
}

static enum status run_inputs(struct session *session) {
    const struct request *request = session->request;
    for (size_t i = 0; i < request->input_count; i++) {
        struct input input;
        struct file_error error;
        const char *name = request->inputs[i];
        enum status status =
            input_open(name, &session->model.plan->head.input, request->memory, &input, &error);
        if (status == STATUS_OK) {
            status = run_images(session, name, &input);
            input_close(&input);
        } else {
            status = fail_input(session, name, status, &error);
        }
        if (status != STATUS_OK)
            return status;
    }
    return flush(session);
}

static enum status prepare(struct session *session) {
    const struct request *request = session->request;
    enum status status = model_open(request, MODEL_TO_RUN, &session->model);
    if (status == STATUS_OK)
        status = model_run(&session->model, &session->run);
    if (status == STATUS_OK)
        status = find_outputs(session);
    if (status != STATUS_OK)
        return status;
    session->pending = calloc(session->model.run.batch, sizeof *session->pending);
    if (!session->pending ||
        (request->profile &&
         profile_begin(&session->profile, session->model.plan, session->run) != STATUS_OK))
        return message(STATUS_MEMORY, "out of memory; expected room to run");
    return STATUS_OK;
}

static enum status run_session(const struct request *request, enum format format) {
    struct session session = {.request = request, .format = format};
    enum status status = prepare(&session);
    if (status == STATUS_OK && request->save) {
        save_begin(&session.save, request->save);
        session.saving = true;
    }
    if (status == STATUS_OK)
        status = finish(&session, run_inputs(&session));
    text_free(&session.out);
    profile_free(&session.profile);
    free(session.pending);
    free(session.outputs);
    run_free(session.run);
    model_close(&session.model);
    return status;
}

/* ---- the command line ---- */

static enum status check_request(const struct request *request, enum format format) {
    if (request->input_count == 0)
        return message_usage("run", NULL,
                             "an input is missing; expected .npy files, or - for one "
                             "on standard input");
    if (request->reference && request->profile)
        return message_usage("run", NULL,
                             "--profile: the reference is not timed; expected it without "
                             "--reference");
    if (format == FORMAT_NPY && !request->save && isatty(STDOUT_FILENO))
        return message_usage("run", NULL,
                             "--format npy: standard output is a terminal; expected --out FILE");
    return request_check_save(request);
}

static enum status run(const struct arguments *arguments) {
    struct request request;
    enum status status = request_read(&request, &verb_run, arguments);
    bool reader = !request.save && isatty(STDOUT_FILENO);
    enum format format = request.format >= 0 ? (enum format)request.format
                         : reader            ? FORMAT_TABLE
                                             : FORMAT_JSONL;
    if (status == STATUS_OK)
        status = check_request(&request, format);
    if (status == STATUS_OK)
        status = run_session(&request, format);
    request_free(&request);
    return status;
}

static const struct option_row options[] = {
    {.name = "format",
     .letter = 'f',
     .argument = "FORMAT",
     .help = "table (default on a terminal), jsonl (default elsewhere:\n"
             "a JSON object on a line for each image), npy (one array).",
     .choices = formats},
    {.name = "out",
     .letter = 'o',
     .argument = "FILE",
     .help = "Write the results to this file, when all are there."},
    {.name = "output",
     .argument = "LAYER",
     .help = "Give the values of this layer instead of the outputs."},
    ROW_THREADS,
    {.name = "batch",
     .letter = 'b',
     .argument = "N",
     .help = "Images at a time; results do not depend on it.\n"
             "Default: 8, or fewer when memory is short."},
    {.name = "profile", .letter = 'p', .help = "Print the time of each step on stderr."},
    {.name = "reference", .help = "Compute by plain loops in double precision, slowly."},
    ROW_INPUT,
    ROW_SET,
    ROW_WEIGHTS,
    ROW_RANDOM_WEIGHTS,
    ROW_STRICT,
    ROW_MAX_MEMORY,
};

const struct verb verb_run = {
    .name = "run",
    .operands = "MODEL FILE...",
    .summary = "Run a network on arrays of numbers.",
    .text =
        "MODEL is a spec or a compiled plan. FILE is an .npy array of one image, C x H x W, or\n"
        "several, N x C x H x W; - is standard input. The record of a file that cannot be\n"
        "read says why, and the others go on.\n"
        "\n"
        "Exit: 0 all done, 1 a file failed, 2 usage, 3 model rejected, 4 beyond a limit.\n"
        "\n"
        "Examples:\n"
        "  cnnc run lenet5.cnnp digits.npy\n"
        "  cnnc run resnet50.yaml --weights r50.npz x.npy | jq .top[0]\n"
        "  cnnc run resnet50.cnnp x.npy --output pool1 --format npy -o features.npy\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
