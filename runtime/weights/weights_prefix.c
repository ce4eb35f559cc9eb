#include "weights_prefix.h"

#include <string.h>

enum { TRIED = 1000 /* prefixes: each may take a look at every name that is wanted */ };

/* How two names, in order, compare, the first being `prefix` and `rest`. */
static int compare(const char *prefix, size_t length, const char *rest, const char *name) {
    int order = strncmp(prefix, name, length);
    return order != 0 ? order : strcmp(rest, name + length);
}

static bool has(const struct weights *weights, const char *prefix, size_t length,
                const char *rest) {
    size_t low = 0, high = weights->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(prefix, length, rest, weights->tensors[middle].name);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static bool fits(const struct weights *weights, const struct tensor *wanted, size_t count,
                 const struct weights_prefix *prefix) {
    for (size_t i = 0; i < count; i++) {
        const char *name = wanted[i].name;
        if (strncmp(name, prefix->network, prefix->network_length) != 0 ||
            !has(weights, prefix->file, prefix->file_length, name + prefix->network_length))
            return false;
    }
    return true;
}

/* Of the file's names that end as `name` does after its first `cut` bytes: the shortest prefix. */
static bool try_cut(const struct weights *weights, const struct tensor *wanted, size_t count,
                    const char *name, size_t cut, size_t *tried, struct weights_prefix *prefix) {
    size_t rest = strlen(name + cut);
    bool good = false;
    for (size_t i = 0; i < weights->count && *tried < TRIED; i++) {
        const char *found = weights->tensors[i].name;
        size_t length = strlen(found);
        if (length < rest || memcmp(found + length - rest, name + cut, rest) != 0 ||
            (good && length - rest >= prefix->file_length))
            continue;
        const struct weights_prefix candidate = {found, name, length - rest, cut};
        ++*tried;
        if (fits(weights, wanted, count, &candidate)) {
            *prefix = candidate;
            good = true;
        }
    }
    return good;
}

bool weights_prefix_find(const struct weights *weights, const struct tensor *wanted, size_t count,
                         struct weights_prefix *prefix) {
    size_t missing = 0, tried = 0;
    while (missing < count && weights_find(weights, wanted[missing].name))
        missing++;
    if (missing == count)
        return false;
    const char *name = wanted[missing].name;
    for (size_t cut = 0; name[cut]; cut++)
        if ((cut == 0 || name[cut - 1] == '.') &&
            try_cut(weights, wanted, count, name, cut, &tried, prefix))
            return true;
    return false;
}
