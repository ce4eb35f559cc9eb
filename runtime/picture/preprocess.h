/* From a picture to the network's input, as `image:` of the spec and --image say: resize, centre
 * crop, order of channels, (x*scale - mean) / std. man/cnnc-spec.5, IMAGE, has every rule. */
#ifndef CNNC_PREPROCESS_H
#define CNNC_PREPROCESS_H

#include "../plan/plan.h"
#include "resample.h"

/* The words that a key takes, NULL behind the last; the value of a word in struct plan_image is its
 * index + 1. */
extern const char *const preprocess_keys[];
extern const char *const preprocess_presets[];
extern const char *const preprocess_filters[];
extern const char *const preprocess_channels[];
extern const char *const preprocess_exif[];
extern const char *const preprocess_layouts[];
/* The value of a word, 0 for NULL and for words that are not in the list. */
uint32_t preprocess_word(const char *const *words, const char *word);

/* Changes one rule, KEY=VALUE: the words of the keys above; resize and crop as 256 or 256x320,
 * height first; scale a number; mean and std one number or three, a,b,c. STATUS_USAGE: *fault says
 * what is wrong, with the words that are taken, printable; *image is unchanged. The caller frees
 * *fault in any case. */
MUST_USE enum status preprocess_override(struct plan_image *image, const char *assignment,
                                         struct text *fault);
/* Each of them, over *image: key by key, but a preset among them, wherever it stands, sets
 * everything anew, and only what the assignments say holds. STATUS_USAGE: *assignment is no good.
 */
MUST_USE enum status preprocess_overrides(struct plan_image *image, const char *const *assignments,
                                          size_t count, const char **assignment,
                                          struct text *fault);
/* Adds the keys that both have, "preset, mean". False: there is none. */
bool preprocess_said(const struct plan_image *image, const struct plan_image *other,
                     struct text *keys);

/* All that is to be done to a picture, with nothing left open. */
struct preprocess {
    size_t channels, height, width; /* of the network's input; channels: 1 or 3 */
    size_t resize[2];               /* height, width; or the shorter side, 0 */
    enum resample_filter filter;
    bool letterbox; /* as darknet does, instead of resize and filter */
    uint32_t order; /* enum image_channels */
    bool orient;    /* the reader of pictures is to turn them as EXIF says: picture_options */
    bool defaults;  /* nothing was said of pictures, by spec or option: to be told the user once */
    double scale[3], shift[3]; /* of each channel of the input: x*scale + shift, x of 0..255 */
};

/* The rules of an input [channels][height][width] with all defaults filled in. STATUS_INPUT: they
 * cannot be met (image-rules, image-shape), *error says why. */
MUST_USE enum status preprocess_resolve(const struct plan_image *image,
                                        const struct plan_view *input, struct preprocess *out,
                                        struct file_error *error);

/* One picture into out, [channels][height][width]. Threads may share the rules. memory: most bytes
 * that it takes besides. STATUS_LIMIT, STATUS_MEMORY. */
MUST_USE enum status preprocess_run(const struct preprocess *rules, const struct picture *picture,
                                    size_t memory, float *out, struct file_error *error);

/* The same of a file's bytes, whose rows are taken as they are decoded: no more of the picture is
 * held than few rows, unless it cannot be decoded so. Errors as picture_read has them; what is then
 * in `out` is of no use. */
MUST_USE enum status preprocess_file(const struct preprocess *rules, const unsigned char *bytes,
                                     size_t length, const struct picture_options *options,
                                     float *out, struct file_error *error);

#endif
