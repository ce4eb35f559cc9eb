/* Both passes run together: a strip of rows becomes as narrow as the result, its rows are added to
 * the sums of the result's rows that they weigh in, and what is complete is clipped. So memory
 * holds a strip and the sums, however large the picture is. */
#include "resample.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_resample.h"

/* Wider ones are done row by row, not as strips. */
enum { MOST_COLUMNS = 1 << 16 };

/* ---- filters, as Pillow writes them: each operation counts for the last bit ---- */

static double box(double x) { return x > -0.5 && x <= 0.5 ? 1 : 0; }

static double bilinear(double x) {
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

/* Keys (1981) with a = -1/2. */
static double bicubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static double sinc(double x) {
    if (x == 0)
        return 1;
    x *= M_PI;
    return sin(x) / x;
}
static double lanczos(double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0; }

static const struct {
    double (*weight)(double x);
    double support;
} filters[RESAMPLE_FILTERS] = {
    [RESAMPLE_BOX] = {box, 0.5},
    [RESAMPLE_BILINEAR] = {bilinear, 1},
    [RESAMPLE_BICUBIC] = {bicubic, 2},
    [RESAMPLE_LANCZOS] = {lanczos, 3},
};

/* ---- memory ---- */

/* What is left of what may be taken. */
struct room {
    size_t left;
    bool over; /* more was wanted */
};

/* Zeros, or NULL. */
static void *take(struct room *room, size_t count, size_t size) {
    size_t bytes;
    if (!size_mul(count, size, &bytes) || bytes > room->left) {
        room->over = true;
        return NULL;
    }
    room->left -= bytes;
    return calloc(count, size);
}

/* ---- windows ---- */

/* One axis of the task: `out` outputs from [begin, end) of `in` pixels; wanted are some of them.
 * Pillow keeps a box in floats. */
struct stretch {
    size_t in, out, first, count;
    float begin, end;
};

static bool changes(const struct stretch *s) {
    return s->in != s->out || s->begin != 0 || s->end != (float)s->out;
}

static void axis_free(struct resample_axis *axis) {
    free(axis->firsts);
    free(axis->lengths);
    free(axis->weights);
}

/* The weights of a window in double, to sum 1, rounded. */
static void set_weights(enum resample_filter filter, size_t first, double center, double shrink,
                        double *reals, size_t length, int32_t *weights) {
    double sum = 0;
    for (size_t i = 0; i < length; i++) {
        reals[i] = filters[filter].weight(((double)(first + i) - center + 0.5) * shrink);
        sum += reals[i];
    }
    for (size_t i = 0; i < length; i++) {
        double scaled = (sum != 0 ? reals[i] / sum : reals[i]) * (1 << RESAMPLE_BITS);
        weights[i] = (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
}

/* False: no room. The caller frees in any case. */
static MUST_USE bool axis_make(const struct stretch *s, enum resample_filter filter,
                               struct room *room, struct resample_axis *axis) {
    double scale = (double)(s->end - s->begin) / (double)s->out;
    double filter_scale = scale < 1 ? 1 : scale;
    double support = filters[filter].support * filter_scale, window = ceil(support) * 2 + 1;
    *axis = (struct resample_axis){.count = s->count};
    axis->room = window < (double)s->in ? (size_t)window : s->in;
    size_t weights;
    bool fits = size_mul(axis->room, s->count, &weights);
    axis->firsts = take(room, s->count, sizeof *axis->firsts);
    axis->lengths = take(room, s->count, sizeof *axis->lengths);
    axis->weights = fits ? take(room, weights, sizeof *axis->weights) : NULL;
    double *reals = take(room, axis->room, sizeof *reals);
    fits = axis->firsts && axis->lengths && axis->weights && reals;
    for (size_t i = 0; fits && i < s->count; i++) {
        double center = s->begin + ((double)(s->first + i) + 0.5) * scale;
        int64_t first = (int64_t)(center - support + 0.5), end = (int64_t)(center + support + 0.5);
        first = first < 0 ? 0 : first;
        end = end > (int64_t)s->in ? (int64_t)s->in : end;
        axis->firsts[i] = (size_t)first;
        axis->lengths[i] = (size_t)(end - first);
        set_weights(filter, (size_t)first, center, 1 / filter_scale, reals, axis->lengths[i],
                    axis->weights + i * axis->room);
    }
    free(reals);
    return fits;
}

/* ---- the passes ---- */

struct passes {
    const struct resample_kernels *kernels;
    const struct picture *from;
    bool narrow, lower; /* which passes there are: of columns, of rows */
    struct resample_axis columns, rows;
    size_t left, top;     /* the first column and row that are wanted, without a pass */
    size_t first, span;   /* columns that are read, with one */
    size_t stride, count; /* bytes of a row of the picture; of one of the result */
    size_t pitch;         /* of a row in `narrowed` */
    uint8_t *strip;       /* [span][channels][RESAMPLE_ROWS], to whole squares */
    uint8_t *columned;    /* [columns][channels][RESAMPLE_ROWS], to whole squares */
    uint8_t *narrowed;    /* [RESAMPLE_ROWS][pitch] */
    int32_t *sums;        /* [height][count] */
    uint8_t *out;
};

/* Rows y .. y + n - 1, from the first column that is read. */
static void gather_strip(const struct passes *p, size_t y, size_t n) {
    const uint8_t *from = p->from->pixels + y * p->stride + p->first * p->from->channels;
    size_t bytes = p->span * p->from->channels;
    uint8_t square[RESAMPLE_ROWS * RESAMPLE_ROWS] = {0};
    for (size_t x = 0; x < bytes; x += RESAMPLE_ROWS) {
        uint8_t *to = p->strip + x * RESAMPLE_ROWS;
        size_t width = bytes - x < RESAMPLE_ROWS ? bytes - x : RESAMPLE_ROWS;
        if (width == RESAMPLE_ROWS && n == RESAMPLE_ROWS) {
            p->kernels->transpose(to, RESAMPLE_ROWS, from + x, p->stride);
            continue;
        }
        for (size_t i = 0; i < n; i++)
            memcpy(square + i * RESAMPLE_ROWS, from + i * p->stride + x, width);
        p->kernels->transpose(to, RESAMPLE_ROWS, square, RESAMPLE_ROWS);
    }
}

/* Rows y .. y + n - 1 as narrow as the result; *stride: from one to the next. */
static const uint8_t *narrow_rows(const struct passes *p, size_t y, size_t n, size_t *stride) {
    const size_t channels = p->from->channels;
    *stride = p->narrow ? p->pitch : p->stride;
    if (!p->narrow)
        return p->from->pixels + y * p->stride + p->left * channels;
    if (!p->strip) {
        for (size_t i = 0; i < n; i++)
            p->kernels->row(p->narrowed + i * p->pitch, p->from->pixels + (y + i) * p->stride,
                            channels, &p->columns);
        return p->narrowed;
    }
    gather_strip(p, y, n);
    p->kernels->strip(p->columned, p->strip, channels, p->first, &p->columns);
    for (size_t x = 0; x < p->count; x += RESAMPLE_ROWS)
        p->kernels->transpose(p->narrowed + x, p->pitch, p->columned + x * RESAMPLE_ROWS,
                              RESAMPLE_ROWS);
    return p->narrowed;
}

/* What rows y .. y + n - 1 give to the rows of the result, from *next on, the first that is not
 * complete. */
static void lower_rows(const struct passes *p, const uint8_t *in, size_t stride, size_t y, size_t n,
                       size_t *next) {
    const struct resample_axis *axis = &p->rows;
    for (size_t o = *next; o < axis->count && axis->firsts[o] < y + n; o++) {
        size_t first = axis->firsts[o], end = first + axis->lengths[o];
        size_t begin = first > y ? first : y, stop = end < y + n ? end : y + n;
        int32_t *sums = p->sums + o * p->count;
        if (begin < stop)
            p->kernels->add(sums, in + (begin - y) * stride, stride,
                            axis->weights + o * axis->room + (begin - first), stop - begin,
                            p->count);
        if (end <= y + n) {
            p->kernels->finish(p->out + o * p->count, sums, p->count);
            *next = o + 1;
        }
    }
}

static void run(const struct passes *p, size_t height) {
    size_t y = p->lower ? p->rows.firsts[0] : p->top, next = 0;
    const size_t end =
        p->lower ? p->rows.firsts[height - 1] + p->rows.lengths[height - 1] : p->top + height;
    for (size_t n, stride; y < end; y += n) {
        n = end - y < RESAMPLE_ROWS ? end - y : RESAMPLE_ROWS;
        const uint8_t *in = narrow_rows(p, y, n, &stride);
        if (p->lower)
            lower_rows(p, in, stride, y, n, &next);
        for (size_t i = 0; !p->lower && i < n; i++)
            memcpy(p->out + (y - p->top + i) * p->count, in + i * stride, p->count);
    }
}

/* Room for whole squares. */
static uint8_t *take_strip(struct room *room, size_t bytes) {
    size_t rounded = (bytes + RESAMPLE_ROWS - 1) / RESAMPLE_ROWS * RESAMPLE_ROWS;
    return take(room, rounded, RESAMPLE_ROWS);
}

/* False: no room. */
static MUST_USE bool make_buffers(struct passes *p, size_t height, struct room *room) {
    const struct resample_axis *columns = &p->columns;
    bool strips = false;
    if (p->narrow) {
        p->first = columns->firsts[0];
        p->span =
            columns->firsts[columns->count - 1] + columns->lengths[columns->count - 1] - p->first;
        strips = p->span <= MOST_COLUMNS && columns->count <= MOST_COLUMNS;
        p->pitch = (p->count + RESAMPLE_ROWS - 1) / RESAMPLE_ROWS * RESAMPLE_ROWS;
        p->narrowed = take(room, RESAMPLE_ROWS, p->pitch);
    }
    if (strips) {
        p->strip = take_strip(room, p->span * p->from->channels);
        p->columned = take_strip(room, p->count);
    }
    size_t sums = 0;
    bool fits = !p->lower || size_mul(p->count, height, &sums);
    if (fits && p->lower)
        p->sums = take(room, sums, sizeof *p->sums);
    for (size_t i = 0; p->sums && i < sums; i++)
        p->sums[i] = RESAMPLE_HALF;
    return (!p->narrow || p->narrowed) && (!strips || (p->strip && p->columned)) &&
           (!p->lower || p->sums);
}

static enum status run_passes(const struct picture *from, enum resample_filter filter,
                              const struct stretch *down, const struct stretch *across,
                              size_t memory, struct picture *out) {
    assert(from->channels == 1 || from->channels == 3);
    size_t bytes;
    if (!size_mul(across->count, from->channels, &bytes) || !size_mul(bytes, down->count, &bytes) ||
        bytes > PTRDIFF_MAX)
        return STATUS_MEMORY;
    struct room room = {.left = memory};
    struct passes p = {.kernels = ISA_BEST(resample_kernels),
                       .from = from,
                       .narrow = changes(across),
                       .lower = changes(down),
                       .left = across->first,
                       .top = down->first,
                       .stride = from->width * from->channels,
                       .count = across->count * from->channels,
                       .out = take(&room, bytes, 1)};
    bool fits = p.out && (!p.narrow || axis_make(across, filter, &room, &p.columns)) &&
                (!p.lower || axis_make(down, filter, &room, &p.rows)) &&
                make_buffers(&p, down->count, &room);
    if (fits) {
        run(&p, down->count);
        *out = (struct picture){.width = across->count,
                                .height = down->count,
                                .channels = from->channels,
                                .pixels = p.out};
    } else {
        free(p.out);
    }
    axis_free(&p.columns);
    axis_free(&p.rows);
    free(p.strip);
    free(p.columned);
    free(p.narrowed);
    free(p.sums);
    return fits ? STATUS_OK : room.over ? STATUS_LIMIT : STATUS_MEMORY;
}

enum status resample(const struct picture *from, const struct resample_box *box,
                     enum resample_filter filter, size_t height, size_t width, size_t memory,
                     struct picture *out) {
    const struct resample_box all = {0, 0, (double)from->width, (double)from->height};
    if (!box)
        box = &all;
    const struct stretch down = {.in = from->height,
                                 .out = height,
                                 .count = height,
                                 .begin = (float)box->top,
                                 .end = (float)box->bottom};
    const struct stretch across = {.in = from->width,
                                   .out = width,
                                   .count = width,
                                   .begin = (float)box->left,
                                   .end = (float)box->right};
    return run_passes(from, filter, &down, &across, memory, out);
}

enum status resample_part(const struct picture *from, enum resample_filter filter, size_t height,
                          size_t width, const struct resample_part *part, size_t memory,
                          struct picture *out) {
    assert(part->top + part->height <= height && part->left + part->width <= width);
    const struct stretch down = {.in = from->height,
                                 .out = height,
                                 .first = part->top,
                                 .count = part->height,
                                 .end = (float)from->height};
    const struct stretch across = {.in = from->width,
                                   .out = width,
                                   .first = part->left,
                                   .count = part->width,
                                   .end = (float)from->width};
    return run_passes(from, filter, &down, &across, memory, out);
}
