#include "record.h"

#include <math.h>

static size_t positions_of(const struct record_output *output) {
    return (size_t)output->view.height * (size_t)output->view.width;
}

bool record_is_vector(const struct record_output *output) { return positions_of(output) == 1; }

/* exp(x - largest) / sum, in double. One channel alone is no distribution: it stays. */
static void to_probabilities(const struct record_output *output, size_t position,
                             struct ranked *top, size_t count) {
    const float *values = output->values + position;
    size_t step = positions_of(output), channels = (size_t)output->view.channels;
    if (count == 0 || channels == 1)
        return;
    double largest = (double)top[0].score, sum = 0;
    for (size_t i = 0; i < channels; i++)
        sum += exp((double)values[i * step] - largest);
    for (size_t i = 0; i < count; i++)
        top[i].score = (float)(exp((double)top[i].score - largest) / sum);
}

size_t record_top(const struct record_output *output, size_t position, size_t most,
                  struct ranked *top) {
    const float *values = output->values + position;
    size_t step = positions_of(output), channels = (size_t)output->view.channels, length = 0;
    for (size_t i = 0; i < channels; i++) {
        float value = values[i * step];
        if (isnan(value) || (length == most && !(value > top[most - 1].score)))
            continue;
        size_t at = length < most ? length++ : most - 1;
        for (; at > 0 && value > top[at - 1].score; at--)
            top[at] = top[at - 1];
        top[at] = (struct ranked){.index = i, .score = value};
    }
    if (output->logits)
        to_probabilities(output, position, top, length);
    return length;
}

size_t record_cut(const struct ranked *top, size_t count, double least) {
    while (count > 0 && (double)top[count - 1].score < least)
        count--;
    return count;
}
