/* safetensors against hostile and legal files. The numbers T1 to T14 are rows of the list of
 * hostile inputs; where the reader decides otherwise, the test says so. */
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

#include "../weights/safetensors.h"
#include "../weights/weights_prefix.h"
#include "weights_case.h"

/* A file of this header and `size` bytes of data that count up from 0. */
static struct text file_of(const char *header, size_t size) {
    struct text file = {0};
    put64(&file, strlen(header));
    text_add(&file, header);
    for (size_t i = 0; i < size; i++)
        text_repeat(&file, (char)(i & 0xFF), 1);
    return file;
}

static void refused_header(const char *header, size_t size, const char *class) {
    struct text file = file_of(header, size);
    refused(&file, STATUS_INPUT, class);
}

/* The same of a file with one tensor `w`. */
static void refused_tensor(const char *type, const char *shape, const char *offsets, size_t size,
                           const char *class) {
    char header[512];
    snprintf(header, sizeof header, "{\"w\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}",
             type, shape, offsets);
    refused_header(header, size, class);
}

#define W "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"

START_TEST(reads_what_is_right) {
    struct text file =
        file_of("{\"__metadata__\":{\"format\":\"pt\"}," W
                ",\"s\":{\"data_offsets\":[8,12],\"shape\":[],\"dtype\":\"F32\"}}   ",
                12);
    struct weights weights;
    struct file_error error;
    ck_assert_int_eq(read_needed((unsigned char *)file.data, file.length, &weights, &error), 0);
    ck_assert_uint_eq(weights.count, 2);
    const struct tensor *w = weights_find(&weights, "w"), *s = weights_find(&weights, "s");
    ck_assert_ptr_nonnull(w);
    ck_assert_ptr_nonnull(s);
    ck_assert_ptr_null(weights_find(&weights, "__metadata__"));
    ck_assert_int_eq(w->rank, 1);
    ck_assert_uint_eq(w->count, 2);
    ck_assert_int_eq(s->rank, 0);
    ck_assert_uint_eq(s->count, 1);
    ck_assert_mem_eq(w->data, "\0\1\2\3\4\5\6\7", 8);
    ck_assert_mem_eq(s->data, "\10\11\12\13", 4);
    weights_close(&weights);
    text_free(&file);

    file = file_of("{}", 0); /* legal, if useless */
    ck_assert_int_eq(read_needed((unsigned char *)file.data, file.length, &weights, &error), 0);
    ck_assert_uint_eq(weights.count, 0);
    ck_assert_ptr_null(weights_find(&weights, "w"));
    weights_close(&weights);
    text_free(&file);
}
END_TEST

START_TEST(t1_too_short) {
    for (size_t size = 0; size <= 8; size++) {
        struct text file = {0};
        text_bytes(&file, "\2\0\0\0\0\0\0\0", size);
        refused(&file, STATUS_INPUT, "weights-trunc");
    }
    for (size_t size = 9; size < 8 + strlen("{" W "}") + 8; size++) { /* cut anywhere */
        struct text file = file_of("{" W "}", 8);
        file.length = size;
        refused(&file, STATUS_INPUT,
                size < 8 + strlen("{" W "}") ? "weights-header" : "weights-offset");
    }
}
END_TEST

START_TEST(t2_header_length) {
    static const uint64_t lengths[] = {
        0, 1, UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - 7, UINT64_MAX - 8, 100 - 7};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct text file = {0};
        put64(&file, lengths[i]);
        text_add(&file, "{");
        text_repeat(&file, ' ', 100 - file.length);
        refused(&file, STATUS_INPUT, "weights-header");
    }
    struct text file = {0};
    put64(&file, SAFETENSORS_HEADER + 1);
    text_add(&file, "{}");
    text_repeat(&file, ' ', SAFETENSORS_HEADER - 1);
    refused(&file, STATUS_LIMIT, "limit-header");
}
END_TEST

START_TEST(t3_header_bounds) {
    static const char *const headers[] = {
        "XXXX", " {" W "}", "\n{" W "}", "{" W "}\n", "{" W "}\t ", "{" W "}x", "{" W "} {}",
        "[]",   "    ",     "{",         "}",         "{}{}",       "\"\"",     "{" W "}  ;"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        refused_header(headers[i], 8, "weights-header");
    struct text file = file_of("{" W "}", 8);
    file.data[8 + strlen("{" W "}")] = '!'; /* data may be anything */
    struct weights weights;
    struct file_error error;
    ck_assert_int_eq(read_needed((unsigned char *)file.data, file.length, &weights, &error), 0);
    weights_close(&weights);
    text_free(&file);
}
END_TEST

/* Padded with blanks, as writers do, to lengths whose bytes are marks of other files: P6, Pf, a
 * pickle, JPEG XL. */
START_TEST(lengths_like_marks) {
    static const size_t lengths[] = {669264, 673360, 8192640, 2815};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct text header = {0};
        struct weights weights;
        struct file_error error;
        text_add(&header, "{" W "}");
        text_repeat(&header, ' ', lengths[i] - header.length);
        struct text file = file_of(header.data, 8);
        enum status status = read_needed((unsigned char *)file.data, file.length, &weights, &error);
        ck_assert_msg(status == STATUS_OK, "%s", status == STATUS_OK ? "" : error.message);
        ck_assert_uint_eq(weights.count, 1);
        weights_close(&weights);
        text_free(&file);
        text_free(&header);
    }
}
END_TEST

START_TEST(t4_json) {
    static const char *const headers[] = {
        "{" W "," W "}",
        "{" W ",\"\\u0077\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]}}",
        "{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{" W ",}",
        "{" W "/* */}",
        "{" W "// \n}",
        "{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"\\u0000\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"w\\u0000\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"__metadata__\":{\"a\":\"\\u0000\"}}",
        "{\"\xFF\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"\xC0\x80\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"offsets\":[0,8]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}",
        "{\"w\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":{}}}",
        "{\"w\":[]}",
        "{\"w\":null}",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        refused_header(headers[i], 8, "weights-header");
    static const struct {
        const char *shape, *class;
    } shapes[] = {
        {"[1e999]", "weights-header"},
        {"[-0]", "weights-header"},
        {"[-0.0]", "weights-header"},
        {"[2.0]", "weights-shape"},
        {"[2e0]", "weights-shape"},
        {"[9007199254740993]", "weights-shape"},
        {"[9223372036854775808]", "weights-header"},
        {"[\"2\"]", "weights-shape"},
        {"[true]", "weights-shape"},
        {"[null]", "weights-shape"},
        {"[02]", "weights-header"},
        {"[+2]", "weights-header"},
        {"[0x2]", "weights-header"},
        {"[NaN]", "weights-header"},
        {"[[2]]", "weights-header"},
        {"[2,]", "weights-header"},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        refused_tensor("F32", shapes[i].shape, "[0,8]", 8, shapes[i].class);

    static const char *const openings[] = {"[", "{\"a\":"};
    for (size_t i = 0; i < 2; i++) { /* depth 10^5 */
        struct text header = {0};
        text_add(&header, "{\"w\":");
        for (int depth = 0; depth < 100000; depth++)
            text_add(&header, openings[i]);
        text_add(&header, "}");
        refused_header(header.data, 0, "weights-header");
        text_free(&header);
    }
}
END_TEST

START_TEST(t5_offsets) {
    static const char *const offsets[] = {
        "[8,0]",
        "[-8,0]",
        "[0,-8]",
        "[-1,7]",
        "[0,16]",
        "[8,16]",
        "[4,12]",
        "[9,17]",
        "[1,9]",
        "[0,9223372036854775807]",
        "[9223372036854775800,9223372036854775807]",
        "[0.0,8]",
        "[\"0\",8]",
        "[null,8]",
    };
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
        refused_tensor("F32", "[2]", offsets[i], 8, "weights-offset");
    refused_tensor("F32", "[2]", "[4,12]", 12, "weights-offset"); /* does not begin at 0 */
    refused_tensor("F32", "[2]", "[0,8]", 9, "weights-offset");   /* data behind */
    refused_tensor("F32", "[2]", "[0,8]", 7, "weights-offset");
#define PAIR(a, b)                                                                                 \
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" a                                  \
    "},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" b "}}"
    refused_header(PAIR("[0,8]", "[4,12]"), 12, "weights-offset");  /* overlap */
    refused_header(PAIR("[0,8]", "[0,8]"), 8, "weights-offset");    /* the same */
    refused_header(PAIR("[0,8]", "[12,20]"), 20, "weights-offset"); /* hole */
    struct text file = file_of(PAIR("[8,16]", "[0,8]"), 16);        /* any order is legal */
    struct weights weights;
    struct file_error error;
    ck_assert_int_eq(read_needed((unsigned char *)file.data, file.length, &weights, &error), 0);
    ck_assert_mem_eq(weights_find(&weights, "a")->data, "\10\11", 2);
    ck_assert_str_eq(weights.tensors[0].name, "a");
    weights_close(&weights);
    text_free(&file);
}
END_TEST

START_TEST(t6_t7_shapes) {
    static const struct {
        const char *shape;
        size_t size;
    } shapes[] = {
        {"[0]", 0}, /* T6: a tensor without elements is none */
        {"[2,0]", 0},
        {"[4194305,4194305,211106198978564]", 16}, /* wraps to 4 */
        {"[4294967296,4294967296]", 0},            /* wraps to 0 */
        {"[4611686018427387905]", 4},              /* bits wrap */
        {"[-1]", 4},
        {"[-1,-1]", 4},
        {"[1,1,1,1,1,1,1,1,1]", 4}, /* rank 9 */
        {"[3]", 8},
        {"[1]", 8},
        {"[]", 8},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char offsets[32];
        snprintf(offsets, sizeof offsets, "[0,%zu]", shapes[i].size);
        refused_tensor("F32", shapes[i].shape, offsets, shapes[i].size, "weights-shape");
    }
    refused_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
                   "\"b\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                   0, "weights-shape");
    struct text file = file_of(
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1,1,2,1,1,1,1,1],\"data_offsets\":[0,8]}}", 8);
    struct weights weights;
    struct file_error error;
    ck_assert_int_eq(read_needed((unsigned char *)file.data, file.length, &weights, &error), 0);
    ck_assert_int_eq(weights.tensors[0].rank, 8);
    ck_assert_uint_eq(weights.tensors[0].extents[2], 2);
    weights_close(&weights);
    text_free(&file);
}
END_TEST

START_TEST(t7_limits) {
    struct text file = {0}; /* consistent, but too long in one dimension */
    char header[128];
    snprintf(header, sizeof header,
             "{\"w\":{\"dtype\":\"F16\",\"shape\":[16777217],\"data_offsets\":[0,33554434]}}");
    put64(&file, strlen(header));
    text_add(&file, header);
    text_repeat(&file, '\0', 33554434);
    refused(&file, STATUS_LIMIT, "limit-tensor");
}
END_TEST

START_TEST(t8_types) {
    static const char *const types[] = {
        "I8",  "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
        "F33", "",   "f32",  "F32 ",    "<f4",     "I128",    "F8_E3M4"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        refused_tensor(types[i], "[8]", "[0,8]", 8, "weights-dtype");
    refused_tensor("C64", "[1]", "[0,8]", 8, "weights-dtype");
    refused_tensor("F4", "[16]", "[0,8]", 8, "weights-dtype");
    refused_tensor("F6_E2M3", "[4]", "[0,3]", 3, "weights-dtype");
    refused_tensor("F4", "[3]", "[0,2]", 2, "weights-shape"); /* does not end with a byte */
    refused_tensor("I64", "[8]", "[0,8]", 8, "weights-shape");
    refused_tensor("BOOL", "[9]", "[0,8]", 8, "weights-shape");
    refused_tensor("F64", "[2]", "[0,8]", 8, "weights-shape");
    refused_tensor("F16", "[2]", "[0,8]", 8, "weights-shape");

    static const unsigned char data[] = {
        0,    0,    0,    0,    0,    0,    0xF8, 0xBF, /* F64 -1.5 */
        0,    0,    0,    0,    0,    0,    0xF0, 0x7E, /* F64 beyond float32 */
        0x01, 0,    0,    0x10, 0,    0,    0xF0, 0x3F, /* F64 above half a unit*/
        0x00, 0x3C, 0xFF, 0x7B, 0x01, 0x00, 0x00, 0x80, /* F16 1, 65504, 2^-24, -0 */
        0x00, 0xFC, 0x01, 0x7E, 0xFF, 0x83, 0x00, 0x04, /* F16 -inf, NaN, -1023*2^-24, 2^-14 */
        0x80, 0x3F, 0x80, 0xFF, 0xC0, 0x7F, 0x01, 0x00, /* BF16 1, -inf, NaN, subnormal */
    };
    struct text file = {0};
    static const char header[] =
        "{\"d\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[0,24]},"
        "\"h\":{\"dtype\":\"F16\",\"shape\":[2,4],\"data_offsets\":[24,40]},"
        "\"b\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[40,48]}}";
    put64(&file, sizeof header - 1);
    text_add(&file, header);
    text_bytes(&file, (const char *)data, sizeof data);
    struct weights weights;
    struct file_error error;
    ck_assert_int_eq(read_needed((unsigned char *)file.data, file.length, &weights, &error), 0);
    const float *d = weights_find(&weights, "d")->data, *h = weights_find(&weights, "h")->data;
    const float *b = weights_find(&weights, "b")->data;
    ck_assert(d[0] == -1.5F && isinf(d[1]) && d[2] == 1 + 0x1p-23F);
    ck_assert(h[0] == 1 && h[1] == 65504 && h[2] == 0x1p-24F && h[3] == 0 && signbit(h[3]));
    ck_assert(isinf(h[4]) && h[4] < 0 && isnan(h[5]) && h[6] == -1023 * 0x1p-24F);
    ck_assert(h[7] == 0x1p-14F);
    ck_assert(b[0] == 1 && isinf(b[1]) && b[1] < 0 && isnan(b[2]) && b[3] == 0x1p-133F);
    ck_assert_uint_eq(tensor_nonfinite(weights_find(&weights, "h")), 2);
    weights_close(&weights);
    text_free(&file);
}
END_TEST

/* Every half against the definition of IEEE 754. */
START_TEST(t8_every_half) {
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        unsigned char bytes[2] = {(unsigned char)(bits & 0xFF), (unsigned char)(bits >> 8)};
        float got;
        element_convert(ELEMENT_F16, false, bytes, 1, &got);
        int exponent = (int)(bits >> 10 & 0x1F), fraction = (int)(bits & 0x3FF);
        double value = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
        if (exponent == 31)
            value = fraction ? (double)NAN : (double)INFINITY;
        ck_assert(exponent == 31 && fraction ? isnan(got) : fabs((double)got) == value);
        ck_assert_int_eq(signbit(got) != 0, bits >> 15);
    }
}
END_TEST

/* What a network wants of a file: `w`, two floats. */
static const struct tensor wanted_w[] = {{.name = "w", .rank = 1, .extents = {2}, .count = 2}};

/* Reads a file of `w`, the two floats at its end, and of others, which nobody needs. The caller
 * closes the weights. */
static void read_unneeded(const char *others, size_t size, struct weights *weights) {
    char header[1024];
    struct file_error error = {.message = ""};
    snprintf(header, sizeof header,
             "{%s,\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%zu,%zu]}}", others,
             size, size + 8);
    struct text file = file_of(header, size + 8);
    unsigned char *bytes = malloc(file.length); /* of the test's end: the tensors lie in it */
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, file.data, file.length);
    ck_assert_msg(weights_read(bytes, file.length, weights, &error) == STATUS_OK, "%s: %s", header,
                  error.message);
    ck_assert_int_eq(weights_load(weights, weights_find(weights, "w"), &error), STATUS_OK);
    ck_assert_mem_eq(weights_find(weights, "w")->data, bytes + file.length - 8, 8);
    text_free(&file);
}

static size_t count_extra(const struct weights *weights) {
    struct weights_mismatch *list;
    struct arena arena;
    arena_init(&arena);
    if (setjmp(arena.out_of_memory))
        ck_abort_msg("out of memory");
    size_t length = weights_match(weights, wanted_w, 1, &arena, &list);
    for (size_t i = 0; i < length; i++)
        ck_assert_int_eq(list[i].kind, MISMATCH_EXTRA);
    arena_free(&arena);
    return length;
}

/* T6, T7, T8: of any type and shape, with the warning of any other. */
START_TEST(t8_unneeded) {
    static const struct {
        const char *entry; /* of dtype, shape, data_offsets */
        size_t size;
    } others[] = {
        {"\"I64\",\"shape\":[1],\"data_offsets\":[0,8]", 8},
        {"\"BOOL\",\"shape\":[3],\"data_offsets\":[0,3]", 3},
        {"\"U8\",\"shape\":[],\"data_offsets\":[0,1]", 1},
        {"\"I8\",\"shape\":[2,2],\"data_offsets\":[0,4]", 4},
        {"\"C64\",\"shape\":[2],\"data_offsets\":[0,16]", 16},
        {"\"F8_E4M3\",\"shape\":[5],\"data_offsets\":[0,5]", 5},
        {"\"F8_E8M0\",\"shape\":[5],\"data_offsets\":[0,5]", 5},
        {"\"F6_E3M2\",\"shape\":[8],\"data_offsets\":[0,6]", 6},
        {"\"F4\",\"shape\":[2],\"data_offsets\":[0,1]", 1},
        {"\"F128\",\"shape\":[2],\"data_offsets\":[0,7]", 7}, /* to come: of any size */
        {"\"\",\"shape\":[2],\"data_offsets\":[0,0]", 0},
        {"\"F32\",\"shape\":[0],\"data_offsets\":[0,0]", 0},
        {"\"F32\",\"shape\":[3,0,2],\"data_offsets\":[0,0]", 0},
        {"\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]", 4},
        {"\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1,4],\"data_offsets\":[0,4]", 4},
        {"\"F32\",\"shape\":[0,16777217],\"data_offsets\":[0,0]", 0},
        {"\"F64\",\"shape\":[1],\"data_offsets\":[0,8]", 8},
        /* wrong in itself: a size, a wrap to 4 bytes, a negative extent */
        {"\"F32\",\"shape\":[2],\"data_offsets\":[0,4]", 4},
        {"\"F32\",\"shape\":[4611686018427387905,4],\"data_offsets\":[0,16]", 16},
        {"\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]", 4},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char entry[256];
        struct weights weights;
        struct file_error error;
        snprintf(entry, sizeof entry, "\"other\":{\"dtype\":%s}", others[i].entry);
        read_unneeded(entry, others[i].size, &weights);
        void *bytes = (void *)(uintptr_t)weights.bytes;
        ck_assert_ptr_null(weights_find(&weights, "other")->data);
        ck_assert_uint_eq(count_extra(&weights), 1);
        bool floats = strncmp(others[i].entry, "\"F64", 4) == 0; /* and needed, it is refused */
        enum status status = weights_load(&weights, weights_find(&weights, "other"), &error);
        if (!floats && strncmp(others[i].entry, "\"I64", 4) != 0)
            ck_assert_msg(status == STATUS_INPUT || status == STATUS_LIMIT, "%s", entry);
        weights_close(&weights);
        free(bytes);
    }
    struct weights weights; /* empty ones that share an offset with each other and with a third */
    read_unneeded("\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]},"
                  "\"b\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[4,4]},"
                  "\"c\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                  "\"d\":{\"dtype\":\"I32\",\"shape\":[0],\"data_offsets\":[0,0]}",
                  4, &weights);
    void *bytes = (void *)(uintptr_t)weights.bytes;
    ck_assert_uint_eq(count_extra(&weights), 4);
    weights_close(&weights);
    free(bytes);
    struct text name = {0}; /* a name that no layer can have */
    text_add(&name, "\"");
    text_repeat(&name, 'n', FILE_ERROR_TENSOR + 1);
    text_add(&name, "\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}");
    read_unneeded(name.data, 4, &weights);
    bytes = (void *)(uintptr_t)weights.bytes;
    ck_assert_uint_eq(count_extra(&weights), 1);
    weights_close(&weights);
    free(bytes);
    text_free(&name);
}
END_TEST

/* What is needed and whole is taken when float32 holds it. */
START_TEST(t8_whole) {
    static const struct {
        const char *type;
        uint64_t bits;
        float value; /* 0: not held exactly */
        const char *digits;
    } numbers[] = {
        {"I16", 0xFFFF, -1, ""},
        {"I16", 0x8000, -32768, ""},
        {"U16", 0xFFFF, 65535, ""},
        {"I32", 16777216, 16777216, ""},
        {"I32", 16777217, 0, "16777217"},
        {"I32", 16777218, 16777218, ""},
        {"I32", 0xFEFFFFFF, 0, "-16777217"},
        {"I32", 0x80000000, -0x1p31F, ""},
        {"I32", 0x7FFFFFFF, 0, "2147483647"},
        {"U32", 0xFFFFFF00, 4294967040, ""},
        {"U32", 0xFFFFFFFF, 0, "4294967295"},
        {"I64", (uint64_t)-3, -3, ""},
        {"I64", UINT64_C(1) << 63, -0x1p63F, ""},
        {"I64", INT64_MAX, 0, "9223372036854775807"},
        {"I64", (UINT64_C(1) << 40) + 1, 0, "1099511627777"},
        {"U64", UINT64_C(1) << 63, 0x1p63F, ""},
        {"U64", UINT64_C(0xFFFFFF) << 40, 0xFFFFFFp40F, ""},
        {"U64", UINT64_MAX, 0, "18446744073709551615"},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char header[256];
        int size = atoi(numbers[i].type + 1) / 8;
        snprintf(header, sizeof header,
                 "{\"w\":{\"dtype\":\"%s\",\"shape\":[2,3],\"data_offsets\":[0,%d]}}",
                 numbers[i].type, 6 * size);
        struct text file = file_of(header, 0);
        for (int k = 0; k < 6; k++) { /* 0 but for [1, 2] */
            const uint64_t bits = k == 5 ? numbers[i].bits : 0;
            text_bytes(&file, (const char *)&bits, (size_t)size);
        }
        struct weights weights;
        struct file_error error;
        enum status status = read_needed((unsigned char *)file.data, file.length, &weights, &error);
        if (*numbers[i].digits) {
            ck_assert_int_eq(status, STATUS_INPUT);
            ck_assert_str_eq(error.class, "weights-value");
            ck_assert_str_eq(error.tensor, "w");
            ck_assert_msg(strstr(error.message, numbers[i].digits) &&
                              strstr(error.message, "[1, 2]"),
                          "%s", error.message);
        } else {
            ck_assert_msg(status == STATUS_OK, "%s", header);
            ck_assert(weights.tensors[0].data[5] == numbers[i].value);
            ck_assert(weights.tensors[0].data[4] == 0);
            ck_assert(element_whole(weights.tensors[0].element));
            weights_close(&weights);
        }
        text_free(&file);
    }
}
END_TEST

/* T9: the counters of batch normalisation, of any type and rank: not a word of them. */
START_TEST(t9_ignorable) {
    struct weights weights;
    read_unneeded(
        "\"bn.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
        "\"b.num_batches_tracked\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1,4],"
        "\"data_offsets\":[8,12]},"
        "\"num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[12,20]}",
        20, &weights);
    void *bytes = (void *)(uintptr_t)weights.bytes;
    ck_assert_uint_eq(weights.count, 4);
    ck_assert_ptr_null(weights_find(&weights, "b.num_batches_tracked")->data);
    ck_assert_uint_eq(count_extra(&weights), 1); /* the last is of no layer */
    weights_close(&weights);
    free(bytes);
}
END_TEST

START_TEST(t9_match) {
    static const float zeros[24];
    const struct tensor held[] = {
        {.name = "a", .rank = 2, .extents = {2, 3}, .count = 6, .data = zeros},
        {.name = "b", .rank = 2, .extents = {3, 2}, .count = 6, .data = zeros},
        {.name = "c", .rank = 4, .extents = {6, 1, 1, 1}, .count = 6, .data = zeros},
        {.name = "d", .rank = 0, .count = 1, .data = zeros},
        {.name = "w", .rank = 1, .extents = {5}, .count = 5, .data = zeros},
        {.name = "bn.num_batches_tracked"},
    };
    const struct tensor wanted[] = {
        {.name = "a", .rank = 2, .extents = {2, 3}}, {.name = "b", .rank = 2, .extents = {2, 3}},
        {.name = "c", .rank = 2, .extents = {6, 1}}, {.name = "d", .rank = 1, .extents = {1}},
        {.name = "W", .rank = 1, .extents = {5}}, /* the right count, another name */
    };
    struct tensor sorted[] = {held[0], held[1], held[5], held[2], held[3], held[4]};
    struct weights weights = {.tensors = sorted, .count = 6};
    struct weights_mismatch *list;
    struct arena arena;
    arena_init(&arena);
    if (setjmp(arena.out_of_memory))
        ck_abort_msg("out of memory");
    size_t length = weights_match(&weights, wanted, 5, &arena, &list);
    ck_assert_uint_eq(length, 5);
    ck_assert(list[0].kind == MISMATCH_SHAPE && list[0].wanted == &wanted[1]); /* transposed */
    ck_assert(list[1].kind == MISMATCH_SHAPE && list[1].found == &sorted[3]);  /* other rank */
    ck_assert(list[2].kind == MISMATCH_SHAPE && list[2].wanted == &wanted[3]); /* a scalar */
    ck_assert(list[3].kind == MISMATCH_MISSING && list[3].wanted == &wanted[4]);
    ck_assert(list[4].kind == MISMATCH_EXTRA && list[4].found == &sorted[5]);
    ck_assert_uint_eq(weights_match(&weights, NULL, 0, &arena, &list), 5);
    arena_free(&arena);
}
END_TEST

/* The names of a file against those of a network: `without` becomes `with`. */
START_TEST(prefixes) {
    static const struct {
        const char *file[5], *network[4], *without, *with; /* NULL: none makes all fit */
    } cases[] = {
        {{"module.a.bias", "module.a.weight"}, {"a.weight", "a.bias"}, "module.", ""},
        {{"ema.m.a.w", "m.a.w", "m.b.w"}, {"a.w", "b.w"}, "m.", ""},
        {{"ema.m.a.w", "m.a.w"}, {"a.w"}, "m.", ""}, /* the shortest */
        {{"a.bias", "a.weight"}, {"net.a.weight", "net.a.bias"}, "", "net."},
        {{"model.a.bias", "model.a.weight"}, {"net.a.weight", "net.a.bias"}, "model.", "net."},
        {{"head.bias", "head.weight"}, {"fc1.weight", "fc1.bias"}, "head.", "fc1."},
        {{"m.a.bias", "m.a.weight", "optimizer.step"}, {"a.weight", "a.bias"}, "m.", ""},
        {{"xa.w"}, {"a.w"}, "x", ""},
        {{"a.w", "m.b.w"}, {"a.w", "b.w"}, NULL, NULL}, /* only some have it */
        {{"m.a.w"}, {"a.w", "b.w"}, NULL, NULL},
        {{"a.w", "b.w"}, {"a.w", "b.w"}, NULL, NULL}, /* all fit */
        {{"other"}, {"a.w"}, NULL, NULL},
        {{NULL}, {"a.w"}, NULL, NULL},
        {{"a.w"}, {NULL}, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tensor held[5] = {{0}}, wanted[4] = {{0}};
        struct weights weights = {.tensors = held};
        struct weights_prefix prefix;
        size_t count = 0;
        for (; cases[i].file[weights.count]; weights.count++)
            held[weights.count].name = cases[i].file[weights.count];
        for (; cases[i].network[count]; count++)
            wanted[count].name = cases[i].network[count];
        bool found = weights_prefix_find(&weights, wanted, count, &prefix);
        ck_assert_msg(found == (cases[i].with != NULL), "case %zu", i);
        if (!found)
            continue;
        ck_assert_uint_eq(prefix.file_length, strlen(cases[i].without));
        ck_assert_uint_eq(prefix.network_length, strlen(cases[i].with));
        ck_assert_int_eq(strncmp(prefix.file, cases[i].without, prefix.file_length), 0);
        ck_assert_int_eq(strncmp(prefix.network, cases[i].with, prefix.network_length), 0);
    }
}
END_TEST

START_TEST(t10_many_tensors) {
    struct text file = {0}, header = {0};
    text_add(&header, "{");
    for (int i = 0; header.length < SAFETENSORS_HEADER - 100; i++)
        text_format(&header, "%s\"%x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}",
                    i ? "," : "", (unsigned)i);
    text_add(&header, "}");
    put64(&file, header.length);
    text_bytes(&file, header.data, header.length);
    text_free(&header);
    refused(&file, STATUS_LIMIT, "limit-tensors");

    struct text few = {0}; /* few commas, too many tensors all the same */
    text_add(&few, "{\"w\":1");
    for (int i = 0; i <= WEIGHTS_TENSORS; i++)
        text_format(&few, ",\"%x\":1", (unsigned)i);
    text_add(&few, "}");
    put64(&file, few.length);
    text_bytes(&file, few.data, few.length);
    text_free(&few);
    refused(&file, STATUS_LIMIT, "limit-tensors");
}
END_TEST

/* T11: any value is data; what to say of it is for the caller, who has tensor_nonfinite. */
START_TEST(t11_values) {
    static const uint32_t bits[] = {0x7FC00000, 0x7F800001, 0xFF800000, 1, 0x80000000, 0x3F800000};
    struct text file = {0};
    static const char header[] =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,24]}}  ";
    put64(&file, sizeof header - 1);
    text_add(&file, header);
    text_bytes(&file, (const char *)bits, sizeof bits);
    for (size_t shift = 0; shift < 8; shift++) { /* T12: and at any address, bit for bit */
        unsigned char *memory;
        const unsigned char *bytes = exact_copy(&file, shift, &memory);
        struct weights weights;
        struct file_error error;
        ck_assert_int_eq(read_needed(bytes, file.length, &weights, &error), 0);
        struct tensor *w = weights_find(&weights, "w");
        ck_assert_mem_eq(w->data, bits, sizeof bits);
        ck_assert_uint_eq((uintptr_t)w->data % 4, 0);
        ck_assert_int_eq((uintptr_t)w->data >= (uintptr_t)bytes &&
                             (uintptr_t)w->data < (uintptr_t)bytes + file.length,
                         (uintptr_t)(bytes + 8 + sizeof header - 1) % 4 == 0);
        ck_assert_uint_eq(tensor_nonfinite(w), 3);
        weights_drop(&weights, w);
        ck_assert_ptr_null(w->data);
        weights_close(&weights);
        free(memory);
    }
    text_free(&file);
}
END_TEST

static void write_file(const char *path, const char *bytes, size_t length) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, bytes, length), (ssize_t)length);
    close(descriptor);
}

/* T13: what is replaced or grows stays what it was; what shrinks is the handler of SIGBUS's, which
 * is the program's. T13, T2: a sparse file of 1 TB costs nothing. */
START_TEST(t13_changing_files) {
    char directory[256], path[300], other[300];
    make_directory(directory, sizeof directory);
    snprintf(path, sizeof path, "%s/w", directory);
    snprintf(other, sizeof other, "%s/other", directory);
    struct text file = file_of("{" W "}", 8);
    struct weights weights;
    struct file_error error;
    write_file(path, file.data, file.length);
    ck_assert_int_eq(open_needed(path, &weights, &error), STATUS_OK);
    write_file(other, "x", 1);
    ck_assert_int_eq(truncate(path, 1 << 20), 0);
    ck_assert_int_eq(rename(other, path), 0);
    ck_assert_mem_eq(weights.tensors[0].data, "\0\1\2\3\4\5\6\7", 8);
    weights_close(&weights);

    write_file(path, file.data, file.length);
    if (truncate(path, (off_t)1 << 40) == 0) { /* not every file system can */
        ck_assert_int_eq(weights_open(path, &weights, &error), STATUS_INPUT);
        ck_assert_str_eq(error.class, "weights-offset");
    }
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(weights_open(path, &weights, &error), STATUS_IO);
    ck_assert_str_eq(error.class, "io");
    ck_assert_int_eq(weights_open(directory, &weights, &error), STATUS_INPUT);
    ck_assert_str_eq(error.class, "path");
    ck_assert_int_eq(weights_open("/dev/zero", &weights, &error), STATUS_INPUT);
    ck_assert_str_eq(error.class, "path");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(weights_open(path, &weights, &error), STATUS_INPUT); /* and does not wait */
    ck_assert_str_eq(error.class, "path");
    unlink(path);
    rmdir(directory);
    text_free(&file);
}
END_TEST

START_TEST(t14_metadata) {
    static const char *const headers[] = {"{\"__metadata__\":{\"a\":1}," W "}",
                                          "{\"__metadata__\":{\"a\":null}," W "}",
                                          "{\"__metadata__\":{\"a\":{}}," W "}",
                                          "{\"__metadata__\":[]," W "}",
                                          "{\"__metadata__\":\"a\"," W "}",
                                          "{\"__metadata__\":{\"a\":[\"b\"]}," W "}",
                                          "{\"__metadata__\":{\"a\":\"b\",\"a\":\"b\"}," W "}"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        refused_header(headers[i], 8, "weights-header");
    struct text header = {0};
    text_add(&header, "{\"__metadata__\":{\"a\":\"");
    text_repeat(&header, '{', 15 << 20);
    text_add(&header, "\\\"\"}," W "}");
    struct text file = file_of(header.data, 8);
    struct weights weights;
    struct file_error error;
    ck_assert_int_eq(read_needed((unsigned char *)file.data, file.length, &weights, &error), 0);
    ck_assert_uint_eq(weights.count, 1);
    weights_close(&weights);
    text_free(&file);
    text_free(&header);
}
END_TEST

START_TEST(saves_and_reads_back) {
    char directory[256], path[300];
    make_directory(directory, sizeof directory);
    snprintf(path, sizeof path, "%s/w.safetensors", directory);
    const uint32_t bits[] = {0x7FC12345, 0xFF800000, 1, 0x80000000, 0x3F800000, 0x7F7FFFFF};
    float data[6];
    memcpy(data, bits, sizeof data);
    const struct tensor tensors[] = {
        {.name = "z\"\\\n\xC3\xA9", .rank = 2, .extents = {2, 3}, .count = 6, .data = data},
        {.name = "a", .rank = 0, .count = 1, .data = data + 4},
        {.name = "m", .rank = 8, .extents = {1, 1, 3, 1, 1, 1, 1, 1}, .count = 3, .data = data},
    };
    struct weights weights;
    struct file_error error;
    ck_assert_int_eq(safetensors_save(path, tensors, 3, &error), STATUS_OK);
    ck_assert_int_eq(open_needed(path, &weights, &error), STATUS_OK);
    ck_assert_uint_eq(weights.count, 3);
    ck_assert_uint_eq(weights.bytes[0] % 8, 0); /* the header is padded */
    for (size_t i = 0; i < 3; i++) {
        struct tensor *read = weights_find(&weights, tensors[i].name);
        ck_assert_ptr_nonnull(read);
        ck_assert_int_eq(read->rank, tensors[i].rank);
        ck_assert_mem_eq(read->extents, tensors[i].extents, sizeof read->extents);
        ck_assert_mem_eq(read->data, tensors[i].data, read->count * sizeof(float));
    }
    struct text first = {0};
    text_bytes(&first, (const char *)weights.bytes, weights.length);
    /* Saved from its own mapping, over itself: the same bytes. */
    ck_assert_int_eq(safetensors_save(path, weights.tensors, 3, &error), STATUS_OK);
    weights_close(&weights);
    ck_assert_int_eq(open_needed(path, &weights, &error), STATUS_OK);
    ck_assert_uint_eq(weights.length, first.length);
    ck_assert_mem_eq(weights.bytes, first.data, first.length);
    weights_close(&weights);
    text_free(&first);
    ck_assert_int_eq(safetensors_save(path, NULL, 0, &error), STATUS_OK);
    ck_assert_int_eq(open_needed(path, &weights, &error), STATUS_OK);
    ck_assert_uint_eq(weights.count, 0);
    weights_close(&weights);
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0); /* no temporary stayed */
}
END_TEST

/* Sums taken by numpy. */
static void check_sum(struct weights *weights, const char *name, size_t count, double sum) {
    struct tensor *tensor = weights_find(weights, name);
    struct file_error error;
    ck_assert_msg(tensor && weights_load(weights, tensor, &error) == STATUS_OK, "%s", name);
    ck_assert_uint_eq(tensor->count, count);
    double got = 0;
    for (size_t i = 0; i < count; i++)
        got += (double)tensor->data[i];
    ck_assert_msg(fabs(got - sum) < 1e-9 * (1 + fabs(sum)), "%s: %.17g", name, got);
}

START_TEST(real_files) {
    struct weights weights;
    struct file_error error;
    const char *path = data_path("weights/mobilenet-v1-025-224.safetensors");
    if (!path)
        return;
    ck_assert_int_eq(weights_open(path, &weights, &error), STATUS_OK);
    ck_assert_uint_eq(weights.count, 137);
    check_sum(&weights, "conv1.weight", 216, -1.1793963642073138);
    check_sum(&weights, "conv_preds.bias", 1000, -6.666755250538699);
    weights_close(&weights);
    ck_assert_int_eq(weights_open(data_path("weights/burn-mnist.safetensors"), &weights, &error),
                     STATUS_OK);
    ck_assert_uint_eq(weights.count, 20);
    check_sum(&weights, "fc1.weight", 371712, -335.3114262489783);
    check_sum(&weights, "norm2.weight", 10, 38.147329330444336);
    ck_assert_ptr_nonnull(weights_find(&weights, "norm1.num_batches_tracked"));
    struct tensor *dropped = weights_find(&weights, "fc1.weight");
    weights_drop(&weights, dropped);
    ck_assert_ptr_null(dropped->data);
    check_sum(&weights, "fc2.weight", 320, 17.672533150514937); /* its neighbours stay */
    weights_close(&weights);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("safetensors");
    tcase_add_test(tests, reads_what_is_right);
    tcase_add_test(tests, t1_too_short);
    tcase_add_test(tests, t2_header_length);
    tcase_add_test(tests, t3_header_bounds);
    tcase_add_test(tests, lengths_like_marks);
    tcase_add_test(tests, t4_json);
    tcase_add_test(tests, t5_offsets);
    tcase_add_test(tests, t6_t7_shapes);
    tcase_add_test(tests, t7_limits);
    tcase_add_test(tests, t8_types);
    tcase_add_test(tests, t8_every_half);
    tcase_add_test(tests, t8_unneeded);
    tcase_add_test(tests, t8_whole);
    tcase_add_test(tests, prefixes);
    tcase_add_test(tests, t9_ignorable);
    tcase_add_test(tests, t9_match);
    tcase_add_test(tests, t10_many_tensors);
    tcase_add_test(tests, t11_values);
    tcase_add_test(tests, t13_changing_files);
    tcase_add_test(tests, t14_metadata);
    tcase_add_test(tests, saves_and_reads_back);
    tcase_add_test(tests, real_files);
    return run_case("safetensors", tests);
}
