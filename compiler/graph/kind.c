#include "kind.h"

#include <strings.h>

const struct layer_kind *const kind_table[KIND_COUNT] = {
    [KIND_input] = &layer_input,
#define LAYER(name, file) [KIND_##name] = &layer_##name,
#include "layers.def"
#undef LAYER
};

const struct layer_kind *kind_find(const char *name, size_t length) {
    for (int i = KIND_input + 1; i < KIND_COUNT; i++) {
        const char *known = kind_table[i]->name;
        if (strncasecmp(known, name, length) == 0 && known[length] == '\0')
            return kind_table[i];
    }
    return NULL;
}
