#include "step.h"

const struct step_kind *const step_kinds[STEP_COUNT] = {
#define STEP(name, file) [STEP_##name] = &step_##name,
#include "../plan/steps.def"
#undef STEP
};

const char *step_fault(const struct plan *plan, const struct step *step) {
    const struct step_kind *kind = step_kinds[step->kind];
    const char *fault = NULL;
    if (kind->parameters)
        fault = plan_fields_fault(plan, kind->parameters, &step->as);
    return fault || !kind->fault ? fault : kind->fault(plan, step);
}

uint64_t step_macs(const struct step *step) {
    const struct plan_view *in = &step->in[0], *out = &step->out;
    uint64_t taps;
    switch (step->kind) {
    case STEP_gemm:
        return (uint64_t)gemm_depth(step) * (uint64_t)out->channels *
               (uint64_t)step->as.gemm.map[0] * (uint64_t)step->as.gemm.map[1];
    case STEP_depthwise:
        taps = (uint64_t)step->as.depthwise.kernel[0] * (uint64_t)step->as.depthwise.kernel[1];
        return taps * plan_view_size(out);
    case STEP_local:
        taps = (uint64_t)step->as.local.kernel[0] * (uint64_t)step->as.local.kernel[1];
        return taps * (uint64_t)in->channels * plan_view_size(out);
    default:
        return 0;
    }
}
