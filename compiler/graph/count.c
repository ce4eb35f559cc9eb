#include "count.h"

#include "kind.h"

enum { FLOAT_BYTES = 4 };

bool count_elements(const struct layer_tensor *tensor, int64_t *out) {
    int64_t elements = 1;
    for (int i = 0; i < tensor->rank; i++) {
        if (!count_mul(elements, tensor->extent[i], &elements))
            return false;
    }
    *out = elements;
    return true;
}

static bool count_weights(struct layer *layer) {
    const struct layer_kind *kind = layer->kind;
    if (layer->share || !kind->tensors)
        return true;
    layer->tensor_count = kind->tensors(layer, &layer->own_in, layer->tensors);
    for (int i = 0; i < layer->tensor_count; i++) {
        const struct layer_tensor *tensor = &layer->tensors[i];
        int64_t elements, bytes;
        if (!count_elements(tensor, &elements) || !count_mul(elements, FLOAT_BYTES, &bytes) ||
            !count_add(layer->weight_bytes, bytes, &layer->weight_bytes) ||
            (tensor->trainable && !count_add(layer->parameters, elements, &layer->parameters)))
            return false;
    }
    return true;
}

static bool count_layer(const struct graph *graph, struct layer *layer) {
    const struct shape *out = &layer->out; /* within LIMIT_TENSOR */
    layer->activation_bytes = out->channels * out->height * out->width * FLOAT_BYTES;
    const struct shape *in = &graph->layers[layer->inputs[0]]->out;
    return count_weights(layer) &&
           (!layer->kind->macs || layer->kind->macs(layer, in, &layer->macs));
}

/* All of the layer is added, or nothing. */
static bool add_totals(struct totals *totals, const struct layer *layer) {
    struct totals sum = *totals;
    if (!count_add(sum.parameters, layer->parameters, &sum.parameters) ||
        !count_add(sum.weight_bytes, layer->weight_bytes, &sum.weight_bytes) ||
        !count_add(sum.macs, layer->macs, &sum.macs) || !count_mul(sum.macs, 2, &sum.flops) ||
        !count_add(sum.activation_bytes, layer->activation_bytes, &sum.activation_bytes))
        return false;
    *totals = sum;
    return true;
}

void count_graph(struct graph *graph, struct diagnostics *diag) {
    struct layer *input = graph->layers[GRAPH_INPUT];
    if (input->known)
        input->activation_bytes =
            input->out.channels * input->out.height * input->out.width * FLOAT_BYTES;
    graph->totals = (struct totals){0};
    bool exceeded = false; /* the totals are then of the layers before; all have their own counts */
    for (uint32_t i = 1; i < graph->count; i++) {
        struct layer *layer = graph->layers[i];
        graph->totals.layers++;
        if (!layer->known)
            continue;
        bool counted = count_layer(graph, layer);
        if (exceeded || (counted && add_totals(&graph->totals, layer)))
            continue;
        diag_error(diag, layer->at, "limit-tensor", "with %s the network's counts exceed 2^63",
                   layer->name);
        exceeded = true;
    }
}
