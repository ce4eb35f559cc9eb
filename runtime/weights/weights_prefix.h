/* Whether the names of a file and those of a network differ by what they begin with alone. */
#ifndef CNNC_WEIGHTS_PREFIX_H
#define CNNC_WEIGHTS_PREFIX_H

#include "weights.h"

/* The file's names fit when `file_length` bytes of `file` at their beginning become
 * `network_length` bytes of `network`. At most one of the lengths is 0. */
struct weights_prefix {
    const char *file, *network;
    size_t file_length, network_length;
};

/* True when each of the wanted names is then the name of a tensor of the file; false also when they
 * all are as they stand. Not more than a bounded number of prefixes is tried. */
MUST_USE bool weights_prefix_find(const struct weights *weights, const struct tensor *wanted,
                                  size_t count, struct weights_prefix *prefix);

#endif
