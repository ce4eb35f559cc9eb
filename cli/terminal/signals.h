/* Signals that end the program: what was begun is undone, then the signal has its way. */
#ifndef CNNC_SIGNALS_H
#define CNNC_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Call first. SIGINT, SIGTERM and SIGHUP (where they are not ignored) remove unfinished files, or
 * keep what can be taken up again and say how (save_keep), and end the program as they would have.
 * SIGBUS, which a file raises that is cut while it is mapped, ends it with STATUS_IO and a message.
 */
void signals_install(void);

/* From now on the first of the three is only remembered, so that what was begun can be ended well;
 * the second has its way at once. */
void signals_defer(void);
bool signals_interrupted(void);
/* Holds back SIGINT, SIGTERM and SIGHUP until the caller restores `before`. */
void signals_block(sigset_t *before);
/* Lets the remembered one have its way. */
void signals_end_interrupted(void);

#endif
