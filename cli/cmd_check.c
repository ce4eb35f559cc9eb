/* `cnnc check`: the report of each spec on stdout, what is wrong with it on stderr. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "../compiler/base/limits.h"
#include "command/verbs.h"
#include "report/job.h"
#include "report/totals.h"
#include "run/spec_file.h"
#include "run/weights_use.h"
#include "terminal/file.h"
#include "terminal/message.h"
#include "terminal/output.h"

/* Of several faults, the worst is the exit code: memory, io, input, limit, a verdict. */
static enum status worse(enum status a, enum status b) {
    static const enum status order[] = {STATUS_INTERNAL, STATUS_MEMORY, STATUS_IO,     STATUS_USAGE,
                                        STATUS_INPUT,    STATUS_LIMIT,  STATUS_PARTIAL};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return STATUS_OK;
}

/* ---- one file ---- */

/* The spec's weights file: a note where it is not there, else whether it holds what the network
 * wants. */
static enum status check_weights(const char *file, struct compilation *compilation) {
    const char *name = compilation->graph->weights;
    struct weights weights;
    struct text path = {0};
    bool there;
    enum status status = spec_file_find(file, SPEC_FILE_WEIGHTS, name, &path, &there);
    if (status == STATUS_OK && !there) {
        message_class(STATUS_OK, "note", file_title(file), "its weights file '%s' is not there",
                      name);
    } else if (status == STATUS_OK) {
        status = weights_use(compilation, path.data, true, false, &weights);
        if (status == STATUS_OK)
            weights_close(&weights);
    }
    text_free(&path);
    return status;
}

/* The labels are not read here, but must lie where a spec may name a file. */
static enum status check_labels(const char *file, const char *name) {
    struct text path = {0};
    bool there;
    enum status status = spec_file_find(file, SPEC_FILE_LABELS, name, &path, &there);
    text_free(&path);
    return status;
}

/* A writer may take scratch memory from the graph's arena: when that ends, it ends here. */
static void write_report(const struct job *job, const struct graph *graph, struct text *out) {
    if (graph && setjmp(graph->arena->out_of_memory))
        out->failed = true;
    else
        job->writer->write(graph, &job->view, out);
}

static enum status print_report(struct job *job, const struct graph *graph) {
    struct text out = {0};
    if (job->view.totals && job->writer->totals) { /* with all the others, in the end */
        totals_keep(graph, &job->view, &job->rows[job->row_count++]);
        return STATUS_OK;
    }
    write_report(job, graph, &out);
    enum status status = output_write(&out);
    if (out.length > 0)
        job->view.first = false;
    text_free(&out);
    return status;
}

/* A file that is no spec: said on stderr, and in the report when that has a place for it. */
static enum status refuse(struct job *job, const char *file, enum status status, const char *why) {
    message_fault(status, file_title(file), why);
    job->view.diag = NULL;
    job->view.failure_class = status_name(status);
    job->view.failure = why;
    enum status printed = print_report(job, NULL);
    return printed == STATUS_OK ? status : printed;
}

/* ---- --only ---- */

/* Layer 0 is the input, which is no layer of a report. */
static bool glob_matches(const char *glob, const struct graph *graph) {
    for (uint32_t k = 1; k < graph->count; k++)
        if (fnmatch(glob, graph->layers[k]->name, 0) == 0)
            return true;
    return false;
}

/* Without memory there is no hint. */
static void suggest_layer(const char *glob, const struct graph *graph, struct text *hint) {
    const char **names = calloc(graph->count, sizeof *names);
    for (uint32_t k = 1; names && k < graph->count; k++)
        names[k - 1] = graph->layers[k]->name;
    if (names)
        options_suggest(glob, names, "", hint);
    free(names);
}

static void match_globs(struct job *job, const struct graph *graph) {
    for (size_t i = 0; i < job->view.only_count; i++) {
        struct glob_use *use = &job->glob_uses[i];
        use->matched = use->matched || glob_matches(job->globs[i], graph);
        if (!use->matched && use->hint.length == 0)
            suggest_layer(job->globs[i], graph, &use->hint);
    }
}

/* After all files, which were good. */
static enum status check_globs(const struct job *job) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < job->view.only_count; i++) {
        const struct glob_use *use = &job->glob_uses[i];
        if (!use->matched)
            status = message_usage("check", use->hint.length > 0 ? use->hint.data : NULL,
                                   "--only: '%s' matches no layer; expected a name, or a glob like "
                                   "'conv*'",
                                   job->globs[i]);
    }
    return status;
}

/* ---- the report ---- */

static bool batch_fits(const struct job *job, const struct graph *graph) {
    int64_t bytes;
    return count_mul(graph->totals.activation_bytes, job->view.batch, &bytes);
}

/* Errors first: in a pipe they are seen while the report is read. */
static enum status report(struct job *job, const char *file, enum status status,
                          struct compilation *compilation) {
    struct graph *graph = compilation->graph;
    job->view.diag = &compilation->diag;
    job->view.failure = job->view.failure_class = NULL;
    message_diagnostics(&compilation->diag);
    if (status == STATUS_USAGE)
        return status;
    if (status == STATUS_OK && !batch_fits(job, graph))
        return refuse(job, file, STATUS_LIMIT,
                      "--batch: its activations exceed 2^63 bytes; expected fewer images");
    enum status printed = print_report(job, graph);
    if (printed != STATUS_OK)
        return printed;
    if (status == STATUS_OK)
        match_globs(job, graph);
    if (status == STATUS_OK && graph->weights)
        status = check_weights(file, compilation);
    if (status == STATUS_OK && graph->labels)
        status = check_labels(file, graph->labels);
    return graph ? worse(status, expect_judge(job->expectations, job->expectation_count, graph,
                                              &job->view, file))
                 : status;
}

static enum status check_file(struct job *job, const char *name) {
    struct file file;
    const char *why = NULL;
    job->view.file = name;
    enum status status = file_read(name, LIMIT_SPEC_BYTES + 1, &file, &why);
    if (status != STATUS_OK)
        return refuse(job, name, status, why);
    why = file_refused(name, &file);
    if (why) {
        status = refuse(job, name, STATUS_INPUT, why);
    } else {
        struct compilation *compilation;
        status = compile_spec(&job->compile, file_title(name), file.bytes ? file.bytes : "",
                              file.length, &compilation);
        if (status == STATUS_MEMORY)
            status = refuse(job, name, status, "out of memory; expected room to compile the spec");
        else
            status = report(job, name, status, compilation);
        compilation_free(compilation);
    }
    free(file.bytes);
    return status;
}

/* ---- all files ---- */

static enum status print_totals(const struct job *job) {
    struct text out = {0};
    if (job->row_count > 0)
        job->writer->totals(job->rows, job->row_count, &job->view, &out);
    enum status status = output_write(&out);
    text_free(&out);
    return status;
}

static enum status check(const struct arguments *arguments) {
    struct job job;
    enum status status = job_read(&job, arguments);
    bool more = status == STATUS_OK;
    for (size_t i = 0; more && i < arguments->operand_count; i++) {
        status = worse(status, check_file(&job, arguments->operands[i]));
        more = !output_broken() && status != STATUS_MEMORY && status != STATUS_USAGE;
    }
    if (job.row_count > 0)
        status = worse(status, print_totals(&job));
    if (status == STATUS_OK || status == STATUS_PARTIAL)
        status = worse(status, check_globs(&job));
    job_free(&job);
    return status;
}

const struct verb verb_check = {
    .name = "check",
    .operands = "FILE...",
    .summary = "Say what a network is, and what is wrong with it.",
    .text = "FILE is a spec; - is standard input. The report goes to stdout, errors to stderr.\n"
            "\n"
            "Exit: 0 accepted, 1 --expect failed, 2 usage, 3 rejected, 4 beyond a limit, 5 i/o.\n"
            "\n"
            "Examples:\n"
            "  cnnc check alexnet.yaml\n"
            "  cnnc check alexnet.yaml --input 3x259x259 --units si\n"
            "  cnnc check vgg16.yaml --only 'conv*' --columns name,output,macs\n"
            "  cnnc check resnet50.yaml --format json | jq .totals\n"
            "  cnnc check vgg16.yaml resnet50.yaml --totals --units si\n",
    .options = check_options,
    .option_count = CHECK_OPTIONS,
    .run = check,
};
