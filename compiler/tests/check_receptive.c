#include "build.h"

/* Size, jump and -start of named layers, height and width alike. */
struct field {
    const char *layer;
    double size, jump, pad;
};

static void fields_are(const struct field *fields, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct receptive *got = &build_layer(fields[i].layer)->receptive;
        const struct receptive_axis *axis = &got->height;
        ck_assert_msg(got->known && axis->size == fields[i].size && axis->jump == fields[i].jump &&
                          axis->start == -fields[i].pad,
                      "%s: size %g, jump %g, start %g", fields[i].layer, axis->size, axis->jump,
                      axis->start);
    }
}
#define FIELDS_ARE(...)                                                                            \
    do {                                                                                           \
        const struct field expected[] = {__VA_ARGS__};                                             \
        fields_are(expected, KEY_COUNT(expected));                                                 \
    } while (0)

/* The figures that Araujo, Norris and Sim publish for the TF-Slim models (effective_padding is
 * minus our start). */
START_TEST(alexnet_v2_as_published) {
    build_chain("3x224x224", "conv filters: 64, kernel: 11, stride: 4; pool kernel: 3, stride: 2; "
                             "conv filters: 192, kernel: 5, pad: 2; pool kernel: 3, stride: 2; "
                             "conv filters: 384, kernel: 3, pad: 1; conv filters: 384, kernel: 3, "
                             "pad: 1; conv filters: 256, kernel: 3, pad: 1; pool kernel: 3, "
                             "stride: 2");
    built.graph.fit = FIT_FLOOR;
    build_accepts();
    FIELDS_ARE({"conv1", 11, 4, 0}, {"pool1", 19, 8, 0}, {"conv2", 51, 8, 16},
               {"conv3", 99, 16, 32}, {"conv4", 131, 16, 48}, {"conv5", 163, 16, 64},
               {"pool3", 195, 32, 64});
}
END_TEST

static void build_vgg(const int convs[5]) {
    build_begin("3x224x224");
    for (int stage = 0; stage < 5; stage++) {
        for (int i = 0; i < convs[stage]; i++)
            build("conv", "filters: 8, kernel: 3, pad: 1");
        build("pool", "kernel: 2");
    }
    build_accepts();
}

START_TEST(vgg_as_published) {
    build_vgg((const int[]){1, 1, 2, 2, 2});
    FIELDS_ARE({"conv1", 3, 1, 1}, {"pool1", 4, 2, 1}, {"conv2", 8, 2, 3}, {"pool2", 10, 4, 3},
               {"conv3", 18, 4, 7}, {"conv4", 26, 4, 11}, {"pool3", 30, 8, 11},
               {"conv5", 46, 8, 19}, {"conv6", 62, 8, 27}, {"pool4", 70, 16, 27},
               {"conv7", 102, 16, 43}, {"conv8", 134, 16, 59}, {"pool5", 150, 32, 59});
    build_vgg((const int[]){2, 2, 3, 3, 3});
    FIELDS_ARE({"conv1", 3, 1, 1}, {"pool1", 6, 2, 2}, {"conv3", 10, 2, 4}, {"pool2", 16, 4, 6},
               {"conv5", 24, 4, 10}, {"conv6", 32, 4, 14}, {"pool3", 44, 8, 18},
               {"conv8", 60, 8, 26}, {"conv9", 76, 8, 34}, {"pool4", 100, 16, 42},
               {"conv11", 132, 16, 58}, {"conv12", 164, 16, 74}, {"pool5", 212, 32, 90});
}
END_TEST

/* Facts of the course notes. */
START_TEST(small_chains) {
    build_chain("1x20x20", "conv filters: 1, kernel: 3; conv filters: 1, kernel: 3; "
                           "conv filters: 1, kernel: 3");
    build_accepts();
    FIELDS_ARE({"conv3", 7, 1, 0});
    build_chain("1x20x20", "conv filters: 1, kernel: 5; pool kernel: 3, stride: 1");
    build_accepts();
    FIELDS_ARE({"pool1", 5 + 3 - 1, 1, 0});
    build_chain("1x5x5", "conv filters: 1, kernel: 3, pad: 1; conv filters: 1, kernel: 2");
    build_accepts();
    FIELDS_ARE({"conv2", 4, 1, 1});
    build_chain("1x5x5", "conv filters: 1, kernel: 4, pad: 1; conv filters: 1, kernel: 2, "
                         "stride: 2");
    build_accepts();
    FIELDS_ARE({"conv2", 5, 2, 1});
    build_chain("1x20x20", "conv filters: 1, kernel: 3, dilation: 4, pad: 4; relu; bn; "
                           "lrn size: 3, across: within");
    build_infer();
    FIELDS_ARE({"bn1", 9, 1, 4}, {"lrn1", 11, 1, 5});
}
END_TEST

START_TEST(axes_are_apart) {
    build_chain("1x20x24", "conv filters: 1, kernel: 1x7, stride: 1x2, pad: 0x1x0x1, fit: floor");
    build_accepts();
    const struct receptive *field = &build_layer("conv1")->receptive;
    ck_assert_double_eq(field->height.size, 1);
    ck_assert_double_eq(field->width.size, 7);
    ck_assert_double_eq(field->width.jump, 2);
    ck_assert_double_eq(field->width.start, 0); /* the pad is at bottom and right */
}
END_TEST

START_TEST(the_whole_map_is_seen) {
    build_chain("1x32x32", "conv filters: 4, kernel: 3, stride: 2, pad: same; fc units: 3");
    build_from("conv1", "flatten", "");
    build_from("conv1", "pool", "global: true");
    build_accepts();
    /* 16 windows of 3 at stride 2 */
    FIELDS_ARE({"conv1", 3, 2, 0}, {"fc1", 33, 2, 0}, {"flatten1", 33, 2, 0}, {"pool1", 33, 2, 0});
}
END_TEST

START_TEST(pad_and_crop_move_the_start) {
    build_chain("1x9x9", "pad pad: 2; conv filters: 1, kernel: 3; pad pad: -1");
    build_accepts();
    FIELDS_ARE({"pad1", 1, 1, 2}, {"conv1", 3, 1, 2}, {"pad2", 3, 1, 1});
}
END_TEST

/* Enlarging divides the jump. A transposed 4x4 of stride 2, pad 1 lets output 0 see inputs -1 and
 * 0. */
START_TEST(enlarging_divides_the_jump) {
    build_chain("1x16x16", "conv filters: 1, kernel: 2, stride: 2; "
                           "deconv filters: 1, kernel: 4, stride: 2, pad: 1");
    build_from("conv1", "upsample", "scale: 2");
    build_from("conv1", "upsample", "scale: 2, mode: bilinear");
    build_from("conv1", "deconv", "filters: 1, kernel: 2, stride: 2");
    build_from("conv1", "deconv", "filters: 1, kernel: 3");
    build_accepts();
    FIELDS_ARE({"deconv1", 4, 1, 2}, {"upsample1", 2, 1, 0}, {"upsample2", 4, 1, 2},
               {"deconv2", 2, 1, 0}, {"deconv3", 6, 2, 4});
}
END_TEST

START_TEST(joins_unite) {
    build_begin("8x16x16");
    build_from("input", "conv", "filters: 8, kernel: 5, pad: 2");
    build_from("input", "conv", "filters: 8, kernel: 3, pad: 1");
    build_from("input,conv1,conv2", "concat", "");
    build_from("conv2,input", "add", "");
    /* squeeze and excite: every output sees the whole map, so that none lies further on */
    build_from("conv2", "pool", "global: true");
    build_from("conv2,pool1", "mul", "");
    build_accepts();
    FIELDS_ARE({"concat1", 5, 1, 2}, {"add1", 3, 1, 1}, {"pool1", 18, 1, 1}, {"mul1", 18, 0, 1});
}
END_TEST

/* A kernel of 5 at stride 3 meets one cell or two; two of these are one pixel or two. */
START_TEST(a_field_is_whole_cells) {
    build_chain("1x1x10", "deconv filters: 1, kernel: 1x2, stride: 1x2; "
                          "deconv filters: 1, kernel: 1x5, stride: 1x3");
    build_accepts();
    const struct receptive_axis *axis = &build_layer("deconv2")->receptive.width;
    ck_assert_double_eq(axis->size, 2);
    ck_assert_double_eq(axis->start, -1);
    ck_assert_double_eq(axis->jump, 1.0 / 6);
    ck_assert_int_eq(receptive_at(axis, 2).first, 0);
    ck_assert_int_eq(receptive_at(axis, 2).last, 0);
}
END_TEST

/* Whatever is computed from one cell sees what that cell sees, and an output that is joined with it
 * sees it too. */
START_TEST(a_global_branch_has_a_field) {
    build_chain("4x16x16", "pool global: true; conv filters: 4, kernel: 3, pad: 1");
    build("upsample", "scale: 16, mode: bilinear");
    build_from("input", "conv", "filters: 4, kernel: 3, pad: 1");
    build_from("upsample1,conv2", "concat", "");
    build("conv", "filters: 1, kernel: 3");
    build_from("conv2,upsample1", "add", "");
    build_from("input", "pad", "pad: 0x-15x0x-15");
    build_from("pad1,pool1", "concat", "");
    build_accepts();
    FIELDS_ARE({"conv1", 16, 1, 0}, {"upsample1", 16, 0, 0}, {"concat1", 18, 0, 1},
               {"conv3", 18, 0, 1}, {"add1", 18, 0, 1}, {"concat2", 16, 1, 0});
}
END_TEST

START_TEST(unequal_jumps_have_no_field) {
    build_begin("8x16x16");
    build_from("input", "pool", "kernel: 2");
    build_from("input", "pad", "pad: 0x-8x0x-8"); /* a corner, not enlarged */
    build_from("pool1,pad1", "add", "");
    build("relu", "");
    build_from("add1,pool1", "concat", "");
    build_from("pool1", "upsample", "scale: 2");
    build_from("upsample1,input", "concat", "");
    build_accepts();
    ck_assert(!build_layer("add1")->receptive.known);
    ck_assert(!build_layer("relu1")->receptive.known);
    ck_assert(!build_layer("concat1")->receptive.known);
    FIELDS_ARE({"concat2", 2, 1, 0}); /* a U-Net's skip agrees */
}
END_TEST

/* 65535^65 is beyond a double. */
START_TEST(what_is_not_finite_is_unknown) {
    build_begin("1x1x1");
    for (int i = 0; i < 66; i++)
        build("conv", "filters: 1, kernel: 1, stride: 65535");
    build_accepts();
    ck_assert(build_layer("conv64")->receptive.known);
    ck_assert(!build_layer("conv65")->receptive.known);
    ck_assert(!build_layer("conv66")->receptive.known);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        alexnet_v2_as_published,
        vgg_as_published,
        small_chains,
        axes_are_apart,
        the_whole_map_is_seen,
        pad_and_crop_move_the_start,
        enlarging_divides_the_jump,
        joins_unite,
        a_field_is_whole_cells,
        a_global_branch_has_a_field,
        unequal_jumps_have_no_field,
        what_is_not_finite_is_unknown,
    };
    return build_run("receptive", tests, KEY_COUNT(tests));
}
