/* Receptive fields: which input pixels an output sees. */
#ifndef CNNC_RECEPTIVE_H
#define CNNC_RECEPTIVE_H

#include "graph.h"

/* Requires: shapes. Establishes: receptive of every known layer, in cells of the network's input.
 * A field is the hull of all cells that an output depends on, where maps go on beyond their border
 * (a negative start: into the padding), but those of one cell. Formulas of windows: Araujo, Norris,
 * Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019. */
void receptive_fields(struct graph *graph);

#endif
