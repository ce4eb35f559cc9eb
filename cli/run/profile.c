#include "profile.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../report/rows.h"
#include "../report/write_plan.h"

enum status profile_begin(struct profile *profile, const struct plan *plan, struct run *run) {
    *profile = (struct profile){.plan = plan};
    profile->ms = calloc((size_t)plan->step_count + 1, sizeof *profile->ms);
    run_time_steps(run, true);
    return profile->ms ? STATUS_OK : STATUS_MEMORY;
}

void profile_free(struct profile *profile) { free(profile->ms); }

void profile_add(struct profile *profile, const struct run *run, size_t images) {
    const double *ms = run_step_times(run);
    for (uint32_t i = 0; i < profile->plan->step_count; i++)
        profile->ms[i] += ms[i];
    profile->forwards++;
    profile->images += images;
}

/* Floats of each image, and floats of weights. */
static double image_floats(const struct step *step) {
    double floats = (double)plan_view_size(&step->out);
    for (uint32_t k = 0; k < step->input_count; k++)
        floats += (double)plan_view_size(&step->in[k]);
    if (step->epilogue.residual.buffer != PLAN_NONE)
        floats += (double)plan_view_size(&step->epilogue.residual);
    return floats;
}

static double weight_floats(const struct step *step) {
    return (double)(step->weights[0].count + step->weights[1].count + step->epilogue.bias.count +
                    step->epilogue.slope.count);
}

struct line {
    double ms, macs, floats;
};

static void add_rates(const struct line *line, double total, struct rows *rows) {
    rows_add(rows, "%.3f", line->ms);
    rows_add(rows, "%.1f%%", total > 0 ? 100 * line->ms / total : 0);
    if (line->macs > 0 && line->ms > 0)
        rows_add(rows, "%.1f", 2e-6 * line->macs / line->ms);
    else
        rows_add(rows, "%s", "");
    rows_add(rows, "%.1f", line->ms > 0 ? 4e-6 * line->floats / line->ms : 0);
}

static void add_step(const struct profile *profile, uint32_t i, double total, struct line *sum,
                     struct rows *rows) {
    const struct step *step = &profile->plan->steps[i];
    double images = (double)profile->images;
    struct text kind = {0};
    struct line line = {.ms = profile->ms[i],
                        .macs = (double)step_macs(step) * images,
                        .floats = image_floats(step) * images +
                                  weight_floats(step) * (double)profile->forwards};
    write_plan_kind(step, &kind);
    rows_add(rows, "%" PRIu32, i + 1);
    rows_add(rows, "%s", plan_string(profile->plan, step->name));
    rows_add(rows, "%s", kind.data ? kind.data : "");
    add_rates(&line, total, rows);
    sum->ms += line.ms;
    sum->macs += line.macs;
    sum->floats += line.floats;
    rows->cells.failed |= kind.failed;
    text_free(&kind);
}

void profile_print(const struct profile *profile, struct text *out) {
    static const char *const headings[] = {">step",  "layer",    "kind",  ">ms",
                                           ">share", ">GFLOP/s", ">GB/s", NULL};
    struct rows rows = {.headings = headings};
    struct line sum = {0};
    double total = 0;
    for (uint32_t i = 0; i < profile->plan->step_count; i++)
        total += profile->ms[i];
    for (uint32_t i = 0; i < profile->plan->step_count; i++)
        add_step(profile, i, total, &sum, &rows);
    rows_add(&rows, "%s", "");
    rows_add(&rows, "total");
    rows_add(&rows, "%zu image%s in %zu run%s", profile->images, profile->images == 1 ? "" : "s",
             profile->forwards, profile->forwards == 1 ? "" : "s");
    add_rates(&sum, total, &rows);
    rows_print(&rows, out);
    text_free(&rows.cells);
}
