/* How far a run is, on one line of stderr: only when that is a terminal. */
#ifndef CNNC_PROGRESS_H
#define CNNC_PROGRESS_H

#include "../../runtime/base/base.h"

struct progress {
    bool shown;            /* stderr is a terminal */
    size_t total;          /* inputs; 0: nobody knows */
    size_t skipped;        /* of them, without any work */
    double begun, printed; /* ms */
    bool on_screen;
};

void progress_begin(struct progress *progress);
/* Draws the line anew, a few times a second at most: "1234 of 20000  312/s  1 min left". */
void progress_show(struct progress *progress, size_t done);
/* Takes it off the screen: before anything else is written there. */
void progress_clear(struct progress *progress);

#endif
