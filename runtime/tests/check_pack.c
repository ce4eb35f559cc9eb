/* The layout of packed filters: pack_index says where, pack_filters puts them there. */
#include "../gemm/pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Every filter is where pack_index says, all else is zero, and unpacking gives the filters back. */
static void check_shape(const struct pack_shape *shape) {
    uint64_t floats;
    ck_assert(pack_size(shape, &floats));
    ck_assert_uint_eq(floats % PLAN_ALIGN, 0);
    size_t count = (size_t)(shape->groups * shape->filters * shape->depth);
    float *weights = calloc(count + 1, sizeof *weights), *again = calloc(count + 1, sizeof *again);
    float *packed = calloc(floats + 1, sizeof *packed), *want = calloc(floats + 1, sizeof *want);
    ck_assert(weights && again && packed && want);
    for (size_t i = 0; i < count; i++) {
        int64_t k = (int64_t)i % shape->depth, row = (int64_t)i / shape->depth;
        uint64_t place = pack_index(shape, row / shape->filters, row % shape->filters, k);
        weights[i] = (float)(i + 1);
        ck_assert_msg(place < floats && want[place] == 0, "tap %zu has no place of its own", i);
        want[place] = weights[i];
    }
    pack_filters(shape, weights, packed);
    ck_assert(!memcmp(packed, want, (floats + 1) * sizeof *packed));
    unpack_filters(shape, packed, again);
    ck_assert(!memcmp(weights, again, (count + 1) * sizeof *weights));
    free(weights);
    free(again);
    free(packed);
    free(want);
}

START_TEST(every_small_shape) {
    for (int64_t side = 1; side <= 5; side++)
        for (int64_t filters = 1; filters <= 11; filters += 2)
            for (int64_t depth = 0; depth <= 9; depth++)
                for (int64_t cut = 1; cut <= 10; cut++)
                    check_shape(&(struct pack_shape){1 + cut % 3, filters, depth, cut, side});
}
END_TEST

/* As plan.h words it: for each group, each cut, each panel, [k of the cut][T]. */
START_TEST(layout) {
    struct pack_shape shape = {.groups = 2, .filters = 3, .depth = 5, .cut = 3, .side = 2};
    uint64_t floats;
    ck_assert(pack_size(&shape, &floats));
    ck_assert_uint_eq(floats, 48); /* 2 * 2 panels * 2 * 5 = 40, rounded */
    ck_assert_uint_eq(pack_index(&shape, 0, 1, 2), 5);
    ck_assert_uint_eq(pack_index(&shape, 0, 2, 0), 6);
    ck_assert_uint_eq(pack_index(&shape, 0, 0, 3), 12);
    ck_assert_uint_eq(pack_index(&shape, 0, 2, 4), 18);
    ck_assert_uint_eq(pack_index(&shape, 1, 1, 0), 21);
}
END_TEST

START_TEST(too_large) {
    const struct pack_shape huge[] = {
        {INT32_MAX, INT32_MAX, INT32_MAX, 1, 12},
        {1, INT64_MAX, 2, 1, 16},
        {2, INT64_MAX / 2 - 6, 1, 1, 6},
        {1, 1, INT64_MAX, 1, 32},
    };
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        uint64_t floats = 77;
        ck_assert_msg(!pack_size(&huge[i], &floats) && floats == 77, "shape %zu", i);
    }
}
END_TEST

START_TEST(cuts) {
    ck_assert_int_eq(pack_cut(0, 256), 1);
    ck_assert_int_eq(pack_cut(27, 256), 27);
    ck_assert_int_eq(pack_cut(320, 256), 320);
    ck_assert_int_eq(pack_cut(321, 256), 164);
    for (int64_t depth = 1; depth < 40000; depth += 7)
        for (int32_t kernel_depth = 64; kernel_depth <= 512; kernel_depth *= 2) {
            int32_t cut = pack_cut(depth, kernel_depth);
            ck_assert(cut >= 1 && cut <= kernel_depth + kernel_depth / 4 + 3 && cut <= 4096);
            if (cut == depth)
                continue;
            /* Even: the last lacks no more than rounding to fours may take from it. */
            int64_t n = (depth + cut - 1) / cut, last = depth - (n - 1) * cut;
            ck_assert_msg(cut % 4 == 0 && cut - last < 4 * n, "%ld by %d", (long)depth, cut);
        }
    ck_assert_int_ge(pack_cut(INT32_MAX, 384), 1);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("pack");
    tcase_add_test(tests, every_small_shape);
    tcase_add_test(tests, layout);
    tcase_add_test(tests, too_large);
    tcase_add_test(tests, cuts);
    Suite *suite = suite_create("pack");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
