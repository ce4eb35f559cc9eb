/* The promises of layout.h, on networks of known form and on random graphs. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "../report/layout.h"

#define SLACK 1e-6

static struct arena arena;
static struct layout layout;

static void begin(void) { arena_init(&arena); }
static void end(void) { arena_free(&arena); }

/* A fixed generator: a failing seed is printed and can be run again. */
static uint64_t state;
static uint32_t random_below(uint32_t bound) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(state >> 33) % bound;
}

static void make(uint32_t boxes, uint32_t edges) {
    layout = (struct layout){.box_count = boxes};
    layout.boxes = arena_array(&arena, boxes, sizeof *layout.boxes);
    layout.edges = arena_array(&arena, edges, sizeof *layout.edges);
    for (uint32_t i = 0; i < boxes; i++)
        layout.boxes[i] = (struct layout_box){.width = 60 + 10 * (double)(i % 7),
                                              .height = 20 + 8 * (double)(i % 3),
                                              .close = i % 4 == 1};
}

static void edge(uint32_t from, uint32_t to) {
    layout.edges[layout.edge_count++] = (struct layout_edge){.from = from, .to = to};
}

static bool overlap(const struct layout_box *a, const struct layout_box *b) {
    return a->x < b->x + b->width - SLACK && b->x < a->x + a->width - SLACK &&
           a->y < b->y + b->height - SLACK && b->y < a->y + a->height - SLACK;
}

static bool meets(struct layout_point p, struct layout_point q, const struct layout_box *box) {
    return fmin(p.x, q.x) < box->x + box->width - SLACK && fmax(p.x, q.x) > box->x + SLACK &&
           fmin(p.y, q.y) < box->y + box->height - SLACK && fmax(p.y, q.y) > box->y + SLACK;
}

static void check_edge(const struct layout_edge *e) {
    const struct layout_box *from = &layout.boxes[e->from], *to = &layout.boxes[e->to];
    ck_assert_int_ge(e->point_count, 2);
    ck_assert_int_le(e->point_count, LAYOUT_POINTS);
    struct layout_point first = e->points[0], last = e->points[e->point_count - 1];
    ck_assert_double_eq_tol(first.x, from->x + from->width / 2, SLACK);
    ck_assert_double_eq_tol(first.y, from->y + from->height, SLACK);
    ck_assert_double_eq_tol(last.x, to->x + to->width / 2, SLACK);
    ck_assert_double_eq_tol(last.y, to->y, SLACK);
    for (int k = 0; k + 1 < e->point_count; k++) {
        struct layout_point p = e->points[k], q = e->points[k + 1];
        ck_assert_msg(fabs(p.x - q.x) < SLACK || fabs(p.y - q.y) < SLACK, "a slanted piece");
        ck_assert_msg(p.y < q.y + SLACK, "a piece that goes up");
        ck_assert(q.x > -SLACK && q.x < layout.width + SLACK);
        for (uint32_t i = 0; i < layout.box_count; i++)
            ck_assert_msg(!meets(p, q, &layout.boxes[i]), "edge %u-%u meets box %u", e->from, e->to,
                          i);
    }
}

/* How far two pieces run in one line; 0 where they cross or only touch. */
static double shared_run(const struct layout_point *a, const struct layout_point *b) {
    double wide = fmin(fmax(a[0].x, a[1].x), fmax(b[0].x, b[1].x)) -
                  fmax(fmin(a[0].x, a[1].x), fmin(b[0].x, b[1].x));
    double high = fmin(a[1].y, b[1].y) - fmax(a[0].y, b[0].y);
    if (wide < -SLACK || high < -SLACK)
        return 0;
    return fmax(wide, high);
}

static bool run_along(const struct layout_edge *a, const struct layout_edge *b) {
    if (a->points[0].y > b->points[b->point_count - 1].y ||
        b->points[0].y > a->points[a->point_count - 1].y)
        return false;
    for (int i = 0; i + 1 < a->point_count; i++) {
        for (int k = 0; k + 1 < b->point_count; k++) {
            bool parallel =
                (a->points[i].x == a->points[i + 1].x) == (b->points[k].x == b->points[k + 1].x);
            if (parallel && shared_run(&a->points[i], &b->points[k]) > SLACK)
                return true;
        }
    }
    return false;
}

/* Else a reader could follow the wrong one. */
static void check_edges_apart(void) {
    for (uint32_t i = 0; i < layout.edge_count; i++) {
        const struct layout_edge *a = &layout.edges[i];
        for (uint32_t k = 0; k < i; k++) {
            const struct layout_edge *b = &layout.edges[k];
            if (a->from != b->from && a->to != b->to)
                ck_assert_msg(!run_along(a, b), "edges %u-%u and %u-%u cover each other", b->from,
                              b->to, a->from, a->to);
        }
    }
}

static void run_and_check(void) {
    layout_run(&arena, &layout);
    for (uint32_t i = 0; i < layout.box_count; i++) {
        const struct layout_box *box = &layout.boxes[i];
        ck_assert(box->x > -SLACK && box->x + box->width < layout.width + SLACK);
        ck_assert(box->y > -SLACK && box->y + box->height < layout.height + SLACK);
        for (uint32_t k = 0; k < i; k++)
            ck_assert_msg(!overlap(box, &layout.boxes[k]), "boxes %u and %u overlap", k, i);
    }
    for (uint32_t i = 0; i < layout.edge_count; i++)
        check_edge(&layout.edges[i]);
    check_edges_apart();
}

START_TEST(one_box) {
    make(1, 0);
    run_and_check();
    ck_assert_double_eq(layout.width, layout.boxes[0].width);
}
END_TEST

START_TEST(a_chain_is_one_column) {
    make(200, 199);
    for (uint32_t i = 1; i < 200; i++)
        edge(i - 1, i);
    run_and_check();
    for (uint32_t i = 0; i < layout.edge_count; i++)
        ck_assert_int_eq(layout.edges[i].point_count, 2);
}
END_TEST

START_TEST(a_skip_leaves_the_column_straight) {
    make(5, 5);
    for (uint32_t i = 1; i < 5; i++)
        edge(i - 1, i);
    edge(1, 4);
    run_and_check();
    double middle = layout.boxes[0].x + layout.boxes[0].width / 2;
    for (uint32_t i = 1; i < 5; i++)
        ck_assert_double_eq_tol(layout.boxes[i].x + layout.boxes[i].width / 2, middle, SLACK);
    ck_assert_int_eq(layout.edges[4].point_count, 6);
}
END_TEST

START_TEST(branches_stand_in_their_order) {
    make(6, 8); /* 0 to four branches to 5 */
    for (uint32_t i = 1; i < 5; i++) {
        edge(0, i);
        edge(i, 5);
    }
    run_and_check();
    for (uint32_t i = 2; i < 5; i++)
        ck_assert_double_lt(layout.boxes[i - 1].x, layout.boxes[i].x);
}
END_TEST

START_TEST(an_edge_given_twice_is_drawn_twice) {
    make(2, 2);
    edge(0, 1);
    edge(0, 1);
    run_and_check();
    ck_assert_double_ne(layout.edges[0].points[2].x, layout.edges[1].points[2].x);
}
END_TEST

/* Two joins of the same two boxes: no edge is alone at an end. */
START_TEST(edges_between_a_fork_and_a_join_have_lanes) {
    make(5, 6);
    edge(0, 1);
    edge(0, 2);
    for (uint32_t from = 1; from < 3; from++) {
        edge(from, 3);
        edge(from, 4);
    }
    run_and_check();
}
END_TEST

START_TEST(random_graphs) {
    state = (uint64_t)_i * 7919 + 1;
    uint32_t boxes = 2 + random_below(60), most = 1 + random_below(3);
    make(boxes, boxes * 4);
    for (uint32_t to = 1; to < boxes; to++) {
        uint32_t inputs = random_below(9) == 0 ? 0 : 1 + random_below(most);
        uint32_t reach = random_below(4) == 0 ? to : (to < 5 ? to : 5);
        for (uint32_t k = 0; k < inputs; k++)
            edge(to - 1 - random_below(reach), to);
    }
    run_and_check();
}
END_TEST

START_TEST(a_wide_join_and_a_deep_one_stay_small) {
    make(3002, 6000);
    for (uint32_t i = 1; i <= 3000; i++) {
        edge(0, i);
        edge(i, 3001);
    }
    layout_run(&arena, &layout);
    ck_assert_double_gt(layout.width, 3000 * 60.0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("layout");
    TCase *cases = tcase_create("layout");
    tcase_add_checked_fixture(cases, begin, end);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, one_box);
    tcase_add_test(cases, a_chain_is_one_column);
    tcase_add_test(cases, a_skip_leaves_the_column_straight);
    tcase_add_test(cases, branches_stand_in_their_order);
    tcase_add_test(cases, an_edge_given_twice_is_drawn_twice);
    tcase_add_test(cases, edges_between_a_fork_and_a_join_have_lanes);
    tcase_add_loop_test(cases, random_graphs, 0, 300);
    tcase_add_test(cases, a_wide_join_and_a_deep_one_stay_small);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
