/* BLIS's micro-kernels behind microkernel.h, on memory that ends at a protected page behind the
 * slack. */
#include "gemm_case.h"

#include <check.h>
#include <math.h>

static const char *const names[] = {NULL, "haswell"};
enum { NAMES = sizeof names / sizeof *names, DEPTH_MOST = 40 };

static float value(int64_t i) { return (float)(i * 7919 % 2003 - 1001) * 0x1p-10f; }

/* `floats` of them, flush against the page but for the slack. */
static float *operand(struct guarded *memory, size_t floats) {
    *memory = guarded_new((bed_round(floats) + PLAN_SLACK) * sizeof(float));
    float *values = (float *)(void *)memory->bytes;
    for (size_t i = 0; i < floats; i++)
        values[i] = value((int64_t)i);
    return values;
}

/* One chain of fused multiply-adds, and the earlier sum added. Without FMA: within its rounding. */
static void check_tile(const struct microkernel *kernel, int64_t depth, const float *narrow,
                       const float *wide, const float *tile, const float *before) {
    for (int32_t i = 0; i < kernel->tile.narrow; i++)
        for (int32_t j = 0; j < kernel->tile.wide; j++) {
            float chain = 0, got = tile[i * kernel->tile.wide + j];
            double exact = 0;
            for (int64_t k = 0; k < depth; k++) {
                float a = narrow[k * kernel->tile.narrow + i], b = wide[k * kernel->tile.wide + j];
                chain = fmaf(a, b, chain);
                exact += (double)a * (double)b;
            }
            float earlier = before ? before[i * kernel->tile.wide + j] : 0;
            bool known = !strcmp(kernel->name, "skx") || !strcmp(kernel->name, "haswell");
            ck_assert_msg(!known || got == earlier + chain, "%s, depth %d, (%d, %d): %a, not %a",
                          kernel->name, (int)depth, i, j, (double)got, (double)(earlier + chain));
            ck_assert(fabs((double)got - (double)earlier - exact) <= 1e-5 * (double)(depth + 1));
        }
}

static void check_depth(const struct microkernel *kernel, int64_t depth) {
    struct guarded memory[3];
    size_t tile_floats = (size_t)(kernel->tile.wide * kernel->tile.narrow);
    float *narrow = operand(&memory[0], (size_t)(depth * kernel->tile.narrow));
    float *wide = operand(&memory[1], (size_t)(depth * kernel->tile.wide));
    memory[2] = guarded_new(bed_round(tile_floats) * sizeof(float));
    float *tile = (float *)(void *)memory[2].bytes, before[TILE_MOST * TILE_MOST];
    for (size_t i = 0; i < tile_floats; i++)
        tile[i] = NAN; /* what was there before the first cut is never read */
    microkernel_run(kernel, depth, narrow, wide, tile, true);
    check_tile(kernel, depth, narrow, wide, tile, NULL);
    memcpy(before, tile, tile_floats * sizeof *tile);
    microkernel_run(kernel, depth, narrow, wide, tile, false);
    check_tile(kernel, depth, narrow, wide, tile, before);
    for (int i = 0; i < 3; i++)
        guarded_free(&memory[i]);
}

START_TEST(tiles) {
    for (int n = 0; n < NAMES; n++)
        for (int64_t depth = 1; depth <= DEPTH_MOST && microkernel_use(names[n]); depth++)
            check_depth(microkernel_get(), depth);
    microkernel_use(NULL);
}
END_TEST

START_TEST(sides) {
    for (int n = 0; n < NAMES; n++) {
        if (!microkernel_use(names[n]))
            continue;
        const struct microkernel *kernel = microkernel_get();
        ck_assert(kernel->tile.narrow >= 1 && kernel->tile.wide >= kernel->tile.narrow);
        ck_assert(kernel->tile.wide <= TILE_MOST && kernel->depth >= 16 && kernel->name);
    }
    ck_assert(!microkernel_use("abacus") && microkernel_use(NULL));
}
END_TEST

/* Set by main: what would abort the process, or make BLIS choose a kernel that the processor cannot
 * run, is neither obeyed nor taken away. */
START_TEST(environment) {
    ck_assert_str_eq(getenv("BLIS_ARCH_TYPE"), "abc");
    ck_assert_str_ne(microkernel_get()->name, "abc");
}
END_TEST

int main(void) {
    setenv("BLIS_ARCH_TYPE", "abc", 1);
    setenv("BLIS_NUM_THREADS", "99999999999", 1);
    setenv("OMP_NUM_THREADS", "0", 1);
    setenv("GOMP_CPU_AFFINITY", "junk", 1);
    microkernel_get();
    TCase *tests = tcase_create("microkernel");
    tcase_add_test(tests, tiles);
    tcase_add_test(tests, sides);
    tcase_add_test(tests, environment);
    Suite *suite = suite_create("microkernel");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
