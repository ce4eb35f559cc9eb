/* Weights of other programs: each is called what it is, with the way out, and what only looks like
 * one is not. */
#include "../base/foreign.h"
#include "weights_case.h"

#define HEAD(bytes) bytes, sizeof bytes - 1
#define ZEROS16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZEROS64 ZEROS16 ZEROS16 ZEROS16 ZEROS16

struct sample {
    const char *bytes;
    size_t length;
    const char *what; /* NULL: not known */
};

/* Of NetParameter: a name, and a layer of name and type, as field 100 or the old field 2. */
#define CAFFE_LAYER                                                                                \
    "\x0A\x05"                                                                                     \
    "conv1\x12\x0B"                                                                                \
    "Convolution"

static const struct sample samples[] = {
    {HEAD("\0\0\0\0\x02\0\0\0\x05\0\0\0" ZEROS16), "darknet (version 0.2)"},
    {HEAD("\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" ZEROS64), "darknet (version 0.2)"},
    {HEAD("\0\0\0\0\x01\0\0\0\0\0\0\0" ZEROS16), "darknet (version 0.1)"},
    {HEAD("\x0A\x03net\xA2\x06\x14" CAFFE_LAYER), "a Caffe model"},
    {HEAD("\xA2\x06\x14" CAFFE_LAYER "\xA2\x06\x14" CAFFE_LAYER), "a Caffe model"},
    {HEAD("\x0A\x03net\x1A\x04"
          "data\x20\x01\x20\x03\xA2\x06\x14" CAFFE_LAYER),
     "a Caffe model"},
    {HEAD("\x0A\x03net\x12\x07\x22\x05"
          "conv1"),
     "a Caffe model"},
    {HEAD("\x08\x01\x12\x04\x0A\x02\x0A\0"), "a TensorFlow model"}, /* SavedModel */
    {HEAD("\x0A\x0A\x0A\x01x\x12\x05"
          "Const\x22\x02\x08\x1B"),
     "a TensorFlow model"}, /* GraphDef */
    {HEAD("\x08\x04\x12\x02\x0A\0\xA2\x1F\x02\x0A\0"), "a Core ML model"},
    {HEAD(ZEROS64 "\x57\xFB\x80\x8B\x24\x75\x47\xDB"), "a part of a TensorFlow checkpoint"},
    {HEAD("\x81\xA6"
          "params\x81\xA5"
          "conv1\xC0"),
     "MessagePack"},
    {HEAD("{\"metadata\": {}, \"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}"),
     "the index of a sharded checkpoint"},
    {HEAD("{\n  \"weight_map\": {}\n}\n"), "the index of a sharded checkpoint"},
    {HEAD("{\"modelTopology\": {}, \"weightsManifest\": []}"), "TensorFlow.js"},
    {HEAD("{\"error\": \"Repository not found\"}"), "a JSON file"},
    {HEAD("7767517\n75 83\nInput data 0 1 data\n"), "a network of ncnn"},
    {HEAD("[net]\nbatch=1\n\n[convolutional]\n"), "a network description of darknet"},
    {HEAD("name: \"LeNet\"\nlayer {\n  name: \"data\"\n}\n"), "a network description of Caffe"},
    {HEAD("<?xml version=\"1.0\"?>\n<net name=\"a\" version=\"11\">\n"), "a network of OpenVINO"},
    {HEAD("model_checkpoint_path: \"model.ckpt\"\n"), "TensorFlow's checkpoints"},
    {HEAD("input: 3x8x8\nlayers: [relu]\n"), "a text file"},
    {HEAD("gr\xC3\xB6\xC3\x9F"
          "er als neun"),
     "a text file"},
    /* Others. */
    {HEAD(""), NULL},
    {HEAD("text"), NULL},
    {HEAD(ZEROS64), NULL},
    {HEAD("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{\"a\": 1}"), NULL}, /* not UTF-8 */
    {HEAD("\0\0\0\0\x02\0\0\0\x05\0\0\0\0"), NULL},             /* too short */
    {HEAD("\0\0\0\0\x02\0\0\0\x05\0\0\0\0" ZEROS16), NULL},     /* no whole floats */
    {HEAD("\0\0\0\0\x03\0\0\0\x05\0\0\0" ZEROS16), NULL},
    {HEAD("\0\0\0\0\x02\0\0\0\0\x01\0\0" ZEROS16), NULL},
    {HEAD("\x08\x07\x12\x07pytorch\x3A\x02\x0A\0"), NULL}, /* ONNX, which has a mark */
    {HEAD("\x0A\x03net\xA2\x06\x7F" CAFFE_LAYER), NULL},   /* beyond the end */
    {HEAD("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), NULL},
    {HEAD("\x81\xA6par\0ms"), NULL},
    {HEAD("\x80\x04\x95\x0B\0\0\0\0"), NULL},
    {HEAD("<!DOCTYPE html>\n<style>@layer { a {} }</style>"), NULL},
    {HEAD("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), NULL},
};

START_TEST(by_content) {
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *sample = &samples[i];
        struct text file = {0};
        unsigned char *memory;
        text_bytes(&file, sample->bytes, sample->length);
        const unsigned char *bytes = exact_copy(&file, 0, &memory);
        const struct content *content = foreign_of(bytes, file.length);
        ck_assert_msg(!content == !sample->what, "sample %zu: %s", i,
                      content ? content->name : "unknown");
        if (content)
            ck_assert_msg(strstr(content->name, sample->what) != NULL, "%s, not %s", content->name,
                          sample->what);
        for (size_t length = 0; length < file.length; length++) /* a sanitizer sees the rest */
            foreign_of(memcpy(memory, sample->bytes, length), length);
        free(memory);
        text_free(&file);
    }
}
END_TEST

/* Said whole: neither the kind nor the way out is cut. */
START_TEST(messages) {
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct weights weights;
        struct file_error error;
        if (!samples[i].what)
            continue;
        ck_assert_int_eq(weights_read((const unsigned char *)samples[i].bytes, samples[i].length,
                                      &weights, &error),
                         STATUS_INPUT);
        ck_assert_str_eq(error.class, "weights-format");
        ck_assert_msg(strstr(error.message, samples[i].what) != NULL, "%s", error.message);
        ck_assert_ptr_nonnull(strstr(error.message, "expected a safetensors or npz file"));
        ck_assert_uint_lt(strlen(error.message), sizeof error.message - 1);
    }
}
END_TEST

/* By the ending, where the content tells nothing; never against the content. */
START_TEST(by_name) {
    static const struct {
        const char *name, *what;
    } names[] = {
        {"a/yolo.weights", "darknet"},
        {"a.CAFFEMODEL", "Caffe"},
        {"model.ckpt.data-00000-of-00001", "TensorFlow"},
        {"frozen.pb", "TensorFlow"},
        {"w.pth", "PyTorch"},
        {"model.bin", "raw numbers"},
        {"w.params", "MXNet"},
        {"w.pdparams", "PaddlePaddle"},
        {"w.engine", "TensorRT"},
        {"w.mat", "MATLAB"},
        {"w.safetensors", NULL},
        {"w.npz", NULL},
        {"weights", NULL},
        {"a.weights/w", NULL},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct content *content = foreign_by_name(names[i].name);
        ck_assert_msg(!content == !names[i].what, "%s", names[i].name);
        if (content)
            ck_assert_ptr_nonnull(strstr(content->name, names[i].what));
    }
    ck_assert_ptr_null(foreign_by_name(NULL));

    char directory[256], path[300];
    make_directory(directory, sizeof directory);
    snprintf(path, sizeof path, "%s/w.bin", directory);
    static const char header[] = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    for (int sound = 0; sound < 2; sound++) {
        struct text file = {0};
        put64(&file, sound ? sizeof header - 1 : UINT64_MAX);
        text_add(&file, header);
        text_repeat(&file, '\0', 4);
        FILE *out = fopen(path, "wb");
        ck_assert_ptr_nonnull(out);
        ck_assert_uint_eq(fwrite(file.data, 1, file.length, out), file.length);
        ck_assert_int_eq(fclose(out), 0);
        struct weights weights;
        struct file_error error = {.message = ""};
        enum status status = weights_open(path, &weights, &error);
        ck_assert_int_eq(status, sound ? STATUS_OK : STATUS_INPUT);
        if (sound)
            weights_close(&weights);
        else
            ck_assert_ptr_nonnull(strstr(error.message, "raw numbers"));
        text_free(&file);
    }
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("foreign");
    tcase_add_test(tests, by_content);
    tcase_add_test(tests, messages);
    tcase_add_test(tests, by_name);
    return run_case("foreign", tests);
}
