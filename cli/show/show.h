/* The parts of `cnnc show`: what is shown, from what, and into which files. */
#ifndef CNNC_SHOW_H
#define CNNC_SHOW_H

#include "../../runtime/picture/picture.h"
#include "../input/input.h"
#include "../run/model.h"
#include "../run/rules.h"

enum show_mode {
    SHOW_LIST,
    SHOW_FILTERS,
    SHOW_MAPS,
    SHOW_SCORE_MAP,
    SHOW_PATCHES,
    SHOW_MATRIX,
};

struct show {
    const struct request *request;
    struct model model; /* opened */
    enum show_mode mode;
    const char *layer;           /* that the mode is given; NULL: it takes none */
    int64_t class;               /* --class; -1: the best one */
    size_t topk;                 /* --topk */
    struct input_options inputs; /* how files become inputs */
    struct rules_told told;      /* of these */
};

/* Each says on stderr what is wrong. STATUS_PARTIAL: a picture is no good. */
MUST_USE enum status show_list(struct show *show);
MUST_USE enum status show_filters(struct show *show);
MUST_USE enum status show_maps(struct show *show);
MUST_USE enum status show_score(struct show *show);
MUST_USE enum status show_patches(struct show *show);
MUST_USE enum status show_matrix(struct show *show);

/* ---- layers ---- */

/* The index of the layer in the plan; STATUS_USAGE when there is none. */
MUST_USE enum status show_find(const struct show *show, const char *name, uint32_t *layer);
/* Its values in a run: STATUS_USAGE when the plan does not keep them. */
MUST_USE enum status show_watch(const struct show *show, struct run *run, uint32_t layer);
/* Of a spec: the compiler's view of it; NULL of a plan. */
const struct layer *show_compiled(const struct show *show, uint32_t layer);
const char *show_name(const struct show *show, uint32_t layer);
/* A deconv. */
bool show_is_transposed(const struct show *show, uint32_t layer);
struct filters; /* filters.h */
/* The shape of the layer's filters as its weights have it; of an fc layer behind a flatten, that of
 * the map. False: it has none. */
bool show_shape(const struct show *show, uint32_t layer, struct filters *filters);

/* ---- what is shown ---- */

/* The images of one file. */
struct show_input {
    const float *images; /* the first, of the network's input */
    size_t count;
    bool picture; /* else numbers */
    struct input input;
    float *room; /* of a picture */
};

/* The file of this name, of which `-` and pipes are read to their end. STATUS_PARTIAL after saying
 * why it is no good, STATUS_INPUT when the rules of the model are; nothing is left to close then.
 */
MUST_USE enum status show_open(struct show *show, const char *name, struct show_input *input);
/* The same of one of several. */
MUST_USE enum status show_open_source(struct show *show, const struct sources_item *source,
                                      struct show_input *input);
/* The index-th image, until the next is asked for; in rising order. NULL: no memory. */
const float *show_image(const struct show *show, const struct show_input *input, size_t index);
void show_close(struct show_input *input);
/* Runs one image; its outputs, and the layer that is watched, are then the run's image 0. */
void show_forward(const struct show *show, struct run *run, const float *image);

/* Blue is the first channel of the network's input. */
bool show_is_bgr(const struct show *show);
/* An image of the input as a picture again, as it is after resizing and cropping:
 * [height][width][3]. Of other than one or three channels the first is shown. NULL: no memory. The
 * caller frees. */
uint8_t *show_pixels(const struct show *show, const struct show_input *input, const float *image);

/* ---- files ---- */

struct show_file {
    const char *suffix; /* behind the stem: ".png" */
    struct text bytes;
};
enum { SHOW_FILES = 12 };
struct show_files {
    struct show_file file[SHOW_FILES];
    size_t count;
};

/* The next file, to be filled. */
struct text *show_file(struct show_files *files, const char *suffix);
/* Adds the picture as PNG. STATUS_MEMORY. */
MUST_USE enum status show_png(struct show_files *files, const char *suffix,
                              const struct picture *picture);
void show_files_free(struct show_files *files);

/* Files that wait for each other: none gets its name, in show_end, before all are written. Begins
 * as {0}. */
struct show_saves {
    struct show_save *first, *last;
    const char *directory; /* that was made for them, or NULL */
    struct text names;
};

/* Writes the files under other names. -o FILE.png: FILE is the stem of their names; -o -: the
 * picture goes to standard output, alone; else -o is a directory, made if need be, and `name` the
 * stem in it. */
MUST_USE enum status show_add(const struct show *show, const char *name,
                              const struct show_files *files, struct show_saves *saves);
/* status: of all before. When it is STATUS_OK the files get their names, which are listed on
 * standard output; else they are gone, and their directory. Should a name not be given, those
 * before it have theirs, and the others are gone. */
MUST_USE enum status show_end(struct show_saves *saves, enum status status);
/* Both, of files that are all. */
MUST_USE enum status show_write(const struct show *show, const char *name,
                                const struct show_files *files);

/* Is -o something that the mode can be written to? */
MUST_USE enum status show_check_out(const struct show *show);

/* "LAYER-filters", with what a file name cannot have replaced; "" and STATUS_MEMORY told by failed.
 */
void show_stem(const char *layer, const char *what, struct text *stem);

/* Messages that several have. */
enum status show_no_memory(void);
enum status show_too_large(const struct show *show, const char *layer);

#endif
