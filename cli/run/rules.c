#include "rules.h"

#include <string.h>

#include "../terminal/message.h"

enum {
    LEAST_BYTES = 4 << 20,     /* also where the run takes all of the memory */
    PICTURE_BYTES = 256 << 20, /* of one picture, where nothing is said of memory */
};

/* A quarter of what the run leaves: for what threads read beside each other, for what one reads
 * while the others wait, for the next of a stream, and for what waits to be computed. */
static size_t bytes_to_read(const struct request *request, const struct model *model) {
    size_t quarter = (request->memory - model->needed) / 4;
    return quarter < LEAST_BYTES ? LEAST_BYTES : quarter;
}

/* What the model said and --image overruled. */
static void tell_override(const struct request *request, const struct model *model,
                          const struct plan_image *before) {
    struct plan_image alone = {0};
    struct text keys = {0};
    const char *assignment;
    bool overruled = preprocess_overrides(&alone, request->images, request->image_count,
                                          &assignment, &keys) == STATUS_OK &&
                     preprocess_said(before, alone.preset ? before : &alone, &keys);
    if (overruled && !keys.failed)
        message_class(STATUS_OK, "note", model->title,
                      alone.preset ? "--image with a preset sets everything anew: what its image: "
                                     "says (%s) does not hold"
                                   : "its image: and --image both say %s: --image wins",
                      keys.data);
    text_free(&keys);
}

enum status rules_read(const char *verb, const struct request *request, const struct model *model,
                       struct input_options *options) {
    struct plan_image *image = &model->plan->head.image;
    const struct plan_image before = *image;
    const char *assignment = "";
    struct text fault = {0};
    enum status status =
        preprocess_overrides(image, request->images, request->image_count, &assignment, &fault);
    if (status == STATUS_OK) {
        input_prepare(model->plan, bytes_to_read(request, model), options);
        rules_fit(request, model, options);
        if (request->image_count > 0 && options->no_picture.class) {
            text_add(&fault, options->no_picture.message);
            status = STATUS_USAGE;
        }
    }
    if (status != STATUS_OK)
        message_usage(verb, NULL, "--image: '%s': %s", assignment,
                      fault.data ? fault.data : "it is no setting");
    else if (request->image_count > 0)
        tell_override(request, model, &before);
    text_free(&fault);
    return status;
}

void rules_fit(const struct request *request, const struct model *model,
               struct input_options *options) {
    options->most = options->picture = bytes_to_read(request, model);
    if (!request->memory_given && options->picture > PICTURE_BYTES)
        options->picture = PICTURE_BYTES;
}

/* ---- notes ---- */

static enum rules_note note_of(const struct input_options *options, const struct input *input) {
    if (input->picture)
        return options->preprocess.defaults ? RULES_DEFAULTS : RULES_NOTHING;
    if (options->pixels)
        return RULES_TENSOR;
    bool bytes = input->npy.tensor.element == ELEMENT_U8;
    return bytes && !options->no_picture.class ? RULES_BYTES : RULES_NOTHING;
}

enum rules_note rules_due(const struct input_options *options, const struct input *input,
                          struct rules_told *told) {
    enum rules_note note = note_of(options, input);
    if (note == RULES_NOTHING || told->of[note])
        return RULES_NOTHING;
    told->of[note] = true;
    return note;
}

void rules_tell(const struct model *model, enum rules_note note, const struct input *input) {
    if (note == RULES_DEFAULTS)
        message_class(STATUS_OK, "note", model->title,
                      "nothing says how pictures are prepared: they are stretched to the input and "
                      "divided by 255; expected 'image:' in the spec, or --image");
    if (note == RULES_BYTES)
        message_class(
            STATUS_OK, "note", model->title,
            "nothing says how pictures are prepared: an array of uint8 is fed as it is, 0 "
            "to 255, where the same picture as PNG is divided by 255; expected 'image:' "
            "in the spec, or --image");
    if (note == RULES_TENSOR)
        message_class(
            STATUS_OK, "note", model->title,
            "an array of %s is fed as it is; image: prepares pictures and arrays of uint8",
            element_name(input->npy.tensor.element));
}

/* A network that takes no pictures at all is another matter, of the class input-shape. */
bool rules_forbid(const struct input_options *options, const struct file_error *error) {
    const char *class = options->no_picture.class;
    return class && strncmp(class, "image-", 6) == 0 && strcmp(class, error->class) == 0;
}
