/* A plan in print. */
#ifndef CNNC_WRITE_PLAN_H
#define CNNC_WRITE_PLAN_H

#include "../../runtime/plan/plan.h"

/* Steps, buffers and totals of the plan of a file, for readers. */
void write_plan_table(const struct plan *plan, const char *file, struct text *out);
/* The same as one JSON object on one line. */
void write_plan_json(const struct plan *plan, const char *file, struct text *out);

/* How a step works: "implicit gemm 3x3/2, groups 2". */
void write_plan_kind(const struct step *step, struct text *out);
/* "64x56x56" */
void write_plan_shape(const struct plan_view *view, struct text *out);

#endif
