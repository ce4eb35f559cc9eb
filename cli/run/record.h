/* What `cnnc run` says of an image: one record, in the order of the inputs. record.c ranks,
 * write_records.c prints. */
#ifndef CNNC_RECORD_H
#define CNNC_RECORD_H

#include "../../runtime/plan/plan.h"
#include "../input/labels.h"

/* An output of the network, or a layer that was asked for. */
struct record_output {
    const char *name;
    bool vector;           /* C x 1 x 1 is said as C */
    bool logits;           /* scores are the softmax of the values, over the channels */
    struct plan_view view; /* its shape */
    const float *values;   /* of this image: [channels][height][width] */
};

struct record {
    const char *input; /* the file as the user named it */
    bool indexed;      /* it is image `index` of a file or stream of several */
    size_t index;
    const struct record_output *outputs;
    size_t output_count;
    const char *class, *error; /* why there are no outputs, or NULL */
};

struct record_style {
    size_t top;   /* so many of the best */
    double least; /* none of a lower score */
    bool raw;     /* the values themselves, too */
    const struct labels *labels;
};

enum {
    RECORD_TOP = 5,             /* where nothing is asked for */
    RECORD_VALUES = 4096,       /* of larger outputs JSON has no values */
    RECORD_POSITIONS = 1 << 16, /* nor the best of each position of a larger map */
};

struct ranked {
    size_t index;
    float score;
};

/* The channels of the largest values at a position (0 <= position < height * width), largest first,
 * at most `most`: of equal ones the lowest; NaN is never among them. Returns how many. */
size_t record_top(const struct record_output *output, size_t position, size_t most,
                  struct ranked *top);
/* Those of a score below `least` taken off: NaN is no score that is below. */
size_t record_cut(const struct ranked *top, size_t count, double least);

/* Whether all its values are of one position, so that it has a best few. */
bool record_is_vector(const struct record_output *output);

/* For readers. */
void record_table(const struct record *record, const struct record_style *style, struct text *out);
/* One JSON object on a line. */
void record_jsonl(const struct record *record, const struct record_style *style, struct text *out);
/* A line for each of the best, `separator` (comma or tab) between the fields; the heading's fields
 * are those that the outputs have. */
void record_heading(const struct record *record, char separator, struct text *out);
void record_lines(const struct record *record, const struct record_style *style, char separator,
                  struct text *out);
/* The floats alone, of one output; nothing of an error. */
void record_floats(const struct record *record, struct text *out);

#endif
