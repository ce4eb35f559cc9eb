#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../compiler/base/limits.h"
#include "../../runtime/base/temporary.h"
#include "../terminal/message.h"
#include "../terminal/progress.h"
#include "../terminal/signals.h"
#include "again.h"
#include "model.h"
#include "outputs.h"
#include "profile.h"
#include "readers.h"
#include "rules.h"

/* An image of the batch. */
struct pending {
    char *input;
    bool indexed;
    size_t index;
};

struct session {
    const struct request *request;
    struct model model;
    struct run *run;
    struct outputs outputs;
    struct labels labels;
    struct input_options input;
    struct resume resume;
    struct left_out left;
    struct again again;
    bool locked; /* standard output */
    struct results results;
    struct pipeline *pipeline;
    struct pending *pending;
    size_t pending_count, done;
    struct profile profile;
    struct progress progress;
    struct rules_told told;
    bool failed; /* an input was no good */
};

static enum status no_memory(const char *what) {
    return message(STATUS_MEMORY, "out of memory; expected room for %s", what);
}

/* ---- the batch ---- */

static enum status compute(struct session *session, size_t count) {
    if (session->request->reference) {
        if (run_reference(session->run, count) != STATUS_OK)
            return message_file(STATUS_MEMORY, session->model.title,
                                "out of memory; expected room for the reference");
    } else {
        run_forward(session->run, count);
    }
    if (session->request->profile)
        profile_add(&session->profile, session->run, count);
    return STATUS_OK;
}

static void drop_batch(struct session *session) {
    for (size_t n = 0; n < session->pending_count; n++)
        free(session->pending[n].input);
    session->pending_count = 0;
}

/* Runs the images of the batch and writes their records. */
static enum status flush(struct session *session) {
    if (session->pending_count == 0)
        return STATUS_OK;
    enum status status = compute(session, session->pending_count);
    for (size_t n = 0; n < session->pending_count && status == STATUS_OK; n++) {
        const struct pending *image = &session->pending[n];
        outputs_point(&session->outputs, session->run, n);
        const struct record record = {.input = image->input,
                                      .indexed = image->indexed,
                                      .index = image->index,
                                      .outputs = session->outputs.all,
                                      .output_count = session->outputs.count};
        results_add(&session->results, &record);
    }
    session->done += session->pending_count;
    drop_batch(session);
    if (status == STATUS_OK)
        status = results_flush(&session->results);
    progress_show(&session->progress, session->done);
    return status;
}

static enum status add_image(struct session *session, const struct pending *image,
                             const float *values) {
    size_t floats = (size_t)plan_view_size(&session->model.plan->head.input);
    char *name = strdup(image->input);
    if (!name)
        return no_memory("the name of an input");
    memcpy(run_input(session->run, session->pending_count), values, floats * sizeof(float));
    session->pending[session->pending_count] = *image;
    session->pending[session->pending_count++].input = name;
    return session->pending_count == session->model.run.batch ? flush(session) : STATUS_OK;
}

static void tell(struct session *session, const struct input *input) {
    enum rules_note note = rules_due(&session->input, input, &session->told);
    if (note == RULES_NOTHING)
        return;
    progress_clear(&session->progress);
    rules_tell(&session->model, note, input);
}

/* After a signal the rest of an array is left. */
static enum status add_images(struct session *session, const struct sources_item *source,
                              const struct input *input) {
    struct file_error error;
    bool indexed = source->frame || (input->several && input->count > 1);
    enum status status = STATUS_OK;
    tell(session, input);
    for (size_t i = 0; i < input->count && status == STATUS_OK && !signals_interrupted(); i++) {
        const struct pending image = {
            .input = source->name, .indexed = indexed, .index = source->frame ? source->index : i};
        if (session->request->resume && indexed && !source->frame &&
            resume_take_image(&session->resume, source->name, i))
            continue;
        const float *values = input_image(&session->input, input, i, &error);
        status = values ? add_image(session, &image, values)
                        : message_file_error(STATUS_MEMORY, file_title(source->name), &error);
    }
    return status;
}

/* A record in its place; the other inputs go on. */
static enum status fail_input(struct session *session, const struct job *job) {
    const struct record record = {.input = job->source.name,
                                  .indexed = job->source.frame,
                                  .index = job->source.index,
                                  .outputs = session->outputs.all,
                                  .output_count = session->outputs.count,
                                  .class = job->error.class,
                                  .error = job->error.message};
    enum status status = flush(session);
    progress_clear(&session->progress);
    message_file_error(job->status, file_title(job->source.name), &job->error);
    session->failed = true;
    session->done++;
    if (status == STATUS_OK && !job->source.recorded) {
        results_add(&session->results, &record);
        status = results_flush(&session->results);
    }
    return status == STATUS_OK && session->request->fail_fast ? STATUS_PARTIAL : status;
}

/* Nothing follows. */
static enum status end_inputs(struct session *session, const char *title, const struct job *job) {
    enum status status = flush(session);
    progress_clear(&session->progress);
    message_file_error(job->status, title, &job->error);
    return status == STATUS_OK ? job->status : status;
}

static enum status take_job(struct session *session, const struct job *job) {
    const char *name = job->source.name, *model = session->model.title;
    if (job->fatal)
        return end_inputs(session, name ? file_title(name) : model, job);
    if (job->status == STATUS_INPUT && rules_forbid(&session->input, &job->error))
        return end_inputs(session, model, job);
    if (job->status != STATUS_OK)
        return fail_input(session, job);
    if (job->error.class)
        progress_clear(&session->progress);
    message_file_note(name ? file_title(name) : NULL, &job->error);
    return add_images(session, &job->source, &job->input);
}

/* The batch does not wait for an input that is late. After a signal nothing more is taken; where
 * nothing is left, the run is as good as any. */
static enum status run_inputs(struct session *session) {
    enum status status = STATUS_OK;
    enum pipeline_answer answer = PIPELINE_LATE;
    while (status == STATUS_OK && answer != PIPELINE_END && !signals_interrupted()) {
        struct job *job;
        answer = pipeline_next(session->pipeline, &job);
        session->progress.skipped = pipeline_skipped(session->pipeline);
        if (answer != PIPELINE_JOB) {
            status = flush(session);
            continue;
        }
        status = take_job(session, job);
        pipeline_release(session->pipeline);
    }
    if (status == STATUS_OK)
        status = flush(session);
    progress_clear(&session->progress);
    if (signals_interrupted() && answer != PIPELINE_END && status == STATUS_OK)
        signals_end_interrupted();
    return status;
}

/* ---- what is asked for ---- */

static enum status parse_labels(struct session *session, const char *text, size_t length) {
    enum status status = labels_parse(text, length, &session->labels);
    return status == STATUS_OK ? status : no_memory("the labels");
}

static enum status read_labels_file(struct session *session, const char *path) {
    struct file file;
    struct file_error error;
    const char *fault;
    const struct record_output *output = &session->outputs.all[0];
    enum status status = file_read(path, LIMIT_LABELS_BYTES + 1, &file, &fault);
    if (status != STATUS_OK)
        return message_fault(status, path, fault);
    const char *text = file.bytes ? file.bytes : "";
    status = compile_labels_check(&text, &file.length, &error);
    if (status == STATUS_OK)
        status = parse_labels(session, text, file.length);
    else
        message_file_error(status, path, &error);
    free(file.bytes);
    if (status == STATUS_OK && session->outputs.count == 1)
        labels_warn(path, session->labels.count, output->name, (size_t)output->view.channels);
    return status;
}

static enum status read_labels(struct session *session) {
    const struct request *request = session->request;
    const struct plan *plan = session->model.plan;
    const char *own = request->output_count ? NULL : plan_string(plan, plan->head.labels);
    return request->labels ? read_labels_file(session, request->labels)
                           : parse_labels(session, own, own ? strlen(own) : 0);
}

/* Whether standard output goes into the file, as in `--resume FILE >> FILE`. */
static bool is_output(const char *path) {
    struct stat a, b;
    int flags = fcntl(STDOUT_FILENO, F_GETFL);
    return flags >= 0 && (flags & O_APPEND) && fstat(STDOUT_FILENO, &a) == 0 &&
           stat(path, &b) == 0 && S_ISREG(a.st_mode) && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static enum status refuse_resume(const char *path) {
    return message_usage(
        "run", NULL, "--resume: '%s' is written by the same call; expected --format jsonl", path);
}

/* --out is to be added to, which may be a part that it was left in. */
static bool adds_to(const char *path, const char *save) {
    return path && save &&
           (strcmp(path, save) == 0 || request_same_file(path, save) ||
            (access(path, F_OK) == 0 && save_is_part(path, save)));
}

static enum status read_resume(struct session *session) {
    const char *path = session->request->resume;
    struct file_error error;
    enum status status = path ? resume_read(path, &session->resume, &error) : STATUS_OK;
    return status == STATUS_OK ? status : message_file_error(status, path, &error);
}

/* Locked before it is read. What was cut from its last record is taken away. */
static enum status take_output(struct session *session) {
    const char *path = session->request->resume;
    session->locked = temporary_lock(STDOUT_FILENO);
    if (!session->locked)
        return message_fault(STATUS_IO, path, file_fault_to_write(EAGAIN));
    enum status status = read_resume(session);
    if (status == STATUS_OK && ftruncate(STDOUT_FILENO, (off_t)session->resume.whole) != 0)
        return message_fault(STATUS_IO, path, file_fault_to_write(errno));
    return status;
}

/* The same of --out. */
static enum status take_part(struct session *session) {
    enum status status = read_resume(session);
    return status == STATUS_OK ? results_cut(&session->results, session->resume.whole) : status;
}

static enum status keep_results(struct session *session, bool adds) {
    struct again *again = &session->again;
    enum status status = again_make(session->request, adds, again);
    if (status == STATUS_OK)
        results_keep(&session->results, again->kept, again->count);
    return status;
}

static enum status open_results(struct session *session, enum results_format format) {
    const struct request *request = session->request;
    const char *resume = request->resume;
    bool adds = adds_to(resume, request->save);
    bool standard = resume && !request->save && is_output(resume);
    struct results_options options = {.format = format,
                                      .path = request->save,
                                      .part = adds ? resume : NULL,
                                      .style = {.top = request->top,
                                                .least = request->least,
                                                .raw = request->raw || request->output_count > 0,
                                                .labels = &session->labels}};
    if ((adds || standard) && format != RESULTS_JSONL)
        return refuse_resume(resume);
    enum status status = standard ? take_output(session) : adds ? STATUS_OK : read_resume(session);
    if (status == STATUS_OK)
        status = results_open(&options, &session->results);
    if (status != STATUS_OK)
        return status;
    if (adds)
        status = take_part(session);
    if (status == STATUS_OK && request->save && format == RESULTS_JSONL)
        status = keep_results(session, adds);
    return status == STATUS_OK ? status : results_close(&session->results, NULL, status);
}

/* ---- inputs ---- */

/* 0 where they cannot be known beforehand. */
static size_t count_inputs(const struct sources_options *options) {
    struct stat about;
    struct sources_options counting = *options;
    struct stream_stop stop = {0};
    struct sources_item source = {0};
    const char *const lists[] = {options->lines, options->zeros};
    for (size_t i = 0; i < 2; i++)
        if (lists[i] && (stat(lists[i], &about) != 0 || !S_ISREG(about.st_mode)))
            return 0;
    counting.names_only = true;
    counting.resume = NULL;
    counting.left = NULL;
    counting.stop = &stop;
    struct sources *sources = options->frames ? NULL : sources_new(&counting);
    size_t count = 0;
    while (sources && sources_next(sources, &source) == STATUS_OK && source.kind != SOURCES_END) {
        count++;
        sources_item_free(&source);
    }
    sources_item_free(&source);
    sources_free(sources);
    return count;
}

static enum status open_pipeline(struct session *session) {
    const struct request *request = session->request;
    enum status status = rules_read("run", request, &session->model, &session->input);
    if (status != STATUS_OK)
        return status;
    const struct sources_options sources = {.operands = request->inputs,
                                            .operand_count = request->input_count,
                                            .lines = request->files_from,
                                            .zeros = request->files0_from,
                                            .frames = request->frames,
                                            .shard = request->shard,
                                            .shards = request->shards,
                                            .resume = request->resume ? &session->resume : NULL,
                                            .left = &session->left};
    progress_begin(&session->progress);
    if (session->progress.shown)
        session->progress.total = count_inputs(&sources);
    return readers_start(request, &session->model, &session->input, &sources, &session->pipeline);
}

/* ---- the whole ---- */

static enum status prepare(struct session *session) {
    const struct request *request = session->request;
    enum status status = model_open(request, MODEL_TO_RUN, &session->model);
    if (status == STATUS_OK)
        status = model_run(&session->model, &session->run);
    if (status == STATUS_OK)
        status = outputs_find(&session->model, session->run, request, &session->outputs);
    if (status == STATUS_OK)
        status = read_labels(session);
    if (status != STATUS_OK)
        return status;
    session->pending = calloc(session->model.run.batch, sizeof *session->pending);
    if (!session->pending ||
        (request->profile &&
         profile_begin(&session->profile, session->model.plan, session->run) != STATUS_OK))
        return no_memory("a run");
    return STATUS_OK;
}

static enum status print_profile(const struct session *session) {
    struct text table = {0};
    enum status status = STATUS_OK;
    profile_print(&session->profile, &table);
    if (table.failed)
        status = no_memory("the profile");
    else
        message_write(&table);
    text_free(&table);
    return status;
}

static void close_session(struct session *session) {
    pipeline_free(session->pipeline);
    left_out_free(&session->left);
    again_free(&session->again);
    if (session->locked)
        flock(STDOUT_FILENO, LOCK_UN); /* a shell may have it open, too */
    drop_batch(session);
    free(session->pending);
    profile_free(&session->profile);
    resume_free(&session->resume);
    labels_free(&session->labels);
    outputs_free(&session->outputs);
    run_free(session->run);
    model_close(&session->model);
}

enum status session_run(const struct request *request, enum results_format format) {
    struct session session = {.request = request};
    enum status status = prepare(&session);
    if (status == STATUS_OK && format == RESULTS_NPY)
        status = outputs_check_single(&session.outputs);
    if (status == STATUS_OK)
        status = open_results(&session, format);
    if (status == STATUS_OK) {
        signals_defer();
        status = open_pipeline(&session);
        if (status == STATUS_OK)
            status = run_inputs(&session);
        if (status == STATUS_OK)
            status = left_out_tell(&session.left);
        if (status == STATUS_OK && session.profile.forwards > 0)
            status = print_profile(&session);
        if (status == STATUS_OK && session.failed)
            status = STATUS_PARTIAL;
        status = results_close(&session.results, session.outputs.all, status);
    }
    close_session(&session);
    return status;
}
