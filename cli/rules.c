#include "rules.h"

#include <string.h>

#include "message.h"

/* Also where the run takes all of the memory. */
enum { LEAST_BYTES = 4 << 20 };

/* A quarter of what the run leaves: for what threads read beside each other, for what one reads
 * while the others wait, for the next of a stream, and for what waits to be computed. */
static size_t bytes_to_read(const struct request *request, const struct model *model) {
    size_t quarter = (request->memory - model->needed) / 4;
    return quarter < LEAST_BYTES ? LEAST_BYTES : quarter;
}

enum status rules_read(const char *verb, const struct request *request, const struct model *model,
                       struct input_options *options) {
    const char *assignment = "";
    struct text fault = {0};
    enum status status = input_prepare(model->plan, request->images, request->image_count,
                                       bytes_to_read(request, model), options, &assignment, &fault);
    if (status != STATUS_OK)
        message_usage(verb, NULL, "--image: '%s': %s", assignment,
                      fault.data ? fault.data : "it is no setting");
    text_free(&fault);
    return status;
}

void rules_tell_defaults(const struct model *model) {
    message_class(STATUS_OK, "note", model->title,
                  "nothing says how pictures are prepared: they are stretched to the input and "
                  "divided by 255; expected 'image:' in the spec, or --image");
}

/* A network that takes no pictures at all is another matter, of the class input-shape. */
bool rules_forbid(const struct input_options *options, const struct file_error *error) {
    const char *class = options->no_picture.class;
    return class && strncmp(class, "image-", 6) == 0 && strcmp(class, error->class) == 0;
}
