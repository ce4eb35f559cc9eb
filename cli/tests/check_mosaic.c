/* Where tiles lie, what is painted there, and in which colours. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../show/mosaic.h"

/* ---- colours ---- */

static void check_colour(const struct scale *scale, double value, int red, int green, int blue) {
    uint8_t rgb[3];
    scale_colour(scale, value, rgb);
    ck_assert_msg(rgb[0] == red && rgb[1] == green && rgb[2] == blue, "%g is %d %d %d", value,
                  rgb[0], rgb[1], rgb[2]);
}

START_TEST(a_scale_of_both_signs_has_zero_in_its_middle) {
    const float values[] = {-1, 0.5F, 0, 2};
    struct scale scale = scale_of(values, 4);
    ck_assert_int_eq(scale.palette, PALETTE_DIVERGING);
    ck_assert_double_eq(scale.least, -2);
    ck_assert_double_eq(scale.most, 2);
    ck_assert_double_eq(scale.low, -1);
    check_colour(&scale, 0, 0xf7, 0xf7, 0xf7);
    check_colour(&scale, -2, 0x21, 0x66, 0xac);
    check_colour(&scale, 2, 0xb2, 0x18, 0x2b);
    check_colour(&scale, INFINITY, 0xb2, 0x18, 0x2b);
    check_colour(&scale, NAN, 0xd0, 0, 0xd0);
    ck_assert_int_eq(scale_part(&scale, 0), 128);
    ck_assert_int_eq(scale_part(&scale, -3), 0);
}
END_TEST

START_TEST(a_scale_of_one_sign_begins_at_zero) {
    const float values[] = {3, 1, NAN, INFINITY, 4};
    struct scale scale = scale_of(values, 5);
    ck_assert_int_eq(scale.palette, PALETTE_SEQUENTIAL);
    ck_assert_double_eq(scale.least, 0);
    ck_assert_double_eq(scale.most, 4);
    ck_assert_double_eq(scale.high, 4);
    check_colour(&scale, 0, 0x44, 0x01, 0x54);
    check_colour(&scale, 4, 0xfd, 0xe7, 0x25);
}
END_TEST

/* So few that a palette has them, NaN and the background; the middle one is that of 0. */
START_TEST(a_scale_has_its_steps) {
    const float values[] = {-1, 1};
    const struct scale scale = scale_of(values, 2);
    uint8_t last[3] = {0}, rgb[3];
    int count = 0;
    for (int i = -100000; i <= 100000; i++) {
        scale_colour(&scale, i / 100000., rgb);
        count += memcmp(rgb, last, 3) != 0;
        memcpy(last, rgb, 3);
    }
    ck_assert_int_eq(count, SCALE_STEPS);
    ck_assert_int_le(count + 2, 256);
    check_colour(&scale, 0.001, 0xf7, 0xf7, 0xf7);
}
END_TEST

START_TEST(values_that_are_all_equal_have_a_scale) {
    const float zeros[2] = {0}, nothing[] = {NAN}, least[] = {-0x1p-149F, 0};
    struct scale scale = scale_of(zeros, 2);
    check_colour(&scale, 0, 0x44, 0x01, 0x54);
    scale = scale_of(nothing, 1);
    check_colour(&scale, 0, 0x44, 0x01, 0x54);
    scale = scale_of(zeros, 0);
    ck_assert_double_eq(scale.high, 0);
    scale = scale_of(least, 2);
    check_colour(&scale, 0, 0xf7, 0xf7, 0xf7);
    check_colour(&scale, -0x1p-149, 0x21, 0x66, 0xac);
}
END_TEST

START_TEST(outliers_lie_beyond_the_scale) {
    float values[1000];
    for (int i = 0; i < 1000; i++)
        values[i] = (float)(i % 100 + 1) / 100;
    values[0] = -50;
    struct scale scale = scale_of(values, 1000);
    ck_assert(scale.most < 1.1 && scale.most > 0.9);
    ck_assert_double_eq(scale.low, -50);
    for (int i = 0; i < 30; i++) /* more than SCALE_BEYOND are none */
        values[i] = 50;
    scale = scale_of(values, 1000);
    ck_assert_double_eq(scale.most, 50);
}
END_TEST

/* ---- tiles ---- */

static const uint8_t *pixel(const struct mosaic *m, size_t x, size_t y) {
    return m->picture.pixels + 3 * (y * m->picture.width + x);
}

/* Each pixel of the picture shows the cell of the one tile that it lies in, or the background. */
static void check_pixels(const struct mosaic *m, const uint8_t *cells, unsigned seed) {
    const size_t side = m->height * m->zoom + m->gap, across = m->width * m->zoom + m->gap;
    for (size_t y = 0; y < m->picture.height; y++)
        for (size_t x = 0; x < m->picture.width; x++) {
            size_t row = (y - m->gap) % side / m->zoom, column = (x - m->gap) % across / m->zoom;
            size_t tile = (y - m->gap) / side * m->columns + (x - m->gap) / across;
            bool inside = y >= m->gap && x >= m->gap && row < m->height && column < m->width &&
                          tile < m->count;
            const uint8_t *wanted = inside
                                        ? cells + 3 * ((tile * m->height + row) * m->width + column)
                                        : pixel(m, 0, 0);
            const uint8_t *found = pixel(m, x, y);
            ck_assert_msg(memcmp(found, wanted, 3) == 0, "seed %u: pixel %zu, %zu", seed, x, y);
        }
}

START_TEST(every_tile_is_where_its_place_says) {
    unsigned seed = (unsigned)time(NULL);
    srand(seed);
    for (int turn = 0; turn < 20; turn++) {
        struct mosaic m;
        size_t count = 1 + (size_t)rand() % 40, columns = (size_t)rand() % 8;
        size_t height = 1 + (size_t)rand() % 40, width = 1 + (size_t)rand() % 40;
        columns = columns < count ? columns : count;
        ck_assert_int_eq(mosaic_new(&m, count, columns, height, width), STATUS_OK);
        ck_assert(m.columns * m.rows >= count && m.columns * (m.rows - 1) < count);
        ck_assert(columns == 0 || m.columns == columns);
        size_t bytes = 3 * count * height * width, x, y;
        uint8_t *cells = malloc(bytes);
        ck_assert_ptr_nonnull(cells);
        for (size_t i = 0; i < bytes; i++)
            cells[i] = (uint8_t)(rand() % 100);
        for (size_t i = 0; i < count; i++)
            mosaic_pixels(&m, i, cells + 3 * i * height * width);
        check_pixels(&m, cells, seed);
        mosaic_place(&m, count - 1, &x, &y);
        ck_assert_mem_eq(pixel(&m, x, y), cells + 3 * (count - 1) * height * width, 3);
        free(cells);
        mosaic_free(&m);
    }
}
END_TEST

START_TEST(colours_are_three_planes) {
    const float values[] = {-1, 1, 0, 0, 1, -1};
    struct scale scale = scale_of(values, 6);
    struct mosaic m;
    size_t x, y;
    ck_assert_int_eq(mosaic_new(&m, 1, 1, 1, 2), STATUS_OK);
    mosaic_colours(&m, 0, &scale, values);
    mosaic_place(&m, 0, &x, &y);
    ck_assert_mem_eq(pixel(&m, x, y), ((const uint8_t[]){0, 128, 255}), 3);
    ck_assert_mem_eq(pixel(&m, x + m.zoom, y), ((const uint8_t[]){255, 128, 0}), 3);
    mosaic_free(&m);
}
END_TEST

START_TEST(grids_are_about_square_and_without_holes_where_they_can_be) {
    static const size_t wanted[][2] = {{1, 1},  {6, 3},  {10, 5}, {16, 4},
                                       {20, 5}, {32, 8}, {96, 12}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct mosaic m;
        ck_assert_int_eq(mosaic_new(&m, wanted[i][0], 0, 5, 5), STATUS_OK);
        ck_assert_uint_eq(m.columns, wanted[i][1]);
        mosaic_free(&m);
    }
}
END_TEST

START_TEST(pictures_beyond_the_limit_are_refused) {
    struct mosaic m;
    ck_assert_int_eq(mosaic_new(&m, 1, 1, 1 << 14, 1 << 14), STATUS_LIMIT);
    ck_assert_int_eq(mosaic_new(&m, SIZE_MAX, 0, 1 << 20, 1 << 20), STATUS_LIMIT);
    ck_assert_int_eq(mosaic_new(&m, SIZE_MAX, 1, SIZE_MAX, SIZE_MAX), STATUS_LIMIT);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("mosaic");
    tcase_add_test(cases, a_scale_of_both_signs_has_zero_in_its_middle);
    tcase_add_test(cases, a_scale_of_one_sign_begins_at_zero);
    tcase_add_test(cases, a_scale_has_its_steps);
    tcase_add_test(cases, values_that_are_all_equal_have_a_scale);
    tcase_add_test(cases, outliers_lie_beyond_the_scale);
    tcase_add_test(cases, every_tile_is_where_its_place_says);
    tcase_add_test(cases, colours_are_three_planes);
    tcase_add_test(cases, grids_are_about_square_and_without_holes_where_they_can_be);
    tcase_add_test(cases, pictures_beyond_the_limit_are_refused);
    Suite *suite = suite_create("mosaic");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
