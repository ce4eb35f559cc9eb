/* What an earlier run answered, from its JSON Lines: so that a run which was cut off is taken up.
 */
#ifndef CNNC_RESUME_H
#define CNNC_RESUME_H

#include <pthread.h>

#include "../../runtime/base/file_error.h"
#include "keys.h"

/* A record answers its input, with an error too. Names that are no UTF-8 stand in input_b64. An
 * input that was given twice is answered by two records. */
struct resume {
    struct keys answers;
    pthread_mutex_t mutex; /* of answers, from which several threads may take */
    uint64_t whole; /* bytes up to the end of the last line that has one; what follows was cut */
};

/* Reads the file line by line. A last line without its end is not looked at. STATUS_INPUT,
 * STATUS_IO, STATUS_MEMORY. The caller frees in any case. */
MUST_USE enum status resume_read(const char *path, struct resume *resume, struct file_error *error);
void resume_free(struct resume *resume);

/* Takes the answer to a file, or to one image of a file or stream; false: there is none. */
bool resume_take_file(struct resume *resume, const char *name);
bool resume_take_image(struct resume *resume, const char *name, size_t index);

#endif
