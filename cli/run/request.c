#include "request.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../compiler/base/limits.h"
#include "../../runtime/base/workers.h"
#include "../../runtime/gemm/microkernel.h"
#include "../input/swap.h"
#include "../input/walk.h"
#include "../terminal/message.h"
#include "record.h"

enum { SECONDS_MOST = 86400, RUNS_MOST = 1000000, TOP_MOST = 1 << 16 };

/* ---- defaults ---- */

static int processors(void) {
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) != 0)
        return 1;
    int count = CPU_COUNT(&mask);
    return count < 1 ? 1 : count < WORKERS_MOST ? count : WORKERS_MOST;
}

static size_t half_of_memory(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t bytes;
    if (pages <= 0 || page <= 0 || !size_mul((size_t)pages, (size_t)page, &bytes))
        return SIZE_MAX;
    return bytes / 2;
}

/* ---- the values of options ---- */

static enum status bad_value(const struct request *request, const struct option_row *row,
                             const char *value, const char *fact, const char *expected) {
    return message_usage(request->verb->name, NULL, "--%s: '%s' %s; expected %s", row->name, value,
                         fact, expected);
}

static enum status read_count(const struct request *request, const struct option_row *row,
                              const char *value, int64_t least, int64_t most, int64_t *out) {
    if (options_count(value, strlen(value), least, most, out))
        return STATUS_OK;
    return message_usage(request->verb->name, NULL,
                         "--%s: '%s' is no such number; expected a whole number from %lld to %lld",
                         row->name, value, (long long)least, (long long)most);
}

static enum status read_choice(const struct request *request, const struct option_row *row,
                               const char *value, int *choice) {
    *choice = options_choice(value, row->choices);
    if (*choice >= 0)
        return STATUS_OK;
    struct text list = {0}, hint = {0};
    options_list(row->choices, &list);
    options_suggest(value, row->choices, "", &hint);
    message_usage(request->verb->name, hint.data, "--%s: there is no '%s'; expected %s", row->name,
                  value, list.data ? list.data : "another");
    text_free(&list);
    text_free(&hint);
    return STATUS_USAGE;
}

typedef enum status read_function(struct request *request, const struct option_row *row,
                                  const char *value);

static enum status read_input(struct request *request, const struct option_row *row,
                              const char *value) {
    request->compile.input = value;
    if (options_is_shape(value))
        return STATUS_OK;
    return bad_value(request, row, value, "is no size of an input",
                     "channels, height and width like 3x224x224");
}

static enum status read_set(struct request *request, const struct option_row *row,
                            const char *value) {
    const char *equals = strchr(value, '=');
    request->sets[request->compile.set_count++] = value;
    if (equals && equals != value)
        return STATUS_OK;
    return bad_value(request, row, value, "is no setting", "KEY=VALUE like N=3");
}

static enum status read_weights(struct request *request, const struct option_row *row,
                                const char *value) {
    request->weights = value;
    request->compile.trained = true;
    return *value ? STATUS_OK : bad_value(request, row, value, "is no name", "that of a file");
}

static enum status read_seed(struct request *request, const struct option_row *row,
                             const char *value) {
    int64_t seed = 0;
    enum status status = read_count(request, row, value, 0, INT64_MAX, &seed);
    request->random = true;
    request->seed = (uint64_t)seed;
    return status;
}

/* Options without an argument. */
static enum status read_flag(struct request *request, const struct option_row *row,
                             const char *value) {
    (void)value;
    request->strict |= strcmp(row->name, "strict") == 0;
    request->profile |= strcmp(row->name, "profile") == 0;
    request->reference |= strcmp(row->name, "reference") == 0;
    request->raw |= strcmp(row->name, "raw") == 0;
    request->fail_fast |= strcmp(row->name, "fail-fast") == 0;
    return STATUS_OK;
}

/* "512M" */
static enum status read_memory(struct request *request, const struct option_row *row,
                               const char *value) {
    int64_t bytes = 0;
    bool good = options_amount(value, strlen(value), 1024, &bytes) && bytes > 0;
    request->memory = (size_t)bytes;
    request->memory_given = true;
    return good ? STATUS_OK
                : bad_value(request, row, value, "is no number of bytes",
                            "one like 500000000, 800M or 4Gi");
}

static enum status read_output(struct request *request, const struct option_row *row,
                               const char *value) {
    for (size_t i = 0; i < request->output_count; i++)
        if (strcmp(request->outputs[i], value) == 0)
            return bad_value(request, row, value, "is given twice", "each layer once");
    request->outputs[request->output_count++] = value;
    return STATUS_OK;
}

static enum status read_save(struct request *request, const struct option_row *row,
                             const char *value) {
    request->save = value;
    return *value ? STATUS_OK
                  : bad_value(request, row, value, "is no name", "that of a file to write");
}

static enum status read_format(struct request *request, const struct option_row *row,
                               const char *value) {
    return read_choice(request, row, value, &request->format);
}

static enum status read_threads(struct request *request, const struct option_row *row,
                                const char *value) {
    int64_t count = 1;
    enum status status = read_count(request, row, value, 1, WORKERS_MOST, &count);
    request->threads = (int)count;
    return status;
}

static enum status read_batch(struct request *request, const struct option_row *row,
                              const char *value) {
    int64_t count = 1;
    enum status status = read_count(request, row, value, 1, LIMIT_DIMENSION, &count);
    request->batch = (size_t)count;
    return status;
}

static enum status read_tile(struct request *request, const struct option_row *row,
                             const char *value) {
    size_t length = strcspn(value, "x");
    const char *rest = value[length] ? value + length + 1 : "";
    int64_t wide = 0, narrow = 0;
    bool good = options_count(value, length, 1, TILE_MOST, &wide) &&
                options_count(rest, strlen(rest), 1, TILE_MOST, &narrow);
    request->tile = (struct tile){.wide = (int32_t)wide, .narrow = (int32_t)narrow};
    return good ? STATUS_OK
                : bad_value(request, row, value, "is no tile", "sides from 1 to 48 like 16x6");
}

static enum status read_after(struct request *request, const struct option_row *row,
                              const char *value) {
    return read_choice(request, row, value, &request->after);
}

static enum status read_runs(struct request *request, const struct option_row *row,
                             const char *value) {
    return read_count(request, row, value, 1, RUNS_MOST, &request->runs);
}

static enum status read_seconds(struct request *request, const struct option_row *row,
                                const char *value) {
    return read_count(request, row, value, 0, SECONDS_MOST, &request->seconds);
}

static enum status read_warmup(struct request *request, const struct option_row *row,
                               const char *value) {
    return read_count(request, row, value, 0, RUNS_MOST, &request->warmup);
}

/* Names of files. */
static enum status read_name(struct request *request, const struct option_row *row,
                             const char *value) {
    const struct {
        const char *option, **name;
    } names[] = {
        {"files-from", &request->files_from},
        {"files0-from", &request->files0_from},
        {"resume", &request->resume},
        {"labels", &request->labels},
        {"data", &request->data},
        {"labels-data", &request->labels_data},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(row->name, names[i].option) == 0)
            *names[i].name = value;
    return *value ? STATUS_OK : bad_value(request, row, value, "is no name", "that of a file");
}

static enum status read_frames(struct request *request, const struct option_row *row,
                               const char *value) {
    int type;
    request->frames = true;
    return read_choice(request, row, value, &type);
}

static enum status read_shard(struct request *request, const struct option_row *row,
                              const char *value) {
    size_t length = strcspn(value, "/");
    const char *rest = value[length] ? value + length + 1 : "";
    bool good = options_count(rest, strlen(rest), 1, INT32_MAX, &request->shards) &&
                options_count(value, length, 1, request->shards, &request->shard);
    return good ? STATUS_OK : bad_value(request, row, value, "is no part", "one like 1/4 or 4/4");
}

static enum status read_image(struct request *request, const struct option_row *row,
                              const char *value) {
    const char *equals = strchr(value, '=');
    request->images[request->image_count++] = value;
    if (equals && equals != value)
        return STATUS_OK;
    return bad_value(request, row, value, "is no setting", "KEY=VALUE like resize=256");
}

static enum status read_expected(struct request *request, const struct option_row *row,
                                 const char *value) {
    (void)row; /* the verb looks into it */
    request->expected[request->expected_count++] = value;
    return STATUS_OK;
}

static enum status read_top(struct request *request, const struct option_row *row,
                            const char *value) {
    int64_t count = 1;
    enum status status = read_count(request, row, value, 1, TOP_MOST, &count);
    request->top = (size_t)count;
    return status;
}

static enum status read_least(struct request *request, const struct option_row *row,
                              const char *value) {
    char *end;
    request->least = strtod(value, &end);
    bool good = *value && !*end && !value[strspn(value, "+-.0123456789eE")];
    return good && isfinite(request->least)
               ? STATUS_OK
               : bad_value(request, row, value, "is no number", "one like 0.5");
}

static read_function *reader_of(const char *name) {
    static const struct {
        const char *name;
        read_function *read;
    } readers[] = {
        {"input", read_input},         {"set", read_set},          {"weights", read_weights},
        {"random-weights", read_seed}, {"strict", read_flag},      {"max-memory", read_memory},
        {"output", read_output},       {"out", read_save},         {"format", read_format},
        {"threads", read_threads},     {"batch", read_batch},      {"profile", read_flag},
        {"tile", read_tile},           {"reference", read_flag},   {"after", read_after},
        {"runs", read_runs},           {"seconds", read_seconds},  {"warmup", read_warmup},
        {"files-from", read_name},     {"files0-from", read_name}, {"resume", read_name},
        {"labels", read_name},         {"frames", read_frames},    {"shard", read_shard},
        {"fail-fast", read_flag},      {"image", read_image},      {"topk", read_top},
        {"min-score", read_least},     {"raw", read_flag},         {"data", read_name},
        {"labels-data", read_name},    {"expect", read_expected},
    };
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (strcmp(readers[i].name, name) == 0)
            return readers[i].read;
    return NULL;
}

/* ---- the whole ---- */

static enum status check_operands(const struct request *request,
                                  const struct arguments *arguments) {
    const char *verb = request->verb->name;
    size_t stdins = 0;
    if (arguments->operand_count == 0)
        return message_usage(verb, NULL, "a model is missing; expected a spec or a compiled plan");
    for (size_t i = 0; i < arguments->operand_count; i++) {
        if (!*arguments->operands[i])
            return message_usage(verb, NULL, "a file name is empty; expected a file");
        stdins += strcmp(arguments->operands[i], "-") == 0;
    }
    if (stdins > 1)
        return message_usage(verb, NULL, "-: it is given twice; expected standard input once");
    if (request->weights && request->random)
        return message_usage(verb, NULL,
                             "--random-weights: --weights is given too; expected one of them");
    return STATUS_OK;
}

enum status request_read(struct request *request, const struct verb *verb,
                         const struct arguments *arguments) {
    *request = (struct request){.verb = verb,
                                .arguments = arguments,
                                .memory = half_of_memory(),
                                .threads = processors(),
                                .format = -1,
                                .after = -1,
                                .runs = 10,
                                .warmup = 2,
                                .seconds = 1,
                                .shard = 1,
                                .shards = 1,
                                .top = RECORD_TOP,
                                .least = -INFINITY};
    request->sets = calloc(arguments->given_count + 1, sizeof *request->sets);
    request->outputs = calloc(arguments->given_count + 1, sizeof *request->outputs);
    request->images = calloc(arguments->given_count + 1, sizeof *request->images);
    request->expected = calloc(arguments->given_count + 1, sizeof *request->expected);
    if (!request->sets || !request->outputs || !request->images || !request->expected)
        return message(STATUS_MEMORY, "out of memory; expected room for the arguments");
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct given *given = &arguments->given[i];
        enum status status = reader_of(given->option->name)(request, given->option, given->value);
        if (status != STATUS_OK)
            return status;
    }
    request->compile.sets = request->sets;
    enum status status = check_operands(request, arguments);
    if (status == STATUS_OK)
        status = swap_check(verb, arguments);
    if (status != STATUS_OK)
        return status;
    request->model = arguments->operands[0];
    request->inputs = arguments->operands + 1;
    request->input_count = arguments->operand_count - 1;
    return STATUS_OK;
}

void request_free(struct request *request) {
    free(request->sets);
    free(request->outputs);
    free(request->images);
    free(request->expected);
}

/* Regular files only: a device such as a terminal may be read and written. */
bool request_same_file(const char *a, const char *b) {
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && S_ISREG(first.st_mode) &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

enum status request_check_save(const struct request *request, const char *path) {
    const char *read = NULL;
    if (!path)
        return STATUS_OK;
    const char *const named[] = {request->model,       request->weights, request->files_from,
                                 request->files0_from, request->labels,  request->data,
                                 request->labels_data};
    for (size_t i = 0; i < sizeof named / sizeof *named && !read; i++)
        if (named[i] && request_same_file(path, named[i]))
            read = named[i];
    if (request->data && walk_has(request->data, path))
        read = request->data;
    for (size_t i = 0; i < request->input_count && !read; i++)
        if (request_same_file(path, request->inputs[i]) || walk_has(request->inputs[i], path))
            read = request->inputs[i];
    return read ? request_refuse_save(request, read) : STATUS_OK;
}

enum status request_refuse_save(const struct request *request, const char *read) {
    return message_usage(request->verb->name, NULL,
                         "%s: '%s' is read by the same call; expected another file to write",
                         request->save ? "--out" : "standard output", read);
}
