/* What a pattern means: which layers stand, what they are called, which values of `where` they
 * take. Blocks and the wiring of the graph are in check_blocks.c. `^` marks the place an error must
 * have. */
#include <stdio.h>

#include "network.h"

/* Settings that make any conv, pool and fc of a pattern right on a 3x32x32 picture. */
#define CONVS "  CONV: {filters: 4, kernel: 3, pad: 1}\n"
#define POOLS "  POOL: {kernel: 2}\n"
#define FCS "  FC: {units: 10}\n"

#define NETWORK(pattern, where) "input: 3x32x32\npattern: \"" pattern "\"\nwhere:\n" where

/* ---- which layers stand ---- */

/* relu61 would read as the 61st relu. A label is the user's own, as is a block. */
/* What is suggested means the same, whole; a word of the field that we lack is told as such. */
static const struct {
    const char *word, *said;
} elsewhere[] = {
    {"gap", "did you mean 'pool: {type: average, global: true}'?"},
    {"GlobalMaxPooling2D", "did you mean 'pool: {type: max, global: true}'?"},
    {"avg_pool", "did you mean 'pool: {type: average, kernel: ...}'?"},
    {"depthwise_conv2d", "did you mean 'conv: {groups: depthwise, kernel: ...}'?"},
    {"Hardtanh", "did you mean 'clip: {min: -1, max: 1}'?"},
    {"swish", "did you mean 'silu'?"},
    {"InnerProduct", "did you mean 'fc'?"},
    {"rleu", "did you mean 'relu'?"},
    {"sofmax", "did you mean 'softmax'?"},
    {"gelu", "gelu is not a layer kind of this version; the kinds are conv"},
    {"selu", "selu is not a layer kind of this version"},
    {"conv3d", "conv3d is not a layer kind of this version"},
    {"LogSoftmax", "LogSoftmax is not a layer kind of this version"},
    {"layer_norm", "layer_norm is not a layer kind of this version"},
    {"glu", "glu is not a layer kind of this version"},
    {"mish", "mish is not a layer kind of this version"},
    {"SeparableConv2D", "SeparableConv2D is not a layer kind of this version"},
    {"bilinear", "bilinear is not a layer kind of this version"},
};

START_TEST(words_of_other_tools) {
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        char spec[128];
        snprintf(spec, sizeof spec, "input: 3x8x8\nlayers: [^%s]\n", elsewhere[i].word);
        rejects(spec, "spec-kind", elsewhere[i].said);
        ck_assert(strstr(elsewhere[i].said, "did you") || !strstr(network_said, "did you mean"));
    }
    rejects("input: 3x8x8\nlayers: [pool: {kernel: 2, type: ^avg}]", "spec-type",
            "did you mean 'average'?");
    rejects("input: 3x8x8\nlayers: [upsample: {scale: 2, mode: ^trilinear}]", "spec-type", "mode");
    ck_assert_ptr_null(strstr(network_said, "did you mean"));
    rejects("input: 3x8x8\nlayers: [pool: {kernel: 2, type: ^l1}]", "spec-type", "type");
    ck_assert_ptr_null(strstr(network_said, "did you mean"));
}
END_TEST

START_TEST(a_kind_that_ends_in_a_digit) {
    names_are("input: 3x8x8\nlayers: [relu6, relu, RELU6, add: [[relu6], []]]",
              "relu6_1 relu1 relu6_2 relu6_3 add1");
    names_are("input: 3x8x8\npattern: (RELU6-RELU)*2-RELU6", "relu6_1 relu1 relu6_2 relu2 relu6_3");
    names_are("input: 3x8x8\npattern: (RELU6-RELU)*N-RELU6\nwhere: {N: 2}",
              "relu6_1 relu1 relu6_2 relu2 relu6_3");
    names_are("input: 3x8x8\npattern: ((RELU6-RELU6)*N-RELU6)*M\nwhere: {M: 1, N: 2}",
              "relu6_1_1_1 relu6_1_1_2 relu6_1_2_1 relu6_1_2_2 relu6_1");
    names_are("input: 3x8x8\npattern: RELU6:r6-RELU6:x-RELU6:r6", "r61 x r62");
    names_are("input: 3x8x8\nlayers: [relu6: {name: relu6_1}, relu6, relu6: {name: relu65}]",
              "relu6_1 relu6_2 relu65");
    names_are("input: 3x8x8\nblocks: {RES2: {layers: [relu6]}}\nlayers: [RES2, res2]",
              "res21.relu6_1 res22.relu6_1");
}
END_TEST

START_TEST(separators_and_brackets_are_alike) {
    static const char *const same[] = {
        "CONV-RELU-CONV-RELU-POOL",     "CONV,RELU,CONV,RELU,POOL",
        "CONV->RELU->CONV->RELU->POOL", "INPUT-CONV-RELU,CONV->RELU-POOL",
        "(CONV-RELU)*2-POOL",           "[CONV-RELU]*2-POOL",
        "[[CONV-RELU]*2]-POOL",         "conv-Relu-cOnV-relu-pool",
        "[CONV - RELU] * 2 , POOL",     "INPUT -> [CONV -> RELU]*2 -> POOL*1",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char spec[512];
        snprintf(spec, sizeof spec,
                 "input: 3x32x32\npattern: \"%s\"\nwhere: {CONV: {filters: 4, kernel: 3, pad: 1}, "
                 "POOL: {kernel: 2}}\n",
                 same[i]);
        names_are(spec, "conv1 relu1 conv2 relu2 pool1");
    }
}
END_TEST

START_TEST(the_patterns_of_the_notes) {
    names_are(NETWORK("[(CONV-RELU)*N-POOL]*M-(FC-RELU)*K,SOFTMAX",
                      "  N: 1\n  M: 2\n  K: 1\n" CONVS POOLS FCS),
              "conv1_1 relu1_1 pool1 conv2_1 relu2_1 pool2 fc1 relu1 softmax1");
    names_are(NETWORK("[CONV-POOL-CONV-POOL-CONV-FC]", CONVS POOLS FCS),
              "conv1 pool1 conv2 pool2 conv3 fc1");
    names_are(NETWORK("[(CONV-RELU)*N-POOL]*M-(FC-RELU)*K-FC-SOFTMAX",
                      "  N: 2\n  M: 1\n  K: 1\n" CONVS POOLS FCS),
              "conv1_1 relu1_1 conv1_2 relu1_2 pool1 fc1 relu1 fc2 softmax1");
}
END_TEST

START_TEST(a_named_count_of_0_is_an_absent_group) {
    names_are(NETWORK("CONV-(FC-RELU)*K-FC", "  K: 0\n" CONVS FCS), "conv1 fc1");
    names_are(NETWORK("CONV-[(CONV)*N-POOL]*M", "  M: 3\n  N: {M: [1, 0, 2]}\n" CONVS POOLS),
              "conv1 conv1_1 pool1 pool2 conv3_1 conv3_2 pool3");
}
END_TEST

START_TEST(counts_take_values_like_settings) {
    names_are(NETWORK("[CONV*N-POOL]*M", "  M: 2\n  N: {M: [2, 1]}\n" CONVS POOLS),
              "conv1_1 conv1_2 pool1 conv2_1 pool2");
    /* a list: one count an occurrence; the second conv1 is raised to the next free number */
    names_are(NETWORK("CONV*N-POOL-CONV*N", "  N: [2, 1]\n" CONVS POOLS),
              "conv1 conv2 pool1 conv3");
    names_are(NETWORK("[CONV*N-POOL-RELU*N]*M", "  M: 2\n  N: [1, 2, 2, 1]\n" CONVS POOLS),
              "conv1_1 pool1 relu1_1 relu1_2 conv2_1 conv2_2 pool2 relu2_1");
    names_are(NETWORK("[[CONV*N-RELU]*L-POOL]*M",
                      "  M: 2\n  L: {M: [1, 2]}\n  N: {M: [2, {L: [1, 0]}]}\n" CONVS POOLS),
              "conv1_1_1 conv1_1_2 relu1_1 pool1 conv2_1_1 relu2_1 relu2_2 pool2");
}
END_TEST

START_TEST(optional_items) {
    names_are(NETWORK("CONV-POOL?-FC", CONVS POOLS FCS), "conv1 pool1 fc1");
    names_are(NETWORK("CONV-POOL?-FC", "  POOL?: false\n" CONVS POOLS FCS), "conv1 fc1");
    names_are(NETWORK("CONV-POOL?-CONV-POOL?-FC", "  POOL?: [false, true]\n" CONVS POOLS FCS),
              "conv1 conv2 pool1 fc1");
    names_are(
        NETWORK("[CONV-POOL?]*M-FC", "  M: 3\n  POOL?: {M: [true, false, true]}\n" CONVS POOLS FCS),
        "conv1 pool1 conv2 conv3 pool3 fc1");
    names_are(NETWORK("[(CONV-RELU?)*N]*M",
                      "  M: 2\n  N: 2\n  RELU?: {M: [{N: [true, false]}, false]}\n" CONVS),
              "conv1_1 relu1_1 conv1_2 conv2_1 conv2_2");
    names_are(NETWORK("CONV-POOL?-CONV-POOL:last?-FC", "  POOL:last?: false\n" CONVS POOLS FCS),
              "conv1 pool1 conv2 fc1");
    /* an optional item that is absent takes no value of a list */
    shapes_are(NETWORK("CONV-POOL?-CONV-POOL?-FC",
                       "  POOL?: [false, true]\n  POOL: {kernel: [4]}\n"
                       "  CONV: {filters: 2, kernel: 3, pad: 1}\n  FC: {units: 10}\n"),
               "pool", "2x8x8");
}
END_TEST

START_TEST(a_pattern_among_layers) {
    wires_are("input: 3x32x32\n"
              "layers:\n"
              "  - conv: {name: stem, filters: 4, kernel: 3, pad: 1}\n"
              "  - relu\n"
              "  - pattern: {of: \"(CONV-RELU)*N\", where: {N: 1, CONV: {filters: 4, kernel: 1}}}\n"
              "  - pattern: {of: CONV:side, where: {CONV: {filters: 4, kernel: 1}}, from: stem}\n"
              "  - add: {from: [relu1, relu2, side]}\n",
              "stem<input relu1<stem conv1<relu1 relu2<conv1 side<stem add1<relu1,relu2,side");
}
END_TEST

/* ---- names ---- */

START_TEST(names_in_named_repeats) {
    names_are(NETWORK("[CONV-CONV-POOL]*M", "  M: 2\n" CONVS POOLS),
              "conv1_1 conv1_2 pool1 conv2_1 conv2_2 pool2");
    names_are(NETWORK("[(CONV-RELU)*2-POOL]*M", "  M: 1\n" CONVS POOLS),
              "conv1_1 relu1_1 conv1_2 relu1_2 pool1");
    names_are(NETWORK("[CONV:a-CONV-CONV:a]*M", "  M: 1\n" CONVS), "a1_1 conv1 a1_2");
    names_are(NETWORK("CONV*N", "  N: 3\n" CONVS), "conv1 conv2 conv3");
}
END_TEST

START_TEST(names_outside_named_repeats) {
    names_are(NETWORK("(CONV-RELU)*3", CONVS), "conv1 relu1 conv2 relu2 conv3 relu3");
    names_are(NETWORK("CONV:first-CONV-CONV:last", CONVS), "first conv1 last");
    names_are(NETWORK("CONV:side-RELU-CONV:side", CONVS), "side1 relu1 side2");
    names_are(NETWORK("CONV:wide*2", CONVS), "wide1 wide2");
}
END_TEST

START_TEST(a_taken_name_is_raised) {
    names_are(NETWORK("(FC-RELU)*K-FC-SOFTMAX", "  K: 2\n" FCS),
              "fc1 relu1 fc2 relu2 fc3 softmax1");
    names_are(NETWORK("FC-(FC)*K", "  K: 2\n" FCS), "fc1 fc2 fc3");
    names_are(NETWORK("(CONV)*N-POOL-(CONV)*L", "  N: 2\n  L: 2\n" CONVS POOLS),
              "conv1 conv2 pool1 conv3 conv4");
    names_are("input: 3x32x32\n"
              "layers:\n"
              "  - conv: {name: conv2, filters: 4, kernel: 3}\n"
              "  - conv: {name: other, filters: 4, kernel: 3}\n"
              "  - pattern: {of: CONV*N, where: {N: 2, CONV: {filters: 4, kernel: 3}}}\n",
              "conv2 other conv1 conv3");
}
END_TEST

START_TEST(names_the_user_gives) {
    names_are(NETWORK("[CONV-RELU]*M-FC",
                      "  M: 2\n  CONV: {name: [a, b.c], filters: 2, kernel: 3}\n"
                      "  FC: {name: scores, units: 3}\n"),
              "a relu1 b.c relu2 scores");
    names_are(
        NETWORK("[CONV-RELU]*M", "  M: 2\n  CONV: {name: {M: [x, 2nd]}, filters: 2, kernel: 3}\n"),
        "x relu1 2nd relu2");
    rejects(NETWORK("CONV-CONV", "  CONV: {name: [a, ^a], filters: 2, kernel: 3}\n"),
            "name-collision", "'a'");
    /* a name that a pattern has made already is taken too */
    rejects("input: 3x32x32\n"
            "layers:\n"
            "  - pattern: {of: CONV*N, where: {N: 2, CONV: {filters: 2, kernel: 3}}}\n"
            "  - conv: {name: ^conv2, filters: 2, kernel: 3}\n",
            "name-collision", "conv2");
    rejects("input: 3x8x8\nlayers: [relu: {name: ^input}]\n", "name-collision", "input");
    rejects("input: 3x8x8\nlayers: [relu: {name: a^-b}]\n", "spec", "letters");
}
END_TEST

/* ---- values ---- */

START_TEST(constant_values) {
    shapes_are(NETWORK("[CONV*N-POOL]*M", "  N: 2\n  M: 2\n" CONVS POOLS), "conv",
               "4x32x32 4x32x32 4x16x16 4x16x16");
}
END_TEST

START_TEST(a_list_is_one_value_per_occurrence) {
    shapes_are(NETWORK("CONV-RELU-CONV-POOL-CONV",
                       "  CONV: {filters: [2, 3, 4], kernel: [1x3, 3x1, 1], pad: 0}\n"
                       "  POOL: {kernel: 2}\n"),
               "conv", "2x32x30 3x30x30 4x15x15");
    /* also in named repeats, in the order of the expansion */
    shapes_are(NETWORK("[CONV*N-POOL]*M",
                       "  M: 2\n  N: {M: [1, 2]}\n"
                       "  CONV: {filters: [2, 3, 4], kernel: 1}\n  POOL: {kernel: 2}\n"),
               "conv", "2x32x32 3x16x16 4x16x16");
}
END_TEST

START_TEST(a_map_is_one_value_per_turn) {
    shapes_are(NETWORK("[CONV*N-POOL]*M",
                       "  M: 2\n  N: 2\n"
                       "  CONV: {filters: {M: [2, 5]}, kernel: 1}\n  POOL: {kernel: 2}\n"),
               "conv", "2x32x32 2x32x32 5x16x16 5x16x16");
    shapes_are(NETWORK("[CONV*N-POOL]*M",
                       "  M: 2\n  N: 2\n"
                       "  CONV: {filters: {N: [2, 5]}, kernel: 1}\n  POOL: {kernel: 2}\n"),
               "conv", "2x32x32 5x32x32 2x16x16 5x16x16");
    shapes_are(NETWORK("[CONV*N-POOL]*M",
                       "  M: 3\n  N: {M: [1, 1, 3]}\n"
                       "  CONV: {filters: {M: [1, 2, {N: [3, 4, 5]}]}, kernel: 1}\n"
                       "  POOL: {kernel: 2}\n"),
               "conv", "1x32x32 2x16x16 3x8x8 4x8x8 5x8x8");
}
END_TEST

START_TEST(what_a_label_lacks_comes_from_its_kind) {
    shapes_are(NETWORK("CONV:first-CONV*2-CONV:last",
                       "  CONV:first: {kernel: 5, pad: 2}\n"
                       "  CONV:last: {filters: 9, stride: 2, kernel: 2, pad: 0}\n"
                       "  CONV: {filters: [1, 2, 3], kernel: [3, 1], pad: [1, 0]}\n"),
               "conv", "1x32x32 2x32x32 3x32x32 9x16x16");
    shapes_are(NETWORK("[CONV:down-CONV]*M",
                       "  M: 2\n  CONV:down: {stride: {M: [1, 2]}}\n"
                       "  CONV: {filters: {M: [4, 8]}, kernel: 3, pad: same}\n"),
               "conv", "4x32x32 4x32x32 8x16x16 8x16x16");
    /* an entry that only labelled items take from is no mistake */
    shapes_are(NETWORK("CONV:a-CONV:b", "  CONV: {filters: 2, kernel: 1}\n"), "conv",
               "2x32x32 2x32x32");
}
END_TEST

START_TEST(lists_of_the_wrong_length) {
    rejects(NETWORK("CONV-CONV-CONV", "  CONV: {filters: ^[2, 3], kernel: 1}\n"), "pattern",
            "2 values|3 are needed");
    rejects(NETWORK("CONV-CONV-CONV", "  CONV: {filters: ^[2, 3, 4, 5], kernel: 1}\n"), "pattern",
            "4 values|3 are needed");
    rejects(NETWORK("CONV", "  CONV: {filters: 2, kernel: ^[1, 7]}\n"), "pattern", "1 is needed");
    rejects(NETWORK("[CONV*N]*M", "  N: {M: ^[1, 2]}\n  M: 3\n  CONV: {filters: 2, kernel: 1}\n"),
            "pattern", "2 values|3 turns of M");
    rejects(NETWORK("[CONV]*M", "  M: 3\n  CONV: {filters: {M: ^[1, 2]}, kernel: 1}\n"), "pattern",
            "2 values|3 turns of M");
    rejects(NETWORK("[CONV*N]*M", "  M: 2\n  N: {M: [1, 3]}\n"
                                  "  CONV: {filters: 2, kernel: {M: [1, {N: ^[1, 1]}]}}\n"),
            "pattern", "2 values|3 turns of N");
    rejects(NETWORK("CONV-POOL?-POOL?", "  POOL?: ^[true]\n" CONVS POOLS), "pattern",
            "2 are needed");
    rejects(NETWORK("CONV:a-CONV", "  CONV:a: {filters: 3}\n"
                                   "  CONV: {filters: ^[1, 2], kernel: 1}\n"),
            "pattern", "1 is needed");
    rejects(NETWORK("CONV-CONV", "  CONV: {name: ^[a, b, c], filters: 2, kernel: 1}\n"), "pattern",
            "2 are needed");
}
END_TEST

/* A wrong count silences only the lists that hang on it. */
START_TEST(a_wrong_count_hides_no_other_mistake) {
    network_compile(NETWORK("[(CONV-RELU)*N-POOL]*M-FC-FC",
                            "  N: {M: [1, 2]}\n  M: 3\n"
                            "  CONV: {filters: {M: [1, 2]}, kernel: [1, 1]}\n"
                            "  POOL: {kernel: [2, 2]}\n  FC: {units: [1, 2, 3]}\n"),
                    NULL);
    static const char *const said[] = {
        "N has 2 values for 3 turns of M",
        "filters has 2 values for 3 turns of M",
        "POOL kernel has 2 values, but 3 are needed",
        "FC units has 3 values, but 2 are needed",
    };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        ck_assert_msg(strstr(network_said, said[i]) != NULL, "%s: %s", said[i], network_said);
    ck_assert_uint_eq(network->diag.errors, sizeof said / sizeof said[0]);
    rejects(NETWORK("CONV*^N", "  CONV: {filters: [1, 2, 3], kernel: 1}\n"), "pattern",
            "how often");
    rejects(NETWORK("RELU?-RELU?", "  RELU: {name: [a]}\n  RELU?: [^maybe, false]\n"), "spec-type",
            "true");
}
END_TEST

START_TEST(values_of_the_wrong_form) {
    rejects(NETWORK("CONV-CONV", "  CONV: {filters: 2, kernel: [^[1, 7], 3]}\n"), "spec-type",
            "1x7");
    rejects(NETWORK("[CONV]*M-CONV", "  M: 1\n  CONV: {filters: {^M: [2]}, kernel: 1}\n"),
            "pattern", "'M'");
    rejects(
        NETWORK("[CONV]*M-[POOL]*L",
                "  M: 1\n  L: 1\n  POOL: {kernel: 2}\n  CONV: {filters: {^L: [2]}, kernel: 1}\n"),
        "pattern", "'L'");
    rejects(NETWORK("[CONV]*M", "  M: 1\n  CONV: {filters: {M: ^2}, kernel: 1}\n"), "spec-type",
            "list");
    rejects(NETWORK("[CONV]*M", "  M: ^two\n" CONVS), "spec-int", "two");
    rejects(NETWORK("[CONV]*M", "  M: ^-1\n" CONVS), "pattern", "-1");
    rejects(NETWORK("CONV-POOL?", "  POOL?: ^no\n" CONVS POOLS), "spec-type", "true");
    rejects(NETWORK("CONV", "  CONV: ^3\n"), "spec-type", "mapping");
    rejects("input: 3x8x8\npattern: RELU\nwhere: ^3\n", "spec-type", "mapping");
}
END_TEST

START_TEST(errors_point_at_the_element) {
    rejects(NETWORK("CONV-CONV", "  CONV: {filters: 2, kernel: [3, ^0]}\n"), "shape-kernel",
            "CONV");
    rejects(NETWORK("[CONV]*M", "  M: 2\n  CONV: {filters: 2, kernel: {M: [1, ^two]}}\n"), "spec",
            "two|turn 2 of M");
    rejects(NETWORK("[CONV*N]*M",
                    "  M: 2\n  N: 2\n"
                    "  CONV: {filters: 2, kernel: 3, stride: {M: [1, {N: [^2, 1]}]}}\n"),
            "shape-fit", "conv2_1 does not fit: (28 - 3 + 2*0)/2 + 1 = 13.5|turn 2 of M");
    rejects(NETWORK("CONV", "  CONV: {filters: 2, kernel: 3, ^strid: 2}\n"), "spec-key",
            "did you mean 'stride'?");
}
END_TEST

START_TEST(entries_that_name_nothing) {
    rejects(NETWORK("CONV-RELU", CONVS "  ^RELUS: {}\n"), "pattern", "did you mean 'relu'?");
    rejects(NETWORK("CONV", CONVS "  ^N: 3\n"), "pattern", "'N'");
    rejects(NETWORK("CONV", CONVS "  ^CONV:last: {kernel: 3}\n"), "pattern", "CONV:last");
    rejects(NETWORK("CONV-RELU", CONVS "  ^RELU?: true\n"), "pattern", "RELU?");
    /* where does not reach the layers inside blocks */
    rejects("input: 3x8x8\n"
            "blocks: {UNIT: {layers: [conv: {filters: 2, kernel: 3}]}}\n"
            "pattern: UNIT\n"
            "where: {^CONV: {kernel: 1}}\n",
            "pattern", "CONV");
    rejects(NETWORK("CONV-conv", CONVS "  ^conv: {kernel: 3}\n"), "spec-dup", "twice");
}
END_TEST

/* ---- patterns that are wrong ---- */

START_TEST(items_that_do_not_stand) {
    rejects("input: 3x8x8\npattern: \"RELU-^COVN-RELU\"\n", "pattern", "did you mean 'conv'?");
    rejects("input: 3x8x8\npattern: \"RELU-^add\"\n", "pattern", "add");
    rejects("input: 3x8x8\npattern: \"RELU-(RELU)*^CONV\"\nwhere: {CONV: 2}\n", "pattern", "CONV");
    rejects("input: 3x8x8\npattern: \"RELU-(RELU)*^N\"\n", "pattern", "N");
    rejects("input: 3x8x8\npattern: \"RELU-(RELU^\"\n", "pattern", "");
    rejects("input: 3x8x8\npattern: \"RELU*^0\"\n", "pattern", "0");
    rejects("input: 3x8x8\npattern: ^[RELU]\n", "spec-type", "quotes");
    rejects("input: 3x8x8\nlayers: [^pattern: {where: {}}]\n", "spec-key", "of");
    /* the second line of a folded pattern */
    rejects("input: 3x8x8\npattern: \"RELU-\n  RELU-^SIGMOD\"\n", "pattern", "sigmoid");
}
END_TEST

START_TEST(items_that_need_more) {
    rejects(NETWORK("RELU-^CONV", "  CONV: {kernel: 3}\n"), "spec-key", "conv needs 'filters'");
    rejects("input: 3x8x8\npattern: \"RELU-^FC\"\n", "spec-key", "fc needs 'units'");
}
END_TEST

START_TEST(expansions_without_sense) {
    rejects("input: 3x8x8\npattern: ^\"(RELU)*N\"\nwhere: {N: 0}\n", "pattern-semantics",
            "no layers");
    rejects("input: 3x8x8\npattern: \"FC-^CONV\"\n"
            "where: {FC: {units: 4}, CONV: {filters: 2, kernel: 1}}\n",
            "pattern-semantics", "vector");
    names_are("input: 3x8x8\npattern: POOL\nwhere: {POOL: {kernel: 2}}\n", "pool1");
}
END_TEST

START_TEST(expansions_too_large) {
    static const char *const large[] = {
        "[(RELU)*1000000]*1000000",
        "(((RELU*10000)*10000)*10000)*10000",
        "((RELU*4294967296)*4294967296)",
        "RELU*10001",
    };
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        char spec[128];
        snprintf(spec, sizeof spec, "input: 3x8x8\npattern: %s\n", large[i]);
        if (large[i][0] == '[')
            snprintf(spec, sizeof spec, "input: 3x8x8\npattern: \"%s\"\n", large[i]);
        ck_assert_int_eq(network_compile(spec, NULL), STATUS_LIMIT);
        ck_assert_uint_eq(network->diag.errors, 1);
        ck_assert_str_eq(network->diag.items[0]->class, "limit-layers");
    }
    const struct graph *graph = accept("input: 3x8x8\npattern: RELU*10000\n");
    ck_assert_uint_eq(graph->count, 10001);
}
END_TEST

/* ---- --set ---- */

static const struct graph *set(const char *text, const char *assignment) {
    const struct compile_options options = {.sets = &assignment, .set_count = 1};
    return accept_with(text, &options);
}

START_TEST(settings_of_the_command_line) {
    static const char text[] =
        NETWORK("[CONV:first-CONV*N]*M-FC", "  M: 1\n  N: 1\n" CONVS "  CONV:first: {kernel: 1, "
                                            "pad: 0}\n  FC: {units: 10}\n");
    ck_assert_str_eq(names_of(set(text, "N=3")), "first1 conv1_1 conv1_2 conv1_3 fc1");
    ck_assert_str_eq(shapes_of(set(text, "CONV:first.kernel=5"), "conv"), "4x28x28 4x28x28");
    ck_assert_str_eq(shapes_of(set(text, "CONV.filters=[7, 8]"), "conv"), "7x32x32 8x32x32");
    ck_assert_str_eq(shapes_of(set(text, "FC.units=5"), "fc"), "5");
    ck_assert_str_eq(shapes_of(set(text, "input=3x16x16"), "conv"), "4x16x16 4x16x16");
}
END_TEST

START_TEST(settings_that_are_none) {
    static const struct {
        const char *set;
        enum status status;
    } wrong[] = {
        {"N", STATUS_USAGE},
        {"=3", STATUS_USAGE},
        {"N=-1", STATUS_INPUT},
        {"CONV.kernl=3", STATUS_INPUT},
        {"L=3", STATUS_INPUT},
        {"n=3", STATUS_INPUT},
        {"CONV:A.kernel=1", STATUS_INPUT},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct compile_options options = {.sets = &wrong[i].set, .set_count = 1};
        enum status status = network_compile(NETWORK("CONV*N", "  N: 1\n" CONVS), &options);
        ck_assert_msg(status == wrong[i].status, "%s: %d\n%s", wrong[i].set, (int)status,
                      network_said);
        ck_assert_uint_eq(network->diag.errors, 1);
        ck_assert_uint_eq(network->diag.items[0]->at.source, 1);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("expand");
    TCase *tests = tcase_create("patterns");
    tcase_add_checked_fixture(tests, NULL, network_free);
    tcase_add_test(tests, separators_and_brackets_are_alike);
    tcase_add_test(tests, the_patterns_of_the_notes);
    tcase_add_test(tests, a_named_count_of_0_is_an_absent_group);
    tcase_add_test(tests, counts_take_values_like_settings);
    tcase_add_test(tests, optional_items);
    tcase_add_test(tests, a_pattern_among_layers);
    tcase_add_test(tests, names_in_named_repeats);
    tcase_add_test(tests, names_outside_named_repeats);
    tcase_add_test(tests, a_kind_that_ends_in_a_digit);
    tcase_add_test(tests, words_of_other_tools);
    tcase_add_test(tests, a_taken_name_is_raised);
    tcase_add_test(tests, names_the_user_gives);
    tcase_add_test(tests, constant_values);
    tcase_add_test(tests, a_list_is_one_value_per_occurrence);
    tcase_add_test(tests, a_map_is_one_value_per_turn);
    tcase_add_test(tests, what_a_label_lacks_comes_from_its_kind);
    tcase_add_test(tests, lists_of_the_wrong_length);
    tcase_add_test(tests, a_wrong_count_hides_no_other_mistake);
    tcase_add_test(tests, values_of_the_wrong_form);
    tcase_add_test(tests, errors_point_at_the_element);
    tcase_add_test(tests, entries_that_name_nothing);
    tcase_add_test(tests, items_that_do_not_stand);
    tcase_add_test(tests, items_that_need_more);
    tcase_add_test(tests, expansions_without_sense);
    tcase_add_test(tests, expansions_too_large);
    tcase_add_test(tests, settings_of_the_command_line);
    tcase_add_test(tests, settings_that_are_none);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
