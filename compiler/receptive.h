/* Receptive fields: which input pixels an output sees. */
#ifndef CNNC_RECEPTIVE_H
#define CNNC_RECEPTIVE_H

#include "graph.h"

/* Requires: shapes. Establishes: receptive of every known layer, in pixels of the network's input:
 * output (0, 0) sees `size` pixels from `start` (negative: into the padding), the next output the
 * same `jump` further. Formulas: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional
 * Neural Networks", Distill 2019. */
void receptive_fields(struct graph *graph);

#endif
