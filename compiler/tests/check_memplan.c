/* Placements are valid, exact for a few buffers, at the bound for chains and near it for what
 * networks look like. */
#include "../passes/memplan.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 10000, UNIT = 16, SMALL = 7 };

static struct memplan_buffer buffers[MOST];
static struct arena arena;

static void set_up(void) { arena_init(&arena); }
static void tear_down(void) { arena_free(&arena); }

static uint64_t draw(uint64_t *state, uint64_t below) {
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (*state >> 33) % below;
}

static bool live_together(const struct memplan_buffer *a, const struct memplan_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* Some buffer's first time has the most live. */
static uint64_t most_live(size_t count) {
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t live = 0;
        for (size_t k = 0; k < count; k++)
            if (buffers[k].first <= buffers[i].first && buffers[i].first <= buffers[k].last)
                live += buffers[k].size;
        most = live > most ? live : most;
    }
    return most;
}

struct result {
    uint64_t total, bound;
};

/* Places them, and asserts all that the header promises but how good it is. */
static struct result place(size_t count, uint64_t seed) {
    struct result result;
    if (setjmp(arena.out_of_memory))
        ck_abort_msg("no memory");
    ck_assert(memplan(&arena, buffers, count, &result.total, &result.bound));
    uint64_t end = 0;
    for (size_t i = 0; i < count; i++) {
        const struct memplan_buffer *a = &buffers[i];
        end = a->offset + a->size > end ? a->offset + a->size : end;
        ck_assert_msg(a->offset % UNIT == 0, "seed %" PRIu64 ": buffer %zu at %" PRIu64, seed, i,
                      a->offset);
        for (size_t k = i + 1; k < count; k++) {
            const struct memplan_buffer *b = &buffers[k];
            if (live_together(a, b) && a->offset < b->offset + b->size &&
                b->offset < a->offset + a->size)
                ck_abort_msg("seed %" PRIu64 ": buffers %zu and %zu overlap", seed, i, k);
        }
    }
    ck_assert_msg(result.total == end,
                  "seed %" PRIu64 ": total %" PRIu64 ", but an end at %" PRIu64, seed, result.total,
                  end);
    ck_assert_msg(result.bound == most_live(count), "seed %" PRIu64 ": bound %" PRIu64, seed,
                  result.bound);
    return result;
}

static struct memplan_buffer buffer(uint64_t units, uint32_t first, uint32_t last) {
    return (struct memplan_buffer){.size = units * UNIT, .first = first, .last = last};
}

/* ---- a few: against every order, each buffer at the lowest offset that is free ---- */

/* Of `index`, when those in `placed` stand: 0 or the end of one of them. */
static uint64_t lowest(size_t index, unsigned placed) {
    uint64_t best = UINT64_MAX;
    for (size_t candidate = 0; candidate <= SMALL; candidate++) {
        uint64_t offset = 0;
        if (candidate < SMALL && !(placed >> candidate & 1))
            continue;
        if (candidate < SMALL)
            offset = buffers[candidate].offset + buffers[candidate].size;
        bool free = offset < best;
        for (size_t k = 0; k < SMALL && free; k++)
            free = !(placed >> k & 1) || !live_together(&buffers[index], &buffers[k]) ||
                   offset + buffers[index].size <= buffers[k].offset ||
                   buffers[k].offset + buffers[k].size <= offset;
        best = free ? offset : best;
    }
    return best;
}

static uint64_t least_total(size_t count, unsigned placed, uint64_t end, uint64_t best) {
    if (placed + 1 == 1U << count)
        return end < best ? end : best;
    for (size_t i = 0; i < count; i++) {
        if (placed >> i & 1)
            continue;
        uint64_t offset = lowest(i, placed), stop = offset + buffers[i].size;
        stop = stop > end ? stop : end;
        buffers[i].offset = offset;
        if (stop < best)
            best = least_total(count, placed | 1U << i, stop, best);
    }
    return best;
}

START_TEST(few_are_exact) {
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        uint64_t state = seed;
        size_t count = 1 + draw(&state, SMALL);
        for (size_t i = 0; i < count; i++) {
            uint32_t first = (uint32_t)draw(&state, 8);
            buffers[i] = buffer(1 + draw(&state, 12), first, first + (uint32_t)draw(&state, 5));
        }
        uint64_t total = place(count, seed).total;
        uint64_t least = least_total(count, 0, 0, UINT64_MAX);
        ck_assert_msg(total == least, "seed %" PRIu64 ": %" PRIu64 ", but %" PRIu64 " is enough",
                      seed, total, least);
    }
}
END_TEST

/* ---- what networks look like ---- */

START_TEST(chains_reach_the_bound) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        uint64_t state = seed;
        size_t count = 2 + draw(&state, 300);
        for (uint32_t i = 0; i < count; i++)
            buffers[i] = buffer(1 + draw(&state, 1000), i, i + 1);
        struct result result = place(count, seed);
        ck_assert_msg(result.total == result.bound, "seed %" PRIu64 ": %" PRIu64 ", bound %" PRIu64,
                      seed, result.total, result.bound);
    }
}
END_TEST

/* A chain some of whose values are read again later, as by residuals, concats and decoders. */
START_TEST(branches_stay_near_the_bound) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        uint64_t state = seed;
        uint32_t count = 9 + (uint32_t)draw(&state, 100);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t later = draw(&state, 4) ? 0 : (uint32_t)draw(&state, count / 2);
            buffers[i] = buffer(1 + draw(&state, 100), i, i + 1 + later);
        }
        struct result result = place(count, seed);
        ck_assert_msg((double)result.total <= 1.10 * (double)result.bound,
                      "seed %" PRIu64 ": %" PRIu64 ", bound %" PRIu64, seed, result.total,
                      result.bound);
    }
}
END_TEST

START_TEST(all_at_once) {
    uint64_t state = 1, sum = 0;
    for (size_t count = 1; count < 40; count++) {
        sum = 0;
        for (size_t i = 0; i < count; i++) {
            buffers[i] = buffer(1 + draw(&state, 9), 3, 5);
            sum += buffers[i].size;
        }
        ck_assert_uint_eq(place(count, count).total, sum);
    }
}
END_TEST

/* ---- edges ---- */

START_TEST(none) {
    struct result result = place(0, 0);
    ck_assert_uint_eq(result.total, 0);
    ck_assert_uint_eq(result.bound, 0);
}
END_TEST

START_TEST(sizes_of_zero) {
    buffers[0] = buffer(0, 0, 9);
    buffers[1] = buffer(2, 0, 4);
    buffers[2] = buffer(0, 2, 2);
    buffers[3] = buffer(3, 4, 9);
    ck_assert_uint_eq(place(4, 0).total, 5 * UNIT);
    for (size_t i = 0; i < 20; i++)
        buffers[i] = buffer(0, 0, (uint32_t)i);
    ck_assert_uint_eq(place(20, 0).total, 0);
}
END_TEST

START_TEST(to_the_end_of_time) {
    buffers[0] = buffer(1, 0, UINT32_MAX);
    buffers[1] = buffer(2, UINT32_MAX, UINT32_MAX);
    buffers[2] = buffer(2, 0, UINT32_MAX - 1);
    ck_assert_uint_eq(place(3, 0).total, 3 * UNIT);
}
END_TEST

START_TEST(sums_beyond_64_bits) {
    uint64_t total, bound;
    if (setjmp(arena.out_of_memory))
        ck_abort_msg("no memory");
    for (uint32_t i = 0; i < 4; i++)
        buffers[i] = (struct memplan_buffer){.size = (uint64_t)1 << 61, .first = i, .last = 9};
    buffers[3].size--;
    ck_assert(memplan(&arena, buffers, 4, &total, &bound));
    ck_assert_uint_eq(total, INT64_MAX);
    buffers[3].size++;
    ck_assert(!memplan(&arena, buffers, 4, &total, &bound));
    buffers[2].size = UINT64_MAX; /* the sum in 64 bits would be small */
    ck_assert(!memplan(&arena, buffers, 4, &total, &bound));
}
END_TEST

START_TEST(the_same_again) {
    static uint64_t offsets[200];
    uint64_t state = 5;
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t first = (uint32_t)draw(&state, 200);
        buffers[i] = buffer(1 + draw(&state, 1000), first, first + (uint32_t)draw(&state, 60));
    }
    struct result once = place(200, 5);
    for (size_t i = 0; i < 200; i++) {
        offsets[i] = buffers[i].offset;
        buffers[i].offset = 77; /* of no account */
    }
    ck_assert_uint_eq(place(200, 5).total, once.total);
    for (size_t i = 0; i < 200; i++)
        ck_assert_uint_eq(buffers[i].offset, offsets[i]);
}
END_TEST

/* ---- as many as a network may have layers ---- */

START_TEST(many) {
    uint64_t state = 9, sum = 0;
    for (uint32_t i = 0; i < MOST; i++)
        buffers[i] = buffer(1 + draw(&state, 5000), i, i + 1);
    struct result chain = place(MOST, 9);
    ck_assert_uint_eq(chain.total, chain.bound);
    for (uint32_t i = 0; i < MOST; i++) {
        buffers[i].first = 0;
        sum += buffers[i].size;
    }
    ck_assert_uint_eq(place(MOST, 9).total, sum);
    for (uint32_t i = 0; i < MOST; i++) {
        buffers[i].first = i;
        buffers[i].last = i + 1 + (uint32_t)(draw(&state, 8) ? 0 : draw(&state, 40));
    }
    struct result branches = place(MOST, 9);
    ck_assert_msg((double)branches.total <= 1.10 * (double)branches.bound,
                  "%" PRIu64 ", bound %" PRIu64, branches.total, branches.bound);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        few_are_exact, chains_reach_the_bound, branches_stay_near_the_bound, all_at_once,    none,
        sizes_of_zero, to_the_end_of_time,     sums_beyond_64_bits,          the_same_again, many};
    Suite *suite = suite_create("memplan");
    TCase *cases = tcase_create("memplan");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
