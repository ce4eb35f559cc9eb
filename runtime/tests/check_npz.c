/* npz against hostile and legal files. The numbers N5 to N10 are rows of the list of hostile
 * inputs; where the reader decides otherwise, the test says so. */
#include <zlib.h>

#include "../weights/npy.h"
#include "../weights/npz.h"
#include "weights_case.h"

/* A zip file in the making. */
struct zip {
    struct text file, directory;
    unsigned count;
};

enum { STORED = 0, DEFLATED = 8, LOCAL = 30, CENTRAL = 46, END = 22 };

/* Adds a member of packed content; `name_size` and not NUL ends the name. */
static void zip_packed(struct zip *zip, const char *name, size_t name_size, unsigned method,
                       const struct text *packed, uint32_t crc, size_t size) {
    uint32_t at = (uint32_t)zip->file.length;
    struct text common = {0}; /* what local header and directory have alike */
    put16(&common, 20);
    put16(&common, 0);
    put16(&common, method);
    put32(&common, 0x21 << 16);
    put32(&common, crc);
    put32(&common, (uint32_t)packed->length);
    put32(&common, (uint32_t)size);
    put16(&common, (unsigned)name_size);
    put16(&common, 0);
    text_add(&zip->file, "PK\3\4");
    text_bytes(&zip->file, common.data, common.length);
    text_bytes(&zip->file, name, name_size);
    text_bytes(&zip->file, packed->data, packed->length);
    text_add(&zip->directory, "PK\1\2");
    put16(&zip->directory, 20);
    text_bytes(&zip->directory, common.data, common.length);
    text_repeat(&zip->directory, '\0', 10); /* comment, disk, attributes */
    put32(&zip->directory, at);
    text_bytes(&zip->directory, name, name_size);
    zip->count++;
    text_free(&common);
}

static struct text deflated(const char *bytes, size_t size) {
    struct text out = {0};
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size};
    ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    int result;
    do {
        unsigned char piece[4096];
        stream.next_out = piece;
        stream.avail_out = sizeof piece;
        result = deflate(&stream, Z_FINISH);
        text_bytes(&out, (char *)piece, sizeof piece - stream.avail_out);
    } while (result == Z_OK);
    deflateEnd(&stream);
    return out;
}

static void zip_add(struct zip *zip, const char *name, unsigned method, const struct text *npy) {
    struct text packed = {0};
    if (method == DEFLATED)
        packed = deflated(npy->data, npy->length);
    else
        text_bytes(&packed, npy->data, npy->length);
    zip_packed(zip, name, strlen(name), method, &packed,
               (uint32_t)crc32_z(0, (Bytef *)npy->data, npy->length), npy->length);
    text_free(&packed);
}

/* The whole file; the zip is used up. */
static struct text zip_end(struct zip *zip) {
    struct text file = zip->file;
    uint32_t at = (uint32_t)file.length;
    text_bytes(&file, zip->directory.data, zip->directory.length);
    text_add(&file, "PK\5\6");
    put32(&file, 0);
    put16(&file, zip->count);
    put16(&file, zip->count);
    put32(&file, (uint32_t)zip->directory.length);
    put32(&file, at);
    put16(&file, 0);
    text_free(&zip->directory);
    *zip = (struct zip){0};
    return file;
}

/* An array of `count` float32 that count up. */
static struct text npy_of(size_t count) {
    struct text npy = {0};
    npy_header(&npy, 1, &count);
    for (size_t i = 0; i < count; i++) {
        float value = (float)i;
        text_bytes(&npy, (char *)&value, sizeof value);
    }
    return npy;
}

/* A file of one member `w.npy`, an array of 4. */
static struct text file_of(unsigned method) {
    struct zip zip = {0};
    struct text npy = npy_of(4);
    zip_add(&zip, "w.npy", method, &npy);
    text_free(&npy);
    return zip_end(&zip);
}

static size_t directory_of(const struct text *file) {
    uint32_t at;
    memcpy(&at, file->data + file->length - END + 16, 4);
    return at;
}

/* The file of one stored member with the byte at `at` changed to `byte`; from the end record,
 * the directory, the local header. */
enum part { IN_END, IN_DIRECTORY, IN_LOCAL };
static struct text patched(enum part part, size_t at, unsigned byte) {
    struct text file = file_of(STORED);
    size_t base = part == IN_END         ? file.length - END
                  : part == IN_DIRECTORY ? directory_of(&file)
                                         : 0;
    file.data[base + at] = (char)byte;
    return file;
}

static void refused_patch(enum part part, size_t at, unsigned byte, const char *class) {
    struct text file = patched(part, at, byte);
    refused(&file, STATUS_INPUT, class);
}

/* The byte is changed in the directory and in the local header. */
static void refused_in_both(size_t in_directory, size_t in_local, unsigned byte,
                            const char *class) {
    struct text file = patched(IN_DIRECTORY, in_directory, byte);
    file.data[in_local] = (char)byte;
    refused(&file, STATUS_INPUT, class);
}

static void check_counting(struct weights *weights, const char *name, size_t count) {
    struct tensor *tensor = weights_find(weights, name);
    struct file_error error = {.message = ""};
    ck_assert_msg(tensor && weights_load(weights, tensor, &error) == STATUS_OK, "%s: %s", name,
                  error.message);
    ck_assert_uint_eq(tensor->count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert(tensor->data[i] == (float)i);
}

START_TEST(reads_what_is_right) {
    struct zip zip = {0};
    struct text small = npy_of(3), large = npy_of(100000), counter = {0};
    zip_add(&zip, "z.npy", DEFLATED, &small);
    zip_add(&zip, "block/conv.weight.npy", DEFLATED, &large);
    zip_add(&zip, "a.npy", STORED, &small);
    text_add(&counter, "no array at all");
    zip_add(&zip, "bn.num_batches_tracked.npy", STORED, &counter);
    struct text file = zip_end(&zip);
    for (size_t shift = 0; shift < 4; shift++) { /* wherever the file lies */
        unsigned char *memory;
        const unsigned char *bytes = exact_copy(&file, shift, &memory);
        struct weights weights;
        struct file_error error = {.message = ""};
        ck_assert_msg(weights_read(bytes, file.length, &weights, &error) == STATUS_OK, "%s",
                      error.message);
        ck_assert_uint_eq(weights.count, 4);
        ck_assert_str_eq(weights.tensors[0].name, "a");
        check_counting(&weights, "a", 3);
        check_counting(&weights, "z", 3);
        check_counting(&weights, "block/conv.weight", 100000);
        ck_assert_ptr_null(weights_find(&weights, "bn.num_batches_tracked")->data);
        struct tensor *tensor = weights_find(&weights, "block/conv.weight");
        weights_drop(&weights, tensor);
        ck_assert_ptr_null(tensor->data);
        check_counting(&weights, "z", 3);
        weights_drop(&weights, weights_find(&weights, "a")); /* in the caller's bytes: kept */
        ck_assert_mem_eq(bytes, file.data, file.length);
        weights_close(&weights);
        free(memory);
    }
    text_free(&file);
    text_free(&small);
    text_free(&large);
    text_free(&counter);
}
END_TEST

START_TEST(n5_records) {
    struct text whole = file_of(STORED);
    for (size_t size = 4; size < whole.length; size++) { /* no end record */
        struct text cut = {0};
        text_bytes(&cut, whole.data, size);
        refused(&cut, STATUS_INPUT, "zip");
    }
    struct text file = {0}; /* an end record in the comment of the end record */
    text_bytes(&file, whole.data, whole.length);
    file.data[file.length - 2] = END;
    text_bytes(&file, whole.data + whole.length - END, END);
    refused(&file, STATUS_INPUT, "zip");
    text_bytes(&file, whole.data, whole.length);
    text_add(&file, "x");
    refused(&file, STATUS_INPUT, "zip");
    text_free(&whole);

    refused_patch(IN_END, 16, 0, "zip");    /* the directory elsewhere, past the end of the file */
    refused_patch(IN_END, 19, 0x7F, "zip"); /* past the end of the file */
    refused_patch(IN_END, 12, 10, "zip");   /* its size */
    refused_patch(IN_END, 15, 0xFF, "zip");
    refused_patch(IN_DIRECTORY, 0, 'Q', "zip");
    refused_patch(IN_DIRECTORY, 29, 0x7F, "zip"); /* a name beyond the directory */
    refused_patch(IN_DIRECTORY, 30, 1, "zip");    /* extra fields likewise */
    refused_patch(IN_DIRECTORY, 32, 1, "zip");    /* and a comment */
    refused_patch(IN_DIRECTORY, 42, 1, "zip");    /* where the local header is */
    refused_patch(IN_DIRECTORY, 45, 0x7F, "zip");
    refused_patch(IN_DIRECTORY, 23, 1, "zip"); /* packed: more than the file, and unlike size */
    refused_patch(IN_DIRECTORY, CENTRAL, 'v', "zip"); /* local and central differ: name */
    refused_patch(IN_LOCAL, LOCAL, 'v', "zip");
    refused_patch(IN_LOCAL, 6, 2, "zip");                    /* flags */
    refused_patch(IN_LOCAL, 8, 8, "zip");                    /* method */
    refused_patch(IN_LOCAL, 14, 1, "zip");                   /* checksum (its low byte is not 1) */
    refused_patch(IN_LOCAL, 18, 1, "zip");                   /* packed size */
    refused_patch(IN_LOCAL, 22, 1, "zip");                   /* size */
    refused_patch(IN_LOCAL, 26, 4, "zip");                   /* length of the name */
    refused_patch(IN_LOCAL, 29, 0x7F, "zip");                /* extra fields beyond the file */
    for (unsigned count = 2; count < 0x200; count += 0xFF) { /* count unlike entries */
        file = patched(IN_END, 8, count & 0xFF);
        file.data[file.length - END + 9] = (char)(count >> 8);
        file.data[file.length - END + 10] = (char)(count & 0xFF);
        file.data[file.length - END + 11] = (char)(count >> 8);
        refused(&file, STATUS_INPUT, "zip");
    }
    struct zip zip = {0};
    struct text npy = npy_of(4);
    zip_add(&zip, "a.npy", STORED, &npy);
    zip_add(&zip, "b.npy", STORED, &npy);
    zip.count = 1;
    file = zip_end(&zip);
    refused(&file, STATUS_INPUT, "zip");
    text_free(&npy);
}
END_TEST

/* Overlap: fewer bytes than the limit are not a bomb but still damage, class zip. */
START_TEST(n6_overlap) {
    struct zip zip = {0};
    struct text npy = npy_of(4);
    zip_add(&zip, "w.npy", STORED, &npy);
    zip_add(&zip, "w.npy", STORED, &npy);
    memset(zip.directory.data + zip.directory.length - 9, 0, 4); /* at the first's place */
    struct text file = zip_end(&zip);
    refused(&file, STATUS_INPUT, "zip");

    struct zip inner = {0}; /* the content of v is the member w */
    zip_add(&inner, "w.npy", STORED, &npy);
    zip_packed(&zip, "v.npy", 5, STORED, &inner.file,
               (uint32_t)crc32_z(0, (Bytef *)inner.file.data, inner.file.length),
               inner.file.length);
    uint32_t at = LOCAL + 5;
    memcpy(inner.directory.data + 42, &at, 4);
    text_bytes(&zip.directory, inner.directory.data, inner.directory.length);
    zip.count = 2;
    file = zip_end(&zip);
    refused(&file, STATUS_INPUT, "zip");
    text_free(&inner.file);
    text_free(&inner.directory);
    text_free(&npy);
}
END_TEST

/* One member that thousands of entries name: what they declare together is the limit. */
START_TEST(n6_bombs) {
    struct zip zip = {0};
    struct text npy = npy_of(4), one;
    size_t size = (size_t)1 << 20;
    struct text zeros = {0}, packed;
    text_repeat(&zeros, '\0', size);
    packed = deflated(zeros.data, size);
    zip_packed(&zip, "w.npy", 5, DEFLATED, &packed, (uint32_t)crc32_z(0, (Bytef *)zeros.data, size),
               size);
    one = zip.directory;
    zip.directory = (struct text){0};
    for (zip.count = 0; zip.count < 1000; zip.count++)
        text_bytes(&zip.directory, one.data, one.length);
    text_free(&one);
    struct text file = zip_end(&zip);
    refused(&file, STATUS_LIMIT, "limit-inflate");

    /* 1 GB of zeros, declared honestly: refused before anything is inflated. */
    zip_packed(&zip, "w.npy", 5, DEFLATED, &packed, 0, (size_t)1 << 30);
    file = zip_end(&zip);
    refused(&file, STATUS_LIMIT, "limit-inflate");
    /* Declared as less: found when one byte more comes. */
    for (size_t declared = 0; declared < size; declared = declared * 2 + 1) {
        zip_packed(&zip, "w.npy", 5, DEFLATED, &packed, 0, declared);
        file = zip_end(&zip);
        refused(&file, STATUS_LIMIT, "limit-inflate");
    }
    /* Declared as more: it is cut. */
    zip_packed(&zip, "w.npy", 5, DEFLATED, &packed, 0, size + 1);
    file = zip_end(&zip);
    refused(&file, STATUS_INPUT, "zip-deflate");
    /* Right in all, but no array. */
    zip_add(&zip, "w.npy", DEFLATED, &zeros);
    file = zip_end(&zip);
    refused(&file, STATUS_INPUT, "weights-format");
    /* A zip in a zip: never opened, so that no nesting is a bomb. */
    zip_add(&zip, "inner.zip", STORED, &npy);
    file = zip_end(&zip);
    refused(&file, STATUS_INPUT, "weights-format");
    file = file_of(STORED);
    zip_add(&zip, "inner.npy", STORED, &file);
    text_free(&file);
    file = zip_end(&zip);
    refused(&file, STATUS_INPUT, "weights-format");
    text_free(&packed);
    text_free(&zeros);
    text_free(&npy);
}
END_TEST

START_TEST(n7_unsupported) {
    static const unsigned methods[] = {1, 9, 12, 14, 93, 99, 0xFF};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        refused_in_both(10, 8, methods[i], "zip-unsupported");
    static const unsigned flags[] = {1, 8, 0x20, 0x40, 0x41};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        refused_in_both(8, 6, flags[i], "zip-unsupported");
    refused_in_both(9, 7, 0x20, "zip-unsupported");        /* masked headers */
    refused_patch(IN_DIRECTORY, 34, 1, "zip-unsupported"); /* disks */
    refused_patch(IN_END, 4, 1, "zip-unsupported");
    refused_patch(IN_END, 6, 1, "zip-unsupported");
    refused_patch(IN_END, 8, 0, "zip-unsupported"); /* entries on this disk unlike all */
}
END_TEST

/* The values of one zip64 field in the directory, or of none when `size` is 0. */
static struct text file64(uint64_t full, uint64_t packed, uint64_t at, unsigned size) {
    struct text file = {0}, npy = npy_of(4), directory = {0};
    struct zip zip = {0};
    zip_add(&zip, "w.npy", STORED, &npy);
    text_bytes(&directory, zip.directory.data, zip.directory.length);
    memset(directory.data + 20, 0xFF, 8);
    memset(directory.data + 42, 0xFF, 4);
    directory.data[30] = (char)(size ? size + 4 : 0);
    if (size) {
        struct text field = {0};
        put64(&field, full);
        put64(&field, packed);
        put64(&field, at);
        put16(&directory, 1);
        put16(&directory, size);
        text_bytes(&directory, field.data, size);
        text_free(&field);
    }
    text_free(&zip.directory);
    zip.directory = directory;
    file = zip_end(&zip);
    text_free(&npy);
    return file;
}

/* Puts zip64 records before the end record, whose values saturate. */
static struct text with_records64(uint64_t count, uint64_t size, uint64_t at, uint64_t record_at) {
    struct text plain = file_of(STORED), file = {0};
    size_t end = plain.length - END;
    text_bytes(&file, plain.data, end);
    text_add(&file, "PK\6\6");
    put64(&file, 44);
    put32(&file, 45U << 16 | 45);
    put64(&file, 0);
    put64(&file, count);
    put64(&file, count);
    put64(&file, size);
    put64(&file, at);
    text_add(&file, "PK\6\7");
    put32(&file, 0);
    put64(&file, record_at ? record_at : end);
    put32(&file, 1);
    memset(plain.data + end + 8, 0xFF, 12);
    text_bytes(&file, plain.data + end, END);
    text_free(&plain);
    return file;
}

static void accepted(struct text *file) {
    struct weights weights;
    struct file_error error = {.message = ""};
    ck_assert_msg(read_needed((unsigned char *)file->data, file->length, &weights, &error) ==
                      STATUS_OK,
                  "%s", error.message);
    check_counting(&weights, "w", 4);
    weights_close(&weights);
    text_free(file);
}

/* 2^64 - 1 is no feature that is missing but lies behind the file: class zip, not
 * zip-unsupported. */
START_TEST(n7_zip64) {
    struct text npy = npy_of(4), file = file64(npy.length, npy.length, 0, 24);
    accepted(&file);
    const uint64_t wild[] = {UINT64_MAX, UINT64_MAX - 29, INT64_MAX, UINT64_C(1) << 32};
    for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
        file = file64(wild[i], npy.length, 0, 24);
        refused(&file, STATUS_INPUT, "zip");
        file = file64(npy.length, wild[i], 0, 24);
        refused(&file, STATUS_INPUT, "zip");
        file = file64(npy.length, npy.length, wild[i], 24);
        refused(&file, STATUS_INPUT, "zip");
        file = with_records64(1, wild[i], directory_of(&npy), 0);
        refused(&file, STATUS_INPUT, "zip");
        file = with_records64(1, 51, wild[i], 0);
        refused(&file, STATUS_INPUT, "zip");
        file = with_records64(1, 51, LOCAL + 5 + npy.length, wild[i]);
        refused(&file, STATUS_INPUT, "zip");
    }
    file = file64(npy.length, npy.length, 0, 16); /* too short a field */
    refused(&file, STATUS_INPUT, "zip");
    file = file64(0, 0, 0, 0); /* none */
    refused(&file, STATUS_INPUT, "zip");
    file = with_records64(1, CENTRAL + 5, LOCAL + 5 + npy.length, 0);
    accepted(&file);
    file = with_records64(UINT64_MAX, CENTRAL + 5, LOCAL + 5 + npy.length, 0);
    refused(&file, STATUS_LIMIT, "limit-tensors");
    file = with_records64(2, CENTRAL + 5, LOCAL + 5 + npy.length, 0);
    refused(&file, STATUS_INPUT, "zip");
    text_free(&npy);
}
END_TEST

START_TEST(n8_content) {
    struct text file = file_of(STORED);
    file.data[LOCAL + 5 + 130] ^= 1;
    refused(&file, STATUS_INPUT, "zip-crc");
    file = file_of(STORED);
    file.data[14] ^= 1; /* the checksum itself, in both places */
    file.data[directory_of(&file) + 16] ^= 1;
    refused(&file, STATUS_INPUT, "zip-crc");

    static const struct {
        const char *bytes;
        size_t size;
    } streams[] = {
        {"\x07", 1},                 /* block type 3 */
        {"\x00\x04\x00\xFF\xFF", 5}, /* stored: LEN is not ~NLEN */
        {"\x01\x04\x00\xFB\xFF"
         "ab",
         7},                                 /* stored: cut */
        {"\x03\x02\x00", 3},                 /* fixed: distance too far back */
        {"\xED\xFF\xFF\xFF\xFF\xFF\xFF", 7}, /* dynamic: code lengths oversubscribed */
        {"\x05\xE0\x81\x08\0\0\0\0", 8},     /* dynamic: an incomplete set */
        {"\x02\x00", 2},                     /* ends without a last block */
        {"", 0},
        {"\x03\x00\x00", 3}, /* ends, and a byte follows */
    };
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct zip zip = {0};
        struct text packed = {0};
        text_bytes(&packed, streams[i].bytes, streams[i].size);
        zip_packed(&zip, "w.npy", 5, DEFLATED, &packed, 0, 100);
        file = zip_end(&zip);
        refused(&file, STATUS_INPUT, "zip-deflate");
        text_free(&packed);
    }
    struct zip zip = {0}; /* blocks of nothing that never end */
    struct text packed = {0};
    for (int i = 0; i < 100000; i++)
        text_bytes(&packed, "\x00\x00\x00\xFF\xFF", 5);
    zip_packed(&zip, "w.npy", 5, DEFLATED, &packed, 0, 100);
    file = zip_end(&zip);
    refused(&file, STATUS_INPUT, "zip-deflate");
    text_free(&packed);

    file = file_of(DEFLATED); /* a bit of each byte of a right one */
    size_t begin = LOCAL + 5, end = directory_of(&file);
    for (size_t at = begin; at < end; at++) {
        struct weights weights;
        struct file_error error;
        file.data[at] ^= 0x10;
        enum status status = read_needed((unsigned char *)file.data, file.length, &weights, &error);
        if (status == STATUS_OK) { /* a bit that says nothing: behind the last block */
            ck_assert_uint_eq(at, end - 1);
            check_counting(&weights, "w", 4);
            weights_close(&weights);
        }
        file.data[at] ^= 0x10;
    }
    text_free(&file);
}
END_TEST

START_TEST(n9_names) {
    static const struct {
        const char *name;
        size_t size;
        const char *class;
    } names[] = {
        {"../w.npy", 8, "zip-name"},     {"/w.npy", 6, "zip-name"},
        {"a/../w.npy", 10, "zip-name"},  {"a\\w.npy", 7, "zip-name"},
        {"a/..npy", 7, "none"},          {"w\0.npy", 6, "zip-name"},
        {"\0.npy", 5, "zip-name"},       {"\xFF.npy", 5, "zip-name"},
        {"\xC0\x80.npy", 6, "zip-name"}, {".npy", 4, "weights-format"},
        {"w.npz", 5, "weights-format"},  {"w", 1, "weights-format"},
        {"w.npy\0", 6, "zip-name"},      {"dir/", 4, "weights-format"},
        {"", 0, "weights-format"},       {"...npy", 6, "none"},
        {"w.NPY", 5, "weights-format"},
    };
    struct text npy = npy_of(4), file;
    struct zip zip = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        zip_packed(&zip, names[i].name, names[i].size, STORED, &npy,
                   (uint32_t)crc32_z(0, (Bytef *)npy.data, npy.length), npy.length);
        file = zip_end(&zip);
        if (strcmp(names[i].class, "none") != 0) {
            refused(&file, STATUS_INPUT, names[i].class);
            continue;
        }
        struct weights weights;
        struct file_error error;
        ck_assert_int_eq(read_needed((unsigned char *)file.data, file.length, &weights, &error),
                         STATUS_OK); /* a key, never a path */
        weights_close(&weights);
        text_free(&file);
    }
    zip_add(&zip, "w.npy", STORED, &npy);
    zip_add(&zip, "w.npy", DEFLATED, &npy);
    file = zip_end(&zip);
    refused(&file, STATUS_INPUT, "weights-name");

    text_free(&npy);
}
END_TEST

/* N9: a million members cannot be said without zip64. */
START_TEST(n9_many_members) {
    struct text npy = npy_of(4);
    struct text file = with_records64(1000000, CENTRAL + 5, LOCAL + 5 + npy.length, 0);
    refused(&file, STATUS_LIMIT, "limit-tensors");
    text_free(&npy);
}
END_TEST

START_TEST(n10_other_kinds) {
    struct zip zip = {0};
    struct text file = zip_end(&zip); /* an empty zip */
    refused(&file, STATUS_INPUT, "weights-format");
    text_add(&file, "\x1F\x8B\x08");
    refused(&file, STATUS_INPUT, "weights-format");
    text_add(&file, "<!DOCTYPE html><html></html>");
    refused(&file, STATUS_INPUT, "weights-format");
}
END_TEST

/* An array of numpy's of this type, its data being `size` zeros. */
static struct text npy_typed(const char *descr, const char *shape, size_t size) {
    struct text npy = {0}, dict = {0};
    text_format(&dict, "{'descr': %s, 'fortran_order': False, 'shape': %s, }\n", descr, shape);
    text_bytes(&npy, "\x93NUMPY\3\0", 8);
    put32(&npy, (uint32_t)dict.length);
    text_bytes(&npy, dict.data, dict.length);
    text_repeat(&npy, '\0', size);
    text_free(&dict);
    return npy;
}

/* A zip file of `other`, which is used up, and the array `w`; the caller frees it. */
static struct text with_other(const char *name, unsigned method, struct text *other) {
    struct zip zip = {0};
    struct text w = npy_of(4);
    zip_add(&zip, name, method, other);
    zip_add(&zip, "w.npy", STORED, &w);
    text_free(&w);
    text_free(other);
    return zip_end(&zip);
}

/* It is read, `w` is loaded, and `name`, which nobody needs, can be refused alone. */
static void accepted_but(struct text *file, const char *name, const char *class) {
    struct weights weights;
    struct file_error error = {.message = ""};
    ck_assert_msg(weights_read((unsigned char *)file->data, file->length, &weights, &error) ==
                      STATUS_OK,
                  "%s: %s", class, error.message);
    ck_assert_uint_eq(weights.count, 2);
    check_counting(&weights, "w", 4);
    struct tensor *other = weights_find(&weights, name);
    ck_assert_ptr_nonnull(other);
    ck_assert_ptr_null(other->data);
    enum status status = weights_load(&weights, other, &error);
    ck_assert_msg(status == STATUS_INPUT || status == STATUS_LIMIT, "%s", class);
    ck_assert_str_eq(error.class, class);
    ck_assert_ptr_nonnull(strstr(error.message, "expected"));
    ck_assert_ptr_null(other->data);
    weights_close(&weights);
    text_free(file);
}

/* N3, N4: what nobody needs, of any type, shape and packing, or damaged, is not read. */
START_TEST(unneeded) {
    static const struct {
        const char *descr, *shape;
        size_t size;
        const char *class;
    } types[] = {
        {"'|O'", "(2,)", 50, "npy-type"},
        {"'<U4'", "(2,)", 32, "npy-type"},
        {"'|S3'", "(2,)", 6, "npy-type"},
        {"[('a', '<f4'), ('b', '<i4')]", "(1,)", 8, "npy-type"},
        {"'<c8'", "(2,)", 16, "npy-type"},
        {"'<f16'", "(2,)", 32, "npy-type"},
        {"'<M8[ns]'", "(2,)", 16, "npy-type"},
        {"'|V4'", "(2,)", 8, "npy-type"},
        {"'|u1'", "(2,)", 2, "weights-dtype"},
        {"'|i1'", "(2,)", 2, "weights-dtype"},
        {"'|b1'", "()", 1, "weights-dtype"},
        {"'<f4'", "(0,)", 0, "npy-shape"},
        {"'<f4'", "(1,1,1,1,1,1,1,1,1)", 4, "npy-shape"},
        {"'<f4'", "(2,)", 7, "npy-size"},
        {"'|b1'", "(16777217,)", 16777217, "limit-tensor"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct text npy = npy_typed(types[i].descr, types[i].shape, types[i].size);
        struct text file = with_other("v.npy", i % 2 ? DEFLATED : STORED, &npy);
        accepted_but(&file, "v", types[i].class);
    }
    static const struct {
        size_t in_directory, in_local;
        unsigned byte;
        const char *class;
    } patches[] = {
        {10, 8, 12, "zip-unsupported"}, /* the method: bzip2 */
        {10, 8, 93, "zip-unsupported"}, /* ... Zstandard */
        {8, 6, 1, "zip-unsupported"},   /* the flags: encrypted */
        {8, 6, 8, "zip-unsupported"},   /* ... a data descriptor */
        {16, 14, 1, "zip-crc"},         /* the checksum */
        {10, 8, 8, "zip-deflate"},      /* not deflated, though it says so */
    };
    for (size_t i = 0; i < sizeof patches / sizeof *patches; i++) {
        struct text npy = npy_of(4);
        struct text file = with_other("v.npy", STORED, &npy);
        file.data[directory_of(&file) + patches[i].in_directory] = (char)patches[i].byte;
        file.data[patches[i].in_local] = (char)patches[i].byte;
        if (patches[i].byte == 8 && patches[i].in_local == 6) /* the sizes follow the data */
            memset(file.data + 14, 0, 12);
        accepted_but(&file, "v", patches[i].class);
    }
    static const char *const names[] = {"README.txt", "dir/", "v", "v.NPY", ".npy", "v.npy.bak"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) { /* no array at all */
        struct text words = {0};
        text_add(&words, "words");
        struct text file = with_other(names[i], STORED, &words);
        accepted_but(&file, names[i], "weights-format");
    }
    struct text zeros = {0}; /* that would inflate to too much */
    text_repeat(&zeros, '\0', NPZ_INFLATED + (32 << 20));
    struct text file = with_other("v.npy", DEFLATED, &zeros);
    accepted_but(&file, "v", "limit-inflate");
}
END_TEST

/* What is needed and whole: exactly, in any order of bytes and extents, or not at all. */
START_TEST(whole_numbers) {
    static const struct {
        const char *descr, *order;
        const char *bytes; /* of six numbers */
        size_t size;
        float value; /* of [1, 0]; 0: float32 does not hold it */
    } arrays[] = {
        {"<i2", "False", "\0\0\0\0\0\0\xFE\xFF\0\0\0\0", 12, -2},
        {">i2", "False", "\0\0\0\0\0\0\xFF\xFE\0\0\0\0", 12, -2},
        {">u2", "True", "\0\0\1\2\0\0\0\0\0\0\0\0", 12, 258},
        {">i4", "False", "\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\1\0\0\0\0\0\0\0\0", 24, 0},
        {">u4", "True", "\0\0\0\0\1\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, 0},
        {"<u4", "True", "\0\0\0\0\2\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, 16777218},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        struct text npy = {0}, dict = {0};
        text_format(&dict, "{'descr': '%s', 'fortran_order': %s, 'shape': (2, 3), }\n",
                    arrays[i].descr, arrays[i].order);
        text_bytes(&npy, "\x93NUMPY\1\0", 8);
        put16(&npy, (unsigned)dict.length);
        text_bytes(&npy, dict.data, dict.length);
        text_bytes(&npy, arrays[i].bytes, arrays[i].size);
        struct zip zip = {0};
        zip_add(&zip, "n.npy", DEFLATED, &npy);
        struct text file = zip_end(&zip);
        struct weights weights;
        struct file_error error = {.message = ""};
        enum status status = read_needed((unsigned char *)file.data, file.length, &weights, &error);
        if (arrays[i].value != 0) {
            ck_assert_msg(status == STATUS_OK, "%s: %s", arrays[i].descr, error.message);
            for (size_t k = 0; k < 6; k++)
                ck_assert(weights.tensors[0].data[k] == (k == 3 ? arrays[i].value : 0));
            weights_close(&weights);
        } else {
            ck_assert_int_eq(status, STATUS_INPUT);
            ck_assert_str_eq(error.class, "weights-value");
            ck_assert_str_eq(error.tensor, "n");
            ck_assert_msg(strstr(error.message, "[1, 0] is 16777217"), "%s", error.message);
        }
        text_free(&file);
        text_free(&npy);
        text_free(&dict);
    }
}
END_TEST

START_TEST(numpy_writes) {
    static const char *const names[] = {"stored.npz", "deflated.npz"};
    for (size_t k = 0; k < 2; k++) {
        char path[4096];
        struct weights weights;
        struct file_error error = {.message = ""};
        snprintf(path, sizeof path, TESTDATA_DIR "/weights/%s", names[k]);
        ck_assert_msg(weights_open(path, &weights, &error) == STATUS_OK, "%s", error.message);
        ck_assert_uint_eq(weights.count, 5);
        static const char *const counting[] = {"conv.weight", "conv.bias", "fc.weight"};
        for (size_t t = 0; t < 3; t++) {
            struct tensor *tensor = weights_find(&weights, counting[t]);
            ck_assert_ptr_nonnull(tensor);
            ck_assert_int_eq(weights_load(&weights, tensor, &error), STATUS_OK);
            ck_assert_uint_eq(tensor->count, 24);
            for (size_t i = 0; i < 24; i++)
                ck_assert(tensor->data[i] == (float)i - 3);
        }
        ck_assert_ptr_null(weights_find(&weights, "bn.num_batches_tracked")->data);
        ck_assert_int_eq(load_all(&weights, &error), STATUS_OK);
        ck_assert(weights_find(&weights, "gr\xC3\xB6\xC3\x9F"
                                         "e")
                      ->data[0] == 7);
        weights_close(&weights);
    }
}
END_TEST

START_TEST(real_file) {
    static const struct {
        const char *name;
        int rank;
        size_t count;
        double sum; /* as numpy adds it */
    } tensors[] = {
        {"conv1.weight", 4, 2400, -0.07881549348894623},
        {"conv2.weight", 4, 25600, -27.468803481496764},
        {"ip1.weight", 2, 65536, -10.002940404584706},
        {"ip2.bias", 1, 10, 4.805624485015869e-07},
    };
    const char *path = data_path("weights/cifar10-quick-caffe-5000.npz");
    struct weights weights;
    struct file_error error = {.message = ""};
    if (!path)
        return;
    ck_assert_msg(open_needed(path, &weights, &error) == STATUS_OK, "%s", error.message);
    ck_assert_uint_eq(weights.count, 10);
    for (size_t t = 0; t < sizeof tensors / sizeof *tensors; t++) {
        const struct tensor *tensor = weights_find(&weights, tensors[t].name);
        ck_assert(tensor && tensor->rank == tensors[t].rank && tensor->count == tensors[t].count);
        double difference = -tensors[t].sum;
        for (size_t i = 0; i < tensor->count; i++)
            difference += (double)tensor->data[i];
        ck_assert(difference < 1e-9 && difference > -1e-9);
    }
    weights_close(&weights);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("npz");
    tcase_add_test(tests, reads_what_is_right);
    tcase_add_test(tests, n5_records);
    tcase_add_test(tests, n6_overlap);
    tcase_add_test(tests, n6_bombs);
    tcase_add_test(tests, n7_unsupported);
    tcase_add_test(tests, n7_zip64);
    tcase_add_test(tests, n8_content);
    tcase_add_test(tests, n9_names);
    tcase_add_test(tests, n9_many_members);
    tcase_add_test(tests, n10_other_kinds);
    tcase_add_test(tests, unneeded);
    tcase_add_test(tests, whole_numbers);
    tcase_add_test(tests, numpy_writes);
    tcase_add_test(tests, real_file);
    return run_case("npz", tests);
}
