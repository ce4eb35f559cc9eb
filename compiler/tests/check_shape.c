#include "build.h"

/* ---- sizes ---- */

/* One layer or a chain: what comes out of each. */
struct chain {
    const char *input, *layers, *shapes;
};

static const struct chain chains[] = {
    /* (W - F + 2P)/S + 1; facts of the course notes */
    {"1x7x7", "conv filters: 1, kernel: 3", "1x5x5"},
    {"1x7x7", "conv filters: 1, kernel: 3, stride: 2", "1x3x3"},
    {"1x7x7", "conv filters: 1, kernel: 3, pad: 1", "1x7x7"},
    {"1x7x7", "conv filters: 1, kernel: 5, pad: 2", "1x7x7"},
    {"1x7x7", "conv filters: 1, kernel: 7, pad: 3", "1x7x7"},
    {"1x5x5", "conv filters: 1, kernel: 3", "1x3x3"},
    {"1x5x5", "conv filters: 1, kernel: 3, pad: 1", "1x5x5"},
    {"1x5x5", "conv filters: 1, kernel: 3, pad: 1, stride: 2", "1x3x3"},
    {"3x32x32", "conv filters: 6, kernel: 5; conv filters: 10, kernel: 5", "6x28x28 10x24x24"},
    {"3x32x32", "conv filters: 10, kernel: 5, pad: 2", "10x32x32"},
    {"64x56x56", "conv filters: 32, kernel: 1", "32x56x56"},
    {"3x5x5", "conv filters: 2, kernel: 3, stride: 2, pad: 1", "2x3x3"},
    {"3x64x64", "conv filters: 5, kernel: 5, pad: same", "5x64x64"},
    {"1x5x5", "pool kernel: 3, stride: 1", "1x3x3"},
    {"3x227x227",
     "conv filters: 96, kernel: 11, stride: 4; pool kernel: 3, stride: 2; "
     "conv filters: 256, kernel: 5, pad: 2; pool kernel: 3, stride: 2",
     "96x55x55 96x27x27 256x27x27 256x13x13"},
    /* two numbers, four sides, dilation, words */
    {"8x17x17", "conv filters: 9, kernel: 1x7, pad: 0x3", "9x17x17"},
    {"8x10x20", "conv filters: 9, kernel: 3, stride: 1x2, pad: 0x1x0x1", "9x9x10"},
    {"8x10x10", "conv filters: 9, kernel: 3, dilation: 2", "9x6x6"},
    {"8x7x7", "conv filters: 9, kernel: 3, stride: 3, pad: same", "9x3x3"},
    {"8x7x8", "pool kernel: 2, pad: same", "8x4x4"},
    {"8x9x4", "conv filters: 9, kernel: 1, stride: 2, pad: same", "9x5x2"},
    {"8x9x8", "pool kernel: 1x2, stride: 3, pad: same", "8x3x3"},
    {"8x7x7", "conv filters: 9, kernel: 3, pad: valid", "9x5x5"},
    {"8x3x3", "conv filters: 4, kernel: 9, pad: same", "4x3x3"},
    /* channels */
    {"8x7x7", "conv expand: 6, kernel: 1", "48x7x7"},
    {"8x7x7", "conv groups: depthwise, kernel: 3", "8x5x5"},
    {"8x7x7", "conv groups: depthwise, filters: 24, kernel: 3", "24x5x5"},
    {"8x7x7", "conv groups: 4, filters: 12, kernel: 3", "12x5x5"},
    {"1x20x20", "local filters: 2, kernel: 10, stride: 5", "2x3x3"},
    /* transposed: (in - 1)*S - pads + F + output_pad */
    {"8x7x7", "deconv filters: 4, kernel: 2, stride: 2", "4x14x14"},
    {"8x7x7", "deconv filters: 4, kernel: 3, stride: 2, pad: 1", "4x13x13"},
    {"8x7x7", "deconv filters: 4, kernel: 3, stride: 2, pad: 1, output_pad: 1", "4x14x14"},
    {"8x7x7", "deconv filters: 4, kernel: 3, dilation: 2, output_pad: 1", "4x12x12"},
    {"8x7x7", "deconv groups: depthwise, kernel: 2, stride: 2, pad: valid", "8x14x14"},
    /* the rest */
    {"8x8x8", "pool kernel: 2; pool kernel: 2", "8x4x4 8x2x2"},
    {"8x7x9", "pool global: true; fc units: 5", "8x1x1 5"},
    {"8x7x9", "fc units: 5; relu; fc units: 3; softmax", "5 5 3 3"},
    {"8x7x9", "flatten; fc units: 5", "504 5"},
    {"8x7x9", "upsample scale: 3; upsample scale: 2, mode: bilinear", "8x21x27 8x42x54"},
    {"8x7x9", "shuffle groups: 4", "8x7x9"},
    {"8x7x9", "pad pad: 1x2x3x4; pad pad: -1x-2x-3x-4; pad channels: 2", "8x10x16 8x7x9 10x7x9"},
    {"8x7x9", "lrn; bn; relu; dropout; softmax", "8x7x9 8x7x9 8x7x9 8x7x9 8x7x9"},
    {"8x7x9", "prelu; leaky_relu; elu; clip min: 0, max: 1; tanh", "8x7x9 8x7x9 8x7x9 8x7x9 8x7x9"},
    {"8x7x9", "relu6; sigmoid; silu; hardswish; hardsigmoid", "8x7x9 8x7x9 8x7x9 8x7x9 8x7x9"},
};

START_TEST(every_kind_has_its_size) {
    for (size_t i = 0; i < KEY_COUNT(chains); i++) {
        build_chain(chains[i].input, chains[i].layers);
        build_accepts();
        ck_assert_msg(strcmp(build_shapes(), chains[i].shapes) == 0, "%s on %s: %s, not %s",
                      chains[i].layers, chains[i].input, build_shapes(), chains[i].shapes);
    }
}
END_TEST

START_TEST(same_puts_the_odd_pixel_behind) {
    build_chain("1x8x7", "conv filters: 1, kernel: 3, stride: 2, pad: same");
    build_accepts();
    const struct sides *pad = &build_layer("conv1")->window.pad;
    ck_assert_int_eq(pad->top, 0);
    ck_assert_int_eq(pad->bottom, 1);
    ck_assert_int_eq(pad->left, 1);
    ck_assert_int_eq(pad->right, 1);
}
END_TEST

START_TEST(windows_are_resolved_for_all_that_slide) {
    build_chain("4x8x6", "conv filters: 4, kernel: 3, dilation: 2, pad: 2; "
                         "lrn size: 3, across: within; pool kernel: 2; pool global: true");
    build_accepts();
    const struct window *conv = &build_layer("conv1")->window, *lrn = &build_layer("lrn1")->window;
    ck_assert_int_eq(conv->reach.height, 5);
    ck_assert_int_eq(lrn->kernel.height, 3);
    ck_assert_int_eq(lrn->pad.bottom, 1);
    ck_assert_int_eq(build_layer("pool1")->window.stride.width, 2);
    ck_assert_int_eq(build_layer("pool2")->window.kernel.height, 4);
    ck_assert_int_eq(build_layer("pool2")->window.kernel.width, 3);
    ck_assert_int_eq(build_layer("pool2")->window.stride.width, 1);
}
END_TEST

/* ---- joins ---- */

START_TEST(joins_add_scale_and_stack) {
    build_begin("8x4x4");
    build("conv", "filters: 8, kernel: 1");
    build_from("conv1,input", "add", "");
    build("pool", "global: true");
    build_from("add1,pool1", "mul", "");
    build_from("pool1,add1", "mul", "");
    build_from("pool1", "fc", "units: 8");
    build_from("fc1,add1", "mul", "");
    build_from("add1,mul3,conv1", "concat", "");
    build_from("fc1,fc1", "concat", "");
    build_accepts();
    ck_assert_str_eq(build_shapes(), "8x4x4 8x4x4 8x1x1 8x4x4 8x4x4 8 8x4x4 24x4x4 16");
}
END_TEST

START_TEST(joins_name_all_and_the_first_difference) {
    build_begin("8x4x4");
    build("conv", "filters: 8, kernel: 1");
    build_from("input", "conv", "filters: 6, kernel: 2");
    build_from("conv1,conv2", "add", "");
    build_rejects("graph-shape", "channels 8 and 6 differ; conv1 gives 8x4x4, conv2 gives 6x3x3");

    build_begin("8x4x4");
    build("conv", "filters: 6, kernel: 1x2");
    build_from("input,conv1", "concat", "");
    build_rejects("graph-shape", "widths 4 and 3 differ; input gives 8x4x4, conv1 gives 6x4x3");

    build_begin("8x4x4");
    build("conv", "filters: 8, kernel: 3");
    build_from("input,conv1", "mul", "");
    build_rejects("graph-shape", "heights 4 and 2 differ");

    build_begin("8x1x1");
    build("fc", "units: 8");
    build_from("input,fc1", "add", "");
    build_rejects("graph-shape", "one is a vector, the other a map");

    build_begin("8x1x1");
    build("concat", "");
    build_rejects("graph-operands", "concat1 has only one input");
}
END_TEST

START_TEST(many_operands_are_not_all_named) {
    build_begin("8x4x4");
    build_from("input", "conv", "filters: 1, kernel: 1");
    char from[256] = "input";
    for (int i = 0; i < 20; i++)
        strcat(from, i == 14 ? ",conv1" : ",input");
    build_from(from, "mul", "");
    build_rejects("graph-shape", "..., conv1 gives 1x4x4 and 12 more");
}
END_TEST

/* ---- what is wrong ---- */

struct fault {
    const char *input, *layers, *class, *says;
};

static const struct fault faults[] = {
    {"1x7x7", "conv filters: 1, kernel: 9, pad: 0", "shape-kernel",
     "kernel 9 of conv1 is larger than its padded input: 7 + 2*0 = 7 in height"},
    {"1x9x7", "conv filters: 1, kernel: 4, dilation: 3, pad: 0x1x0x1", "shape-kernel",
     "kernel 4 of conv1, dilated to 10, is larger than its padded input: 7 + 0 + 1 = 8 in width"},
    {"1x7x7", "pool kernel: 3, pad: 2", "shape-pad", "at most 1 goes with kernel 3"},
    {"1x7x7", "pool", "spec-key", "pool needs 'kernel'"},
    {"1x7x7", "pool global: true, stride: 2", "spec-key", "takes no stride"},
    {"1x7x7", "conv kernel: 3", "spec-key", "conv needs 'filters'"},
    {"1x7x7", "conv kernel: 3, filters: 2, expand: 2", "spec-key", "not both"},
    {"1x7x7", "conv kernel: 3, filters: 2, fit: ceil", "value", "fit: ceil is for pools"},
    {"1x7x7", "conv kernel: 3, filters: 0", "shape-zero", "filters"},
    {"1x7x7", "conv kernel: 3, filters: 16777217", "limit-tensor", "above the limit of 16777216"},
    {"8x7x7", "conv kernel: 1, expand: 3000000", "limit-tensor", "3000000*8 channels"},
    {"1x7x7", "fc units: 16777217", "limit-tensor", "16777217 units"},
    {"1x7x7", "fc units: 0", "shape-zero", "units"},
    {"64x7x7", "conv kernel: 3, filters: 6, groups: 3", "shape-groups",
     "64 input channels, which 3 groups do not divide"},
    {"64x7x7", "conv kernel: 3, filters: 6, groups: 4", "shape-groups", "6 filters, which 4"},
    {"64x7x7", "conv kernel: 3, filters: 6, groups: 128", "shape-groups", "64 input channels"},
    {"64x7x7", "conv kernel: 3, filters: 6, groups: 0", "shape-groups", "groups"},
    {"64x7x7", "conv kernel: 3, filters: 6, stride: 65536", "shape-stride", "65536"},
    {"64x7x7", "conv kernel: 3, filters: 6, dilation: 0", "shape-dilation", "dilation"},
    {"64x7x7", "shuffle groups: 3", "shape-groups", "64 channels, which 3"},
    {"1x1x1", "deconv filters: 1, kernel: 3, pad: 2", "shape-pad",
     "(1 - 1)*1 + 3 - 2 - 2 + 0 = -1"},
    {"1x4x4", "deconv filters: 1, kernel: 3, stride: 2, output_pad: 2", "shape-pad",
     "output_pad 2 of deconv1 must be smaller than its stride or dilation, 2"},
    {"1x7x7", "pad pad: -4x-3x0x0", "shape-pad", "7 + (-4) + (-3) = 0"},
    {"1x7x7", "pad", "spec-key", "pad needs"},
    {"1x7x7", "fc units: 9; relu; conv filters: 1, kernel: 1", "shape-map",
     "fc1 gives a vector of 9; conv needs a map"},
    {"1x7x7", "flatten; lrn", "shape-map", "flatten1 gives a vector of 49; lrn needs a map"},
    {"1x7x7", "dropout rate: 1", "value", "drop everything"},
    {"1x7x7", "dropout rate: -0.1", "value", "rate"},
    {"1x7x7", "bn eps: 0", "value", "eps of bn1 must be above 0"},
    {"1x7x7", "lrn size: 4", "value", "size 4 of lrn1 is even"},
    {"1x7x7", "lrn size: 0", "value", "size"},
    {"1x7x7", "clip min: 1, max: 0.5", "value", "min 1 of clip1 is above its max 0.5"},
    {"1x46341x46341", "relu", "limit-tensor", "more than the limit of 2147483648 elements"},
    {"1x16777217x1", "relu", "limit-tensor", "an extent above the limit of 16777216"},
    {"8x4096x4096", "upsample scale: 5000", "limit-tensor", "8x20480000x20480000"},
    {"4x4096x4096", "flatten", "limit-tensor", "an extent above"},
    {"0x7x7", "relu", "shape-zero", "an input of 0x7x7 has nothing in it"},
};

START_TEST(faults_are_told_with_their_numbers) {
    for (size_t i = 0; i < KEY_COUNT(faults); i++) {
        build_chain(faults[i].input, faults[i].layers);
        build_rejects(faults[i].class, faults[i].says);
    }
}
END_TEST

START_TEST(in_a_pattern_it_is_the_patterns_meaning) {
    build_chain("1x7x7", "fc units: 9; pool kernel: 2");
    build_layer("pool1")->in_pattern = true;
    build_rejects("pattern-semantics", "fc1 gives a vector of 9; pool needs a map");
}
END_TEST

START_TEST(readers_of_an_empty_window_are_silent) {
    build_chain("1x7x7", "conv filters: 1, kernel: 9; relu; fc units: 3");
    build_from("input", "conv", "filters: 1, kernel: 3");
    build_from("conv1,conv2", "concat", "");
    build_rejects("shape-kernel", "conv1");
    ck_assert_str_eq(build_shapes(), "1x1x1 1x1x1 3 1x5x5 2x1x1");
    ck_assert_uint_eq(built.graph.faults, 0);
}
END_TEST

START_TEST(settings_are_judged_behind_a_fault) {
    build_chain("1x7x7", "conv filters: 1, kernel: 9; bn eps: 0");
    build_infer();
    ck_assert_uint_eq(built.diag.errors, 2);
}
END_TEST

START_TEST(errors_stand_at_the_value) {
    build_chain("1x7x7", "conv filters: 1, kernel: 9");
    build_infer();
    ck_assert_uint_eq(built.diag.items[0]->at.column,
                      10 + (uint32_t)key_index(kind_table[KIND_conv], "kernel"));
    build_chain("1x7x7", "pool");
    build_infer();
    ck_assert_uint_eq(built.diag.items[0]->at.column, 1);
}
END_TEST

START_TEST(notes_lead_outward) {
    build_chain("1x7x7", "conv filters: 1, kernel: 9");
    struct trail outer = {"called here", {0, 30, 3}, NULL};
    struct trail inner = {"CONV of the pattern, turn 2 of M", {0, 20, 5}, &outer};
    build_layer("conv1")->trail = &inner;
    build_infer();
    const struct diag_note *note = built.diag.items[0]->notes;
    ck_assert_str_eq(note->message, "CONV of the pattern, turn 2 of M");
    ck_assert_uint_eq(note->at.line, 20);
    ck_assert_str_eq(note->next->message, "called here");
}
END_TEST

/* ---- warnings ---- */

START_TEST(a_bias_before_bn_is_idle) {
    build_chain("3x7x7", "conv filters: 4, kernel: 3; bn");
    build_infer();
    build_said(SEVERITY_WARNING, "value-bias", "saves 4 parameters of conv1 by bias: false");
    ck_assert_uint_eq(built.diag.items[0]->at.column, 1);
    build_chain("3x7x7", "fc units: 4, bias: true; bn");
    build_infer();
    ck_assert_uint_eq(built.diag.items[0]->at.column, 11);

    build_chain("3x7x7", "conv filters: 4, kernel: 3, bias: false; bn");
    build_accepts();
    build_chain("3x7x7", "conv filters: 4, kernel: 3; bn");
    build_from("conv1", "relu", ""); /* sees the bias too */
    build_accepts();
}
END_TEST

START_TEST(a_pad_above_the_kernel_is_odd) {
    build_chain("3x7x7", "conv filters: 4, kernel: 3, pad: 4");
    build_infer();
    build_said(SEVERITY_WARNING, "shape-pad", "pad 4 of conv1 exceeds its kernel 3");
    ck_assert_str_eq(build_shapes(), "4x13x13");
    build_chain("3x7x7", "conv filters: 4, kernel: 3, pad: 3");
    build_accepts();
    build_chain("3x7x7", "conv filters: 4, kernel: 3, pad: 6, dilation: 6");
    build_accepts();
}
END_TEST

/* ---- --input ---- */

static void resized(const char *chain, const char *own, const char *input, const char *shapes) {
    build_chain(own, chain);
    build_infer_with(input);
    ck_assert_msg(built.diag.count == 0, "%s", built.said);
    ck_assert_str_eq(build_shapes(), shapes);
}

static void not_resized(const char *chain, const char *own, const char *input, const char *says) {
    build_chain(own, chain);
    build_infer_with(input);
    build_said(SEVERITY_ERROR, "shape-input", says);
    ck_assert_uint_eq(built.diag.items[0]->at.line, 99);
}

START_TEST(fc_on_a_larger_map_is_a_convolution) {
    const char *chain = "conv filters: 4, kernel: 3; fc units: 9; relu; fc units: 2; softmax";
    resized(chain, "1x8x8", "1x8x8", "4x6x6 9 9 2 2");
    resized(chain, "1x8x8", "1x10x11", "4x8x9 9x3x4 9x3x4 2x3x4 2x3x4");
    const struct layer *fc = build_layer("fc1");
    ck_assert_int_eq(fc->own_in.height, 6);
    ck_assert_int_eq(fc->window.kernel.width, 6);
    ck_assert_int_eq(fc->parameters, 9 * 4 * 36 + 9);
    ck_assert_int_eq(fc->macs, 12 * 9 * 4 * 36);
    not_resized(chain, "1x8x8", "1x7x8",
                "fc1 needs a map of at least 6x6; this input gives it 5x6");
    not_resized(chain, "1x8x8", "3x8x8", "channels of the input are 3; the network is made for 1");
    ck_assert_msg(!strstr(built.said, "did you mean"), "%s", built.said);
    not_resized(chain, "1x8x8", "9x10x1", "did you mean 1x9x10?");
}
END_TEST

START_TEST(what_is_made_for_a_size_keeps_it) {
    not_resized("local filters: 1, kernel: 3", "1x8x8", "1x9x9",
                "local1 has its filters for each position, made for 1x8x8");
    not_resized("conv filters: 1, kernel: 3, bias: position", "1x8x8", "1x9x9",
                "its bias for each");
    not_resized("flatten; fc units: 2", "1x8x8", "1x9x9",
                "fc1 is made for a vector of 64, but with this input flatten1 gives 81");
    resized("flatten; softmax", "1x8x8", "1x9x9", "81 81");
    resized("pool global: true; flatten; fc units: 2", "4x8x8", "4x9x9", "4x1x1 4 2");
}
END_TEST

START_TEST(a_resized_fault_tells_its_input) {
    build_chain("1x7x7", "conv filters: 1, kernel: 3, stride: 2");
    build_infer_with("1x8x8");
    build_said(SEVERITY_ERROR, "shape-fit", "with this input");
}
END_TEST

/* ---- share ---- */

START_TEST(shared_weights_have_one_shape) {
    build_chain("4x8x8", "conv filters: 4, kernel: 3, pad: 1; conv filters: 4, kernel: 3");
    build_layer("conv2")->share = 1;
    build_accepts();
    build_chain("4x8x8", "conv filters: 5, kernel: 3, pad: 1; conv filters: 4, kernel: 3");
    build_layer("conv2")->share = 1;
    build_rejects("graph-share", "conv2 cannot take the weights of conv1");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        every_kind_has_its_size,
        same_puts_the_odd_pixel_behind,
        windows_are_resolved_for_all_that_slide,
        joins_add_scale_and_stack,
        joins_name_all_and_the_first_difference,
        many_operands_are_not_all_named,
        faults_are_told_with_their_numbers,
        in_a_pattern_it_is_the_patterns_meaning,
        readers_of_an_empty_window_are_silent,
        settings_are_judged_behind_a_fault,
        errors_stand_at_the_value,
        notes_lead_outward,
        a_bias_before_bn_is_idle,
        a_pad_above_the_kernel_is_odd,
        fc_on_a_larger_map_is_a_convolution,
        what_is_made_for_a_size_keeps_it,
        a_resized_fault_tells_its_input,
        shared_weights_have_one_shape,
    };
    return build_run("shape", tests, KEY_COUNT(tests));
}
