#include "ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- places ---- */

struct ref {
    const struct plan *plan;
    const struct step *step;
    double *arena;
    size_t capacity;
    bool absolute;   /* sum |terms| instead, and stop before the activation */
    double *filter;  /* of the gemm's current channel */
    double *columns; /* softmax: of each image and position the maximum and the sum, see there */
};

static double *place(const struct ref *x, const struct plan_view *view, size_t n) {
    const struct plan_buffer *b = &x->plan->buffers[view->buffer];
    return x->arena + x->capacity * b->offset + n * b->size + view->first;
}

/* The element, or `outside` beyond the map. */
static double cell(const struct plan_view *view, const double *map, int64_t c, int64_t y, int64_t x,
                   double outside) {
    if (c < 0 || y < 0 || x < 0 || c >= view->channels || y >= view->height || x >= view->width)
        return outside;
    return map[(c * view->height + y) * view->width + x];
}

static double weight(const struct ref *x, const struct plan_range *range, int64_t i) {
    return (double)x->plan->weights[range->first + (uint64_t)i];
}

/* As plan.h describes step_gemm's weights. */
double ref_gemm_weight(const struct plan *plan, const struct step *step, int64_t m, int64_t k) {
    const struct step_gemm *g = &step->as.gemm;
    int64_t side = g->order == GEMM_FILTERS_WIDE ? plan->head.tile.wide : plan->head.tile.narrow;
    int64_t depth = step->in[0].channels / g->groups * g->kernel[0] * g->kernel[1];
    int64_t filters = step->out.channels / g->groups, panels = (filters + side - 1) / side;
    int64_t group = m / filters, filter = m % filters, cut = k / g->cut;
    int64_t length = g->cut < depth - cut * g->cut ? g->cut : depth - cut * g->cut;
    int64_t at = group * panels * side * depth;
    at += cut * g->cut * panels * side;
    at += filter / side * length * side;
    at += k % g->cut * side;
    at += filter % side;
    return (double)plan->weights[step->weights[0].first + (uint64_t)at];
}

/* ---- epilogue ---- */

static double activate(double v, const struct plan_epilogue *e, double slope) {
    switch (e->activation) {
    case ACTIVATION_relu:
        return v < 0 ? 0 : v;
    case ACTIVATION_clip:
        return v < (double)e->a ? (double)e->a : v > (double)e->b ? (double)e->b : v;
    case ACTIVATION_leaky_relu:
        return v > 0 ? v : (double)e->a * v;
    case ACTIVATION_prelu:
        return v > 0 ? v : slope * v;
    case ACTIVATION_elu:
        return v > 0 ? v : (double)e->a * expm1(v);
    case ACTIVATION_sigmoid:
        return 1 / (1 + exp(-v));
    case ACTIVATION_tanh:
        return tanh(v);
    case ACTIVATION_silu:
        return v / (1 + exp(-v));
    case ACTIVATION_hardsigmoid:
        return fmin(fmax(v / 6 + 0.5, 0), 1);
    case ACTIVATION_hardswish:
        return v * fmin(fmax(v / 6 + 0.5, 0), 1);
    default:
        return v;
    }
}

static double term(const struct ref *x, double v) { return x->absolute ? fabs(v) : v; }

/* v is the operation's result at element `at` of image n's output. */
static double finish(const struct ref *x, size_t n, int64_t at, double v) {
    const struct plan_epilogue *e = &x->step->epilogue;
    int64_t plane = (int64_t)x->step->out.height * x->step->out.width;
    if (e->bias_kind == BIAS_KIND_CHANNEL)
        v += term(x, weight(x, &e->bias, at / plane));
    if (e->bias_kind == BIAS_KIND_POSITION)
        v += term(x, weight(x, &e->bias, at));
    if (e->residual.buffer != PLAN_NONE)
        v += term(x, place(x, &e->residual, n)[at]);
    if (x->absolute)
        return v;
    return activate(v, e, e->slope.count ? weight(x, &e->slope, at / plane) : 0);
}

/* ---- one number of each kind's output, before the epilogue ---- */

/* m, y, x: channel and place in the step's map. */
static double gemm(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct step *s = r->step;
    const struct step_gemm *g = &s->as.gemm;
    int64_t channels = s->in[0].channels / g->groups, height = s->in[0].height,
            width = s->in[0].width;
    int64_t first = m / (s->out.channels / g->groups) * channels;
    const double *in = place(r, &s->in[0], n) + first * height * width, *weights = r->filter;
    double sum = 0;
    for (int64_t c = 0; c < channels; c++, in += height * width) {
        for (int64_t i = 0; i < g->kernel[0]; i++) {
            int64_t row = y * g->stride[0] + i * g->dilation[0] - g->pad[0];
            for (int64_t j = 0; j < g->kernel[1]; j++, weights++) {
                int64_t column = x * g->stride[1] + j * g->dilation[1] - g->pad[1];
                bool inside = row >= 0 && row < height && column >= 0 && column < width;
                sum += term(r, *weights * (inside ? in[row * width + column] : 0));
            }
        }
    }
    return sum;
}

static double depthwise(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct step *s = r->step;
    const struct step_depthwise *d = &s->as.depthwise;
    const double *in = place(r, &s->in[0], n);
    double sum = 0;
    for (int64_t i = 0; i < d->kernel[0]; i++)
        for (int64_t j = 0; j < d->kernel[1]; j++)
            sum += term(r, weight(r, &s->weights[0], (m * d->kernel[0] + i) * d->kernel[1] + j) *
                               cell(&s->in[0], in, m / d->multiplier,
                                    y * d->stride[0] + i * d->dilation[0] - d->pad[0],
                                    x * d->stride[1] + j * d->dilation[1] - d->pad[1], 0));
    return sum;
}

static double local(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct step *s = r->step;
    const struct step_local *l = &s->as.local;
    const double *in = place(r, &s->in[0], n);
    int64_t lanes = (s->out.channels + LOCAL_LANES - 1) / LOCAL_LANES * LOCAL_LANES;
    int64_t taps = (int64_t)s->in[0].channels * l->kernel[0] * l->kernel[1];
    int64_t at = (y * s->out.width + x) * taps * lanes + m;
    double sum = 0;
    for (int64_t c = 0; c < s->in[0].channels; c++)
        for (int64_t i = 0; i < l->kernel[0]; i++)
            for (int64_t j = 0; j < l->kernel[1]; j++, at += lanes)
                sum += term(r, weight(r, &s->weights[0], at) *
                                   cell(&s->in[0], in, c, y * l->stride[0] + i - l->pad[0],
                                        x * l->stride[1] + j - l->pad[1], 0));
    return sum;
}

static double pool(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct step *s = r->step;
    const struct step_pool *p = &s->as.pool;
    const struct plan_view *v = &s->in[0];
    const double *in = place(r, v, n);
    double best = -INFINITY, sum = 0;
    int64_t real = 0, padded = 0;
    for (int64_t i = 0; i < p->kernel[0]; i++)
        for (int64_t j = 0; j < p->kernel[1]; j++) {
            int64_t row = y * p->stride[0] + i - p->pad[0],
                    column = x * p->stride[1] + j - p->pad[2];
            padded +=
                row < (int64_t)v->height + p->pad[1] && column < (int64_t)v->width + p->pad[3];
            if (row < 0 || column < 0 || row >= v->height || column >= v->width)
                continue;
            double value = cell(v, in, m, row, column, 0);
            real++;
            best = value > best || isnan(value) ? value : best;
            sum += p->kind == POOL_KIND_L2 ? value * value : term(r, value);
        }
    if (p->kind == POOL_KIND_MAX)
        return best;
    return p->kind == POOL_KIND_L2 ? sqrt(sum) : sum / (double)(p->count_pad ? padded : real);
}

static double lrn(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct step *s = r->step;
    const struct step_lrn *l = &s->as.lrn;
    const double *in = place(r, &s->in[0], n);
    int64_t before = (l->size - 1) / 2;
    double sum = 0, count = l->within ? (double)l->size * l->size : (double)l->size;
    for (int64_t i = 0; i < l->size; i++)
        for (int64_t j = 0; j < (l->within ? l->size : 1); j++) {
            double v = l->within ? cell(&s->in[0], in, m, y + i - before, x + j - before, 0)
                                 : cell(&s->in[0], in, m + i - before, y, x, 0);
            sum += v * v;
        }
    return cell(&s->in[0], in, m, y, x, 0) /
           pow((double)l->k + (double)l->alpha / count * sum, (double)l->beta);
}

/* A softmax sees a whole column of channels: its maximum, and the sum of e^(x - maximum), are found
 * once for each position, not once for each of its numbers. */
static double *column_of(const struct ref *r, size_t n, int64_t y, int64_t x) {
    const struct plan_view *v = &r->step->in[0];
    return r->columns + 2 * (((int64_t)n * v->height + y) * v->width + x);
}

static void measure_column(const struct ref *r, size_t n, int64_t y, int64_t x) {
    const struct plan_view *v = &r->step->in[0];
    const double *in = place(r, v, n);
    double best = -INFINITY, sum = 0;
    for (int64_t c = 0; c < v->channels; c++)
        best = fmax(best, cell(v, in, c, y, x, 0));
    for (int64_t c = 0; c < v->channels; c++)
        sum += exp(cell(v, in, c, y, x, 0) - best);
    column_of(r, n, y, x)[0] = best;
    column_of(r, n, y, x)[1] = sum;
}

static double softmax(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct plan_view *v = &r->step->in[0];
    const double *column = column_of(r, n, y, x);
    return exp(cell(v, place(r, v, n), m, y, x, 0) - column[0]) / column[1];
}

/* Linear between the centres of the input's cells, the outermost repeated. */
static double between(double place, int64_t count, int64_t *low, int64_t *high) {
    place = fmax(place, 0);
    *low = (int64_t)fmin(floor(place), (double)(count - 1));
    *high = *low + 1 < count ? *low + 1 : count - 1;
    return place - (double)*low;
}

static double upsample(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct plan_view *v = &r->step->in[0];
    const struct step_upsample *u = &r->step->as.upsample;
    const double *in = place(r, v, n);
    if (u->kind == UPSAMPLE_KIND_NEAREST)
        return cell(v, in, m, y / u->scale, x / u->scale, 0);
    int64_t top, bottom, left, right;
    double down = between(((double)y + 0.5) / u->scale - 0.5, v->height, &top, &bottom);
    double across = between(((double)x + 0.5) / u->scale - 0.5, v->width, &left, &right);
    double above =
        cell(v, in, m, top, left, 0) * (1 - across) + cell(v, in, m, top, right, 0) * across;
    double below =
        cell(v, in, m, bottom, left, 0) * (1 - across) + cell(v, in, m, bottom, right, 0) * across;
    return above * (1 - down) + below * down;
}

static double shuffle(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct plan_view *v = &r->step->in[0];
    int64_t groups = r->step->as.shuffle.groups, each = v->channels / groups;
    return cell(v, place(r, v, n), m % groups * each + m / groups, y, x, 0);
}

static double pad(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct plan_view *v = &r->step->in[0];
    const struct step_pad *p = &r->step->as.pad;
    int64_t c = m - p->before;
    double outside = c >= 0 && c < v->channels ? (double)p->value : 0;
    return cell(v, place(r, v, n), c, y - p->top, x - p->left, outside);
}

static double pointwise(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x) {
    const struct step *s = r->step;
    double v = cell(&s->in[0], place(r, &s->in[0], n), m, y, x, 0);
    if (s->kind == STEP_affine)
        return term(r, v * weight(r, &s->weights[0], m)) + term(r, weight(r, &s->weights[1], m));
    if (s->input_count < 2)
        return term(r, v);
    const struct plan_view *b = &s->in[1];
    bool whole = b->height == s->out.height && b->width == s->out.width;
    double other = cell(b, place(r, b, n), m, whole ? y : 0, whole ? x : 0, 0);
    return s->kind == STEP_add ? term(r, v) + term(r, other) : term(r, v * other);
}

typedef double element(const struct ref *r, size_t n, int64_t m, int64_t y, int64_t x);

static element *const elements[STEP_COUNT] = {
    [STEP_gemm] = gemm,
    [STEP_depthwise] = depthwise,
    [STEP_local] = local,
    [STEP_pool] = pool,
    [STEP_lrn] = lrn,
    [STEP_affine] = pointwise,
    [STEP_activate] = pointwise,
    [STEP_add] = pointwise,
    [STEP_mul] = pointwise,
    [STEP_softmax] = softmax,
    [STEP_upsample] = upsample,
    [STEP_shuffle] = shuffle,
    [STEP_pad] = pad,
};

/* ---- a step ---- */

static void load_filter(const struct ref *r, int64_t m) {
    int64_t depth = r->step->kind == STEP_gemm ? gemm_depth(r->step) : 0;
    for (int64_t k = 0; k < depth; k++)
        r->filter[k] = ref_gemm_weight(r->plan, r->step, m, k);
}

/* Channel m of image n's output into `out`, which is no part of the arena: the step may overwrite
 * its input. */
static void compute_channel(const struct ref *r, size_t n, int64_t m, double *out) {
    const struct step *s = r->step;
    const struct step_gemm *g = &s->as.gemm;
    bool gemm_map = s->kind == STEP_gemm;
    int64_t height = gemm_map ? g->map[0] : s->out.height;
    int64_t width = gemm_map ? g->map[1] : s->out.width;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            int64_t row = gemm_map ? g->out_start[0] + y * g->out_step[0] : y;
            int64_t column = gemm_map ? g->out_start[1] + x * g->out_step[1] : x;
            int64_t at = (m * s->out.height + row) * s->out.width + column;
            out[at] = finish(r, n, at, elements[s->kind](r, n, m, y, x));
        }
}

static bool begin(struct ref *r, size_t images) {
    const struct plan_view *v = &r->step->in[0];
    bool columns = r->step->kind == STEP_softmax;
    int64_t depth = r->step->kind == STEP_gemm ? gemm_depth(r->step) : 0;
    r->filter = malloc(((size_t)depth + 1) * sizeof *r->filter);
    r->columns =
        columns ? calloc(images, 2 * sizeof(double) * (size_t)v->height * (size_t)v->width) : NULL;
    if (!r->filter || (columns && !r->columns))
        return false;
    for (size_t n = 0; columns && n < images; n++)
        for (int64_t y = 0; y < v->height; y++)
            for (int64_t x = 0; x < v->width; x++)
                measure_column(r, n, y, x);
    return true;
}

static void end(struct ref *r) {
    free(r->filter);
    free(r->columns);
}

/* All images, channel by channel; out[image][element]. */
static void compute(const struct ref *r, size_t images, size_t count, double *out) {
    for (int64_t m = 0; m < r->step->out.channels; m++) {
        load_filter(r, m);
        for (size_t n = 0; n < images; n++)
            compute_channel(r, n, m, out + n * count);
    }
}

bool ref_step(const struct plan *plan, const struct step *step, double *arena, size_t images,
              size_t capacity) {
    struct ref r = {.plan = plan, .step = step, .arena = arena, .capacity = capacity};
    size_t count = (size_t)plan_view_size(&step->out);
    double *out = begin(&r, images) ? calloc(images, count * sizeof *out) : NULL;
    for (size_t n = 0; out && n < images; n++) /* a phase writes a part of its output */
        memcpy(out + n * count, place(&r, &step->out, n), count * sizeof *out);
    if (out)
        compute(&r, images, count, out);
    for (size_t n = 0; out && n < images; n++)
        memcpy(place(&r, &step->out, n), out + n * count, count * sizeof *out);
    end(&r);
    free(out);
    return out != NULL;
}

bool ref_step_magnitude(const struct plan *plan, const struct step *step, const double *arena,
                        size_t images, size_t capacity, double *out) {
    struct ref r = {.plan = plan,
                    .step = step,
                    .arena = (double *)(uintptr_t)arena,
                    .capacity = capacity,
                    .absolute = true};
    if (!begin(&r, images)) {
        end(&r);
        return false;
    }
    compute(&r, images, (size_t)plan_view_size(&step->out), out);
    end(&r);
    return true;
}
