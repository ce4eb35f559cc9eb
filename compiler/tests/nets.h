/* The random networks of testdata/nets (testdata/tools/nets.py says what the files hold), compiled
 * and run. A failed check names the network, whose number is its seed too.
 *
 * Whatever is asked of each float is an `if` with ck_abort_msg: each ck_assert writes to a file. */
#ifndef CNNC_TEST_NETS_H
#define CNNC_TEST_NETS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/base/random.h"
#include "../../runtime/exec/exec.h"
#include "../../runtime/gemm/microkernel.h"
#include "../../runtime/weights/npy.h"
#include "../compiler.h"
#include "../graph/layer.h"

enum { NETS_MOST = 1000 };

struct net {
    uint64_t number;
    size_t batch;
    const char *text; /* of the spec; not terminated */
    size_t length;
    const float *expected;
    struct compilation *compilation;
    struct plan *plan;
};

static struct nets {
    char *text;
    struct npy expected;
    struct net list[NETS_MOST];
    size_t count;
} nets;

static inline void nets_open(void) {
    struct file_error error;
    ck_assert_int_eq(npy_open(NETS_DIR "/expected.npy", &nets.expected, &error), STATUS_OK);
    FILE *file = fopen(NETS_DIR "/networks.txt", "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    long length = ftell(file);
    ck_assert_int_gt(length, 0);
    rewind(file);
    nets.text = calloc(1, (size_t)length + 1);
    ck_assert_ptr_nonnull(nets.text);
    ck_assert_uint_eq(fread(nets.text, 1, (size_t)length, file), (size_t)length);
    fclose(file);
    nets.count = 0;
    for (char *head = nets.text, *end; *head; head = end) {
        ck_assert_int_eq(strncmp(head, "== ", 3), 0);
        ck_assert_uint_lt(nets.count, NETS_MOST);
        struct net *net = &nets.list[nets.count++];
        *net = (struct net){.number = strtoull(head + 3, &end, 10)};
        net->batch = strtoul(end, &end, 10);
        net->expected = nets.expected.tensor.data + strtoul(end, &end, 10);
        net->text = end + 1;
        end = strstr(end, "\n== ");
        end = end ? end + 1 : nets.text + length;
        net->length = (size_t)(end - net->text);
    }
}

static inline void nets_close(void) {
    npy_close(&nets.expected);
    free(nets.text);
    nets.text = NULL;
}

static inline void net_close(struct net *net) {
    plan_free(net->plan);
    compilation_free(net->compilation);
    net->plan = NULL;
    net->compilation = NULL;
}

/* Compiles the network, with its seed's weights. */
static inline void net_open(struct net *net, bool plain) {
    static const struct compile_options none;
    const struct microkernel *kernel = microkernel_get();
    struct plan_options options = {.tile = kernel->tile, .depth = kernel->depth, .plain = plain};
    ck_assert_int_eq(compile_spec(&none, "net", net->text, net->length, &net->compilation),
                     STATUS_OK);
    ck_assert_int_eq(compile_plan(net->compilation, &options, &net->plan), STATUS_OK);
    ck_assert_int_eq(compile_weights(net->compilation, net->plan, NULL, net->number), STATUS_OK);
    const char *fault = plan_verify(net->plan);
    ck_assert_msg(fault == NULL, "network %d: %s", (int)net->number, fault);
}

/* Image `image` of the network's input. */
static inline void net_image(const struct net *net, const struct plan *plan, size_t image,
                             float *to) {
    size_t floats = plan_view_size(&plan->head.input);
    random_fill(net->number, "input", image * floats, floats, -1, 1, to);
}

static inline struct run *net_run_new(const struct plan *plan, size_t batch, int threads) {
    struct run *run;
    ck_assert_int_eq(run_new(plan, &(struct run_options){batch, threads}, &run), STATUS_OK);
    return run;
}

/* The floats of all outputs of one image. */
static inline size_t net_output_size(const struct plan *plan) {
    size_t floats = 0;
    for (uint32_t i = 0; i < plan->output_count; i++)
        floats += plan_view_size(&plan->outputs[i].view);
    return floats;
}

static inline void net_output(const struct plan *plan, const struct run *run, size_t place,
                              float *to) {
    for (uint32_t i = 0; i < plan->output_count; i++) {
        size_t floats = plan_view_size(&plan->outputs[i].view);
        memcpy(to, run_output(run, i, place), floats * sizeof *to);
        to += floats;
    }
}

/* All outputs of the network's batch, [image][output], when image n stands at place
 * (n + turn) % capacity of a batch of `capacity`, or, where that is less than the network's batch,
 * in groups of that many. The caller frees it. */
static inline float *net_results(const struct net *net, const struct plan *plan, size_t capacity,
                                 size_t turn, int threads) {
    size_t floats = net_output_size(plan);
    float *results = calloc(net->batch * floats + 1, sizeof *results);
    ck_assert_ptr_nonnull(results);
    struct run *run = net_run_new(plan, capacity, threads);
    for (size_t first = 0; first < net->batch; first += capacity) {
        for (size_t n = 0; n < capacity; n++)
            net_image(net, plan, first + n, run_input(run, (n + turn) % capacity));
        run_forward(run, capacity);
        for (size_t n = 0; n < capacity && first + n < net->batch; n++)
            net_output(plan, run, (n + turn) % capacity, results + (first + n) * floats);
    }
    run_free(run);
    return results;
}

#endif
