/* Columns, units, and what --only lets through. */
#include "../../compiler/tests/network.h"
#include "../report/columns.h"
#include "../report/totals.h"

static struct view view;

static void setup(void) { view = (struct view){.file = "test.yaml", .batch = 1, .first = true}; }

/* The cell of a layer; static text, good until the next call. */
static const char *cell(const char *layer, enum column_id column) {
    static char copy[256];
    struct text out = {0};
    text_add(&out, "");
    column_cell(&columns[column], network->graph, layer_named(layer), &view, &out);
    ck_assert(!out.failed && out.length < sizeof copy);
    memcpy(copy, out.data, out.length + 1);
    text_free(&out);
    return copy;
}

static const char *amount(int64_t value, bool bytes, enum units units) {
    static char copy[64];
    struct text out = {0};
    amount_print(value, bytes, units, &out);
    ck_assert(!out.failed && out.length < sizeof copy);
    memcpy(copy, out.data, out.length + 1);
    text_free(&out);
    return copy;
}

START_TEST(names_are_unique_and_found) {
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const char *name = columns[i].name;
        ck_assert_ptr_nonnull(name);
        ck_assert_ptr_eq(column_find(name, strlen(name)), &columns[i]);
        ck_assert((columns[i].print != NULL) != (columns[i].amount != NULL));
    }
    ck_assert_ptr_null(column_find("nam", 3));
    ck_assert_ptr_null(column_find("", 0));
    ck_assert_ptr_null(column_find("names", 5));
}
END_TEST

START_TEST(cells_of_a_window) {
    accept("input: 4x9x12\n"
           "layers:\n"
           "  - conv: {name: a, filters: 6, kernel: 3x4, stride: 1x2, pad: 0x1x0x2, groups: 2,\n"
           "           dilation: 2x1, fit: floor}\n"
           "  - pool: {name: b, kernel: 2, fit: floor}\n"
           "  - fc: {name: c, units: 7}\n");
    ck_assert_str_eq(cell("a", COLUMN_NAME), "a");
    ck_assert_str_eq(cell("a", COLUMN_OP), "conv");
    ck_assert_str_eq(cell("a", COLUMN_FROM), "input");
    ck_assert_str_eq(cell("a", COLUMN_KERNEL), "3x4");
    ck_assert_str_eq(cell("a", COLUMN_STRIDE), "1x2");
    ck_assert_str_eq(cell("a", COLUMN_PAD), "0x1x0x2");
    ck_assert_str_eq(cell("a", COLUMN_DILATION), "2x1");
    ck_assert_str_eq(cell("a", COLUMN_GROUPS), "2");
    ck_assert_str_eq(cell("a", COLUMN_OUTPUT), "6x6x6");
    ck_assert_str_eq(cell("a", COLUMN_PARAMS), "150"); /* (3*4*2 + 1)*6 */
    ck_assert_str_eq(cell("a", COLUMN_WEIGHTS), "600");
    ck_assert_str_eq(cell("a", COLUMN_MACS), "5184"); /* 3*4*2 * 6*6*6 */
    ck_assert_str_eq(cell("a", COLUMN_ACTIVATIONS), "864");
    ck_assert_str_eq(cell("a", COLUMN_FIELD), "5x4");
    ck_assert_str_eq(cell("a", COLUMN_JUMP), "1x2");
    ck_assert_str_eq(cell("a", COLUMN_START), "0");
    ck_assert_str_eq(cell("a", COLUMN_DROPS), ""); /* (12 - 4 + 2)/2 + 1 = 6 */
    ck_assert_str_eq(cell("a", COLUMN_AT), "3");
    ck_assert_str_eq(cell("b", COLUMN_STRIDE), "2");
    ck_assert_str_eq(cell("b", COLUMN_GROUPS), "");
    ck_assert_str_eq(cell("c", COLUMN_KERNEL), "");
    ck_assert_str_eq(cell("c", COLUMN_PAD), "");
    ck_assert_str_eq(cell("c", COLUMN_OUTPUT), "7");
}
END_TEST

START_TEST(what_is_dropped_is_counted) {
    accept("input: 1x8x9\nfit: floor\nlayers:\n"
           "  - conv: {name: a, filters: 1, kernel: 3, stride: 3}\n"
           "  - pool: {name: b, kernel: 1, stride: 2}\n");
    ck_assert_str_eq(cell("a", COLUMN_DROPS), "2 rows");
    ck_assert_str_eq(cell("b", COLUMN_DROPS), "1 row");
    accept("input: 1x8x8\nfit: floor\nlayers: [conv: {name: a, filters: 1, kernel: 3, "
           "stride: 2, pad: 1}]\n");
    ck_assert_str_eq(cell("a", COLUMN_DROPS), "1 row, 1 column of padding");
}
END_TEST

START_TEST(a_depthwise_conv_has_a_group_a_channel) {
    accept("input: 5x4x4\nlayers: [conv: {name: a, groups: depthwise, kernel: 3}]\n");
    ck_assert_str_eq(cell("a", COLUMN_GROUPS), "5");
}
END_TEST

START_TEST(joins_name_all_they_read) {
    accept("input: 2x4x4\nlayers: [relu: {name: a}, add: {name: s, branches: [[tanh], []]}]\n");
    ck_assert_str_eq(cell("s", COLUMN_FROM), "tanh1, a");
    ck_assert(!graph_is_chain(network->graph));
    accept("input: 2x4x4\nlayers: [relu, tanh]\n");
    ck_assert(graph_is_chain(network->graph));
}
END_TEST

START_TEST(units_round_to_three_digits) {
    static const struct {
        int64_t value;
        const char *count, *si, *iec;
    } rows[] = {
        {0, "0", "0 B", "0 B"},
        {999, "999", "999 B", "999 B"},
        {1000, "1.00 k", "1.00 kB", "1000 B"},
        {1023, "1.02 k", "1.02 kB", "1023 B"},
        {1024, "1.02 k", "1.02 kB", "1.00 KiB"},
        {9994, "9.99 k", "9.99 kB", "9.76 KiB"},
        {9996, "10.0 k", "10.0 kB", "9.76 KiB"},
        {61706, "61.7 k", "61.7 kB", "60.3 KiB"},
        {99960, "100 k", "100 kB", "97.6 KiB"},
        {999499, "999 k", "999 kB", "976 KiB"},
        {999500, "1.00 M", "1.00 MB", "976 KiB"},
        {62378344, "62.4 M", "62.4 MB", "59.5 MiB"},
        {INT64_MAX, "9.22 E", "9.22 EB", "8.00 EiB"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_str_eq(amount(rows[i].value, false, UNITS_SI), rows[i].count);
        ck_assert_str_eq(amount(rows[i].value, false, UNITS_IEC), rows[i].count);
        ck_assert_str_eq(amount(rows[i].value, true, UNITS_SI), rows[i].si);
        ck_assert_str_eq(amount(rows[i].value, true, UNITS_IEC), rows[i].iec);
    }
    ck_assert_str_eq(amount(INT64_MAX, true, UNITS_RAW), "9223372036854775807");
    ck_assert_str_eq(amount(62378344, false, UNITS_RAW), "62378344");
}
END_TEST

START_TEST(the_batch_multiplies_activations_alone) {
    accept("input: 1x4x4\nlayers: [conv: {name: a, filters: 2, kernel: 3}]\n");
    view.batch = 10;
    ck_assert_str_eq(cell("a", COLUMN_ACTIVATIONS), "320");
    ck_assert_str_eq(cell("a", COLUMN_MACS), "72");
    ck_assert_str_eq(cell("a", COLUMN_WEIGHTS), "80");
    struct total totals[TOTAL_COUNT];
    totals_of(network->graph, &view, totals);
    for (int i = 0; i < TOTAL_COUNT; i++)
        ck_assert_str_eq(totals[i].key, total_keys[i]);
    ck_assert_ptr_null(total_keys[TOTAL_COUNT]);
    ck_assert_int_eq(totals[5].value, 320);
    ck_assert_int_eq(totals[3].value, 144);
    view.batch = 1 << 24;
    ck_assert_int_eq(batch_bytes(INT64_MAX / 2, &view), INT64_MAX);
}
END_TEST

START_TEST(only_takes_globs) {
    accept("input: 1x4x4\nlayers: [relu: {name: a.b}, tanh: {name: conv1}, relu: {name: fc}]\n");
    static const char *const globs[] = {"a.*", "fc"};
    ck_assert(view_shows(&view, layer_named("conv1")));
    view.only = globs;
    view.only_count = 2;
    ck_assert(view_shows(&view, layer_named("a.b")));
    ck_assert(!view_shows(&view, layer_named("conv1")));
    ck_assert(view_shows(&view, layer_named("fc")));
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("columns");
    tcase_add_checked_fixture(cases, setup, network_free);
    tcase_add_test(cases, names_are_unique_and_found);
    tcase_add_test(cases, cells_of_a_window);
    tcase_add_test(cases, what_is_dropped_is_counted);
    tcase_add_test(cases, a_depthwise_conv_has_a_group_a_channel);
    tcase_add_test(cases, joins_name_all_they_read);
    tcase_add_test(cases, units_round_to_three_digits);
    tcase_add_test(cases, the_batch_multiplies_activations_alone);
    tcase_add_test(cases, only_takes_globs);
    Suite *suite = suite_create("columns");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
