#include "totals.h"

#include "columns.h"

const char *const total_keys[] = {"layers",  "params",      "macs", "flops",
                                  "weights", "activations", "peak", NULL};

void totals_of(const struct graph *graph, const struct view *view,
               struct total totals[TOTAL_COUNT]) {
    const struct totals *sum = &graph->totals;
    bool batch = view->batch > 1;
    const struct total all[TOTAL_COUNT] = {
        {"layers", "layers", "", false, true, sum->layers},
        {"params", "parameters", "", false, true, sum->parameters},
        {"macs", "MACs", batch ? "of one image" : "", false, true, sum->macs},
        {"flops", "FLOPs", batch ? "of one image, 2 per MAC" : "2 per MAC", false, true,
         sum->flops},
        {"weights", "weights", "float32", true, true, sum->weight_bytes},
        {"activations", "activations",
         batch ? "float32, every output of the batch" : "float32, every output", true, true,
         batch_bytes(sum->activation_bytes, view)},
        {"peak", "peak memory",
         batch ? "activations of the batch, memory reused" : "activations, memory reused", true,
         sum->peak_bytes > 0, batch_bytes(sum->peak_bytes, view)},
    };
    for (int i = 0; i < TOTAL_COUNT; i++)
        totals[i] = all[i];
}
