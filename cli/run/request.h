/* What plan, compile, run and bench are asked to do: their options, read and checked before any
 * file is. A verb's table has the rows it knows; each name means the same in all of them. */
#ifndef CNNC_REQUEST_H
#define CNNC_REQUEST_H

#include "../../compiler/compiler.h"
#include "../command/options.h"

struct request {
    const struct verb *verb;
    const struct arguments *arguments; /* all of them */
    const char *model;                 /* as the user named it; "-" is standard input */
    const char *const *inputs;         /* the further operands */
    size_t input_count;

    struct compile_options compile; /* --input, --set */
    const char *weights;            /* --weights, or NULL */
    bool random;                    /* --random-weights, with `seed` */
    uint64_t seed;
    const char **outputs; /* --output */
    size_t output_count;
    bool strict;
    size_t memory; /* bytes: --max-memory, or half of the machine's */
    bool memory_given;

    const char *save; /* -o, or NULL */
    int format;       /* index into the row's choices; -1: not given */
    int threads;
    size_t batch; /* 0: not given */
    bool profile, reference;

    /* of run: inputs besides the operands, and which of all of them */
    const char *files_from, *files0_from; /* or NULL */
    bool frames;
    int64_t shard, shards;
    const char *resume; /* or NULL */
    bool fail_fast;
    const char **images; /* --image */
    size_t image_count;
    /* and what its records say */
    size_t top;
    const char *labels; /* or NULL */
    double least;       /* --min-score */
    bool raw;

    /* of eval */
    const char *data, *labels_data; /* or NULL */
    const char **expected;          /* --expect */
    size_t expected_count;

    bool plain;       /* set by the verb: a step a layer, weights as they are in their file */
    struct tile tile; /* --tile; {0, 0}: the machine's */
    int after;        /* --after, an enum pass; -1: not given */

    int64_t runs, warmup, seconds;

    const char **sets; /* what `compile` points to */
};

/* Says on stderr what is wrong: STATUS_USAGE, STATUS_MEMORY. The arguments must outlive the
 * request. The caller frees in any case. */
MUST_USE enum status request_read(struct request *request, const struct verb *verb,
                                  const struct arguments *arguments);
void request_free(struct request *request);

/* Both name the same regular file. */
MUST_USE bool request_same_file(const char *a, const char *b);

/* `path` is to be written, which may be NULL. It names a file that is read, also as one of a
 * directory: STATUS_USAGE, after saying so. */
MUST_USE enum status request_check_save(const struct request *request, const char *path);
/* STATUS_USAGE, said: --out is `read`. */
MUST_USE enum status request_refuse_save(const struct request *request, const char *read);

/* ---- rows that several verbs have ---- */
#define ROW_IMAGE                                                                                  \
    {                                                                                              \
        .name = "image", .argument = "KEY=VALUE",                                                  \
        .help = "Prepare pictures otherwise than the spec's image: says,\n"                        \
                "key by key; preset=X sets everything anew. Repeats.",                             \
        .repeats = true                                                                            \
    }
#define ROW_BATCH                                                                                  \
    {                                                                                              \
        .name = "batch", .letter = 'b', .argument = "N",                                           \
        .help = "Images at a time; results do not depend on it.\n"                                 \
                "Default: 8, or fewer when memory is short."                                       \
    }
#define ROW_INPUT                                                                                  \
    {                                                                                              \
        .name = "input", .letter = 'i', .argument = "CxHxW",                                       \
        .help = "Plan for images of this size. No parameter changes:\n"                            \
                "fc layers on a larger map become convolutions."                                   \
    }
#define ROW_SET                                                                                    \
    {                                                                                              \
        .name = "set", .letter = 's', .argument = "KEY=VALUE",                                     \
        .help = "Set a value of the spec, as 'cnnc check' does. Repeats.", .repeats = true         \
    }
#define ROW_WEIGHTS                                                                                \
    {                                                                                              \
        .name = "weights", .letter = 'w', .argument = "FILE",                                      \
        .help = "Take the weights from this safetensors or npz file\n"                             \
                "instead of the one that the spec names."                                          \
    }
#define ROW_RANDOM_WEIGHTS                                                                         \
    {                                                                                              \
        .name = "random-weights", .argument = "SEED",                                              \
        .help = "Make random weights (He); the same seed, the same ones."                          \
    }
#define ROW_STRICT                                                                                 \
    {                                                                                              \
        .name = "strict", .help = "Reject weights with tensors that the network has no\n"          \
                                  "use for, or with values that are not finite."                   \
    }
#define ROW_MAX_MEMORY                                                                             \
    {                                                                                              \
        .name = "max-memory", .argument = "BYTES",                                                 \
        .help = "Refuse to need more than so many bytes; k, M, G and Ki, Mi,\n"                    \
                "Gi are powers of 1024. Default: half of the machine's."                           \
    }
/* Of every verb that runs a network. */
#define ROWS_MODEL ROW_INPUT, ROW_SET, ROW_WEIGHTS, ROW_RANDOM_WEIGHTS, ROW_STRICT, ROW_MAX_MEMORY
#define ROW_THREADS                                                                                \
    {                                                                                              \
        .name = "threads", .letter = 't', .argument = "N",                                         \
        .help = "Threads that compute; results do not depend on it.\n"                             \
                "Default: as many as there are processors."                                        \
    }

#endif
