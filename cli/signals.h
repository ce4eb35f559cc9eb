/* Signals that end the program: what was begun is undone, then the signal has its way. */
#ifndef CNNC_SIGNALS_H
#define CNNC_SIGNALS_H

/* Call first. SIGINT, SIGTERM and SIGHUP (where they are not ignored) remove unfinished files and
 * end the program as they would have. SIGBUS, which a file raises that is cut while it is mapped,
 * ends it with STATUS_IO and a message. */
void signals_install(void);

#endif
