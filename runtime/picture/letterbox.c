#include "letterbox.h"

#include <stdlib.h>
#include <string.h>

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

static void fit(struct letterbox *box, size_t height, size_t width) {
    bool wide = (float)width / (float)box->in_width < (float)height / (float)box->in_height;
    box->fit_height = wide ? box->in_height * width / box->in_width : height;
    box->fit_width = wide ? width : box->in_width * height / box->in_height;
    if (box->fit_width > width) /* the floats above may be equal */
        box->fit_width = width;
    box->top = (height - box->fit_height) / 2;
    box->left = (width - box->fit_width) / 2;
}

static float mix(const uint8_t *row, size_t channels, const struct between *x) {
    float first = row[x->first * channels];
    return x->alone ? first : (1 - x->share) * first + x->share * row[x->second * channels];
}

enum status letterbox_begin(struct letterbox *box, const struct picture *size, size_t height,
                            size_t width, const struct letterbox_taker *taker, size_t *memory) {
    *box = (struct letterbox){.in_height = size->height,
                              .in_width = size->width,
                              .channels = size->channels,
                              .taker = *taker};
    size_t stride = size->width * size->channels, bytes;
    if (!size_mul(width * size->channels, sizeof *box->line, &bytes) ||
        !size_add(bytes, stride, &bytes) || bytes > *memory)
        return STATUS_LIMIT;
    box->before = malloc(stride);
    box->line = malloc(bytes - stride);
    if (!box->before || !box->line)
        return STATUS_MEMORY;
    *memory -= bytes;
    fit(box, height, width);
    for (size_t i = 0; i < width * box->channels; i++)
        box->line[i] = GREY;
    for (size_t y = 0; y < height; y++)
        if (y < box->top || y >= box->top + box->fit_height)
            taker->take(taker->data, y, box->line);
    return STATUS_OK;
}

/* Row `box->next` of the picture in the result, from the two that it lies between. */
static void give_row(struct letterbox *box, const uint8_t *above, const uint8_t *below,
                     const struct between *down) {
    const size_t channels = box->channels;
    float *to = box->line + box->left * channels;
    for (size_t x = 0; x < box->fit_width; x++) {
        struct between across = column(box->in_width, box->fit_width, x);
        for (size_t c = 0; c < channels; c++) {
            float value = (1 - down->share) * mix(above + c, channels, &across);
            if (!down->alone)
                value += down->share * mix(below + c, channels, &across);
            to[x * channels + c] = value;
        }
    }
    box->taker.take(box->taker.data, box->top + box->next, box->line);
}

void letterbox_push(struct letterbox *box, const uint8_t *rows, size_t count) {
    const size_t stride = box->in_width * box->channels, end = box->y + count;
    for (; box->next < box->fit_height; box->next++) {
        struct between down = row(box->in_height, box->fit_height, box->next);
        size_t second = down.alone ? down.first : down.second;
        if (second >= end)
            break;
        /* what was not there before needs no row before the last of them */
        const uint8_t *above =
            down.first < box->y ? box->before : rows + (down.first - box->y) * stride;
        const uint8_t *below = second < box->y ? box->before : rows + (second - box->y) * stride;
        give_row(box, above, below, &down);
    }
    if (count > 0)
        memcpy(box->before, rows + (count - 1) * stride, stride);
    box->y = end;
}

void letterbox_free(struct letterbox *box) {
    free(box->before);
    free(box->line);
}
