/* Speed of step_gemm on the convolutions of well-known networks, with bias and ReLU, as a fraction
 * of the FMA peak that is measured between the runs: bench_gemm [ROUNDS [SHAPE]]. For each shape,
 * kernel and order: best GFLOP/s on one thread (2 a multiply-add), fraction of one core's peak, the
 * fraction wanted, and two threads over one. The mark is of the better order. */
#include "../tests/gemm_case.h"

#include <stdio.h>
#include <time.h>

struct shape {
    int32_t channels, size, filters, kernel, stride, pad;
    double wanted; /* what AVX2's 6 x 16 reached of its peak on one core of another machine */
};
static const struct shape shapes[] = {
    {64, 224, 64, 3, 1, 1, 0.74},   {64, 112, 128, 3, 1, 1, 0.83}, {128, 56, 256, 3, 1, 1, 0.90},
    {256, 28, 512, 3, 1, 1, 0.92},  {512, 14, 512, 3, 1, 1, 0.87}, {256, 14, 256, 3, 1, 1, 0.85},
    {192, 19, 192, 3, 1, 1, 0.87},  {512, 7, 512, 3, 1, 1, 0.71},  {3, 227, 96, 11, 4, 0, 0.80},
    {3, 224, 64, 7, 2, 3, 0.70},    {96, 27, 256, 5, 1, 2, 0.89},  {64, 56, 256, 1, 1, 0, 0.82},
    {1024, 14, 256, 1, 1, 0, 0.88}, {512, 7, 2048, 1, 1, 0, 0.63},
};
enum { SHAPES = sizeof shapes / sizeof *shapes, PEAK_STEPS = 400000, RUNS_MS = 12 };

/* Of a single thread the time that it had a processor, so that others' work counts for less. */
static double now(bool alone) {
    struct timespec t;
    clock_gettime(alone ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- peak: sixteen chains of multiply-adds, more than their latency needs ---- */

#define EACH_CHAIN(op)                                                                             \
    op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) \
        op(15)
#define ZERO(i) "vxorps %%xmm" #i ", %%xmm" #i ", %%xmm" #i "\n\t"
#define FMA_256(i) "vfmadd231ps %%ymm" #i ", %%ymm" #i ", %%ymm" #i "\n\t"
#define FMA_512(i) "vfmadd231ps %%zmm" #i ", %%zmm" #i ", %%zmm" #i "\n\t"
#define PEAK_LOOP(fma)                                                                             \
    __asm__ volatile(EACH_CHAIN(ZERO) "1:\n\t" EACH_CHAIN(fma) "dec %0\n\tjnz 1b\n\tvzeroupper"    \
                     : "+r"(steps)                                                                 \
                     :                                                                             \
                     : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",       \
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15")

/* GFLOP/s of one core with vectors as wide as the kernel's; 0 where we have no such loop. */
static double peak(const struct microkernel *kernel) {
    double begin = now(true), lanes = 0;
#ifdef __x86_64__
    int64_t steps = PEAK_STEPS;
    if (!strcmp(kernel->name, "skx")) {
        lanes = 16;
        PEAK_LOOP(FMA_512);
    } else if (__builtin_cpu_supports("fma")) {
        lanes = 8;
        PEAK_LOOP(FMA_256);
    }
#else
    (void)kernel;
#endif
    return 2e-9 * lanes * 16 * PEAK_STEPS / (now(true) - begin);
}

/* ---- one shape ---- */

static float *values(size_t count, float scale) {
    float *v = malloc(count * sizeof *v);
    if (!v)
        abort();
    for (size_t i = 0; i < count; i++)
        v[i] = scale * ((float)(i * 2654435761u % 2001) - 1000);
    return v;
}

static void make(const struct shape *shape, int32_t order, struct gemm_bed *bed) {
    int32_t out = (shape->size + 2 * shape->pad - shape->kernel) / shape->stride + 1;
    int32_t depth = shape->channels * shape->kernel * shape->kernel;
    struct gemm_case c = {
        .gemm = {.kernel = {shape->kernel, shape->kernel},
                 .stride = {shape->stride, shape->stride},
                 .dilation = {1, 1},
                 .pad = {shape->pad, shape->pad},
                 .map = {out, out},
                 .out_step = {1, 1},
                 .groups = 1,
                 .order = order,
                 .cut = pack_cut(depth, microkernel_get()->depth)},
        .channels = shape->channels,
        .size = {shape->size, shape->size},
        .filters = shape->filters,
        .out_size = {out, out},
        .images = 1,
        .capacity = 1,
        .bias_kind = BIAS_KIND_CHANNEL,
        .activation = ACTIVATION_relu,
    };
    float *weights = values((size_t)shape->filters * (size_t)depth, 1e-5f);
    float *bias = values((size_t)shape->filters, 1e-3f), *in = values(bed_in(&c), 1e-3f);
    bed_make(bed, &c, &microkernel_get()->tile, weights, bias, NULL, 2);
    memcpy(bed_image(bed, &bed->step.in[0], 0), in, bed_in(&c) * sizeof *in);
    free(weights);
    free(bias);
    free(in);
}

/* The best of some runs, in seconds. */
static double best_of(const struct gemm_bed *bed, struct workers *workers) {
    bool alone = workers_count(workers) == 1;
    double best = 1e9, start = now(false);
    do {
        double begin = now(alone);
        bed_run(bed, workers);
        double took = now(alone) - begin;
        best = took < best ? took : best;
    } while (now(false) - start < RUNS_MS * 1e-3);
    return best;
}

static void measure(const struct shape *shape, int rounds, struct workers *const workers[2]) {
    struct gemm_bed bed[2];
    double best[2][2] = {{1e9, 1e9}, {1e9, 1e9}}, top = 0; /* [order][threads - 1] */
    for (int32_t order = 0; order < 2; order++)
        make(shape, order, &bed[order]);
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < 4; i++) {
            double speed = peak(microkernel_get()), took = best_of(&bed[i / 2], workers[i % 2]);
            top = speed > top ? speed : top;
            best[i / 2][i % 2] = took < best[i / 2][i % 2] ? took : best[i / 2][i % 2];
        }
    double flops = 2e-9 * (double)bed[0].step.as.gemm.map[0] * bed[0].step.as.gemm.map[1] *
                   shape->filters * (double)gemm_depth(&bed[0].step);
    printf("%5d %4d^2 %5d %3d %2d  %-8s %6.1f", shape->channels, shape->size, shape->filters,
           shape->kernel, shape->stride, microkernel_get()->name, top);
    for (int order = 0; order < 2; order++) {
        double one = flops / best[order][0], two = flops / best[order][1];
        printf("  %6.1f %5.3f x%4.2f", one, one / top, two / one);
        bed_free(&bed[order]);
    }
    double fast = best[0][0] < best[1][0] ? best[0][0] : best[1][0];
    double share = flops / fast / top;
    printf("   %4.2f %s\n", shape->wanted, share >= shape->wanted ? "" : "below");
    fflush(stdout);
}

int main(int argc, char **argv) {
    static const char *const kernels[] = {NULL, "haswell"};
    int rounds = argc > 1 ? atoi(argv[1]) : 10;
    struct workers *workers[2] = {workers_new(1), workers_new(2)};
    if (!workers[0] || !workers[1])
        return 6;
    printf("%21s  %-8s %6s  %-19s  %-19s   %s\n", "shape", "kernel", "peak", "pixels wide: 1, x2",
           "filters wide: 1, x2", "wanted");
    for (int k = 0; k < 2; k++) {
        if (!microkernel_use(kernels[k]))
            continue;
        for (int i = 0; i < SHAPES; i++)
            if (argc < 3 || atoi(argv[2]) == i)
                measure(&shapes[i], rounds, workers);
    }
    workers_free(workers[0]);
    workers_free(workers[1]);
    return 0;
}
