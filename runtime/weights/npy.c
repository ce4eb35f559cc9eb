#include "npy.h"

#include <stdio.h>
#include <string.h>

#include "../base/save.h"

enum { MAGIC = 6 };
static const char magic[] = "\x93NUMPY";

/* A type is an order, a kind and a size: "<f4". */
static const struct descr {
    const char *name; /* without the order */
    enum element element;
} descrs[] = {
    {"f4", ELEMENT_F32}, {"f8", ELEMENT_F64}, {"f2", ELEMENT_F16}, {"i1", ELEMENT_I8},
    {"u1", ELEMENT_U8},  {"i2", ELEMENT_I16}, {"u2", ELEMENT_U16}, {"i4", ELEMENT_I32},
    {"u4", ELEMENT_U32}, {"i8", ELEMENT_I64}, {"u8", ELEMENT_U64}, {"b1", ELEMENT_BOOL},
};

/* What else numpy has, by its kind. The size of a long double is one, not its layout: that is the
 * machine's. */
static const struct strange {
    const char *kind, *fault;
} strangers[] = {
    {"O", "its elements are pickled Python objects, never read"},
    {"U", "its elements are text"},
    {"S", "its elements are text"},
    {"a", "its elements are text"},
    {"c", "its elements are complex"},
    {"M", "its elements are dates"},
    {"m", "its elements are times"},
    {"V", "its elements are raw bytes"},
    {"f16", "its elements are long doubles, which each machine lays out its own way"},
    {"f12", "its elements are long doubles, which each machine lays out its own way"},
};

/* ---- the header ----
 *   dict   = "{" [ pair { "," pair } [ "," ] ] "}"
 *   pair   = string ":" value
 *   value  = string | "True" | "False" | tuple, as the key asks
 *   tuple  = "(" ")" | "(" number "," [ number { "," number } [ "," ] ] ")"
 *   number = digit { digit } [ "L" ]
 *   string = "'" { any but ' and \ } "'" | '"' { any but " and \ } '"'
 * Blanks may stand between tokens. It is a part of Python's literals, never evaluated. */
struct header {
    const char *next, *end, *begin; /* begin: of the file, for offsets */
    const char *fault, *class;      /* set by the first rule that fails */
    bool swapped, fortran;
    struct tensor *tensor;
    unsigned keys; /* seen: bits of enum key */
};

enum key { KEY_DESCR = 1, KEY_FORTRAN = 2, KEY_SHAPE = 4, KEY_ALL = 7 };

static bool fail(struct header *header, const char *class, const char *fault) {
    if (!header->fault) {
        header->class = class;
        header->fault = fault;
    }
    return false;
}

static void skip_blanks(struct header *header) {
    while (header->next < header->end && (*header->next == ' ' || *header->next == '\t'))
        header->next++;
}

/* Takes `token` when it comes next. */
static bool take(struct header *header, const char *token) {
    size_t length = strlen(token);
    skip_blanks(header);
    if ((size_t)(header->end - header->next) < length || memcmp(header->next, token, length) != 0)
        return false;
    header->next += length;
    return true;
}

static bool parse_string(struct header *header, const char **text, size_t *length) {
    char quote = '\'';
    if (!take(header, "'")) {
        if (!take(header, "\""))
            return fail(header, "npy-header", "a string is missing");
        quote = '"';
    }
    *text = header->next;
    while (header->next < header->end && *header->next != quote && *header->next != '\\')
        header->next++;
    if (header->next == header->end || *header->next != quote)
        return fail(header, "npy-header", "a string does not end");
    *length = (size_t)(header->next++ - *text);
    return true;
}

static bool equal(const char *text, size_t length, const char *string) {
    return length == strlen(string) && memcmp(text, string, length) == 0;
}

static bool parse_number(struct header *header, size_t *number) {
    size_t value = 0;
    skip_blanks(header);
    const char *first = header->next;
    for (; header->next < header->end && *header->next >= '0' && *header->next <= '9';
         header->next++) {
        if (!size_mul(value, 10, &value) || !size_add(value, (size_t)(*header->next - '0'), &value))
            return fail(header, "npy-shape", "a dimension is too large");
    }
    if (header->next == first)
        return fail(header, "npy-shape", "a dimension is no whole number");
    if (header->next < header->end && *header->next == 'L')
        header->next++;
    *number = value;
    return true;
}

static bool parse_tuple(struct header *header) {
    struct tensor *tensor = header->tensor;
    if (!take(header, "("))
        return fail(header, "npy-shape", "the shape is no tuple");
    while (!take(header, ")")) {
        size_t extent;
        if (tensor->rank == TENSOR_RANK)
            return fail(header, "npy-shape", "it has more than 8 dimensions");
        if (!parse_number(header, &extent))
            return false;
        tensor->extents[tensor->rank++] = extent;
        if (take(header, ","))
            continue;
        if (tensor->rank == 1 || !take(header, ")")) /* (3) is a number in brackets */
            return fail(header, "npy-shape", "the shape is no tuple");
        break;
    }
    return true;
}

/* "=", "|" and no order at all are the machine's own, which is "<" where this runs. */
static bool parse_descr(struct header *header) {
    const char *text;
    size_t length;
    if (take(header, "["))
        return fail(header, "npy-type", "its elements are records");
    if (!parse_string(header, &text, &length))
        return false;
    bool order = length > 0 && memchr("<>=|", *text, 4);
    header->swapped = order && *text == '>';
    text += order;
    length -= order;
    for (size_t i = 0; i < sizeof descrs / sizeof *descrs; i++) {
        if (equal(text, length, descrs[i].name)) {
            header->tensor->element = descrs[i].element;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        size_t size = strlen(strangers[i].kind);
        if (length >= size && memcmp(text, strangers[i].kind, size) == 0)
            return fail(header, "npy-type", strangers[i].fault);
    }
    return fail(header, "npy-type", "the type of its elements is unknown");
}

static bool parse_pair(struct header *header) {
    const char *text;
    size_t length;
    if (!parse_string(header, &text, &length))
        return false;
    unsigned key = equal(text, length, "descr")           ? KEY_DESCR
                   : equal(text, length, "fortran_order") ? KEY_FORTRAN
                   : equal(text, length, "shape")         ? KEY_SHAPE
                                                          : 0;
    if (key == 0 || (header->keys & key))
        return fail(header, "npy-header", "a key is unknown or there twice");
    header->keys |= key;
    if (!take(header, ":"))
        return fail(header, "npy-header", "a colon is missing");
    if (key == KEY_DESCR)
        return parse_descr(header);
    if (key == KEY_SHAPE)
        return parse_tuple(header);
    header->fortran = take(header, "True");
    if (!header->fortran && !take(header, "False"))
        return fail(header, "npy-header", "fortran_order is neither True nor False");
    return true;
}

static bool parse_dict(struct header *header) {
    if (!take(header, "{"))
        return fail(header, "npy-header", "the dictionary is missing");
    while (!take(header, "}")) {
        if (!parse_pair(header))
            return false;
        if (take(header, ","))
            continue;
        if (!take(header, "}"))
            return fail(header, "npy-header", "the dictionary does not end");
        break;
    }
    if (header->keys != KEY_ALL)
        return fail(header, "npy-header", "descr, fortran_order or shape is missing");
    skip_blanks(header);
    if (header->end - header->next != 1 || *header->next != '\n')
        return fail(header, "npy-header", "the dictionary is not followed by blanks and a newline");
    return true;
}

/* ---- the array ---- */

static enum status complain(const struct tensor *tensor, struct file_error *error,
                            const char *class, size_t offset, const char *message) {
    if (tensor->name)
        return file_fail_in(error, class, tensor->name, "%s", message);
    return file_fail_at(error, class, offset, "%s", message);
}

/* Where the text of the header begins and how long it is. */
static enum status find_header(const unsigned char *bytes, size_t length,
                               const struct tensor *tensor, size_t *begin, size_t *size,
                               struct file_error *error) {
    if (length < MAGIC || memcmp(bytes, magic, MAGIC) != 0)
        return complain(tensor, error, "weights-format", 0, "it is no npy array; expected one");
    if (length < MAGIC + 2)
        return complain(tensor, error, "weights-trunc", length,
                        "it ends in the header; expected an npy array");
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return complain(tensor, error, "npy-header", 6,
                        "the version of npy is unknown; expected 1.0, 2.0 or 3.0");
    size_t width = bytes[6] == 1 ? 2 : 4;
    *begin = MAGIC + 2 + width;
    if (length < *begin)
        return complain(tensor, error, "weights-trunc", length,
                        "it ends in the header; expected an npy array");
    memcpy(size, bytes + MAGIC + 2, width);
    if (*size > length - *begin)
        return complain(tensor, error, "weights-trunc", MAGIC + 2,
                        "the header is longer than the file; expected an npy array");
    if (*size > NPY_HEADER)
        return complain(tensor, error, "limit-header", MAGIC + 2,
                        "the header is too long; expected at most 65536 bytes");
    return STATUS_OK;
}

static enum status check_size(struct tensor *tensor, size_t item, size_t size, size_t offset,
                              struct file_error *error) {
    size_t bytes;
    bool within = true;
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->extents[i] == 0)
            return complain(tensor, error, "npy-shape", offset,
                            "a dimension is 0; expected 1 or more");
        within = within && tensor->extents[i] <= TENSOR_EXTENT;
    }
    if (!extents_count(tensor->extents, tensor->rank, &tensor->count) ||
        !size_mul(tensor->count, item, &bytes) || bytes != size)
        return complain(tensor, error, "npy-size", offset,
                        "the data are not as long as type and shape say; expected them to be");
    if (!within || tensor->count > TENSOR_ELEMENTS)
        return complain(tensor, error, "limit-tensor", offset,
                        "it is too large; expected at most 2^31 elements, 2^24 in a dimension");
    return STATUS_OK;
}

enum status npy_parse(const unsigned char *bytes, size_t length, struct arena *arena,
                      struct tensor *tensor, struct tensor_layout *layout,
                      struct file_error *error) {
    size_t begin = 0, size = 0;
    enum status status = find_header(bytes, length, tensor, &begin, &size, error);
    if (status != STATUS_OK)
        return status;
    /* A copy: what is checked is what is used, whatever happens to the file. */
    const char *text = arena_copy(arena, (const char *)bytes + begin, size);
    struct header header = {.begin = text, .next = text, .end = text + size, .tensor = tensor};
    if (!parse_dict(&header)) {
        char message[sizeof error->message];
        snprintf(message, sizeof message, "%s; expected an array of whole numbers or floats",
                 header.fault);
        return complain(tensor, error, header.class, begin + (size_t)(header.next - header.begin),
                        message);
    }
    size_t data = begin + size;
    *layout = (struct tensor_layout){header.swapped, header.fortran, bytes + data};
    return check_size(tensor, element_size(tensor->element), length - data, data, error);
}

/* Its own function, so that the jump finds no local variable to spoil. */
static enum status read_guarded(const unsigned char *bytes, size_t length, bool pixels,
                                struct npy *npy, struct file_error *error) {
    struct tensor_layout layout;
    if (setjmp(npy->arena.out_of_memory))
        return file_fail_memory(error);
    enum status status = npy_parse(bytes, length, &npy->arena, &npy->tensor, &layout, error);
    if (status == STATUS_OK && pixels && npy->tensor.element == ELEMENT_U8) {
        npy->pixels = layout.bytes;
        npy->fortran = layout.fortran;
    } else if (status == STATUS_OK) {
        tensor_convert(&npy->tensor, &layout, &npy->arena);
    }
    return status;
}

static enum status read_or_close(const unsigned char *bytes, size_t length, bool pixels,
                                 struct npy *npy, struct file_error *error) {
    enum status status = read_guarded(bytes, length, pixels, npy, error);
    if (status != STATUS_OK)
        npy_close(npy);
    return status;
}

enum status npy_read(const unsigned char *bytes, size_t length, struct npy *npy,
                     struct file_error *error) {
    *npy = (struct npy){0};
    return read_or_close(bytes, length, false, npy, error);
}

enum status npy_read_pixels(const unsigned char *bytes, size_t length, struct npy *npy,
                            struct file_error *error) {
    *npy = (struct npy){0};
    return read_or_close(bytes, length, true, npy, error);
}

static enum status open_array(const char *path, bool pixels, struct npy *npy,
                              struct file_error *error) {
    const char *fault;
    *npy = (struct npy){0};
    enum status status = mapping_open(path, SIZE_MAX, &npy->mapping, &fault);
    if (status != STATUS_OK)
        return file_fail_system(error, status, fault);
    return read_or_close(npy->mapping.bytes, npy->mapping.length, pixels, npy, error);
}

enum status npy_open(const char *path, struct npy *npy, struct file_error *error) {
    return open_array(path, false, npy, error);
}

enum status npy_open_pixels(const char *path, struct npy *npy, struct file_error *error) {
    return open_array(path, true, npy, error);
}

void npy_close(struct npy *npy) {
    arena_free(&npy->arena);
    mapping_close(&npy->mapping);
    *npy = (struct npy){0};
}

/* ---- writing ---- */

void npy_header(struct text *text, int rank, const size_t *extents) {
    enum { ALIGNMENT = 64, PREFIX = MAGIC + 4 };
    struct text dict = {0};
    text_add(&dict, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < rank; i++)
        text_format(&dict, i == 0 ? "%zu," : i + 1 < rank ? " %zu," : " %zu", extents[i]);
    text_add(&dict, "), }");
    size_t used = PREFIX + dict.length + 1;
    text_repeat(&dict, ' ', (ALIGNMENT - used % ALIGNMENT) % ALIGNMENT);
    text_add(&dict, "\n");
    unsigned char prefix[PREFIX] = {0};
    memcpy(prefix, magic, MAGIC);
    prefix[6] = 1;
    prefix[8] = (unsigned char)(dict.length & 0xFF);
    prefix[9] = (unsigned char)(dict.length >> 8);
    text_bytes(text, (const char *)prefix, sizeof prefix);
    text_bytes(text, dict.data, dict.failed ? 0 : dict.length);
    text->failed = text->failed || dict.failed;
    text_free(&dict);
}

enum status npy_save(const char *path, const struct tensor *tensor, struct file_error *error) {
    struct text header = {0};
    struct save save;
    const char *fault;
    npy_header(&header, tensor->rank, tensor->extents);
    if (header.failed) {
        text_free(&header);
        return file_fail_memory(error);
    }
    save_begin(&save, path);
    save_write(&save, header.data, header.length);
    save_write(&save, tensor->data, tensor->count * sizeof *tensor->data);
    text_free(&header);
    enum status status = save_end(&save, &fault);
    return status == STATUS_OK ? status : file_fail_system(error, status, fault);
}
