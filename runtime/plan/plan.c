#include "plan.h"

#include <stdlib.h>
#include <sys/mman.h>

struct plan *plan_new(void) {
    struct plan *plan = calloc(1, sizeof *plan);
    if (plan)
        arena_init(&plan->arena);
    return plan;
}

size_t plan_weight_bytes(const struct plan *plan) {
    size_t bytes;
    return size_add(plan->head.weights, PLAN_SLACK, &bytes) &&
                   size_mul(bytes, sizeof(float), &bytes)
               ? bytes
               : SIZE_MAX;
}

/* Fresh pages of the system: zero, aligned, and untouched ones cost nothing. */
bool plan_allocate_weights(struct plan *plan) {
    size_t bytes = plan_weight_bytes(plan);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    plan->weights = plan->own_weights = memory;
    return true;
}

void plan_release_weights(struct plan *plan) {
    if (plan->own_weights)
        munmap(plan->own_weights, plan_weight_bytes(plan));
    plan->weights = plan->own_weights = NULL;
}

void plan_free(struct plan *plan) {
    if (!plan)
        return;
    plan_release_weights(plan);
    mapping_close(&plan->file);
    arena_free(&plan->arena);
    free(plan);
}

size_t plan_label_count(const struct plan *plan) {
    const char *text = plan_string(plan, plan->head.labels);
    size_t count = 0;
    for (; text && *text; text++)
        count += *text == '\n' || text[1] == '\0';
    return count;
}
