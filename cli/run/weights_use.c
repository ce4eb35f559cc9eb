#include "weights_use.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../runtime/weights/weights_prefix.h"
#include "../terminal/message.h"

enum { SHOWN = 10 /* mismatches of each kind */ };

/* ---- what is said of a tensor ---- */

/* "6x1x5x5", "a scalar" */
static void add_shape(const struct tensor *tensor, struct text *out) {
    if (tensor->rank == 0)
        text_add(out, "a scalar");
    for (int i = 0; i < tensor->rank; i++)
        text_format(out, "%s%zu", i > 0 ? "x" : "", tensor->extents[i]);
}

static void describe(const struct weights_mismatch *item, struct text *out) {
    if (item->kind == MISMATCH_MISSING)
        text_add(out, "it is missing; expected ");
    else if (item->kind == MISMATCH_SHAPE) {
        text_add(out, "it is ");
        add_shape(item->found, out);
        text_add(out, "; expected ");
    } else {
        text_add(out, "the network has no tensor of this name; expected only its own");
        return;
    }
    add_shape(item->wanted, out);
}

/* The place of a message, in `room`, which the caller frees. */
static const char *place_of(const char *path, const char *name, struct text *room) {
    text_format(room, "%s tensor '%.*s'", path, FILE_ERROR_TENSOR, name);
    return room->failed ? path : room->data;
}

static void say_mismatch(const struct weights_mismatch *item, const char *class, const char *path) {
    const struct tensor *named = item->wanted ? item->wanted : item->found;
    struct text fact = {0}, place = {0};
    describe(item, &fact);
    message_class(STATUS_INPUT, class, place_of(path, named->name, &place), "%s",
                  fact.failed ? "it does not match" : fact.data);
    text_free(&fact);
    text_free(&place);
}

/* The tensors that a network wants, and where a file differs from them. */
struct matching {
    struct tensor *wanted;
    size_t wanted_count;
    struct weights_mismatch *items;
    size_t count;
};

/* ---- names ---- */

/* Names that are the network's but for what they begin with: said instead of each of them. */
static bool say_prefix(const char *path, const struct weights *weights,
                       const struct matching *all) {
    struct weights_prefix prefix;
    struct text fact = {0};
    if (!weights_prefix_find(weights, all->wanted, all->wanted_count, &prefix))
        return false;
    int file = (int)prefix.file_length, network = (int)prefix.network_length;
    if (network == 0)
        text_format(&fact, "all names fit without the prefix '%.*s'", file, prefix.file);
    else if (file == 0)
        text_format(&fact, "all names fit with the prefix '%.*s'", network, prefix.network);
    else
        text_format(&fact, "all names fit with the prefix '%.*s' in place of '%.*s'", network,
                    prefix.network, file, prefix.file);
    message_class(STATUS_INPUT, "weights-match", path, "%s; expected such as '%.*s', not '%.*s'",
                  fact.failed ? "its names differ" : fact.data, FILE_ERROR_TENSOR, prefix.network,
                  FILE_ERROR_TENSOR, prefix.file);
    text_free(&fact);
    return true;
}

/* "model-00001-of-00003.safetensors" tells that others belong to it. */
static void say_part(const char *path) {
    unsigned part, parts;
    const char *dash = strstr(path, "-of-");
    while (dash && strstr(dash + 1, "-of-"))
        dash = strstr(dash + 1, "-of-");
    while (dash && dash > path && isdigit((unsigned char)dash[-1]))
        dash--;
    if (dash && sscanf(dash, "%9u-of-%9u", &part, &parts) == 2 && parts > 1)
        message_class(STATUS_OK, "note", path,
                      "by its name it is part %u of %u of a checkpoint; expected one file of all "
                      "parts, as safetensors.torch.save_file of their tensors together writes",
                      part, parts);
}

/* All of one kind: the first ones by name. */
static size_t say_kind(const struct matching *all, enum mismatch_kind kind, const char *class,
                       const char *path) {
    static const char *const words[] = {
        [MISMATCH_MISSING] = "are missing; expected all of the network",
        [MISMATCH_SHAPE] = "have other shapes; expected those of the network",
        [MISMATCH_EXTRA] = "are of no use; expected only those of the network"};
    size_t met = 0;
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].kind == kind && met++ < SHOWN)
            say_mismatch(&all->items[i], class, path);
    if (met > SHOWN)
        message_class(STATUS_INPUT, class, path, "and %zu more tensors %s", met - SHOWN,
                      words[kind]);
    return met;
}

/* Its own function, so that the jump finds no local variable to spoil. */
static bool find_mismatches(struct compilation *c, const struct weights *weights,
                            struct matching *matching) {
    if (setjmp(c->arena.out_of_memory))
        return false;
    matching->count = weights_match(weights, matching->wanted, matching->wanted_count, &c->arena,
                                    &matching->items);
    return true;
}

static enum status match(struct compilation *c, const char *path, bool strict,
                         const struct weights *weights, struct matching *found) {
    static const char class[] = "weights-match";
    if (!find_mismatches(c, weights, found))
        return message_file(STATUS_MEMORY, path, "out of memory; expected room for its tensors");
    size_t missing = say_kind(found, MISMATCH_MISSING, class, path);
    size_t wrong = missing + say_kind(found, MISMATCH_SHAPE, class, path);
    size_t extra = say_kind(found, MISMATCH_EXTRA, strict ? class : "warning", path);
    if (missing > 0)
        say_part(path);
    if (missing > 0 && extra > 0)
        message_class(
            STATUS_OK, "note", path,
            "not all of its names are the network's; expected LAYER.weight, LAYER.bias and so "
            "on, of the layers that 'cnnc check' lists (man 5 cnnc-spec, NAMES)");
    return wrong > 0 || (strict && extra > 0) ? STATUS_INPUT : STATUS_OK;
}

/* ---- loading ---- */

/* Those that are wanted, each that cannot be had being said. */
static enum status load(const char *path, struct weights *weights, const struct matching *all) {
    struct file_error error;
    enum status worst = STATUS_OK;
    size_t met = 0;
    for (size_t i = 0; i < all->wanted_count; i++) {
        struct tensor *tensor = weights_find(weights, all->wanted[i].name);
        enum status status = tensor ? weights_load(weights, tensor, &error) : STATUS_OK;
        if (status != STATUS_OK && met++ < SHOWN)
            message_file_error(status, path, &error);
        if (status == STATUS_MEMORY)
            return status;
        worst = status > worst ? status : worst;
    }
    if (met > SHOWN)
        message_file(STATUS_INPUT, path,
                     "and %zu more tensors cannot be read; expected all of the network",
                     met - SHOWN);
    return worst;
}

/* One note, for all tensors of whole numbers. */
static void note_whole(const char *path, const struct weights *weights) {
    const struct tensor *first = NULL;
    size_t tensors = 0;
    for (size_t i = 0; i < weights->count; i++) {
        const struct tensor *tensor = &weights->tensors[i];
        if (!tensor->data || !element_whole(tensor->element))
            continue;
        tensors++;
        first = first ? first : tensor;
    }
    if (!first)
        return;
    struct text place = {0};
    message_class(STATUS_OK, "note", place_of(path, first->name, &place),
                  "its %s values are whole numbers, taken as float32, which holds them exactly (so "
                  "in %zu tensor%s)",
                  element_name(first->element), tensors, tensors == 1 ? "" : "s");
    text_free(&place);
}

/* ---- values ---- */

/* Pages of the file that were only looked at are not to stay until they are packed. */
static void forget_pages(const struct weights *weights, const struct tensor *tensor) {
    uintptr_t data = (uintptr_t)tensor->data, file = (uintptr_t)weights->bytes;
    if (data >= file && data < file + weights->length)
        mapping_drop_pages(tensor->data, tensor->count * sizeof *tensor->data);
}

static enum status check_values(const char *path, bool strict, const struct weights *weights) {
    const struct tensor *first = NULL;
    size_t tensors = 0, of_first = 0;
    for (size_t i = 0; i < weights->count; i++) {
        const struct tensor *tensor = &weights->tensors[i];
        size_t found = tensor_nonfinite(tensor);
        forget_pages(weights, tensor);
        if (found > 0 && tensors++ == 0) {
            first = tensor;
            of_first = found;
        }
    }
    if (!first)
        return STATUS_OK;
    struct text place = {0};
    message_class(STATUS_INPUT, strict ? "weights-value" : "warning",
                  place_of(path, first->name, &place),
                  "%zu of its %zu values are NaN or infinite (so in %zu tensors); expected finite "
                  "ones",
                  of_first, first->count, tensors);
    text_free(&place);
    return strict ? STATUS_INPUT : STATUS_OK;
}

/* ---- the whole ---- */

static enum status use(struct compilation *c, const char *path, bool strict,
                       struct weights *weights) {
    struct matching all = {0};
    if (compile_wanted(c, &all.wanted, &all.wanted_count) != STATUS_OK)
        return message_file(STATUS_MEMORY, path, "out of memory; expected room for its tensors");
    if (say_prefix(path, weights, &all))
        return STATUS_INPUT;
    enum status loaded = load(path, weights, &all);
    if (loaded == STATUS_MEMORY)
        return loaded;
    enum status status = match(c, path, strict, weights, &all);
    if (status == STATUS_OK)
        status = loaded;
    if (status == STATUS_OK)
        note_whole(path, weights);
    return status == STATUS_OK ? check_values(path, strict, weights) : status;
}

/* Does the error speak of a file that holds tensors, or of one that cannot be read at all? Others
 * quote what the file holds: a spec from elsewhere could so make a user's program read it out. */
static bool harmless(const struct file_error *error) {
    static const char *const classes[] = {"weights-format", "weights-dtype", "path", "io",
                                          "memory"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(error->class, classes[i]) == 0)
            return true;
    return false;
}

enum status weights_use(struct compilation *c, const char *path, bool of_spec, bool strict,
                        struct weights *weights) {
    struct file_error error;
    enum status status = weights_open(path, weights, &error);
    if (status != STATUS_OK && of_spec && !harmless(&error))
        return message_class(status, error.class, path,
                             "it is not a safetensors or npz file that can be read; given with "
                             "--weights, what is wrong is said");
    if (status != STATUS_OK)
        return message_file_error(status, path, &error);
    status = use(c, path, strict, weights);
    if (status != STATUS_OK)
        weights_close(weights);
    return status;
}
