/* The networks in specs/: every one compiles without a word, and has the published numbers. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>

#include "../base/limits.h"
#include "network.h"

static char *read_spec(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.yaml", SPECS_DIR, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    char *text = calloc(1, LIMIT_SPEC_BYTES);
    ck_assert_ptr_nonnull(text);
    size_t length = fread(text, 1, LIMIT_SPEC_BYTES - 1, file);
    ck_assert(feof(file) && length > 0);
    fclose(file);
    return text;
}

static const struct graph *accept_spec(const char *name, const struct compile_options *options) {
    char *text = read_spec(name);
    const struct graph *graph = accept_with(text, options);
    free(text);
    return graph;
}

/* ---- totals ---- */

/* Trainable parameters; MACs of conv, local, deconv and fc, 0 where nobody published them. */
static const struct {
    const char *name;
    int64_t parameters, macs;
} totals[] = {
    {"lenet5", 61706, 0},
    /* 416 + 12 832 in the convolutions, 192 240 + 20 244 + 850 in the fc */
    {"lenet5-fashion", 226582, 0},
    {"alexnet", 62378344, 1135256096},
    {"alexnet-grouped", 60965224, 0},
    {"zfnet", 107627624, 0},
    {"vgg11", 132863336, 0},
    {"vgg11-lrn", 132863336, 0},
    {"vgg13", 133047848, 0},
    {"vgg16-c", 133638952, 0},
    {"vgg16", 138357544, 15470264320},
    {"vgg19", 143667240, 0},
    {"googlenet", 6998552, 0},
    {"googlenet-bn", 6624904, 0},
    {"resnet18", 11689512, 0},
    {"resnet34", 21797672, 0},
    {"resnet50", 25557032, 4089184256},
    {"resnet101", 44549160, 0},
    {"resnet152", 60192808, 0},
    {"cifar-plain20", 269722, 0},
    {"cifar-plain32", 464154, 0},
    {"cifar-plain44", 658586, 0},
    {"cifar-plain56", 853018, 0},
    {"cifar-resnet20", 269722, 0},
    {"cifar-resnet32", 464154, 0},
    {"cifar-resnet44", 658586, 0},
    {"cifar-resnet56", 853018, 0},
    {"alphago-policy", 3882793, 0},
    {"convnetjs-cifar10", 22466, 0},
    {"fcn", 62378344, 1135256096}, /* alexnet in another notation */
    /* 896 + 5 * 9248 in the convolutions, 32*4*4*10 + 10 in the fc */
    {"pattern", 52266, 0},
    {"squeezenet1_1", 1235496, 0},
    {"mobilenet_v1", 4231976, 0},
    {"mobilenet_v2", 3504872, 0},
    {"densenet121", 7978856, 0},
    {"unet", 31030658, 0},
};

enum { TOTALS = sizeof totals / sizeof totals[0] };

START_TEST(totals_are_the_published_ones) {
    const struct graph *graph = accept_spec(totals[_i].name, NULL);
    ck_assert_str_eq(graph->name, totals[_i].name);
    ck_assert_uint_eq(graph->faults, 0);
    ck_assert_int_eq(graph->totals.parameters, totals[_i].parameters);
    if (totals[_i].macs)
        ck_assert_int_eq(graph->totals.macs, totals[_i].macs);
    ck_assert_int_eq(graph->totals.flops, 2 * graph->totals.macs);
}
END_TEST

START_TEST(no_spec_goes_untested) {
    DIR *folder = opendir(SPECS_DIR);
    ck_assert_ptr_nonnull(folder);
    int specs = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char *dot = strstr(entry->d_name, ".yaml");
        if (!dot)
            continue;
        *dot = '\0';
        specs++;
        bool listed = false;
        for (int i = 0; i < TOTALS && !listed; i++)
            listed = strcmp(totals[i].name, entry->d_name) == 0;
        ck_assert_msg(listed, "specs/%s.yaml has no totals in this test", entry->d_name);
    }
    closedir(folder);
    ck_assert_int_eq(specs, TOTALS);
}
END_TEST

/* Of torchvision's table of weights: parameters, and 10^9 MACs to three digits; 0: not stated. */
static const struct {
    const char *name;
    int64_t parameters;
    double giga_macs;
} torchvision[] = {
    {"resnet18", 11689512, 1.814},    {"resnet34", 21797672, 3.664},
    {"resnet50", 25557032, 4.089},    {"resnet101", 44549160, 7.801},
    {"resnet152", 60192808, 0},       {"vgg11", 132863336, 0},
    {"vgg13", 133047848, 11.308},     {"vgg16", 138357544, 15.470},
    {"vgg19", 143667240, 19.632},     {"densenet121", 7978856, 2.834},
    {"mobilenet_v2", 3504872, 0},     {"squeezenet1_1", 1235496, 0.349},
    {"googlenet-bn", 6624904, 1.498},
};

enum { TORCHVISION = sizeof torchvision / sizeof torchvision[0] };

START_TEST(torchvision_counts_the_same) {
    const struct graph *graph = accept_spec(torchvision[_i].name, NULL);
    ck_assert_int_eq(graph->totals.parameters, torchvision[_i].parameters);
    double giga = (double)graph->totals.macs / 1e9;
    if (torchvision[_i].giga_macs > 0)
        ck_assert_msg(fabs(giga - torchvision[_i].giga_macs) <= 0.0005 + 1e-9, "%s: %.6f GMACs",
                      torchvision[_i].name, giga);
}
END_TEST

/* ---- layers ---- */

/* What stands in a layer's row: weights are those of the weight tensor alone. */
struct row {
    const char *layer, *shape;
    int64_t weights, parameters;
};

static int64_t weights_of(const struct layer *layer) {
    for (int i = 0; i < layer->tensor_count; i++) {
        const struct layer_tensor *tensor = &layer->tensors[i];
        if (strcmp(tensor->suffix, "weight") != 0)
            continue;
        int64_t product = 1;
        for (int k = 0; k < tensor->rank; k++)
            product *= tensor->extent[k];
        return product;
    }
    return 0;
}

static void rows_are(const struct graph *graph, const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct layer *layer = layer_named(rows[i].layer);
        ck_assert_msg(layer->known, "%s", rows[i].layer);
        const char *shape = shape_text(graph->arena, &layer->out);
        ck_assert_msg(strcmp(shape, rows[i].shape) == 0, "%s gives %s", rows[i].layer, shape);
        ck_assert_msg(weights_of(layer) == rows[i].weights, "%s has %lld weights", rows[i].layer,
                      (long long)weights_of(layer));
        ck_assert_msg(layer->parameters == rows[i].parameters, "%s has %lld parameters",
                      rows[i].layer, (long long)layer->parameters);
    }
}

START_TEST(alexnet_layer_by_layer) {
    static const struct row rows[] = {
        {"conv1", "96x55x55", 34848, 34944},
        {"relu1", "96x55x55", 0, 0},
        {"pool1", "96x27x27", 0, 0},
        {"lrn1", "96x27x27", 0, 0},
        {"conv2", "256x27x27", 614400, 614656},
        {"pool2", "256x13x13", 0, 0},
        {"lrn2", "256x13x13", 0, 0},
        {"conv3", "384x13x13", 884736, 885120},
        {"conv4", "384x13x13", 1327104, 1327488},
        {"conv5", "256x13x13", 884736, 884992},
        {"pool3", "256x6x6", 0, 0},
        {"fc1", "4096", 37748736, 37752832},
        {"fc2", "4096", 16777216, 16781312},
        {"fc3", "1000", 4096000, 4097000},
        {"softmax1", "1000", 0, 0},
    };
    rows_are(accept_spec("alexnet", NULL), rows, sizeof rows / sizeof rows[0]);
}
END_TEST

/* Shapes and weights as a course prints them, parameters as torchsummary does. */
START_TEST(vgg16_layer_by_layer) {
    static const struct row rows[] = {
        {"conv1_1", "64x224x224", 1728, 1792},
        {"conv1_2", "64x224x224", 36864, 36928},
        {"pool1", "64x112x112", 0, 0},
        {"conv2_1", "128x112x112", 73728, 73856},
        {"conv2_2", "128x112x112", 147456, 147584},
        {"pool2", "128x56x56", 0, 0},
        {"conv3_1", "256x56x56", 294912, 295168},
        {"conv3_2", "256x56x56", 589824, 590080},
        {"conv3_3", "256x56x56", 589824, 590080},
        {"pool3", "256x28x28", 0, 0},
        {"conv4_1", "512x28x28", 1179648, 1180160},
        {"conv4_2", "512x28x28", 2359296, 2359808},
        {"conv4_3", "512x28x28", 2359296, 2359808},
        {"pool4", "512x14x14", 0, 0},
        {"conv5_1", "512x14x14", 2359296, 2359808},
        {"conv5_2", "512x14x14", 2359296, 2359808},
        {"conv5_3", "512x14x14", 2359296, 2359808},
        {"pool5", "512x7x7", 0, 0},
        {"fc1", "4096", 102760448, 102764544},
        {"fc2", "4096", 16777216, 16781312},
        {"fc3", "1000", 4096000, 4097000},
    };
    const struct graph *graph = accept_spec("vgg16", NULL);
    rows_are(graph, rows, sizeof rows / sizeof rows[0]);
    int64_t fc = 0;
    for (uint32_t i = 1; i < graph->count; i++)
        fc += layer_is(graph->layers[i], KIND_fc) ? graph->layers[i]->parameters : 0;
    ck_assert_int_eq(fc, 123642856);
}
END_TEST

START_TEST(zfnet_as_published) {
    static const struct row rows[] = {
        {"conv1", "96x110x110", 14112, 14208},    {"pool1", "96x55x55", 0, 0},
        {"conv2", "256x26x26", 614400, 614656},   {"pool2", "256x13x13", 0, 0},
        {"conv3", "512x13x13", 1179648, 1180160}, {"conv4", "1024x13x13", 4718592, 4719616},
        {"conv5", "512x13x13", 4718592, 4719104}, {"pool3", "512x6x6", 0, 0},
        {"fc1", "4096", 75497472, 75501568},
    };
    rows_are(accept_spec("zfnet", NULL), rows, sizeof rows / sizeof rows[0]);
}
END_TEST

/* Table 1 of the paper: the depths after each module. */
START_TEST(googlenet_modules) {
    static const struct row rows[] = {
        {"conv1", "64x112x112", 9408, 9472},
        {"pool1", "64x56x56", 0, 0},
        {"conv3", "192x56x56", 110592, 110784},
        {"pool2", "192x28x28", 0, 0},
        {"3a.concat1", "256x28x28", 0, 0},
        {"3b.concat1", "480x28x28", 0, 0},
        {"pool3", "480x14x14", 0, 0},
        {"4a.concat1", "512x14x14", 0, 0},
        {"4b.concat1", "512x14x14", 0, 0},
        {"4c.concat1", "512x14x14", 0, 0},
        {"4d.concat1", "528x14x14", 0, 0},
        {"4e.concat1", "832x14x14", 0, 0},
        {"pool4", "832x7x7", 0, 0},
        {"5a.concat1", "832x7x7", 0, 0},
        {"5b.concat1", "1024x7x7", 0, 0},
        {"all", "1024x1x1", 0, 0},
        {"3a.conv1", "64x28x28", 12288, 12352},
        {"3a.conv5", "32x28x28", 12800, 12832},
        {"fc1", "1000", 1024000, 1025000},
    };
    const struct graph *graph = accept_spec("googlenet", NULL);
    rows_are(graph, rows, sizeof rows / sizeof rows[0]);
    ck_assert_int_eq(graph->totals.parameters - layer_named("fc1")->parameters, 5973552);
}
END_TEST

/* A network of depth n has n layers with weights, projections apart; 6n + 2 on CIFAR. The maps
 * halve and the filters double from stage to stage. */
START_TEST(resnets_are_as_deep_as_they_say) {
    static const struct {
        const char *name;
        int depth, projections;
        const char *last_map;
    } nets[] = {
        {"resnet18", 18, 3, "512x7x7"},      {"resnet34", 34, 3, "512x7x7"},
        {"resnet50", 50, 4, "2048x7x7"},     {"resnet101", 101, 4, "2048x7x7"},
        {"resnet152", 152, 4, "2048x7x7"},   {"cifar-plain20", 20, 0, "64x8x8"},
        {"cifar-plain32", 32, 0, "64x8x8"},  {"cifar-plain44", 44, 0, "64x8x8"},
        {"cifar-plain56", 56, 0, "64x8x8"},  {"cifar-resnet20", 20, 0, "64x8x8"},
        {"cifar-resnet32", 32, 0, "64x8x8"}, {"cifar-resnet44", 44, 0, "64x8x8"},
        {"cifar-resnet56", 56, 0, "64x8x8"},
    };
    for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        const struct graph *graph = accept_spec(nets[i].name, NULL);
        int weighted = 0;
        const struct layer *last = NULL;
        for (uint32_t k = 1; k < graph->count; k++) {
            const struct layer *layer = graph->layers[k];
            weighted += layer_is(layer, KIND_conv) || layer_is(layer, KIND_fc);
            last = layer_is(layer, KIND_relu) ? layer : last;
        }
        ck_assert_int_eq(weighted, nets[i].depth + nets[i].projections);
        ck_assert_str_eq(shape_text(graph->arena, &last->out), nets[i].last_map);
    }
}
END_TEST

START_TEST(unet_skips_join_equal_maps) {
    static const struct row rows[] = {
        {"down1.conv2", "64x568x568", 36864, 36928},
        {"bottom.conv2", "1024x28x28", 9437184, 9438208},
        {"up4.up", "512x56x56", 2097152, 2097664},
        {"up4.cropped", "512x56x56", 0, 0},
        {"up4.concat1", "1024x56x56", 0, 0},
        {"up1.cropped", "64x392x392", 0, 0},
        {"classes", "2x388x388", 128, 130},
        {"softmax1", "2x388x388", 0, 0},
    };
    const struct graph *graph = accept_spec("unet", NULL);
    rows_are(graph, rows, sizeof rows / sizeof rows[0]);
    const struct layer *cropped = layer_named("up4.cropped");
    ck_assert_str_eq(graph->layers[cropped->inputs[0]]->name, "down4.relu2");
}
END_TEST

/* ---- names ---- */

START_TEST(alexnet_names) {
    ck_assert_str_eq(names_of(accept_spec("alexnet", NULL)),
                     "conv1 relu1 pool1 lrn1 conv2 relu2 pool2 lrn2 conv3 relu3 conv4 relu4 conv5 "
                     "relu5 pool3 fc1 relu6 dropout1 fc2 relu7 dropout2 fc3 softmax1");
}
END_TEST

START_TEST(vgg16_names) {
    ck_assert_str_eq(names_of(accept_spec("vgg16", NULL)),
                     "conv1_1 relu1_1 conv1_2 relu1_2 pool1 conv2_1 relu2_1 conv2_2 relu2_2 pool2 "
                     "conv3_1 relu3_1 conv3_2 relu3_2 conv3_3 relu3_3 pool3 conv4_1 relu4_1 "
                     "conv4_2 relu4_2 conv4_3 relu4_3 pool4 conv5_1 relu5_1 conv5_2 relu5_2 "
                     "conv5_3 relu5_3 pool5 fc1 relu1 dropout1 fc2 relu2 dropout2 fc3 softmax1");
}
END_TEST

START_TEST(resnet50_names) {
    const char *names = names_of(accept_spec("resnet50", NULL));
    static const char head[] =
        "conv1 bn1 relu1 stem project1.main1.conv1 project1.main1.bn1 project1.main1.relu1 "
        "project1.main1.conv2 project1.main1.bn2 project1.main1.relu2 project1.main1.conv3 "
        "project1.main1.bn3 project1.conv1 project1.bn1 project1.add1 project1.relu1 "
        "identity1_1.main1.conv1 ";
    ck_assert_msg(strncmp(names, head, strlen(head)) == 0, "%s", names);
    static const char tail[] = " identity4_2.add1 identity4_2.relu1 all fc1 softmax1";
    ck_assert_str_eq(names + strlen(names) - strlen(tail), tail);
    layer_named("identity3_5.main1.conv3");
    ck_assert_int_eq(graph_find(network->graph, "identity3_6.main1.conv3"), -1);
}
END_TEST

/* ---- other sizes, other counts ---- */

START_TEST(a_larger_picture_gives_a_map_of_scores) {
    const struct compile_options larger = {.input = "3x259x259"};
    static const char *const names[] = {"alexnet", "fcn"};
    for (int i = 0; i < 2; i++) {
        const struct graph *graph = accept_spec(names[i], &larger);
        ck_assert_str_eq(shape_text(graph->arena, &layer_named("softmax1")->out), "1000x2x2");
        ck_assert_str_eq(shape_text(graph->arena, &layer_named("fc1")->out), "4096x2x2");
        ck_assert_int_eq(graph->totals.parameters, 62378344);
    }
}
END_TEST

START_TEST(alphago_with_other_numbers_of_filters) {
    static const struct {
        const char *first, *others;
        int64_t parameters;
    } widths[] = {
        {"CONV:first.filters=128", "CONV.filters=128", 1777641},
        {"CONV:first.filters=192", "CONV.filters=192", 3882793},
        {"CONV:first.filters=256", "CONV.filters=256", 6798953},
        {"CONV:first.filters=384", "CONV.filters=384", 15064297},
    };
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        const char *sets[] = {widths[i].first, widths[i].others};
        const struct compile_options options = {.sets = sets, .set_count = 2};
        const struct graph *graph = accept_spec("alphago-policy", &options);
        ck_assert_int_eq(graph->totals.parameters, widths[i].parameters);
        ck_assert_str_eq(shape_text(graph->arena, &layer_named("last")->out), "1x19x19");
        ck_assert_str_eq(shape_text(graph->arena, &layer_named("softmax1")->out), "361");
        const struct layer *last = layer_named("last"); /* one filter, a bias for each position */
        ck_assert_int_eq(last->parameters - weights_of(last), 19 * 19);
    }
}
END_TEST

/* [(CONV-RELU)*N-POOL]*M-(FC-RELU)*K,SOFTMAX for all N to 5, M to 5 (32 = 2^5), K to 2. */
START_TEST(the_pattern_with_any_counts) {
    for (int n = 0; n <= 5; n++)
        for (int m = 1; m <= 5; m++)
            for (int k = 0; k <= 2; k++) {
                char counts[3][32];
                snprintf(counts[0], sizeof counts[0], "N=%d", n);
                snprintf(counts[1], sizeof counts[1], "M=%d", m);
                snprintf(counts[2], sizeof counts[2], "K=%d", k);
                const char *sets[] = {counts[0], counts[1], counts[2]};
                const struct compile_options options = {.sets = sets, .set_count = 3};
                const struct graph *graph = accept_spec("pattern", &options);
                ck_assert_int_eq(graph->totals.layers, (2 * n + 1) * m + 2 * k + 1);
                char pool[16];
                snprintf(pool, sizeof pool, "pool%d", m);
                ck_assert_int_eq(layer_named(pool)->out.height, 32 >> m);
            }
}
END_TEST

/* ---- receptive fields ---- */

/* Of the models of TensorFlow-Slim, as its own tool computes them: size, jump, padding before. */
START_TEST(receptive_fields_as_published) {
    static const struct {
        const char *spec, *layer;
        double size, jump, padding;
    } rows[] = {
        {"vgg11", "conv1_1", 3, 1, 1},     {"vgg11", "pool1", 4, 2, 1},
        {"vgg11", "conv2_1", 8, 2, 3},     {"vgg11", "pool2", 10, 4, 3},
        {"vgg11", "conv3_1", 18, 4, 7},    {"vgg11", "conv3_2", 26, 4, 11},
        {"vgg11", "pool3", 30, 8, 11},     {"vgg11", "conv4_2", 62, 8, 27},
        {"vgg11", "pool4", 70, 16, 27},    {"vgg11", "conv5_2", 134, 16, 59},
        {"vgg11", "pool5", 150, 32, 59},   {"vgg16", "pool1", 6, 2, 2},
        {"vgg16", "conv2_1", 10, 2, 4},    {"vgg16", "pool2", 16, 4, 6},
        {"vgg16", "conv3_2", 32, 4, 14},   {"vgg16", "pool3", 44, 8, 18},
        {"vgg16", "conv4_1", 60, 8, 26},   {"vgg16", "pool4", 100, 16, 42},
        {"vgg16", "conv5_1", 132, 16, 58}, {"vgg16", "pool5", 212, 32, 90},
        {"alexnet", "conv1", 11, 4, 0},    {"alexnet", "pool1", 19, 8, 0},
        {"alexnet", "conv2", 51, 8, 16},   {"alexnet", "pool3", 195, 32, 64},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        accept_spec(rows[i].spec, NULL);
        const struct receptive *field = &layer_named(rows[i].layer)->receptive;
        ck_assert_msg(field->known && field->height.size == rows[i].size &&
                          field->width.size == rows[i].size && field->height.jump == rows[i].jump &&
                          field->height.start == -rows[i].padding,
                      "%s %s: size %g, jump %g, start %g", rows[i].spec, rows[i].layer,
                      field->height.size, field->height.jump, field->height.start);
    }
}
END_TEST

/* ---- plans ---- */

static void mark(int64_t (*live)[2], const struct plan_view *view, int64_t step) {
    if (view->buffer == PLAN_NONE)
        return;
    int64_t *range = live[view->buffer];
    range[0] = step < range[0] ? step : range[0];
    range[1] = step > range[1] ? step : range[1];
}

/* The most that is live at one step; lifetimes as the plan's own views tell them. */
static uint64_t most_live(const struct plan *plan) {
    int64_t(*live)[2] = calloc(plan->buffer_count, sizeof *live);
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        live[i][0] = INT64_MAX;
    mark(live, &plan->head.input, 0);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        for (uint32_t k = 0; k < step->input_count; k++)
            mark(live, &step->in[k], i);
        mark(live, &step->epilogue.residual, i);
        mark(live, &step->out, i);
    }
    for (uint32_t i = 0; i < plan->output_count; i++)
        mark(live, &plan->outputs[i].view, plan->step_count);
    uint64_t most = 0;
    for (int64_t step = 0; step <= plan->step_count; step++) {
        uint64_t sum = 0;
        for (uint32_t i = 0; i < plan->buffer_count; i++)
            sum += live[i][0] <= step && step <= live[i][1] ? plan->buffers[i].size : 0;
        most = sum > most ? sum : most;
    }
    free(live);
    return most;
}

START_TEST(memory_is_used_again) {
    const char *name = totals[_i].name;
    accept_spec(name, NULL);
    struct plan_options options = {.tile = {.wide = 16, .narrow = 6}, .depth = 256};
    struct plan *plan;
    ck_assert_int_eq(compile_plan(network, &options, &plan), STATUS_OK);
    ck_assert_uint_eq(plan->layer_count, network->graph->count - 1);
    double arena = (double)plan->head.arena, live = (double)most_live(plan);
    ck_assert_msg(arena <= 1.1 * live, "%s: %g floats, but only %g are live", name, arena, live);
    ck_assert_int_eq(network->graph->totals.peak_bytes, (int64_t)plan->head.arena * 4);
    plan_free(plan);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("specs");
    TCase *tests = tcase_create("specs");
    tcase_add_checked_fixture(tests, NULL, network_free);
    tcase_add_loop_test(tests, totals_are_the_published_ones, 0, TOTALS);
    tcase_add_test(tests, no_spec_goes_untested);
    tcase_add_loop_test(tests, torchvision_counts_the_same, 0, TORCHVISION);
    tcase_add_test(tests, alexnet_layer_by_layer);
    tcase_add_test(tests, vgg16_layer_by_layer);
    tcase_add_test(tests, zfnet_as_published);
    tcase_add_test(tests, googlenet_modules);
    tcase_add_test(tests, resnets_are_as_deep_as_they_say);
    tcase_add_test(tests, unet_skips_join_equal_maps);
    tcase_add_test(tests, alexnet_names);
    tcase_add_test(tests, vgg16_names);
    tcase_add_test(tests, resnet50_names);
    tcase_add_test(tests, a_larger_picture_gives_a_map_of_scores);
    tcase_add_test(tests, alphago_with_other_numbers_of_filters);
    tcase_add_test(tests, the_pattern_with_any_counts);
    tcase_add_test(tests, receptive_fields_as_published);
    tcase_add_loop_test(tests, memory_is_used_again, 0, TOTALS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
