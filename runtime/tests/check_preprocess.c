/* Pre-processing against Pillow, torchvision and darknet (testdata/tools/preprocess.py): of random
 * pixels, and, called with "pictures", of the files in $CNNC_TEST_DATA/images. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../base/random.h"
#include "../picture/picture.h"
#include "../picture/preprocess.h"

/* Of values near 1; caffe's reach 151, where neighbouring floats are 1.5e-5 apart. */
#define MOST_ERROR 1e-6
#define MOST_ERROR_CAFFE 2e-5

enum { SAMPLES = 31 };

static const char *folder; /* of pictures */

/* ---- others' results ---- */

struct golden {
    char name[64], preset[16];
    int channels, side;
    unsigned decoded, cut;
    double samples[SAMPLES];
};

static bool read_golden(FILE *file, struct golden *golden) {
    if (fscanf(file, "%63s %15s %d %d %x %x", golden->name, golden->preset, &golden->channels,
               &golden->side, &golden->decoded, &golden->cut) != 6)
        return false;
    for (int i = 0; i < SAMPLES; i++)
        ck_assert_int_eq(fscanf(file, "%lf", &golden->samples[i]), 1);
    return true;
}

static struct picture random_picture(const char *name) {
    struct picture picture;
    ck_assert_int_eq(
        sscanf(name, "%zux%zux%zu", &picture.height, &picture.width, &picture.channels), 3);
    size_t count = picture.height * picture.width * picture.channels;
    picture.pixels = malloc(count);
    float *numbers = malloc(count * sizeof *numbers);
    random_fill(0, "pixels", 0, count, 0, 256, numbers);
    for (size_t i = 0; i < count; i++)
        picture.pixels[i] = numbers[i] < 256 ? (uint8_t)numbers[i] : 0;
    free(numbers);
    return picture;
}

static struct picture read_picture(const char *name) {
    char path[4096];
    static unsigned char bytes[1 << 22];
    snprintf(path, sizeof path, "%s/images/%s", folder, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    ck_assert_uint_lt(length, sizeof bytes);
    fclose(file);
    struct picture picture;
    struct file_error error;
    const struct picture_options options = {.area = PICTURE_AREA, .memory = SIZE_MAX};
    ck_assert_msg(picture_read(bytes, length, &options, &picture, &error) == STATUS_OK, "%s: %s",
                  name, error.message);
    return picture;
}

/* Of RGB pixels. */
static unsigned picture_sum(const struct picture *picture) {
    size_t count = picture->height * picture->width;
    uint8_t *rgb = malloc(count * 3);
    for (size_t i = 0; i < count * 3; i++)
        rgb[i] = picture->pixels[picture->channels == 1 ? i / 3 : i];
    unsigned sum = (unsigned)crc32(0, rgb, (uInt)(count * 3));
    free(rgb);
    return sum;
}

static struct preprocess resolve(const struct plan_image *image, int channels, int height,
                                 int width) {
    const struct plan_view input = {.channels = channels, .height = height, .width = width};
    struct preprocess rules;
    struct file_error error;
    ck_assert_msg(preprocess_resolve(image, &input, &rules, &error) == STATUS_OK, "%s",
                  error.message);
    return rules;
}

static float *run(const struct preprocess *rules, const struct picture *picture) {
    struct file_error error;
    float *out = malloc(rules->channels * rules->height * rules->width * sizeof *out);
    ck_assert_int_eq(preprocess_run(rules, picture, SIZE_MAX, out, &error), STATUS_OK);
    return out;
}

/* The 8-bit pixels that a preset's geometry gives, RGB or grey, interleaved. */
static unsigned cut_sum(struct preprocess rules, const struct picture *picture) {
    size_t plane = rules.height * rules.width, channels = rules.channels;
    for (size_t c = 0; c < channels; c++) {
        rules.scale[c] = 1;
        rules.shift[c] = 0;
    }
    if (channels == 3)
        rules.order = IMAGE_CHANNELS_rgb;
    float *values = run(&rules, picture);
    uint8_t *pixels = malloc(plane * channels);
    for (size_t i = 0; i < plane * channels; i++)
        pixels[i] = (uint8_t)values[i % channels * plane + i / channels];
    unsigned sum = (unsigned)crc32(0, pixels, (uInt)(plane * channels));
    free(values);
    free(pixels);
    return sum;
}

static void compare(const struct golden *golden, const struct picture *picture) {
    const struct plan_image image = {.given = 1,
                                     .preset = preprocess_word(preprocess_presets, golden->preset)};
    struct preprocess rules = resolve(&image, golden->channels, golden->side, golden->side);
    size_t step = rules.channels * rules.height * rules.width / SAMPLES;
    bool caffe = image.preset == IMAGE_PRESET_caffe;
    if (!rules.letterbox)
        ck_assert_msg(cut_sum(rules, picture) == golden->cut, "%s, %s, %d: other pixels",
                      golden->name, golden->preset, golden->side);
    float *values = run(&rules, picture);
    for (size_t i = 0; i < SAMPLES; i++)
        ck_assert_msg(fabs(values[i * step] - golden->samples[i]) <=
                          (caffe ? MOST_ERROR_CAFFE : MOST_ERROR),
                      "%s, %s, %d: sample %zu is %.9g, expected %.9g", golden->name, golden->preset,
                      golden->side, i, (double)values[i * step], golden->samples[i]);
    free(values);
}

/* Every line of a file, of which there are at least `least`. */
static void compare_all(const char *path, int least, struct picture (*open)(const char *name)) {
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    struct golden golden;
    struct picture picture = {0};
    char name[sizeof golden.name] = "";
    int lines = 0;
    for (; read_golden(file, &golden); lines++) {
        if (strcmp(name, golden.name) != 0) {
            free(picture.pixels);
            picture = open(golden.name);
            strcpy(name, golden.name);
            ck_assert_msg(picture_sum(&picture) == golden.decoded,
                          "%s is decoded otherwise than by Pillow", name);
        }
        compare(&golden, &picture);
    }
    ck_assert(feof(file));
    ck_assert_int_ge(lines, least);
    free(picture.pixels);
    fclose(file);
}

START_TEST(random_pixels) { compare_all(TESTDATA_DIR "/resample/random.tsv", 135, random_picture); }
END_TEST

START_TEST(pictures) { compare_all(TESTDATA_DIR "/resample/pictures.tsv", 180, read_picture); }
END_TEST

/* ---- KEY=VALUE ---- */

/* `words` are KEY=VALUE with spaces between. */
static struct plan_image image_of(const char *words) {
    struct plan_image image = {0};
    char copy[256];
    snprintf(copy, sizeof copy, "%s", words);
    for (char *rest, *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        struct text fault = {0};
        ck_assert_int_eq(preprocess_override(&image, word, &fault), STATUS_OK);
    }
    return image;
}

START_TEST(overrides) {
    static const char *const all[] = {"preset=tf",     "resize=256",       "crop=224x192",
                                      "filter=box",    "scale=-2.5e-1",    "mean=1,-2,.5",
                                      "std=.25",       "channels=bgr",     "exif=apply",
                                      "resize=300x17", "mean=104,117,123", "layout=hwc"};
    struct plan_image image = {0};
    struct text fault = {0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ck_assert_msg(preprocess_override(&image, all[i], &fault) == STATUS_OK, "%s", fault.data);
    ck_assert_uint_eq(fault.length, 0);
    const struct plan_image expected = {.given = 1,
                                        .preset = IMAGE_PRESET_tf,
                                        .filter = IMAGE_FILTER_box,
                                        .channels = IMAGE_CHANNELS_bgr,
                                        .exif = IMAGE_EXIF_apply,
                                        .layout = IMAGE_LAYOUT_hwc,
                                        .mean_count = 3,
                                        .std_count = 1,
                                        .resize = {300, 17},
                                        .crop = {224, 192},
                                        .scale = -0.25,
                                        .mean = {104, 117, 123},
                                        .std = {.25}};
    ck_assert_mem_eq(&image, &expected, sizeof image);
}
END_TEST

/* What the spec says, what --image says, what holds then. */
START_TEST(key_by_key) {
    static const struct {
        const char *spec, *call, *both, *keys;
    } all[] = {
        {"preset=caffe mean=1,2,3", "mean=4", "preset=caffe mean=4", "preset, mean"},
        {"preset=caffe mean=1,2,3", "std=2 mean=4", "preset=caffe mean=4 std=2",
         "preset, mean, std"},
        {"preset=caffe resize=20 exif=apply layout=hw channels=gray", "preset=tf", "preset=tf",
         "preset"},
        {"resize=20 scale=1", "filter=box preset=tf crop=4", "preset=tf filter=box crop=4",
         "preset, crop, filter"},
        {"", "resize=20x30 layout=chw", "resize=20x30 layout=chw", "resize, layout"},
        {"resize=20x30 exif=apply", "resize=7", "resize=7 exif=apply", "resize, exif"},
        {"channels=bgr scale=2", "", "channels=bgr scale=2", "scale, channels"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct plan_image image = image_of(all[i].spec);
        const struct plan_image expected = image_of(all[i].both);
        char words[128], *rest = words;
        const char *given[8], *wrong;
        size_t count = 0;
        struct text keys = {0}, fault = {0};
        snprintf(words, sizeof words, "%s", all[i].call);
        for (char *word; (word = strsep(&rest, " ")) && *word;)
            given[count++] = word;
        ck_assert_int_eq(preprocess_overrides(&image, given, count, &wrong, &fault), STATUS_OK);
        ck_assert_mem_eq(&image, &expected, sizeof image);
        ck_assert(preprocess_said(&image, &expected, &keys));
        ck_assert_str_eq(keys.data, all[i].keys);
        text_free(&keys);
        const char *const bad[] = {"resize=9", "mean=x"};
        ck_assert_int_eq(preprocess_overrides(&image, bad, 2, &wrong, &fault), STATUS_USAGE);
        ck_assert_ptr_eq(wrong, bad[1]);
        ck_assert_mem_eq(&image, &expected, sizeof image);
        text_free(&fault);
    }
}
END_TEST

START_TEST(faults) {
    static const struct {
        const char *assignment, *fault;
    } all[] = {
        {"", "there is no image rule ''; expected KEY=VALUE, KEY one of preset, resize, crop, "
             "filter, scale, mean, std, channels, exif or layout"},
        {"prese=tf", "there is no image rule 'prese'"},
        {"presets=tf", "there is no image rule 'presets'"},
        {"pre\nset=tf", "there is no image rule 'pre\\nset'"},
        {"preset", "no value is given to 'preset'"},
        {"preset=", "preset is ''; expected torchvision, caffe, tf, darknet or mnist"},
        {"preset=TF", "preset is 'TF'; expected"},
        {"filter=cubic", "filter is 'cubic'; expected box, bilinear, bicubic or lanczos"},
        {"channels=grey", "channels is 'grey'; expected rgb, bgr or gray"},
        {"layout=nhwc", "layout is 'nhwc'; expected chw, hwc or hw"},
        {"exif=yes", "exif is 'yes'; expected apply or ignore"},
        {"resize=", "resize is ''; expected a side as 256"},
        {"resize=0", "resize is '0'"},
        {"resize=-1", "resize is '-1'"},
        {"resize=256x", "resize is '256x'"},
        {"resize=256x0", "resize is '256x0'"},
        {"resize=256x2x2", "resize is '256x2x2'"},
        {"resize=16777217", "resize is '16777217'"},
        {"resize=99999999999999999999", "resize is '99999999999999999999'"},
        {"crop=x3", "crop is 'x3'"},
        {"scale=0", "scale is '0'; expected a number other than 0"},
        {"scale=1,2", "scale is '1,2'"},
        {"scale=nan", "scale is 'nan'"},
        {"scale=1e999", "scale is '1e999'"},
        {"scale=0x10", "scale is '0x10'"},
        {"mean=1,2", "mean is '1,2'; expected a number, or three as a,b,c"},
        {"mean=1,2,3,4", "mean is '1,2,3,4'"},
        {"mean=1,,3", "mean is '1,,3'"},
        {"mean=1,2,3,", "mean is '1,2,3,'"},
        {"std=0", "std is '0'; expected a number above 0, or three as a,b,c"},
        {"std=1,-1,1", "std is '1,-1,1'"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct plan_image image = {0};
        const struct plan_image nothing = {0};
        struct text fault = {0};
        ck_assert_int_eq(preprocess_override(&image, all[i].assignment, &fault), STATUS_USAGE);
        ck_assert_mem_eq(&image, &nothing, sizeof image);
        ck_assert_msg(strncmp(fault.data, all[i].fault, strlen(all[i].fault)) == 0, "%s: %s",
                      all[i].assignment, fault.data);
        text_free(&fault);
    }
}
END_TEST

/* ---- rules ---- */

START_TEST(defaults) {
    static const struct {
        const char *words;
        int channels, height, width;
        size_t resize[2];
        uint32_t order;
    } all[] = {
        {"", 3, 32, 48, {32, 48}, IMAGE_CHANNELS_rgb},
        {"", 1, 28, 28, {28, 28}, IMAGE_CHANNELS_gray},
        {"preset=torchvision", 3, 224, 224, {256}, IMAGE_CHANNELS_rgb},
        {"preset=torchvision", 3, 299, 299, {342}, IMAGE_CHANNELS_rgb},
        {"preset=tf", 3, 192, 96, {219}, IMAGE_CHANNELS_rgb},
        {"preset=tf", 1, 28, 28, {32}, IMAGE_CHANNELS_gray},
        {"preset=caffe", 3, 227, 227, {256, 256}, IMAGE_CHANNELS_bgr},
        {"preset=caffe crop=259", 3, 259, 259, {296, 296}, IMAGE_CHANNELS_bgr},
        {"preset=caffe resize=300", 3, 227, 227, {300}, IMAGE_CHANNELS_bgr},
        {"preset=mnist", 3, 28, 28, {28, 28}, IMAGE_CHANNELS_gray},
        {"resize=40x50 crop=32x48 channels=bgr", 3, 32, 48, {40, 50}, IMAGE_CHANNELS_bgr},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct plan_image image = image_of(all[i].words);
        struct preprocess rules = resolve(&image, all[i].channels, all[i].height, all[i].width);
        ck_assert_uint_eq(rules.resize[0], all[i].resize[0]);
        ck_assert_uint_eq(rules.resize[1], all[i].resize[1]);
        ck_assert_uint_eq(rules.order, all[i].order);
        ck_assert_int_eq(rules.filter, RESAMPLE_BILINEAR);
        ck_assert(rules.defaults == (all[i].words[0] == '\0'));
        ck_assert(!rules.orient && !rules.letterbox);
    }
}
END_TEST

START_TEST(impossible) {
    static const struct {
        const char *words;
        int channels, side;
        const char *class, *message;
    } all[] = {
        {"", 64, 8, "image-shape", "the network's input has 64 channels"},
        {"crop=20", 3, 20, "image-rules", "the rules crop what they do not resize"},
        {"preset=mnist crop=28", 1, 28, "image-rules", "the rules crop what they do not resize"},
        {"preset=caffe crop=227", 3, 259, "image-shape", "the rules crop to 227x227"},
        {"resize=20 crop=20x21", 3, 20, "image-shape", "the rules crop to 20x21"},
        {"resize=19", 3, 20, "image-shape",
         "the shorter side becomes 19, too small to crop 20x20 from it; expected resize: 20 or "
         "more "
         "in the spec, or --image resize=20"},
        {"resize=30x19", 3, 20, "image-shape",
         "pictures become 30x19, too small to crop 20x20 from them; expected resize: 20x20 or more "
         "in the spec, or --image resize=20x20"},
        {"preset=darknet resize=20", 3, 20, "image-rules", "preset darknet resizes in its own"},
        {"preset=darknet filter=box", 3, 20, "image-rules", "preset darknet resizes in its own"},
        {"channels=bgr", 1, 20, "image-shape", "the rules give three channels"},
        {"preset=torchvision", 1, 20, "image-shape", "the rules have a mean or std of three"},
        {"mean=.1,.2,.3", 1, 20, "image-shape", "the rules have a mean or std of three"},
        {"mean=104,117,123", 3, 20, "image-rules", "mean 104 is beyond the pixels, which are 0"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct plan_image image = image_of(all[i].words);
        const struct plan_view input = {
            .channels = all[i].channels, .height = all[i].side, .width = all[i].side};
        struct preprocess rules;
        struct file_error error;
        ck_assert_int_eq(preprocess_resolve(&image, &input, &rules, &error), STATUS_INPUT);
        ck_assert_str_eq(error.class, all[i].class);
        ck_assert_msg(strncmp(error.message, all[i].message, strlen(all[i].message)) == 0, "%s: %s",
                      all[i].words, error.message);
    }
}
END_TEST

/* Two pixels, so that each value can be told by hand. */
START_TEST(free_form) {
    static const struct {
        const char *words;
        double expected[6];
    } all[] = {
        {"scale=1", {10, 40, 20, 50, 30, 60}},
        {"scale=1 channels=bgr", {30, 60, 20, 50, 10, 40}},
        {"scale=1 channels=gray", {18, 48, 18, 48, 18, 48}},
        {"scale=2 mean=10 std=5", {2, 14, 6, 18, 10, 22}},
        {"scale=1 mean=1,2,3 std=1,2,4", {9, 39, 9, 24, 6.75, 14.25}},
        {"scale=1 mean=1,2,3 std=1,2,4 channels=bgr", {29, 59, 9, 24, 1.75, 9.25}},
        {"std=0.5", {20 / 255., 80 / 255., 40 / 255., 100 / 255., 60 / 255., 120 / 255.}},
    };
    uint8_t pixels[] = {10, 20, 30, 40, 50, 60};
    const struct picture picture = {.width = 2, .height = 1, .channels = 3, .pixels = pixels};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct plan_image image = image_of(all[i].words);
        struct preprocess rules = resolve(&image, 3, 1, 2);
        float *values = run(&rules, &picture);
        for (size_t k = 0; k < 6; k++)
            ck_assert_msg(fabs(values[k] - all[i].expected[k]) < 1e-5, "%s: value %zu is %g",
                          all[i].words, k, (double)values[k]);
        free(values);
    }
}
END_TEST

/* Wider or higher than any letterbox keeps: all of it is grey, or one pixel of the picture. */
START_TEST(extremes) {
    static const size_t sizes[][2] = {{1, 9000}, {9000, 1}, {1, 1}, {2, 9000}, {3, 3}};
    static const char *const words[] = {"preset=darknet", "preset=torchvision", "preset=caffe",
                                        "filter=lanczos", "resize=60 filter=box"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
            size_t count = sizes[i][0] * sizes[i][1] * 3;
            struct picture picture = {.height = sizes[i][0],
                                      .width = sizes[i][1],
                                      .channels = 3,
                                      .pixels = malloc(count)};
            memset(picture.pixels, 200, count);
            struct plan_image image = image_of(words[k]);
            struct preprocess rules = resolve(&image, 3, 48, 48);
            for (size_t c = 0; c < 3; c++) {
                rules.scale[c] = 1;
                rules.shift[c] = 0;
            }
            float *values = run(&rules, &picture);
            for (size_t n = 0; n < (size_t)3 * 48 * 48; n++)
                ck_assert(k == 0 ? values[n] >= 0 && values[n] <= 255 : values[n] == 200);
            free(values);
            free(picture.pixels);
        }
}
END_TEST

static int run_suite(TCase *tests) {
    Suite *suite = suite_create("preprocess");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
    bool of_folder = argc > 1 && strcmp(argv[1], "pictures") == 0;
    folder = getenv("CNNC_TEST_DATA");
    if (of_folder && !folder) {
        fputs("skipped: CNNC_TEST_DATA does not name the folder of test data\n", stderr);
        return 77;
    }
    TCase *tests = tcase_create("all");
    if (of_folder) {
        tcase_add_test(tests, pictures);
        return run_suite(tests);
    }
    tcase_add_test(tests, random_pixels);
    tcase_add_test(tests, overrides);
    tcase_add_test(tests, key_by_key);
    tcase_add_test(tests, faults);
    tcase_add_test(tests, defaults);
    tcase_add_test(tests, impossible);
    tcase_add_test(tests, free_form);
    tcase_add_test(tests, extremes);
    return run_suite(tests);
}
