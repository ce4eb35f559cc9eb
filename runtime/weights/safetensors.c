#include "safetensors.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../base/save.h"

enum {
    PREFIX = 8,                  /* bytes before the JSON: its length, little-endian */
    NESTING = 3,                 /* of JSON: the file, a tensor, its shape */
    COMMAS = 8 * WEIGHTS_TENSORS /* outside strings: seven in the entry of a rank-4 tensor */
};

/* Types of the format that are no ELEMENT are known by their size alone. */
static const struct type {
    const char *name;
    unsigned bits; /* 0: unknown, as types to come are */
    enum element element;
} types[] = {
    {"F32", 32, ELEMENT_F32},      {"F64", 64, ELEMENT_F64},
    {"F16", 16, ELEMENT_F16},      {"BF16", 16, ELEMENT_BF16},
    {"BOOL", 8, ELEMENT_BOOL},     {"U8", 8, ELEMENT_U8},
    {"I8", 8, ELEMENT_I8},         {"I16", 16, ELEMENT_I16},
    {"U16", 16, ELEMENT_U16},      {"I32", 32, ELEMENT_I32},
    {"U32", 32, ELEMENT_U32},      {"I64", 64, ELEMENT_I64},
    {"U64", 64, ELEMENT_U64},      {"C64", 64, ELEMENT_COUNT},
    {"F8_E4M3", 8, ELEMENT_COUNT}, {"F8_E5M2", 8, ELEMENT_COUNT},
    {"F8_E8M0", 8, ELEMENT_COUNT}, {"F8_E4M3FNUZ", 8, ELEMENT_COUNT},
    {"F4", 4, ELEMENT_COUNT},      {"F8_E5M2FNUZ", 8, ELEMENT_COUNT},
    {"F6_E2M3", 6, ELEMENT_COUNT}, {"F6_E3M2", 6, ELEMENT_COUNT},
};
static const struct type unknown = {"unknown", 0, ELEMENT_COUNT};

/* A tensor as the header has it; begin and end count from the end of the header. */
struct entry {
    const char *name;
    const struct type *type;
    size_t rank, begin, end;
    const unsigned char *bytes; /* of its data */
    const char *fault;          /* of shape or size, which count when it is loaded; or NULL */
    struct tensor tensor;
};

static const struct type *find_type(const char *name) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    }
    return &unknown;
}

/* ---- the header ---- */

/* Bounds what the JSON reader will allocate, and refuses -0, which it would take for 0. */
static enum status survey(const char *json, size_t length, struct file_error *error) {
    size_t depth = 0, commas = 0;
    bool string = false;
    for (size_t i = 0; i < length; i++) {
        char byte = json[i];
        if (string) {
            string = byte != '"';
            i += byte == '\\';
        } else if (byte == '"') {
            string = true;
        } else if (byte == '{' || byte == '[') {
            if (++depth > NESTING)
                return file_fail_at(error, "weights-header", PREFIX + i,
                                    "the header is nested deeper than %d; expected tensors",
                                    NESTING);
        } else if (byte == '}' || byte == ']') {
            depth -= depth > 0;
        } else if (byte == ',' && ++commas > COMMAS) {
            return file_fail_at(error, "limit-tensors", PREFIX + i,
                                "the header has too many entries; expected at most %d tensors",
                                WEIGHTS_TENSORS);
        } else if (byte == '-' && i + 1 < length && json[i + 1] == '0') {
            return file_fail_at(error, "weights-header", PREFIX + i,
                                "a number is -0; expected whole numbers");
        }
    }
    return STATUS_OK;
}

static const char *json_fault(enum json_error_code code) {
    switch (code) {
    case json_error_invalid_utf8:
        return "it is not UTF-8";
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_end_of_input_expected:
        return "something follows the last brace";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a string holds NUL";
    case json_error_duplicate_key:
        return "a key is there twice";
    case json_error_numeric_overflow:
        return "a number is too large";
    default:
        return "it is malformed";
    }
}

/* jansson tells most failed allocations as faults of the text, or leaves something out of what it
 * writes, so that they are noted here. */
static _Thread_local bool exhausted;

static void *allocate(size_t size) {
    void *memory = malloc(size);
    exhausted = exhausted || !memory;
    return memory;
}

static void watch_memory(void) {
    exhausted = false;
    json_set_alloc_funcs(allocate, free);
}

static void release_json(void *json) { json_decref(json); }

/* From a copy: what is surveyed is what is parsed, whatever happens to the file. */
static enum status parse_header(struct weights *weights, size_t length, json_t **header,
                                struct file_error *error) {
    const char *json = arena_copy(&weights->arena, (const char *)weights->bytes + PREFIX, length);
    while (length > 0 && json[length - 1] == ' ')
        length--;
    if (length == 0 || json[0] != '{' || json[length - 1] != '}')
        return file_fail_at(error, "weights-header", PREFIX,
                            "the header is not enclosed in braces; expected a JSON object");
    enum status status = survey(json, length, error);
    if (status != STATUS_OK)
        return status;
    json_error_t fault;
    watch_memory();
    *header = json_loadb(json, length, JSON_REJECT_DUPLICATES, &fault);
    if (*header)
        arena_defer(&weights->arena, release_json, *header);
    if (exhausted)
        return file_fail_memory(error);
    if (*header)
        return STATUS_OK;
    return file_fail_at(error, "weights-header", PREFIX + (size_t)fault.position,
                        "the header is no JSON, for %s; expected a JSON object",
                        json_fault(json_error_code(&fault)));
}

static enum status check_metadata(json_t *metadata, struct file_error *error) {
    if (!json_is_object(metadata))
        return file_fail(error, "weights-header",
                         "__metadata__ is no object; expected strings by name");
    for (void *at = json_object_iter(metadata); at; at = json_object_iter_next(metadata, at)) {
        if (!json_is_string(json_object_iter_value(at)))
            return file_fail(error, "weights-header",
                             "__metadata__ holds a value that is no string; expected strings");
    }
    return STATUS_OK;
}

/* ---- one tensor ---- */

static bool size_of_json(const json_t *value, size_t *size) {
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *size = (size_t)json_integer_value(value);
    return true;
}

static enum status read_type(struct entry *entry, const json_t *value, struct file_error *error) {
    if (!json_is_string(value))
        return file_fail_in(error, "weights-header", entry->name,
                            "dtype is missing or no string; expected such as \"F32\"");
    entry->type = find_type(json_string_value(value));
    entry->tensor.element = entry->type->element;
    return STATUS_OK;
}

/* Of any rank: of more than TENSOR_RANK extents, the first are kept. What is wrong with a number is
 * a fault of a tensor that is needed alone. */
static enum status read_shape(struct entry *entry, const json_t *value, struct file_error *error) {
    struct tensor *tensor = &entry->tensor;
    size_t rank = json_array_size(value), count = 1;
    if (!json_is_array(value))
        return file_fail_in(error, "weights-header", entry->name,
                            "shape is missing or no list; expected a list of whole numbers");
    for (size_t i = 0; i < rank; i++) {
        size_t extent;
        if (!size_of_json(json_array_get(value, i), &extent))
            entry->fault = "a dimension of its shape is wrong; expected a whole number";
        else if (!size_mul(count, extent, &count))
            entry->fault = "its shape has more than 2^64 elements; expected fewer";
        else if (i < TENSOR_RANK)
            tensor->extents[i] = extent;
    }
    entry->rank = rank;
    tensor->rank = rank < TENSOR_RANK ? (int)rank : TENSOR_RANK;
    tensor->count = count;
    return STATUS_OK;
}

/* The bytes it covers, within the file. Whether shape and type make as many is a fault of a tensor
 * that is needed alone. */
static enum status read_offsets(struct entry *entry, const json_t *value, size_t payload,
                                struct file_error *error) {
    if (json_array_size(value) != 2)
        return file_fail_in(error, "weights-header", entry->name,
                            "data_offsets is missing or no pair; expected [begin, end]");
    if (!size_of_json(json_array_get(value, 0), &entry->begin) ||
        !size_of_json(json_array_get(value, 1), &entry->end) || entry->begin > entry->end ||
        entry->end > payload)
        return file_fail_in(error, "weights-offset", entry->name,
                            "data_offsets do not lie in the %zu bytes of data; expected "
                            "0 <= begin <= end <= %zu",
                            payload, payload);
    size_t bits;
    if (entry->type == &unknown || entry->fault)
        return STATUS_OK;
    if (!size_mul(entry->tensor.count, entry->type->bits, &bits) || bits % 8 != 0 ||
        bits / 8 != entry->end - entry->begin)
        entry->fault = "shape and type do not make as many bytes as it has; expected them to";
    return STATUS_OK;
}

static enum status read_entry(struct entry *entry, const char *name, const json_t *value,
                              size_t payload, struct file_error *error) {
    *entry = (struct entry){.name = name};
    entry->tensor = (struct tensor){.name = name};
    if (json_object_size(value) != 3)
        return file_fail_in(error, "weights-header", name,
                            "its entry is no object of three keys; expected dtype, shape and "
                            "data_offsets");
    enum status status = read_type(entry, json_object_get(value, "dtype"), error);
    if (status == STATUS_OK)
        status = read_shape(entry, json_object_get(value, "shape"), error);
    if (status == STATUS_OK)
        status = read_offsets(entry, json_object_get(value, "data_offsets"), payload, error);
    return status;
}

/* ---- all tensors ---- */

static int compare_begins(const void *a, const void *b) {
    const struct entry *left = a, *right = b;
    if (left->begin != right->begin)
        return left->begin > right->begin ? 1 : -1;
    return (left->end > right->end) - (left->end < right->end); /* what is empty comes first */
}

/* The data of the tensors follow on each other without a hole and end with the file, so that
 * nothing can hide in it. */
static enum status check_coverage(struct entry *entries, size_t count, size_t payload,
                                  struct file_error *error) {
    size_t end = 0;
    if (count > 0)
        qsort(entries, count, sizeof *entries, compare_begins);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].begin != end)
            return file_fail_in(error, "weights-offset", entries[i].name,
                                "its data begin at %zu and those before it end at %zu; expected "
                                "neither hole nor overlap",
                                entries[i].begin, end);
        end = entries[i].end;
    }
    if (end == payload)
        return STATUS_OK;
    return file_fail(error, "weights-offset",
                     "%zu bytes of data belong to no tensor; expected none", payload - end);
}

static enum status read_entries(struct weights *weights, json_t *header, size_t payload,
                                struct entry **entries, struct file_error *error) {
    size_t capacity = json_object_size(header);
    if (capacity > WEIGHTS_TENSORS)
        return file_fail(error, "limit-tensors", "it has %zu tensors; expected at most %d",
                         capacity, WEIGHTS_TENSORS);
    *entries = arena_array(&weights->arena, capacity, sizeof **entries);
    enum status status = STATUS_OK;
    for (void *at = json_object_iter(header); at && status == STATUS_OK;
         at = json_object_iter_next(header, at)) {
        const char *name = json_object_iter_key(at);
        json_t *value = json_object_iter_value(at);
        if (strcmp(name, "__metadata__") == 0)
            status = check_metadata(value, error);
        else
            status = read_entry(&(*entries)[weights->count++], name, value, payload, error);
    }
    return status;
}

/* ---- loading ---- */

static enum status check_shape(const struct entry *entry, struct file_error *error) {
    const struct tensor *tensor = &entry->tensor;
    bool within = tensor->count <= TENSOR_ELEMENTS;
    if (entry->rank > TENSOR_RANK)
        return file_fail_in(error, "weights-shape", entry->name,
                            "it has %zu dimensions; expected at most %d", entry->rank, TENSOR_RANK);
    if (tensor->count == 0)
        return file_fail_in(error, "weights-shape", entry->name,
                            "a dimension of its shape is 0; expected 1 or more");
    for (int i = 0; i < tensor->rank; i++)
        within = within && tensor->extents[i] <= TENSOR_EXTENT;
    if (within)
        return STATUS_OK;
    return file_fail_in(error, "limit-tensor", entry->name,
                        "the tensor is too large; expected at most 2^31 elements, 2^24 in a "
                        "dimension");
}

static enum status load(struct weights *weights, struct tensor *tensor, struct file_error *error) {
    const struct entry *entry = tensor->stored;
    if (entry->fault)
        return file_fail_in(error, "weights-shape", entry->name, "%s", entry->fault);
    if (tensor->element == ELEMENT_COUNT)
        return file_fail_in(error, "weights-dtype", entry->name,
                            "its type is %s; expected F32, F64, F16, BF16, or whole numbers of 16 "
                            "bits or more",
                            entry->type->name);
    enum status status = check_shape(entry, error);
    if (status != STATUS_OK)
        return status;
    const struct tensor_layout layout = {.bytes = entry->bytes};
    return weights_take(weights, tensor, &layout, error);
}

enum status safetensors_read(struct weights *weights, struct file_error *error) {
    uint64_t stated;
    if (weights->length <= PREFIX)
        return file_fail(error, "weights-trunc",
                         "the file has %zu bytes; expected a safetensors or npz file",
                         weights->length);
    memcpy(&stated, weights->bytes, PREFIX);
    if (stated == 0 || stated > weights->length - PREFIX)
        return file_fail_at(error, "weights-header", 0,
                            "a header of %llu bytes in a file of %zu; expected a safetensors or "
                            "npz file",
                            (unsigned long long)stated, weights->length);
    if (stated > SAFETENSORS_HEADER)
        return file_fail_at(error, "limit-header", 0,
                            "the header has %llu bytes; expected at most %d",
                            (unsigned long long)stated, SAFETENSORS_HEADER);
    json_t *header = NULL;
    struct entry *entries = NULL;
    size_t start = PREFIX + (size_t)stated, payload = weights->length - start;
    enum status status = parse_header(weights, (size_t)stated, &header, error);
    if (status == STATUS_OK)
        status = read_entries(weights, header, payload, &entries, error);
    if (status == STATUS_OK)
        status = check_coverage(entries, weights->count, payload, error);
    if (status != STATUS_OK)
        return status;
    weights->load = load;
    weights->tensors = arena_array(&weights->arena, weights->count, sizeof *weights->tensors);
    for (size_t i = 0; i < weights->count; i++) {
        entries[i].bytes = weights->bytes + start + entries[i].begin;
        weights->tensors[i] = entries[i].tensor;
        weights->tensors[i].stored = &entries[i];
    }
    return STATUS_OK;
}

/* ---- writing ---- */

static int compare_names(const void *a, const void *b) {
    const struct tensor *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static json_t *entry_json(const struct tensor *tensor, size_t begin, size_t end) {
    json_t *shape = json_array();
    for (int i = 0; i < tensor->rank; i++) {
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->extents[i])) != 0) {
            json_decref(shape);
            return NULL;
        }
    }
    return json_pack("{s:s,s:o,s:[I,I]}", "dtype", "F32", "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)end);
}

/* The header as text, padded with spaces so that the data begin at a multiple of 8; NULL when
 * memory ends. */
static char *header_text(const struct tensor **sorted, size_t count, size_t *length) {
    size_t end = 0;
    char *text = NULL;
    watch_memory();
    json_t *header = json_object();
    for (size_t i = 0; header && i < count; i++) {
        size_t begin = end;
        end += sorted[i]->count * sizeof(float); /* lies in memory: cannot overflow */
        assert(i == 0 || strcmp(sorted[i - 1]->name, sorted[i]->name) < 0);
        if (json_object_set_new(header, sorted[i]->name, entry_json(sorted[i], begin, end)) != 0) {
            json_decref(header);
            return NULL;
        }
    }
    char *json = json_dumps(header, JSON_COMPACT);
    json_decref(header);
    if (json && !exhausted) {
        size_t used = strlen(json);
        *length = (used + 7) / 8 * 8;
        text = malloc(*length);
        if (text) {
            memcpy(text, json, used);
            memset(text + used, ' ', *length - used);
        }
    }
    free(json);
    return text;
}

static enum status save_sorted(const char *path, const struct tensor **sorted, size_t count,
                               struct file_error *error) {
    size_t length;
    char *header = header_text(sorted, count, &length);
    if (!header)
        return file_fail_memory(error);
    if (length > SAFETENSORS_HEADER) {
        free(header);
        return file_fail(error, "limit-header", "the header has %zu bytes; expected at most %d",
                         length, SAFETENSORS_HEADER);
    }
    struct save save;
    uint64_t prefix = length;
    const char *fault;
    save_begin(&save, path);
    save_write(&save, &prefix, sizeof prefix);
    save_write(&save, header, length);
    for (size_t i = 0; i < count; i++)
        save_write(&save, sorted[i]->data, sorted[i]->count * sizeof(float));
    free(header);
    enum status status = save_end(&save, &fault);
    return status == STATUS_OK ? status : file_fail_system(error, status, fault);
}

enum status safetensors_save(const char *path, const struct tensor *tensors, size_t count,
                             struct file_error *error) {
    const struct tensor **sorted = calloc(count + 1, sizeof *sorted); /* never 0 bytes */
    if (!sorted)
        return file_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &tensors[i];
    qsort(sorted, count, sizeof *sorted, compare_names);
    enum status status = save_sorted(path, sorted, count, error);
    free(sorted);
    return status;
}
