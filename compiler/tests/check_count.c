#include "build.h"

/* The last layer of a chain: weights (elements of the first tensor), parameters, MACs. */
struct counted {
    const char *input, *layers;
    int64_t weights, parameters, macs;
};

static const struct counted counted[] = {
    /* facts of the course notes */
    {"3x32x32", "conv filters: 10, kernel: 5, pad: 2", 750, 760, 768000},
    {"1x200x200", "fc units: 40000", 1600000000, 1600040000, 1600000000},
    {"1x200x200", "local filters: 1, kernel: 10, pad: same", 4000000, 4040000, 4000000},
    {"1x200x200", "conv filters: 100, kernel: 10, pad: same", 10000, 10100, 400000000},
    {"3x32x32", "fc units: 1", 3072, 3073, 3072},
    {"3x200x200", "fc units: 1", 120000, 120001, 120000},
    {"3x200x200", "fc units: 1000, bias: false", 120000000, 120000000, 120000000},
    {"1x28x28", "fc units: 300", 235200, 235500, 235200},
    {"200x32x32", "conv filters: 32, kernel: 5, pad: same", 160000, 160032, 163840000},
    {"200x32x32", "conv filters: 16, kernel: 1", 3200, 3216, 3276800},
    {"16x32x32", "conv filters: 32, kernel: 5, pad: same", 12800, 12832, 13107200},
    {"3x227x227", "conv filters: 96, kernel: 11, stride: 4", 34848, 34944, 105415200},
    {"256x6x6", "fc units: 4096", 37748736, 37752832, 37748736},
    {"4096x1x1", "fc units: 1000", 4096000, 4097000, 4096000},
    /* groups divide the depth; a bias for each position */
    {"8x5x5", "conv filters: 12, kernel: 3, groups: 4", 12 * 2 * 9, 12 * 2 * 9 + 12, 216 * 9},
    {"8x5x5", "conv groups: depthwise, kernel: 3, bias: false", 72, 72, 72 * 9},
    {"8x5x5", "conv expand: 3, kernel: 1, bias: position", 192, 192 + 24 * 25, 192 * 25},
    {"2x5x5", "local filters: 3, kernel: 3, bias: false", 27 * 18, 27 * 18, 27 * 18},
    /* deconv: in x out/groups x kh x kw, and each input cell meets all of it */
    {"8x5x5", "deconv filters: 6, kernel: 2, stride: 2", 8 * 6 * 4, 8 * 6 * 4 + 6, 192 * 25},
    {"8x5x5", "deconv filters: 6, kernel: 2x3, groups: 2", 8 * 3 * 6, 8 * 3 * 6 + 6, 144 * 25},
    /* the others have no MACs to count */
    {"8x5x5", "bn", 8, 16, 0},
    {"8x5x5", "prelu", 8, 8, 0},
    {"8x5x5", "pool kernel: 5", 0, 0, 0},
    {"8x5x5", "relu", 0, 0, 0},
    /* S10: a large fc is a matter of memory, not of counting */
    {"1x32768x32768", "fc units: 1024", (int64_t)1 << 40, ((int64_t)1 << 40) + 1024,
     (int64_t)1 << 40},
};

START_TEST(layers_have_their_counts) {
    for (size_t i = 0; i < KEY_COUNT(counted); i++) {
        const struct counted *row = &counted[i];
        build_chain(row->input, row->layers);
        build_accepts();
        const struct layer *layer = built.graph.layers[built.graph.count - 1];
        int64_t weights = 0;
        ck_assert(layer->tensor_count == 0 || count_elements(&layer->tensors[0], &weights));
        ck_assert_msg(weights == row->weights && layer->parameters == row->parameters &&
                          layer->macs == row->macs,
                      "%s on %s: %" PRId64 " weights, %" PRId64 " parameters, %" PRId64 " MACs",
                      row->layers, row->input, weights, layer->parameters, layer->macs);
    }
}
END_TEST

static void tensor_is(const struct layer *layer, int index, const char *expected) {
    const struct layer_tensor *tensor = &layer->tensors[index];
    const char *text = tensor->suffix;
    for (int i = 0; i < tensor->rank; i++)
        text = arena_format(&built.arena, "%s%s%" PRId64, text, i ? "x" : " ", tensor->extent[i]);
    ck_assert_str_eq(text, expected);
}

START_TEST(tensors_have_their_form) {
    build_chain("8x6x7",
                "conv filters: 4, kernel: 1x3, groups: 2, bias: position; "
                "local filters: 2, kernel: 3x2; deconv filters: 6, kernel: 2x3, groups: 2; "
                "fc units: 5; bn");
    build_infer();
    tensor_is(build_layer("conv1"), 0, "weight 4x4x1x3");
    tensor_is(build_layer("conv1"), 1, "bias 4x6x5");
    tensor_is(build_layer("local1"), 0, "weight 2x4x4x4x3x2");
    tensor_is(build_layer("local1"), 1, "bias 2x4x4");
    tensor_is(build_layer("deconv1"), 0, "weight 2x3x2x3");
    tensor_is(build_layer("deconv1"), 1, "bias 6");
    tensor_is(build_layer("fc1"), 0, "weight 5x180");
    const struct layer *bn = build_layer("bn1");
    ck_assert_int_eq(bn->tensor_count, 4);
    tensor_is(bn, 2, "running_mean 5");
    tensor_is(bn, 3, "running_var 5");
    ck_assert(bn->tensors[1].trainable && !bn->tensors[2].trainable);
    ck_assert_int_eq(bn->parameters, 10);
    ck_assert_int_eq(bn->weight_bytes, 80);
}
END_TEST

START_TEST(totals_are_sums) {
    build_chain("3x32x32",
                "conv filters: 10, kernel: 5, pad: 2; relu; pool kernel: 2; fc units: 7");
    build_accepts();
    const struct totals *totals = &built.graph.totals;
    int64_t fc = 10 * 16 * 16 * 7;
    ck_assert_int_eq(totals->layers, 4);
    ck_assert_int_eq(totals->parameters, 760 + fc + 7);
    ck_assert_int_eq(totals->weight_bytes, 4 * (760 + fc + 7));
    ck_assert_int_eq(totals->macs, 768000 + fc);
    ck_assert_int_eq(totals->flops, 2 * (768000 + fc));
    ck_assert_int_eq(build_layer("relu1")->activation_bytes, 4 * 10240);
    ck_assert_int_eq(totals->activation_bytes, 4 * (10240 + 10240 + 2560 + 7));
}
END_TEST

START_TEST(shared_weights_count_once) {
    build_chain("4x8x8", "conv filters: 4, kernel: 3, pad: 1; conv filters: 4, kernel: 3, pad: 1");
    build_layer("conv2")->share = 1;
    build_accepts();
    ck_assert_int_eq(build_layer("conv2")->parameters, 0);
    ck_assert_int_eq(build_layer("conv2")->tensor_count, 0);
    ck_assert_int_eq(built.graph.totals.parameters, 4 * 4 * 9 + 4);
    ck_assert_int_eq(built.graph.totals.macs, 2 * 4 * 4 * 9 * 64);
}
END_TEST

START_TEST(input_changes_work_but_no_parameter) {
    const char *chain = "conv filters: 4, kernel: 3; fc units: 9";
    build_chain("1x8x8", chain);
    build_accepts();
    int64_t parameters = built.graph.totals.parameters, macs = built.graph.totals.macs;
    build_chain("1x8x8", chain);
    build_infer_with("1x10x10");
    ck_assert_int_eq(built.graph.totals.parameters, parameters);
    ck_assert_int_eq(macs, 4 * 9 * 36 + 9 * 4 * 36);
    ck_assert_int_eq(built.graph.totals.macs, 4 * 9 * 64 + 9 * 9 * 4 * 36);
}
END_TEST

START_TEST(unknown_layers_count_for_nothing) {
    build_chain("3x32x32", "conv filters: 10, kernel: 5, pad: 2; bn eps: 0; relu");
    build_infer();
    ck_assert_int_eq(built.graph.totals.parameters, 760);
    ck_assert_int_eq(build_layer("relu1")->activation_bytes, 0);
}
END_TEST

START_TEST(overflow_is_a_limit) {
    /* weights: 2^24 * 2^24 * 2^20 */
    build_chain("16777216x1x1", "conv filters: 16777216, kernel: 1024, pad: 512");
    build_infer();
    build_said(SEVERITY_ERROR, "limit-tensor", "counts exceed 2^63");
    build_chain("16777216x16x8", "conv filters: 16777216, kernel: 8, pad: same");
    build_infer();
    ck_assert_uint_eq(built.diag.errors, 0);
    /* MACs alone: 2^31 outputs of 2^24 * 2^8 products */
    build_chain("16777216x16x8", "conv filters: 16777216, kernel: 16, pad: same");
    build_infer();
    build_said(SEVERITY_ERROR, "limit-tensor", "counts exceed 2^63");
    ck_assert(built.diag.limit_hit);
}
END_TEST

/* All totals are of the same layers: those before the one with which one of them is exceeded. */
START_TEST(totals_stop_together) {
    const int64_t macs = (int64_t)512 * 512 * 501 * 501 * 1000 * 1000;
    build_begin("512x1000x1000");
    for (int i = 0; i < 142; i++)
        build("conv", "filters: 512, kernel: 501, pad: 250");
    build_infer();
    build_said(SEVERITY_ERROR, "limit-tensor", "with conv71 the network's counts exceed 2^63");
    ck_assert_int_eq(built.graph.totals.macs, 70 * macs);
    ck_assert_int_eq(built.graph.totals.flops, 2 * 70 * macs);
    ck_assert_int_eq(built.graph.totals.activation_bytes, 70LL * 4 * 512 * 1000 * 1000);
    ck_assert_int_eq(build_layer("conv142")->macs, macs);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        layers_have_their_counts,
        tensors_have_their_form,
        totals_are_sums,
        shared_weights_count_once,
        input_changes_work_but_no_parameter,
        unknown_layers_count_for_nothing,
        overflow_is_a_limit,
        totals_stop_together,
    };
    return build_run("count", tests, KEY_COUNT(tests));
}
