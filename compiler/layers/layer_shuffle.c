#include "../graph/layer.h"

#include <inttypes.h>

static const struct key keys[] = {
    {.name = "groups",
     .type = KEY_INTEGER,
     .offset = offsetof(struct shuffle, groups),
     .required = true,
     .least = 1,
     .most = LIMIT_DIMENSION,
     .class = "shape-groups",
     .help = "groups of channels, whose members are dealt out in turn"},
};

static bool shape(struct inference *x, struct layer *layer, const struct shape *const *in) {
    const struct shuffle *shuffle = layer->settings;
    if (in[0]->channels % shuffle->groups != 0) {
        layer_error(x, layer, "groups", "shape-groups",
                    "%s has %" PRId64 " channels, which %" PRId64 " groups do not divide",
                    layer->name, in[0]->channels, shuffle->groups);
        return false;
    }
    return layer_same(x, layer, in);
}

const struct layer_kind layer_shuffle = {
    .name = "shuffle",
    .summary = "channel shuffle: channel i of group g becomes channel i*groups + g",
    .keys = keys,
    .key_count = KEY_COUNT(keys),
    .settings_size = sizeof(struct shuffle),
    .takes = TAKES_BOTH,
    .shape = shape,
};
