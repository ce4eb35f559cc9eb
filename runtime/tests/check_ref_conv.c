/* The reference's convolutions: known values, the convolution theorem, transposed convolution by
 * scattering, and kinds of step that mean the same. Tolerances: sums of a few hundred products of
 * numbers below 1, in double, are off by less than 1e-12. */
#include <complex.h>

#include "../gemm/microkernel.h"
#include "../gemm/pack.h"
#include "ref_bed.h"

#define EXACT 0.0
#define CLOSE 1e-12

enum { SEEDS = 40 };

/* A gemm with these weights [filter][k], of one cut; in and out are shapes. */
static struct bed gemm_on(const int32_t in[3], const double *values, const int32_t out[3],
                          const float *weights, const struct step_gemm *gemm) {
    struct bed bed = bed_new(STEP_gemm);
    bed.step.in[0] = bed_view(&bed, in[0], in[1], in[2]);
    bed.step.out = bed_view(&bed, out[0], out[1], out[2]);
    bed.step.as.gemm = *gemm;
    size_t depth = (size_t)gemm_depth(&bed.step);
    bed.step.as.gemm.cut = depth > 0 ? (int32_t)depth : 1;
    bed.step.weights[0] = bed_weights(&bed, depth * (size_t)out[0], weights);
    bed_put(&bed, &bed.step.in[0], values);
    return bed;
}

static struct step_gemm window(int32_t height, int32_t width, int32_t pad, int32_t map_height,
                               int32_t map_width) {
    return (struct step_gemm){.kernel = {height, width},
                              .stride = {1, 1},
                              .dilation = {1, 1},
                              .pad = {pad, pad},
                              .map = {map_height, map_width},
                              .out_step = {1, 1},
                              .groups = 1};
}

/* ---- known values ---- */

/* "101/010/101": digits in rows. */
static int32_t read_digits(const char *text, double *values) {
    int32_t count = 0;
    for (; *text; text++)
        if (*text != '/')
            values[count++] = *text - '0';
    return count;
}

static const struct {
    const char *image, *expected;
    int32_t side;
} slides[] = {
    {"11100/01110/00111/00110/01100", "434/243/234", 5},
    {"0111000/0011100/0001110/0001100/0011000/0110000/1100000", "14341/12433/12341/13311/33110", 7},
};
enum { SLIDES = sizeof slides / sizeof *slides };

START_TEST(a_cross_over_zeros_and_ones) {
    static const float kernel[] = {1, 0, 1, 0, 1, 0, 1, 0, 1};
    double image[49], expected[25];
    int32_t side = slides[_i].side, map = side - 2;
    ck_assert_int_eq(read_digits(slides[_i].image, image), side * side);
    ck_assert_int_eq(read_digits(slides[_i].expected, expected), map * map);
    struct step_gemm gemm = window(3, 3, 0, map, map);
    struct bed bed = gemm_on((const int32_t[]){1, side, side}, image,
                             (const int32_t[]){1, map, map}, kernel, &gemm);
    bed_run(&bed);
    bed_expect(&bed, expected, EXACT);
    bed_free(&bed);
}
END_TEST

START_TEST(an_edge_filter_over_a_padded_image) {
    static const float kernel[] = {1, 0, -1, 1, 0, -1, 1, 0, -1};
    double image[36];
    ck_assert_int_eq(read_digits("334470/976582/655692/713278/037183/404322", image), 36);
    struct step_gemm gemm = window(3, 3, 1, 6, 6);
    struct bed bed =
        gemm_on((const int32_t[]){1, 6, 6}, image, (const int32_t[]){1, 6, 6}, kernel, &gemm);
    bed_run(&bed);
    const double *out = bed_out(&bed);
    ck_assert(out[0] == -10 && out[1] == 2 && out[2] == 1);
    ck_assert(out[6] == -15 && out[7] == 3 && out[8] == 0);
    bed_free(&bed);
}
END_TEST

/* ---- the convolution theorem ---- */

/* Of [height][width], by its definition. */
static void transform(const double complex *in, int32_t height, int32_t width,
                      double complex *out) {
    for (int32_t u = 0; u < height; u++)
        for (int32_t v = 0; v < width; v++) {
            double complex sum = 0;
            for (int32_t y = 0; y < height; y++)
                for (int32_t x = 0; x < width; x++)
                    sum +=
                        in[y * width + x] *
                        cexp(-2 * M_PI * I * ((double)(u * y) / height + (double)(v * x) / width));
            out[u * width + v] = sum;
        }
}

enum { THEOREM_SIDE = 9, THEOREM_PLANE = THEOREM_SIDE * THEOREM_SIDE };

struct theorem {
    uint64_t seed;
    int32_t channels, filters, height, width, kernel_height, kernel_width;
    double *image;  /* [channel][y][x], without end: it repeats */
    float *weights; /* [filter][channel][i][j] */
};

/* The sum over channels of transform(image) * conj(transform(filter)): a correlation's. */
static void multiply(const struct theorem *t, int32_t filter, double complex *product) {
    double complex map[THEOREM_PLANE], image[THEOREM_PLANE], kernel[THEOREM_PLANE];
    int32_t plane = t->height * t->width, taps = t->kernel_height * t->kernel_width;
    for (int32_t i = 0; i < plane; i++)
        product[i] = 0;
    for (int32_t c = 0; c < t->channels; c++) {
        for (int32_t i = 0; i < plane; i++)
            map[i] = t->image[c * plane + i];
        transform(map, t->height, t->width, image);
        memset(map, 0, sizeof map);
        for (int32_t i = 0; i < taps; i++)
            map[i / t->kernel_width * t->width + i % t->kernel_width] =
                (double)t->weights[(filter * t->channels + c) * taps + i];
        transform(map, t->height, t->width, kernel);
        for (int32_t i = 0; i < plane; i++)
            product[i] += image[i] * conj(kernel[i]);
    }
}

/* The image with as much of its repetition as the kernel sees at the last place. */
static struct bed convolve_around(const struct theorem *t) {
    int32_t height = t->height + t->kernel_height - 1, width = t->width + t->kernel_width - 1;
    double *around = calloc((size_t)(t->channels * height * width), sizeof *around);
    ck_assert_ptr_nonnull(around);
    for (int32_t c = 0; c < t->channels; c++)
        for (int32_t y = 0; y < height; y++)
            for (int32_t x = 0; x < width; x++)
                around[(c * height + y) * width + x] =
                    t->image[(c * t->height + y % t->height) * t->width + x % t->width];
    struct step_gemm gemm = window(t->kernel_height, t->kernel_width, 0, t->height, t->width);
    struct bed bed = gemm_on((const int32_t[]){t->channels, height, width}, around,
                             (const int32_t[]){t->filters, t->height, t->width}, t->weights, &gemm);
    bed_run(&bed);
    free(around);
    return bed;
}

static struct theorem theorem_of(uint64_t seed) {
    struct theorem t = {
        .seed = seed,
        .channels = random_between(seed, "channels", 1, 3),
        .filters = random_between(seed, "filters", 1, 2),
        .height = random_between(seed, "height", 3, THEOREM_SIDE),
        .width = random_between(seed, "width", 3, THEOREM_SIDE),
        .kernel_height = random_between(seed, "kernel height", 1, 3),
        .kernel_width = random_between(seed, "kernel width", 1, 3),
    };
    t.image = random_doubles(seed, "image", (size_t)(t.channels * t.height * t.width));
    t.weights = random_floats(seed, "weights",
                              (size_t)(t.filters * t.channels * t.kernel_height * t.kernel_width));
    return t;
}

START_TEST(its_transform_is_the_product_of_transforms) {
    struct theorem t = theorem_of((uint64_t)_i);
    struct bed bed = convolve_around(&t);
    int32_t plane = t.height * t.width;
    for (int32_t m = 0; m < t.filters; m++) {
        double complex product[THEOREM_PLANE], map[THEOREM_PLANE], result[THEOREM_PLANE];
        multiply(&t, m, product);
        for (int32_t i = 0; i < plane; i++)
            map[i] = bed_out(&bed)[m * plane + i];
        transform(map, t.height, t.width, result);
        for (int32_t i = 0; i < plane; i++)
            if (!(cabs(result[i] - product[i]) <= 1e-10)) /* some thousand terms below 27 */
                ck_abort_msg("seed %d: filter %d, frequency %d", _i, m, i);
    }
    bed_free(&bed);
    free(t.image);
    free(t.weights);
}
END_TEST

/* ---- transposed convolution: phases add up to a scattering ---- */

struct deconv {
    int32_t channels, filters, in[2], out[2], kernel[2], stride[2], pad[2];
};

static struct deconv deconv_of(uint64_t seed) {
    struct deconv d = {.channels = random_between(seed, "channels", 1, 3),
                       .filters = random_between(seed, "filters", 1, 3)};
    static const char *const names[] = {"rows", "columns"};
    for (int axis = 0; axis < 2; axis++) {
        uint64_t own = seed * 2 + (uint64_t)axis;
        d.in[axis] = random_between(own, names[axis], 1, 5);
        d.kernel[axis] = random_between(own, "kernel", 1, 5);
        d.stride[axis] = random_between(own, "stride", 1, 4);
        d.pad[axis] = random_between(own, "pad", 0, (d.kernel[axis] - 1) / 2);
        d.out[axis] = (d.in[axis] - 1) * d.stride[axis] + d.kernel[axis] - 2 * d.pad[axis] +
                      random_between(own, "extra", 0, d.stride[axis] - 1);
    }
    return d;
}

/* weights [channel][filter][i][j], as PyTorch has them. */
static void scatter(const struct deconv *d, const double *in, const float *weights,
                    const float *bias, double *out) {
    int32_t plane = d->out[0] * d->out[1], taps = d->kernel[0] * d->kernel[1];
    for (int32_t i = 0; i < d->filters * plane; i++)
        out[i] = (double)bias[i / plane];
    for (int32_t n = 0; n < d->channels * d->in[0] * d->in[1]; n++) {
        int32_t x = n % d->in[1], y = n / d->in[1] % d->in[0], c = n / d->in[1] / d->in[0];
        for (int32_t k = 0; k < d->filters * taps; k++) {
            int32_t row = y * d->stride[0] + k % taps / d->kernel[1] - d->pad[0];
            int32_t column = x * d->stride[1] + k % d->kernel[1] - d->pad[1];
            if (row >= 0 && row < d->out[0] && column >= 0 && column < d->out[1])
                out[k / taps * plane + row * d->out[1] + column] +=
                    in[n] * (double)weights[c * d->filters * taps + k];
        }
    }
}

/* Outputs phase, phase + stride ... along an axis see taps first, first + stride ... of the kernel,
 * the last of them at the lowest input. Returns first. */
static int32_t phase_axis(const struct deconv *d, int axis, int32_t phase, struct step_gemm *gemm) {
    int32_t stride = d->stride[axis], first = (phase + d->pad[axis]) % stride;
    int32_t taps = first < d->kernel[axis] ? (d->kernel[axis] - first - 1) / stride + 1 : 0;
    gemm->kernel[axis] = taps;
    gemm->stride[axis] = gemm->dilation[axis] = 1;
    gemm->pad[axis] = taps - 1 - (phase + d->pad[axis] - first) / stride;
    gemm->map[axis] = (d->out[axis] - phase - 1) / stride + 1;
    gemm->out_start[axis] = phase;
    gemm->out_step[axis] = stride;
    return first;
}

static void run_phase(struct bed *bed, const struct deconv *d, const float *weights,
                      const int32_t phase[2]) {
    struct step_gemm *gemm = &bed->step.as.gemm;
    *gemm = (struct step_gemm){.groups = 1, .cut = 1};
    int32_t top = phase_axis(d, 0, phase[0], gemm), left = phase_axis(d, 1, phase[1], gemm);
    if (gemm->kernel[0] == 0 || gemm->kernel[1] == 0)
        gemm->kernel[0] = gemm->kernel[1] = 0;
    int32_t rows = gemm->kernel[0], columns = gemm->kernel[1], depth = d->channels * rows * columns;
    gemm->cut = depth > 0 ? depth : 1;
    bed->step.weights[0].count = (uint64_t)(d->filters * depth);
    float *packed = bed->weights + bed->step.weights[0].first;
    for (int32_t n = 0; n < d->filters * depth; n++) {
        int32_t j = n % columns, i = n / columns % rows, c = n / columns / rows % d->channels;
        int32_t from = (c * d->filters + n / depth) * d->kernel[0] + top +
                       (rows - 1 - i) * d->stride[0]; /* a row of a kernel */
        packed[n] = weights[from * d->kernel[1] + left + (columns - 1 - j) * d->stride[1]];
    }
    bed_run(bed);
}

START_TEST(phases_add_up_to_a_scattering) {
    uint64_t seed = (uint64_t)_i;
    struct deconv d = deconv_of(seed);
    size_t taps = (size_t)(d.channels * d.filters * d.kernel[0] * d.kernel[1]);
    double *in = random_doubles(seed, "in", (size_t)(d.channels * d.in[0] * d.in[1]));
    float *weights = random_floats(seed, "weights", taps);
    float *bias = random_floats(seed, "bias", (size_t)d.filters);
    double *expected = random_doubles(0, "", (size_t)(d.filters * d.out[0] * d.out[1]));
    scatter(&d, in, weights, bias, expected);
    struct bed bed = bed_new(STEP_gemm);
    bed.step.in[0] = bed_view(&bed, d.channels, d.in[0], d.in[1]);
    bed.step.out = bed_view(&bed, d.filters, d.out[0], d.out[1]);
    bed.step.weights[0] = bed_weights(&bed, taps, weights);
    bed.step.epilogue.bias_kind = BIAS_KIND_CHANNEL;
    bed.step.epilogue.bias = bed_weights(&bed, (size_t)d.filters, bias);
    bed_put(&bed, &bed.step.in[0], in);
    for (int32_t i = 0; i < d.stride[0] && i < d.out[0]; i++)
        for (int32_t j = 0; j < d.stride[1] && j < d.out[1]; j++)
            run_phase(&bed, &d, weights, (const int32_t[]){i, j});
    bed_expect(&bed, expected, CLOSE);
    bed_free(&bed);
    free(in);
    free(weights);
    free(bias);
    free(expected);
}
END_TEST

/* ---- kinds of step that mean the same ---- */

static void copy_out(struct bed *bed, double *values) {
    memcpy(values, bed_out(bed), plan_view_size(&bed->step.out) * sizeof *values);
}

enum { PLANE_MOST = 4096 };

/* A window whose map is as large as it can be, pads of both signs among them. */
static void random_window(uint64_t seed, int axis, int32_t size, bool dilates,
                          struct step_gemm *gemm) {
    uint64_t own = seed * 2 + (uint64_t)axis;
    gemm->kernel[axis] = random_between(own, "kernel", 1, 3);
    gemm->stride[axis] = random_between(own, "stride", 1, 3);
    gemm->dilation[axis] = dilates ? random_between(own, "dilation", 1, 3) : 1;
    gemm->pad[axis] = random_between(own, "pad", -1, 3);
    int32_t after = random_between(own, "after", -1, 3);
    int32_t reach = (gemm->kernel[axis] - 1) * gemm->dilation[axis] + 1;
    int32_t room = size + gemm->pad[axis] + after - reach;
    gemm->map[axis] = room > 0 ? room / gemm->stride[axis] + 1 : 1;
    gemm->out_step[axis] = 1;
}

START_TEST(depthwise_is_a_gemm_of_a_group_a_channel) {
    uint64_t seed = (uint64_t)_i;
    int32_t channels = random_between(seed, "channels", 1, 4), each = _i % 3 + 1;
    struct step_gemm gemm = {.groups = channels};
    random_window(seed, 0, 7, true, &gemm);
    random_window(seed, 1, 8, true, &gemm);
    const int32_t in[] = {channels, 7, 8}, out[] = {channels * each, gemm.map[0], gemm.map[1]};
    double *values = random_doubles(seed, "in", (size_t)channels * 56), expected[PLANE_MOST];
    size_t taps = (size_t)(channels * each * gemm.kernel[0] * gemm.kernel[1]);
    float *weights = random_floats(seed, "weights", taps);
    struct bed bed = gemm_on(in, values, out, weights, &gemm);
    bed_run(&bed);
    copy_out(&bed, expected);
    bed.step.kind = STEP_depthwise;
    bed.step.as.depthwise = (struct step_depthwise){
        .kernel = {gemm.kernel[0], gemm.kernel[1]},
        .stride = {gemm.stride[0], gemm.stride[1]},
        .dilation = {gemm.dilation[0], gemm.dilation[1]},
        .pad = {gemm.pad[0], gemm.pad[1]},
        .multiplier = each,
    };
    bed_put(&bed, &bed.step.out, expected + 1); /* to be written anew */
    bed_run(&bed);
    bed_expect(&bed, expected, CLOSE);
    bed_free(&bed);
    free(values);
    free(weights);
}
END_TEST

/* [filter][k] at every position, as plan.h says, times a power of two that varies. */
static void spread(struct bed *bed, const float *weights, size_t depth) {
    const struct plan_view *out = &bed->step.out;
    size_t filters = (size_t)out->channels;
    size_t lanes = (filters + LOCAL_LANES - 1) / LOCAL_LANES * LOCAL_LANES;
    size_t count = (size_t)(out->height * out->width) * depth * lanes;
    float *all = calloc(count, sizeof *all);
    ck_assert_ptr_nonnull(all);
    for (size_t i = 0; i < count; i++)
        if (i % lanes < filters)
            all[i] = ldexpf(weights[i % lanes * depth + i / lanes % depth],
                            (int)(i / lanes / depth % 5));
    bed->step.weights[0] = bed_weights(bed, count, all);
    free(all);
}

START_TEST(local_with_a_filter_in_many_sizes_is_a_gemm) {
    uint64_t seed = (uint64_t)_i;
    int32_t channels = random_between(seed, "channels", 1, 2);
    struct step_gemm gemm = {.groups = 1};
    random_window(seed, 0, 5, false, &gemm);
    random_window(seed, 1, 6, false, &gemm);
    const int32_t in[] = {channels, 5, 6};
    const int32_t out[] = {random_between(seed, "filters", 1, 18), gemm.map[0], gemm.map[1]};
    double *values = random_doubles(seed, "in", (size_t)channels * 30), expected[PLANE_MOST];
    size_t depth = (size_t)(channels * gemm.kernel[0] * gemm.kernel[1]);
    float *weights = random_floats(seed, "weights", depth * (size_t)out[0]);
    struct bed bed = gemm_on(in, values, out, weights, &gemm);
    bed_run(&bed);
    copy_out(&bed, expected);
    for (int32_t i = 0; i < out[0] * out[1] * out[2]; i++)
        expected[i] = ldexp(expected[i], i % (out[1] * out[2]) % 5);
    bed.step.kind = STEP_local;
    bed.step.as.local = (struct step_local){.kernel = {gemm.kernel[0], gemm.kernel[1]},
                                            .stride = {gemm.stride[0], gemm.stride[1]},
                                            .pad = {gemm.pad[0], gemm.pad[1]}};
    spread(&bed, weights, depth);
    bed_put(&bed, &bed.step.out, expected + 1);
    bed_run(&bed);
    bed_expect(&bed, expected, CLOSE);
    bed_free(&bed);
    free(values);
    free(weights);
}
END_TEST

/* ---- packed filters ---- */

/* Two groups of three filters of three taps; panels of two; cuts of two taps and of one. */
START_TEST(a_weight_is_found_in_its_panel) {
    static const float packed[] = {
        11, 21, 12, 22, /* group 0: taps 1, 2 of filters 1, 2 */
        31, 0,  32, 0,  /* of filter 3 */
        13, 23, 33, 0,  /* tap 3 */
        41, 51, 42, 52, 61, 0, 62, 0, 43, 53, 63, 0,
    };
    struct bed bed = bed_new(STEP_gemm);
    bed.plan.head.tile = (struct tile){.wide = 16, .narrow = 2};
    bed.step.in[0] = bed_view(&bed, 2, 1, 3);
    bed.step.out = bed_view(&bed, 6, 1, 1);
    bed.step.as.gemm = window(1, 3, 0, 1, 1);
    bed.step.as.gemm.groups = 2;
    bed.step.as.gemm.cut = 2;
    bed.step.weights[0] = bed_weights(&bed, sizeof packed / sizeof *packed, packed);
    bed.plan.weights = bed.weights;
    for (int64_t m = 0; m < 6; m++)
        for (int64_t k = 0; k < 3; k++)
            ck_assert_double_eq(ref_gemm_weight(&bed.plan, &bed.step, m, k),
                                (double)(10 * (m + 1) + k + 1));
    bed_free(&bed);
}
END_TEST

START_TEST(weights_are_where_pack_puts_them) {
    uint64_t seed = (uint64_t)_i;
    struct bed bed = bed_new(STEP_gemm);
    int32_t groups = random_between(seed, "groups", 1, 3);
    bed.plan.head.tile = (struct tile){.wide = random_between(seed, "wide", 1, TILE_MOST),
                                       .narrow = random_between(seed, "narrow", 1, 12)};
    bed.step.in[0] = bed_view(&bed, groups * random_between(seed, "channels", 1, 9), 3, 3);
    bed.step.out = bed_view(&bed, groups * random_between(seed, "filters", 1, 20), 2, 1);
    bed.step.as.gemm = window(2, 3, 0, 2, 1);
    bed.step.as.gemm.groups = groups;
    bed.step.as.gemm.cut = random_between(seed, "cut", 1, 60);
    bed.step.as.gemm.order = _i % 2 ? GEMM_FILTERS_WIDE : GEMM_PIXELS_WIDE;
    struct pack_shape shape = pack_shape_of(&bed.step, &bed.plan.head.tile);
    ck_assert(pack_size(&shape, &bed.step.weights[0].count));
    ck_assert_uint_le(bed.step.weights[0].count, WEIGHTS_MOST);
    int64_t filters = bed.step.out.channels, depth = gemm_depth(&bed.step);
    float *weights = random_floats(seed, "weights", (size_t)(filters * depth));
    pack_filters(&shape, weights, bed.weights);
    bed.plan.weights = bed.weights;
    for (int64_t m = 0; m < filters; m++)
        for (int64_t k = 0; k < depth; k++)
            if (ref_gemm_weight(&bed.plan, &bed.step, m, k) != (double)weights[m * depth + k])
                ck_abort_msg("seed %d: filter %d, tap %d", _i, (int)m, (int)k);
    free(weights);
    bed_free(&bed);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("ref_conv");
    TCase *test = tcase_create("convolutions");
    tcase_add_loop_test(test, a_cross_over_zeros_and_ones, 0, SLIDES);
    tcase_add_test(test, an_edge_filter_over_a_padded_image);
    tcase_add_loop_test(test, its_transform_is_the_product_of_transforms, 0, SEEDS);
    tcase_add_loop_test(test, phases_add_up_to_a_scattering, 0, SEEDS);
    tcase_add_loop_test(test, depthwise_is_a_gemm_of_a_group_a_channel, 0, SEEDS);
    tcase_add_loop_test(test, local_with_a_filter_in_many_sizes_is_a_gemm, 0, SEEDS);
    tcase_add_test(test, a_weight_is_found_in_its_panel);
    tcase_add_loop_test(test, weights_are_where_pack_puts_them, 0, SEEDS);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
