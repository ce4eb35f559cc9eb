/* Layer kinds: one file each (layer_conv.c …), one row each in layers.def. A kind is its table of
 * keys, its shape rule and its counts; everything that walks a graph walks these. */
#ifndef CNNC_KIND_H
#define CNNC_KIND_H

#include "../base/tree.h"
#include "graph.h"

/* ---- keys: one table serves the reader, the JSON schema, `check --format yaml`, and the tests of
 * the manual ---- */
enum key_type {
    KEY_INTEGER,  /* int64_t; a word i of `words` is stored as -1 - i */
    KEY_REAL,     /* double */
    KEY_BOOLEAN,  /* bool */
    KEY_WORD,     /* int: index into `words`; `true` and `false` may be words */
    KEY_PAIR,     /* struct pair: 3, 1x7 or [1, 7] */
    KEY_PADS,     /* struct pads: 1, 1x2, 0x1x0x1, [0, 1, 0, 1], or a word */
    KEY_CHANNELS, /* int64_t[2]: behind, or [before, behind] */
};

enum pad_mode { PAD_GIVEN, PAD_SAME, PAD_VALID };

/* Pads as written. mode is the index of the word in `words` plus one. */
struct pads {
    struct sides sides;
    enum pad_mode mode;
};

struct key {
    const char *name;
    enum key_type type;
    size_t offset;       /* into the kind's settings */
    const char *initial; /* default, in the spec's notation; NULL: none */
    bool required;
    double least, most;       /* of a number, inclusive */
    const char *const *words; /* ends with NULL */
    const char *class;        /* of an error of range: "shape-stride" */
    const char *help;         /* one line, for the schema */
};

/* ---- kinds ---- */
enum takes {
    TAKES_MAP,  /* C x H x W only */
    TAKES_BOTH, /* a vector too */
};

struct inference; /* shape.h */

struct layer_kind {
    const char *name;    /* in lower case */
    const char *summary; /* one line */
    const struct key *keys;
    size_t key_count;
    size_t settings_size;
    enum takes takes;
    bool joins;  /* add, mul, concat: several inputs, may hold branches */
    bool shares; /* may take `share:` */
    bool slides; /* a window: kernel, stride, pad, dilation and `fit` mean something */

    /* Rules between keys that need no shape. Reports and returns false. May be NULL. */
    bool (*validate)(struct inference *x, struct layer *layer);
    /* Sets layer->out and, where there is a window, layer->window and dropped. in: input_count
     * shapes. Reports by layer_error and returns false when it cannot. */
    bool (*shape)(struct inference *x, struct layer *layer, const struct shape *const *in);
    /* Fills tensors (at most TENSORS_MAX) for input `in` under the spec's own input. May be NULL:
     * no weights. */
    int (*tensors)(const struct layer *layer, const struct shape *in, struct layer_tensor *tensors);
    /* MACs of one image with `in` as it is now; NULL: none are counted. False on overflow. */
    bool (*macs)(const struct layer *layer, const struct shape *in, int64_t *macs);
};

enum kind_id {
    KIND_input, /* layer 0; not in the language */
#define LAYER(name, file) KIND_##name,
#include "layers.def"
#undef LAYER
    KIND_COUNT
};

#define LAYER(name, file) extern const struct layer_kind layer_##name;
#include "layers.def"
#undef LAYER
extern const struct layer_kind layer_input;

/* By id; kind_table[KIND_conv]->name is "conv". */
extern const struct layer_kind *const kind_table[KIND_COUNT];

/* Without regard to case, of the kinds of the language; NULL if there is none. */
const struct layer_kind *kind_find(const char *name, size_t length);
static inline bool layer_is(const struct layer *layer, enum kind_id id) {
    return layer->kind == kind_table[id];
}

/* ---- reading keys (key.c) ---- */
/* Sets every key of settings to its default. */
void key_defaults(const struct layer_kind *kind, void *settings);
/* Reads node into the field of settings that key names. Reports (spec-int, spec-type, key->class)
 * at the place that is wrong, and returns false. */
bool key_read(struct diagnostics *diag, const struct key *key, const struct node *node,
              void *settings);
/* The value in the spec's notation ("1x7", "same"); the inverse of key_read. */
void key_print(const struct key *key, const void *settings, struct text *out);
/* Index of the key in kind->keys, or -1. */
int key_index(const struct layer_kind *kind, const char *name);

/* Scalars on their own, for what is not a layer's key; same errors. */
bool key_integer(struct diagnostics *diag, const struct node *node, const char *what, int64_t least,
                 int64_t most, const char *class, int64_t *out);
bool key_real(struct diagnostics *diag, const struct node *node, const char *what, double *out);
bool key_boolean(struct diagnostics *diag, const struct node *node, const char *what, bool *out);
/* `3x224x224` or [3, 224, 224]: exactly `count` integers from 1 to LIMIT_DIMENSION (shape-zero,
 * limit-tensor). */
bool key_extents(struct diagnostics *diag, const struct node *node, const char *what, size_t count,
                 int64_t *out);

/* Whether `input` would be taken for height x width x channels, the order of the courses, when it
 * is written as text: such a one is written [4, 5, 3]. */
bool key_is_channels_last(const int64_t extent[3]);

#endif
