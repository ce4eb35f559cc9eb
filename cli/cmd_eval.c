/* `cnnc eval`: how often a network is right. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command/verbs.h"
#include "input/dataset.h"
#include "input/swap.h"
#include "run/model.h"
#include "run/readers.h"
#include "run/rules.h"
#include "run/tally.h"
#include "terminal/message.h"
#include "terminal/output.h"
#include "terminal/progress.h"

/* In the order of enum tally_format. */
static const char *const formats[] = {"table", "json", "csv", NULL};

enum { EXPECTED = 2 };
static const char *const expected_names[EXPECTED] = {"top1", "top5"};

struct session {
    const struct request *request;
    double expected[EXPECTED]; /* NaN: not given */
    struct model model;
    struct run *run;
    struct labels labels;
    struct input_options input;
    struct dataset dataset;
    struct tally tally;
    size_t *truths; /* of the images in the batch */
    size_t pending;
    uint64_t unreadable;
    struct left_out left;
    struct progress progress;
    struct rules_told told;
};

static enum status no_memory(const char *what) {
    return message(STATUS_MEMORY, "out of memory; expected room for %s", what);
}

/* ---- the batch ---- */

static void flush(struct session *session) {
    if (session->pending == 0)
        return;
    run_forward(session->run, session->pending);
    for (size_t n = 0; n < session->pending; n++)
        tally_add(&session->tally, session->truths[n], run_output(session->run, 0, n));
    session->pending = 0;
    progress_show(&session->progress, (size_t)(session->tally.pictures + session->unreadable));
}

static void take_image(struct session *session, const float *image, size_t truth) {
    size_t floats = (size_t)plan_view_size(&session->model.plan->head.input);
    memcpy(run_input(session->run, session->pending), image, floats * sizeof(float));
    session->truths[session->pending++] = truth;
    if (session->pending == session->model.run.batch)
        flush(session);
}

static void tell(struct session *session, const struct input *input) {
    enum rules_note note = rules_due(&session->input, input, &session->told);
    if (note == RULES_NOTHING)
        return;
    progress_clear(&session->progress);
    rules_tell(&session->model, note, input);
}

static enum status take_input(struct session *session, const struct job *job, size_t truth) {
    const struct input *input = &job->input;
    struct file_error error;
    tell(session, input);
    for (size_t i = 0; i < input->count; i++) {
        const float *image = input_image(&session->input, input, i, &error);
        if (!image)
            return message_file_error(STATUS_MEMORY, session->request->data, &error);
        take_image(session, image, truth);
    }
    return STATUS_OK;
}

/* ---- pictures ---- */

static enum status take_job(struct session *session, const struct job *job) {
    struct dataset *dataset = &session->dataset;
    const char *name = job->source.name;
    if (job->status == STATUS_OK) {
        if (job->error.class)
            progress_clear(&session->progress);
        message_file_note(name ? file_title(name) : session->request->data, &job->error);
        return take_input(session, job,
                          name ? dataset_class_of(dataset, name)
                               : dataset->classes[job->source.index]);
    }
    progress_clear(&session->progress);
    message_file_error(job->status, name ? file_title(name) : session->request->data, &job->error);
    session->unreadable++;
    const bool all = !name; /* pictures of an array are of one size: all fail alike */
    return job->fatal || all ? job->status : STATUS_OK;
}

static enum status take_jobs(struct session *session, struct pipeline *pipeline) {
    enum status status = STATUS_OK;
    enum pipeline_answer answer = PIPELINE_LATE;
    while (status == STATUS_OK && answer != PIPELINE_END) {
        struct job *job;
        answer = pipeline_next(pipeline, &job);
        if (answer != PIPELINE_JOB)
            continue;
        status = take_job(session, job);
        pipeline_release(pipeline);
    }
    return status;
}

static enum status run_pictures(struct session *session) {
    const struct dataset *dataset = &session->dataset;
    const bool array = dataset->kind == DATASET_PIXELS;
    const struct sources_options sources = {.operands = (const char *const *)dataset->folders,
                                            .operand_count = array ? 0 : dataset->count,
                                            .pictures = array ? &dataset->pictures : NULL,
                                            .shard = 1,
                                            .shards = 1,
                                            .left = &session->left};
    struct pipeline *pipeline;
    enum status status =
        readers_start(session->request, &session->model, &session->input, &sources, &pipeline);
    if (status != STATUS_OK)
        return status;
    status = take_jobs(session, pipeline);
    pipeline_free(pipeline);
    return status;
}

/* ---- arrays ---- */

static enum status run_tensor(struct session *session) {
    const struct plan_view *wanted = &session->model.plan->head.input;
    const struct tensor *images = &session->dataset.npy.tensor;
    size_t floats = (size_t)plan_view_size(wanted);
    const size_t extents[] = {0, (size_t)wanted->channels, (size_t)wanted->height,
                              (size_t)wanted->width};
    bool same = images->rank == 4 || (images->rank == 2 && extents[2] * extents[3] == 1);
    for (int i = 1; same && i < images->rank; i++)
        same = images->extents[i] == extents[i];
    if (!same)
        return message_file(STATUS_INPUT, session->request->data,
                            "its images are not of the network's input; expected N x %" PRId32
                            " x %" PRId32 " x %" PRId32,
                            wanted->channels, wanted->height, wanted->width);
    const struct input told = {.npy = session->dataset.npy};
    tell(session, &told);
    for (size_t i = 0; i < session->dataset.count; i++)
        take_image(session, images->data + i * floats, session->dataset.classes[i]);
    return STATUS_OK;
}

static enum status run_all(struct session *session) {
    enum status status = STATUS_OK;
    const bool pictures = session->dataset.kind != DATASET_TENSOR;
    if (pictures && session->input.no_picture.class)
        return message_file_error(STATUS_INPUT, session->model.title, &session->input.no_picture);
    progress_begin(&session->progress);
    if (session->dataset.kind != DATASET_FOLDERS)
        session->progress.total = session->dataset.count;
    status = pictures ? run_pictures(session) : run_tensor(session);
    if (status == STATUS_OK)
        flush(session);
    progress_clear(&session->progress);
    if (status == STATUS_OK && session->tally.pictures + session->unreadable == 0)
        status = message_file(STATUS_INPUT, session->request->data,
                              "there is no picture in its folders; expected some");
    return status;
}

/* ---- what is asked for ---- */

static enum status check_output(const struct session *session) {
    const struct plan *plan = session->model.plan;
    const struct plan_view *view = &plan->outputs[0].view;
    if (view->height == 1 && view->width == 1)
        return STATUS_OK;
    return message_file(STATUS_INPUT, session->model.title,
                        "its output '%s' is a map, %" PRId32 "x%" PRId32 "x%" PRId32
                        "; expected a score for each class",
                        plan_string(plan, plan->outputs[0].name), view->channels, view->height,
                        view->width);
}

static enum status open_dataset(struct session *session) {
    const struct plan *plan = session->model.plan;
    const char *labels = plan_string(plan, plan->head.labels);
    size_t classes = (size_t)plan->outputs[0].view.channels;
    const size_t left = session->request->memory - session->model.needed;
    if (labels_parse(labels, labels ? strlen(labels) : 0, &session->labels) != STATUS_OK)
        return no_memory("the labels");
    const struct dataset_options options = {.path = session->request->data,
                                            .labels_path = session->request->labels_data,
                                            .labels = &session->labels,
                                            .input = &session->input,
                                            .classes = classes,
                                            .most = left,
                                            .left = &session->left};
    enum status status = dataset_open(&options, &session->dataset);
    if (status != STATUS_OK)
        return status;
    const size_t data = dataset_bytes(&session->dataset);
    status = data < left ? tally_new(&session->tally, classes, left - data) : STATUS_LIMIT;
    if (status == STATUS_LIMIT)
        return message_class(status, "limit-memory", session->model.title,
                             "the data and the counts of %zu classes need more than the %zu bytes "
                             "that the network leaves; expected less, or a larger --max-memory",
                             classes, left);
    session->model.needed += data + tally_bytes(&session->tally);
    rules_fit(session->request, &session->model, &session->input);
    session->truths = calloc(session->model.run.batch, sizeof *session->truths);
    return status == STATUS_OK && session->truths ? STATUS_OK : no_memory("the counts");
}

static enum status prepare(struct session *session) {
    enum status status = model_open(session->request, MODEL_TO_RUN, &session->model);
    if (status == STATUS_OK)
        status = check_output(session);
    if (status == STATUS_OK)
        status = rules_read("eval", session->request, &session->model, &session->input);
    if (status == STATUS_OK)
        status = open_dataset(session);
    return status == STATUS_OK ? model_run(&session->model, &session->run) : status;
}

/* ---- results ---- */

static enum status print(struct session *session) {
    const struct plan *plan = session->model.plan;
    const struct tally_title title = {.model = session->model.title,
                                      .name = plan_string(plan, plan->head.name),
                                      .data = session->request->data,
                                      .labels = &session->labels,
                                      .unreadable = session->unreadable,
                                      .left = &session->left};
    left_out_sort(&session->left);
    int format = session->request->format;
    struct text out = {0};
    tally_write(&session->tally, &title, format >= 0 ? (enum tally_format)format : TALLY_TABLE,
                &out);
    enum status status = output_write(&out);
    text_free(&out);
    return status;
}

static enum status check_expected(const struct session *session) {
    const struct tally *tally = &session->tally;
    const uint64_t right[EXPECTED] = {tally->top1, tally->top5};
    enum status status = session->unreadable > 0 ? STATUS_PARTIAL : STATUS_OK;
    for (size_t i = 0; i < EXPECTED; i++) {
        double share = tally_share(right[i], tally->pictures);
        if (isnan(session->expected[i]) || share >= session->expected[i])
            continue;
        status =
            message_file(STATUS_PARTIAL, session->model.title, "%s is %.6g; expected at least %.6g",
                         expected_names[i], share, session->expected[i]);
    }
    return status;
}

/* "top1=0.905,top5=0.99" */
static enum status read_expected(struct session *session, const char *value) {
    for (const char *rest = value; rest; rest = strchr(rest, ',') ? strchr(rest, ',') + 1 : NULL) {
        size_t name = strcspn(rest, "=,"), which = 0, digits;
        while (which < EXPECTED && (strlen(expected_names[which]) != name ||
                                    memcmp(expected_names[which], rest, name) != 0))
            which++;
        if (which == EXPECTED || rest[name] != '=')
            return message_usage("eval", NULL,
                                 "--expect: '%s' names no share; expected top1 or top5, like "
                                 "top1=0.9",
                                 value);
        const char *number = rest + name + 1;
        digits = strspn(number, "0123456789.");
        char *end;
        double share = strtod(number, &end);
        if (digits == 0 || (number[digits] && number[digits] != ',') || end != number + digits ||
            share > 1)
            return message_usage("eval", NULL,
                                 "--expect: '%s' has no share behind '='; expected one from 0 to "
                                 "1, like top1=0.9",
                                 value);
        session->expected[which] = share;
    }
    return STATUS_OK;
}

static enum status no_data(const struct arguments *arguments) {
    struct text hint = {0};
    if (arguments->operand_count == 2)
        swap_hint(&verb_eval, arguments, 0, &hint);
    message_usage("eval", hint.data,
                  "--data is missing; expected a folder with a folder for each class, or an IDX "
                  "file");
    text_free(&hint);
    return STATUS_USAGE;
}

static enum status check_request(struct session *session, const struct arguments *arguments) {
    const struct request *request = session->request;
    enum status status = STATUS_OK;
    if (!request->data)
        return no_data(arguments);
    if (request->input_count > 0)
        return message_usage("eval", NULL, "%s: a further file; expected one model",
                             request->inputs[0]);
    for (size_t i = 0; i < request->expected_count && status == STATUS_OK; i++)
        status = read_expected(session, request->expected[i]);
    return status == STATUS_OK ? request_check_save(request, "/dev/stdout") : status;
}

static enum status eval(const struct arguments *arguments) {
    struct request request;
    struct session session = {.request = &request, .expected = {NAN, NAN}};
    enum status status = request_read(&request, &verb_eval, arguments);
    if (status == STATUS_OK)
        status = check_request(&session, arguments);
    if (status == STATUS_OK)
        status = prepare(&session);
    if (status == STATUS_OK)
        status = run_all(&session);
    if (status == STATUS_OK)
        status = left_out_tell(&session.left);
    if (status == STATUS_OK)
        status = print(&session);
    if (status == STATUS_OK)
        status = check_expected(&session);
    free(session.truths);
    left_out_free(&session.left);
    tally_free(&session.tally);
    dataset_close(&session.dataset);
    labels_free(&session.labels);
    run_free(session.run);
    model_close(&session.model);
    request_free(&request);
    return status;
}

static const struct option_row options[] = {
    {.name = "data",
     .letter = 'd',
     .argument = "DIR|FILE",
     .help = "The pictures: a folder with a folder for each class, or an\n"
             "IDX file (.gz too), or an .npy array of images."},
    {.name = "labels-data",
     .argument = "FILE",
     .help = "The classes of an array's images, IDX or .npy. Default: the\n"
             "name of the IDX file with labels for images."},
    {.name = "format",
     .letter = 'f',
     .argument = "FORMAT",
     .help = "table (the default), json, or csv (a row for each class).",
     .choices = formats},
    {.name = "expect",
     .letter = 'e',
     .argument = "NAME=P,...",
     .help = "Fail (exit 1) when a share is lower: top1 or top5. Repeats.",
     .repeats = true},
    ROW_IMAGE,
    ROW_THREADS,
    ROW_BATCH,
    ROWS_MODEL,
};

const struct verb verb_eval = {
    .name = "eval",
    .operands = "MODEL",
    .summary = "Count how often a network is right.",
    .text =
        "MODEL is a spec or a compiled plan that gives a score for each class. Prints the share\n"
        "of pictures whose class has the best score (top-1) or one of the best five (top-5),\n"
        "the same of each class, and what the classes were taken for.\n"
        "\n"
        "Exit: 0 all done, 1 --expect failed or a picture could not be read, 2 usage,\n"
        "3 model or data rejected, 4 beyond a limit.\n"
        "\n"
        "Examples:\n"
        "  cnnc eval specs/lenet5-fashion.yaml --data t10k-images-idx3-ubyte.gz\n"
        "  cnnc eval net.cnnp --data pictures/ --expect top1=0.9\n"
        "  cnnc eval net.cnnp --data pictures/ -f json | jq .confusion\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = eval,
};
