/* Blocks, branches and the wiring of the graph, as cnnc-spec(5) states them. `^` marks the place an
 * error must have. */
#include <stdio.h>

#include "network.h"

/* ---- blocks ---- */

#define UNIT                                                                                       \
    "  UNIT:\n"                                                                                    \
    "    params: [filters, stride: 1]\n"                                                           \
    "    layers: [conv: {filters: $filters, kernel: 1, stride: $stride}, relu]\n"

START_TEST(parameters_and_defaults) {
    shapes_are("input: 3x8x8\nfit: floor\nblocks:\n" UNIT "layers:\n"
               "  - UNIT: {filters: 4}\n"
               "  - UNIT: {filters: 6, stride: 2}\n"
               "  - unit: {stride: 1x2, filters: 5}\n",
               "conv", "4x8x8 6x4x4 5x4x2");
    /* a default may use the parameters before it; a product is an integer */
    shapes_are(
        "input: 3x8x8\n"
        "blocks:\n"
        "  WIDE: {params: [filters, wide: $filters*4, pad: 1], layers: [conv: {filters: $wide, "
        "kernel: 3, pad: $pad}]}\n"
        "layers: [WIDE: {filters: 2}, WIDE: {filters: 2, wide: 3, pad: valid}]\n",
        "conv", "8x8x8 3x6x6");
    /* words, booleans and reals pass through parameters too */
    const struct graph *graph =
        accept("input: 3x8x8\n"
               "blocks:\n"
               "  ANY: {params: [type, bias, slope], layers: [pool: {type: $type, kernel: 2}, "
               "conv: {filters: 2, kernel: 1, bias: $bias}, leaky_relu: {slope: $slope}]}\n"
               "layers: [ANY: {type: l2, bias: position, slope: 0.25}]\n");
    ck_assert_int_eq(graph->totals.parameters, 3 * 2 + 2 * 4 * 4);
}
END_TEST

START_TEST(instances_have_names) {
    names_are(
        "input: 3x8x8\nblocks:\n" UNIT
        "  PAIR: {params: [n], layers: [UNIT: {filters: $n}, UNIT: {name: two, filters: $n*2}]}\n"
        "layers:\n"
        "  - PAIR: {n: 2}\n"
        "  - UNIT: {filters: 2}\n"
        "  - PAIR: {name: deep, n: 2}\n",
        "pair1.unit1.conv1 pair1.unit1.relu1 pair1.two.conv1 pair1.two.relu1 unit1.conv1 "
        "unit1.relu1 deep.unit1.conv1 deep.unit1.relu1 deep.two.conv1 deep.two.relu1");
    names_are("input: 3x8x8\nblocks:\n" UNIT "pattern: \"UNIT:stem-[UNIT-UNIT*N]*M-UNIT-UNIT\"\n"
              "where: {M: 2, N: 1, UNIT: {filters: 2}}\n",
              "stem.conv1 stem.relu1 unit1.conv1 unit1.relu1 unit1_1.conv1 unit1_1.relu1 "
              "unit2.conv1 unit2.relu1 unit2_1.conv1 unit2_1.relu1 unit3.conv1 unit3.relu1 "
              "unit4.conv1 unit4.relu1");
    names_are("input: 3x8x8\nblocks:\n" UNIT "pattern: UNIT*2\n"
              "where: {UNIT: {name: [3a, 3b], filters: [2, 4]}}\n",
              "3a.conv1 3a.relu1 3b.conv1 3b.relu1");
}
END_TEST

START_TEST(an_instance_stands_for_its_output) {
    wires_are("input: 4x8x8\nblocks:\n" UNIT "layers:\n"
              "  - UNIT: {name: a, filters: 4}\n"
              "  - UNIT: {name: b, filters: 4, from: input}\n"
              "  - add: {from: [a, b, a.conv1]}\n",
              "a.conv1<input a.relu1<a.conv1 b.conv1<input b.relu1<b.conv1 "
              "add1<a.relu1,b.relu1,a.conv1");
}
END_TEST

/* A name in a block is its own first, then outward; one given as an argument belongs to the caller.
 */
START_TEST(names_are_looked_up_where_they_are_written) {
    wires_are("input: 4x8x8\n"
              "blocks:\n"
              "  OWN: {layers: [relu: {name: x}, tanh, add: {from: [x, tanh1]}]}\n"
              "  OUTER: {layers: [tanh, add: {from: [x, tanh1]}]}\n"
              "  GIVEN: {params: [skip], layers: [relu: {name: x}, add: {from: [$skip, x]}]}\n"
              "layers:\n"
              "  - sigmoid: {name: x}\n"
              "  - OWN\n"
              "  - OUTER\n"
              "  - GIVEN: {skip: x}\n",
              "x<input own1.x<x own1.tanh1<own1.x own1.add1<own1.x,own1.tanh1 "
              "outer1.tanh1<own1.add1 outer1.add1<x,outer1.tanh1 given1.x<outer1.add1 "
              "given1.add1<x,given1.x");
    /* through two calls, and as `from` and `share` */
    const struct graph *graph = accept(
        "input: 4x8x8\n"
        "blocks:\n"
        "  IN: {params: [s], layers: [conv: {name: a, filters: 4, kernel: 1, share: $s}]}\n"
        "  OUT: {params: [s, f], layers: [tanh: {name: a}, IN: {s: $s, from: $f}, add: {from: "
        "[a, in1]}]}\n"
        "layers:\n"
        "  - conv: {name: a, filters: 4, kernel: 1}\n"
        "  - OUT: {s: a, f: input}\n");
    ck_assert_str_eq(wires_of(graph),
                     "a<input out1.a<a out1.in1.a<input out1.add1<out1.a,out1.in1.a");
    ck_assert_uint_eq(layer_named("out1.in1.a")->share, 1);
    ck_assert_int_eq(graph->totals.parameters, 4 * 4 + 4);
}
END_TEST

START_TEST(blocks_in_patterns_take_arguments_from_where) {
    shapes_are("input: 3x8x8\nblocks:\n" UNIT "fit: floor\n"
               "pattern: \"[UNIT:half-UNIT*N]*M\"\n"
               "where:\n"
               "  M: 2\n"
               "  N: {M: [1, 2]}\n"
               "  UNIT: {filters: {M: [4, 8]}}\n"
               "  UNIT:half: {stride: {M: [1, 2]}}\n",
               "conv", "4x8x8 4x8x8 8x4x4 8x4x4 8x4x4");
}
END_TEST

START_TEST(a_pattern_in_a_block) {
    names_are("input: 3x8x8\n"
              "blocks:\n"
              "  STACK:\n"
              "    params: [n, filters]\n"
              "    layers:\n"
              "      - pattern: {of: \"(CONV-RELU)*N\", where: {N: $n, CONV: {filters: $filters, "
              "kernel: 1}}}\n"
              "layers: [STACK: {n: 2, filters: 4}, STACK: {n: 1, filters: 3}]\n",
              "stack1.conv1 stack1.relu1 stack1.conv2 stack1.relu2 stack2.conv1 stack2.relu1");
    /* where as an argument: its parameters are those of the place it is written in */
    names_are("input: 3x8x8\n"
              "blocks:\n"
              "  P: {params: [w], layers: [pattern: {of: CONV, where: $w}]}\n"
              "  Q: {params: [k], layers: [P: {w: {CONV: {filters: $k, kernel: 1}}}]}\n"
              "layers: [Q: {k: 7}]\n",
              "q1.p1.conv1");
    ck_assert_str_eq(shapes_of(network->graph, "conv"), "7x8x8");
}
END_TEST

START_TEST(calls_that_are_wrong) {
    rejects("input: 3x8x8\nblocks:\n" UNIT "layers: [^UNIT: {stride: 2}]\n", "spec-key",
            "'filters'");
    rejects("input: 3x8x8\nblocks:\n" UNIT "layers: [UNIT: {filters: 2, ^strid: 2}]\n", "spec-key",
            "did you mean 'stride'?");
    rejects("input: 3x8x8\nblocks:\n" UNIT "layers: [^UNITS: {filters: 2}, UNIT: {filters: 2}]\n",
            "spec", "did you mean 'UNIT'?");
    rejects("input: 3x8x8\nlayers: [conv: {filters: ^$n, kernel: 1}]\n", "spec-block", "$n");
    rejects("input: 3x8x8\nblocks: {A: {params: [n], layers: [conv: {filters: ^$m, kernel: 1}]}}\n"
            "layers: [A: {n: 2}]\n",
            "spec-block", "$m");
    /* $p*4 of what is no number */
    rejects("input: 3x8x8\nblocks: {A: {params: [n], layers: [conv: {filters: $n*4, kernel: 1}]}}\n"
            "layers: [A: {n: ^two}]\n",
            "spec", "two");
}
END_TEST

START_TEST(definitions_that_are_wrong) {
    rejects("input: 3x8x8\nblocks: {^Conv: {layers: [relu]}}\nlayers: [relu]\n", "spec-block",
            "layer kind");
    rejects("input: 3x8x8\nblocks: {A: {layers: [relu]}, ^a: {layers: [tanh]}}\nlayers: [A]\n",
            "spec-dup", "twice");
    rejects(
        "input: 3x8x8\nblocks: {A: {params: [n, ^n: 1], layers: [relu]}}\nlayers: [A: {n: 1}]\n",
        "spec-dup", "twice");
    rejects("input: 3x8x8\nblocks: {A: {params: [^name], layers: [relu]}}\nlayers: [A]\n",
            "spec-block", "name");
    rejects("input: 3x8x8\nblocks: {A: {^parms: [n], layers: [relu]}}\nlayers: [A]\n", "spec-key",
            "did you mean 'params'?");
    rejects("input: 3x8x8\nblocks: {^A: {params: [n]}}\nlayers: [A: {n: 2}]\n", "spec-key",
            "'layers'");
}
END_TEST

START_TEST(rings) {
    rejects("input: 3x8x8\nblocks: {A: {layers: [relu, ^A]}}\nlayers: [A]\n", "spec-block",
            "calls itself");
    rejects("input: 3x8x8\n"
            "blocks:\n"
            "  A: {layers: [relu, B]}\n"
            "  B: {layers: [C, relu]}\n"
            "  C: {layers: [^A]}\n"
            "layers: [A]\n",
            "spec-block", "calls itself");
}
END_TEST

START_TEST(too_many_calls) {
    struct text spec = {0};
    text_add(&spec, "input: 3x8x8\nblocks:\n");
    for (int i = 0; i < 20; i++)
        text_format(&spec, "  B%d: {layers: [B%d, B%d]}\n", i, i + 1, i + 1);
    text_add(&spec, "  B20: {layers: [relu]}\nlayers: [B0]\n");
    ck_assert_int_eq(network_compile(spec.data, NULL), STATUS_LIMIT);
    ck_assert_uint_eq(network->diag.errors, 1);
    text_free(&spec);
    text_add(&spec, "input: 3x8x8\nblocks:\n");
    for (int i = 0; i < 33; i++)
        text_format(&spec, "  B%d: {layers: [B%d]}\n", i, i + 1);
    text_add(&spec, "  B33: {layers: [relu]}\nlayers: [B0]\n");
    ck_assert_int_eq(network_compile(spec.data, NULL), STATUS_LIMIT);
    ck_assert_str_eq(network->diag.items[0]->class, "limit-depth");
    text_free(&spec);
}
END_TEST

START_TEST(unused_blocks) {
    warns("input: 3x8x8\nblocks: {^A: {params: [n], layers: [conv: {filters: $n, kernel: 9}]}}\n"
          "layers: [relu]\n",
          "spec-unused", "A");
    /* their mistakes are mistakes all the same */
    ck_assert_int_eq(
        network_compile("input: 3x8x8\nblocks: {A: {params: [n], layers: [conv: {filers: $n, "
                        "kernel: 3, filters: 2}]}}\nlayers: [relu]\n",
                        NULL),
        STATUS_INPUT);
    ck_assert_uint_eq(network->diag.errors, 1);
}
END_TEST

START_TEST(an_error_points_at_the_argument) {
    rejects("input: 1x7x7\n"
            "blocks:\n"
            "  UNIT:\n"
            "    params: [stride]\n"
            "    layers: [conv: {filters: 2, kernel: 3, stride: $stride}]\n"
            "layers:\n"
            "  - relu\n"
            "  - UNIT: {name: body, stride: ^3}\n",
            "shape-fit", "body.conv1 does not fit|block UNIT");
    rejects("input: 1x7x7\n"
            "blocks:\n"
            "  UNIT: {params: [k], layers: [conv: {filters: 2, kernel: $k}]}\n"
            "  TWICE: {params: [k], layers: [UNIT: {k: $k}, UNIT: {k: 1}]}\n"
            "pattern: \"(TWICE)*N\"\n"
            "where: {N: 2, TWICE: {k: [3, ^7]}}\n",
            "shape-kernel", "twice2.unit1.conv1|TWICE|turn 2 of N");
}
END_TEST

/* ---- branches and from ---- */

START_TEST(branches) {
    wires_are("input: 4x8x8\n"
              "layers:\n"
              "  - relu\n"
              "  - add: [[conv: {filters: 4, kernel: 1}, tanh], []]\n"
              "  - concat: {name: both, branches: [[sigmoid], [tanh], []]}\n"
              "  - pool: {kernel: 2}\n",
              "relu1<input conv1<relu1 tanh1<conv1 add1<tanh1,relu1 sigmoid1<add1 tanh2<add1 "
              "both<sigmoid1,tanh2,add1 pool1<both");
    /* branches hold joins; the outer one is the first in the file */
    wires_are("input: 4x8x8\n"
              "layers: [add: [[add: [[relu], [tanh]]], []]]\n",
              "relu1<input tanh1<input add2<relu1,tanh1 add1<add2,input");
}
END_TEST

START_TEST(named_layers_are_joined) {
    wires_are("input: 4x8x8\n"
              "layers:\n"
              "  - relu: {name: a}\n"
              "  - tanh: {name: b, from: input}\n"
              "  - concat: {from: [a, b, input]}\n"
              "  - sigmoid: {from: b}\n"
              "  - pool: {kernel: 2}\n"
              "  - conv: {from: concat1, filters: 2, kernel: 2, stride: 2}\n"
              "  - concat: {from: [pool1, conv1]}\n",
              "a<input b<input concat1<a,b,input sigmoid1<b pool1<sigmoid1 conv1<concat1 "
              "concat2<pool1,conv1");
}
END_TEST

START_TEST(joins_that_are_wrong) {
    rejects("input: 4x8x8\nlayers:\n  - conv: {name: a, filters: 2, kernel: 1}\n"
            "  - ^add: {from: [a, input]}\n",
            "graph", "2x8x8|4x8x8");
    rejects("input: 4x8x8\nlayers:\n  - pool: {kernel: 2}\n  - ^concat: {from: [pool1, input]}\n",
            "graph", "4x4x4|4x8x8");
    rejects("input: 4x8x8\nlayers:\n  - relu\n  - ^add: {from: [relu1]}\n", "graph", "two");
    rejects("input: 4x8x8\nlayers:\n  - relu\n  - ^add\n", "spec-key", "[[...], []]");
    rejects("input: 4x8x8\nlayers:\n  - relu\n  - add: [[tanh], ^relu]\n", "spec-type", "branch");
    rejects("input: 4x8x8\nlayers:\n  - relu: {name: a}\n  - tanh: {from: ^[a, input]}\n",
            "spec-type", "one input");
    names_are("input: 4x8x8\nlayers: [mul: [[], [pool: {global: true}]]]\n", "pool1 mul1");
}
END_TEST

START_TEST(references_that_are_wrong) {
    rejects("input: 4x8x8\nlayers:\n  - relu: {name: stem}\n  - tanh: {from: ^stam}\n", "graph",
            "there is no layer 'stam'|did you mean 'stem'?");
    rejects("input: 4x8x8\nlayers:\n  - relu: {from: ^b}\n  - tanh: {name: b}\n", "graph",
            "comes later");
    rejects("input: 4x8x8\nlayers:\n  - relu: {name: a, from: ^a}\n", "graph", "own output");
    rejects("input: 4x8x8\n"
            "layers:\n"
            "  - relu: {name: a}\n"
            "  - add: {name: b, from: [a, ^c]}\n"
            "  - tanh: {name: c}\n",
            "graph", "comes later");
}
END_TEST

START_TEST(outputs) {
    const struct graph *graph = accept("input: 4x8x8\n"
                                       "outputs: [mask, 2x]\n"
                                       "layers:\n"
                                       "  - relu\n"
                                       "  - conv: {name: mask, filters: 1, kernel: 1}\n"
                                       "  - upsample: {name: 2x, scale: 2, from: relu1}\n");
    ck_assert_uint_eq(graph->output_count, 2);
    ck_assert_uint_eq(graph->outputs[0], 2);
    ck_assert_uint_eq(graph->outputs[1], 3);
    graph = accept("input: 4x8x8\nlayers: [relu, tanh]\n");
    ck_assert_uint_eq(graph->output_count, 1);
    ck_assert_uint_eq(graph->outputs[0], 2);
    /* an output may be read, too */
    accept("input: 4x8x8\noutputs: [relu1, tanh1]\nlayers: [relu, tanh]\n");
    accept("input: 4x8x8\noutputs: tanh1\nlayers: [relu, tanh]\n");
    rejects("input: 4x8x8\nlayers:\n  - ^relu\n  - tanh: {from: input}\n", "graph",
            "relu1|outputs");
    rejects("input: 4x8x8\noutputs: relu1\nlayers:\n  - relu\n  - ^tanh\n", "graph", "tanh1");
    rejects("input: 4x8x8\noutputs: [relu1, ^tanh]\nlayers: [relu]\n", "graph", "no layer 'tanh'");
    rejects("input: 4x8x8\noutputs: ^input\nlayers: [relu]\n", "graph", "input");
}
END_TEST

START_TEST(shared_weights) {
    const struct graph *graph = accept("input: 4x8x8\n"
                                       "layers:\n"
                                       "  - fc: {name: a, units: 256}\n"
                                       "  - fc: {name: b, units: 256, share: a}\n"
                                       "  - fc: {name: c, units: 256, share: b}\n");
    ck_assert_uint_eq(layer_named("c")->share, 1); /* the owner, not the one between */
    ck_assert_int_eq(graph->totals.parameters, 256 * 256 + 256);
    rejects("input: 4x8x8\nlayers:\n  - conv: {name: a, filters: 4, kernel: 1}\n"
            "  - fc: {units: 4, share: ^a}\n",
            "graph", "conv");
    rejects("input: 4x8x8\nlayers:\n  - conv: {name: a, filters: 4, kernel: 1}\n"
            "  - conv: {filters: 4, kernel: 3, share: ^a}\n",
            "graph", "a");
    rejects("input: 4x8x8\nlayers:\n  - conv: {filters: 4, kernel: 1, share: ^b}\n"
            "  - conv: {name: b, filters: 4, kernel: 1}\n",
            "graph", "later");
}
END_TEST

/* ---- the file as a whole ---- */

START_TEST(the_top_level) {
    rejects("^layers: [relu]\n", "spec-key", "'input'");
    rejects("^input: 3x8x8\n", "spec-key", "'layers'");
    rejects("input: 3x8x8\nlayers: [relu]\npattern: ^RELU\n", "spec-key", "not both");
    rejects("input: 3x8x8\nlayers: [relu]\nwhere: ^{N: 3}\n", "spec-key", "pattern");
    rejects("input: 3x8x8\nlayers: [relu]\n^output: relu1\n", "spec-key",
            "did you mean 'outputs'?");
    rejects("input: ^227x227x3\nlayers: [relu]\n", "shape-input", "did you mean 3x227x227?");
    rejects("input: 3x^0x8\nlayers: [relu]\n", "shape-zero", "");
    rejects("input: 3x8x8\nfit: ^round\nlayers: [relu]\n", "spec", "floor");
    rejects("input: 3x8x8\nlayers: ^[]\n", "spec", "no layers");
    shapes_are("input: [227, 227, 3]\nlayers: [relu]\n", NULL, "227x227x3");
    shapes_are("input: 3x227x227\nlayers: [relu]\ntrain: {rate: 0.1}\n", NULL, "3x227x227");
}
END_TEST

START_TEST(entries_that_are_no_layers) {
    rejects("input: 3x8x8\nlayers:\n  - ^convv: {filters: 2, kernel: 3}\n", "spec",
            "did you mean 'conv'?");
    rejects("input: 3x8x8\nlayers:\n  - conv:\n    ^filters: 3\n", "spec-type", "indented");
    rejects("input: 3x8x8\nlayers:\n  - ^[relu]\n", "spec-type", "list");
    rejects("input: 3x8x8\nlayers:\n  - conv: ^3\n", "spec-type", "mapping");
    rejects("input: 3x8x8\nlayers:\n  - conv: {^filers: 2, kernel: 3, filters: 2}\n", "spec-key",
            "did you mean 'filters'?");
    rejects("input: 3x8x8\nlayers:\n  - ^conv: {kernel: 3}\n", "spec-key", "'filters'");
}
END_TEST

START_TEST(all_errors_of_a_file_in_one_run) {
    static const char *const said[] = {
        "test.yaml:3:1: error: ",  "test.yaml:5:24: error: ", "test.yaml:6:5: error: ",
        "test.yaml:7:12: error: ", "test.yaml:9:44: error: ",
    };
    enum status status =
        network_compile("name: bad\n"
                        "input: 3x8x8\n"
                        "fits: floor\n"
                        "layers:\n"
                        "  - conv: {filters: 2, krnel: 3, kernel: 3}\n"
                        "  - rely\n"
                        "  - pool: {tpe: max, kernel: 2}\n"
                        "  - relu\n"
                        "  - conv: {from: input, kernel: 3, stride: 0, filters: 4}\n",
                        NULL);
    ck_assert_int_eq(status, STATUS_INPUT);
    const char *rest = network_said;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        const char *found = strstr(rest, said[i]);
        ck_assert_msg(found != NULL, "%s is missing, or out of order:\n%s", said[i], network_said);
        rest = found + 1;
    }
}
END_TEST

START_TEST(a_wrong_network_is_shown_whole) {
    ck_assert_int_eq(network_compile("input: 1x7x7\n"
                                     "layers:\n"
                                     "  - conv: {filters: 4, kernel: 3, pad: 1}\n"
                                     "  - conv: {filters: 4, kernel: 9}\n"
                                     "  - relu\n"
                                     "  - fc: {units: 10}\n",
                                     NULL),
                     STATUS_INPUT);
    ck_assert_uint_eq(network->diag.errors, 1); /* what reads the fault is silent */
    ck_assert_str_eq(shapes_of(network->graph, NULL), "4x7x7 4x1x1 4x1x1 10");
    ck_assert_uint_eq(network->graph->faults, 0);
    ck_assert_int_eq(network->graph->totals.parameters, 40 + 1300 + 50);
}
END_TEST

/* ---- --input ---- */

static void resized_is_rejected(const char *input, const char *text, const char *words) {
    const struct compile_options options = {.input = input};
    enum status status = network_compile(text, &options);
    ck_assert_msg(status == STATUS_INPUT && network->diag.errors == 1, "%s: %d\n%s", text,
                  (int)status, network_said);
    ck_assert_msg(strstr(network_said, words) != NULL, "'%s' is not said:\n%s", words,
                  network_said);
}

START_TEST(another_size_of_picture) {
    static const char text[] = "input: 3x8x8\n"
                               "layers: [conv: {filters: 4, kernel: 3}, fc: {units: 10}, relu, "
                               "fc: {units: 5}, softmax]\n";
    const struct compile_options larger = {.input = "3x9x12"};
    const struct graph *graph = accept_with(text, &larger);
    ck_assert_str_eq(shapes_of(graph, NULL), "4x7x10 10x2x5 10x2x5 5x2x5 5x2x5");
    ck_assert_int_eq(graph->totals.parameters, 4 * 28 + 10 * (4 * 36 + 1) + 55);
    ck_assert_int_eq(graph->totals.macs, 4 * 27 * 70 + 10 * 144 * 10 + 50 * 10);
    resized_is_rejected("3x7x8", text, "fc1");
    resized_is_rejected("1x8x8", text, "channels");
    resized_is_rejected("3x9x9", "input: 3x8x8\nlayers: [flatten, fc: {units: 2}]\n", "flatten1");
    resized_is_rejected("3x9x9", "input: 3x8x8\nlayers: [local: {filters: 2, kernel: 3}]\n",
                        "local1");
    resized_is_rejected("3x9x9",
                        "input: 3x8x8\nlayers: [conv: {filters: 2, kernel: 3, bias: position}]\n",
                        "conv1");
    const struct compile_options wrong = {.input = "3x9"};
    ck_assert_int_eq(network_compile(text, &wrong), STATUS_USAGE);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("blocks");
    TCase *tests = tcase_create("blocks");
    tcase_add_checked_fixture(tests, NULL, network_free);
    tcase_add_test(tests, parameters_and_defaults);
    tcase_add_test(tests, instances_have_names);
    tcase_add_test(tests, an_instance_stands_for_its_output);
    tcase_add_test(tests, names_are_looked_up_where_they_are_written);
    tcase_add_test(tests, blocks_in_patterns_take_arguments_from_where);
    tcase_add_test(tests, a_pattern_in_a_block);
    tcase_add_test(tests, calls_that_are_wrong);
    tcase_add_test(tests, definitions_that_are_wrong);
    tcase_add_test(tests, rings);
    tcase_add_test(tests, too_many_calls);
    tcase_add_test(tests, unused_blocks);
    tcase_add_test(tests, an_error_points_at_the_argument);
    tcase_add_test(tests, branches);
    tcase_add_test(tests, named_layers_are_joined);
    tcase_add_test(tests, joins_that_are_wrong);
    tcase_add_test(tests, references_that_are_wrong);
    tcase_add_test(tests, outputs);
    tcase_add_test(tests, shared_weights);
    tcase_add_test(tests, the_top_level);
    tcase_add_test(tests, entries_that_are_no_layers);
    tcase_add_test(tests, all_errors_of_a_file_in_one_run);
    tcase_add_test(tests, a_wrong_network_is_shown_whole);
    tcase_add_test(tests, another_size_of_picture);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
