/* Random networks: what PyTorch computes, and the same bits however they are run. */
#include <math.h>
#include <unistd.h>

#include "../../runtime/planfile/plan_file.h"
#include "nets.h"

/* Of the greatest magnitude of an output. The networks were chosen so that PyTorch's own float32
 * stays within 5e-6. */
#define TOLERANCE 1e-4

enum {
    GROUP = 28, /* networks of one run of a looped test */
    GROUPS = 21,
    NETS_LEAST = 500,
    SAMPLES = 64,
    KIND_LEAST = 20, /* networks that have a kind */
    BRANCHED_LEAST = 150,
};

/* The bits are compared for every network; under ASan, to stay within minutes, for those whose
 * number is a multiple of three. */
#ifdef __SANITIZE_ADDRESS__
enum { STRIDE = 3 };
#elif defined __has_feature
enum { STRIDE = __has_feature(address_sanitizer) ? 3 : 1 };
#else
enum { STRIDE = 1 };
#endif

static void each_of_group(int group, size_t stride, void (*check)(struct net *net)) {
    for (size_t i = (size_t)group * GROUP; i < nets.count && i < (size_t)(group + 1) * GROUP; i++)
        if (nets.list[i].number % stride == 0)
            check(&nets.list[i]);
}

/* ---- PyTorch ---- */

/* One output, float f of image n at results[n*pitch + f]; the next output's expected values. */
static const float *check_output(const struct net *net, const char *name, const float *results,
                                 size_t pitch, size_t floats, const float *expected) {
    size_t all = floats * net->batch, samples = all < SAMPLES ? all : SAMPLES;
    double bound = TOLERANCE * (double)*expected++, sum = 0, most = 0;
    float *probe = calloc(all, sizeof *probe);
    ck_assert_ptr_nonnull(probe);
    random_fill(net->number, "probe", 0, all, -1, 1, probe);
    for (size_t i = 0; i < all; i++) {
        double value = (double)results[i / floats * pitch + i % floats];
        sum += value * (double)probe[i];
        most = fmax(most, fabs(value));
    }
    free(probe);
    ck_assert_msg(fabs(most * TOLERANCE - bound) <= bound * TOLERANCE,
                  "network %d: %s: the greatest magnitude is %g, not %g", (int)net->number, name,
                  most, bound / TOLERANCE);
    double expected_sum = (double)*expected++;
    /* errors of float32 are a tenth of the bound or less, and of either sign */
    ck_assert_msg(fabs(sum - expected_sum) <= 0.1 * bound * sqrt((double)all),
                  "network %d: %s: the probe gives %.9g, not %.9g", (int)net->number, name, sum,
                  expected_sum);
    for (size_t i = 0; i < samples; i++) {
        size_t at = samples > 1 ? i * (all - 1) / (samples - 1) : 0;
        double value = (double)results[at / floats * pitch + at % floats];
        if (!(fabs(value - (double)expected[i]) <= bound))
            ck_abort_msg("network %d: %s[%zu] is %.9g, not %.9g", (int)net->number, name, at, value,
                         (double)expected[i]);
    }
    return expected + samples;
}

static void check_outputs(const struct net *net, const struct plan *plan) {
    float *results = net_results(net, plan, net->batch, 0, 1);
    const float *from = results, *expected = net->expected;
    for (uint32_t i = 0; i < plan->output_count; i++) {
        size_t floats = plan_view_size(&plan->outputs[i].view);
        expected = check_output(net, plan_string(plan, plan->outputs[i].name), from,
                                net_output_size(plan), floats, expected);
        from += floats;
    }
    free(results);
}

static void check_as_pytorch(struct net *net) {
    net_open(net, false);
    check_outputs(net, net->plan);
    net_close(net);
}

START_TEST(networks_give_what_pytorch_gives) { each_of_group(_i, 1, check_as_pytorch); }
END_TEST

static void check_plain(struct net *net) {
    net_open(net, true);
    check_outputs(net, net->plan);
    net_close(net);
}

START_TEST(so_they_do_with_a_step_a_layer) { each_of_group(_i, 1, check_plain); }
END_TEST

/* ---- the same bits ---- */

static void check_same(const struct net *net, const struct plan *plan, const float *results,
                       size_t capacity, size_t turn, int threads) {
    float *other = net_results(net, plan, capacity, turn, threads);
    size_t floats = net_output_size(plan);
    for (size_t i = 0; i < floats * net->batch; i++)
        if (memcmp(&results[i], &other[i], sizeof results[i]) != 0)
            ck_abort_msg("network %d: float %zu of image %zu is %.9g, and %.9g with %d threads at "
                         "place %zu of a batch of %zu",
                         (int)net->number, i % floats, i / floats, (double)results[i],
                         (double)other[i], threads, (i / floats + turn) % capacity, capacity);
    free(other);
}

static void check_bits(struct net *net) {
    static const int threads[] = {2, 3, 8};
    net_open(net, false);
    float *results = net_results(net, net->plan, net->batch, 0, 1);
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++)
        check_same(net, net->plan, results, net->batch, 0, threads[i]);
    check_same(net, net->plan, results, 1, 0, 1);
    check_same(net, net->plan, results, 7, net->number % 7, 1);
    check_same(net, net->plan, results, 7, (net->number + 3) % 7, 2);
    free(results);
    net_close(net);
}

START_TEST(bits_depend_on_neither_threads_nor_batch_nor_place) {
    each_of_group(_i, STRIDE, check_bits);
}
END_TEST

static void check_file(struct net *net) {
    char path[] = "/tmp/cnnc-nets-XXXXXX";
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    net_open(net, false);
    struct plan_error error;
    struct plan *opened;
    bool repacked;
    ck_assert_int_eq(plan_save(net->plan, path, &error), STATUS_OK);
    const struct plan_target target = {microkernel_get()->tile, 0};
    ck_assert_int_eq(plan_open(path, &target, &opened, &repacked, &error), STATUS_OK);
    ck_assert(!repacked);
    float *results = net_results(net, net->plan, net->batch, 0, 1);
    check_same(net, opened, results, net->batch, 0, 1);
    free(results);
    plan_free(opened);
    unlink(path);
    net_close(net);
}

START_TEST(a_plan_file_gives_the_same_bits) { each_of_group(_i, STRIDE, check_file); }
END_TEST

/* ---- the networks themselves ---- */

static const char *const kinds[] = {
#define LAYER(name, file) #name,
#include "../graph/layers.def"
#undef LAYER
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int kind_index(const struct layer *layer) {
    for (int i = 0; i < KINDS; i++)
        if (strcmp(layer->kind->name, kinds[i]) == 0)
            return i;
    return -1;
}

static bool is_join(int kind) {
    return strcmp(kinds[kind], "add") == 0 || strcmp(kinds[kind], "mul") == 0 ||
           strcmp(kinds[kind], "concat") == 0;
}

/* Adds a network to the counts of those that have each kind; whether it has branches. */
static bool count_kinds(struct net *net, int counts[KINDS]) {
    static const struct compile_options none;
    bool has[KINDS] = {false}, branched = false;
    ck_assert_int_eq(compile_spec(&none, "net", net->text, net->length, &net->compilation),
                     STATUS_OK);
    const struct graph *graph = net->compilation->graph;
    ck_assert_msg(graph->count >= 5 && graph->count <= 21, "network %d has %u layers",
                  (int)net->number, graph->count - 1);
    for (uint32_t i = 1; i < graph->count; i++) {
        int kind = kind_index(graph->layers[i]);
        ck_assert_int_ge(kind, 0);
        has[kind] = true;
        branched |= is_join(kind);
    }
    for (int i = 0; i < KINDS; i++)
        counts[i] += has[i];
    net_close(net);
    return branched;
}

/* With NETS_TABLE in the environment it prints what it counts. */
START_TEST(every_kind_is_in_many_networks) {
    int counts[KINDS] = {0}, branched = 0;
    ck_assert_uint_ge(nets.count, NETS_LEAST);
    ck_assert_uint_le(nets.count, (size_t)GROUP * GROUPS);
    for (size_t i = 0; i < nets.count; i++)
        branched += count_kinds(&nets.list[i], counts);
    for (int i = 0; i < KINDS && getenv("NETS_TABLE"); i++)
        printf("%-12s %d\n", kinds[i], counts[i]);
    if (getenv("NETS_TABLE"))
        printf("%-12s %d of %zu\n", "branched", branched, nets.count);
    for (int i = 0; i < KINDS; i++)
        ck_assert_msg(counts[i] >= KIND_LEAST, "only %d networks have %s", counts[i], kinds[i]);
    ck_assert_int_ge(branched, BRANCHED_LEAST);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("nets");
    TCase *test = tcase_create("networks");
    tcase_add_checked_fixture(test, nets_open, nets_close);
    tcase_add_test(test, every_kind_is_in_many_networks);
    tcase_add_loop_test(test, networks_give_what_pytorch_gives, 0, GROUPS);
    tcase_add_loop_test(test, so_they_do_with_a_step_a_layer, 0, GROUPS);
    tcase_add_loop_test(test, bits_depend_on_neither_threads_nor_batch_nor_place, 0, GROUPS);
    tcase_add_loop_test(test, a_plan_file_gives_the_same_bits, 0, GROUPS);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
