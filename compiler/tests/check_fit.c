#include "../graph/fit.h"
#include "build.h"

static const struct diagnostic *only_error(void) {
    build_said(SEVERITY_ERROR, "shape-fit", "does not fit");
    return built.diag.items[0];
}

START_TEST(seven_by_three_at_stride_three) {
    build_chain("3x7x7", "relu; relu; conv filters: 8, kernel: 3, stride: 3");
    build_infer();
    const struct diagnostic *error = only_error();
    ck_assert_str_eq(error->message, "conv1 does not fit: (7 - 3 + 2*0)/3 + 1 = 2.33");
    ck_assert_str_eq(error->hint,
                     "what fits: stride 1 -> 5x5, stride 2 -> 3x3, pad 1 with stride 3 -> 3x3, "
                     "pad: same -> 3x3 (adds 1 row at the top, 1 at the bottom; 1 column at the "
                     "left, 1 at the right)\n"
                     "or fit: floor -> 2x2, which drops 1 row and 1 column\n"
                     "input that fits up to here: 3x6x6, 3x9x9");
    ck_assert_uint_eq(error->fit_count, 4);
    ck_assert_int_eq(error->fits[1].stride[0], 2);
    ck_assert_int_eq(error->fits[1].output_width, 3);
    ck_assert_int_eq(error->fits[2].stride[1], 3);
    ck_assert_int_eq(error->fits[2].pad[1], 1);
    ck_assert_uint_eq(error->at.column, 10 + (uint32_t)key_index(kind_table[KIND_conv], "stride"));
}
END_TEST

struct message {
    const char *input, *layers, *message, *hint;
};

static const struct message messages[] = {
    /* the 227 of AlexNet */
    {"3x224x224", "conv filters: 96, kernel: 11, stride: 4",
     "conv1 does not fit: (224 - 11 + 2*0)/4 + 1 = 54.25",
     "what fits: stride 1 -> 214x214, stride 3 -> 72x72, pad 1x2x1x2 with stride 4 -> 55x55, pad: "
     "same -> 56x56 (adds 3 rows at the top, 4 at the bottom; 3 columns at the left, 4 at the "
     "right)\n"
     "or fit: floor -> 54x54, which drops 1 row and 1 column\n"
     "input that fits up to here: 3x223x223, 3x227x227"},
    /* one direction only: what is the same for both stays the same for both */
    {"3x7x9", "conv filters: 1, kernel: 3, stride: 3",
     "conv1 does not fit in height: (7 - 3 + 2*0)/3 + 1 = 2.33",
     "what fits: stride 1 -> 5x7, stride 2 -> 3x4, pad 1x0 with stride 3 -> 3x3, pad: same -> 3x3 "
     "(adds 1 row at the top, 1 at the bottom)\n"
     "or fit: floor -> 2x3, which drops 1 row"},
    {"3x9x7", "conv filters: 1, kernel: 3, stride: 2x3",
     "conv1 does not fit in width: (7 - 3 + 2*0)/3 + 1 = 2.33",
     "what fits: stride 2x1 -> 4x5, stride 2 -> 4x3, pad 1 with stride 2x3 -> 5x3, pad: same -> "
     "5x3 (adds 1 row at the top, 1 at the bottom; 1 column at the left, 1 at the right)\n"
     "or fit: floor -> 4x2, which drops 1 column\n"
     "input that fits up to here: 3x5x3, 3x11x9"},
    {"3x7x8", "conv filters: 1, kernel: 3, stride: 3",
     "conv1 does not fit: (7 - 3 + 2*0)/3 + 1 = 2.33 in height, (8 - 3 + 2*0)/3 + 1 = 2.67 in "
     "width",
     "what fits: stride 1 -> 5x6, pad 1x1x0x1 with stride 3 -> 3x3, pad: same -> 3x3 (adds 1 row "
     "at the top, 1 at the bottom; 1 column at the right)\n"
     "or fit: floor -> 2x2, which drops 1 row and 2 columns"},
    /* pads, dilation, pools */
    {"3x224x224", "conv filters: 1, kernel: 7, stride: 2, pad: 3",
     "conv1 does not fit: (224 - 7 + 2*3)/2 + 1 = 112.50",
     "what fits: stride 1 -> 224x224, pad 2x3x2x3 with stride 2 -> 112x112, pad 3x4x3x4 with "
     "stride 2 -> 113x113, pad: same -> 112x112 (adds 2 rows at the top, 3 at the bottom; 2 "
     "columns at the left, 3 at the right)\n"
     "or fit: floor -> 112x112, which drops 1 row and 1 column of padding\n"
     "input that fits up to here: 3x223x223, 3x225x225"},
    {"3x9x9", "conv filters: 1, kernel: 3, stride: 3, dilation: 2, pad: 0x1x0x1",
     "conv1 does not fit: (9 - 5 + 0 + 1)/3 + 1 = 2.67, where 5 = 2*(3 - 1) + 1",
     "what fits: stride 1 -> 6x6, stride 5 -> 2x2, pad 1 with stride 3 -> 3x3, pad: same -> 3x3 "
     "(adds 1 row at the top, 1 at the bottom; 1 column at the left, 1 at the right)\n"
     "or fit: floor -> 2x2, which drops 2 rows and 2 columns\n"
     "input that fits up to here: 3x7x7, 3x10x10"},
    {"3x6x6", "pool kernel: 3, stride: 2", "pool1 does not fit: (6 - 3 + 2*0)/2 + 1 = 2.50",
     "what fits: stride 1 -> 4x4, stride 3 -> 2x2, pad 0x1x0x1 with stride 2 -> 3x3, pad: same -> "
     "3x3 (adds 1 row at the bottom; 1 column at the right)\n"
     "or fit: floor -> 2x2, which drops 1 row and 1 column; or fit: ceil -> 3x3\n"
     "input that fits up to here: 3x5x5, 3x7x7"},
    {"3x7x7", "pool kernel: 2", "pool1 does not fit: (7 - 2 + 2*0)/2 + 1 = 3.50",
     "what fits: stride 1 -> 6x6, pad 0x1x0x1 with stride 2 -> 4x4, pad: same -> 4x4 (adds 1 row "
     "at the bottom; 1 column at the right)\n"
     "or fit: floor -> 3x3, which drops 1 row and 1 column; or fit: ceil -> 4x4\n"
     "input that fits up to here: 3x6x6, 3x8x8"},
    {"3x8x8", "conv filters: 1, kernel: 3, stride: 4, pad: 1",
     "conv1 does not fit: (8 - 3 + 2*1)/4 + 1 = 2.75",
     "what fits: stride 1 -> 8x8, stride 7 -> 2x2, pad 1x2x1x2 with stride 4 -> 3x3, pad: same -> "
     "2x2 (adds nothing: windows skip cells)\n"
     "or fit: floor -> 2x2, which drops 3 rows and 3 columns\n"
     "input that fits up to here: 3x5x5, 3x9x9"},
    /* what comes before must fit too */
    {"1x33x33",
     "conv filters: 1, kernel: 3, stride: 2; pool kernel: 2, stride: 2; conv filters: 1, kernel: "
     "3, "
     "stride: 2",
     "conv2 does not fit: (8 - 3 + 2*0)/2 + 1 = 3.50",
     "what fits: stride 1 -> 6x6, pad 0x1x0x1 with stride 2 -> 4x4, pad: same -> 4x4 (adds 1 row "
     "at the bottom; 1 column at the right)\n"
     "or fit: floor -> 3x3, which drops 1 row and 1 column\n"
     "input that fits up to here: 1x29x29, 1x37x37"},
};

START_TEST(messages_have_arithmetic_and_ways_out) {
    for (size_t i = 0; i < KEY_COUNT(messages); i++) {
        build_chain(messages[i].input, messages[i].layers);
        build_infer();
        ck_assert_str_eq(only_error()->message, messages[i].message);
        ck_assert_str_eq(only_error()->hint, messages[i].hint);
    }
}
END_TEST

/* ---- each suggestion, tried ---- */

static uint64_t state = 1;

static int draw(int least, int most) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return least + (int)((state >> 33) % (uint64_t)(most - least + 1));
}

/* What is drawn of a layer, without stride and pad. */
struct trial {
    char input[64], kind[16], fixed[128];
    int reach[2];
    int64_t stride[2], pad[4];
};

static void draw_trial(struct trial *trial) {
    static const char *const kinds[] = {"conv", "local", "pool"};
    int k = draw(0, 2), square = draw(0, 1);
    int height = draw(1, 40), width = square ? height : draw(1, 40);
    int down = draw(1, 6), across = square ? down : draw(1, 6);
    int gap = k == 0 ? draw(1, 2) : 1;
    snprintf(trial->input, sizeof trial->input, "2x%dx%d", height, width);
    snprintf(trial->kind, sizeof trial->kind, "%s", kinds[k]);
    snprintf(trial->fixed, sizeof trial->fixed, "%skernel: %dx%d%s", k == 2 ? "" : "filters: 1, ",
             down, across, gap == 2 ? ", dilation: 2" : "");
    trial->reach[0] = gap * (down - 1) + 1;
    trial->reach[1] = gap * (across - 1) + 1;
    trial->stride[0] = draw(1, 6);
    trial->stride[1] = square ? trial->stride[0] : draw(1, 6);
    int equal = draw(0, 2) != 0;
    for (int i = 0; i < 4; i++) {
        int most = k == 2 ? trial->reach[i / 2] / 2 : trial->reach[i / 2] - 1;
        trial->pad[i] = equal && i > 0 ? trial->pad[0] : draw(0, most);
        trial->pad[i] = trial->pad[i] > most ? most : trial->pad[i];
    }
}

static void build_trial(const struct trial *trial, const int64_t stride[2], const int64_t *pad,
                        const char *more) {
    char settings[256], pads[64] = "same";
    if (pad)
        snprintf(pads, sizeof pads, "%dx%dx%dx%d", (int)pad[0], (int)pad[1], (int)pad[2],
                 (int)pad[3]);
    snprintf(settings, sizeof settings, "%s, stride: %dx%d, pad: %s%s", trial->fixed,
             (int)stride[0], (int)stride[1], pads, more);
    build_begin(trial->input);
    build(trial->kind, settings);
}

static void gives(int64_t height, int64_t width) {
    build_accepts();
    const struct shape *out = &built.graph.layers[1]->out;
    ck_assert_int_eq(out->height, height);
    ck_assert_int_eq(out->width, width);
}

/* "fit: floor -> 2x2": what the hint says of a rule holds. */
static void try_rule(const struct trial *trial, const char *hint, const char *rule) {
    char said[64];
    snprintf(said, sizeof said, "fit: %s -> %%dx%%d", rule);
    const char *at = strstr(hint, rule);
    int height, width;
    if (!at)
        return;
    ck_assert_int_eq(sscanf(at + strlen(rule), " -> %dx%d", &height, &width), 2);
    snprintf(said, sizeof said, ", fit: %s", rule);
    build_trial(trial, trial->stride, trial->pad, said);
    gives(height, width);
}

/* "input that fits up to here: 3x6x6, 3x9x9". */
static void try_inputs(const struct trial *trial, const char *hint) {
    const char *at = strstr(hint, "up to here: ");
    int channels, height, width, length;
    for (at = at ? at + strlen("up to here: ") : ""; *at; at += strspn(at, "], ")) {
        at += *at == '[';
        int found = sscanf(at, "%d%*[x, ]%d%*[x, ]%d%n", &channels, &height, &width, &length);
        ck_assert_int_eq(found, 3);
        at += length;
        struct trial other = *trial;
        snprintf(other.input, sizeof other.input, "2x%dx%d", height, width);
        build_trial(&other, trial->stride, trial->pad, "");
        build_accepts();
    }
}

static void try_options(const struct trial *trial, const struct fit_option *options, size_t count) {
    ck_assert(count > 0 && options[count - 1].same);
    for (size_t i = 0; i < count; i++) {
        build_trial(trial, options[i].stride, options[i].same ? NULL : options[i].pad, "");
        gives(options[i].output_height, options[i].output_width);
        const struct sides *pad = &built.graph.layers[1]->window.pad; /* also of `same` */
        ck_assert_int_eq(pad->top, options[i].pad[0]);
        ck_assert_int_eq(pad->bottom, options[i].pad[1]);
        ck_assert_int_eq(pad->left, options[i].pad[2]);
        ck_assert_int_eq(pad->right, options[i].pad[3]);
    }
}

START_TEST(suggestions_hold) {
    enum { TRIALS = 1500 };
    size_t misfits = 0, pads = 0;
    for (int turn = 0; turn < TRIALS; turn++) {
        struct trial trial;
        draw_trial(&trial);
        build_trial(&trial, trial.stride, trial.pad, "");
        build_infer();
        if (built.diag.count == 0 || strcmp(built.diag.items[0]->class, "shape-fit") != 0)
            continue;
        const struct diagnostic *error = built.diag.items[0];
        struct fit_option options[8];
        size_t count = error->fit_count;
        ck_assert(count <= 8);
        memcpy(options, error->fits, count * sizeof *options);
        char *hint = strdup(error->hint);
        misfits++;
        pads += strstr(hint, "pad ") != NULL;
        try_options(&trial, options, count);
        try_rule(&trial, hint, "floor");
        try_rule(&trial, hint, "ceil");
        try_inputs(&trial, hint);
        free(hint);
    }
    ck_assert_uint_gt(misfits, TRIALS / 4);
    ck_assert_uint_gt(pads, misfits / 2);
}
END_TEST

/* Whatever the stride, a filter that is not narrower has pads that fit. */
START_TEST(pads_are_always_found) {
    for (int size = 7; size < 40; size++)
        for (int kernel = 2; kernel <= 7; kernel++)
            for (int stride = 2; stride <= kernel; stride++) {
                char input[64], layer[128];
                snprintf(input, sizeof input, "1x%dx%d", size, size);
                snprintf(layer, sizeof layer, "conv filters: 1, kernel: %d, stride: %d", kernel,
                         stride);
                build_chain(input, layer);
                build_infer();
                if (built.diag.count > 0)
                    ck_assert_ptr_nonnull(strstr(built.said, " with stride"));
            }
}
END_TEST

START_TEST(inputs_try_only_what_leads_here) {
    build_begin("1x7x7");
    build("conv", "filters: 1, kernel: 9"); /* its fault is not conv2's */
    build_from("input", "conv", "filters: 1, kernel: 3, stride: 3");
    build_infer();
    ck_assert_uint_eq(built.diag.errors, 2);
    ck_assert_ptr_nonnull(strstr(built.said, "input that fits up to here: 1x6x6, 1x9x9"));
    ck_assert_str_eq(build_shapes(), "1x1x1 1x2x2");
}
END_TEST

START_TEST(trials_leave_no_trace) {
    build_chain("1x33x33", "conv filters: 2, kernel: 3, stride: 2; fc units: 3");
    build_from("conv1", "conv", "filters: 1, kernel: 3, stride: 5");
    build_infer();
    only_error();
    ck_assert_str_eq(build_shapes(), "2x16x16 3 1x3x3");
    ck_assert_int_eq(build_layer("fc1")->own_in.height, 16);
    ck_assert_int_eq(built.graph.own_input.height, 33);
    ck_assert(!built.diag.muted);
}
END_TEST

START_TEST(floor_reports_what_it_drops) {
    build_chain("3x8x9", "conv filters: 1, kernel: 3, stride: 2, fit: floor");
    build_accepts();
    struct dropped dropped = build_layer("conv1")->dropped;
    ck_assert_str_eq(build_shapes(), "1x3x4");
    ck_assert_int_eq(dropped.rows, 1);
    ck_assert_int_eq(dropped.columns, 0);
    ck_assert(!dropped.padding);

    build_chain("3x224x224", "conv filters: 1, kernel: 7, stride: 2, pad: 3, fit: floor");
    build_accepts();
    ck_assert(build_layer("conv1")->dropped.padding);
    ck_assert_str_eq(build_shapes(), "1x112x112");
}
END_TEST

/* Caffe: ceil, but no window may begin in the far padding. */
START_TEST(ceil_is_caffes) {
    build_chain("64x112x112", "pool kernel: 3, stride: 2");
    built.graph.fit = FIT_CEIL;
    build_accepts();
    ck_assert_str_eq(build_shapes(), "64x56x56");
    ck_assert_int_eq(build_layer("pool1")->dropped.rows, 0);

    /* (4 - 2 + 2)/3 + 1 = 2.33: the third would begin at 6, and the map ends at 1 + 4 */
    build_chain("1x4x4", "pool kernel: 2, stride: 3, pad: 1, fit: ceil");
    build_accepts();
    ck_assert_str_eq(build_shapes(), "1x2x2");
    ck_assert_int_eq(build_layer("pool1")->dropped.rows, 1);
    ck_assert(build_layer("pool1")->dropped.padding);

    /* said for the network, it is floor for a conv */
    build_chain("1x8x8", "conv filters: 1, kernel: 3, stride: 2");
    built.graph.fit = FIT_CEIL;
    build_accepts();
    ck_assert_str_eq(build_shapes(), "1x3x3");
    build_chain("1x8x8", "pool kernel: 3, stride: 2, fit: exact");
    built.graph.fit = FIT_CEIL;
    build_rejects("shape-fit", "does not fit");
}
END_TEST

START_TEST(a_fraction_is_never_rounded_away) {
    build_chain("1x1999x1999", "conv filters: 1, kernel: 1, stride: 999, fit: floor");
    struct axis small = {1000, 1, 998, 0, 0}, large = {1996, 1, 998, 0, 0};
    ck_assert_str_eq(axis_formula(&built.arena, &small), "(1000 - 1 + 2*0)/998 + 1 = 2.001");
    ck_assert_str_eq(axis_formula(&built.arena, &large), "(1996 - 1 + 2*0)/998 + 1 = 2.999");
    struct axis whole = {7, 3, 2, 0, 0};
    ck_assert_str_eq(axis_formula(&built.arena, &whole), "(7 - 3 + 2*0)/2 + 1 = 3");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        seven_by_three_at_stride_three,
        messages_have_arithmetic_and_ways_out,
        suggestions_hold,
        pads_are_always_found,
        inputs_try_only_what_leads_here,
        trials_leave_no_trace,
        floor_reports_what_it_drops,
        ceil_is_caffes,
        a_fraction_is_never_rounded_away,
    };
    return build_run("fit", tests, KEY_COUNT(tests));
}
