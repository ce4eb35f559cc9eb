/* Plans that lie, with right checksums: one for each check of the verifier, made from the tables of
 * the plan's fields; and all fields of all kinds of step set to all that verifiers stumble over:
 * such a plan is refused, or keeps to its memory (plan_judge.h). `mutants.py` of
 * testdata/tools drops each check and sees that a test here fails.
 *
 * check_plan_hostile seeds FOLDER writes the plans of plan_zoo.h, as seeds of fuzz_plan. */
#include <check.h>
#include <unistd.h>

#include "../gemm/microkernel.h"
#include "guarded.h"
#include "plan_judge.h"
#include "plan_lies.h"
#include "plan_places.h"
#include "plan_zoo.h"

enum { FILE_MOST = 1 << 16, SWEEP_WORK = 1 << 16, PAIRS = 30000 };

/* ---- files in memory ---- */

struct file {
    unsigned char bytes[FILE_MOST];
    size_t length;
};

static void write_file(struct plan *plan, struct file *file) {
    char path[] = "/tmp/check_plan_hostile_XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    struct plan_error error;
    ck_assert_int_eq(plan_save(plan, path, &error), STATUS_OK);
    plan_free(plan);
    FILE *stream = fopen(path, "rb");
    ck_assert_ptr_nonnull(stream);
    file->length = fread(file->bytes, 1, sizeof file->bytes, stream);
    ck_assert_uint_lt(file->length, sizeof file->bytes);
    fclose(stream);
    unlink(path);
}

static struct file files[ZOO_COUNT];

static void setup(void) {
    for (size_t i = 0; i < ZOO_COUNT; i++)
        write_file(zoo_plan(&zoo[i], &microkernel_get()->tile), &files[i]);
}

static size_t zoo_index(const char *name) {
    for (size_t i = 0; i < ZOO_COUNT; i++)
        if (strcmp(zoo[i].name, name) == 0)
            return i;
    ck_abort_msg("there is not a plan %s", name);
    return 0;
}

/* Reads a copy that ends at a page which must not be touched, and judges what is accepted. NULL:
 * it was refused, *error says why, or it kept to its memory. */
static const char *try_file(const struct file *file, uint64_t work, bool *accepted,
                            struct plan_error *error) {
    const struct plan_target target = {microkernel_get()->tile, JUDGE_BYTES};
    struct guarded memory = guarded_new(file->length);
    struct plan *plan;
    bool repacked;
    memcpy(memory.bytes, file->bytes, file->length);
    enum status status = plan_read(memory.bytes, file->length, &target, &plan, &repacked, error);
    *accepted = status == STATUS_OK;
    ck_assert_msg(status == STATUS_OK || status == STATUS_INPUT || status == STATUS_LIMIT,
                  "status %d", status);
    const char *fault = NULL;
    if (*accepted)
        fault = judge_plan(plan, work);
    plan_free(plan);
    guarded_free(&memory);
    return fault;
}

/* ---- changes: "step1.as.kernel[0]=-1 output0.view.channels=2" ---- */

/* The place that "step1.as.kernel[0]" names, or "text5", a byte of the strings. */
static struct place find_place(const struct file *file, const char *path) {
    static struct places places;
    static const struct plan_field byte = {.name = "text", .size = 1, .kind = PLAN_FIELD_ANY};
    char table[16] = "", name[48] = "";
    unsigned element = 0;
    size_t t = 0;
    if (sscanf(path, "text%u", &element) == 1)
        return (struct place){"text", places_element(file->bytes, file->length, 5, element), &byte};
    if (sscanf(path, "%15[a-z]%u.%47s", table, &element, name) != 3)
        ck_assert_msg(sscanf(path, "%15[a-z].%47s", table, name) == 2, "%s", path);
    while (t < PLACE_TABLES && strcmp(place_tables[t].name, table) != 0)
        t++;
    size_t at = places_element(file->bytes, file->length, t, element);
    ck_assert_msg(t < PLACE_TABLES && at != SIZE_MAX, "there is not a %s", path);
    places_of(file->bytes, t, at, &places);
    for (size_t i = 0; i < places.count; i++)
        if (strcmp(places.all[i].name, name) == 0)
            return places.all[i];
    ck_abort_msg("there is not a %s", path);
    return (struct place){0};
}

/* As the field is stored: none, a real or a whole number. */
static uint64_t parse_value(const struct place *place, const char *word) {
    double real = strtod(word, NULL);
    bool is_real = strpbrk(word, ".n") && strcmp(word, "none") != 0;
    uint64_t value = 0;
    if (strcmp(word, "none") == 0)
        return PLAN_NONE;
    if (is_real && place->field->size == sizeof(float)) {
        float half = (float)real;
        memcpy(&value, &half, sizeof half);
        return value;
    }
    if (is_real) {
        memcpy(&value, &real, sizeof real);
        return value;
    }
    return *word == '-' ? (uint64_t)strtoll(word, NULL, 0) : strtoull(word, NULL, 0);
}

static void change_file(struct file *file, const char *changes) {
    char words[512];
    ck_assert_uint_lt(strlen(changes), sizeof words);
    strcpy(words, changes);
    for (char *rest = words, *word; (word = strtok_r(rest, " ", &rest));) {
        char *value = strchr(word, '=');
        ck_assert_ptr_nonnull(value);
        *value++ = '\0';
        struct place place = find_place(file, word);
        place_set(file->bytes, &place, parse_value(&place, value));
    }
    plan_bytes_seal(file->bytes, file->length);
}

static void expect_refusal(const char *plan, const char *changes, const char *fault) {
    static struct file file;
    struct plan_error error = {.class = "none"};
    bool accepted;
    file = files[zoo_index(plan)];
    change_file(&file, changes);
    const char *misdeed = try_file(&file, SWEEP_WORK, &accepted, &error);
    ck_assert_msg(!accepted, "%s with %s is accepted (%s)", plan, changes,
                  misdeed ? misdeed : "and runs");
    ck_assert_msg(strcmp(error.class, "plan-format") == 0 && strstr(error.message, fault),
                  "%s with %s: %s: %s", plan, changes, error.class, error.message);
}

/* ---- the tables ---- */

static void check_cover(const struct plan_fields *fields) {
    size_t at = 0;
    for (size_t i = 0; i < fields->count; i++) {
        const struct plan_field *field = &fields->fields[i];
        ck_assert_msg(field->offset == at, "a gap before %s", field->name);
        at += field->size;
        if (field->inner) {
            ck_assert_uint_eq(field->inner->size, field->size);
            check_cover(field->inner);
        }
    }
    ck_assert_msg(at == fields->size, "a gap after %s", fields->fields[fields->count - 1].name);
}

/* No byte of a stored struct is without a name. */
START_TEST(tables_cover_the_structs) {
    for (size_t t = 0; t < PLACE_TABLES; t++)
        check_cover(place_tables[t].fields);
    for (size_t k = 0; k < STEP_COUNT; k++)
        if (step_kinds[k]->parameters)
            check_cover(step_kinds[k]->parameters);
}
END_TEST

START_TEST(seeds_are_of_this_version) {
    for (size_t i = 0; i < ZOO_COUNT; i++) {
        static struct file file;
        char path[4096];
        struct plan_error error = {.message = ""};
        bool accepted = false;
        snprintf(path, sizeof path, "%s/fuzz/plan/%s.cnnp", TESTDATA_DIR, zoo[i].name);
        FILE *stream = fopen(path, "rb");
        file.length = stream ? fread(file.bytes, 1, sizeof file.bytes, stream) : 0;
        if (stream)
            fclose(stream);
        const char *fault = try_file(&file, SWEEP_WORK, &accepted, &error);
        ck_assert_msg(accepted && !fault,
                      "%s: %s; write the seeds anew: check_plan_hostile seeds testdata/fuzz/plan",
                      path, error.message);
    }
}
END_TEST

START_TEST(plans_of_all_kinds_run) {
    bool seen[STEP_COUNT] = {false};
    for (size_t i = 0; i < ZOO_COUNT; i++) {
        struct plan_error error = {.class = "none"};
        bool accepted;
        const char *fault = try_file(&files[i], JUDGE_WORK, &accepted, &error);
        ck_assert_msg(accepted, "%s: %s", zoo[i].name, error.message);
        ck_assert_msg(!fault, "%s: %s", zoo[i].name, fault);
        seen[zoo[i].step.kind] = true;
    }
    for (size_t k = 0; k < STEP_COUNT; k++)
        ck_assert_msg(seen[k], "there is not a plan of %s", step_kinds[k]->name);
}
END_TEST

/* ---- a field out of its range ---- */

static void try_bound(const struct bound *bound, const char *value) {
    char change[96];
    const struct place place = find_place(&files[zoo_index(bound->plan)], bound->field);
    snprintf(change, sizeof change, "%s=%s", bound->field, value);
    expect_refusal(bound->plan, change, place.field->fault);
}

START_TEST(a_field_is_out_of_its_range) {
    for (size_t i = 0; i < BOUNDS; i++) {
        if (bounds[i].below)
            try_bound(&bounds[i], bounds[i].below);
        if (bounds[i].above)
            try_bound(&bounds[i], bounds[i].above);
    }
}
END_TEST

/* Those of views are of the next table. */
static bool has_bounds(const struct plan_field *field) {
    for (size_t i = 0; i < plan_view_fields.count; i++)
        if (field == &plan_view_fields.fields[i])
            return false;
    return field->kind == PLAN_FIELD_SIGNED || field->kind == PLAN_FIELD_UNSIGNED ||
           field->kind == PLAN_FIELD_STRING || field->kind == PLAN_FIELD_MAYBE ||
           field->kind == PLAN_FIELD_REAL;
}

static bool is_tried(const struct plan_field *field) {
    for (size_t i = 0; i < BOUNDS; i++)
        if (find_place(&files[zoo_index(bounds[i].plan)], bounds[i].field).field == field)
            return true;
    return false;
}

START_TEST(every_range_is_tried) {
    static struct places places;
    for (size_t z = 0; z < ZOO_COUNT; z++)
        for (size_t t = 0; t < PLACE_TABLES; t++) {
            const struct file *file = &files[z];
            places_of(file->bytes, t, places_element(file->bytes, file->length, t, t == 2),
                      &places);
            for (size_t i = 0; i < places.count; i++)
                ck_assert_msg(!has_bounds(places.all[i].field) || is_tried(places.all[i].field),
                              "nobody tries %s of the plan %s", places.all[i].name, zoo[z].name);
        }
}
END_TEST

/* ---- fields that do not go together ---- */

static void expect_accepted(const struct lie *lie) {
    static struct file file;
    struct plan_error error = {.class = "none"};
    bool accepted;
    file = files[zoo_index(lie->plan)];
    change_file(&file, lie->changes);
    const char *misdeed = try_file(&file, SWEEP_WORK, &accepted, &error);
    ck_assert_msg(accepted && !misdeed, "%s with %s: %s", lie->plan, lie->changes,
                  misdeed ? misdeed : error.message);
}

START_TEST(fields_do_not_go_together) {
    for (size_t i = 0; i < LIES; i++)
        if (lies[i].fault)
            expect_refusal(lies[i].plan, lies[i].changes, lies[i].fault);
        else
            expect_accepted(&lies[i]);
}
END_TEST

/* ---- tables that are empty ---- */

static void expect_fault(struct plan *plan, const char *fault) {
    static struct file file;
    struct plan_error error = {.class = "none"};
    bool accepted;
    write_file(plan, &file);
    (void)try_file(&file, 0, &accepted, &error);
    ck_assert_msg(!accepted && strstr(error.message, fault), "%s, not %s", error.message, fault);
}

START_TEST(tables_are_empty) {
    const struct tile *tile = &microkernel_get()->tile;
    struct plan *plan = zoo_plan(&zoo[0], tile);
    plan->output_count = 0;
    expect_fault(plan, "it has no output");
    plan = zoo_plan(&zoo[0], tile);
    plan->buffer_count = 0;
    expect_fault(plan, "its input is not within a buffer");
    plan = zoo_plan(&zoo[0], tile);
    plan->step_count = 0;
    expect_fault(plan, "layer 1: its step does not exist");
    plan = zoo_plan(&zoo[0], tile);
    plan->string_bytes = 0;
    plan->head.name = plan->head.labels = PLAN_NONE;
    expect_fault(plan, "its strings do not end");
}
END_TEST

/* ---- the head of the file ---- */

struct head_lie {
    size_t at, size;
    uint64_t add;
    const char *class;
};

START_TEST(the_head_of_the_file_lies) {
    static const struct head_lie lies_of_head[] = {
        {0, 1, 1, "plan-format"},
        {7, 1, 1, "plan-format"},
        {AT_VERSION, 4, 1, "plan-version"},
        {AT_VERSION, 4, UINT32_MAX, "plan-version"},
        {AT_VERSION + 4, 4, 1, "plan-format"},
        {AT_SIZES, 4, 1, "plan-version"},
        {AT_SIZES + 4, 4, 1, "plan-version"},
        {AT_SIZES + 8, 4, 8, "plan-version"},
        {AT_SIZES + 12, 4, 1, "plan-version"},
        {AT_SIZES + 16, 4, 1, "plan-version"},
        {AT_SIZES + 20, 4, 1, "plan-version"},
        {AT_COUNTS, 4, 1, "plan-format"},
        {AT_COUNTS, 4, UINT32_MAX, "plan-format"},
        {AT_COUNTS + 4, 4, 1 << 30, "plan-format"},
        {AT_COUNTS + 8, 4, 1, "plan-format"},
        {AT_COUNTS + 20, 4, 1U << 31, "plan-format"},
        {AT_TABLES, 8, 64, "plan-format"},
        {AT_TABLES, 8, -64ULL, "plan-format"},
        {AT_TABLES + 8, 8, 64, "plan-format"},
        {AT_TABLES + 8, 8, -1ULL, "plan-format"},
        {AT_WEIGHTS, 8, 64, "plan-format"},
        {AT_WEIGHTS, 8, -4096ULL, "plan-format"},
        {AT_WEIGHTS + 8, 8, 1, "plan-format"},
        {AT_WEIGHTS + 8, 8, 2, "plan-format"},
        {AT_WEIGHTS + 8, 8, 4, "plan-trunc"},
        {AT_WEIGHTS + 8, 8, -4ULL, "plan-trailing"},
        {AT_WEIGHTS + 8, 8, 1ULL << 43, "plan-format"},
        {AT_WEIGHTS + 8, 8, 1ULL << 63, "plan-format"},
    };
    for (size_t i = 0; i < sizeof lies_of_head / sizeof *lies_of_head; i++) {
        static struct file file;
        struct plan_error error = {.class = "none"};
        const struct head_lie *lie = &lies_of_head[i];
        bool accepted;
        uint64_t value = 0;
        file = files[0];
        memcpy(&value, file.bytes + lie->at, lie->size);
        value += lie->add;
        memcpy(file.bytes + lie->at, &value, lie->size);
        plan_bytes_seal(file.bytes, file.length);
        (void)try_file(&file, 0, &accepted, &error);
        ck_assert_msg(!accepted && strcmp(error.class, lie->class) == 0, "lie %zu: %s: %s", i,
                      error.class, error.message);
    }
}
END_TEST

/* Without a head of the plan, all else being as it has to be. */
START_TEST(a_table_is_missing) {
    enum { FIRST = (HEAD_BYTES + 63) / 64 * 64, HEAD = (sizeof(struct plan_head) + 63) / 64 * 64 };
    static struct file file;
    struct plan_error error = {.class = "none"};
    bool accepted;
    file = files[0];
    const uint32_t none = 0;
    uint64_t weights = plan_bytes_get(file.bytes, AT_WEIGHTS);
    uint64_t tables = plan_bytes_get(file.bytes, AT_TABLES + 8) - HEAD;
    memcpy(file.bytes + AT_COUNTS, &none, sizeof none);
    memcpy(file.bytes + AT_TABLES + 8, &tables, sizeof tables);
    memmove(file.bytes + FIRST, file.bytes + FIRST + HEAD, weights - FIRST - HEAD);
    memset(file.bytes + weights - HEAD, 0, HEAD);
    plan_bytes_seal(file.bytes, file.length);
    (void)try_file(&file, 0, &accepted, &error);
    ck_assert_msg(!accepted && strcmp(error.message, "its parts do not follow each other") == 0,
                  "%s: %s", error.class, error.message);
}
END_TEST

/* ---- all fields, all values ---- */

static void sweep_element(const struct file *file, const char *name, size_t t, size_t element) {
    static struct places places;
    static struct file changed;
    struct plan_error error;
    bool accepted;
    size_t at = places_element(file->bytes, file->length, t, element);
    places_of(file->bytes, t, at, &places);
    changed = *file;
    for (size_t i = 0; i < places.count; i++) {
        struct place place = places.all[i];
        uint64_t before = place_get(file->bytes, &place);
        for (size_t v = 0; v < PLACE_VALUES; v++) {
            uint64_t value = place_value(file->bytes, &place, v);
            place_set(changed.bytes, &place, value);
            plan_bytes_seal(changed.bytes, changed.length);
            const char *fault = try_file(&changed, SWEEP_WORK, &accepted, &error);
            ck_assert_msg(!fault, "%s with %s%zu.%s=%#llx: %s", name, place_tables[t].name, element,
                          place.name, (unsigned long long)value, fault);
        }
        place_set(changed.bytes, &place, before);
    }
}

START_TEST(each_field_is_each_value) {
    for (size_t z = 0; z < ZOO_COUNT; z++)
        for (size_t t = 0; t < PLACE_TABLES; t++)
            for (size_t i = 0; i < places_elements(files[z].bytes, t); i++)
                sweep_element(&files[z], zoo[z].name, t, i);
}
END_TEST

/* Three fields at once: what one alone makes sizes disagree, others make agree again. */
START_TEST(fields_at_random) {
    enum { FIELDS = 3, NUMBERS = 5 };
    static struct places places;
    static struct file file;
    for (uint64_t seed = 0; seed < PAIRS; seed++) {
        float random[FIELDS * NUMBERS];
        char changes[512] = "";
        random_fill(seed, "fields", 0, FIELDS * NUMBERS, 0, 1, random);
        size_t z = (size_t)(random[0] * (float)ZOO_COUNT);
        file = files[z];
        for (const float *r = random; r < random + FIELDS * NUMBERS; r += NUMBERS) {
            size_t t =
                r[1] < 0.75F ? 2 : (size_t)(r[1] * 4.0F * (float)PLACE_TABLES) % PLACE_TABLES;
            size_t i = (size_t)(r[2] * (float)places_elements(file.bytes, t));
            size_t at = places_element(file.bytes, file.length, t, i);
            places_of(file.bytes, t, at, &places);
            struct place place = places.all[(size_t)(r[3] * (float)places.count)];
            uint64_t value = place_value(file.bytes, &place, (size_t)(r[4] * PLACE_VALUES));
            place_set(file.bytes, &place, value);
            snprintf(changes + strlen(changes), sizeof changes - strlen(changes), " %s%zu.%s=%#llx",
                     place_tables[t].name, i, place.name, (unsigned long long)value);
        }
        plan_bytes_seal(file.bytes, file.length);
        struct plan_error error;
        bool accepted;
        const char *fault = try_file(&file, SWEEP_WORK, &accepted, &error);
        ck_assert_msg(!fault, "seed %llu: %s with%s: %s", (unsigned long long)seed, zoo[z].name,
                      changes, fault);
    }
}
END_TEST

static int write_seeds(const char *folder) {
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < ZOO_COUNT; i++) {
        struct plan_error error;
        char path[4096];
        struct plan *plan = zoo_plan(&zoo[i], &microkernel_get()->tile);
        snprintf(path, sizeof path, "%s/%s.cnnp", folder, zoo[i].name);
        status = plan_save(plan, path, &error);
        plan_free(plan);
    }
    return (int)status;
}

int main(int count, char **arguments) {
    if (count == 3 && strcmp(arguments[1], "seeds") == 0)
        return write_seeds(arguments[2]);
    Suite *suite = suite_create("plan_hostile");
    TCase *tests = tcase_create("hostile");
    tcase_add_unchecked_fixture(tests, setup, NULL);
    tcase_add_test(tests, tables_cover_the_structs);
    tcase_add_test(tests, plans_of_all_kinds_run);
    tcase_add_test(tests, seeds_are_of_this_version);
    tcase_add_test(tests, a_field_is_out_of_its_range);
    tcase_add_test(tests, every_range_is_tried);
    tcase_add_test(tests, fields_do_not_go_together);
    tcase_add_test(tests, tables_are_empty);
    tcase_add_test(tests, the_head_of_the_file_lies);
    tcase_add_test(tests, a_table_is_missing);
    suite_add_tcase(suite, tests);
    TCase *sweeps = tcase_create("sweeps");
    tcase_add_unchecked_fixture(sweeps, setup, NULL);
    tcase_add_test(sweeps, each_field_is_each_value);
    tcase_add_test(sweeps, fields_at_random);
    suite_add_tcase(suite, sweeps);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
