#include "plan_fields.h"

#include <math.h>
#include <string.h>

enum { MOST_EXTENT = 1 << 24 };

/* ---- the tables ---- */

#define FIELD(member, kind, low, high) PLAN_FIELD(TYPE, member, kind, low, high)
#define PART(member, kind, inner) PLAN_PART(TYPE, member, kind, inner)

#define TYPE struct plan_range
static const struct plan_field range[] = {
    FIELD(first, ANY, 0, 0),
    FIELD(count, ANY, 0, 0),
};
#undef TYPE

#define TYPE struct plan_buffer
static const struct plan_field buffer[] = {
    FIELD(offset, ANY, 0, 0),
    FIELD(size, ANY, 0, 0),
};
#undef TYPE

#define TYPE struct plan_view
static const struct plan_field view[] = {
    FIELD(buffer, INDEX, 0, 0),
    FIELD(channels, SIGNED, 1, MOST_EXTENT),
    FIELD(height, SIGNED, 1, MOST_EXTENT),
    FIELD(width, SIGNED, 1, MOST_EXTENT),
    FIELD(first, ANY, 0, 0),
};
#undef TYPE

#define TYPE struct plan_image
static const struct plan_field image[] = {
    FIELD(given, UNSIGNED, 0, 1),
    FIELD(preset, UNSIGNED, 0, IMAGE_PRESETS - 1),
    FIELD(filter, UNSIGNED, 0, IMAGE_FILTERS - 1),
    FIELD(channels, UNSIGNED, 0, IMAGE_CHANNELS_COUNT - 1),
    FIELD(exif, UNSIGNED, 0, IMAGE_EXIFS - 1),
    FIELD(mean_count, ANY, 0, 0),
    FIELD(std_count, ANY, 0, 0),
    FIELD(layout, UNSIGNED, 0, IMAGE_LAYOUTS - 1),
    FIELD(resize[0], SIGNED, 0, MOST_EXTENT),
    FIELD(resize[1], SIGNED, 0, MOST_EXTENT),
    FIELD(crop[0], SIGNED, 0, MOST_EXTENT),
    FIELD(crop[1], SIGNED, 0, MOST_EXTENT),
    FIELD(scale, REAL, 0, 0),
    FIELD(mean[0], REAL, 0, 0),
    FIELD(mean[1], REAL, 0, 0),
    FIELD(mean[2], REAL, 0, 0),
    FIELD(std[0], REAL, 0, 0),
    FIELD(std[1], REAL, 0, 0),
    FIELD(std[2], REAL, 0, 0),
};
#undef TYPE

#define TYPE struct plan_head
static const struct plan_field head[] = {
    FIELD(tile.wide, SIGNED, 1, TILE_MOST),
    FIELD(tile.narrow, SIGNED, 1, TILE_MOST),
    FIELD(name, MAYBE, 0, 0),
    FIELD(labels, MAYBE, 0, 0),
    PART(input, VIEW, &plan_view_fields),
    FIELD(arena, UNSIGNED, 0, PLAN_FLOATS),
    FIELD(weights, UNSIGNED, 0, PLAN_FLOATS),
    FIELD(macs, ANY, 0, 0),
    PART(image, STRUCT, &plan_image_fields),
};
#undef TYPE

#define TYPE struct plan_epilogue
static const struct plan_field epilogue[] = {
    PART(bias, VIEW, &plan_range_fields),
    PART(slope, VIEW, &plan_range_fields),
    PART(residual, VIEW, &plan_view_fields),
    FIELD(bias_kind, UNSIGNED, 0, BIAS_KIND_POSITION),
    FIELD(activation, UNSIGNED, 0, ACTIVATION_COUNT - 1),
    FIELD(a, ANY, 0, 0),
    FIELD(b, ANY, 0, 0),
};
#undef TYPE

#define TYPE struct step
static const struct plan_field step[] = {
    FIELD(kind, UNSIGNED, 0, STEP_COUNT - 1),
    FIELD(name, STRING, 0, 0),
    FIELD(fused, STRING, 0, 0),
    FIELD(input_count, ANY, 0, 0),
    PART(in[0], VIEW, &plan_view_fields),
    PART(in[1], VIEW, &plan_view_fields),
    PART(out, VIEW, &plan_view_fields),
    PART(weights[0], VIEW, &plan_range_fields),
    PART(weights[1], VIEW, &plan_range_fields),
    PART(epilogue, STRUCT, &plan_epilogue_fields),
    PART(as, PARAMETERS, NULL),
};
#undef TYPE

#define TYPE struct plan_layer
static const struct plan_field layer[] = {
    FIELD(name, STRING, 0, 0),           FIELD(step, INDEX, 0, 0),
    FIELD(kept, UNSIGNED, 0, 1),         FIELD(transposed, UNSIGNED, 0, 1),
    FIELD(vector, UNSIGNED, 0, 1),       FIELD(reserved, UNSIGNED, 0, 0),
    PART(view, VIEW, &plan_view_fields),
};
#undef TYPE

#define TYPE struct plan_output
static const struct plan_field output[] = {
    FIELD(name, STRING, 0, 0),
    FIELD(vector, UNSIGNED, 0, 1),
    PART(view, VIEW, &plan_view_fields),
};
#undef TYPE

const struct plan_fields plan_head_fields = PLAN_FIELDS(struct plan_head, head);
const struct plan_fields plan_image_fields = PLAN_FIELDS(struct plan_image, image);
const struct plan_fields plan_buffer_fields = PLAN_FIELDS(struct plan_buffer, buffer);
const struct plan_fields plan_view_fields = PLAN_FIELDS(struct plan_view, view);
const struct plan_fields plan_range_fields = PLAN_FIELDS(struct plan_range, range);
const struct plan_fields plan_epilogue_fields = PLAN_FIELDS(struct plan_epilogue, epilogue);
const struct plan_fields plan_step_fields = PLAN_FIELDS(struct step, step);
const struct plan_fields plan_layer_fields = PLAN_FIELDS(struct plan_layer, layer);
const struct plan_fields plan_output_fields = PLAN_FIELDS(struct plan_output, output);

/* ---- what is asked of them ---- */

bool plan_string_valid(const struct plan *plan, uint32_t string) {
    return string < plan->string_bytes && (string == 0 || plan->strings[string - 1] == '\0');
}

/* Of four or eight bytes. */
static int64_t signed_at(const void *place, size_t size) {
    int32_t half;
    int64_t whole;
    if (size == sizeof whole) {
        memcpy(&whole, place, sizeof whole);
        return whole;
    }
    memcpy(&half, place, sizeof half);
    return half;
}
static uint64_t unsigned_at(const void *place, size_t size) {
    int64_t value = signed_at(place, size);
    return size == sizeof value ? (uint64_t)value : (uint32_t)value;
}

static bool real_valid(const void *place) {
    double value;
    memcpy(&value, place, sizeof value);
    return isfinite(value);
}

static bool field_valid(const struct plan *plan, const struct plan_field *field,
                        const void *place) {
    switch (field->kind) {
    case PLAN_FIELD_SIGNED:
        return signed_at(place, field->size) >= field->low &&
               signed_at(place, field->size) <= field->high;
    case PLAN_FIELD_UNSIGNED:
        return unsigned_at(place, field->size) <= (uint64_t)field->high;
    case PLAN_FIELD_MAYBE:
        if (unsigned_at(place, field->size) == PLAN_NONE)
            return true;
        return plan_string_valid(plan, (uint32_t)unsigned_at(place, field->size));
    case PLAN_FIELD_STRING:
        return plan_string_valid(plan, (uint32_t)unsigned_at(place, field->size));
    case PLAN_FIELD_REAL:
        return real_valid(place);
    default:
        return true;
    }
}

const char *plan_fields_fault(const struct plan *plan, const struct plan_fields *fields,
                              const void *object) {
    for (size_t i = 0; i < fields->count; i++) {
        const struct plan_field *field = &fields->fields[i];
        const char *place = (const char *)object + field->offset, *fault = NULL;
        if (field->kind == PLAN_FIELD_STRUCT)
            fault = plan_fields_fault(plan, field->inner, place);
        else if (!field_valid(plan, field, place))
            fault = field->fault;
        if (fault)
            return fault;
    }
    return NULL;
}
