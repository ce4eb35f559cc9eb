/* The columns of a report, for table, csv, md and --columns alike. */
#ifndef CNNC_COLUMNS_H
#define CNNC_COLUMNS_H

#include "view.h"

enum column_id {
    COLUMN_NAME,
    COLUMN_OP,
    COLUMN_FROM,
    COLUMN_KERNEL,
    COLUMN_STRIDE,
    COLUMN_PAD,
    COLUMN_DILATION,
    COLUMN_GROUPS,
    COLUMN_SCALE,
    COLUMN_OUTPUT_PAD,
    COLUMN_CHANNELS,
    COLUMN_BIAS,
    COLUMN_SHARE,
    COLUMN_OUTPUT,
    COLUMN_PARAMS,
    COLUMN_MACS,
    COLUMN_FLOPS,
    COLUMN_WEIGHTS,
    COLUMN_ACTIVATIONS,
    COLUMN_FIELD,
    COLUMN_JUMP,
    COLUMN_START,
    COLUMN_DROPS,
    COLUMN_ASSUMED,
    COLUMN_FUSED,
    COLUMN_AT,
    COLUMN_COUNT
};

/* How a value is aligned and put in units. */
enum column_type { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_AMOUNT, COLUMN_BYTES };

struct column {
    const char *name;    /* in --columns and csv: "params" */
    const char *heading; /* in tables: "output bytes" */
    enum column_type type;
    /* One of the two. print adds nothing where the column does not apply (the kernel of a relu). */
    void (*print)(const struct graph *graph, const struct layer *layer, struct text *out);
    int64_t (*amount)(const struct layer *layer, const struct view *view);
    /* Of a column that tables have only where a layer needs it: what goes without saying. */
    const char *silent;
};

extern const struct column columns[COLUMN_COUNT];

/* The cell of a layer whose shape is known, in the view's units. Empty where it does not apply. */
void column_cell(const struct column *column, const struct graph *graph, const struct layer *layer,
                 const struct view *view, struct text *out);

/* Fills out, which has room for COLUMN_COUNT, with the view's columns, or else with those that the
 * reader of a table wants first, and those without which a row that is shown could not be computed
 * by hand (`from` only where the network is not a chain). Returns how many. */
size_t columns_shown(const struct graph *graph, const struct view *view, const struct column **out);

/* The column of that name (length bytes), or NULL. */
const struct column *column_find(const char *name, size_t length);

/* Groups of a conv or deconv; 1 for local; 0 where there is no such thing. */
int64_t layer_groups(const struct graph *graph, const struct layer *layer);
/* Rows and columns that a deconv adds; NULL where there is no such thing. */
const struct pair *layer_output_pad(const struct layer *layer);
/* Every layer that is known reads the one before it, and nothing else. */
bool graph_is_chain(const struct graph *graph);

/* "96x55x55", or "4096" for a vector. */
void shape_print(const struct shape *shape, struct text *out);
/* "1 row, 1 column of padding"; nothing when nothing is dropped. */
void dropped_print(const struct dropped *dropped, struct text *out);

/* ---- amounts ---- */
extern const char *const units_names[]; /* in the order of enum units; ends with NULL */
/* RAW: 61100840; SI and IEC of a count: 61.1 M; bytes: 244 MB, 233 MiB. */
void amount_print(int64_t value, bool bytes, enum units units, struct text *out);
/* value times the batch, at most INT64_MAX. */
int64_t batch_bytes(int64_t value, const struct view *view);

#endif
