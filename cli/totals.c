#include "totals.h"

#include "columns.h"

const char *const total_keys[] = {"layers",  "params",      "macs", "flops",
                                  "weights", "activations", NULL};

void totals_of(const struct graph *graph, const struct view *view,
               struct total totals[TOTAL_COUNT]) {
    const struct totals *sum = &graph->totals;
    bool batch = view->batch > 1;
    const struct total all[TOTAL_COUNT] = {
        {"layers", "layers", "", false, sum->layers},
        {"params", "parameters", "", false, sum->parameters},
        {"macs", "MACs", batch ? "of one image" : "", false, sum->macs},
        {"flops", "FLOPs", batch ? "of one image, 2 per MAC" : "2 per MAC", false, sum->flops},
        {"weights", "weights", "float32", true, sum->weight_bytes},
        {"activations", "activations",
         batch ? "float32, every output of the batch" : "float32, every output", true,
         batch_bytes(sum->activation_bytes, view)},
    };
    for (int i = 0; i < TOTAL_COUNT; i++)
        totals[i] = all[i];
}
