/* How a run that a signal ends is taken up again: where its records are, and the call that goes on.
 */
#ifndef CNNC_AGAIN_H
#define CNNC_AGAIN_H

#include "../../runtime/base/save.h"
#include "request.h"

struct again {
    struct save_kept kept[SAVE_PARTS];
    char *names[SAVE_PARTS];
    struct text words[SAVE_PARTS];
    size_t count;
};

/* Of the request's --out, which is JSON Lines; adds: to what --resume names. STATUS_MEMORY, after
 * saying so. The caller frees in any case. */
MUST_USE enum status again_make(const struct request *request, bool adds, struct again *again);
void again_free(struct again *again);

/* Adds a word that every POSIX shell reads as these bytes, and that does no harm to a terminal. */
void again_quote(const char *word, struct text *out);

#endif
