/* step_gemm against a plain loop in double, on random shapes.
 *
 * Bound of every output: gamma(K + 4) * (sum |w||x| + |bias| + |residual|), where gamma(n) =
 * n*u/(1 - n*u), u = 2^-24 (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), times
 * the steepest slope of the activation, and 4 ulp for those that are computed by exp. */
#include "gemm_case.h"

#include <check.h>
#include <math.h>
#include <stdio.h>

enum { SEEDS = 250, THREADS_MOST = 8, MACS_MOST = 400000 };

struct random {
    uint64_t state;
};
static uint32_t next(struct random *r) { /* splitmix64 */
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 32);
}
static int32_t range(struct random *r, int32_t low, int32_t high) {
    return low + (int32_t)(next(r) % (uint32_t)(high - low + 1));
}
static float *fill(struct random *r, size_t count) {
    float *values = malloc((count + 1) * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)range(r, -1000000, 1000000) * 1e-6f;
    return values;
}

/* ---- what it should be ---- */

struct operands {
    float *in, *weights, *bias, *slope, *residual;
};

static struct operands operands_new(struct random *r, const struct gemm_case *c) {
    size_t depth = (size_t)(c->channels / c->gemm.groups * c->gemm.kernel[0] * c->gemm.kernel[1]);
    return (struct operands){
        .in = fill(r, bed_in(c) * c->images),
        .weights = fill(r, depth * (size_t)c->filters),
        .bias = fill(r, bed_bias(c)),
        .slope = fill(r, (size_t)c->filters),
        .residual = fill(r, bed_out(c) * c->images),
    };
}
static void operands_free(struct operands *o) {
    free(o->in);
    free(o->weights);
    free(o->bias);
    free(o->slope);
    free(o->residual);
}

static double activation(const struct gemm_case *c, double slope, double x) {
    double a = (double)c->a, b = (double)c->b;
    switch ((enum activation)c->activation) {
    case ACTIVATION_none:
        return x;
    case ACTIVATION_relu:
        return x < 0 ? 0 : x;
    case ACTIVATION_clip:
        return x < a ? a : x > b ? b : x;
    case ACTIVATION_leaky_relu:
        return x > 0 ? x : a * x;
    case ACTIVATION_prelu:
        return x > 0 ? x : slope * x;
    case ACTIVATION_elu:
        return x > 0 ? x : a * expm1(x);
    case ACTIVATION_sigmoid:
        return 1 / (1 + exp(-x));
    case ACTIVATION_tanh:
        return tanh(x);
    case ACTIVATION_silu:
        return x / (1 + exp(-x));
    case ACTIVATION_hardsigmoid:
        return fmin(fmax(x / 6 + 0.5, 0), 1);
    case ACTIVATION_hardswish:
        return x * fmin(fmax(x / 6 + 0.5, 0), 1);
    default:
        ck_abort_msg("an activation without a formula");
    }
}

/* The sum of output (n, m, y, x) of the map, and of its terms' absolute values. */
static double convolve(const struct gemm_case *c, const struct operands *o, size_t n, int32_t m,
                       int32_t y, int32_t x, double *magnitude) {
    const struct step_gemm *g = &c->gemm;
    int32_t channels = c->channels / g->groups, first = m / (c->filters / g->groups) * channels;
    const float *weight = o->weights + (size_t)(m * channels * g->kernel[0] * g->kernel[1]);
    double sum = 0;
    *magnitude = 0;
    for (int32_t k = 0; k < channels * g->kernel[0] * g->kernel[1]; k++) {
        int32_t j = k % g->kernel[1], i = k / g->kernel[1] % g->kernel[0];
        int32_t channel = first + k / g->kernel[1] / g->kernel[0];
        int64_t v = (int64_t)y * g->stride[0] + (int64_t)i * g->dilation[0] - g->pad[0];
        int64_t h = (int64_t)x * g->stride[1] + (int64_t)j * g->dilation[1] - g->pad[1];
        float value = 0;
        if (v >= 0 && v < c->size[0] && h >= 0 && h < c->size[1])
            value = o->in[((n * (size_t)c->channels + (size_t)channel) * (size_t)c->size[0] +
                           (size_t)v) *
                              (size_t)c->size[1] +
                          (size_t)h];
        sum += (double)weight[k] * (double)value;
        *magnitude += fabs((double)weight[k] * (double)value);
    }
    return sum;
}

static size_t out_place(const struct gemm_case *c, int32_t y, int32_t x) {
    int32_t row = c->gemm.out_start[0] + y * c->gemm.out_step[0];
    int32_t column = c->gemm.out_start[1] + x * c->gemm.out_step[1];
    return (size_t)row * (size_t)c->out_size[1] + (size_t)column;
}

static bool agrees(const struct gemm_case *c, const struct operands *o, size_t n, int32_t m,
                   int32_t y, int32_t x, float got) {
    size_t place = (size_t)m * bed_plane(c) + out_place(c, y, x);
    double magnitude, sum = convolve(c, o, n, m, y, x, &magnitude);
    double bias = c->bias_kind == BIAS_KIND_NONE      ? 0
                  : c->bias_kind == BIAS_KIND_CHANNEL ? (double)o->bias[m]
                                                      : (double)o->bias[place];
    double residual =
        c->residual == RESIDUAL_NONE ? 0 : (double)o->residual[n * bed_out(c) + place];
    double want = activation(c, (double)o->slope[m], sum + bias + residual);
    if (isnan(want) || isinf(want))
        return isnan(want) ? isnan(got) : want == (double)got;
    double terms =
        4.0 + c->channels / c->gemm.groups * (double)c->gemm.kernel[0] * c->gemm.kernel[1];
    double gamma = terms * 0x1p-24 / (1 - terms * 0x1p-24);
    double bound = 1.5 * gamma * (magnitude + fabs(bias) + fabs(residual)) + 0x1p-22 * fabs(want);
    return fabs((double)got - want) <= bound;
}

/* ---- one case in memory ---- */

static void load(struct gemm_bed *bed, const struct operands *o) {
    const struct gemm_case *c = &bed->shape;
    float *arena = (float *)(void *)bed->arena.bytes;
    for (size_t i = 0; i < bed->arena_floats; i++)
        arena[i] = 12345.0f; /* stays where nothing is to be written */
    for (size_t n = 0; n < c->images; n++) {
        memcpy(bed_image(bed, &bed->step.in[0], n), o->in + n * bed_in(c),
               bed_in(c) * sizeof(float));
        if (c->residual != RESIDUAL_NONE)
            memcpy(bed_image(bed, &bed->step.epilogue.residual, n), o->residual + n * bed_out(c),
                   bed_out(c) * sizeof(float));
    }
}

static void make(struct gemm_bed *bed, const struct gemm_case *c, const struct operands *o,
                 int threads) {
    bed_make(bed, c, &microkernel_get()->tile, o->weights, o->bias,
             c->activation == ACTIVATION_prelu ? o->slope : NULL, threads);
    load(bed, o);
}

static void run(struct gemm_bed *bed, int threads) {
    static struct workers *pools[THREADS_MOST + 1];
    if (!pools[threads])
        pools[threads] = workers_new(threads);
    ck_assert_ptr_nonnull(pools[threads]);
    bed_run(bed, pools[threads]);
}

/* Its arena as it was, but for the outputs, which are copied to `out` and checked if wanted. */
static void take(struct gemm_bed *bed, const struct operands *o, unsigned seed, bool check,
                 float *out) {
    const struct gemm_case *c = &bed->shape;
    struct gemm_bed before = *bed;
    before.arena = guarded_new(bed->arena_floats * sizeof(float));
    load(&before, o);
    for (size_t n = 0; n < c->images; n++)
        for (int32_t m = 0; m < c->filters; m++)
            for (int32_t y = 0; y < c->gemm.map[0]; y++)
                for (int32_t x = 0; x < c->gemm.map[1]; x++) {
                    size_t place = (size_t)m * bed_plane(c) + out_place(c, y, x);
                    float got = bed_image(bed, &bed->step.out, n)[place];
                    bed_image(&before, &bed->step.out, n)[place] = got;
                    out[n * bed_out(c) + place] = got;
                    if (check && !agrees(c, o, n, m, y, x, got)) /* ck_assert is slow */
                        ck_abort_msg("seed %u: image %zu filter %d (%d, %d): %.9g", seed, n, m, y,
                                     x, (double)got);
                }
    ck_assert_msg(!memcmp(before.arena.bytes, bed->arena.bytes, bed->arena_floats * sizeof(float)),
                  "seed %u: wrote beside its output", seed);
    guarded_free(&before.arena);
}

/* ---- random cases ---- */

static int32_t fitting(int32_t size, const struct step_gemm *g, int axis, int32_t pad_after) {
    int64_t room = (int64_t)size + g->pad[axis] + pad_after -
                   (int64_t)(g->kernel[axis] - 1) * g->dilation[axis] - 1;
    return room < 0 ? 1 : (int32_t)(room / g->stride[axis]) + 1;
}

enum { KIND_PLAIN, KIND_POINTWISE, KIND_VECTOR, KIND_PHASE, KIND_WIDE, KIND_FAR, KIND_COUNT };

static void random_window(struct random *r, struct gemm_case *c, int kind, int axis) {
    struct step_gemm *g = &c->gemm;
    c->size[axis] = range(r, 1, 19);
    g->kernel[axis] = range(r, 1, 5);
    g->stride[axis] = range(r, 1, 4);
    g->dilation[axis] = range(r, 0, 2) ? 1 : range(r, 1, 4);
    g->pad[axis] = range(r, 0, 1) ? range(r, 0, g->kernel[axis]) : range(r, -2, 2);
    g->out_step[axis] = 1;
    if (kind == KIND_POINTWISE) {
        g->kernel[axis] = 1;
        g->pad[axis] = 0;
        g->stride[axis] = range(r, 0, 2) ? 1 : range(r, 2, 3);
    } else if (kind == KIND_VECTOR) {
        c->size[axis] = g->kernel[axis];
        g->pad[axis] = 0;
    } else if (kind == KIND_PHASE) {
        g->out_step[axis] = range(r, 1, 3);
        g->out_start[axis] = range(r, 0, 2);
    } else if (kind == KIND_WIDE && axis == 1) {
        c->size[axis] = range(r, 500, 1200);
        g->stride[axis] = range(r, 1, 2);
    } else if (kind == KIND_FAR) {
        g->dilation[axis] = range(r, 1, 1 << 20);
        g->pad[axis] = range(r, 0, 1) ? g->dilation[axis] : range(r, 0, 3);
        g->stride[axis] = range(r, 0, 2) ? range(r, 1, 2) : range(r, 1, 1 << 20);
    }
    g->map[axis] = kind == KIND_VECTOR ? 1 : fitting(c->size[axis], g, axis, g->pad[axis]);
    if (kind == KIND_PHASE || kind == KIND_FAR)
        g->map[axis] = range(r, 1, 12);
    c->out_size[axis] = g->out_start[axis] + (g->map[axis] - 1) * g->out_step[axis] + 1 +
                        (kind == KIND_PHASE ? range(r, 0, 2) : 0);
}

static struct gemm_case random_case(struct random *r) {
    struct gemm_case c = {.images = (size_t)range(r, 1, 7)};
    int kind = range(r, 0, KIND_COUNT - 1);
    bool big = kind == KIND_POINTWISE || kind == KIND_VECTOR;
    c.capacity = c.images + (size_t)range(r, 0, 1);
    c.gemm.groups = range(r, 0, 2) ? 1 : range(r, 2, 4);
    c.channels = c.gemm.groups * range(r, 1, big ? 40 : kind == KIND_WIDE ? 2 : 9);
    c.filters = c.gemm.groups * range(r, 1, big ? 90 : kind == KIND_WIDE ? 3 : 40);
    for (int axis = 0; axis < 2; axis++)
        random_window(r, &c, kind, axis);
    if (kind == KIND_PHASE && !range(r, 0, 3))
        c.gemm.kernel[0] = c.gemm.kernel[1] = 0;
    int32_t depth = c.channels / c.gemm.groups * c.gemm.kernel[0] * c.gemm.kernel[1];
    while (c.images > 1 && (int64_t)c.images * c.gemm.map[0] * c.gemm.map[1] * c.filters * depth >
                               MACS_MOST) /* of the plain loop */
        c.capacity = --c.images;
    while (c.filters > c.gemm.groups &&
           (int64_t)c.gemm.map[0] * c.gemm.map[1] * c.filters * depth > MACS_MOST)
        c.filters -= c.gemm.groups;
    c.gemm.cut = range(r, 0, 1) ? pack_cut(depth, 256) : range(r, 1, 60);
    c.gemm.order = range(r, 0, 1) ? GEMM_PIXELS_WIDE : GEMM_FILTERS_WIDE;
    c.bias_kind = (uint32_t)range(r, 0, 2);
    c.residual = (enum residual)range(r, 0, 2);
    c.activation = (uint32_t)range(r, 0, ACTIVATION_COUNT - 1);
    c.a = c.activation == ACTIVATION_clip ? -0.3f : 0.3f;
    c.b = 0.7f;
    c.arrangement = next(r) % 16;
    return c;
}

/* ---- tests ---- */

static void check_seed(unsigned seed) {
    struct random r = {seed};
    struct gemm_case c = random_case(&r);
    struct operands o = operands_new(&r, &c);
    struct gemm_bed bed;
    make(&bed, &c, &o, THREADS_MOST);
    const char *fault = step_fault(&bed.plan, &bed.step);
    ck_assert_msg(!fault, "seed %u: %s", seed, fault);
    size_t floats = bed_out(&c) * c.images;
    float *first = calloc(floats, sizeof *first), *other = calloc(floats, sizeof *other);
    run(&bed, 1);
    take(&bed, &o, seed, true, first);
    static const int threads[] = {2, 3, THREADS_MOST};
    for (int i = 0; i < 3; i++) {
        load(&bed, &o);
        run(&bed, threads[i]);
        take(&bed, &o, seed, false, other);
        ck_assert_msg(!memcmp(first, other, floats * sizeof *first),
                      "seed %u: other bits on %d threads", seed, threads[i]);
    }
    bed_free(&bed);
    free(first);
    free(other);
    operands_free(&o);
}

START_TEST(random_shapes) {
    for (unsigned seed = 1; seed <= SEEDS; seed++)
        check_seed(seed);
}
END_TEST

START_TEST(random_shapes_haswell) {
    for (unsigned seed = SEEDS + 1; seed <= 2 * SEEDS && microkernel_use("haswell"); seed++)
        check_seed(seed);
    microkernel_use(NULL);
}
END_TEST

/* The same image alone and in any place of a batch, in either order, gives the same bits. */
static void check_places(unsigned seed) {
    struct random r = {seed};
    struct gemm_case c = random_case(&r);
    struct operands o = operands_new(&r, &c);
    struct gemm_bed bed;
    make(&bed, &c, &o, 1);
    float *batch = calloc(bed_out(&c) * c.images, sizeof *batch);
    float *alone = calloc(bed_out(&c), sizeof *alone);
    run(&bed, 1);
    take(&bed, &o, seed, false, batch);
    bed_free(&bed);
    struct gemm_case one = c;
    one.images = one.capacity = 1;
    for (size_t n = 0; n < 2 * c.images; n++) {
        if (n == c.images)
            one.gemm.order = GEMM_PIXELS_WIDE + GEMM_FILTERS_WIDE - c.gemm.order;
        size_t image = n % c.images;
        struct operands part = o;
        part.in += image * bed_in(&c);
        part.residual += image * bed_out(&c);
        make(&bed, &one, &part, 1);
        run(&bed, 1);
        take(&bed, &part, seed, false, alone);
        ck_assert_msg(!memcmp(alone, batch + image * bed_out(&c), bed_out(&c) * sizeof *alone),
                      "seed %u: image %zu has other bits alone, order %d", seed, image,
                      one.gemm.order);
        bed_free(&bed);
    }
    free(batch);
    free(alone);
    operands_free(&o);
}

START_TEST(same_bits_anywhere) {
    for (unsigned seed = 5000; seed < 5080; seed++)
        check_places(seed);
}
END_TEST

/* A convolution of 3 x 3 with pad 1 that needs several cuts, blocks and filter panels. */
static struct gemm_case large_case(void) {
    return (struct gemm_case){
        .gemm = {.kernel = {3, 3},
                 .stride = {1, 1},
                 .dilation = {1, 1},
                 .pad = {1, 1},
                 .map = {37, 41},
                 .out_step = {1, 1},
                 .groups = 1,
                 .cut = pack_cut(70 * 9, microkernel_get()->depth)},
        .channels = 70,
        .size = {37, 41},
        .filters = 75,
        .out_size = {37, 41},
        .images = 1,
        .capacity = 1,
        .bias_kind = BIAS_KIND_CHANNEL,
        .activation = ACTIVATION_relu,
    };
}

START_TEST(several_blocks) {
    for (int32_t order = GEMM_PIXELS_WIDE; order <= GEMM_FILTERS_WIDE; order++) {
        struct random r = {7};
        struct gemm_case c = large_case();
        c.gemm.order = order;
        struct operands o = operands_new(&r, &c);
        struct gemm_bed bed;
        make(&bed, &c, &o, 2);
        float *out = calloc(bed_out(&c), sizeof *out);
        run(&bed, 2);
        take(&bed, &o, 7, true, out);
        free(out);
        bed_free(&bed);
        operands_free(&o);
    }
}
END_TEST

/* A block can hold 5 of these maps; it has 4 of 8 images. */
START_TEST(fewer_images_in_larger_blocks) {
    struct gemm_case c = large_case();
    c.channels = 4, c.filters = 9;
    c.gemm.cut = pack_cut(4 * 9, microkernel_get()->depth);
    c.gemm.pad[0] = c.gemm.pad[1] = 0;
    for (int axis = 0; axis < 2; axis++) {
        c.gemm.map[axis] = c.out_size[axis] = 10;
        c.size[axis] = 12;
    }
    c.capacity = 8;
    for (c.images = 1; c.images <= c.capacity; c.images++) {
        struct random r = {10};
        struct operands o = operands_new(&r, &c);
        struct gemm_bed bed;
        make(&bed, &c, &o, 1);
        float *out = calloc(bed_out(&c) * c.images, sizeof *out);
        run(&bed, 1);
        take(&bed, &o, 10, true, out);
        free(out);
        bed_free(&bed);
        operands_free(&o);
    }
}
END_TEST

/* NaN and infinity of inputs and weights spread as far as they reach, no further. */
START_TEST(not_finite) {
    struct random r = {8};
    struct gemm_case c = large_case();
    c.activation = ACTIVATION_none;
    struct operands o = operands_new(&r, &c);
    o.in[12 * 37 * 41 + 5 * 41 + 6] = NAN;
    o.in[13 * 37 * 41 + 20 * 41 + 40] = INFINITY;
    o.weights[3 * 630 + 100] = INFINITY;
    o.weights[4 * 630 + 101] = NAN;
    struct gemm_bed bed;
    make(&bed, &c, &o, 1);
    float *out = calloc(bed_out(&c), sizeof *out);
    run(&bed, 1);
    take(&bed, &o, 8, true, out);
    ck_assert(isnan(out[5 * 41 + 6]) && !isnan(out[5 * 41 + 8]) && !isnan(out[7 * 41 + 6]));
    free(out);
    bed_free(&bed);
    operands_free(&o);
}
END_TEST

/* What a hostile plan file may say. */
START_TEST(faults) {
    struct random r = {9};
    struct gemm_case c = large_case();
    struct operands o = operands_new(&r, &c);
    struct gemm_bed bed;
    make(&bed, &c, &o, 1);
    ck_assert_ptr_null(step_fault(&bed.plan, &bed.step));
    struct step_gemm *g = &bed.step.as.gemm;
    struct {
        int32_t *field, values[4];
    } wrong[] = {
        {&g->kernel[0], {-1, 0, 4, INT32_MAX}},
        {&g->kernel[1], {INT32_MIN, 0, 2, INT32_MAX}},
        {&g->stride[0], {0, -1, INT32_MIN, 0}},
        {&g->stride[1], {0, -1, INT32_MIN, 0}},
        {&g->dilation[0], {0, -1, INT32_MIN, 0}},
        {&g->dilation[1], {0, -1, INT32_MIN, 0}},
        {&g->pad[0], {INT32_MIN, INT32_MAX, (1 << 24) + 1, -(1 << 24) - 1}},
        {&g->pad[1], {INT32_MIN, INT32_MAX, (1 << 24) + 1, -(1 << 24) - 1}},
        {&g->map[0], {0, -1, 38, INT32_MAX}},
        {&g->map[1], {0, INT32_MIN, 42, INT32_MAX}},
        {&g->out_start[0], {-1, 1, INT32_MAX, INT32_MIN}},
        {&g->out_start[1], {-1, 1, INT32_MAX, INT32_MIN}},
        {&g->out_step[0], {0, -1, 2, INT32_MAX}},
        {&g->out_step[1], {0, -1, 2, INT32_MAX}},
        {&g->groups, {0, -1, 5, INT32_MAX}},
        {&g->order, {-1, 2, INT32_MAX, INT32_MIN}},
        {&g->cut, {0, -1, 4097, INT32_MAX}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int32_t right = *wrong[i].field;
        for (int j = 0; j < 4; j++) {
            *wrong[i].field = wrong[i].values[j];
            ck_assert_msg(step_fault(&bed.plan, &bed.step), "field %zu as %d", i,
                          wrong[i].values[j]);
        }
        *wrong[i].field = right;
    }
    bed.step.weights[0].count += PLAN_ALIGN;
    ck_assert_ptr_nonnull(step_fault(&bed.plan, &bed.step));
    bed_free(&bed);
    operands_free(&o);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("gemm");
    tcase_add_test(tests, random_shapes);
    tcase_add_test(tests, random_shapes_haswell);
    tcase_add_test(tests, same_bits_anywhere);
    tcase_add_test(tests, several_blocks);
    tcase_add_test(tests, fewer_images_in_larger_blocks);
    tcase_add_test(tests, not_finite);
    tcase_add_test(tests, faults);
    Suite *suite = suite_create("gemm");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
