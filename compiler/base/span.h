/* Which place of the source each byte of a scalar comes from. */
#ifndef CNNC_SPAN_H
#define CNNC_SPAN_H

#include "tree.h"

/* Walks a scalar's text and its bytes in the source, raw to end, quotes and all, side by side, and
 * sets the spans of the node. Linear in both. */
void span_trace(struct arena *arena, struct node *node, const char *raw, const char *end);

#endif
