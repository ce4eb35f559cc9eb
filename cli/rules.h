/* How pictures become the network's input, for every verb that reads some: `image:` of the model,
 * --image over it. */
#ifndef CNNC_RULES_H
#define CNNC_RULES_H

#include "input.h"
#include "model.h"

/* Puts --image over the image rules of the model's plan, with a note when it overrules them, and
 * prepares for inputs. STATUS_USAGE: an --image is no good, which was said on stderr. */
MUST_USE enum status rules_read(const char *verb, const struct request *request,
                                const struct model *model, struct input_options *options);

/* Says on stderr what is done where nobody said it: preprocess.defaults. */
void rules_tell_defaults(const struct model *model);

/* Is what is wrong with an input that the model's rules can be met by no picture? */
bool rules_forbid(const struct input_options *options, const struct file_error *error);

#endif
