#include "microkernel.h"

#include <assert.h>
#include <blis.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* BLIS's static library has it, the shared one may hide it. */
#pragma weak bli_gks_lookup_nat_cntx

extern char **environ;

enum { CANDIDATES_MOST = 3 };
static struct microkernel candidates[CANDIDATES_MOST];
static int candidate_count, chosen;

/* BLIS aborts on values that it does not like, and libgomp obeys its own. */
static void scrub_environment(void) {
    static const char *const prefixes[] = {"BLIS_", "OMP_", "GOMP_"};
    for (char **entry = environ; entry && *entry;) {
        const char *end = strchr(*entry, '=');
        bool ours = false;
        for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
            ours |= !strncmp(*entry, prefixes[i], strlen(prefixes[i]));
        char *name = ours && end ? strndup(*entry, (size_t)(end - *entry)) : NULL;
        if (name && !unsetenv(name))
            entry = environ; /* the list has moved up */
        else
            entry++;
        free(name);
    }
}

static void add_candidate(cntx_t *context, const char *name) {
    if (!context || candidate_count == CANDIDATES_MOST)
        return;
    int32_t m = (int32_t)bli_cntx_get_blksz_def_dt(BLIS_FLOAT, BLIS_MR, context);
    int32_t n = (int32_t)bli_cntx_get_blksz_def_dt(BLIS_FLOAT, BLIS_NR, context);
    bool wide_first = !bli_cntx_l3_nat_ukr_prefers_rows_dt(BLIS_FLOAT, BLIS_GEMM_UKR, context);
    void_fp function = bli_cntx_get_l3_nat_ukr_dt(BLIS_FLOAT, BLIS_GEMM_UKR, context);
    struct microkernel *kernel = &candidates[candidate_count++];
    *kernel = (struct microkernel){
        .tile = {.wide = wide_first ? m : n, .narrow = wide_first ? n : m},
        .depth = (int32_t)bli_cntx_get_blksz_def_dt(BLIS_FLOAT, BLIS_KC, context),
        .name = name,
        .context = context,
        .wide_first = wide_first,
    };
    memcpy(&kernel->function, &function, sizeof function);
    assert(m >= 1 && n >= 1 && m <= TILE_MOST && n <= TILE_MOST && kernel->depth >= 1);
}

static sigjmp_buf start_failed;
static void leave_start(int number) { siglongjmp(start_failed, number); }

/* BLIS aborts where it is given no memory. */
static bool start_blis(void) {
    struct sigaction leave = {.sa_handler = leave_start}, before;
    sigemptyset(&leave.sa_mask);
    sigaction(SIGABRT, &leave, &before);
    bool started = false;
    if (sigsetjmp(start_failed, 1) == 0) {
        bli_init();
        started = true;
    }
    sigaction(SIGABRT, &before, NULL);
    return started;
}

/* BLIS knows processors by name, so that in a virtual machine or on a newer model it may fall back
 * to AVX2: the vectors that the processor has decide. Candidates stand in the order of speed. */
static void find_candidates(void) {
    scrub_environment();
    if (!start_blis())
        return;
    arch_t known = bli_arch_query_id();
#if defined __x86_64__ && defined BLIS_CONFIG_SKX
    if (known != BLIS_ARCH_SKX && bli_gks_lookup_nat_cntx && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        add_candidate(bli_gks_lookup_nat_cntx(BLIS_ARCH_SKX), "skx");
#endif
    add_candidate(bli_gks_query_cntx(), bli_arch_string(known));
#if defined __x86_64__ && defined BLIS_CONFIG_HASWELL
    if (known != BLIS_ARCH_HASWELL && bli_gks_lookup_nat_cntx && __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        add_candidate(bli_gks_lookup_nat_cntx(BLIS_ARCH_HASWELL), "haswell");
#endif
}

bool microkernel_start(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_candidates);
    return candidate_count > 0;
}

const struct microkernel *microkernel_get(void) {
    bool started = microkernel_start();
    assert(started);
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
