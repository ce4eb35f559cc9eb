#include "npz.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "npy.h"

enum {
    LOCAL_HEADER = 30,
    CENTRAL_HEADER = 46,
    END_RECORD = 22,
    END_LOCATOR64 = 20,
    END_RECORD64 = 56,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    FLAG_ENCRYPTED = 0x0001,
    FLAG_LEVEL = 0x0006, /* how hard deflate tried */
    FLAG_SIZES = 0x2008, /* a data descriptor or masked headers: sizes in the directory alone */
    FLAG_UTF8 = 0x0800,
    EXTRA_ZIP64 = 1,
    SATURATED16 = 0xFFFF, /* the value is in a zip64 field */
};
#define SATURATED32 UINT32_C(0xFFFFFFFF)

struct member {
    const char *name; /* whole */
    unsigned method, flags;
    uint32_t crc;
    size_t packed, size;  /* bytes in the file, and inflated */
    size_t header, begin; /* offsets of the local header and of the packed bytes */
};

struct archive {
    const unsigned char *bytes;
    size_t length;
    size_t directory, directory_size, count; /* of the central directory */
    struct member *members;
    struct arena *arena;
    struct file_error *error;
};

static uint16_t get16(const unsigned char *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }
static uint32_t get32(const unsigned char *bytes) {
    return get16(bytes) | (uint32_t)get16(bytes + 2) << 16;
}
static uint64_t get64(const unsigned char *bytes) {
    return get32(bytes) | (uint64_t)get32(bytes + 4) << 32;
}

/* Do `size` bytes from `offset` lie within `length`? */
static bool within(uint64_t offset, uint64_t size, uint64_t length) {
    return offset <= length && size <= length - offset;
}

static enum status damaged(struct archive *archive, size_t offset, const char *fact) {
    return file_fail_at(archive->error, "zip", offset, "%s; expected a zip file in order", fact);
}

/* ---- where the central directory is ---- */

/* The record before the end record: where the zip64 one is. Its values replace those of the end
 * record, which are saturated or the same. */
static enum status find_directory64(struct archive *archive, size_t end, size_t *directory_end) {
    const unsigned char *locator = archive->bytes + end - END_LOCATOR64;
    uint64_t at = get64(locator + 8);
    if (get32(locator + 4) != 0 || get32(locator + 16) > 1)
        return file_fail_at(archive->error, "zip-unsupported", end - END_LOCATOR64,
                            "the zip file has several disks; expected one");
    if (end < END_LOCATOR64 + END_RECORD64 || at != end - END_LOCATOR64 - END_RECORD64 ||
        memcmp(archive->bytes + at, "PK\6\6", 4) != 0)
        return damaged(archive, end - END_LOCATOR64, "its zip64 record is not where it should be");
    const unsigned char *record = archive->bytes + at;
    uint64_t count = get64(record + 32);
    if (get64(record + 4) != END_RECORD64 - 12 || get64(record + 24) != count)
        return damaged(archive, (size_t)at, "its zip64 record is malformed");
    archive->count = (size_t)count;
    archive->directory_size = (size_t)get64(record + 40);
    archive->directory = (size_t)get64(record + 48);
    *directory_end = (size_t)at;
    return STATUS_OK;
}

static enum status find_directory(struct archive *archive) {
    if (archive->length < END_RECORD)
        return damaged(archive, archive->length, "it ends too early");
    size_t end = archive->length - END_RECORD, directory_end = end;
    const unsigned char *record = archive->bytes + end;
    if (memcmp(record, "PK\5\6", 4) != 0 || get16(record + 20) != 0)
        return damaged(archive, end, "it does not end with an end record without a comment");
    if (get16(record + 4) != 0 || get16(record + 6) != 0 || get16(record + 8) != get16(record + 10))
        return file_fail_at(archive->error, "zip-unsupported", end,
                            "the zip file has several disks; expected one");
    archive->count = get16(record + 10);
    archive->directory_size = get32(record + 12);
    archive->directory = get32(record + 16);
    if (end >= END_LOCATOR64 && memcmp(record - END_LOCATOR64, "PK\6\7", 4) == 0) {
        struct archive small = *archive;
        enum status status = find_directory64(archive, end, &directory_end);
        if (status != STATUS_OK)
            return status;
        if ((small.count != SATURATED16 && small.count != archive->count) ||
            (small.directory_size != SATURATED32 &&
             small.directory_size != archive->directory_size) ||
            (small.directory != SATURATED32 && small.directory != archive->directory))
            return damaged(archive, end, "its end record and its zip64 record differ");
    }
    if (!within(archive->directory, archive->directory_size, directory_end) ||
        archive->directory + archive->directory_size != directory_end)
        return damaged(archive, end, "its central directory is not where it should be");
    if (archive->count == 0)
        return file_fail(archive->error, "weights-format",
                         "the zip file is empty; expected npy arrays");
    if (archive->count > WEIGHTS_TENSORS)
        return file_fail(archive->error, "limit-tensors",
                         "it has %zu members; expected at most %d tensors", archive->count,
                         WEIGHTS_TENSORS);
    return STATUS_OK;
}

/* ---- members ---- */

/* Replaces the saturated of the values, in their order, by those of the zip64 extra field. */
static bool widen(const unsigned char *extra, size_t length, uint64_t *values[], size_t count) {
    const unsigned char *field = NULL;
    size_t left = 0;
    while (length > 0) {
        if (length < 4 || get16(extra + 2) > length - 4)
            return false;
        if (get16(extra) == EXTRA_ZIP64) {
            field = extra + 4;
            left = get16(extra + 2);
        }
        length -= 4U + get16(extra + 2);
        extra += 4 + get16(extra + 2);
    }
    for (size_t i = 0; i < count; i++) {
        if (*values[i] != SATURATED32)
            continue;
        if (left < 8)
            return false;
        *values[i] = get64(field);
        field += 8;
        left -= 8;
    }
    return true;
}

/* A key, never a path; what could be one is refused all the same. */
static bool harmless(const char *name, size_t length) {
    uint32_t code;
    if (memchr(name, '\0', length) || memchr(name, '\\', length) || (length > 0 && *name == '/'))
        return false;
    for (size_t i = 0, size; i < length; i += size) {
        size = text_utf8(name + i, length - i, &code);
        bool first = i == 0 || name[i - 1] == '/';
        if (size == 0 || (first && length - i >= 2 && memcmp(name + i, "..", 2) == 0 &&
                          (length - i == 2 || name[i + 2] == '/')))
            return false;
    }
    return true;
}

static bool ends(const char *name, size_t length, const char *with) {
    size_t size = strlen(with);
    return length >= size && memcmp(name + length - size, with, size) == 0;
}

/* Of the name of a member, what is that of its tensor. */
static size_t tensor_length(const char *name, size_t length) {
    return length > 4 && ends(name, length, ".npy") ? length - 4 : length;
}

/* The entry of the central directory at *offset, which moves behind it. */
static enum status read_entry(struct archive *archive, size_t *offset, struct member *member) {
    size_t at = *offset, end = archive->directory + archive->directory_size;
    const unsigned char *entry = archive->bytes + at;
    if (!within(at, CENTRAL_HEADER, end) || memcmp(entry, "PK\1\2", 4) != 0)
        return damaged(archive, at, "an entry of its directory is missing");
    size_t name_size = get16(entry + 28), extra_size = get16(entry + 30);
    size_t size = CENTRAL_HEADER + name_size + extra_size + get16(entry + 32);
    if (!within(at, size, end))
        return damaged(archive, at, "an entry of its directory is cut");
    uint64_t full = get32(entry + 24), packed = get32(entry + 20), header = get32(entry + 42);
    const unsigned char *name = entry + CENTRAL_HEADER;
    if (!widen(name + name_size, extra_size, (uint64_t *[]){&full, &packed, &header}, 3))
        return damaged(archive, at, "an entry of its directory has malformed extra fields");
    if (get16(entry + 34) != 0)
        return file_fail_at(archive->error, "zip-unsupported", at,
                            "a member is on another disk; expected one disk");
    if (!within(header, LOCAL_HEADER, archive->directory) || packed > archive->directory)
        return damaged(archive, at, "a member is not within the file");
    *member = (struct member){.method = get16(entry + 10),
                              .flags = get16(entry + 8),
                              .crc = get32(entry + 16),
                              .packed = (size_t)packed,
                              .size = (size_t)full,
                              .header = (size_t)header};
    if (!harmless((const char *)name, name_size))
        return file_fail_at(archive->error, "zip-name", at,
                            "a member's name is a path or no text; expected the name of a tensor");
    if (member->method == METHOD_STORED && !(member->flags & FLAG_ENCRYPTED) && packed != full)
        return damaged(archive, at, "a stored member has two sizes");
    member->name = arena_copy(archive->arena, (const char *)name, name_size);
    *offset = at + size;
    return STATUS_OK;
}

/* A ZIP file without any array is another kind of file, which its names tell. */
static enum status check_kind(const struct archive *archive) {
    static const struct {
        const char *ending, *message;
    } kinds[] = {
        {"data.pkl", "it is a checkpoint of PyTorch; expected a safetensors or npz file, as "
                     "safetensors.torch.save_file(model.state_dict(), NAME) writes"},
        {"model.weights.h5",
         "it is a model of Keras; expected a safetensors or npz file, as numpy.savez(NAME, "
         "**{'conv1.weight': array, ...}) writes"},
        {".safetensors", "it is a ZIP archive of weights; expected the file in it: unzip it first"},
        {".npz", "it is a ZIP archive of weights; expected the file in it: unzip it first"},
        {"", "it is a ZIP archive without an npy array; expected a safetensors or npz file"},
    };
    for (size_t i = 0; i < archive->count; i++) {
        const char *name = archive->members[i].name;
        if (tensor_length(name, strlen(name)) < strlen(name))
            return STATUS_OK;
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < archive->count; i++) {
            const char *name = archive->members[i].name;
            if (ends(name, strlen(name), kinds[k].ending))
                return file_fail(archive->error, "weights-format", "%s", kinds[k].message);
        }
    return STATUS_OK;
}

/* Two readers must not see two files: the local header says what the directory does. */
static enum status read_local(struct archive *archive, struct member *member) {
    const unsigned char *local = archive->bytes + member->header;
    if (memcmp(local, "PK\3\4", 4) != 0)
        return damaged(archive, member->header, "a local header is missing");
    size_t name_size = get16(local + 26), extra_size = get16(local + 28);
    size_t head = LOCAL_HEADER + name_size + extra_size;
    if (!within(member->header, head, archive->directory))
        return damaged(archive, member->header, "a local header is cut");
    uint64_t full = get32(local + 22), packed = get32(local + 18);
    const unsigned char *name = local + LOCAL_HEADER;
    if (!widen(name + name_size, extra_size, (uint64_t *[]){&full, &packed}, 2))
        return damaged(archive, member->header, "a local header has malformed extra fields");
    bool sizes =
        (member->flags & FLAG_SIZES) != 0 ||
        (get32(local + 14) == member->crc && packed == member->packed && full == member->size);
    if (get16(local + 6) != member->flags || get16(local + 8) != member->method || !sizes ||
        name_size != strlen(member->name) || memcmp(name, member->name, name_size) != 0)
        return damaged(archive, member->header, "a local header and the directory differ");
    member->begin = member->header + head;
    if (!within(member->begin, member->packed, archive->directory))
        return damaged(archive, member->header, "a member is not within the file");
    return STATUS_OK;
}

static enum status read_directory(struct archive *archive) {
    size_t offset = archive->directory;
    if (archive->count > archive->directory_size / CENTRAL_HEADER)
        return damaged(archive, offset, "its directory is too short for its members");
    archive->members = arena_array(archive->arena, archive->count, sizeof *archive->members);
    for (size_t i = 0; i < archive->count; i++) {
        enum status status = read_entry(archive, &offset, &archive->members[i]);
        if (status != STATUS_OK)
            return status;
    }
    if (offset != archive->directory + archive->directory_size)
        return damaged(archive, offset, "its directory is longer than its members");
    enum status status = check_kind(archive);
    for (size_t i = 0; i < archive->count && status == STATUS_OK; i++)
        status = read_local(archive, &archive->members[i]);
    return status;
}

static int compare_headers(const void *a, const void *b) {
    const struct member *left = a, *right = b;
    return (left->header > right->header) - (left->header < right->header);
}

static enum status refuse_inflating(struct file_error *error, size_t length) {
    return file_fail(error, "limit-inflate",
                     "its members inflate to more than %d times the file and 64 MiB; expected at "
                     "most that of a file of %zu bytes",
                     NPZ_RATIO, length);
}

/* Whether so many bytes are too many to inflate. */
static bool too_many(size_t inflated, size_t length) {
    size_t most;
    return size_mul(length, NPZ_RATIO, &most) && size_add(most, NPZ_INFLATED, &most) &&
           inflated > most;
}

/* No byte is used twice: not as a trick, and not as a bomb. */
static enum status check_overlap(struct archive *archive) {
    const struct member *members = archive->members, *twice = NULL;
    size_t total = 0;
    qsort(archive->members, archive->count, sizeof *archive->members, compare_headers);
    for (size_t i = 0; i < archive->count; i++) {
        if (!size_add(total, members[i].size, &total))
            total = SIZE_MAX;
        if (i > 0 && !twice && members[i].header < members[i - 1].begin + members[i - 1].packed)
            twice = &members[i];
    }
    if (twice && too_many(total, archive->length))
        return refuse_inflating(archive->error, archive->length);
    return twice ? damaged(archive, twice->header, "two members overlap") : STATUS_OK;
}

/* ---- content ---- */

static enum status inflate_into(struct archive *archive, const struct member *member,
                                unsigned char *out) {
    enum { PIECE = 1 << 30 }; /* zlib counts in 32 bits */
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)(archive->bytes + member->begin)};
    size_t in_left = member->packed, out_left = member->size;
    unsigned char beyond; /* where a byte goes that was not declared */
    stream.next_out = out;
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return file_fail_memory(archive->error);
    int result = Z_OK;
    bool overrun = false;
    while (result == Z_OK && !overrun) {
        if (stream.avail_in == 0) {
            stream.avail_in = (uInt)(in_left < PIECE ? in_left : PIECE);
            in_left -= stream.avail_in;
        }
        if (stream.avail_out == 0 && out_left > 0) {
            stream.avail_out = (uInt)(out_left < PIECE ? out_left : PIECE);
            out_left -= stream.avail_out;
        } else if (stream.avail_out == 0) {
            stream.next_out = &beyond;
            stream.avail_out = 1;
        }
        result = inflate(&stream, Z_NO_FLUSH);
        overrun = stream.next_out == &beyond + 1;
    }
    bool whole = result == Z_STREAM_END && stream.avail_in == 0 && in_left == 0 && out_left == 0 &&
                 (stream.avail_out == 0 || stream.next_out == &beyond);
    inflateEnd(&stream);
    if (result == Z_MEM_ERROR)
        return file_fail_memory(archive->error);
    if (overrun)
        return file_fail_in(archive->error, "limit-inflate", member->name,
                            "it inflates to more than the %zu bytes declared; expected as many",
                            member->size);
    if (!whole)
        return file_fail_in(archive->error, "zip-deflate", member->name,
                            "its deflated data are damaged; expected %zu bytes", member->size);
    return STATUS_OK;
}

static enum status unpack(struct archive *archive, const struct member *member,
                          const unsigned char **content) {
    *content = archive->bytes + member->begin;
    if (member->method == METHOD_DEFLATED) {
        unsigned char *inflated = arena_alloc(archive->arena, member->size);
        enum status status = inflate_into(archive, member, inflated);
        if (status != STATUS_OK)
            return status;
        *content = inflated;
    }
    if (crc32_z(0, *content, member->size) == member->crc)
        return STATUS_OK;
    return file_fail_in(archive->error, "zip-crc", member->name,
                        "its content has another checksum than stated; expected 0x%08x",
                        member->crc);
}

static enum status check_method(const struct archive *archive, const struct member *member) {
    if (member->method != METHOD_STORED && member->method != METHOD_DEFLATED)
        return file_fail_in(archive->error, "zip-unsupported", member->name,
                            "it is packed by method %u; expected stored or deflated",
                            member->method);
    if ((member->flags & ~(unsigned)(FLAG_LEVEL | FLAG_UTF8)) != 0)
        return file_fail_in(archive->error, "zip-unsupported", member->name,
                            "it is encrypted or has a data descriptor (flags 0x%04x); expected "
                            "neither",
                            member->flags);
    return STATUS_OK;
}

static enum status load(struct weights *weights, struct tensor *tensor, struct file_error *error) {
    const struct member *member = tensor->stored;
    struct archive archive = {.bytes = weights->bytes,
                              .length = weights->length,
                              .arena = &weights->arena,
                              .error = error};
    const unsigned char *content;
    struct tensor_layout layout;
    enum status status = check_method(&archive, member);
    if (status != STATUS_OK)
        return status;
    if (!size_add(weights->inflated, member->size, &weights->inflated) ||
        too_many(weights->inflated, weights->length))
        return refuse_inflating(error, weights->length);
    status = unpack(&archive, member, &content);
    *tensor = (struct tensor){.name = tensor->name, .stored = member};
    if (status == STATUS_OK)
        status = npy_parse(content, member->size, &weights->arena, tensor, &layout, error);
    return status == STATUS_OK ? weights_take(weights, tensor, &layout, error) : status;
}

enum status npz_read(struct weights *weights, struct file_error *error) {
    struct archive archive = {.bytes = weights->bytes,
                              .length = weights->length,
                              .arena = &weights->arena,
                              .error = error};
    enum status status = find_directory(&archive);
    if (status == STATUS_OK)
        status = read_directory(&archive);
    if (status == STATUS_OK)
        status = check_overlap(&archive);
    if (status != STATUS_OK)
        return status;
    weights->load = load;
    weights->count = archive.count;
    weights->tensors = arena_array(&weights->arena, archive.count, sizeof *weights->tensors);
    for (size_t i = 0; i < archive.count; i++) {
        const struct member *member = &archive.members[i];
        size_t length = tensor_length(member->name, strlen(member->name));
        weights->tensors[i] = (struct tensor){
            .name = arena_copy(&weights->arena, member->name, length), .stored = member};
    }
    return status;
}
