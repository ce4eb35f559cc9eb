#include "letterbox.h"

#define GREY 127.5f

/* Where an output lies between two pixels of the input: share of the second. */
struct between {
    size_t first, second;
    float share;
    bool alone; /* the second one does not count */
};

/* The last column is the last pixel. */
static struct between column(size_t in, size_t out, size_t x) {
    if (x == out - 1 || in == 1)
        return (struct between){in - 1, in - 1, 0, true};
    float at = (float)x * ((float)(in - 1) / (float)(out - 1));
    size_t first = (size_t)at < in - 1 ? (size_t)at : in - 1;
    return (struct between){first, first + 1 < in ? first + 1 : first, at - (float)first, false};
}

/* The last row keeps the first pixel's share alone: where (out - 1)*scale is rounded to below
 * in - 1, it is nearly black. So darknet's networks have learned it. */
static struct between row(size_t in, size_t out, size_t y) {
    float at = out > 1 ? (float)y * ((float)(in - 1) / (float)(out - 1)) : 0;
    size_t first = (size_t)at < in - 1 ? (size_t)at : in - 1;
    bool last = y == out - 1 || in == 1;
    return (struct between){first, first + 1 < in ? first + 1 : first, at - (float)first, last};
}

static void fit(const struct picture *picture, size_t height, size_t width, size_t *fit_height,
                size_t *fit_width) {
    bool wide = (float)width / (float)picture->width < (float)height / (float)picture->height;
    *fit_height = wide ? picture->height * width / picture->width : height;
    *fit_width = wide ? width : picture->width * height / picture->height;
    *fit_width = *fit_width < width ? *fit_width : width; /* the floats above may be equal */
}

static float mix(const uint8_t *row, size_t channels, const struct between *x) {
    float first = row[x->first * channels];
    return x->alone ? first : (1 - x->share) * first + x->share * row[x->second * channels];
}

void letterbox(const struct picture *picture, size_t height, size_t width, float *out) {
    const size_t channels = picture->channels, stride = picture->width * channels;
    size_t fit_height, fit_width;
    fit(picture, height, width, &fit_height, &fit_width);
    size_t top = (height - fit_height) / 2, left = (width - fit_width) / 2;
    for (size_t i = 0; i < height * width * channels; i++)
        out[i] = GREY;
    for (size_t y = 0; y < fit_height; y++) {
        struct between down = row(picture->height, fit_height, y);
        const uint8_t *above = picture->pixels + down.first * stride;
        const uint8_t *below = picture->pixels + down.second * stride;
        float *to = out + ((top + y) * width + left) * channels;
        for (size_t x = 0; x < fit_width; x++) {
            struct between across = column(picture->width, fit_width, x);
            for (size_t c = 0; c < channels; c++) {
                float value = (1 - down.share) * mix(above + c, channels, &across);
                if (!down.alone)
                    value += down.share * mix(below + c, channels, &across);
                to[x * channels + c] = value;
            }
        }
    }
}
