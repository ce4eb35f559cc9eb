/* What `cnnc run` prints of an image: one record, in the order of the inputs. */
#ifndef CNNC_RECORD_H
#define CNNC_RECORD_H

#include "../runtime/plan.h"

/* An output of the network, or a layer that was asked for. */
struct record_output {
    const char *name;
    bool vector;
    struct plan_view view; /* its shape */
    const float *values;   /* of this image: [channels][height][width] */
};

struct record {
    const char *input;   /* the file as the user named it */
    size_t index, count; /* image `index` of the file's `count` */
    const struct record_output *outputs;
    size_t output_count;
    const char *class, *error; /* why there are no outputs, or NULL */
};

/* For readers: the best of a vector, the range of anything else. */
void record_table(const struct record *record, struct text *out);
/* One JSON object on a line. */
void record_jsonl(const struct record *record, struct text *out);
/* The floats alone, of one output; nothing of an error. */
void record_floats(const struct record *record, struct text *out);

enum {
    RECORD_TOP = 5,       /* the best of a vector */
    RECORD_VALUES = 4096, /* of larger outputs JSON has no values */
};

/* The indices of the largest values, largest first, at most RECORD_TOP: of equal ones the lowest;
 * NaN is never among them. Returns how many. */
size_t record_top(const float *values, size_t count, size_t top[RECORD_TOP]);

#endif
