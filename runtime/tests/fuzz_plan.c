/* Bytes as a plan file whose checksums are right; a plan that is accepted and small runs. */
#include <stdlib.h>

#include "../exec.h"
#include "../microkernel.h"
#include "plan_bytes.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { MOST_FLOATS = 1 << 16, MOST_STEPS = 64, MOST_WORK = 1 << 24, MOST_BYTES = 1 << 26 };

/* Every tap of every output, whatever the step's kind: hostile windows are large. */
static bool is_small(const struct plan *plan, const struct run_options *options) {
    uint64_t work = 0;
    if (plan->head.arena > MOST_FLOATS || plan->step_count > MOST_STEPS ||
        run_bytes(plan, options) > MOST_BYTES)
        return false;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        uint64_t window = 1;
        if (step->kind == STEP_pool)
            window = (uint64_t)step->as.pool.kernel[0] + (uint64_t)step->as.pool.kernel[1];
        else if (step->kind == STEP_lrn)
            window = (uint64_t)step->as.lrn.size * 2;
        else if (step->kind == STEP_gemm)
            window = (uint64_t)gemm_depth(step);
        else if (step->kind == STEP_depthwise)
            window =
                (uint64_t)step->as.depthwise.kernel[0] * (uint64_t)step->as.depthwise.kernel[1];
        if (window > MOST_WORK)
            return false;
        work += window * plan_view_size(&step->out);
    }
    return work <= MOST_WORK;
}

static void run_plan(const struct plan *plan) {
    struct run_options options = {.batch = 2, .threads = 1};
    struct run *run;
    if (!is_small(plan, &options) || run_new(plan, &options, &run) != STATUS_OK)
        return;
    run_forward(run, 2);
    run_free(run);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    unsigned char *bytes = malloc(size + 1);
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    plan_bytes_seal(bytes, size);
    struct plan *plan;
    struct plan_error error;
    bool repacked;
    const struct plan_target target = {microkernel_get()->tile, MOST_BYTES};
    if (plan_read(bytes, size, &target, &plan, &repacked, &error) == STATUS_OK) {
        run_plan(plan);
        plan_free(plan);
    }
    free(bytes);
    return 0;
}
