#include "totals.h"

#include "columns.h"

const char *const total_keys[] = {"layers",  "params",      "macs", "flops",
                                  "weights", "activations", "peak", NULL};

void totals_of(const struct graph *graph, const struct view *view,
               struct total totals[TOTAL_COUNT]) {
    const struct totals *sum = &graph->totals;
    bool batch = view->batch > 1, assumed = graph->assumed > 0;
    const struct total all[TOTAL_COUNT] = {
        {"layers", "layers", "", false, true, false, sum->layers},
        {"params", "parameters", "", false, true, assumed, sum->parameters},
        {"macs", "MACs", batch ? "of one image" : "", false, true, assumed, sum->macs},
        {"flops", "FLOPs", batch ? "of one image, 2 per MAC" : "2 per MAC", false, true, assumed,
         sum->flops},
        {"weights", "weights", "float32", true, true, assumed, sum->weight_bytes},
        {"activations", "activations",
         batch ? "float32, every output of the batch" : "float32, every output", true, true,
         assumed, batch_bytes(sum->activation_bytes, view)},
        {"peak", "peak memory",
         batch ? "activations of the batch, memory reused" : "activations, memory reused", true,
         sum->peak_bytes > 0, assumed, batch_bytes(sum->peak_bytes, view)},
    };
    for (int i = 0; i < TOTAL_COUNT; i++)
        totals[i] = all[i];
}

/* ---- remarks ---- */

/* What is assumed, for reports that people read. */
static void print_assumed(const struct graph *graph, uint32_t known, struct text *out,
                          const char *before) {
    const struct layer *first = NULL;
    for (uint32_t i = 1; i < graph->count && !first; i++)
        first = graph->layers[i]->known && graph->layers[i]->misfit ? graph->layers[i] : NULL;
    if (!first)
        return;
    text_format(out, "%sassumed: %u of %u layers, from %s on; so are the totals\n", before,
                (unsigned)graph->assumed, (unsigned)known, first->name);
}

void remarks_print(const struct graph *graph, const struct view *view, struct text *out,
                   const char *before) {
    uint32_t shown = 0, known = 0;
    for (uint32_t i = 1; i < graph->count; i++) {
        known += graph->layers[i]->known;
        shown += graph->layers[i]->known && view_shows(view, graph->layers[i]);
    }
    uint32_t all = graph->count - 1;
    if (shown < known)
        text_format(out, "%sshown: %u of %u layers; the totals are of all\n", before,
                    (unsigned)shown, (unsigned)known);
    print_assumed(graph, known, out, before);
    if (known < all)
        text_format(out,
                    "%snot shown: %u of %u layers, at or after a fault; sums are of the others\n",
                    before, (unsigned)(all - known), (unsigned)all);
}
