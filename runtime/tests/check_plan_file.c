/* Plan files: what is written is read again, and nothing else is. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/random.h"
#include "../exec/exec.h"
#include "../gemm/microkernel.h"
#include "../gemm/pack.h"
#include "guarded.h"
#include "plan_bytes.h"

enum { CHANNELS = 3, SIDE = 7, FILTERS = 20, OUT = 5 };

static struct plan_view view(uint32_t buffer, int32_t channels, int32_t side) {
    return (struct plan_view){
        .buffer = buffer, .channels = channels, .height = side, .width = side};
}

static uint64_t aligned(uint64_t floats) {
    return (floats + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
}

/* conv 3x3 and relu, then max pool 5x5: three buffers in a row. */
static struct plan *make_plan(const struct tile *tile) {
    struct plan *plan = plan_new();
    ck_assert_ptr_nonnull(plan);
    static const uint64_t sizes[] = {CHANNELS * SIDE * SIDE, FILTERS * OUT * OUT, FILTERS};
    plan->buffer_count = 3;
    plan->buffers = arena_array(&plan->arena, 3, sizeof *plan->buffers);
    for (int i = 0; i < 3; i++) {
        plan->buffers[i] = (struct plan_buffer){plan->head.arena, aligned(sizes[i])};
        plan->head.arena += aligned(sizes[i]);
    }
    static const char strings[] = "tiny\0conv1\0pool1\0"; /* and an empty one */
    plan->strings = arena_copy(&plan->arena, strings, sizeof strings);
    plan->string_bytes = sizeof strings;
    plan->head.tile = *tile;
    plan->head.labels = PLAN_NONE;
    plan->head.input = view(0, CHANNELS, SIDE);
    plan->step_count = 2;
    plan->steps = arena_array(&plan->arena, 2, sizeof *plan->steps);
    struct step *conv = &plan->steps[0], *pool = &plan->steps[1];
    *conv = (struct step){.kind = STEP_gemm, .name = 5, .fused = 17, .input_count = 1};
    conv->in[0] = view(0, CHANNELS, SIDE);
    conv->in[1] = conv->epilogue.residual = view(PLAN_NONE, 0, 0);
    conv->out = view(1, FILTERS, OUT);
    conv->as.gemm = (struct step_gemm){.kernel = {3, 3},
                                       .stride = {1, 1},
                                       .dilation = {1, 1},
                                       .map = {OUT, OUT},
                                       .out_step = {1, 1},
                                       .groups = 1,
                                       .cut = 20};
    struct pack_shape shape = pack_shape_of(conv, tile);
    uint64_t floats;
    ck_assert(pack_size(&shape, &floats));
    conv->weights[0] = (struct plan_range){0, floats};
    conv->epilogue.bias = (struct plan_range){floats, FILTERS};
    conv->epilogue.bias_kind = BIAS_KIND_CHANNEL;
    conv->epilogue.activation = ACTIVATION_relu;
    plan->head.weights = floats + aligned(FILTERS);
    *pool = (struct step){.kind = STEP_pool, .name = 11, .fused = 17, .input_count = 1};
    pool->in[0] = view(1, FILTERS, OUT);
    pool->in[1] = pool->epilogue.residual = view(PLAN_NONE, 0, 0);
    pool->out = view(2, FILTERS, 1);
    pool->as.pool = (struct step_pool){.kernel = {OUT, OUT}, .stride = {1, 1}};
    plan->output_count = plan->layer_count = 1;
    plan->outputs = arena_array(&plan->arena, 1, sizeof *plan->outputs);
    plan->outputs[0] = (struct plan_output){.name = 11, .view = view(2, FILTERS, 1)};
    plan->layers = arena_array(&plan->arena, 1, sizeof *plan->layers);
    plan->layers[0] =
        (struct plan_layer){.name = 11, .step = 1, .kept = 1, .view = view(2, FILTERS, 1)};
    ck_assert(plan_allocate_weights(plan));
    float weights[FILTERS * CHANNELS * 9];
    random_fill(1, "conv1.weight", 0, FILTERS * CHANNELS * 9, -1, 1, weights);
    pack_filters(&shape, weights, plan->own_weights);
    random_fill(1, "conv1.bias", 0, FILTERS, -1, 1, plan->own_weights + floats);
    const char *fault = plan_verify(plan);
    ck_assert_msg(!fault, "%s", fault);
    return plan;
}

static void run_plan(const struct plan *plan, float *out, size_t count) {
    struct run_options options = {.batch = 1, .threads = 1};
    struct run *run;
    ck_assert_int_eq(run_new(plan, &options, &run), STATUS_OK);
    random_fill(1, "input", 0, CHANNELS * SIDE * SIDE, -1, 1, run_input(run, 0));
    run_forward(run, 1);
    memcpy(out, run_output(run, 0, 0), count * sizeof *out);
    run_free(run);
}

/* ---- a file in memory ---- */

static unsigned char *file;
static size_t length;

static void write_plan(struct plan *plan) {
    char path[] = "/tmp/check_plan_file_XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    struct plan_error error;
    ck_assert_int_eq(plan_save(plan, path, &error), STATUS_OK);
    plan_free(plan);
    FILE *stream = fopen(path, "rb");
    ck_assert_ptr_nonnull(stream);
    file = calloc(1, 1 << 17);
    length = fread(file, 1, 1 << 17, stream);
    fclose(stream);
    unlink(path);
}
static void write_file(const struct tile *tile) { write_plan(make_plan(tile)); }
static void setup(void) { write_file(&microkernel_get()->tile); }
static void teardown(void) { free(file); }

static const struct plan_target *target(void) {
    static struct plan_target target = {.memory = SIZE_MAX};
    target.tile = microkernel_get()->tile;
    return &target;
}

static enum status read_bytes(const unsigned char *bytes, size_t count, struct plan_error *error) {
    struct plan *plan;
    bool repacked;
    unsigned char *exact = malloc(count + !count); /* its end is ASan's to watch */
    memcpy(exact, bytes, count);
    enum status status = plan_read(exact, count, target(), &plan, &repacked, error);
    ck_assert((status == STATUS_OK) == (plan != NULL));
    plan_free(plan);
    free(exact);
    return status;
}

static void expect(size_t count, const char *class) {
    struct plan_error error = {.class = "none"};
    ck_assert_int_eq(read_bytes(file, count, &error), STATUS_INPUT);
    ck_assert_msg(strcmp(error.class, class) == 0, "%s (%s), not %s", error.class, error.message,
                  class);
}

START_TEST(a_plan_comes_back) {
    struct plan *made = make_plan(&microkernel_get()->tile), *read;
    struct plan_error error;
    bool repacked;
    ck_assert_int_eq(plan_read(file, length, target(), &read, &repacked, &error), STATUS_OK);
    ck_assert(!repacked);
    ck_assert_mem_eq(&read->head, &made->head, sizeof made->head);
    ck_assert_mem_eq(read->steps, made->steps, 2 * sizeof *made->steps);
    ck_assert_str_eq(plan_string(read, read->steps[1].name), "pool1");
    float a[FILTERS], b[FILTERS];
    run_plan(made, a, FILTERS);
    run_plan(read, b, FILTERS);
    ck_assert_mem_eq(a, b, sizeof a);
    plan_free(read);
    plan_free(made);
}
END_TEST

START_TEST(filters_are_packed_anew) {
    const struct tile other = {.wide = 20, .narrow = 3};
    float a[FILTERS], b[FILTERS];
    struct plan *made = make_plan(&microkernel_get()->tile), *read;
    run_plan(made, a, FILTERS);
    plan_free(made);
    free(file);
    write_file(&other);
    struct plan_error error;
    bool repacked;
    memmove(file + 1, file, length); /* aligned to nothing: copied first */
    ck_assert_int_eq(plan_read(file + 1, length, target(), &read, &repacked, &error), STATUS_OK);
    ck_assert(repacked && plan_verify(read) == NULL);
    run_plan(read, b, FILTERS);
    ck_assert_mem_eq(a, b, sizeof a);
    plan_free(read);
}
END_TEST

START_TEST(filters_are_packed_anew_within_a_limit) {
    const struct tile narrow = {.wide = 1, .narrow = 1};
    free(file);
    write_file(&narrow);
    struct plan *read;
    struct plan_target within = *target();
    struct plan_error error;
    bool repacked;
    ck_assert_int_eq(plan_read(file, length, &within, &read, &repacked, &error), STATUS_OK);
    ck_assert(repacked);
    within.memory = plan_weight_bytes(read);
    plan_free(read);
    ck_assert_int_eq(plan_read(file, length, &within, &read, &repacked, &error), STATUS_OK);
    plan_free(read);
    within.memory--;
    ck_assert_int_eq(plan_read(file, length, &within, &read, &repacked, &error), STATUS_LIMIT);
    ck_assert_ptr_null(read);
    ck_assert_str_eq(error.class, "limit-memory");
}
END_TEST

/* L1 */
START_TEST(no_plan_at_all) {
    expect(0, "plan-format");
    expect(1, "plan-format");
    expect(8, "plan-trunc");
    file[0] ^= 1;
    expect(length, "plan-format");
    file[0] ^= 1;
    static const uint32_t versions[] = {0, PLAN_FILE_VERSION + 1, UINT32_MAX};
    for (int i = 0; i < 3; i++) {
        memcpy(file + AT_VERSION, &versions[i], 4);
        plan_bytes_seal(file, length);
        expect(length, "plan-version");
    }
    const uint32_t version = PLAN_FILE_VERSION, swapped = 0x04030201;
    memcpy(file + AT_VERSION, &version, 4);
    memcpy(file + AT_VERSION + 4, &swapped, 4);
    plan_bytes_seal(file, length);
    expect(length, "plan-format");
}
END_TEST

/* L2, L8 */
START_TEST(too_short_or_too_long) {
    for (size_t i = 8; i < length; i += i < 4096 ? 1 : 97)
        expect(i, "plan-trunc");
    expect(length - 1, "plan-trunc");
    file[length] = '\n';
    expect(length + 1, "plan-trailing");
}
END_TEST

/* L3: any byte of the head, the tables, the padding; some of the weights. */
START_TEST(a_changed_byte) {
    for (size_t i = 0; i < length; i += i < 8192 ? 1 : 31) {
        struct plan_error error;
        file[i] ^= 0x10;
        ck_assert_msg(read_bytes(file, length, &error) == STATUS_INPUT, "byte %zu", i);
        file[i] ^= 0x10;
    }
}
END_TEST

/* L4: checksums right, contents wrong. */
struct change {
    size_t offset; /* in the first step */
    uint32_t value;
};

START_TEST(wrong_contents) {
    static const struct change changes[] = {
        {offsetof(struct step, kind), 255},
        {offsetof(struct step, kind), STEP_COUNT},
        {offsetof(struct step, name), 18},
        {offsetof(struct step, name), 6},
        {offsetof(struct step, fused), 4},
        {offsetof(struct step, input_count), 2},
        {offsetof(struct step, in[0].buffer), 3},
        {offsetof(struct step, in[0].buffer), 0x80000000},
        {offsetof(struct step, in[0].channels), 0},
        {offsetof(struct step, in[0].height), 0x7FFFFFFF},
        {offsetof(struct step, in[0].first), 1 << 20},
        {offsetof(struct step, out.buffer), 0},
        {offsetof(struct step, out.first), 16},
        {offsetof(struct step, weights[0].first), 1},
        {offsetof(struct step, weights[0].first), 1 << 20},
        {offsetof(struct step, weights[0].count), 16},
        {offsetof(struct step, epilogue.bias.count), 1},
        {offsetof(struct step, epilogue.bias_kind), 7},
        {offsetof(struct step, epilogue.activation), ACTIVATION_COUNT},
        {offsetof(struct step, epilogue.residual.buffer), 2},
        {offsetof(struct step, as.gemm.stride), 0},
        {offsetof(struct step, as.gemm.groups), 0},
        {offsetof(struct step, as.gemm.groups), 2},
        {offsetof(struct step, as.gemm.map), OUT + 1},
        {offsetof(struct step, as.gemm.cut), 0},
        {offsetof(struct step, as.gemm.order), 2},
    };
    size_t tables = plan_bytes_get(file, AT_TABLES);
    size_t steps = tables + (sizeof(struct plan_head) + 63) / 64 * 64 + 64;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        unsigned char *place = file + steps + changes[i].offset;
        uint32_t before;
        memcpy(&before, place, 4);
        memcpy(place, &changes[i].value, 4);
        plan_bytes_seal(file, length);
        struct plan_error error = {.class = "none"};
        enum status status = read_bytes(file, length, &error);
        ck_assert_msg(status == STATUS_INPUT && strcmp(error.class, "plan-format") == 0,
                      "change %zu: %s", i, error.class);
        memcpy(place, &before, 4);
    }
    plan_bytes_seal(file, length);
    struct plan_error error;
    ck_assert_int_eq(read_bytes(file, length, &error), STATUS_OK);
}
END_TEST

/* Whatever stands in the tables: refused, or it runs within its memory. */
START_TEST(random_contents) {
    size_t first = AT_SIZES, end = plan_bytes_get(file, AT_WEIGHTS);
    unsigned char *bytes = malloc(length);
    for (unsigned i = 0; i < 4000; i++) {
        float random[6];
        random_fill(i, "changes", 0, 6, 0, 1, random);
        memcpy(bytes, file, length);
        for (int k = 0; k < 3; k++) {
            size_t at = first + (size_t)(random[2 * k] * (float)(end - first));
            bytes[at] ^= (unsigned char)(1 + random[2 * k + 1] * 254);
        }
        plan_bytes_seal(bytes, length);
        struct plan *plan;
        struct plan_error error;
        bool repacked;
        float out[FILTERS];
        if (plan_read(bytes, length, target(), &plan, &repacked, &error) != STATUS_OK)
            continue;
        if (plan->output_count == 1 && plan_view_size(&plan->outputs[0].view) >= FILTERS &&
            plan_view_size(&plan->head.input) >= CHANNELS * SIDE * SIDE)
            run_plan(plan, out, FILTERS);
        plan_free(plan);
    }
    free(bytes);
}
END_TEST

START_TEST(a_layer_is_transposed_or_a_vector_or_not) {
    struct plan *plan = make_plan(&microkernel_get()->tile);
    plan->layers[0].transposed = 1;
    ck_assert_ptr_null(plan_verify(plan));
    plan->layers[0].transposed = 2;
    ck_assert_ptr_nonnull(plan_verify(plan));
    plan->layers[0].transposed = 0;
    plan->layers[0].vector = 1;
    ck_assert_ptr_null(plan_verify(plan));
    plan->layers[0].vector = 2;
    ck_assert_ptr_nonnull(plan_verify(plan));
    plan_free(plan);
}
END_TEST

/* Two buffers at one place, both live: the pool would read what the conv overwrites. */
START_TEST(buffers_overlap) {
    struct plan *plan = make_plan(&microkernel_get()->tile);
    plan->buffers[1].offset = plan->buffers[0].offset;
    ck_assert_ptr_nonnull(plan_verify(plan));
    plan_free(plan);
    plan = make_plan(&microkernel_get()->tile);
    plan->buffers[2].offset = plan->buffers[0].offset; /* the input is dead by then */
    ck_assert_ptr_null(plan_verify(plan));
    plan_free(plan);
    plan = make_plan(&microkernel_get()->tile);
    plan->buffers[2].offset = plan->buffers[0].offset;
    plan->layers[0].view = plan->head.input; /* to be read when the pool has overwritten it, */
    ck_assert_ptr_nonnull(plan_verify(plan));
    plan->layers[0].step = 0; /* or just before */
    ck_assert_ptr_null(plan_verify(plan));
    plan_free(plan);
    plan = make_plan(&microkernel_get()->tile);
    plan->step_count = 1; /* nobody writes the output */
    plan->layer_count = 0;
    ck_assert_ptr_nonnull(plan_verify(plan));
    plan_free(plan);
}
END_TEST

/* The pool as a fully connected layer, with filters of its own. */
static struct plan *make_two(const struct tile *tile, uint64_t *filters) {
    struct plan *plan = make_plan(tile);
    struct step *fc = &plan->steps[1];
    fc->kind = STEP_gemm;
    memset(&fc->as, 0, sizeof fc->as);
    fc->as.gemm = plan->steps[0].as.gemm;
    fc->as.gemm.kernel[0] = fc->as.gemm.kernel[1] = OUT;
    fc->as.gemm.map[0] = fc->as.gemm.map[1] = 1;
    struct pack_shape shape = pack_shape_of(fc, tile);
    ck_assert(pack_size(&shape, filters));
    fc->weights[0] = (struct plan_range){plan->head.weights, *filters};
    plan_release_weights(plan);
    plan->head.weights += *filters;
    ck_assert(plan_allocate_weights(plan));
    return plan;
}

/* Steps that share weights have the same ones: packed anew, each range keeps its size. */
START_TEST(weights_overlap) {
    uint64_t filters;
    struct plan *plan = make_two(&microkernel_get()->tile, &filters);
    struct step *conv = &plan->steps[0], *fc = &plan->steps[1];
    ck_assert_ptr_null(plan_verify(plan));
    fc->weights[0].first = conv->weights[0].first;
    ck_assert_ptr_nonnull(plan_verify(plan));
    fc->weights[0].first = conv->weights[0].first + PLAN_ALIGN;
    ck_assert_ptr_nonnull(plan_verify(plan));
    fc->weights[0].first = aligned(conv->weights[0].count + FILTERS);
    ck_assert_ptr_null(plan_verify(plan));
    fc->epilogue.bias = conv->epilogue.bias;
    fc->epilogue.bias_kind = BIAS_KIND_CHANNEL;
    ck_assert_ptr_null(plan_verify(plan)); /* the very same */
    conv->epilogue.bias.first = fc->weights[0].first;
    ck_assert_ptr_nonnull(plan_verify(plan));
    plan_free(plan);
}
END_TEST

/* L9: four filters of depth 27, read where the file has them and ends, and a page of no access
 * begins. */
START_TEST(filters_end_the_file) {
    enum { FEW = 4, DEPTH = CHANNELS * 9 };
    const struct tile *tile = &microkernel_get()->tile;
    struct plan *made = make_plan(tile), *read;
    struct step *conv = &made->steps[0], *pool = &made->steps[1];
    conv->out.channels = pool->in[0].channels = pool->out.channels = FEW;
    made->outputs[0].view.channels = made->layers[0].view.channels = FEW;
    struct pack_shape shape = pack_shape_of(conv, tile);
    uint64_t floats;
    ck_assert(pack_size(&shape, &floats));
    conv->epilogue.bias = (struct plan_range){0, FEW};
    conv->weights[0] = (struct plan_range){aligned(FEW), floats};
    made->head.weights = aligned(FEW) + floats;
    plan_release_weights(made);
    ck_assert(plan_allocate_weights(made));
    float weights[FEW * DEPTH], expected[FEW], got[FEW];
    random_fill(1, "conv1.weight", 0, FEW * DEPTH, -1, 1, weights);
    pack_filters(&shape, weights, made->own_weights + aligned(FEW));
    run_plan(made, expected, FEW);
    free(file);
    write_plan(made);
    struct guarded memory = guarded_new(length);
    memcpy(memory.bytes, file, length);
    struct plan_error error;
    bool repacked;
    ck_assert_int_eq(plan_read(memory.bytes, length, target(), &read, &repacked, &error),
                     STATUS_OK);
    ck_assert(!repacked && !read->own_weights); /* or it would be a copy that is run */
    run_plan(read, got, FEW);
    ck_assert_mem_eq(got, expected, sizeof got);
    plan_free(read);
    guarded_free(&memory);
}
END_TEST

/* A file whose tables would cost quadratic time to compare one by one. */
START_TEST(many_buffers) {
    enum { MANY = 1 << 19 };
    struct plan *plan = make_plan(&microkernel_get()->tile);
    struct plan_buffer *buffers = arena_array(&plan->arena, MANY, sizeof *buffers);
    memcpy(buffers, plan->buffers, 3 * sizeof *buffers);
    for (uint32_t i = 3; i < MANY; i++)
        buffers[i] = (struct plan_buffer){0, PLAN_ALIGN}; /* nobody touches them */
    plan->buffers = buffers;
    plan->buffer_count = MANY;
    ck_assert_ptr_null(plan_verify(plan));
    plan_free(plan);
}
END_TEST

START_TEST(too_many_steps) {
    struct plan *plan = make_plan(&microkernel_get()->tile);
    struct step *steps = arena_array(&plan->arena, PLAN_STEPS + 1, sizeof *steps);
    for (uint32_t i = 0; i <= PLAN_STEPS; i++)
        steps[i] = plan->steps[i == 0 ? 0 : 1]; /* the same pool time and again */
    plan->steps = steps;
    plan->step_count = PLAN_STEPS;
    ck_assert_ptr_null(plan_verify(plan));
    plan->step_count++;
    ck_assert_ptr_nonnull(plan_verify(plan));
    plan_free(plan);
}
END_TEST

/* Copies of single floats from the input, every other one first: a thousand holes, then none. */
START_TEST(written_in_pieces) {
    enum { PIECES = 2000 };
    struct plan *plan = plan_new();
    plan->head.tile = microkernel_get()->tile;
    plan->head.name = plan->head.labels = PLAN_NONE;
    plan->strings = arena_copy(&plan->arena, "", 0);
    plan->string_bytes = 1;
    plan->buffer_count = 2;
    plan->buffers = arena_array(&plan->arena, 2, sizeof *plan->buffers);
    plan->buffers[0] = (struct plan_buffer){0, PLAN_ALIGN};
    plan->buffers[1] = (struct plan_buffer){PLAN_ALIGN, aligned(PIECES)};
    plan->head.arena = PLAN_ALIGN + aligned(PIECES);
    plan->head.input = view(0, 1, 1);
    plan->step_count = PIECES;
    plan->steps = arena_array(&plan->arena, PIECES, sizeof *plan->steps);
    for (uint32_t i = 0; i < PIECES; i++) {
        struct step *copy = &plan->steps[i];
        *copy = (struct step){.kind = STEP_pad, .input_count = 1, .in[0] = view(0, 1, 1)};
        copy->epilogue.residual.buffer = PLAN_NONE;
        copy->out = view(1, 1, 1);
        copy->out.first = i < PIECES / 2 ? 2 * i : 2 * (PIECES - 1 - i) + 1;
    }
    plan->output_count = 1;
    plan->outputs = arena_array(&plan->arena, 1, sizeof *plan->outputs);
    plan->outputs[0].view = view(1, PIECES, 1);
    ck_assert_ptr_null(plan_verify(plan));
    plan->layer_count = 1;
    plan->layers = arena_array(&plan->arena, 1, sizeof *plan->layers);
    plan->layers[0] =
        (struct plan_layer){.kept = 1, .step = PIECES - 1, .view = view(1, PIECES, 1)};
    ck_assert_ptr_null(plan_verify(plan));
    plan->layers[0].step = PIECES - 2; /* a step too early */
    ck_assert_ptr_nonnull(plan_verify(plan));
    plan->layer_count = 0;
    plan->step_count = PIECES - 1; /* a float is missing */
    ck_assert_ptr_nonnull(plan_verify(plan));
    plan_free(plan);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("plan_file");
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, setup, teardown);
    tcase_add_test(files, a_plan_comes_back);
    tcase_add_test(files, filters_are_packed_anew);
    tcase_add_test(files, filters_are_packed_anew_within_a_limit);
    tcase_add_test(files, no_plan_at_all);
    tcase_add_test(files, too_short_or_too_long);
    tcase_add_test(files, a_changed_byte);
    tcase_add_test(files, wrong_contents);
    tcase_add_test(files, random_contents);
    tcase_add_test(files, filters_end_the_file);
    suite_add_tcase(suite, files);
    TCase *plans = tcase_create("plans");
    tcase_add_test(plans, a_layer_is_transposed_or_a_vector_or_not);
    tcase_add_test(plans, buffers_overlap);
    tcase_add_test(plans, weights_overlap);
    tcase_add_test(plans, many_buffers);
    tcase_add_test(plans, too_many_steps);
    tcase_add_test(plans, written_in_pieces);
    suite_add_tcase(suite, plans);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
