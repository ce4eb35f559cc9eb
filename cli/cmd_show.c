/* `cnnc show`: what a network has learnt and what it makes of pictures, as pictures. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../compiler/base/limits.h"
#include "../compiler/graph/kind.h"
#include "command/verbs.h"
#include "report/rows.h"
#include "run/rules.h"
#include "show/filters.h"
#include "show/show.h"
#include "terminal/message.h"
#include "terminal/output.h"

enum { TOPK = 8, TOPK_MOST = 1000 };

/* ---- the list ---- */

static void add_layer(const struct show *show, uint32_t i, struct rows *rows) {
    const struct plan *plan = show->model.plan;
    const struct plan_layer *layer = &plan->layers[i];
    const struct layer *compiled = show_compiled(show, i);
    struct filters filters;
    rows_add(rows, "%s", show_name(show, i));
    rows_add(rows, "%s", compiled ? compiled->kind->name : "");
    if (layer->kept)
        rows_add(rows, "%dx%dx%d", layer->view.channels, layer->view.height, layer->view.width);
    else
        rows_add(rows, "%s", "");
    if (show_shape(show, i, &filters))
        rows_add(rows, "%zux%zux%zux%zu", filters.count, filters.channels, filters.height,
                 filters.width);
    else
        rows_add(rows, "%s", "");
    if (compiled && compiled->receptive.known)
        rows_add(rows, "%gx%g", compiled->receptive.height.size, compiled->receptive.width.size);
    else
        rows_add(rows, "%s", "");
}

enum status show_list(struct show *show) {
    static const char *const headings[] = {"layer", "kind", ">maps", ">filters", ">sees", NULL};
    struct rows rows = {.headings = headings};
    struct text out = {0};
    for (uint32_t i = 0; i < show->model.plan->layer_count; i++)
        add_layer(show, i, &rows);
    rows_print(&rows, &out);
    enum status status = output_write(&out);
    text_free(&rows.cells);
    text_free(&out);
    return status;
}

/* ---- the command line ---- */

static const struct {
    const char *option;
    size_t least, most; /* pictures */
    const char *pictures;
    enum model_use use;
    enum status (*show)(struct show *show);
} modes[] = {
    [SHOW_LIST] = {NULL, 0, 0, "none", MODEL_TO_SHOW, show_list},
    [SHOW_FILTERS] = {"filters", 0, 0, "none", MODEL_TO_SAVE, show_filters},
    [SHOW_MAPS] = {"maps", 1, 1, "one", MODEL_TO_RUN, show_maps},
    [SHOW_SCORE_MAP] = {"score-map", 1, 1, "one", MODEL_TO_RUN, show_score},
    [SHOW_PATCHES] = {"patches", 1, SIZE_MAX, "one at least", MODEL_TO_RUN, show_patches},
    [SHOW_MATRIX] = {"matrix", 0, 1, "one, or none", MODEL_TO_RUN, show_matrix},
};

static enum status set_mode(struct show *show, enum show_mode mode, const char *layer) {
    if (show->mode != SHOW_LIST)
        return message_usage("show", NULL, "--%s: --%s is given too; expected one of them",
                             modes[mode].option, modes[show->mode].option);
    show->mode = mode;
    show->layer = layer;
    return STATUS_OK;
}

static enum status read_number(const char *name, const char *value, int64_t least, int64_t most,
                               int64_t *out) {
    if (options_count(value, strlen(value), least, most, out))
        return STATUS_OK;
    return message_usage("show", NULL,
                         "--%s: '%s' is no such number; expected a whole number from %" PRId64
                         " to %" PRId64,
                         name, value, least, most);
}

/* The rows that are this verb's own; false: the request reads it. */
static bool read_own(struct show *show, const struct given *given, enum status *status) {
    const char *name = given->option->name;
    int64_t topk = TOPK;
    for (size_t mode = SHOW_FILTERS; mode < sizeof modes / sizeof *modes; mode++)
        if (strcmp(name, modes[mode].option) == 0) {
            *status = set_mode(show, (enum show_mode)mode, given->value);
            return true;
        }
    if (strcmp(name, "class") == 0) {
        *status = read_number(name, given->value, 0, LIMIT_DIMENSION, &show->class);
    } else if (strcmp(name, "topk") == 0) {
        *status = read_number(name, given->value, 1, TOPK_MOST, &topk);
        show->topk = (size_t)topk;
    } else {
        return false;
    }
    return true;
}

/* Leaves the options of the request in `shared`. */
static enum status read_arguments(struct show *show, const struct arguments *arguments,
                                  struct arguments *shared) {
    enum status status = STATUS_OK;
    *shared = *arguments;
    shared->given_count = 0;
    shared->given = calloc(arguments->given_count + 1, sizeof *shared->given);
    if (!shared->given)
        return message(STATUS_MEMORY, "out of memory; expected room for the arguments");
    for (size_t i = 0; i < arguments->given_count && status == STATUS_OK; i++)
        if (!read_own(show, &arguments->given[i], &status))
            shared->given[shared->given_count++] = arguments->given[i];
    return status;
}

static enum status check_arguments(const struct show *show) {
    const struct request *request = show->request;
    size_t count = request->input_count;
    if (show->mode == SHOW_LIST && count > 0)
        return message_usage("show", NULL,
                             "%s: a picture, but not what to show of it; expected --maps LAYER, "
                             "--score-map or --patches LAYER",
                             request->inputs[0]);
    if (count < modes[show->mode].least || count > modes[show->mode].most)
        return message_usage("show", NULL, "--%s: the number of pictures is %zu; expected %s",
                             modes[show->mode].option, count, modes[show->mode].pictures);
    if (show->mode == SHOW_LIST && request->save)
        return message_usage("show", NULL,
                             "--out: the list of layers goes to standard output; expected what to "
                             "show, such as --filters LAYER");
    if (show->mode != SHOW_LIST && !request->save)
        return message_usage("show", NULL, "-o is missing; expected -o FILE.png or a directory");
    if (show->class >= 0 && show->mode != SHOW_SCORE_MAP)
        return message_usage("show", NULL, "--class: there is no --score-map; expected both");
    if (show->topk != TOPK && show->mode != SHOW_PATCHES)
        return message_usage("show", NULL, "--topk: there is no --patches; expected both");
    return request->save ? show_check_out(show) : STATUS_OK;
}

/* Every layer is to have values, and weights are to be the file's. */
static enum status run_show(struct show *show, struct request *request) {
    request->plain = true;
    request->batch = 1;
    show->request = request;
    enum status status = check_arguments(show);
    if (status != STATUS_OK)
        return status;
    status = model_open(request, modes[show->mode].use, &show->model);
    if (status == STATUS_OK)
        status = rules_read("show", request, &show->model, &show->inputs);
    if (status == STATUS_OK)
        status = modes[show->mode].show(show);
    model_close(&show->model);
    return status;
}

static enum status run(const struct arguments *arguments) {
    struct request request = {0};
    struct arguments shared;
    struct show show = {.class = -1, .topk = TOPK};
    enum status status = read_arguments(&show, arguments, &shared);
    if (status == STATUS_OK)
        status = request_read(&request, &verb_show, &shared);
    if (status == STATUS_OK)
        status = run_show(&show, &request);
    request_free(&request);
    free(shared.given);
    return status;
}

static const struct option_row options[] = {
    {.name = "filters",
     .argument = "LAYER",
     .help = "The filters of a layer, a tile each: in colour where they\n"
             "see three channels, else a tile for each channel."},
    {.name = "maps",
     .argument = "LAYER",
     .help = "What a layer makes of a picture, a tile for each channel;\n"
             "'all' for all layers, a file each."},
    {.name = "score-map",
     .help = "Where in a picture the class is seen: the network's scores\n"
             "at each position under a larger --input, over the picture."},
    {.name = "class", .argument = "N", .help = "Of --score-map: this class instead of the best."},
    {.name = "patches",
     .argument = "LAYER",
     .help = "For each channel of a layer the parts of the pictures\n"
             "that excite it most, one of a picture; of directories too."},
    {.name = "topk", .argument = "N", .help = "Of --patches: so many for each channel (8)."},
    {.name = "matrix",
     .argument = "LAYER",
     .help = "A small layer as matrices, csv and PNG: filters and\n"
             "patches (im2col), and the doubly blocked Toeplitz matrix."},
    {.name = "out",
     .letter = 'o',
     .argument = "FILE",
     .help = "Write FILE.png and FILE.json; or into this directory,\n"
             "with names made of the layer's; '-' is standard output."},
    ROW_IMAGE,
    ROWS_MODEL,
    ROW_THREADS,
};

const struct verb verb_show = {
    .name = "show",
    .operands = "MODEL [FILE...]",
    .summary = "Make pictures of filters, maps, scores and matrices.",
    .text =
        "MODEL is a spec or a compiled plan; FILE is a picture or an .npy array. Without a mode\n"
        "the layers are listed. Beside each PNG stands a JSON file with sizes, the scale of the\n"
        "colours, and what each tile is.\n"
        "\n"
        "Examples:\n"
        "  cnnc show lenet5-fashion.yaml\n"
        "  cnnc show lenet5-fashion.yaml --filters conv1 -o conv1.png\n"
        "  cnnc show lenet5-fashion.yaml boot.png --maps all -o maps\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
