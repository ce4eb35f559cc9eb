#include "layer.h"

const char *const layer_pad_words[] = {"same", "valid", NULL};
const char *const layer_groups_words[] = {"depthwise", NULL};
const char *const layer_bias_words[] = {"true", "false", "position", NULL};
const char *const layer_fit_words[] = {"exact", "floor", "ceil", NULL};

bool layer_has(const struct layer *layer, const char *key) {
    int index = key_index(layer->kind, key);
    return index >= 0 && (layer->set & (1U << index)) != 0;
}

bool layer_same(struct inference *x, struct layer *layer, const struct shape *const *in) {
    (void)x;
    layer->out = *in[0];
    return true;
}

bool layer_product(int64_t a, int64_t b, int64_t c, int64_t d, int64_t *out) {
    int64_t product;
    return count_mul(a, b, &product) && count_mul(product, c, &product) &&
           count_mul(product, d, out);
}
