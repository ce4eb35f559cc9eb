#include "weights.h"

#include <stdlib.h>
#include <string.h>

#include "../base/foreign.h"
#include "npz.h"
#include "safetensors.h"

static int compare_names(const void *a, const void *b) {
    return strcmp(((const struct tensor *)a)->name, ((const struct tensor *)b)->name);
}

static bool begins(const struct weights *weights, const char *magic, size_t length) {
    return weights->length >= length && memcmp(weights->bytes, magic, length) == 0;
}

static enum status refuse(const struct content *content, struct file_error *error) {
    return file_fail(error, "weights-format", "it is %s; expected a safetensors or npz file%s",
                     content->name, content->weights ? content->weights : "");
}

/* path: of the file, or NULL. */
static enum status read_by_content(const char *path, struct weights *weights,
                                   struct file_error *error) {
    if (begins(weights, "PK\3\4", 4) || begins(weights, "PK\5\6", 4))
        return npz_read(weights, error);
    const struct content *content = content_of(weights->bytes, weights->length);
    if (content && content->kind == CONTENT_WEIGHTS)
        return safetensors_read(weights, error);
    const struct content *foreign = foreign_of(weights->bytes, weights->length);
    if (foreign || content)
        return refuse(foreign ? foreign : content, error);
    enum status status = safetensors_read(weights, error);
    foreign = status == STATUS_INPUT ? foreign_by_name(path) : NULL;
    return foreign ? refuse(foreign, error) : status;
}

static enum status sort_names(struct weights *weights, struct file_error *error) {
    if (weights->count > 0) /* NULL is no array to qsort */
        qsort(weights->tensors, weights->count, sizeof *weights->tensors, compare_names);
    for (size_t i = 1; i < weights->count; i++) {
        const char *name = weights->tensors[i].name;
        if (strcmp(weights->tensors[i - 1].name, name) == 0)
            return file_fail_in(error, "weights-name", name,
                                "the file has two tensors of this name; expected one");
    }
    return STATUS_OK;
}

/* Its own function, so that the jump finds no local variable to spoil. */
static enum status read_guarded(const char *path, struct weights *weights,
                                struct file_error *error) {
    if (setjmp(weights->arena.out_of_memory))
        return file_fail_memory(error);
    enum status status = read_by_content(path, weights, error);
    return status == STATUS_OK ? sort_names(weights, error) : status;
}

static enum status read_all(const char *path, struct weights *weights, struct file_error *error) {
    arena_init(&weights->arena);
    enum status status = read_guarded(path, weights, error);
    if (status != STATUS_OK)
        weights_close(weights);
    return status;
}

enum status weights_read(const unsigned char *bytes, size_t length, struct weights *weights,
                         struct file_error *error) {
    *weights = (struct weights){.bytes = bytes, .length = length};
    return read_all(NULL, weights, error);
}

enum status weights_open(const char *path, struct weights *weights, struct file_error *error) {
    const char *fault;
    *weights = (struct weights){0};
    enum status status = mapping_open(path, WEIGHTS_BYTES, &weights->mapping, &fault);
    if (status != STATUS_OK)
        return file_fail_system(error, status, fault);
    weights->bytes = weights->mapping.bytes;
    weights->length = weights->mapping.length;
    return read_all(path, weights, error);
}

void weights_close(struct weights *weights) {
    arena_free(&weights->arena);
    mapping_close(&weights->mapping);
    *weights = (struct weights){0};
}

struct tensor *weights_find(const struct weights *weights, const char *name) {
    struct tensor key = {.name = name};
    if (weights->count == 0)
        return NULL;
    return bsearch(&key, weights->tensors, weights->count, sizeof key, compare_names);
}

/* ---- loading ---- */

/* "[0, 3]": of the element `at`, as it lies in the file. */
static void add_index(const struct tensor *tensor, bool fortran, size_t at, struct text *out) {
    size_t index[TENSOR_RANK];
    for (int k = 0; k < tensor->rank; k++) {
        int i = fortran ? k : tensor->rank - 1 - k;
        index[i] = at % tensor->extents[i];
        at /= tensor->extents[i];
    }
    text_add(out, "[");
    for (int i = 0; i < tensor->rank; i++)
        text_format(out, "%s%zu", i > 0 ? ", " : "", index[i]);
    text_add(out, "]");
}

static enum status refuse_value(const struct tensor *tensor, const struct tensor_layout *layout,
                                size_t at, struct file_error *error) {
    struct text index = {0}, value = {0};
    add_index(tensor, layout->fortran, at, &index);
    element_text(tensor->element, layout->swapped,
                 layout->bytes + at * element_size(tensor->element), &value);
    enum status status =
        index.failed || value.failed
            ? file_fail_memory(error)
            : file_fail_in(error, "weights-value", tensor->name,
                           "its value at %s is %s (%s), which float32 does not hold; expected "
                           "whole numbers that it holds exactly, or floats",
                           index.data, value.data, element_name(tensor->element));
    text_free(&index);
    text_free(&value);
    return status;
}

enum status weights_take(struct weights *weights, struct tensor *tensor,
                         const struct tensor_layout *layout, struct file_error *error) {
    enum element element = tensor->element;
    if (element_whole(element) && element_size(element) == 1)
        return file_fail_in(error, "weights-dtype", tensor->name,
                            "its type is %s, as %s, which are not numbers to use as they are; "
                            "expected floats, or whole numbers of 16 bits or more",
                            element_name(element),
                            element == ELEMENT_BOOL ? "masks have" : "quantised weights have");
    if (element_whole(element)) {
        size_t at = element_exact(element, layout->swapped, layout->bytes, tensor->count);
        if (at < tensor->count)
            return refuse_value(tensor, layout, at, error);
    }
    tensor_convert(tensor, layout, &weights->arena);
    return STATUS_OK;
}

enum status weights_load(struct weights *weights, struct tensor *tensor, struct file_error *error) {
    if (tensor->data)
        return STATUS_OK;
    if (setjmp(weights->arena.out_of_memory))
        return file_fail_memory(error);
    return weights->load(weights, tensor, error);
}

void weights_drop(struct weights *weights, struct tensor *tensor) {
    uintptr_t data = (uintptr_t)tensor->data, file = (uintptr_t)weights->bytes;
    bool in_file = data >= file && data < file + weights->length;
    if (tensor->data && (!in_file || weights->mapping.length > 0))
        mapping_drop_pages(tensor->data, tensor->count * sizeof *tensor->data);
    tensor->data = NULL;
}

static bool same_extents(const struct tensor *a, const struct tensor *b) {
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++) {
        if (a->extents[i] != b->extents[i])
            return false;
    }
    return true;
}

size_t weights_match(const struct weights *weights, const struct tensor *wanted, size_t count,
                     struct arena *arena, struct weights_mismatch **mismatches) {
    struct weights_mismatch *list = arena_array(arena, count + weights->count, sizeof *list);
    bool *met = arena_array(arena, weights->count, sizeof *met);
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        const struct tensor *found = weights_find(weights, wanted[i].name);
        if (found)
            met[found - weights->tensors] = true;
        if (!found)
            list[length++] = (struct weights_mismatch){MISMATCH_MISSING, &wanted[i], NULL};
        else if (found->data && !same_extents(found, &wanted[i]))
            list[length++] = (struct weights_mismatch){MISMATCH_SHAPE, &wanted[i], found};
    }
    for (size_t i = 0; i < weights->count; i++) {
        if (!met[i] && !tensor_ignorable(weights->tensors[i].name))
            list[length++] = (struct weights_mismatch){MISMATCH_EXTRA, NULL, &weights->tensors[i]};
    }
    *mismatches = list;
    return length;
}
