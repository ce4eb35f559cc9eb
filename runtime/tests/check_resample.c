/* The resampler against Pillow 9.4 (testdata/tools/resample.py), its kernels against loops. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../base/random.h"
#include "../picture/kernel_resample.h"
#include "../picture/resample.h"

static struct picture make_picture(uint64_t seed, size_t height, size_t width, size_t channels) {
    size_t count = height * width * channels;
    struct picture picture = {
        .width = width, .height = height, .channels = channels, .pixels = malloc(count)};
    float *numbers = malloc(count * sizeof *numbers);
    random_fill(seed, "pixels", 0, count, 0, 256, numbers);
    for (size_t i = 0; i < count; i++)
        picture.pixels[i] = numbers[i] < 256 ? (uint8_t)numbers[i] : 0;
    free(numbers);
    return picture;
}

/* ---- a result as a whole ---- */

struct result {
    struct picture picture;
    size_t rows; /* of it, so far */
};

static void take_row(void *data, size_t y, const uint8_t *row) {
    struct result *result = data;
    size_t bytes = result->picture.width * result->picture.channels;
    ck_assert_uint_eq(y, result->rows++);
    memcpy(result->picture.pixels + y * bytes, row, bytes);
}

static struct resample_task task_of(const struct picture *from, enum resample_filter filter,
                                    size_t height, size_t width) {
    return (struct resample_task){.height = from->height,
                                  .width = from->width,
                                  .channels = from->channels,
                                  .box = {0, 0, (double)from->width, (double)from->height},
                                  .filter = filter,
                                  .out_height = height,
                                  .out_width = width,
                                  .part = {0, 0, height, width}};
}

/* Pushes up to `most` rows at a time, now fewer, now more. */
static struct picture resampled(const struct picture *from, const struct resample_task *task,
                                size_t most) {
    struct result result = {.picture = {.width = task->part.width,
                                        .height = task->part.height,
                                        .channels = from->channels}};
    const struct resample_taker taker = {take_row, &result};
    const size_t stride = from->width * from->channels;
    struct resampler *resampler;
    size_t memory = SIZE_MAX;
    result.picture.pixels =
        malloc(result.picture.width * result.picture.height * result.picture.channels);
    ck_assert_int_eq(resampler_new(task, &taker, &memory, &resampler), STATUS_OK);
    for (size_t y = 0, n; y < from->height; y += n) {
        n = 1 + (y * 7 + 3) % most;
        n = n < from->height - y ? n : from->height - y;
        resampler_push(resampler, from->pixels + y * stride, n);
    }
    resampler_free(resampler);
    ck_assert_uint_eq(result.rows, task->part.height);
    return result.picture;
}

/* ---- Pillow ---- */

enum { ROWS_CASES = 5 };
static const size_t most_rows[ROWS_CASES] = {1, 5, RESAMPLE_ROWS, 33, 1000};

START_TEST(test_pillow) {
    FILE *file = fopen(TESTDATA_DIR "/resample/pillow.tsv", "r");
    ck_assert_ptr_nonnull(file);
    size_t height, width, channels, out_height, out_width;
    struct resample_box box;
    unsigned sums[RESAMPLE_FILTERS];
    uint64_t lines = 0;
    for (; fscanf(file, "%zu %zu %zu %lf %lf %lf %lf %zu %zu %x %x %x %x", &height, &width,
                  &channels, &box.left, &box.top, &box.right, &box.bottom, &out_height, &out_width,
                  &sums[0], &sums[1], &sums[2], &sums[3]) == 13;
         lines++) {
        struct picture from = make_picture(lines, height, width, channels), out;
        for (int f = 0; f < RESAMPLE_FILTERS; f++) {
            struct resample_task task =
                task_of(&from, (enum resample_filter)f, out_height, out_width);
            task.box = box;
            out = resampled(&from, &task, most_rows[lines % ROWS_CASES]);
            unsigned sum =
                (unsigned)crc32(0, out.pixels, (uInt)(out_height * out_width * channels));
            ck_assert_msg(sum == sums[f], "line %d, filter %d", (int)lines + 1, f);
            free(out.pixels);
        }
        free(from.pixels);
    }
    ck_assert(feof(file));
    ck_assert_uint_ge(lines, 600);
    fclose(file);
}
END_TEST

/* ---- parts ---- */

static size_t below(uint64_t seed, uint64_t index, size_t limit) {
    float number;
    random_fill(seed, "sizes", index, 1, 0, (double)limit, &number);
    return (size_t)number < limit ? (size_t)number : limit - 1;
}

START_TEST(test_part) {
    uint64_t seed = (uint64_t)_i;
    size_t channels = _i % 2 ? 3 : 1, height = 1 + below(seed, 2, 90),
           width = 1 + below(seed, 3, 90);
    enum resample_filter filter = (enum resample_filter)(_i % RESAMPLE_FILTERS);
    struct resample_part part = {.top = below(seed, 4, height), .left = below(seed, 5, width)};
    part.height = 1 + below(seed, 6, height - part.top);
    part.width = 1 + below(seed, 7, width - part.left);
    bool as_wide = _i % 5 == 0, as_high = _i % 7 == 0;
    struct picture from = make_picture(seed, as_high ? height : 1 + below(seed, 0, 90),
                                       as_wide ? width : 1 + below(seed, 1, 90), channels);
    struct resample_task task = task_of(&from, filter, height, width);
    struct picture whole = resampled(&from, &task, most_rows[_i % ROWS_CASES]);
    task.part = part;
    struct picture cut = resampled(&from, &task, most_rows[_i / 7 % ROWS_CASES]);
    for (size_t y = 0; y < part.height; y++)
        ck_assert_mem_eq(cut.pixels + y * part.width * channels,
                         whole.pixels + ((part.top + y) * width + part.left) * channels,
                         part.width * channels);
    free(from.pixels);
    free(whole.pixels);
    free(cut.pixels);
}
END_TEST

static void take_none(void *data, size_t y, const uint8_t *row) { (void)data, (void)y, (void)row; }

/* The fewest bytes that the task is done with, to 1000; 0: they are more than `most`. */
static size_t least_memory(const struct resample_task *task, size_t most) {
    const struct resample_taker taker = {take_none, NULL};
    size_t too_few = 0, enough = most + 1;
    while (enough - too_few > 1000) {
        struct resampler *resampler;
        size_t memory = too_few + (enough - too_few) / 2, left = memory;
        enum status status = resampler_new(task, &taker, &left, &resampler);
        ck_assert(status == STATUS_OK || status == STATUS_LIMIT);
        ck_assert_uint_le(left, memory);
        ck_assert((resampler == NULL) == (status != STATUS_OK));
        resampler_free(resampler);
        if (status == STATUS_OK)
            enough = memory;
        else
            too_few = memory;
    }
    return enough <= most ? enough : 0;
}

/* Of a row, its weights and strips; of the result, however high it and the picture are, the rows
 * that are open. */
START_TEST(test_limit) {
    struct picture from = {.height = 3, .width = 5000, .channels = 3};
    for (int f = 0; f < RESAMPLE_FILTERS; f++) {
        struct resample_task task = task_of(&from, (enum resample_filter)f, 4, 20);
        size_t least = least_memory(&task, 1 << 20);
        ck_assert_uint_ge(least, 5000 * sizeof(int32_t));
        ck_assert_uint_le(least, 5000 * (24 + 2 * 3 * 16));
    }
    static const size_t heights[][2] = {{65500, 200}, {200, 65500}, {65500, 1}, {65499, 65500}};
    for (size_t i = 0; i < sizeof heights / sizeof *heights; i++) {
        from = (struct picture){.height = heights[i][0], .width = 100, .channels = 3};
        struct resample_task task = task_of(&from, RESAMPLE_LANCZOS, heights[i][1], 100);
        size_t weights = 28 * (heights[i][0] + heights[i][1]) + 16 * heights[i][1];
        size_t open = 6 * (heights[i][1] / heights[i][0] + 2);
        size_t least = least_memory(&task, weights + open * 300 * sizeof(int32_t) + 3000);
        ck_assert_msg(least > 0, "%zu rows to %zu", heights[i][0], heights[i][1]);
    }
    from = (struct picture){.height = 1, .width = SIZE_MAX / 64, .channels = 1};
    struct resample_task task = task_of(&from, RESAMPLE_LANCZOS, 1, SIZE_MAX / 128);
    ck_assert_uint_eq(least_memory(&task, 4000), 0);
}
END_TEST

/* ---- kernels ---- */

enum { MOST_TAPS = 37, COLUMNS = 29, WIDE = 83 };

static uint8_t clipped(int64_t sum) {
    sum = (int64_t)floor((double)sum / (1 << RESAMPLE_BITS));
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static const struct resample_kernels *kernels_of(int isa) {
#ifdef __x86_64__
    const struct resample_kernels *const all[] = {&resample_kernels_base, &resample_kernels_avx2,
                                                  &resample_kernels_avx512};
    return isa <= (int)isa_get() ? all[isa] : NULL;
#else
    return isa == 0 ? &resample_kernels_base : NULL;
#endif
}

/* Weights that sum to about 1, some below 0. */
static void fill_weights(uint64_t seed, int32_t *weights, size_t count) {
    float numbers[MOST_TAPS];
    random_fill(seed, "weights", 0, count, -0.4, 1, numbers);
    for (size_t i = 0; i < count; i++)
        weights[i] = (int32_t)(numbers[i] / (float)count * (3 << RESAMPLE_BITS));
}

static void check_transpose(const struct resample_kernels *kernels) {
    struct picture square = make_picture(1, RESAMPLE_ROWS, 20, 1);
    uint8_t out[RESAMPLE_ROWS][RESAMPLE_ROWS];
    kernels->transpose(out[0], RESAMPLE_ROWS, square.pixels, 20);
    for (size_t y = 0; y < RESAMPLE_ROWS; y++)
        for (size_t x = 0; x < RESAMPLE_ROWS; x++)
            ck_assert_uint_eq(out[x][y], square.pixels[y * 20 + x]);
    free(square.pixels);
}

/* Windows that step on, of 1 .. MOST_TAPS columns out of WIDE. */
static void check_columns(const struct resample_kernels *kernels, size_t channels) {
    size_t firsts[COLUMNS], lengths[COLUMNS];
    int32_t weights[COLUMNS * MOST_TAPS];
    const struct resample_axis axis = {COLUMNS, firsts, lengths, weights, MOST_TAPS};
    struct picture strip = make_picture(2, WIDE, channels, RESAMPLE_ROWS);
    uint8_t out[COLUMNS * 3 * RESAMPLE_ROWS], row[WIDE * 3], row_out[COLUMNS * 3];
    for (size_t x = 0; x < COLUMNS; x++) {
        firsts[x] = 5 + x;
        lengths[x] = 1 + x * 7 % MOST_TAPS;
        fill_weights(x, weights + x * MOST_TAPS, lengths[x]);
    }
    kernels->strip(out, strip.pixels + 5 * channels * RESAMPLE_ROWS, channels, 5, &axis);
    for (size_t r = 0; r < RESAMPLE_ROWS; r++) {
        for (size_t i = 0; i < WIDE * channels; i++)
            row[i] = strip.pixels[i * RESAMPLE_ROWS + r];
        kernels->row(row_out, row, channels, &axis);
        for (size_t i = 0; i < COLUMNS * channels; i++) {
            size_t x = i / channels;
            int64_t sum = RESAMPLE_HALF;
            for (size_t k = 0; k < lengths[x]; k++)
                sum += (int64_t)weights[x * MOST_TAPS + k] *
                       row[(firsts[x] + k) * channels + i % channels];
            ck_assert_uint_eq(out[i * RESAMPLE_ROWS + r], clipped(sum));
            ck_assert_uint_eq(row_out[i], clipped(sum));
        }
    }
    free(strip.pixels);
}

static void check_rows(const struct resample_kernels *kernels) {
    struct picture rows = make_picture(3, MOST_TAPS, WIDE + 2, 1);
    int32_t weights[MOST_TAPS], sums[WIDE + 1];
    uint8_t out[WIDE + 1];
    fill_weights(9, weights, MOST_TAPS);
    for (size_t count = 0; count <= WIDE; count++) {
        size_t taps = 1 + count % MOST_TAPS;
        for (size_t i = 0; i <= WIDE; i++) {
            sums[i] = RESAMPLE_HALF;
            out[i] = 77;
        }
        kernels->add(sums, rows.pixels, rows.width, weights, taps, count);
        kernels->finish(out, sums, count);
        for (size_t i = 0; i < count; i++) {
            int64_t sum = RESAMPLE_HALF;
            for (size_t k = 0; k < taps; k++)
                sum += (int64_t)weights[k] * rows.pixels[k * rows.width + i];
            ck_assert_int_eq(sums[i], sum);
            ck_assert_uint_eq(out[i], clipped(sum));
        }
        ck_assert_int_eq(sums[count], RESAMPLE_HALF);
        ck_assert_uint_eq(out[count], 77);
    }
    free(rows.pixels);
}

static void check_grey(const struct resample_kernels *kernels) {
    struct picture rgb = make_picture(4, 1, WIDE, 3);
    uint8_t out[WIDE + 1] = {0};
    out[WIDE] = 77;
    kernels->grey(out, rgb.pixels, WIDE);
    for (size_t i = 0; i < WIDE; i++) {
        const uint8_t *p = rgb.pixels + 3 * i;
        double level = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
        ck_assert_double_lt(fabs(out[i] - level), 0.51);
    }
    ck_assert_uint_eq(out[WIDE], 77);
    free(rgb.pixels);
}

START_TEST(test_kernels) {
    const struct resample_kernels *kernels = kernels_of(_i);
    if (!kernels)
        return;
    check_transpose(kernels);
    check_columns(kernels, 1);
    check_columns(kernels, 3);
    check_rows(kernels);
    check_grey(kernels);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("resample");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, test_pillow);
    tcase_add_loop_test(tests, test_part, 0, 120);
    tcase_add_test(tests, test_limit);
    tcase_add_loop_test(tests, test_kernels, 0, 3);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
