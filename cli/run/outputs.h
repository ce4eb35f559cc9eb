/* What a run gives of each image: the outputs of the network, or a layer of it. */
#ifndef CNNC_OUTPUTS_H
#define CNNC_OUTPUTS_H

#include "model.h"
#include "record.h"

struct outputs {
    struct record_output *all;
    size_t count;
    bool watched;   /* the one there is is run_layer's, */
    uint32_t first; /* or else they are run_output's from this one on */
};

/* Of the model, or the layer of the request's --output; run: watches it. An output that is not made
 * by softmax, sigmoid or hardsigmoid is one of logits, unless a layer was asked for, or --raw. Says
 * on stderr what is wrong: STATUS_USAGE, STATUS_MEMORY. The caller frees in any case. */
MUST_USE enum status outputs_find(const struct model *model, struct run *run,
                                  const struct request *request, struct outputs *outputs);
void outputs_free(struct outputs *outputs);

/* --format npy is of one output: STATUS_USAGE, after saying so. */
MUST_USE enum status outputs_check_single(const struct outputs *outputs);

/* Sets the values to those of image n of the batch. */
void outputs_point(struct outputs *outputs, const struct run *run, size_t n);

#endif
