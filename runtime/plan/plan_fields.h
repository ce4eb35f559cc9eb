/* The stored structs of the plan, field by field. The verifier asks of each field whether it is in
 * its range; tests and the fuzzer set each to what it must not be. The parameters of a kind of step
 * stand in its file (struct step_kind). */
#ifndef CNNC_PLAN_FIELDS_H
#define CNNC_PLAN_FIELDS_H

#include "plan.h"

enum plan_field_kind {
    PLAN_FIELD_SIGNED,     /* int32_t or int64_t, low to high */
    PLAN_FIELD_UNSIGNED,   /* uint32_t or uint64_t, 0 to high */
    PLAN_FIELD_INDEX,      /* uint32_t, of a step or buffer, or PLAN_NONE; judged with its use */
    PLAN_FIELD_STRING,     /* uint32_t, where a string begins */
    PLAN_FIELD_MAYBE,      /* the same or PLAN_NONE */
    PLAN_FIELD_REAL,       /* double, finite */
    PLAN_FIELD_ANY,        /* whatever it is, or judged with its use */
    PLAN_FIELD_STRUCT,     /* `inner`, judged with what it is part of */
    PLAN_FIELD_VIEW,       /* plan_view or plan_range, judged with its use */
    PLAN_FIELD_PARAMETERS, /* of the step's kind */
};

struct plan_field {
    const char *name;
    size_t offset, size; /* bytes */
    enum plan_field_kind kind;
    int64_t low, high;
    const struct plan_fields *inner;
    const char *fault; /* "its stride[0] is out of range" */
};

/* All fields of a struct in their order, without a gap. */
struct plan_fields {
    size_t size, count;
    const struct plan_field *fields;
};

#define PLAN_FIELD(type, member, kind_, low_, high_)                                               \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), .size = sizeof(((type *)NULL)->member), \
        .kind = PLAN_FIELD_##kind_, .low = (low_), .high = (high_),                                \
        .fault = "its " #member " is out of range"                                                 \
    }
#define PLAN_PAIR(type, member, kind, low, high)                                                   \
    PLAN_FIELD(type, member[0], kind, low, high), PLAN_FIELD(type, member[1], kind, low, high)
#define PLAN_PART(type, member, kind_, inner_)                                                     \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), .size = sizeof(((type *)NULL)->member), \
        .kind = PLAN_FIELD_##kind_, .inner = (inner_)                                              \
    }
#define PLAN_FIELDS(type, array)                                                                   \
    { sizeof(type), sizeof(array) / sizeof *(array), (array) }

extern const struct plan_fields plan_head_fields, plan_image_fields, plan_buffer_fields,
    plan_view_fields, plan_range_fields, plan_epilogue_fields, plan_step_fields, plan_layer_fields,
    plan_output_fields;

/* NULL when every field is in its range; else what is wrong. Reads a struct of the plan. */
const char *plan_fields_fault(const struct plan *plan, const struct plan_fields *fields,
                              const void *object);
/* Whole: not the end of another string, which may begin within a character. */
bool plan_string_valid(const struct plan *plan, uint32_t string);

#endif
