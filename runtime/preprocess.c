#include "preprocess.h"

#include <math.h>
#include <stdlib.h>

#include "kernel_resample.h"
#include "letterbox.h"

/* ---- rules ---- */

/* The side of a square that a network of `side` is cut from, 256 for one of 224. */
static size_t side_before_crop(size_t side) { return (side * 512 + 224) / 448; }

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* What `resize` is when it is not said. */
static void default_resize(uint32_t preset, struct preprocess *out) {
    size_t side = larger(out->height, out->width);
    switch (preset) {
    case IMAGE_PRESET_torchvision:
    case IMAGE_PRESET_tf:
        out->resize[0] = side_before_crop(side);
        break;
    case IMAGE_PRESET_caffe:
        out->resize[0] = out->resize[1] = side <= 256 ? 256 : side_before_crop(side);
        break;
    default:
        out->resize[0] = out->height;
        out->resize[1] = out->width;
    }
}

static enum status check_crop(const struct plan_image *image, const struct preprocess *out,
                              struct file_error *error) {
    size_t height = (size_t)image->crop[0];
    size_t width = image->crop[1] ? (size_t)image->crop[1] : height;
    if (image->crop[0] && (height != out->height || width != out->width))
        return file_fail(error, "image-shape",
                         "the rules crop to %zux%zu; expected %zux%zu, the network's input", height,
                         width, out->height, out->width);
    bool cuts = image->resize[0] || image->preset == IMAGE_PRESET_torchvision ||
                image->preset == IMAGE_PRESET_tf || image->preset == IMAGE_PRESET_caffe;
    if (image->crop[0] && !cuts)
        return file_fail(error, "image-rules",
                         "the rules crop what they do not resize; expected resize besides crop");
    return STATUS_OK;
}

static enum status resolve_size(const struct plan_image *image, struct preprocess *out,
                                struct file_error *error) {
    out->letterbox = image->preset == IMAGE_PRESET_darknet;
    if (out->letterbox && (image->resize[0] || image->crop[0] || image->filter))
        return file_fail(error, "image-rules",
                         "preset darknet resizes in its own way; expected no resize, crop, filter");
    out->filter = image->filter ? (enum resample_filter)(image->filter - 1) : RESAMPLE_BILINEAR;
    out->resize[0] = (size_t)image->resize[0];
    out->resize[1] = (size_t)image->resize[1];
    if (!image->resize[0])
        default_resize(image->preset, out);
    enum status status = check_crop(image, out, error);
    if (status != STATUS_OK)
        return status;
    if (out->resize[1] == 0 && out->resize[0] < larger(out->height, out->width))
        return file_fail(error, "image-shape",
                         "the shorter side becomes %zu, too small to crop %zux%zu from it; "
                         "expected resize: %zu or more in the spec, or --image resize=%zu",
                         out->resize[0], out->height, out->width, larger(out->height, out->width),
                         larger(out->height, out->width));
    if (out->resize[1] && (out->resize[0] < out->height || out->resize[1] < out->width))
        return file_fail(error, "image-shape",
                         "pictures become %zux%zu, too small to crop %zux%zu from them; "
                         "expected resize: %zux%zu or more in the spec, or --image resize=%zux%zu",
                         out->resize[0], out->resize[1], out->height, out->width, out->height,
                         out->width, out->height, out->width);
    return STATUS_OK;
}

static enum status resolve_order(const struct plan_image *image, struct preprocess *out,
                                 struct file_error *error) {
    out->order = image->channels;
    if (out->order == IMAGE_CHANNELS_NONE) {
        out->order = IMAGE_CHANNELS_rgb;
        if (out->channels == 1 || image->preset == IMAGE_PRESET_mnist)
            out->order = IMAGE_CHANNELS_gray;
        else if (image->preset == IMAGE_PRESET_caffe)
            out->order = IMAGE_CHANNELS_bgr;
    }
    if (out->channels == 1 && out->order != IMAGE_CHANNELS_gray)
        return file_fail(error, "image-shape",
                         "the rules give three channels, the network's input has 1; expected "
                         "channels: gray");
    return STATUS_OK;
}

/* (x*scale - mean) / std, the means and deviations in the order of the input's channels. */
struct values {
    double scale, mean[3], std[3];
    uint32_t mean_count, std_count;
};

static struct values values_of(uint32_t preset) {
    switch (preset) {
    case IMAGE_PRESET_torchvision:
        return (struct values){1 / 255., {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}, 3, 3};
    case IMAGE_PRESET_caffe:
        return (struct values){1, {103.939, 116.779, 123.68}, {1}, 3, 1};
    case IMAGE_PRESET_tf:
        return (struct values){1 / 127.5, {1}, {1}, 1, 1};
    default:
        return (struct values){1 / 255., {0}, {1}, 1, 1};
    }
}

/* Means in the scale of 0..255 beside pixels of 0..1 are a slip. */
static enum status check_mean(const struct plan_image *image, double scale,
                              struct file_error *error) {
    for (uint32_t i = 0; i < image->mean_count && image->scale == 0; i++)
        if (fabs(image->mean[i]) > 255 * scale)
            return file_fail(error, "image-rules",
                             "mean %g is beyond the pixels, which are 0 to %g; expected "
                             "scale 1 with it",
                             image->mean[i], 255 * scale);
    for (uint32_t i = 0; i < image->std_count; i++)
        if (!(image->std[i] > 0))
            return file_fail(error, "image-rules", "std is %g; expected a number above 0",
                             image->std[i]);
    return STATUS_OK;
}

static enum status resolve_values(const struct plan_image *image, struct preprocess *out,
                                  struct file_error *error) {
    struct values v = values_of(image->preset);
    enum status status = check_mean(image, v.scale, error);
    if (status != STATUS_OK)
        return status;
    v.scale = image->scale != 0 ? image->scale : v.scale;
    v.mean_count = image->mean_count ? image->mean_count : v.mean_count;
    v.std_count = image->std_count ? image->std_count : v.std_count;
    if (out->channels == 1 && (v.mean_count > 1 || v.std_count > 1))
        return file_fail(error, "image-shape",
                         "the rules have a mean or std of three channels, the network's input has "
                         "1; expected one number each");
    for (size_t c = 0; c < out->channels; c++) {
        const double *means = image->mean_count ? image->mean : v.mean;
        const double *stds = image->std_count ? image->std : v.std;
        double std = stds[v.std_count == 1 ? 0 : c];
        out->scale[c] = v.scale / std;
        out->shift[c] = -means[v.mean_count == 1 ? 0 : c] / std;
    }
    return STATUS_OK;
}

enum status preprocess_resolve(const struct plan_image *image, const struct plan_view *input,
                               struct preprocess *out, struct file_error *error) {
    if (input->channels != 1 && input->channels != 3)
        return file_fail(error, "image-shape",
                         "the network's input has %d channels; expected 1 or 3 for pictures, "
                         "others come from .npy",
                         (int)input->channels);
    *out = (struct preprocess){.channels = (size_t)input->channels,
                               .height = (size_t)input->height,
                               .width = (size_t)input->width,
                               .orient = image->exif == IMAGE_EXIF_apply,
                               .defaults = !image->given};
    enum status status = resolve_size(image, out, error);
    if (status == STATUS_OK)
        status = resolve_order(image, out, error);
    if (status == STATUS_OK)
        status = resolve_values(image, out, error);
    return status;
}

/* ---- pictures ---- */

/* False: no memory. The pixels are the caller's. */
static MUST_USE bool make_grey(const struct picture *picture, struct picture *grey) {
    size_t count = picture->width * picture->height;
    *grey = (struct picture){
        .width = picture->width, .height = picture->height, .channels = 1, .pixels = malloc(count)};
    if (grey->pixels)
        ISA_BEST(resample_kernels)->grey(grey->pixels, picture->pixels, count);
    return grey->pixels != NULL;
}

/* Python's round(n / 2): to even. */
static size_t half(size_t n) { return n / 2 + (n % 4 == 3); }

/* The size that the whole picture would get: torchvision's Resize for a shorter side. */
static void resized(const struct preprocess *rules, const struct picture *picture, size_t *height,
                    size_t *width) {
    *height = rules->resize[0];
    *width = rules->resize[1];
    if (*width)
        return;
    bool upright = picture->width <= picture->height;
    size_t shorter = upright ? picture->width : picture->height;
    size_t longer = upright ? picture->height : picture->width;
    size_t scaled = (size_t)((double)rules->resize[0] * (double)longer / (double)shorter);
    *height = upright ? scaled : rules->resize[0];
    *width = upright ? rules->resize[0] : scaled;
}

/* The channel of a picture that channel c of the input shows. */
static size_t source_of(const struct preprocess *rules, const struct picture *picture, size_t c) {
    if (picture->channels == 1)
        return 0;
    return rules->order == IMAGE_CHANNELS_bgr ? 2 - c : c;
}

static enum status run_resampled(const struct preprocess *rules, const struct picture *picture,
                                 size_t memory, float *out) {
    size_t height, width, plane = rules->height * rules->width;
    resized(rules, picture, &height, &width);
    const struct resample_part part = {.top = half(height - rules->height),
                                       .left = half(width - rules->width),
                                       .height = rules->height,
                                       .width = rules->width};
    struct picture pixels;
    enum status status =
        resample_part(picture, rules->filter, height, width, &part, memory, &pixels);
    if (status != STATUS_OK)
        return status;
    for (size_t c = 0; c < rules->channels; c++) {
        const uint8_t *from = pixels.pixels + source_of(rules, picture, c);
        float levels[256];
        for (int x = 0; x < 256; x++)
            levels[x] = (float)(x * rules->scale[c] + rules->shift[c]);
        for (size_t i = 0; i < plane; i++)
            out[c * plane + i] = levels[from[i * pixels.channels]];
    }
    free(pixels.pixels);
    return STATUS_OK;
}

static enum status run_letterbox(const struct preprocess *rules, const struct picture *picture,
                                 size_t memory, float *out) {
    size_t plane = rules->height * rules->width;
    if (plane > memory / (picture->channels * sizeof(float)))
        return STATUS_LIMIT;
    float *values = calloc(plane, picture->channels * sizeof *values);
    if (!values)
        return STATUS_MEMORY;
    letterbox(picture, rules->height, rules->width, values);
    for (size_t c = 0; c < rules->channels; c++) {
        const float *from = values + source_of(rules, picture, c);
        for (size_t i = 0; i < plane; i++)
            out[c * plane + i] =
                (float)((double)from[i * picture->channels] * rules->scale[c] + rules->shift[c]);
    }
    free(values);
    return STATUS_OK;
}

enum status preprocess_run(const struct preprocess *rules, const struct picture *picture,
                           size_t memory, float *out, struct file_error *error) {
    struct picture grey = {0};
    bool convert = rules->order == IMAGE_CHANNELS_gray && picture->channels == 3;
    size_t taken = convert ? picture->width * picture->height : 0;
    if (taken > memory)
        return picture_fail_limit(error);
    if (convert && !make_grey(picture, &grey))
        return file_fail_memory(error);
    const struct picture *from = convert ? &grey : picture;
    enum status status = rules->letterbox ? run_letterbox(rules, from, memory - taken, out)
                                          : run_resampled(rules, from, memory - taken, out);
    free(grey.pixels);
    if (status == STATUS_LIMIT)
        return picture_fail_limit(error);
    return status == STATUS_OK ? STATUS_OK : file_fail_memory(error);
}
