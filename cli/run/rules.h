/* How pictures become the network's input, for every verb that reads some: `image:` of the model,
 * --image over it. */
#ifndef CNNC_RULES_H
#define CNNC_RULES_H

#include "../input/input.h"
#include "model.h"

/* Puts --image over the image rules of the model's plan, with a note when it overrules them, and
 * prepares for inputs. STATUS_USAGE: an --image is no good, which was said on stderr. */
MUST_USE enum status rules_read(const char *verb, const struct request *request,
                                const struct model *model, struct input_options *options);

/* What inputs may take, anew, after the model needs more. */
void rules_fit(const struct request *request, const struct model *model,
               struct input_options *options);

/* What a user may not know of how inputs are prepared, each said once. */
enum rules_note {
    RULES_NOTHING,
    RULES_DEFAULTS, /* nobody said how pictures are prepared */
    RULES_BYTES,    /* nor of an array of uint8, which is fed as it is */
    RULES_TENSOR,   /* there are rules, but not for this array */
    RULES_NOTES
};
struct rules_told {
    bool of[RULES_NOTES];
};
/* What is to be said of this input, and was not: it is now. */
enum rules_note rules_due(const struct input_options *options, const struct input *input,
                          struct rules_told *told);
/* Says it on stderr. */
void rules_tell(const struct model *model, enum rules_note note, const struct input *input);

/* Is what is wrong with an input that the model's rules can be met by no picture? */
bool rules_forbid(const struct input_options *options, const struct file_error *error);

#endif
