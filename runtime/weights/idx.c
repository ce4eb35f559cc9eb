#include "idx.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    TYPE_BYTES = 8,
    PREFIX = 4, /* bytes before the extents */
    HEADER = PREFIX + 4 * IDX_RANK,
    DEFLATE_MOST = 1032, /* bytes that one of deflate can stand for, at most */
    CHUNK = 1 << 30,     /* zlib counts in unsigned int */
};

static bool is_gzip(const unsigned char *bytes, size_t length) {
    return length >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
}

bool idx_sniff(const unsigned char *bytes, size_t length) {
    return is_gzip(bytes, length) || (length >= PREFIX && bytes[0] == 0 && bytes[1] == 0 &&
                                      bytes[2] >= TYPE_BYTES && bytes[2] <= 0x0E && bytes[3] > 0);
}

/* ---- the header ---- */

static enum status cut(struct file_error *error, size_t length) {
    return file_fail_at(error, "idx-trunc", length, "it ends in its header; expected an IDX array");
}

/* Sets rank, extents, count and *header, the bytes before the elements. bytes: as many of the
 * header as there are. */
static enum status read_header(const unsigned char *bytes, size_t length, struct idx *idx,
                               size_t *header, struct file_error *error) {
    if (length < PREFIX)
        return cut(error, length);
    if (bytes[0] != 0 || bytes[1] != 0)
        return file_fail_at(error, "idx-format", 0,
                            "it begins with bytes %02X %02X; expected the 00 00 of an IDX array",
                            bytes[0], bytes[1]);
    if (bytes[2] != TYPE_BYTES)
        return file_fail_at(error, "idx-type", 2,
                            "its elements are of type 0x%02X; expected 0x08, unsigned bytes",
                            bytes[2]);
    if (bytes[3] == 0 || bytes[3] > IDX_RANK)
        return file_fail_at(error, "idx-shape", 3, "it has %d dimensions; expected 1 to %d",
                            bytes[3], IDX_RANK);
    idx->rank = bytes[3];
    *header = PREFIX + 4 * (size_t)idx->rank;
    if (length < *header)
        return cut(error, length);
    idx->count = 1;
    for (int i = 0; i < idx->rank; i++) {
        const unsigned char *b = bytes + PREFIX + 4 * i;
        idx->extents[i] = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
        if (!size_mul(idx->count, idx->extents[i], &idx->count))
            return file_fail_at(error, "limit-size", PREFIX,
                                "its extents multiply to 2^64 or more; expected a smaller array");
    }
    return STATUS_OK;
}

static enum status check_most(const struct idx *idx, size_t most, struct file_error *error) {
    if (idx->count <= most)
        return STATUS_OK;
    return file_fail_at(error, "limit-size", PREFIX, "it has %zu elements; expected at most %zu",
                        idx->count, most);
}

/* ---- gzip ---- */

/* Inflates `wanted` bytes; fewer when the stream ends before. *ended: it did end, and its checksum
 * is right. Z_OK, or zlib's code; Z_BUF_ERROR is of a stream that is cut. */
static int inflate_some(z_stream *stream, size_t *left, unsigned char *out, size_t wanted,
                        size_t *got, bool *ended) {
    int code = Z_OK;
    *got = 0;
    while (code == Z_OK && *got < wanted && !*ended) {
        size_t room = wanted - *got;
        uInt in = stream->avail_in = *left < CHUNK ? (uInt)*left : CHUNK;
        uInt space = stream->avail_out = room < CHUNK ? (uInt)room : CHUNK;
        stream->next_out = out + *got;
        code = inflate(stream, Z_NO_FLUSH);
        *left -= in - stream->avail_in;
        *got += space - stream->avail_out;
        *ended = code == Z_STREAM_END;
    }
    return *ended ? Z_OK : code;
}

static enum status damaged(const z_stream *stream, int code, size_t at, struct file_error *error) {
    if (code == Z_MEM_ERROR)
        return file_fail_memory(error);
    if (code == Z_BUF_ERROR)
        return file_fail_at(error, "idx-trunc", at,
                            "its gzip data end too early; expected the whole file");
    return file_fail_at(error, "idx-gzip", at,
                        "its gzip data are damaged (%s); expected intact ones",
                        stream->msg ? stream->msg : "no stream");
}

/* The elements, exactly, and then the end of the stream and of the file. */
static enum status inflate_data(z_stream *stream, size_t length, size_t left, bool ended,
                                struct idx *idx, struct file_error *error) {
    size_t got, beyond = 0;
    unsigned char more;
    int code = inflate_some(stream, &left, idx->inflated, idx->count, &got, &ended);
    if (code != Z_OK)
        return damaged(stream, code, length - left, error);
    if (got < idx->count)
        return file_fail(error, "idx-size", "it holds %zu elements; expected %zu by its header",
                         got, idx->count);
    code = inflate_some(stream, &left, &more, 1, &beyond, &ended);
    if (code != Z_OK)
        return damaged(stream, code, length - left, error);
    if (beyond > 0 || left > 0)
        return file_fail(error, "idx-size", "it goes on behind its %zu elements; expected its end",
                         idx->count);
    return STATUS_OK;
}

static enum status inflate_stream(z_stream *stream, size_t length, size_t most, struct idx *idx,
                                  struct file_error *error) {
    unsigned char head[HEADER];
    size_t left = length, got = 0, header = PREFIX;
    bool ended = false;
    int code = inflate_some(stream, &left, head, PREFIX, &got, &ended);
    if (code == Z_OK && got == PREFIX && head[3] > 0 && head[3] <= IDX_RANK) {
        size_t extents;
        code = inflate_some(stream, &left, head + PREFIX, 4 * (size_t)head[3], &extents, &ended);
        got += extents;
    }
    if (code != Z_OK)
        return damaged(stream, code, length - left, error);
    enum status status = read_header(head, got, idx, &header, error);
    if (status == STATUS_OK)
        status = check_most(idx, most, error);
    if (status != STATUS_OK)
        return status;
    if (idx->count / DEFLATE_MOST > length)
        return file_fail(error, "idx-size",
                         "its header says %zu elements, which %zu bytes of gzip cannot hold; "
                         "expected fewer",
                         idx->count, length);
    idx->inflated = malloc(idx->count + 1);
    if (!idx->inflated)
        return file_fail_memory(error);
    idx->data = idx->inflated;
    return inflate_data(stream, length, left, ended, idx, error);
}

static enum status read_gzip(const unsigned char *bytes, size_t length, size_t most,
                             struct idx *idx, struct file_error *error) {
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)bytes};
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) /* 16: gzip, not zlib */
        return file_fail_memory(error);
    enum status status = inflate_stream(&stream, length, most, idx, error);
    inflateEnd(&stream);
    return status;
}

/* ---- both ---- */

static enum status read_plain(const unsigned char *bytes, size_t length, size_t most,
                              struct idx *idx, struct file_error *error) {
    size_t header;
    enum status status = read_header(bytes, length, idx, &header, error);
    if (status == STATUS_OK && idx->count != length - header)
        status = file_fail(error, "idx-size", "it holds %zu elements; expected %zu by its header",
                           length - header, idx->count);
    if (status == STATUS_OK)
        status = check_most(idx, most, error);
    if (status == STATUS_OK)
        idx->data = bytes + header;
    return status;
}

enum status idx_read(const unsigned char *bytes, size_t length, size_t most, struct idx *idx,
                     struct file_error *error) {
    *idx = (struct idx){0};
    enum status status = is_gzip(bytes, length) ? read_gzip(bytes, length, most, idx, error)
                                                : read_plain(bytes, length, most, idx, error);
    if (status != STATUS_OK)
        idx_close(idx);
    return status;
}

enum status idx_open(const char *path, size_t most, struct idx *idx, struct file_error *error) {
    struct mapping mapping;
    const char *fault;
    *idx = (struct idx){0};
    enum status status = mapping_open(path, SIZE_MAX, &mapping, &fault);
    if (status != STATUS_OK)
        return file_fail_system(error, status, fault);
    status = idx_read(mapping.bytes, mapping.length, most, idx, error);
    if (status != STATUS_OK || idx->inflated)
        mapping_close(&mapping);
    else
        idx->mapping = mapping;
    return status;
}

void idx_close(struct idx *idx) {
    free(idx->inflated);
    mapping_close(&idx->mapping);
    *idx = (struct idx){0};
}
