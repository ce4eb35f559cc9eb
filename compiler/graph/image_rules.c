/* `image:`: how a picture becomes the network's input. Read and checked here; carried out by `run`.
 */
#include <math.h>
#include <string.h>

#include "../../runtime/picture/preprocess.h"
#include "../base/limits.h"
#include "image_rules.h"
#include "kind.h"

/* One of the words; reported otherwise. NULL when the key is absent. */
static const char *read_word(struct diagnostics *diag, const struct node *map, const char *name,
                             const char *const *words) {
    const struct node *node = node_get(map, name);
    struct key key = {.name = name, .type = KEY_WORD, .words = words};
    int word = 0;
    return node && key_read(diag, &key, node, &word) ? words[word] : NULL;
}

/* `256`, or height x width as `256x320` or [256, 320]. size[1] is -1 when one number was given. */
static void read_size(struct diagnostics *diag, const struct node *map, const char *name,
                      int64_t *size) {
    const struct node *node = node_get(map, name);
    if (!node)
        return;
    bool pair = node->type == NODE_LIST || strchr(node->type == NODE_SCALAR ? node->text : "", 'x');
    if (pair)
        (void)!key_extents(diag, node, name, 2, size);
    else
        (void)!key_integer(diag, node, name, 1, LIMIT_DIMENSION, "value", &size[0]);
}

/* One real, or a list of one per channel. */
static int read_reals(struct diagnostics *diag, const struct node *map, const char *name,
                      double *out) {
    const struct node *node = node_get(map, name);
    if (!node)
        return 0;
    if (node->type != NODE_LIST)
        return key_real(diag, node, name, &out[0]) ? 1 : 0;
    if (node->count != 1 && node->count != 3) {
        diag_error(diag, node->at, "value",
                   "%s has %zu values; one for all channels or three are taken", name, node->count);
        return 0;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (!key_real(diag, node->items[i], name, &out[i]))
            return 0;
    }
    return (int)node->count;
}

static void read_scale(struct diagnostics *diag, const struct node *node, double *scale) {
    if (!node || !key_real(diag, node, "scale", scale) || *scale != 0)
        return;
    diag_error(diag, node->at, "value", "scale is 0; every picture would become the same");
}

static void check_std(struct diagnostics *diag, const struct node *map,
                      const struct image_rules *rules) {
    for (int i = 0; i < rules->std_count; i++) {
        if (rules->std[i] > 0)
            continue;
        diag_error(diag, node_get(map, "std")->at, "value",
                   "std is %g; it divides, and must be above 0", rules->std[i]);
        return;
    }
}

void image_rules_read(struct arena *arena, struct diagnostics *diag, const struct node *node,
                      struct image_rules *rules) {
    *rules = (struct image_rules){.resize = {-1, -1}, .crop = {-1, -1}, .scale = NAN};
    if (node->type != NODE_MAP) {
        struct diagnostic *item =
            diag_error(diag, node->at, "spec-type", "image must be a mapping, not %s",
                       node_describe(arena, node));
        diag_hint(diag, item, "image: {preset: torchvision}");
        return;
    }
    rules->given = true;
    node_check_keys(diag, node, "image", preprocess_keys);
    rules->preset = read_word(diag, node, "preset", preprocess_presets);
    rules->filter = read_word(diag, node, "filter", preprocess_filters);
    rules->channels = read_word(diag, node, "channels", preprocess_channels);
    rules->exif = read_word(diag, node, "exif", preprocess_exif);
    rules->layout = read_word(diag, node, "layout", preprocess_layouts);
    read_size(diag, node, "resize", rules->resize);
    read_size(diag, node, "crop", rules->crop);
    read_scale(diag, node_get(node, "scale"), &rules->scale);
    rules->mean_count = read_reals(diag, node, "mean", rules->mean);
    rules->std_count = read_reals(diag, node, "std", rules->std);
    check_std(diag, node, rules);
}

struct plan_image image_rules_plan(const struct image_rules *rules) {
    struct plan_image image = {
        .given = rules->given,
        .preset = preprocess_word(preprocess_presets, rules->preset),
        .filter = preprocess_word(preprocess_filters, rules->filter),
        .channels = preprocess_word(preprocess_channels, rules->channels),
        .exif = preprocess_word(preprocess_exif, rules->exif),
        .layout = preprocess_word(preprocess_layouts, rules->layout),
        .mean_count = (uint32_t)rules->mean_count,
        .std_count = (uint32_t)rules->std_count,
        .scale = isnan(rules->scale) ? 0 : rules->scale,
    };
    for (int i = 0; i < 2; i++) {
        image.resize[i] = rules->resize[i] < 0 ? 0 : rules->resize[i];
        image.crop[i] = rules->crop[i] < 0 ? 0 : rules->crop[i];
    }
    for (int i = 0; i < 3; i++) {
        image.mean[i] = rules->mean[i];
        image.std[i] = rules->std[i];
    }
    return image;
}

void image_rules_check(struct diagnostics *diag, struct location at,
                       const struct image_rules *rules, const int64_t *input) {
    const struct plan_image image = image_rules_plan(rules);
    const struct plan_view view = {
        .channels = (int32_t)input[0], .height = (int32_t)input[1], .width = (int32_t)input[2]};
    struct preprocess resolved;
    struct file_error error;
    if (preprocess_resolve(&image, &view, &resolved, &error) != STATUS_OK)
        diag_error(diag, at, error.class, "image: %s", error.message);
}
