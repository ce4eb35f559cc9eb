/* `cnnc run`: a network on pictures and arrays, a record for each image. */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "command/verbs.h"
#include "run/session.h"
#include "terminal/message.h"

/* In the order of enum results_format. */
static const char *const formats[] = {"table", "jsonl", "csv", "tsv", "npy", NULL};
static const char *const frame_types[] = {"pnm", NULL};

static bool is_dash(const char *name) { return name && strcmp(name, "-") == 0; }

/* Standard input is one thing. */
static enum status check_stdin(const struct request *request) {
    int users = is_dash(request->model) + is_dash(request->files_from) +
                is_dash(request->files0_from) + request->frames;
    for (size_t i = 0; i < request->input_count && !request->frames; i++)
        users += is_dash(request->inputs[i]);
    if (users <= 1)
        return STATUS_OK;
    return message_usage("run", NULL,
                         "standard input is asked for %d times; expected it once, as a model, an "
                         "input, a list of names or a stream of frames",
                         users);
}

static enum status check_inputs(const struct request *request) {
    bool listed = request->files_from || request->files0_from;
    bool alone =
        request->input_count == 0 || (request->input_count == 1 && is_dash(request->inputs[0]));
    if (request->frames && (listed || !alone))
        return message_usage("run", NULL,
                             "--frames: other inputs are given too; expected standard input alone");
    if (request->frames || listed || request->input_count > 0)
        return check_stdin(request);
    return message_usage("run", NULL,
                         "an input is missing behind the model %s; expected pictures, .npy files, "
                         "directories of them, "
                         "- for one on standard input, or --files-from FILE",
                         request->model);
}

static enum status check_request(const struct request *request, enum results_format format) {
    if (request->reference && request->profile)
        return message_usage("run", NULL,
                             "--profile: the reference is not timed; expected it without "
                             "--reference");
    if (format == RESULTS_NPY && !request->save && isatty(STDOUT_FILENO))
        return message_usage("run", NULL,
                             "--format npy: standard output is a terminal; expected --out FILE");
    enum status status = check_inputs(request);
    const char *save = request->save ? request->save : "/dev/stdout"; /* as in `>> FILE` */
    return status == STATUS_OK ? request_check_save(request, save) : status;
}

/* The ending of a file's name, with its point: none of "results", ".results" and "results.". */
static const char *ending_of(const char *name) {
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    const char *dot = strrchr(base, '.');
    return dot && dot > base && dot[1] ? dot : "";
}

/* Of a name with the ending of another program's file, what is in it would be another thing. */
static enum status format_by_name(const char *name, enum results_format *format) {
    static const struct {
        const char *ending;
        enum results_format format;
    } endings[] = {{"", RESULTS_JSONL},        {".json", RESULTS_JSONL}, {".jsonl", RESULTS_JSONL},
                   {".ndjson", RESULTS_JSONL}, {".csv", RESULTS_CSV},    {".tsv", RESULTS_TSV},
                   {".npy", RESULTS_NPY}};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(ending_of(name), endings[i].ending) == 0) {
            *format = endings[i].format;
            return STATUS_OK;
        }
    return message_usage("run", NULL,
                         "--out: '%s' ends in %s, which names no format of results; expected .csv, "
                         ".tsv, .npy, .json, .jsonl or .ndjson, no ending, or --format",
                         name, ending_of(name));
}

/* What --format says, else the ending of --out. */
static enum status find_format(const struct request *request, enum results_format *format) {
    if (request->format < 0 && request->save)
        return format_by_name(request->save, format);
    *format = request->format >= 0    ? (enum results_format)request->format
              : isatty(STDOUT_FILENO) ? RESULTS_TABLE
                                      : RESULTS_JSONL;
    return STATUS_OK;
}

static enum status run(const struct arguments *arguments) {
    struct request request;
    enum status status = request_read(&request, &verb_run, arguments);
    if (request.save && is_dash(request.save)) /* `-o -`: what happens without it */
        request.save = NULL;
    enum results_format format = RESULTS_JSONL;
    if (status == STATUS_OK)
        status = find_format(&request, &format);
    if (status == STATUS_OK)
        status = check_request(&request, format);
    if (status == STATUS_OK)
        status = session_run(&request, format);
    request_free(&request);
    return status;
}

static const struct option_row options[] = {
    {.name = "format",
     .letter = 'f',
     .argument = "FORMAT",
     .help = "table (default on a terminal), jsonl (default elsewhere:\n"
             "a JSON object on a line for each image), csv, tsv,\n"
             "npy (one array of what the network gives). Without it\n"
             "the ending of --out decides: .csv, .tsv, .npy; .json,\n"
             ".jsonl, .ndjson or none is jsonl, another an error.",
     .choices = formats},
    {.name = "out",
     .letter = 'o',
     .argument = "FILE",
     .help = "Write the results to this file, when all are there."},
    {.name = "topk", .letter = 'k', .argument = "K", .help = "Say the K best classes. Default: 5."},
    {.name = "labels",
     .argument = "FILE",
     .help = "Take the names of the classes from this file, a line a class."},
    {.name = "min-score", .argument = "P", .help = "Say no class of a lower score."},
    {.name = "raw", .help = "Give the values of the network as they are: no softmax."},
    {.name = "output",
     .argument = "LAYER",
     .help = "Give the values of this layer instead of the outputs."},
    ROW_IMAGE,
    {.name = "files-from",
     .argument = "FILE",
     .help = "Read names of inputs from this file, one a line; - is\n"
             "standard input."},
    {.name = "files0-from", .argument = "FILE", .help = "The same, each name ended by NUL."},
    {.name = "frames",
     .argument = "TYPE",
     .help = "Standard input is a stream of pictures of this type: pnm.",
     .choices = frame_types},
    {.name = "shard", .argument = "I/N", .help = "Do only every N-th input, from the I-th on."},
    {.name = "resume",
     .argument = "FILE",
     .help = "Pass over inputs that this file of JSON Lines answers, from\n"
             "an earlier run; with --out of the same name, add to it."},
    {.name = "fail-fast", .help = "End at the first input that fails."},
    ROW_THREADS,
    ROW_BATCH,
    {.name = "profile", .letter = 'p', .help = "Print the time of each step on stderr."},
    {.name = "reference", .help = "Compute by plain loops in double precision, slowly."},
    ROWS_MODEL,
};

const struct verb verb_run = {
    .name = "run",
    .operands = "MODEL FILE...",
    .summary = "Run a network on pictures or arrays.",
    .text = "MODEL is a spec or a compiled plan. FILE is a picture (PNG, JPEG, PNM, PAM), an .npy\n"
            "array of one image, C x H x W, or several, N x C x H x W, or a directory of those; -\n"
            "is one on standard input. The record of an input that cannot be read says why, and\n"
            "the others go on.\n"
            "\n"
            "Exit: 0 all done, 1 an input failed, 2 usage, 3 model rejected, 4 beyond a limit.\n"
            "\n"
            "Examples:\n"
            "  cnnc run lenet5.cnnp photos/\n"
            "  find . -name '*.jpg' -print0 | cnnc run net.cnnp --files0-from - | jq .top[0]\n"
            "  ffmpeg -i film.mp4 -f image2pipe -c:v ppm - | cnnc run net.cnnp --frames pnm\n"
            "  cnnc run net.cnnp photos/ -o all.jsonl --resume all.jsonl\n"
            "  cnnc run resnet50.cnnp x.npy --output pool1 --format npy -o features.npy\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
