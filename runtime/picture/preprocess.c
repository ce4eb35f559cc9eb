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

/* A picture on its way into the input, row by row. */
struct preparation {
    struct picture_sink sink; /* what the reader of pictures knows of it */
    const struct preprocess *rules;
    float *out;
    size_t channels, stride; /* of the rows that are resized; bytes of one that comes */
    struct resampler *resampler;
    struct letterbox letterbox; /* instead of it */
    uint8_t *grey;              /* [RESAMPLE_ROWS][width]; NULL: they stay as they are */
    size_t width;               /* of the picture */
    float levels[3][256];       /* of each channel of the input */
};

/* The channel of a row that channel c of the input shows. */
static size_t source_of(const struct preparation *p, size_t c) {
    if (p->channels == 1)
        return 0;
    return p->rules->order == IMAGE_CHANNELS_bgr ? 2 - c : c;
}

static float *row_of(const struct preparation *p, size_t c, size_t y) {
    return p->out + (c * p->rules->height + y) * p->rules->width;
}

static void take_pixels(void *data, size_t y, const uint8_t *row) {
    const struct preparation *p = data;
    for (size_t c = 0; c < p->rules->channels; c++) {
        const uint8_t *from = row + source_of(p, c);
        const float *levels = p->levels[c];
        float *out = row_of(p, c, y);
        for (size_t x = 0; x < p->rules->width; x++)
            out[x] = levels[from[x * p->channels]];
    }
}

static void take_floats(void *data, size_t y, const float *row) {
    const struct preparation *p = data;
    for (size_t c = 0; c < p->rules->channels; c++) {
        const float *from = row + source_of(p, c);
        const double scale = p->rules->scale[c], shift = p->rules->shift[c];
        float *out = row_of(p, c, y);
        for (size_t x = 0; x < p->rules->width; x++)
            out[x] = (float)((double)from[x * p->channels] * scale + shift);
    }
}

static enum status begin_resampler(struct preparation *p, const struct picture *size,
                                   size_t *memory) {
    const struct preprocess *rules = p->rules;
    const struct resample_taker taker = {take_pixels, p};
    struct resample_task task = {.height = size->height,
                                 .width = size->width,
                                 .channels = size->channels,
                                 .box = {0, 0, (double)size->width, (double)size->height},
                                 .filter = rules->filter};
    resized(rules, size, &task.out_height, &task.out_width);
    task.part = (struct resample_part){.top = half(task.out_height - rules->height),
                                       .left = half(task.out_width - rules->width),
                                       .height = rules->height,
                                       .width = rules->width};
    for (size_t c = 0; c < rules->channels; c++)
        for (int x = 0; x < 256; x++)
            p->levels[c][x] = (float)(x * rules->scale[c] + rules->shift[c]);
    return resampler_new(&task, &taker, memory, &p->resampler);
}

static enum status begin_letterbox(struct preparation *p, const struct picture *size,
                                   size_t *memory) {
    const struct letterbox_taker taker = {take_floats, p};
    return letterbox_begin(&p->letterbox, size, p->rules->height, p->rules->width, &taker, memory);
}

static enum status begin(struct picture_sink *sink, const struct picture *size, size_t *memory,
                         struct file_error *error) {
    struct preparation *p = (struct preparation *)sink;
    struct picture rows = *size;
    if (p->rules->order == IMAGE_CHANNELS_gray && size->channels == 3) {
        rows.channels = 1;
        enum status status = picture_allocate(RESAMPLE_ROWS, size->width, memory, &p->grey, error);
        if (status != STATUS_OK)
            return status;
    }
    p->channels = rows.channels;
    p->width = size->width;
    p->stride = size->width * size->channels;
    enum status status =
        p->rules->letterbox ? begin_letterbox(p, &rows, memory) : begin_resampler(p, &rows, memory);
    if (status == STATUS_LIMIT)
        return picture_fail_limit(error);
    return status == STATUS_OK ? STATUS_OK : file_fail_memory(error);
}

static void pass_on(struct preparation *p, const uint8_t *rows, size_t count) {
    if (p->rules->letterbox)
        letterbox_push(&p->letterbox, rows, count);
    else
        resampler_push(p->resampler, rows, count);
}

static void push(struct picture_sink *sink, const uint8_t *rows, size_t count) {
    struct preparation *p = (struct preparation *)sink;
    if (!p->grey) {
        pass_on(p, rows, count);
        return;
    }
    for (size_t y = 0, n; y < count; y += n) {
        n = count - y < RESAMPLE_ROWS ? count - y : RESAMPLE_ROWS;
        ISA_BEST(resample_kernels)->grey(p->grey, rows + y * p->stride, n * p->width);
        pass_on(p, p->grey, n);
    }
}

static struct preparation prepare(const struct preprocess *rules, float *out) {
    return (struct preparation){.sink = {begin, push}, .rules = rules, .out = out};
}

static void end(struct preparation *p) {
    resampler_free(p->resampler);
    letterbox_free(&p->letterbox);
    free(p->grey);
}

enum status preprocess_run(const struct preprocess *rules, const struct picture *picture,
                           size_t memory, float *out, struct file_error *error) {
    struct preparation p = prepare(rules, out);
    enum status status = begin(&p.sink, picture, &memory, error);
    if (status == STATUS_OK)
        push(&p.sink, picture->pixels, picture->height);
    end(&p);
    return status;
}

enum status preprocess_file(const struct preprocess *rules, const unsigned char *bytes,
                            size_t length, const struct picture_options *options, float *out,
                            struct file_error *error) {
    struct preparation p = prepare(rules, out);
    enum status status = picture_stream(bytes, length, options, &p.sink, error);
    end(&p);
    return status;
}
