/* Both passes run together: a strip of rows becomes as narrow as the result, its rows are added to
 * the sums of the result's rows that they weigh in, and what is complete is clipped and given away.
 * So memory holds a strip and the sums of the rows that are open, however large the picture and the
 * result are. */
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

struct resampler {
    const struct resample_kernels *kernels;
    size_t channels;
    bool narrow, lower; /* which passes there are: of columns, of rows */
    struct resample_axis columns, rows;
    size_t top, end;      /* the rows of the picture that are needed */
    size_t left;          /* the first column that is wanted, without a pass */
    size_t first, span;   /* columns that are read, with one */
    size_t stride, count; /* bytes of a row of the picture; of one of the result */
    size_t batch;         /* rows that become narrow together */
    size_t pitch;         /* of a row in `narrowed` */
    uint8_t *strip;       /* [span][channels][RESAMPLE_ROWS], to whole squares */
    uint8_t *columned;    /* [columns][channels][RESAMPLE_ROWS], to whole squares */
    uint8_t *narrowed;    /* [batch][pitch] */
    int32_t *sums;        /* [ring][count]: row o of the result has its own at o % ring */
    size_t ring;
    uint8_t *line; /* [count]: a row that is complete */
    size_t y;      /* the next row of the picture */
    size_t next;   /* the first row of the result that is not complete */
    size_t begun;  /* rows of the result that have sums, or had */
    struct resample_taker taker;
};

/* Rows of the picture, from the first column that is read. */
static void gather_strip(const struct resampler *r, const uint8_t *rows, size_t n) {
    const uint8_t *from = rows + r->first * r->channels;
    size_t bytes = r->span * r->channels;
    uint8_t square[RESAMPLE_ROWS * RESAMPLE_ROWS] = {0};
    for (size_t x = 0; x < bytes; x += RESAMPLE_ROWS) {
        uint8_t *to = r->strip + x * RESAMPLE_ROWS;
        size_t width = bytes - x < RESAMPLE_ROWS ? bytes - x : RESAMPLE_ROWS;
        if (width == RESAMPLE_ROWS && n == RESAMPLE_ROWS) {
            r->kernels->transpose(to, RESAMPLE_ROWS, from + x, r->stride);
            continue;
        }
        for (size_t i = 0; i < n; i++)
            memcpy(square + i * RESAMPLE_ROWS, from + i * r->stride + x, width);
        r->kernels->transpose(to, RESAMPLE_ROWS, square, RESAMPLE_ROWS);
    }
}

/* The rows as narrow as the result; *stride: from one to the next. */
static const uint8_t *narrow_rows(const struct resampler *r, const uint8_t *rows, size_t n,
                                  size_t *stride) {
    *stride = r->narrow ? r->pitch : r->stride;
    if (!r->narrow)
        return rows + r->left * r->channels;
    if (!r->strip) {
        for (size_t i = 0; i < n; i++)
            r->kernels->row(r->narrowed + i * r->pitch, rows + i * r->stride, r->channels,
                            &r->columns);
        return r->narrowed;
    }
    gather_strip(r, rows, n);
    r->kernels->strip(r->columned, r->strip, r->channels, r->first, &r->columns);
    for (size_t x = 0; x < r->count; x += RESAMPLE_ROWS)
        r->kernels->transpose(r->narrowed + x, r->pitch, r->columned + x * RESAMPLE_ROWS,
                              RESAMPLE_ROWS);
    return r->narrowed;
}

/* The sums of row o of the result. Those of an earlier one that had the place are complete. */
static int32_t *sums_of(struct resampler *r, size_t o) {
    int32_t *sums = r->sums + o % r->ring * r->count;
    if (o < r->begun)
        return sums;
    for (size_t i = 0; i < r->count; i++)
        sums[i] = RESAMPLE_HALF;
    r->begun = o + 1;
    return sums;
}

/* What rows y .. y + n - 1 give to the rows of the result. */
static void lower_rows(struct resampler *r, const uint8_t *in, size_t stride, size_t y, size_t n) {
    const struct resample_axis *axis = &r->rows;
    for (size_t o = r->next; o < axis->count && axis->firsts[o] < y + n; o++) {
        size_t first = axis->firsts[o], end = first + axis->lengths[o];
        size_t begin = first > y ? first : y, stop = end < y + n ? end : y + n;
        int32_t *sums = sums_of(r, o);
        if (begin < stop)
            r->kernels->add(sums, in + (begin - y) * stride, stride,
                            axis->weights + o * axis->room + (begin - first), stop - begin,
                            r->count);
        if (end > y + n)
            continue;
        r->kernels->finish(r->line, sums, r->count);
        r->taker.take(r->taker.data, o, r->line);
        r->next = o + 1;
    }
}

static void push_strip(struct resampler *r, const uint8_t *rows, size_t y, size_t n) {
    size_t stride;
    const uint8_t *in = narrow_rows(r, rows, n, &stride);
    if (r->lower)
        lower_rows(r, in, stride, y, n);
    for (size_t i = 0; !r->lower && i < n; i++)
        r->taker.take(r->taker.data, y + i - r->top, in + i * stride);
}

void resampler_push(struct resampler *r, const uint8_t *rows, size_t count) {
    const size_t stop = r->y + count < r->end ? r->y + count : r->end;
    for (size_t y = r->y > r->top ? r->y : r->top, n; y < stop; y += n) {
        n = stop - y < r->batch ? stop - y : r->batch;
        push_strip(r, rows + (y - r->y) * r->stride, y, n);
    }
    r->y += count;
}

/* ---- its making ---- */

/* How many outputs are open at most where the picture is cut between two rows, neither complete nor
 * without a row; one at least. An output is open longest just before its last row. */
static size_t most_open(const struct resample_axis *axis) {
    size_t most = 1, begun = 0;
    for (size_t o = 0; o < axis->count; o++) {
        size_t last = axis->firsts[o] + axis->lengths[o] - 1;
        while (begun < axis->count && axis->firsts[begun] < last)
            begun++;
        if (begun > o && begun - o > most)
            most = begun - o;
    }
    return most;
}

/* Room for whole squares. */
static uint8_t *take_strip(struct room *room, size_t bytes) {
    size_t rounded = (bytes + RESAMPLE_ROWS - 1) / RESAMPLE_ROWS * RESAMPLE_ROWS;
    return take(room, rounded, RESAMPLE_ROWS);
}

/* False: no room. */
static MUST_USE bool make_columns(struct resampler *r, struct room *room) {
    const struct resample_axis *columns = &r->columns;
    size_t last = columns->count - 1;
    r->first = columns->firsts[0];
    r->span = columns->firsts[last] + columns->lengths[last] - r->first;
    bool strips = r->span <= MOST_COLUMNS && columns->count <= MOST_COLUMNS;
    r->batch = strips ? RESAMPLE_ROWS : 1;
    r->pitch = (r->count + RESAMPLE_ROWS - 1) / RESAMPLE_ROWS * RESAMPLE_ROWS;
    r->narrowed = take(room, r->batch, r->pitch);
    if (strips) {
        r->strip = take_strip(room, r->span * r->channels);
        r->columned = take_strip(room, r->count);
    }
    return r->narrowed && (!strips || (r->strip && r->columned));
}

/* False: no room. */
static MUST_USE bool make_rows(struct resampler *r, struct room *room) {
    const struct resample_axis *rows = &r->rows;
    size_t last = rows->count - 1, sums;
    r->top = rows->firsts[0];
    r->end = rows->firsts[last] + rows->lengths[last];
    r->ring = most_open(rows);
    bool fits = size_mul(r->ring, r->count, &sums);
    r->sums = fits ? take(room, sums, sizeof *r->sums) : NULL;
    r->line = take(room, r->count, 1);
    return r->sums && r->line;
}

void resampler_free(struct resampler *r) {
    if (!r)
        return;
    axis_free(&r->columns);
    axis_free(&r->rows);
    free(r->strip);
    free(r->columned);
    free(r->narrowed);
    free(r->sums);
    free(r->line);
    free(r);
}

enum status resampler_new(const struct resample_task *task, const struct resample_taker *taker,
                          size_t *memory, struct resampler **out) {
    const struct resample_part *part = &task->part;
    const struct resample_box *box = &task->box;
    assert(task->channels == 1 || task->channels == 3);
    assert(part->top + part->height <= task->out_height && part->height > 0);
    assert(part->left + part->width <= task->out_width && part->width > 0);
    const struct stretch down = {task->height, task->out_height, part->top,
                                 part->height, (float)box->top,  (float)box->bottom};
    const struct stretch across = {task->width, task->out_width,  part->left,
                                   part->width, (float)box->left, (float)box->right};
    struct room room = {.left = *memory};
    struct resampler *r = take(&room, 1, sizeof *r);
    if (!r)
        return room.over ? STATUS_LIMIT : STATUS_MEMORY;
    *r = (struct resampler){.kernels = ISA_BEST(resample_kernels),
                            .channels = task->channels,
                            .narrow = changes(&across),
                            .lower = changes(&down),
                            .top = part->top,
                            .end = part->top + part->height,
                            .left = part->left,
                            .stride = task->width * task->channels,
                            .batch = RESAMPLE_ROWS,
                            .taker = *taker};
    bool fits = size_mul(part->width, task->channels, &r->count);
    if (fits && r->narrow)
        fits = axis_make(&across, task->filter, &room, &r->columns) && make_columns(r, &room);
    if (fits && r->lower)
        fits = axis_make(&down, task->filter, &room, &r->rows) && make_rows(r, &room);
    *memory = room.left;
    *out = r;
    if (fits)
        return STATUS_OK;
    resampler_free(r);
    *out = NULL;
    return room.over ? STATUS_LIMIT : STATUS_MEMORY;
}
