#include "microkernel.h"

#include <assert.h>
#include <blis.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

/* A context is filled in place by the function of its processor, without bli_init. So BLIS never
 * gets to where it reads BLIS_* from the environment. While it fills, it takes memory for short
 * lists and aborts where there is none: the linker (--wrap, CMakeLists.txt) gives it the buffer
 * below instead, so that it cannot fail. The micro-kernels touch nothing but their operands. All
 * this is in the static library alone: the shared one hides these functions. */
enum { CANDIDATES_MOST = 3 };
static struct microkernel candidates[CANDIDATES_MOST];
static cntx_t contexts[CANDIDATES_MOST];
static int candidate_count, chosen;

enum { SCRATCH = 1 << 14 /* bytes; the longest lists take a tenth */ };
static _Alignas(max_align_t) unsigned char scratch[SCRATCH];
static size_t scratch_used, scratch_lists;

void *__wrap_bli_malloc_intl(size_t size, err_t *fault);
void __wrap_bli_free_intl(void *list);

/* One thread fills at a time (pthread_once). */
void *__wrap_bli_malloc_intl(size_t size, err_t *fault) {
    size_t room = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    assert(room >= size && room <= SCRATCH - scratch_used);
    unsigned char *list = scratch + scratch_used;
    scratch_used += room;
    scratch_lists++;
    *fault = BLIS_SUCCESS;
    return list;
}

/* The lists of one call are all given back before the next call begins. */
void __wrap_bli_free_intl(void *list) {
    assert((unsigned char *)list >= scratch && scratch_lists > 0);
    if (--scratch_lists == 0)
        scratch_used = 0;
}

struct processor {
    arch_t id;
    const char *name;
    void (*fill)(cntx_t *context);
};

static const struct processor processors[] = {
#if defined BLIS_CONFIG_ZEN3
    {BLIS_ARCH_ZEN3, "zen3", bli_cntx_init_zen3},
#endif
#if defined BLIS_CONFIG_ZEN2
    {BLIS_ARCH_ZEN2, "zen2", bli_cntx_init_zen2},
#endif
#if defined BLIS_CONFIG_ZEN
    {BLIS_ARCH_ZEN, "zen", bli_cntx_init_zen},
#endif
#if defined BLIS_CONFIG_SKX
    {BLIS_ARCH_SKX, "skx", bli_cntx_init_skx},
#endif
#if defined BLIS_CONFIG_HASWELL
    {BLIS_ARCH_HASWELL, "haswell", bli_cntx_init_haswell},
#endif
#if defined BLIS_CONFIG_SANDYBRIDGE
    {BLIS_ARCH_SANDYBRIDGE, "sandybridge", bli_cntx_init_sandybridge},
#endif
#if defined BLIS_CONFIG_PENRYN
    {BLIS_ARCH_PENRYN, "penryn", bli_cntx_init_penryn},
#endif
#if defined BLIS_CONFIG_FIRESTORM
    {BLIS_ARCH_FIRESTORM, "firestorm", bli_cntx_init_firestorm},
#endif
#if defined BLIS_CONFIG_THUNDERX2
    {BLIS_ARCH_THUNDERX2, "thunderx2", bli_cntx_init_thunderx2},
#endif
#if defined BLIS_CONFIG_CORTEXA57
    {BLIS_ARCH_CORTEXA57, "cortexa57", bli_cntx_init_cortexa57},
#endif
#if defined BLIS_CONFIG_CORTEXA53
    {BLIS_ARCH_CORTEXA53, "cortexa53", bli_cntx_init_cortexa53},
#endif
#if defined BLIS_CONFIG_GENERIC
    {BLIS_ARCH_GENERIC, "generic", bli_cntx_init_generic},
#endif
};
enum { PROCESSORS = sizeof processors / sizeof *processors };
_Static_assert(PROCESSORS > 0, "BLIS was built for no processor that is listed here");

/* The row of the processor, or the last one, which runs on all that this BLIS was built for. */
static const struct processor *processor_of(arch_t id) {
    for (int i = 0; i < PROCESSORS; i++)
        if (processors[i].id == id)
            return &processors[i];
    return &processors[PROCESSORS - 1];
}

static void add_candidate(const struct processor *processor) {
    for (int i = 0; i < candidate_count; i++)
        if (candidates[i].name == processor->name)
            return;
    cntx_t *context = &contexts[candidate_count];
    processor->fill(context);
    int32_t m = (int32_t)bli_cntx_get_blksz_def_dt(BLIS_FLOAT, BLIS_MR, context);
    int32_t n = (int32_t)bli_cntx_get_blksz_def_dt(BLIS_FLOAT, BLIS_NR, context);
    bool wide_first = !bli_cntx_l3_nat_ukr_prefers_rows_dt(BLIS_FLOAT, BLIS_GEMM_UKR, context);
    void_fp function = bli_cntx_get_l3_nat_ukr_dt(BLIS_FLOAT, BLIS_GEMM_UKR, context);
    struct microkernel *kernel = &candidates[candidate_count++];
    *kernel = (struct microkernel){
        .tile = {.wide = wide_first ? m : n, .narrow = wide_first ? n : m},
        .depth = (int32_t)bli_cntx_get_blksz_def_dt(BLIS_FLOAT, BLIS_KC, context),
        .name = processor->name,
        .context = context,
        .wide_first = wide_first,
    };
    memcpy(&kernel->function, &function, sizeof function);
    assert(m >= 1 && n >= 1 && m <= TILE_MOST && n <= TILE_MOST && kernel->depth >= 1);
}

/* BLIS knows processors by name, so that in a virtual machine or on a newer model it may fall back
 * to AVX2 or less: the vectors that the processor has decide. Candidates stand in the order of
 * speed. */
static void find_candidates(void) {
#if defined __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        add_candidate(processor_of(BLIS_ARCH_SKX));
#endif
#if defined __x86_64__ || defined __aarch64__
    add_candidate(processor_of(bli_cpuid_query_id()));
#else
    add_candidate(processor_of(BLIS_ARCH_GENERIC));
#endif
#if defined __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        add_candidate(processor_of(BLIS_ARCH_HASWELL));
#endif
}

const struct microkernel *microkernel_get(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_candidates);
    return &candidates[chosen];
}

bool microkernel_use(const char *name) {
    microkernel_get();
    for (int i = 0; i < candidate_count; i++)
        if (!name || !strcmp(candidates[i].name, name)) {
            chosen = i;
            return true;
        }
    return false;
}

/* BLIS 0.9.0's signature. Tiles are always whole, so that m and n say nothing new, and none of its
 * paths for edges is ever taken. */
typedef void gemm_function(dim_t m, dim_t n, dim_t k, float *alpha, float *a, float *b, float *beta,
                           float *c, inc_t rows, inc_t columns, auxinfo_t *aux, cntx_t *context);

void microkernel_run(const struct microkernel *kernel, int64_t depth, const float *narrow,
                     const float *wide, float *tile, bool first) {
    assert(depth >= 1);
    gemm_function *function;
    memcpy(&function, &kernel->function, sizeof function);
    float one = 1, beta = first ? 0 : 1;
    dim_t w = kernel->tile.wide, n = kernel->tile.narrow;
    /* BLIS only reads a and b. The next panels, to be prefetched, are those that follow. */
    float *a = (float *)(uintptr_t)(kernel->wide_first ? wide : narrow);
    float *b = (float *)(uintptr_t)(kernel->wide_first ? narrow : wide);
    auxinfo_t aux = {.a_next = a + depth * (kernel->wide_first ? w : n), .b_next = b};
    if (kernel->wide_first)
        function(w, n, depth, &one, a, b, &beta, tile, 1, w, &aux, kernel->context);
    else
        function(n, w, depth, &one, a, b, &beta, tile, w, 1, &aux, kernel->context);
}
