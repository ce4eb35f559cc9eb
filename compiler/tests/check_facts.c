/* The facts of the course notes: shapes, parameters, work and receptive fields of single layers.
 * The networks of the notes are in check_specs.c. */
#include <stdio.h>

#include "network.h"

/* The last layer's output, and sums over the layers; -1: not stated. */
struct fact {
    const char *input, *layers, *shape;
    int64_t weights, parameters, macs;
};

static const struct fact facts[] = {
    /* (W - F + 2P)/S + 1 */
    {"1x7x7", "conv: {filters: 1, kernel: 3}", "1x5x5", 9, 10, 225},
    {"1x7x7", "conv: {filters: 1, kernel: 3, stride: 2}", "1x3x3", 9, 10, 81},
    {"1x7x7", "conv: {filters: 1, kernel: 3, pad: 1}", "1x7x7", 9, 10, 441},
    {"1x7x7", "conv: {filters: 1, kernel: 5, pad: 2}", "1x7x7", 25, 26, 1225},
    {"1x7x7", "conv: {filters: 1, kernel: 7, pad: 3}", "1x7x7", 49, 50, 2401},
    {"1x5x5", "conv: {filters: 1, kernel: 3}", "1x3x3", 9, 10, 81},
    {"1x5x5", "conv: {filters: 1, kernel: 3, pad: 1}", "1x5x5", 9, 10, 225},
    {"1x5x5", "conv: {filters: 1, kernel: 3, pad: 1, stride: 2}", "1x3x3", 9, 10, 81},
    {"1x5x5", "pool: {kernel: 3, stride: 1}", "1x3x3", 0, 0, 0},
    {"3x5x5", "conv: {filters: 2, kernel: 3, stride: 2, pad: 1}", "2x3x3", 54, 56, 486},
    /* filters span the full depth */
    {"3x32x32", "conv: {filters: 6, kernel: 5}", "6x28x28", 450, 456, 352800},
    {"3x32x32", "conv: {filters: 6, kernel: 5}, conv: {filters: 10, kernel: 5}", "10x24x24", 1950,
     1966, 1216800},
    {"3x32x32", "conv: {filters: 10, kernel: 5, pad: 2}", "10x32x32", 750, 760, 768000},
    {"3x32x32", "conv: {filters: 5, kernel: 5}", "5x28x28", 375, 380, 294000},
    {"3x64x64", "conv: {filters: 5, kernel: 5, pad: same}", "5x64x64", 375, 380, 1536000},
    {"64x56x56", "conv: {filters: 32, kernel: 1}", "32x56x56", 2048, 2080, 6422528},
    /* fully connected, locally connected, convolution: who shares what */
    {"1x200x200", "fc: {units: 40000}", "40000", 1600000000, 1600040000, 1600000000},
    {"1x200x200", "local: {filters: 1, kernel: 10, pad: same}", "1x200x200", 4000000, 4040000,
     4000000},
    {"1x200x200", "conv: {filters: 100, kernel: 10, pad: same}", "100x200x200", 10000, 10100,
     400000000},
    {"1x200x200", "conv: {filters: 7, kernel: 3, pad: 1}", "7x200x200", 63, 70, 2520000},
    {"3x32x32", "fc: {units: 1}", "1", 3072, 3073, 3072},
    {"3x200x200", "fc: {units: 1}", "1", 120000, 120001, 120000},
    {"3x200x200", "fc: {units: 1000}", "1000", 120000000, 120001000, 120000000},
    {"1x28x28", "fc: {units: 10}", "10", 7840, 7850, 7840},
    {"1x28x28", "fc: {units: 300}", "300", 235200, 235500, 235200},
    /* a 1x1 in front makes a 5x5 ten times cheaper */
    {"200x32x32", "conv: {filters: 32, kernel: 5, pad: same}", "32x32x32", 160000, 160032,
     163840000},
    {"200x32x32", "conv: {filters: 16, kernel: 1}", "16x32x32", 3200, 3216, 3276800},
    {"16x32x32", "conv: {filters: 32, kernel: 5, pad: same}", "32x32x32", 12800, 12832, 13107200},
    {"200x32x32", "conv: {filters: 16, kernel: 1}, conv: {filters: 32, kernel: 5, pad: same}",
     "32x32x32", 16000, 16048, 16384000},
    /* three 3x3 against one 7x7, here of 10 channels: 27 C^2 and 49 C^2 */
    {"10x20x20",
     "conv: {filters: 10, kernel: 3, pad: 1}, conv: {filters: 10, kernel: 3, pad: 1}, "
     "conv: {filters: 10, kernel: 3, pad: 1}",
     "10x20x20", 2700, 2730, 1080000},
    {"10x20x20", "conv: {filters: 10, kernel: 7, pad: 3}", "10x20x20", 4900, 4910, 1960000},
    /* C2 units on an N x N x C1 map are C2 filters of N x N */
    {"12x6x6", "fc: {units: 20}", "20", 8640, 8660, 8640},
    {"12x6x6", "conv: {filters: 20, kernel: 6}", "20x1x1", 8640, 8660, 8640},
    /* a small net for MNIST, as torchsummary prints it: 260, 5020, 16050, 510 */
    {"1x28x28", "conv: {filters: 10, kernel: 5}", "10x24x24", 250, 260, 144000},
    {"1x28x28",
     "conv: {filters: 10, kernel: 5}, pool: {kernel: 2}, relu, conv: {filters: 20, kernel: 5}, "
     "dropout, pool: {kernel: 2}, relu, fc: {units: 50}, relu, dropout, fc: {units: 10}, softmax",
     "10", 21750, 260 + 5020 + 16050 + 510, 480500},
    /* LeNet-5's bracket alone: [CONV-POOL-CONV-POOL-CONV-FC] */
    {"1x32x32",
     "pattern: {of: '[CONV-POOL-CONV-POOL-CONV-FC]', where: {CONV: {filters: [6, 16, 120], "
     "kernel: 5}, POOL: {kernel: 2, stride: 2}, FC: {units: 10}}}",
     "10", 51750, 51902, 406800},
    /* the other pattern of the notes */
    {"3x32x32",
     "pattern: {of: '[(CONV-RELU)*N-POOL]*M-FC', where: {N: 2, M: 3, CONV: {filters: 4, kernel: 3, "
     "pad: 1}, POOL: {kernel: 2}, FC: {units: 10}}}",
     "10", 108 + 5 * 144 + 640, -1, -1},
};

enum { FACTS = sizeof facts / sizeof facts[0] };

static const struct graph *accept_layers(const char *input, const char *layers) {
    char spec[1024];
    snprintf(spec, sizeof spec, "input: %s\nlayers: [%s]\n", input, layers);
    return accept(spec);
}

static int64_t weight_count(const struct graph *graph) {
    int64_t sum = 0;
    for (uint32_t i = 1; i < graph->count; i++) {
        const struct layer *layer = graph->layers[i];
        for (int t = 0; t < layer->tensor_count; t++) {
            int64_t product = strcmp(layer->tensors[t].suffix, "weight") == 0;
            for (int k = 0; k < layer->tensors[t].rank; k++)
                product *= layer->tensors[t].extent[k];
            sum += product;
        }
    }
    return sum;
}

START_TEST(layers_have_the_stated_sizes) {
    const struct fact *fact = &facts[_i];
    const struct graph *graph = accept_layers(fact->input, fact->layers);
    const struct layer *last = graph->layers[graph->count - 1];
    const char *shape = shape_text(graph->arena, &last->out);
    ck_assert_msg(strcmp(shape, fact->shape) == 0, "%s: %s", fact->layers, shape);
    int64_t stated[] = {fact->weights, fact->parameters, fact->macs};
    int64_t counted[] = {weight_count(graph), graph->totals.parameters, graph->totals.macs};
    static const char *const what[] = {"weights", "parameters", "MACs"};
    for (int i = 0; i < 3; i++)
        ck_assert_msg(stated[i] < 0 || counted[i] == stated[i], "%s: %lld %s, not %lld",
                      fact->layers, (long long)counted[i], what[i], (long long)stated[i]);
}
END_TEST

/* ---- what does not fit ---- */

START_TEST(stride_3_on_7_does_not_fit) {
    rejects("input: 1x7x7\n"
            "layers:\n"
            "  - conv: {name: conv2, kernel: 3, stride: ^3, filters: 8}\n",
            "shape-fit",
            "conv2 does not fit: (7 - 3 + 2*0)/3 + 1 = 2.33 [shape-fit]|"
            "what fits: stride 1 -> 5x5, stride 2 -> 3x3, pad 1 with stride 3 -> 3x3, "
            "pad: same -> 3x3|or fit: floor -> 2x2, which drops 1 row and 1 column");
}
END_TEST

START_TEST(floor_drops_and_says_so) {
    const struct graph *graph = accept("input: 1x7x7\n"
                                       "fit: floor\n"
                                       "layers: [conv: {filters: 8, kernel: 3, stride: 3}]\n");
    const struct layer *conv = graph->layers[1];
    ck_assert_str_eq(shape_text(graph->arena, &conv->out), "8x2x2");
    ck_assert_int_eq(conv->dropped.rows, 1);
    ck_assert_int_eq(conv->dropped.columns, 1);
    ck_assert(!conv->dropped.padding);
}
END_TEST

/* Every small window: whole, it gives (n - k + 2p)/s + 1 in each direction; not whole, it is
 * rejected and under `fit: floor` gives Torch's floor((width + 2 padW - kW)/dW + 1). */
static void window(int n, int k, int p, int s) {
    int height = n, width = n + s, room = n - k + 2 * p;
    bool whole = room % s == 0;
    static const char *const fits[] = {"exact", "floor"};
    for (int i = whole ? 0 : 1; i < 2; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "input: [1, %d, %d]\nfit: %s\nlayers: [conv: {filters: 1, "
                 "kernel: %d, pad: %d, stride: %d}]\n",
                 height, width, fits[i], k, p, s);
        const struct shape *out = &accept(text)->layers[1]->out;
        ck_assert_int_eq(out->height, room / s + 1);
        ck_assert_int_eq(out->width, (room + s) / s + 1);
        ck_assert_int_eq(network->graph->layers[1]->dropped.rows, room % s);
    }
    if (!whole) {
        char text[256];
        snprintf(
            text, sizeof text,
            "input: [1, %d, %d]\nlayers: [conv: {filters: 1, kernel: %d, pad: %d, stride: ^%d}]\n",
            height, width, k, p, s);
        rejects(text, "shape-fit", "does not fit");
    }
}

START_TEST(windows_follow_the_formula) {
    for (int n = 4; n <= 9; n++)
        for (int k = 1; k <= 5; k++)
            for (int p = 0; p <= 2 && p < k; p++)
                for (int s = 1; s <= 4; s++)
                    if (n - k + 2 * p >= 0)
                        window(n, k, p, s);
}
END_TEST

START_TEST(height_and_width_are_on_their_own) {
    shapes_are("input: 1x8x19\n"
               "layers: [conv: {filters: 2, kernel: 3x5, stride: 2x3, pad: 0x1x0x1}]\n",
               "conv", "2x4x6");
    shapes_are("input: 1x8x17\nlayers: [conv: {filters: 2, kernel: 1x7, pad: same}]\n", "conv",
               "2x8x17");
}
END_TEST

/* ---- receptive fields ---- */

static void field_is(const struct layer *layer, double size, double jump) {
    ck_assert(layer->receptive.known);
    ck_assert_double_eq(layer->receptive.height.size, size);
    ck_assert_double_eq(layer->receptive.width.size, size);
    ck_assert_double_eq(layer->receptive.height.jump, jump);
}

START_TEST(conv_then_pool_sees_p_plus_f_minus_1) {
    for (int f = 1; f <= 7; f++)
        for (int p = 1; p <= 5; p++) {
            char layers[128];
            snprintf(layers, sizeof layers,
                     "conv: {filters: 1, kernel: %d}, pool: {kernel: %d, stride: 1}", f, p);
            field_is(accept_layers("1x16x16", layers)->layers[2], p + f - 1, 1);
        }
}
END_TEST

START_TEST(two_layers_on_5x5) {
    const struct graph *graph = accept_layers(
        "1x5x5", "conv: {filters: 1, kernel: 3, pad: 1}, pool: {kernel: 2, stride: 1}");
    ck_assert_str_eq(shapes_of(graph, NULL), "1x5x5 1x4x4");
    field_is(graph->layers[2], 4, 1);
    graph = accept_layers("1x5x5",
                          "conv: {filters: 1, kernel: 4, pad: 1}, pool: {kernel: 2, stride: 2}");
    ck_assert_str_eq(shapes_of(graph, NULL), "1x4x4 1x2x2");
    field_is(graph->layers[2], 5, 2);
}
END_TEST

START_TEST(three_3x3_see_what_one_7x7_sees) {
    const struct graph *graph = accept("input: 10x20x20\n"
                                       "pattern: CONV*3\n"
                                       "where: {CONV: {filters: 10, kernel: 3, pad: 1}}\n");
    field_is(graph->layers[3], 7, 1);
    graph = accept_layers("10x20x20", "conv: {filters: 10, kernel: 7, pad: 3}");
    field_is(graph->layers[1], 7, 1);
}
END_TEST

START_TEST(a_neuron_sees_its_kernel) {
    field_is(accept_layers("3x32x32", "conv: {filters: 5, kernel: 5}")->layers[1], 5, 1);
}
END_TEST

/* ---- weights that are shared ---- */

START_TEST(shared_weights_count_once) {
    const struct graph *graph = accept("input: 4x8x8\n"
                                       "layers:\n"
                                       "  - conv: {name: a, filters: 4, kernel: 3, pad: 1}\n"
                                       "  - relu\n"
                                       "  - conv: {filters: 4, kernel: 3, pad: 1, share: a}\n");
    ck_assert_int_eq(graph->totals.parameters, 4 * 4 * 9 + 4);
    ck_assert_int_eq(graph->totals.macs, 2 * 4 * 4 * 9 * 64);
    ck_assert_int_eq(graph->layers[3]->parameters, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("facts");
    TCase *tests = tcase_create("facts");
    tcase_add_checked_fixture(tests, NULL, network_free);
    tcase_add_loop_test(tests, layers_have_the_stated_sizes, 0, FACTS);
    tcase_add_test(tests, stride_3_on_7_does_not_fit);
    tcase_add_test(tests, floor_drops_and_says_so);
    tcase_add_test(tests, windows_follow_the_formula);
    tcase_add_test(tests, height_and_width_are_on_their_own);
    tcase_add_test(tests, conv_then_pool_sees_p_plus_f_minus_1);
    tcase_add_test(tests, two_layers_on_5x5);
    tcase_add_test(tests, three_3x3_see_what_one_7x7_sees);
    tcase_add_test(tests, a_neuron_sees_its_kernel);
    tcase_add_test(tests, shared_weights_count_once);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
