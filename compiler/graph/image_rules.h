/* `image:` of a spec: reading it, checking it against the network's input, and what a plan holds of
 * it. The struct stands in graph.h. */
#ifndef CNNC_IMAGE_RULES_H
#define CNNC_IMAGE_RULES_H

#include "../../runtime/plan/plan.h"
#include "../base/tree.h"
#include "graph.h"

/* Reads the mapping, reporting what is wrong in it. */
void image_rules_read(struct arena *arena, struct diagnostics *diag, const struct node *node,
                      struct image_rules *rules);
/* Reports at `at` what no picture can meet for that input: channels, height, width. rules: read
 * without an error. */
void image_rules_check(struct diagnostics *diag, struct location at,
                       const struct image_rules *rules, const int64_t *input);
/* The same rules as a plan has them. */
struct plan_image image_rules_plan(const struct image_rules *rules);

#endif
