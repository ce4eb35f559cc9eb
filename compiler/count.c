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

static bool add_totals(struct totals *totals, const struct layer *layer) {
    return count_add(totals->parameters, layer->parameters, &totals->parameters) &&
           count_add(totals->weight_bytes, layer->weight_bytes, &totals->weight_bytes) &&
           count_add(totals->macs, layer->macs, &totals->macs) &&
           count_mul(totals->macs, 2, &totals->flops) &&
           count_add(totals->activation_bytes, layer->activation_bytes, &totals->activation_bytes);
}

void count_graph(struct graph *graph, struct diagnostics *diag) {
    struct layer *input = graph->layers[GRAPH_INPUT];
    if (input->known)
        input->activation_bytes =
            input->out.channels * input->out.height * input->out.width * FLOAT_BYTES;
    graph->totals = (struct totals){0};
    for (uint32_t i = 1; i < graph->count; i++) {
        struct layer *layer = graph->layers[i];
        graph->totals.layers++;
        if (!layer->known)
            continue;
        if (!count_layer(graph, layer) || !add_totals(&graph->totals, layer)) {
            diag_error(diag, layer->at, "limit-tensor", "with %s the network's counts exceed 2^63",
                       layer->name);
            return;
        }
    }
}
