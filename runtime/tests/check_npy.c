/* npy against hostile and legal files. The numbers N1 to N3, N10 are rows of the list of hostile
 * inputs; where the reader decides otherwise, the test says so. */
#include "../weights/npy.h"
#include "weights_case.h"

/* A file of version 1 with this dictionary and `size` bytes of data that count up from 0. */
static struct text file_of(const char *dict, size_t size) {
    struct text file = {0};
    text_bytes(&file, "\x93NUMPY\1\0", 8);
    put16(&file, (unsigned)strlen(dict) + 1);
    text_add(&file, dict);
    text_add(&file, "\n");
    for (size_t i = 0; i < size; i++)
        text_repeat(&file, (char)(i & 0xFF), 1);
    return file;
}

/* Is it refused? It is freed. */
static void refused_npy(struct text *file, enum status status, const char *class) {
    struct npy npy;
    struct file_error error = {.class = "none"};
    unsigned char *memory;
    const unsigned char *bytes = exact_copy(file, 0, &memory);
    enum status got = npy_read(bytes, file->length, &npy, &error);
    ck_assert_msg(got == status && strcmp(error.class, class) == 0,
                  "%d %s, wanted %d %s: %s (%.200s)", (int)got, error.class, (int)status, class,
                  got == STATUS_OK ? "accepted" : error.message,
                  file->length > 10 ? file->data + 10 : "");
    ck_assert_ptr_nonnull(strstr(error.message, "expected"));
    free(memory);
    text_free(file);
}

static void refused_dict(const char *dict, size_t size, const char *class) {
    struct text file = file_of(dict, size);
    refused_npy(&file, STATUS_INPUT, class);
}

static void refused_shape(const char *shape, size_t size, const char *class) {
    char dict[256];
    snprintf(dict, sizeof dict, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape);
    refused_dict(dict, size, class);
}

static void refused_descr(const char *descr) {
    char dict[256];
    snprintf(dict, sizeof dict, "{'descr': %s, 'fortran_order': False, 'shape': (2,), }", descr);
    refused_dict(dict, 8, "npy-type");
}

#define DICT(shape) "{'descr': '<f4', 'fortran_order': False, 'shape': " shape "}"

START_TEST(n1_prefix) {
    struct text whole = file_of(DICT("(2,)"), 8);
    for (size_t size = 0; size < whole.length; size++) {
        struct text cut = {0};
        text_bytes(&cut, whole.data, size);
        size_t header = whole.length - 8;
        refused_npy(&cut, STATUS_INPUT,
                    size < 6        ? "weights-format"
                    : size < header ? "weights-trunc"
                                    : "npy-size");
    }
    static const char versions[][2] = {{0, 0}, {4, 0}, {1, 1}, {2, 9}, {'\xFF', 0}};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        struct text file = {0};
        text_bytes(&file, whole.data, whole.length);
        memcpy(file.data + 6, versions[i], 2);
        refused_npy(&file, STATUS_INPUT, "npy-header");
    }
    text_free(&whole);
    struct text file = {0};
    text_bytes(&file, "\x93NUMPY\2\0\xF0\xFF\xFF\xFF", 12);
    refused_npy(&file, STATUS_INPUT, "weights-trunc");
    text_bytes(&file, "\x93NUMPY\3\0", 8);
    put32(&file, NPY_HEADER + 1);
    text_repeat(&file, ' ', NPY_HEADER + 1);
    refused_npy(&file, STATUS_LIMIT, "limit-header");
}
END_TEST

START_TEST(n2_dictionary) {
    static const char *const dicts[] = {
        "",
        "{}",
        "{",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'shape': (2,)}",
        "{'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
        "{'descr: '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': false, 'shape': (2,)}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': __import__('os'), 'shape': (2,)}",
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,),,}",
        "{,'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'desc\\x72': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "dict(descr='<f4', fortran_order=False, shape=(2,))",
        "['descr']",
    };
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++)
        refused_dict(dicts[i], 8, "npy-header");
    static const char *const shapes[] = {
        "(-1,)",
        "(-2,)",
        "(2)",
        "((2),)",
        "[2]",
        "2",
        "(2,,)",
        "(,)",
        "(True,)",
        "(2.0,)",
        "(2e0,)",
        "(0x2,)",
        "(+2,)",
        "('2',)",
        "(2 3)",
        "(2;)",
        "(1,2",
        "(None,)",
        "(18446744073709551616,)",
        "(0,)",
        "(2, 0)",
        "(2LL,)",
        "(__import__('os'),)",
        "(1,1,1,1,1,1,1,1,2)",
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        refused_shape(shapes[i], strstr(shapes[i], "0)") || strstr(shapes[i], "(0,") ? 0 : 8,
                      "npy-shape");
    struct text dict = {0}; /* 30 000 dimensions: more do not fit into a header */
    text_add(&dict, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < 30000; i++)
        text_add(&dict, "1,");
    text_add(&dict, ")}");
    refused_dict(dict.data, 4, "npy-shape");
    text_free(&dict);
    struct text file = file_of(DICT("(2,)"), 8);
    file.data[10 + strlen(DICT("(2,)"))] = ' '; /* no newline */
    refused_npy(&file, STATUS_INPUT, "npy-header");
}
END_TEST

START_TEST(n2_ways_to_write_it) {
    static const char *const dicts[] = {
        DICT("(2,)"),
        DICT("(2,) "),
        DICT("( 2 , )") "        ",
        DICT("(2L,)"),
        DICT("(1,2)"),
        DICT("(1, 2L,)"),
        "{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"<f4\"}",
        "{ 'fortran_order' : True , 'shape' : (2,) , 'descr' : '<f4' , } ",
    };
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++) {
        struct text file = file_of(dicts[i], 8);
        struct npy npy;
        struct file_error error;
        ck_assert_msg(npy_read((unsigned char *)file.data, file.length, &npy, &error) == 0, "%s",
                      dicts[i]);
        ck_assert_uint_eq(npy.tensor.count, 2);
        ck_assert_mem_eq(npy.tensor.data, "\0\1\2\3\4\5\6\7", 8);
        npy_close(&npy);
        text_free(&file);
    }
}
END_TEST

START_TEST(n3_types) {
    static const char *const descrs[] = {
        "'|O'",  "'O'",   "'<O8'", "[('a', '<f4')]", "[]",    "'< f4'", "' <f4'", "'<f4 '", "'<c8'",
        "'|S4'", "'<U2'", "'|V4'", "'<M8[ns]'",      "''",    "'<f16'", "'>f16'", "'<f12'", "'<'",
        "'<f'",  "'<f3'", "'<b8'", "'<i16'",         "'f40'", "'>>f4'", "'<F4'",  "'f'",    "'m8'",
        "'<u'"};
    for (size_t i = 0; i < sizeof descrs / sizeof *descrs; i++)
        refused_descr(descrs[i]);
}
END_TEST

/* Every type and order, of numbers that all types hold; the bytes are put together here. */
START_TEST(n3_every_type) {
    static const char *const types[] = {"i1", "i2", "i4", "i8", "u1", "u2",
                                        "u4", "u8", "f2", "f4", "f8", "b1"};
    static const char *const orders[] = {"<", ">", "=", "|", ""};
    static const enum element elements[] = {ELEMENT_I8,  ELEMENT_I16, ELEMENT_I32, ELEMENT_I64,
                                            ELEMENT_U8,  ELEMENT_U16, ELEMENT_U32, ELEMENT_U64,
                                            ELEMENT_F16, ELEMENT_F32, ELEMENT_F64, ELEMENT_BOOL};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (size_t o = 0; o < sizeof orders / sizeof *orders; o++)
            for (int fortran = 0; fortran < 2; fortran++) {
                size_t size = (size_t)(types[t][1] - '0');
                char dict[128];
                snprintf(dict, sizeof dict,
                         "{'descr': '%s%s', 'fortran_order': %s, 'shape': (2, 3), }", orders[o],
                         types[t], fortran ? "True" : "False");
                struct text file = file_of(dict, 0);
                for (int i = 0; i < 6; i++) { /* 0 1 0 1 ... in the order of the file */
                    uint64_t one = types[t][0] != 'f' ? 1
                                   : size == 2        ? 0x3C00
                                   : size == 4        ? 0x3F800000
                                                      : UINT64_C(0x3FF0000000000000);
                    for (size_t k = 0; k < size; k++) {
                        size_t place = *orders[o] == '>' ? size - 1 - k : k;
                        text_repeat(&file, (char)(i % 2 ? one >> 8 * place & 0xFF : 0), 1);
                    }
                }
                struct npy npy;
                struct file_error error = {.message = ""};
                ck_assert_msg(npy_read((unsigned char *)file.data, file.length, &npy, &error) == 0,
                              "%s: %s", dict, error.message);
                ck_assert_int_eq(npy.tensor.element, elements[t]);
                for (size_t i = 0; i < 6; i++) {
                    size_t place = fortran ? i % 3 * 2 + i / 3 : i;
                    ck_assert_msg(npy.tensor.data[i] == (float)(place % 2), "%s [%zu]", dict, i);
                }
                npy_close(&npy);
                text_free(&file);
            }
}
END_TEST

/* The ends of the ranges; what float32 does not hold is rounded to nearest. */
START_TEST(n3_ranges) {
    static const struct {
        const char *descr, *bytes;
        float value;
    } numbers[] = {
        {"<i1", "\x80", -128},
        {"<u1", "\xFF", 255},
        {">i2", "\x80\0", -32768},
        {">u2", "\xFF\xFE", 65534},
        {">i4", "\x80\0\0\0", -0x1p31F},
        {">i4", "\1\0\0\1", 16777216},
        {">u4", "\xFF\xFF\xFF\xFF", 0x1p32F},
        {"<i8", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 0x1p63F},
        {">i8", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xF0", -16},
        {"<u8", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 0x1p64F},
        {">u8", "\x80\0\0\0\0\0\0\0", 0x1p63F},
        {">f2", "\x7B\xFF", 65504},
        {">f4", "\xC0\x20\0\0", -2.5F},
        {">f8", "\x3F\xB9\x99\x99\x99\x99\x99\x9A", 0.1F},
        {"<b1", "\x02", 1},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char dict[128];
        struct npy npy;
        struct file_error error = {.message = ""};
        snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': False, 'shape': (), }",
                 numbers[i].descr);
        struct text file = file_of(dict, 0);
        text_bytes(&file, numbers[i].bytes, (size_t)(numbers[i].descr[2] - '0'));
        ck_assert_msg(npy_read((unsigned char *)file.data, file.length, &npy, &error) == 0,
                      "%s: %s", dict, error.message);
        ck_assert_msg(npy.tensor.data[0] == numbers[i].value, "%s: %g", dict,
                      (double)npy.tensor.data[0]);
        npy_close(&npy);
        text_free(&file);
    }
}
END_TEST

START_TEST(n3_sizes) {
    refused_shape("(2,)", 7, "npy-size"); /* short by one */
    refused_shape("(2,)", 9, "npy-size"); /* one more */
    refused_shape("(2,)", 0, "npy-size");
    refused_shape("()", 0, "npy-size");
    refused_shape("(4194305, 4194305, 211106198978564)", 16, "npy-size"); /* wraps to 4 */
    refused_shape("(4294967296, 4294967296)", 0, "npy-size");
    refused_shape("(4611686018427387905,)", 4, "npy-size"); /* bytes wrap */
    struct text file = {0};
    text_bytes(&file, "\x93NUMPY\1\0", 8);
    static const char dict[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (16777217,)}\n";
    put16(&file, sizeof dict - 1);
    text_add(&file, dict);
    text_repeat(&file, '\1', 16777217);
    refused_npy(&file, STATUS_LIMIT, "limit-tensor");
}
END_TEST

START_TEST(n10_other_kinds) {
    static const char *const files[] = {"PK\3\4 is a zip", "PK\5\6",           "\x1F\x8B gzip", "",
                                        "{\"a\":1}",       "\x89PNG\r\n\x1A\n"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct text file = {0};
        text_add(&file, files[i]);
        refused_npy(&file, STATUS_INPUT, "weights-format");
    }
    struct text file = file_of(DICT("(2,)"), 8); /* an array has no name: no weights */
    refused(&file, STATUS_INPUT, "weights-format");
    text_add(&file, "\x1F\x8B\x08 and so on");
    refused(&file, STATUS_INPUT, "weights-format");
}
END_TEST

static void golden_path(char *path, size_t size, const char *name) {
    snprintf(path, size, TESTDATA_DIR "/weights/%s", name);
}

/* What numpy wrote: 0, 1, 2... minus `less`. */
static void check_counting(const char *name, int rank, float less) {
    char path[4096];
    struct npy npy;
    struct file_error error = {.message = ""};
    golden_path(path, sizeof path, name);
    ck_assert_msg(npy_open(path, &npy, &error) == STATUS_OK, "%s: %s", name, error.message);
    ck_assert_int_eq(npy.tensor.rank, rank);
    ck_assert_uint_eq(npy.tensor.count, 24);
    for (int i = 0; i < rank; i++)
        ck_assert_uint_eq(npy.tensor.extents[i], rank == 1 ? 24 : (size_t)i + 2);
    for (size_t i = 0; i < 24; i++)
        ck_assert_msg(npy.tensor.data[i] == (float)i - less, "%s [%zu]", name, i);
    npy_close(&npy);
}

START_TEST(numpy_writes) {
    static const char *const minus_three[] = {
        "f4",    "be-f4",      "f8",       "f2",       "i1",           "i4",
        "i8",    "fortran-f4", "version2", "version3", "fortran-f8",   "i2",
        "be-i2", "be-i8",      "be-f8",    "be-f2",    "fortran-be-i4"};
    for (size_t i = 0; i < sizeof minus_three / sizeof *minus_three; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.npy", minus_three[i]);
        check_counting(name, 3, 3);
    }
    check_counting("u1.npy", 3, 0);
    check_counting("u2.npy", 3, 0);
    check_counting("u4.npy", 3, 0);
    check_counting("be-u8.npy", 3, 0);
    check_counting("vector.npy", 1, 3);
    char path[4096];
    struct npy npy;
    struct file_error error;
    golden_path(path, sizeof path, "b1.npy");
    ck_assert_int_eq(npy_open(path, &npy, &error), STATUS_OK);
    for (size_t i = 0; i < 24; i++)
        ck_assert(npy.tensor.data[i] == (float)(i % 2));
    npy_close(&npy);
    golden_path(path, sizeof path, "scalar.npy");
    ck_assert_int_eq(npy_open(path, &npy, &error), STATUS_OK);
    ck_assert(npy.tensor.rank == 0 && npy.tensor.count == 1 && npy.tensor.data[0] == 7);
    npy_close(&npy);
    static const char *const never[] = {"object.npy", "record.npy"};
    for (size_t i = 0; i < 2; i++) {
        golden_path(path, sizeof path, never[i]);
        ck_assert_int_eq(npy_open(path, &npy, &error), STATUS_INPUT);
        ck_assert_str_eq(error.class, "npy-type");
    }
}
END_TEST

/* An array that was saved is what numpy saves of it, byte for byte. */
START_TEST(saves_as_numpy_does) {
    static const char *const names[] = {"f4.npy", "vector.npy", "scalar.npy"};
    char directory[256], path[300], golden[4096];
    make_directory(directory, sizeof directory);
    snprintf(path, sizeof path, "%s/a.npy", directory);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct npy npy;
        struct file_error error;
        struct mapping ours, theirs;
        const char *fault;
        golden_path(golden, sizeof golden, names[i]);
        ck_assert_int_eq(npy_open(golden, &npy, &error), STATUS_OK);
        ck_assert_int_eq(npy_save(path, &npy.tensor, &error), STATUS_OK);
        ck_assert_int_eq(mapping_open(golden, SIZE_MAX, &theirs, &fault), STATUS_OK);
        ck_assert_int_eq(mapping_open(path, theirs.length, &ours, &fault), STATUS_OK);
        ck_assert_uint_eq(ours.length, theirs.length);
        ck_assert_mem_eq(ours.bytes, theirs.bytes, ours.length);
        mapping_close(&ours);
        mapping_close(&theirs);
        npy_close(&npy);
    }
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

START_TEST(real_file) {
    const char *path = data_path("weights/cifar10-mean-approx.npy");
    struct npy npy;
    struct file_error error;
    if (!path)
        return;
    ck_assert_int_eq(npy_open(path, &npy, &error), STATUS_OK);
    ck_assert(npy.tensor.rank == 3 && npy.tensor.extents[0] == 3 && npy.tensor.extents[2] == 32);
    double sum = 0;
    for (size_t i = 0; i < npy.tensor.count; i++)
        sum += (double)npy.tensor.data[i];
    ck_assert_msg(sum > 371087.046 && sum < 371087.047, "%.17g", sum); /* as numpy adds it */
    npy_close(&npy);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("npy");
    tcase_add_test(tests, n1_prefix);
    tcase_add_test(tests, n2_dictionary);
    tcase_add_test(tests, n2_ways_to_write_it);
    tcase_add_test(tests, n3_types);
    tcase_add_test(tests, n3_every_type);
    tcase_add_test(tests, n3_ranges);
    tcase_add_test(tests, n3_sizes);
    tcase_add_test(tests, n10_other_kinds);
    tcase_add_test(tests, numpy_writes);
    tcase_add_test(tests, saves_as_numpy_does);
    tcase_add_test(tests, real_file);
    return run_case("npy", tests);
}
