#include "pixels.h"

#include <stdlib.h>

#include "preprocess.h"

enum { NONE = -1, ALPHA = 4 };

/* A way to read an array of so many dimensions: which is what. */
static const struct reading {
    uint32_t layout;
    int rank, image, channel, row, column;
} readings[] = {
    {IMAGE_LAYOUT_chw, 3, NONE, 0, 1, 2},   {IMAGE_LAYOUT_chw, 4, 0, 1, 2, 3},
    {IMAGE_LAYOUT_hwc, 3, NONE, 2, 0, 1},   {IMAGE_LAYOUT_hwc, 4, 0, 3, 1, 2},
    {IMAGE_LAYOUT_hw, 2, NONE, NONE, 0, 1}, {IMAGE_LAYOUT_hw, 3, 0, NONE, 1, 2},
};
enum { READINGS = sizeof readings / sizeof *readings };

/* ---- which fit ---- */

static bool may_be_channels(size_t extent) { return extent == 1 || extent == 3; }

/* Nothing was said. NxHxW beside channels: where the network takes grey, and these may be as many
 * pictures for it. */
static bool fits_unsaid(const struct reading *reading, const struct pixels_array *array,
                        const struct plan_view *wanted) {
    if (array->rank == 2)
        return true;
    const size_t *extents = array->extents;
    size_t first = extents[array->rank - 3], last = extents[array->rank - 1];
    bool sized = array->rank == 3 && extents[1] == (size_t)wanted->height &&
                 extents[2] == (size_t)wanted->width;
    bool channels = may_be_channels(first) || may_be_channels(last);
    switch (reading->layout) {
    case IMAGE_LAYOUT_chw:
        return may_be_channels(first);
    case IMAGE_LAYOUT_hwc:
        return may_be_channels(last) || (last == ALPHA && !channels && !sized);
    default:
        return !channels || array->counted || (wanted->channels == 1 && (first == 3 || sized));
    }
}

static bool fits(const struct reading *reading, const struct pixels_array *array, uint32_t layout,
                 const struct plan_view *wanted) {
    if (reading->rank != array->rank || (array->counted && reading->image == NONE))
        return false;
    if (layout == IMAGE_LAYOUT_NONE)
        return fits_unsaid(reading, array, wanted);
    return reading->layout == layout &&
           (reading->channel == NONE || array->extents[reading->channel] <= ALPHA);
}

/* ---- what it is then ---- */

/* The elements from one index of a dimension to the next. */
static size_t step_of(const struct pixels_array *array, int dimension) {
    size_t step = 1;
    for (int i = 0; i < array->rank; i++)
        if (array->fortran ? i < dimension : i > dimension)
            step *= array->extents[i];
    return step;
}

static void measure(const struct pixels_array *array, int dimension, size_t *extent, size_t *step) {
    *extent = dimension == NONE ? 1 : array->extents[dimension];
    *step = *extent == 1 ? 0 : step_of(array, dimension); /* of one, no matter */
}

static struct pixels read_as(const struct reading *reading, const struct pixels_array *array) {
    struct pixels p = {.data = array->data, .several = reading->image != NONE};
    measure(array, reading->image, &p.count, &p.image_step);
    measure(array, reading->row, &p.height, &p.row_step);
    measure(array, reading->column, &p.width, &p.column_step);
    measure(array, reading->channel, &p.channels, &p.channel_step);
    return p;
}

/* The same pictures: 1x28x28 is one of 28x28 in two readings. */
static bool same(const struct pixels *a, const struct pixels *b) {
    return a->count == b->count && a->height == b->height && a->width == b->width &&
           a->channels == b->channels && a->image_step == b->image_step &&
           a->row_step == b->row_step && a->column_step == b->column_step &&
           a->channel_step == b->channel_step;
}

/* ---- what is wrong ---- */

static void add_shape(const struct pixels_array *array, struct text *out) {
    for (int i = 0; i < array->rank; i++)
        text_format(out, "%s%zu", i > 0 ? "x" : "", array->extents[i]);
}

/* "one of 3x5, channels first (chw)" */
static void add_reading(uint32_t layout, const struct pixels *p, struct text *out) {
    static const char *const channels[] = {"grey", "grey and alpha", "RGB", "RGBA"};
    text_format(out, "%zu picture%s of %zux%zu %s (%s)", p->count, p->count == 1 ? "" : "s",
                p->height, p->width, channels[p->channels - 1], preprocess_layouts[layout - 1]);
}

static enum status fail_several(const struct pixels_array *array, const struct reading *const *fit,
                                const struct pixels *as, size_t count, struct file_error *error) {
    struct text shape = {0}, all = {0}, options = {0};
    add_shape(array, &shape);
    for (size_t i = 0; i < count; i++) {
        text_add(&all, i == 0 ? "" : " or ");
        add_reading(fit[i]->layout, &as[i], &all);
        text_format(&options, "%s%s", i == 0 ? "" : "|", preprocess_layouts[fit[i]->layout - 1]);
    }
    file_fail(error, "input-shape",
              "its pixels, %s, are %s; expected --image layout=%s, or layout in image: of the spec",
              shape.data ? shape.data : "", all.data ? all.data : "",
              options.data ? options.data : "");
    text_free(&shape);
    text_free(&all);
    text_free(&options);
    return STATUS_INPUT;
}

static enum status fail_none(const struct pixels_array *array, uint32_t layout,
                             struct file_error *error) {
    static const char *const expected[] = {
        "HxW, or with channels, 1 or 3, first or last; or N of them",
        "CxHxW or NxCxHxW, of 1 to 4 channels",
        "HxWxC or NxHxWxC, of 1 to 4 channels",
        "HxW or NxHxW",
    };
    static const char *const counted[] = {
        "NxHxW, or with channels, 1 or 3, first (NxCxHxW) or last (NxHxWxC)",
        "NxCxHxW, of 1 to 4 channels",
        "NxHxWxC, of 1 to 4 channels",
        "NxHxW",
    };
    struct text shape = {0};
    add_shape(array, &shape);
    file_fail(error, "input-shape", "its pixels, uint8, are %s%s%s; expected %s",
              array->rank == 0 ? "a scalar"
              : shape.data     ? shape.data
                               : "",
              layout ? ", but layout is " : "", layout ? preprocess_layouts[layout - 1] : "",
              (array->counted ? counted : expected)[layout]);
    text_free(&shape);
    return STATUS_INPUT;
}

/* ---- pictures ---- */

enum status pixels_find(const struct pixels_array *array, uint32_t layout,
                        const struct plan_view *wanted, struct pixels *pixels,
                        struct file_error *error) {
    const struct reading *fit[READINGS];
    struct pixels as[READINGS];
    size_t count = 0;
    for (size_t i = 0; i < READINGS; i++) {
        if (!fits(&readings[i], array, layout, wanted))
            continue;
        as[count] = read_as(&readings[i], array);
        fit[count] = &readings[i];
        count += count == 0 || !same(&as[count], &as[count - 1]);
    }
    if (count == 0)
        return fail_none(array, layout, error);
    if (count > 1)
        return fail_several(array, fit, as, count, error);
    *pixels = as[0];
    return STATUS_OK;
}

static size_t shown_channels(const struct pixels *p) { return p->channels < 3 ? 1 : 3; }

static bool lies(size_t extent, size_t step, size_t wanted) {
    return extent == 1 || step == wanted;
}

size_t pixels_room(const struct pixels *p) {
    size_t channels = shown_channels(p);
    bool ready = p->channels == channels && lies(channels, p->channel_step, 1) &&
                 lies(p->width, p->column_step, channels) &&
                 lies(p->height, p->row_step, channels * p->width);
    return ready ? 0 : p->height * p->width * channels;
}

enum status pixels_picture(const struct pixels *p, size_t index, struct picture *picture) {
    const uint8_t *image = p->data + index * p->image_step;
    const size_t channels = shown_channels(p), room = pixels_room(p);
    *picture = (struct picture){.width = p->width, .height = p->height, .channels = channels};
    if (room == 0) { /* read only, though a picture's owner may write */
        picture->pixels = (uint8_t *)(uintptr_t)image;
        return STATUS_OK;
    }
    uint8_t *to = picture->pixels = malloc(room);
    if (!to)
        return STATUS_MEMORY;
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++)
            for (size_t c = 0; c < channels; c++)
                *to++ = image[y * p->row_step + x * p->column_step + c * p->channel_step];
    return STATUS_OK;
}
