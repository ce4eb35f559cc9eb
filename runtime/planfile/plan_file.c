/* A head, the plan's tables in 64-byte steps, and on a page of its own the weights. The tables are
 * copied before they are looked at, so that a file that changes meanwhile cannot undo a check; the
 * weights stay where they are: whatever floats they hold, no kernel's reach depends on them. */
#include "plan_file.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "../base/content.h"
#include "../base/save.h"
#include "../gemm/microkernel.h"
#include "../gemm/pack.h"

enum { SECTION_ALIGN = 64, SECTIONS = 6, BYTE_ORDER_MARK = 0x01020304 };
#define PLAN_FILE_BYTES ((size_t)1 << 43)

/* As PNG's: no text, and what a transfer as text would spoil. */
static const unsigned char magic[8] = CONTENT_PLAN_MARK;

/* All sizes and places in bytes. head_hash is of what stands before it. */
struct file_head {
    unsigned char magic[8];
    uint32_t version, byte_order;
    uint32_t sizes[SECTIONS];  /* of an element: told apart are builds with other structs */
    uint32_t counts[SECTIONS]; /* of elements */
    uint64_t tables, tables_bytes, tables_hash;
    uint64_t weights, weights_bytes, weights_hash; /* with the slack */
    uint64_t head_hash;
};

/* The tables in their order in the file. */
struct section {
    const void *data;
    size_t size, count;
};

static void sections_of(const struct plan *plan, struct section sections[SECTIONS]) {
    const struct section all[SECTIONS] = {
        {&plan->head, sizeof plan->head, 1},
        {plan->buffers, sizeof *plan->buffers, plan->buffer_count},
        {plan->steps, sizeof *plan->steps, plan->step_count},
        {plan->layers, sizeof *plan->layers, plan->layer_count},
        {plan->outputs, sizeof *plan->outputs, plan->output_count},
        {plan->strings, 1, plan->string_bytes},
    };
    memcpy(sections, all, sizeof all);
}

static size_t align(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

/* ---- errors ---- */

static enum status fail(struct plan_error *error, const char *class, const char *format, ...)
    PRINTF(3, 4);
static enum status fail(struct plan_error *error, const char *class, const char *format, ...) {
    *error = (struct plan_error){.class = class, .offset = -1};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return strncmp(class, "limit", 5) == 0 ? STATUS_LIMIT : STATUS_INPUT;
}

static enum status fail_system(struct plan_error *error, enum status status, const char *fault) {
    const char *class = status == STATUS_INPUT   ? "path"
                        : status == STATUS_LIMIT ? "limit-size"
                                                 : status_name(status);
    (void)fail(error, class, "%s", fault);
    return status;
}

static enum status fail_memory(struct plan_error *error) {
    return fail_system(error, STATUS_MEMORY, "out of memory; expected room for the plan");
}

/* ---- writing ---- */

static void add_tables(const struct plan *plan, struct text *out) {
    struct section sections[SECTIONS];
    sections_of(plan, sections);
    for (int i = 0; i < SECTIONS; i++) {
        text_bytes(out, sections[i].data, sections[i].size * sections[i].count);
        text_repeat(out, '\0', align(out->length, SECTION_ALIGN) - out->length);
    }
}

static struct file_head head_of(const struct plan *plan, const struct text *tables) {
    struct file_head head = {.version = PLAN_FILE_VERSION, .byte_order = BYTE_ORDER_MARK};
    struct section sections[SECTIONS];
    memcpy(head.magic, magic, sizeof magic);
    sections_of(plan, sections);
    for (int i = 0; i < SECTIONS; i++) {
        head.sizes[i] = (uint32_t)sections[i].size;
        head.counts[i] = (uint32_t)sections[i].count;
    }
    head.tables = align(sizeof head, SECTION_ALIGN);
    head.tables_bytes = tables->length;
    head.tables_hash = XXH3_64bits(tables->data, tables->length);
    head.weights = align(head.tables + head.tables_bytes, PLAN_FILE_PAGE);
    head.weights_bytes = plan_weight_bytes(plan);
    head.weights_hash = XXH3_64bits(plan->weights, head.weights_bytes);
    head.head_hash = XXH3_64bits(&head, offsetof(struct file_head, head_hash));
    return head;
}

static void write_zeros(struct save *save, size_t count) {
    static const char zeros[PLAN_FILE_PAGE];
    save_write(save, zeros, count);
}

enum status plan_save(const struct plan *plan, const char *path, struct plan_error *error) {
    struct text tables = {0};
    add_tables(plan, &tables);
    if (tables.failed) {
        text_free(&tables);
        return fail_memory(error);
    }
    struct file_head head = head_of(plan, &tables);
    struct save save;
    const char *fault;
    save_begin(&save, path);
    save_write(&save, &head, sizeof head);
    write_zeros(&save, head.tables - sizeof head);
    save_write(&save, tables.data, tables.length);
    write_zeros(&save, head.weights - head.tables - head.tables_bytes);
    save_write(&save, plan->weights, head.weights_bytes);
    enum status status = save_end(&save, &fault);
    text_free(&tables);
    return status == STATUS_OK ? status : fail_system(error, status, fault);
}

/* ---- reading ---- */

struct reading {
    const unsigned char *bytes;
    size_t length;
    struct file_head head; /* a copy */
    struct plan *plan;
    struct plan_error *error;
};

static enum status read_version(struct reading *x) {
    const struct file_head *head = &x->head;
    if (memcmp(head->magic, magic, sizeof magic) != 0)
        return fail(x->error, "plan-format",
                    "it is no plan file, or was spoilt as text; expected one of cnnc compile");
    if (head->byte_order != BYTE_ORDER_MARK)
        return fail(x->error, "plan-format",
                    "its numbers are in another byte order; expected this machine's");
    if (head->version != PLAN_FILE_VERSION)
        return fail(x->error, "plan-version",
                    "its version is %u; expected %d: compile the network anew", head->version,
                    PLAN_FILE_VERSION);
    if (head->head_hash != XXH3_64bits(head, offsetof(struct file_head, head_hash)))
        return fail(x->error, "plan-checksum",
                    "its first bytes are not as they were written; expected an unchanged file");
    const struct plan empty = {0};
    struct section sections[SECTIONS];
    sections_of(&empty, sections);
    for (int i = 0; i < SECTIONS; i++)
        if (head->sizes[i] != sections[i].size)
            return fail(x->error, "plan-version",
                        "another build of this version wrote it; expected one of this build: "
                        "compile the network anew");
    return STATUS_OK;
}

/* The parts lie in the file one behind the other, with nothing else. */
static enum status read_extent(struct reading *x) {
    const struct file_head *head = &x->head;
    size_t bytes = 0;
    for (int i = 0; i < SECTIONS; i++) /* the sizes are this build's, the counts of 32 bits */
        bytes = align(bytes + (size_t)head->sizes[i] * head->counts[i], SECTION_ALIGN);
    if (head->counts[0] != 1 || head->tables != align(sizeof *head, SECTION_ALIGN) ||
        head->tables_bytes != bytes ||
        head->weights != align(head->tables + bytes, PLAN_FILE_PAGE) ||
        head->weights_bytes > PLAN_FILE_BYTES || head->weights_bytes % sizeof(float))
        return fail(x->error, "plan-format", "its parts do not follow each other");
    size_t end = head->weights + head->weights_bytes;
    if (x->length < end)
        return fail(x->error, "plan-trunc", "it ends after %zu bytes; expected %zu", x->length,
                    end);
    if (x->length > end)
        return fail(x->error, "plan-trailing", "%zu bytes follow its end; expected none",
                    x->length - end);
    return STATUS_OK;
}

static bool all_zero(const unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (bytes[i])
            return false;
    return true;
}

static enum status read_tables(struct reading *x) {
    const struct file_head *head = &x->head;
    struct plan *plan = x->plan;
    const unsigned char *copy = (unsigned char *)arena_copy(
        &plan->arena, (const char *)x->bytes + head->tables, head->tables_bytes);
    size_t tables_end = head->tables + head->tables_bytes;
    if (head->tables_hash != XXH3_64bits(copy, head->tables_bytes) ||
        !all_zero(x->bytes + sizeof *head, head->tables - sizeof *head) ||
        !all_zero(x->bytes + tables_end, head->weights - tables_end))
        return fail(x->error, "plan-checksum",
                    "its tables are not as they were written; expected an unchanged file");
    void *tables[SECTIONS];
    for (int i = 0; i < SECTIONS; i++) {
        size_t bytes = (size_t)head->sizes[i] * head->counts[i];
        tables[i] = arena_alloc(&plan->arena, bytes);
        memcpy(tables[i], copy, bytes);
        copy += align(bytes, SECTION_ALIGN);
    }
    memcpy(&plan->head, tables[0], sizeof plan->head);
    plan->buffers = tables[1];
    plan->steps = tables[2];
    plan->layers = tables[3];
    plan->outputs = tables[4];
    plan->strings = tables[5];
    plan->buffer_count = head->counts[1];
    plan->step_count = head->counts[2];
    plan->layer_count = head->counts[3];
    plan->output_count = head->counts[4];
    plan->string_bytes = head->counts[5];
    const char *fault = plan_verify(plan);
    if (fault)
        return fail(x->error, "plan-format", "%s; expected a plan that can run", fault);
    if (head->weights_bytes != plan_weight_bytes(plan))
        return fail(x->error, "plan-format", "its weights are not as many as its tables say");
    return STATUS_OK;
}

static enum status read_weights(struct reading *x) {
    const unsigned char *from = x->bytes + x->head.weights;
    if (x->head.weights_hash != XXH3_64bits(from, x->head.weights_bytes))
        return fail(x->error, "plan-checksum",
                    "its weights are not as they were written; expected an unchanged file");
    if ((uintptr_t)from % (PLAN_ALIGN * sizeof(float)) == 0) {
        x->plan->weights = (const float *)(const void *)from;
        return STATUS_OK;
    }
    if (!plan_allocate_weights(x->plan))
        return fail_memory(x->error);
    memcpy(x->plan->own_weights, from, x->head.weights_bytes);
    return STATUS_OK;
}

/* ---- another machine's tile ---- */

/* A range of the old weights, and where it goes. Steps with shared weights have the same range. */
struct move {
    struct plan_range *range;
    const struct step *step; /* whose filters it is; NULL: it is copied */
};

static int compare_moves(const void *left, const void *right) {
    const struct plan_range *a = ((const struct move *)left)->range;
    const struct plan_range *b = ((const struct move *)right)->range;
    return a->first != b->first ? (a->first < b->first ? -1 : 1) : 0;
}

static size_t find_moves(struct plan *plan, struct move *moves) {
    size_t count = 0;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        struct step *step = &plan->steps[i];
        struct plan_range *ranges[] = {&step->weights[0], &step->weights[1], &step->epilogue.bias,
                                       &step->epilogue.slope};
        for (size_t k = 0; k < 4; k++)
            if (ranges[k]->count > 0)
                moves[count++] =
                    (struct move){ranges[k], k == 0 && step->kind == STEP_gemm ? step : NULL};
    }
    qsort(moves, count, sizeof *moves, compare_moves);
    return count;
}

static bool repack_filters(const struct step *step, const struct tile *from, const struct tile *to,
                           const float *old, float *new) {
    struct pack_shape before = pack_shape_of(step, from), after = pack_shape_of(step, to);
    uint64_t floats = (uint64_t)(before.groups * before.filters * before.depth);
    float *plain = malloc(floats * sizeof *plain);
    if (!plain)
        return false;
    unpack_filters(&before, old, plain);
    pack_filters(&after, plain, new);
    free(plain);
    return true;
}

/* Two passes over the ranges: their new places, then their values. */
static enum status repack(struct plan *plan, const struct plan_target *target,
                          struct plan_error *error) {
    const struct tile *tile = &target->tile;
    struct move *moves = arena_array(&plan->arena, (size_t)plan->step_count * 4, sizeof *moves);
    size_t count = find_moves(plan, moves);
    struct plan_range *places = arena_array(&plan->arena, count, sizeof *places);
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && moves[i].range->first == moves[i - 1].range->first) {
            places[i] = places[i - 1];
            continue;
        }
        places[i] = (struct plan_range){all, moves[i].range->count};
        struct pack_shape shape;
        if (moves[i].step) {
            shape = pack_shape_of(moves[i].step, tile);
            bool fits = pack_size(&shape, &places[i].count); /* as the verifier has seen */
            assert(fits);
        }
        all = align(all + places[i].count, PLAN_ALIGN);
    }
    struct plan fresh = {.head.weights = all};
    if (plan_weight_bytes(&fresh) > target->memory)
        return fail(error, "limit-memory",
                    "packed for this processor its weights need %zu bytes; expected at most %zu, "
                    "or a larger --max-memory",
                    plan_weight_bytes(&fresh), target->memory);
    if (!plan_allocate_weights(&fresh))
        return fail_memory(error);
    for (size_t i = 0; i < count; i++) {
        const struct plan_range *from = moves[i].range;
        bool again = i > 0 && places[i].first == places[i - 1].first;
        const float *old = plan->weights + from->first;
        float *to = fresh.own_weights + places[i].first;
        if (!again && !moves[i].step) {
            memcpy(to, old, from->count * sizeof *to);
        } else if (!again && !repack_filters(moves[i].step, &plan->head.tile, tile, old, to)) {
            plan_release_weights(&fresh);
            return fail_memory(error);
        }
    }
    plan_release_weights(plan);
    plan->weights = plan->own_weights = fresh.own_weights;
    plan->head.weights = all;
    for (size_t i = 0; i < count; i++)
        *moves[i].range = places[i];
    plan->head.tile = *tile;
    const char *fault = plan_verify(plan); /* a step may need too much room with this tile */
    return fault ? fail(error, "plan-arch", "%s; expected a plan of this machine", fault)
                 : STATUS_OK;
}

/* ---- all together ---- */

static enum status read_all(struct reading *x, const struct plan_target *target, bool *repacked) {
    if (setjmp(x->plan->arena.out_of_memory))
        return fail_memory(x->error);
    enum status status = read_version(x);
    if (status == STATUS_OK)
        status = read_extent(x);
    if (status == STATUS_OK)
        status = read_tables(x);
    if (status == STATUS_OK)
        status = read_weights(x);
    const struct tile *packed = &x->plan->head.tile, *tile = &target->tile;
    if (status != STATUS_OK || (packed->wide == tile->wide && packed->narrow == tile->narrow))
        return status;
    *repacked = true;
    return repack(x->plan, target, x->error);
}

enum status plan_read(const unsigned char *bytes, size_t length, const struct plan_target *target,
                      struct plan **out, bool *repacked, struct plan_error *error) {
    struct reading x = {.bytes = bytes, .length = length, .error = error};
    *out = NULL;
    *repacked = false;
    if (!content_is_plan(bytes, length))
        return fail(error, "plan-format", "it is no plan file; expected one of cnnc compile");
    if (length < sizeof x.head)
        return fail(error, "plan-trunc", "it ends after %zu bytes; expected at least %zu", length,
                    sizeof x.head);
    memcpy(&x.head, bytes, sizeof x.head);
    x.plan = plan_new();
    if (!x.plan)
        return fail_memory(error);
    enum status status = read_all(&x, target, repacked);
    if (status == STATUS_OK)
        *out = x.plan;
    else
        plan_free(x.plan);
    return status;
}

enum status plan_open(const char *path, const struct plan_target *target, struct plan **out,
                      bool *repacked, struct plan_error *error) {
    struct mapping file;
    const char *fault;
    *out = NULL;
    enum status status = mapping_open(path, PLAN_FILE_BYTES, &file, &fault);
    if (status != STATUS_OK)
        return fail_system(error, status, fault);
    status = plan_read(file.bytes, file.length, target, out, repacked, error);
    if (status != STATUS_OK || (*out)->own_weights)
        mapping_close(&file);
    else
        (*out)->file = file;
    return status;
}
