/* The reference has nothing of ours to be compared with, so: values worked out by hand, and two
 * ways to the same sums. check_ref_conv.c has the convolutions. Tolerances: doubles, whose sums of
 * a few terms are off by some 1e-16 each. */
#include "ref_bed.h"

#define EXACT 0.0
#define CLOSE 1e-12

#define EXPECT(bed, tolerance, ...)                                                                \
    do {                                                                                           \
        const double expected_[] = {__VA_ARGS__};                                                  \
        ck_assert_uint_eq(sizeof expected_ / sizeof *expected_, plan_view_size(&(bed)->step.out)); \
        bed_expect(bed, expected_, tolerance);                                                     \
    } while (0)

/* A step on one input with these values, and an output of that shape. */
static struct bed step_on(enum step_kind_id kind, const int32_t in[3], const double *values,
                          const int32_t out[3]) {
    struct bed bed = bed_new(kind);
    bed.step.in[0] = bed_view(&bed, in[0], in[1], in[2]);
    bed.step.out = bed_view(&bed, out[0], out[1], out[2]);
    bed_put(&bed, &bed.step.in[0], values);
    return bed;
}
#define SHAPE(c, h, w)                                                                             \
    (const int32_t[]) { c, h, w }
#define VALUES(...)                                                                                \
    (const double[]) { __VA_ARGS__ }

/* ---- pool ---- */

static struct bed pool_on(enum pool_kind kind, int32_t width, const double *values,
                          int32_t out_width, const struct step_pool *pool) {
    struct bed bed = step_on(STEP_pool, SHAPE(1, 1, width), values, SHAPE(1, 1, out_width));
    bed.step.as.pool = *pool;
    bed.step.as.pool.kind = (int32_t)kind;
    bed_run(&bed);
    return bed;
}

START_TEST(max_pool_takes_the_largest) {
    const double values[] = {1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4};
    struct bed bed = step_on(STEP_pool, SHAPE(1, 4, 4), values, SHAPE(1, 2, 2));
    bed.step.as.pool = (struct step_pool){.kernel = {2, 2}, .stride = {2, 2}};
    bed_run(&bed);
    EXPECT(&bed, EXACT, 6, 8, 3, 4);
    bed_free(&bed);
}
END_TEST

/* Windows 3 wide, 2 apart, padded by 1: {-, 1, 2} {2, 3, 4} {4, 5, -}. */
START_TEST(pads_count_only_when_asked) {
    const double values[] = {-1, -2, 3, 4, -5};
    struct step_pool pool = {.kernel = {1, 3}, .stride = {1, 2}, .pad = {0, 0, 1, 1}};
    struct bed max = pool_on(POOL_KIND_MAX, 5, values, 3, &pool);
    EXPECT(&max, EXACT, -1, 4, 4);
    struct bed l2 = pool_on(POOL_KIND_L2, 5, values, 3, &pool);
    EXPECT(&l2, CLOSE, sqrt(5), sqrt(29), sqrt(41));
    struct bed own = pool_on(POOL_KIND_AVERAGE, 5, values, 3, &pool);
    EXPECT(&own, CLOSE, -1.5, 5. / 3, -0.5);
    pool.count_pad = 1;
    struct bed all = pool_on(POOL_KIND_AVERAGE, 5, values, 3, &pool);
    EXPECT(&all, CLOSE, -1, 5. / 3, -1. / 3);
    bed_free(&max);
    bed_free(&l2);
    bed_free(&own);
    bed_free(&all);
}
END_TEST

/* The last window of `fit: ceil` has one cell of six, one of the pad, and one beyond it. */
START_TEST(windows_beyond_the_pad_are_clipped) {
    const double values[] = {1, 2, 3, 4, 5, 6};
    struct step_pool pool = {.kernel = {1, 3}, .stride = {1, 2}, .pad = {0, 0, 1, 1}};
    struct bed own = pool_on(POOL_KIND_AVERAGE, 6, values, 4, &pool);
    EXPECT(&own, CLOSE, 1.5, 3, 5, 6);
    pool.count_pad = 1;
    struct bed all = pool_on(POOL_KIND_AVERAGE, 6, values, 4, &pool);
    EXPECT(&all, CLOSE, 1, 3, 5, 3);
    bed_free(&own);
    bed_free(&all);
}
END_TEST

START_TEST(rows_are_padded_by_their_own_pads) {
    const double values[] = {1, 2, 3, 4, 5, 6};
    struct bed bed = step_on(STEP_pool, SHAPE(1, 3, 2), values, SHAPE(1, 3, 1));
    bed.step.as.pool = (struct step_pool){.kernel = {2, 2},
                                          .stride = {1, 1},
                                          .pad = {0, 1, 0, 0},
                                          .kind = POOL_KIND_AVERAGE,
                                          .count_pad = 1};
    bed_run(&bed);
    EXPECT(&bed, CLOSE, 2.5, 4.5, 11. / 4);
    bed_free(&bed);
}
END_TEST

/* ---- normalisation ---- */

START_TEST(lrn_looks_at_channels_around) {
    struct bed bed = step_on(STEP_lrn, SHAPE(4, 1, 1), VALUES(1, 2, 3, 4), SHAPE(4, 1, 1));
    bed.step.as.lrn = (struct step_lrn){.size = 3, .alpha = 3, .beta = 1, .k = 1};
    bed_run(&bed);
    EXPECT(&bed, CLOSE, 1. / 6, 2. / 15, 3. / 30, 4. / 26);
    bed.step.as.lrn = (struct step_lrn){.size = 1, .alpha = 3, .beta = 0.5f, .k = 4};
    bed_run(&bed);
    EXPECT(&bed, CLOSE, 1 / sqrt(7), 2 / sqrt(16), 3 / sqrt(31), 4 / sqrt(52));
    bed_free(&bed);
}
END_TEST

START_TEST(lrn_looks_at_cells_around) {
    const double values[] = {1, 2, 3, 4, 5, 6};
    struct bed bed = step_on(STEP_lrn, SHAPE(1, 2, 3), values, SHAPE(1, 2, 3));
    bed.step.as.lrn = (struct step_lrn){.size = 3, .within = 1, .alpha = 9, .beta = 1, .k = 2};
    bed_run(&bed);
    EXPECT(&bed, CLOSE, 1. / 48, 2. / 93, 3. / 76, 4. / 48, 5. / 93, 6. / 76);
    bed_free(&bed);
}
END_TEST

/* Two positions of a map; the second is of numbers whose exp is beyond double. */
START_TEST(softmax_is_of_each_position) {
    const double values[] = {0, 1000, log(2), 1000 + log(2), log(5), 1000 + log(5)};
    struct bed bed = step_on(STEP_softmax, SHAPE(3, 1, 2), values, SHAPE(3, 1, 2));
    bed_run(&bed);
    EXPECT(&bed, CLOSE, 1. / 8, 1. / 8, 2. / 8, 2. / 8, 5. / 8, 5. / 8);
    bed_free(&bed);
}
END_TEST

/* ---- moves ---- */

static struct bed upsample_on(enum upsample_kind kind, int32_t scale, const int32_t in[3],
                              const double *values) {
    struct bed bed = step_on(STEP_upsample, in, values, SHAPE(in[0], in[1] * scale, in[2] * scale));
    bed.step.as.upsample = (struct step_upsample){scale, (int32_t)kind};
    bed_run(&bed);
    return bed;
}

START_TEST(upsampling_repeats_or_goes_between) {
    struct bed nearest = upsample_on(UPSAMPLE_KIND_NEAREST, 2, SHAPE(2, 1, 2), VALUES(1, 2, 3, 4));
    EXPECT(&nearest, EXACT, 1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4);
    struct bed rows = upsample_on(UPSAMPLE_KIND_BILINEAR, 2, SHAPE(1, 2, 1), VALUES(0, 4));
    EXPECT(&rows, CLOSE, 0, 0, 1, 1, 3, 3, 4, 4);
    struct bed square = upsample_on(UPSAMPLE_KIND_BILINEAR, 3, SHAPE(1, 2, 2), VALUES(0, 3, 6, 9));
    EXPECT(&square, CLOSE, 0, 0, 1, 2, 3, 3, 0, 0, 1, 2, 3, 3, 2, 2, 3, 4, 5, 5, /* rows 0..2 */
           4, 4, 5, 6, 7, 7, 6, 6, 7, 8, 9, 9, 6, 6, 7, 8, 9, 9);
    bed_free(&nearest);
    bed_free(&rows);
    bed_free(&square);
}
END_TEST

START_TEST(shuffle_deals_the_groups) {
    struct bed bed =
        step_on(STEP_shuffle, SHAPE(6, 1, 1), VALUES(0, 1, 2, 10, 11, 12), SHAPE(6, 1, 1));
    bed.step.as.shuffle.groups = 2;
    bed_run(&bed);
    EXPECT(&bed, EXACT, 0, 10, 1, 11, 2, 12);
    bed_free(&bed);
}
END_TEST

START_TEST(pad_borders_crops_and_adds_channels) {
    struct bed bed = step_on(STEP_pad, SHAPE(1, 2, 2), VALUES(1, 2, 3, 4), SHAPE(3, 3, 2));
    bed.step.as.pad = (struct step_pad){.top = 1, .left = -1, .before = 1, .value = 7};
    bed_run(&bed);
    EXPECT(&bed, EXACT, 0, 0, 0, 0, 0, 0, 7, 7, 2, 7, 4, 7, 0, 0, 0, 0, 0, 0);
    bed_free(&bed);
}
END_TEST

/* ---- element by element ---- */

static struct plan_range floats(struct bed *bed, size_t count, const float *values) {
    return bed_weights(bed, count, values);
}
#define FLOATS(bed, ...)                                                                           \
    floats(bed, sizeof(const float[]){__VA_ARGS__} / sizeof(float), (const float[]){__VA_ARGS__})

START_TEST(affine_scales_and_shifts_channels) {
    struct bed bed = step_on(STEP_affine, SHAPE(2, 1, 2), VALUES(1, 2, 3, 4), SHAPE(2, 1, 2));
    bed.step.weights[0] = FLOATS(&bed, 2, -3);
    bed.step.weights[1] = FLOATS(&bed, 10, 0.5f);
    bed_run(&bed);
    EXPECT(&bed, EXACT, 12, 14, -8.5, -11.5);
    bed_free(&bed);
}
END_TEST

static struct bed join_on(enum step_kind_id kind, const int32_t other[3], const double *values) {
    const double own[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct bed bed = step_on(kind, SHAPE(2, 2, 2), own, SHAPE(2, 2, 2));
    bed.step.input_count = 2;
    bed.step.in[1] = bed_view(&bed, other[0], other[1], other[2]);
    bed_put(&bed, &bed.step.in[1], values);
    bed_run(&bed);
    return bed;
}

START_TEST(joins_take_both_inputs) {
    const double other[] = {10, 20, 30, 40, 50, -60, 70, 80};
    struct bed add = join_on(STEP_add, SHAPE(2, 2, 2), other);
    EXPECT(&add, EXACT, 11, 22, 33, 44, 55, -54, 77, 88);
    struct bed mul = join_on(STEP_mul, SHAPE(2, 2, 2), other);
    EXPECT(&mul, EXACT, 10, 40, 90, 160, 250, -360, 490, 640);
    struct bed gate = join_on(STEP_mul, SHAPE(2, 1, 1), VALUES(5, -1));
    EXPECT(&gate, EXACT, 5, 10, 15, 20, -5, -6, -7, -8);
    bed_free(&add);
    bed_free(&mul);
    bed_free(&gate);
}
END_TEST

/* At -8, -1, 0, 1, 8; figures of exp and tanh from tables. */
static const struct activation_case {
    enum activation activation;
    float a, b;
    double expected[5];
} activations[] = {
    {ACTIVATION_none, 0, 0, {-8, -1, 0, 1, 8}},
    {ACTIVATION_relu, 0, 0, {0, 0, 0, 1, 8}},
    {ACTIVATION_clip, -0.5f, 6, {-0.5, -0.5, 0, 1, 6}},
    {ACTIVATION_leaky_relu, 0.25f, 0, {-2, -0.25, 0, 1, 8}},
    {ACTIVATION_prelu, 0, 0, {-4, -0.5, 0, 1, 8}},
    {ACTIVATION_elu, 2, 0, {-1.99932907474419498, -1.26424111765711536, 0, 1, 8}},
    {ACTIVATION_sigmoid,
     0,
     0,
     {3.35350130466478e-4, 0.26894142136999512, 0.5, 0.73105857863000488, 0.99966464986953352}},
    {ACTIVATION_tanh,
     0,
     0,
     {-0.99999977492967588, -0.76159415595576489, 0, 0.76159415595576489, 0.99999977492967588}},
    {ACTIVATION_silu,
     0,
     0,
     {-2.682801043731825e-3, -0.26894142136999512, 0, 0.73105857863000488, 7.9973171989562682}},
    {ACTIVATION_hardsigmoid, 0, 0, {0, 1. / 3, 0.5, 2. / 3, 1}},
    {ACTIVATION_hardswish, 0, 0, {0, -1. / 3, 0, 2. / 3, 8}},
};
_Static_assert(sizeof activations / sizeof *activations == ACTIVATION_COUNT, "each has a case");

START_TEST(activations_have_their_values) {
    const struct activation_case *x = &activations[_i];
    struct bed bed =
        step_on(STEP_activate, SHAPE(1, 1, 5), VALUES(-8, -1, 0, 1, 8), SHAPE(1, 1, 5));
    bed.step.epilogue.activation = x->activation;
    bed.step.epilogue.a = x->a;
    bed.step.epilogue.b = x->b;
    if (x->activation == ACTIVATION_prelu)
        bed.step.epilogue.slope = FLOATS(&bed, 0.5f);
    bed_run(&bed);
    bed_expect(&bed, x->expected, CLOSE);
    bed_free(&bed);
}
END_TEST

/* ---- the epilogue ---- */

START_TEST(bias_and_residual_come_before_the_activation) {
    struct bed bed = step_on(STEP_activate, SHAPE(2, 1, 2), VALUES(1, 2, 3, 4), SHAPE(2, 1, 2));
    struct plan_epilogue *epilogue = &bed.step.epilogue;
    epilogue->bias_kind = BIAS_KIND_CHANNEL;
    epilogue->bias = FLOATS(&bed, 10, 20);
    epilogue->activation = ACTIVATION_prelu;
    epilogue->slope = FLOATS(&bed, 0.5f, 0.25f);
    epilogue->residual = bed_view(&bed, 2, 1, 2);
    bed_put(&bed, &epilogue->residual, VALUES(100, -100, 200, -64));
    bed_run(&bed);
    EXPECT(&bed, EXACT, 111, -44, 223, -10);
    epilogue->bias_kind = BIAS_KIND_POSITION;
    epilogue->bias = FLOATS(&bed, 1, 2, 3, 4);
    bed_run(&bed);
    EXPECT(&bed, EXACT, 102, -48, 206, -14);
    bed_free(&bed);
}
END_TEST

/* out is in[0], and the residual as well. */
START_TEST(a_step_may_overwrite_its_input) {
    struct bed bed = bed_new(STEP_softmax);
    bed.step.in[0] = bed.step.out = bed_view(&bed, 2, 1, 1);
    bed_put(&bed, &bed.step.out, VALUES(0, log(3)));
    bed_run(&bed);
    EXPECT(&bed, CLOSE, 0.25, 0.75);
    bed.step.kind = STEP_activate;
    bed.step.epilogue.residual = bed.step.out;
    bed_run(&bed);
    EXPECT(&bed, CLOSE, 0.5, 1.5);
    bed_free(&bed);
}
END_TEST

/* ---- magnitudes ---- */

START_TEST(magnitudes_add_what_sums_cancel) {
    struct bed bed = step_on(STEP_affine, SHAPE(1, 1, 2), VALUES(3, -4), SHAPE(1, 1, 2));
    bed.step.weights[0] = FLOATS(&bed, -2);
    bed.step.weights[1] = FLOATS(&bed, -1);
    bed.step.epilogue.bias_kind = BIAS_KIND_CHANNEL;
    bed.step.epilogue.bias = FLOATS(&bed, -5);
    bed.step.epilogue.activation = ACTIVATION_relu;
    bed.step.epilogue.residual = bed.step.in[0];
    bed_run(&bed);
    EXPECT(&bed, EXACT, 0, 0);
    double magnitude[IMAGES * 2];
    ck_assert(ref_step_magnitude(&bed.plan, &bed.step, bed.arena, IMAGES, CAPACITY, magnitude));
    ck_assert_double_eq(magnitude[2 * SHOWN], 6 + 1 + 5 + 3);
    ck_assert_double_eq(magnitude[2 * SHOWN + 1], 8 + 1 + 5 + 4);
    bed_free(&bed);
}
END_TEST

START_TEST(magnitudes_of_an_average_are_averages) {
    struct bed bed = step_on(STEP_pool, SHAPE(1, 1, 3), VALUES(1, -2, 6), SHAPE(1, 1, 1));
    bed.step.as.pool =
        (struct step_pool){.kernel = {1, 3}, .stride = {1, 1}, .kind = POOL_KIND_AVERAGE};
    bed_run(&bed);
    EXPECT(&bed, CLOSE, 5. / 3);
    double magnitude[IMAGES];
    ck_assert(ref_step_magnitude(&bed.plan, &bed.step, bed.arena, IMAGES, CAPACITY, magnitude));
    ck_assert_double_eq_tol(magnitude[SHOWN], 3, CLOSE);
    bed_free(&bed);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("ref");
    TCase *test = tcase_create("steps");
    tcase_add_test(test, max_pool_takes_the_largest);
    tcase_add_test(test, pads_count_only_when_asked);
    tcase_add_test(test, windows_beyond_the_pad_are_clipped);
    tcase_add_test(test, rows_are_padded_by_their_own_pads);
    tcase_add_test(test, lrn_looks_at_channels_around);
    tcase_add_test(test, lrn_looks_at_cells_around);
    tcase_add_test(test, softmax_is_of_each_position);
    tcase_add_test(test, upsampling_repeats_or_goes_between);
    tcase_add_test(test, shuffle_deals_the_groups);
    tcase_add_test(test, pad_borders_crops_and_adds_channels);
    tcase_add_test(test, affine_scales_and_shifts_channels);
    tcase_add_test(test, joins_take_both_inputs);
    tcase_add_loop_test(test, activations_have_their_values, 0, ACTIVATION_COUNT);
    tcase_add_test(test, bias_and_residual_come_before_the_activation);
    tcase_add_test(test, a_step_may_overwrite_its_input);
    tcase_add_test(test, magnitudes_add_what_sums_cancel);
    tcase_add_test(test, magnitudes_of_an_average_are_averages);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
