/* `cnnc bench`: how long a network takes on this machine. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/base/random.h"
#include "../runtime/steps/step.h"
#include "command/verbs.h"
#include "report/rows.h"
#include "report/write_plan.h"
#include "run/model.h"
#include "terminal/json.h"
#include "terminal/message.h"
#include "terminal/output.h"

enum { FORMAT_JSON = 1, STEP_SAMPLES = 255 /* runs of which the times of steps are kept */ };
static const char *const formats[] = {"table", "json", NULL};

struct bench {
    const struct request *request;
    struct model model;
    struct run *run;
    double *ms; /* of each run; sorted when all are done */
    size_t count, capacity;
    double *steps; /* [step][sample], of the last STEP_SAMPLES runs */
};

/* ---- measuring ---- */

/* Running overwrites the inputs: they are made before each run, and not timed. */
static double forward(struct bench *bench) {
    const struct plan *plan = bench->model.plan;
    size_t floats = (size_t)plan_view_size(&plan->head.input), images = bench->model.run.batch;
    for (size_t n = 0; n < images; n++)
        random_fill(0, "input", n * floats, floats, -1, 1, run_input(bench->run, n));
    double before = clock_ms();
    run_forward(bench->run, images);
    return clock_ms() - before;
}

static bool add_sample(struct bench *bench, double ms) {
    if (bench->count == bench->capacity) {
        size_t capacity = bench->capacity ? 2 * bench->capacity : 64;
        double *larger = realloc(bench->ms, capacity * sizeof *larger);
        if (!larger)
            return false;
        bench->ms = larger;
        bench->capacity = capacity;
    }
    const double *steps = run_step_times(bench->run);
    for (uint32_t i = 0; i < bench->model.plan->step_count; i++)
        bench->steps[(size_t)i * STEP_SAMPLES + bench->count % STEP_SAMPLES] = steps[i];
    bench->ms[bench->count++] = ms;
    return true;
}

/* --runs at least, and --seconds at least. */
static bool measure(struct bench *bench) {
    const struct request *request = bench->request;
    bench->steps =
        calloc((size_t)bench->model.plan->step_count + 1, STEP_SAMPLES * sizeof *bench->steps);
    if (!bench->steps)
        return false;
    for (int64_t i = 0; i < request->warmup; i++)
        forward(bench);
    run_time_steps(bench->run, true);
    double end = clock_ms() + 1e3 * (double)request->seconds;
    while (bench->count < (size_t)request->runs || clock_ms() < end)
        if (!add_sample(bench, forward(bench)))
            return false;
    return true;
}

/* ---- statistics ---- */

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The least value that so many percent of the sorted ones do not exceed. */
static double percentile(const double *sorted, size_t count, size_t percent) {
    size_t rank = (count * percent + 99) / 100;
    return sorted[rank > 0 ? rank - 1 : 0];
}

/* Sorts the samples of the step. */
static double step_median(struct bench *bench, uint32_t i) {
    size_t count = bench->count < STEP_SAMPLES ? bench->count : STEP_SAMPLES;
    double *samples = bench->steps + (size_t)i * STEP_SAMPLES;
    qsort(samples, count, sizeof *samples, compare);
    return percentile(samples, count, 50);
}

static double step_gflops(const struct bench *bench, uint32_t i, double ms) {
    double macs = (double)step_macs(&bench->model.plan->steps[i]) * (double)bench->model.run.batch;
    return ms > 0 ? 2e-6 * macs / ms : 0;
}

/* ---- printing ---- */

static const char *name_of(const struct bench *bench) {
    const char *name = plan_string(bench->model.plan, bench->model.plan->head.name);
    return name ? name : bench->model.title;
}

/* To a millionth: of ms, more than the clock knows. */
static double rounded(double value) { return round(value * 1e6) / 1e6; }

static void print_json(struct bench *bench, struct text *out) {
    const struct plan *plan = bench->model.plan;
    static const struct {
        const char *key;
        size_t percent;
    } figures[] = {{"min_ms", 0}, {"median_ms", 50}, {"p90_ms", 90}, {"p99_ms", 99}};
    struct json json = {.out = out};
    json_open(&json, '{');
    json_key(&json, "name");
    json_text(&json, name_of(bench));
    json_key(&json, "threads");
    json_count(&json, run_threads(bench->run));
    json_key(&json, "batch");
    json_count(&json, (int64_t)bench->model.run.batch);
    json_key(&json, "runs");
    json_count(&json, (int64_t)bench->count);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        json_key(&json, figures[i].key);
        json_real(&json, rounded(percentile(bench->ms, bench->count, figures[i].percent)));
    }
    json_key(&json, "steps");
    json_open(&json, '[');
    for (uint32_t i = 0; i < plan->step_count; i++) {
        double ms = step_median(bench, i);
        json_open(&json, '{');
        json_key(&json, "name");
        json_text(&json, plan_string(plan, plan->steps[i].name));
        json_key(&json, "kind");
        json_text(&json, step_kinds[plan->steps[i].kind]->name);
        json_key(&json, "ms");
        json_real(&json, rounded(ms));
        json_key(&json, "gflops");
        json_real(&json, rounded(step_gflops(bench, i, ms)));
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
    text_add(out, "\n");
}

static void print_table(struct bench *bench, struct text *out) {
    static const char *const headings[] = {">step", "layer", "kind", ">ms", ">GFLOP/s", NULL};
    const struct plan *plan = bench->model.plan;
    struct rows rows = {.headings = headings};
    for (uint32_t i = 0; i < plan->step_count; i++) {
        struct text kind = {0};
        double ms = step_median(bench, i);
        write_plan_kind(&plan->steps[i], &kind);
        rows_add(&rows, "%" PRIu32, i + 1);
        rows_add(&rows, "%s", plan_string(plan, plan->steps[i].name));
        rows_add(&rows, "%s", kind.data ? kind.data : "");
        rows_add(&rows, "%.3f", ms);
        rows_add(&rows, "%.1f", step_gflops(bench, i, ms));
        rows.cells.failed |= kind.failed;
        text_free(&kind);
    }
    rows_print(&rows, out);
    text_free(&rows.cells);
    double median = percentile(bench->ms, bench->count, 50);
    size_t batch = bench->model.run.batch;
    text_add(out, "\n");
    text_escaped(out, name_of(bench), strlen(name_of(bench)));
    text_format(out, ": %zu runs of %zu image%s on %d thread%s\n", bench->count, batch,
                batch > 1 ? "s" : "", run_threads(bench->run),
                run_threads(bench->run) > 1 ? "s" : "");
    text_format(out, "min %.3f ms, median %.3f, p90 %.3f, p99 %.3f; %.1f images/s, %.1f GFLOP/s\n",
                bench->ms[0], median, percentile(bench->ms, bench->count, 90),
                percentile(bench->ms, bench->count, 99), 1e3 * (double)batch / median,
                2e-6 * (double)plan->head.macs * (double)batch / median);
}

/* ---- the verb ---- */

static enum status bench_model(struct bench *bench) {
    struct text out = {0};
    enum status status = model_open(bench->request, MODEL_TO_MEASURE, &bench->model);
    if (status == STATUS_OK)
        status = model_run(&bench->model, &bench->run);
    if (status != STATUS_OK)
        return status;
    if (!measure(bench))
        return message_file(STATUS_MEMORY, bench->model.title,
                            "out of memory; expected room for the times");
    qsort(bench->ms, bench->count, sizeof *bench->ms, compare);
    if (bench->request->format == FORMAT_JSON)
        print_json(bench, &out);
    else
        print_table(bench, &out);
    status = output_write(&out);
    text_free(&out);
    return status;
}

static enum status bench(const struct arguments *arguments) {
    struct request request;
    struct bench self = {.request = &request};
    enum status status = request_read(&request, &verb_bench, arguments);
    if (request.batch == 0)
        request.batch = 1;
    if (status == STATUS_OK && request.input_count > 0)
        status = message_usage("bench", NULL, "%s: a further file; expected one model",
                               request.inputs[0]);
    if (status == STATUS_OK)
        status = bench_model(&self);
    free(self.ms);
    free(self.steps);
    run_free(self.run);
    model_close(&self.model);
    request_free(&request);
    return status;
}

static const struct option_row options[] = {
    {.name = "format",
     .letter = 'f',
     .argument = "FORMAT",
     .help = "table (default) or json (one object on one line).",
     .choices = formats},
    ROW_THREADS,
    {.name = "batch", .letter = 'b', .argument = "N", .help = "Images at a time. Default: 1."},
    {.name = "runs",
     .letter = 'n',
     .argument = "N",
     .help = "Measure so many runs at least. Default: 10."},
    {.name = "seconds",
     .argument = "N",
     .help = "Measure for so many seconds at least. Default: 1."},
    {.name = "warmup", .argument = "N", .help = "Runs before measuring. Default: 2."},
    ROWS_MODEL,
};

const struct verb verb_bench = {
    .name = "bench",
    .operands = "MODEL",
    .summary = "Measure how long a network takes on this machine.",
    .text = "MODEL is a spec or a compiled plan. The images are random; so are the weights\n"
            "(seed 0) of a spec that names none.\n"
            "\n"
            "Examples:\n"
            "  cnnc bench resnet50.yaml --threads 1\n"
            "  cnnc bench vgg16.cnnp --batch 8 --format json | jq .median_ms\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = bench,
};
