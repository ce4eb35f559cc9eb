#include "write_plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/planfile/lifetimes.h"
#include "../../runtime/steps/step.h"
#include "../terminal/file.h"
#include "../terminal/json.h"
#include "rows.h"

static const char *const activation_names[] = {
#define ACTIVATION(name, formula) [ACTIVATION_##name] = #name,
#include "../../runtime/plan/activations.def"
#undef ACTIVATION
};

/* ---- a step ---- */

/* "3x3/2": kernel and stride; "3x3/2x1" when that differs. */
static void add_window(const int32_t kernel[2], const int32_t stride[2], struct text *out) {
    text_format(out, " %" PRId32 "x%" PRId32, kernel[0], kernel[1]);
    if (stride[0] > 1 || stride[1] > 1)
        text_format(out, "/%" PRId32, stride[0]);
    if (stride[0] != stride[1])
        text_format(out, "x%" PRId32, stride[1]);
}

/* What is multiplied are the pixels themselves, not patches of them. */
static bool is_pointwise(const struct step_gemm *g) {
    for (int i = 0; i < 2; i++)
        if (g->kernel[i] != 1 || g->stride[i] != 1 || g->pad[i] != 0)
            return false;
    return true;
}

static void add_gemm(const struct step_gemm *g, struct text *out) {
    bool vector = g->map[0] == 1 && g->map[1] == 1;
    text_add(out, is_pointwise(g) || vector ? "gemm" : "implicit gemm");
    add_window(g->kernel, g->stride, out);
    if (g->dilation[0] > 1 || g->dilation[1] > 1)
        text_format(out, " dilation %" PRId32 "x%" PRId32, g->dilation[0], g->dilation[1]);
    if (g->groups > 1)
        text_format(out, ", groups %" PRId32, g->groups);
    if (g->out_step[0] > 1 || g->out_step[1] > 1)
        text_format(out, ", phase %" PRId32 " %" PRId32, g->out_start[0], g->out_start[1]);
    if (g->order == GEMM_FILTERS_WIDE)
        text_add(out, ", filters wide");
}

void write_plan_kind(const struct step *step, struct text *out) {
    static const char *const pools[] = {"max", "average", "l2"};
    switch ((enum step_kind_id)step->kind) {
    case STEP_gemm:
        add_gemm(&step->as.gemm, out);
        break;
    case STEP_depthwise:
        text_add(out, "depthwise");
        add_window(step->as.depthwise.kernel, step->as.depthwise.stride, out);
        break;
    case STEP_local:
        text_add(out, "local");
        add_window(step->as.local.kernel, step->as.local.stride, out);
        break;
    case STEP_pool:
        text_format(out, "%s pool", pools[step->as.pool.kind]);
        add_window(step->as.pool.kernel, step->as.pool.stride, out);
        break;
    case STEP_activate:
        text_add(out, activation_names[step->epilogue.activation]);
        break;
    default:
        text_add(out, step_kinds[step->kind]->name);
    }
}

void write_plan_shape(const struct plan_view *view, struct text *out) {
    text_format(out, "%" PRId32 "x%" PRId32 "x%" PRId32, view->channels, view->height, view->width);
}

/* ---- buffers ---- */

/* The caller frees; NULL: no memory. */
static struct lifetime *lifetimes_of(const struct plan *plan) {
    struct lifetime *lifetimes = calloc((size_t)plan->buffer_count + 1, sizeof *lifetimes);
    if (lifetimes)
        lifetimes_find(plan, lifetimes);
    return lifetimes;
}

static uint64_t bytes_of(uint64_t floats) { return floats * sizeof(float); }

/* ---- table ---- */

/* "3", or "3+1024": the buffer and the bytes into it. */
static void add_place(const struct plan_view *view, struct text *out) {
    text_format(out, "%" PRIu32, view->buffer);
    if (view->first > 0)
        text_format(out, "+%" PRIu64, bytes_of(view->first));
}

/* "0, 2 -> 1", with what is added last in brackets: "0 (+ 2) -> 1". */
static void add_flow(const struct step *step, struct text *out) {
    for (uint32_t k = 0; k < step->input_count; k++) {
        text_add(out, k > 0 ? ", " : "");
        add_place(&step->in[k], out);
    }
    if (step->epilogue.residual.buffer != PLAN_NONE) {
        text_add(out, " (+ ");
        add_place(&step->epilogue.residual, out);
        text_add(out, ")");
    }
    text_add(out, " -> ");
    add_place(&step->out, out);
}

static void add_text_cell(struct rows *rows, struct text *cell) {
    rows_add(rows, "%s", cell->data ? cell->data : "");
    rows->cells.failed |= cell->failed;
    text_free(cell);
}

static void add_step_row(const struct plan *plan, uint32_t i, struct rows *rows) {
    const struct step *step = &plan->steps[i];
    struct text kind = {0}, in = {0}, out = {0}, flow = {0};
    rows_add(rows, "%" PRIu32, i + 1);
    rows_add(rows, "%s", plan_string(plan, step->name));
    write_plan_kind(step, &kind);
    add_text_cell(rows, &kind);
    rows_add(rows, "%s", plan_string(plan, step->fused));
    write_plan_shape(&step->in[0], &in);
    add_text_cell(rows, &in);
    write_plan_shape(&step->out, &out);
    add_text_cell(rows, &out);
    add_flow(step, &flow);
    add_text_cell(rows, &flow);
    rows_add(rows, "%" PRIu64, step_macs(step));
}

static void print_steps(const struct plan *plan, struct text *out) {
    static const char *const headings[] = {">step",  "layer",   "kind",  "fused", "input",
                                           "output", "buffers", ">MACs", NULL};
    struct rows rows = {.headings = headings};
    for (uint32_t i = 0; i < plan->step_count; i++)
        add_step_row(plan, i, &rows);
    rows_print(&rows, out);
    text_free(&rows.cells);
}

static void add_moment(const struct plan *plan, uint64_t step, struct rows *rows) {
    if (step == 0)
        rows_add(rows, "start");
    else if (step > plan->step_count)
        rows_add(rows, "end");
    else
        rows_add(rows, "%" PRIu64, step);
}

static void print_buffers(const struct plan *plan, struct text *out) {
    static const char *const headings[] = {">buffer", ">offset", ">bytes", ">from", ">to", NULL};
    struct rows rows = {.headings = headings};
    struct lifetime *lives = lifetimes_of(plan);
    for (uint32_t b = 0; lives && b < plan->buffer_count; b++) {
        rows_add(&rows, "%" PRIu32, b);
        rows_add(&rows, "%" PRIu64, bytes_of(plan->buffers[b].offset));
        rows_add(&rows, "%" PRIu64, bytes_of(plan->buffers[b].size));
        add_moment(plan, lives[b].first, &rows);
        add_moment(plan, lives[b].last, &rows);
    }
    rows_print(&rows, out);
    out->failed |= !lives;
    text_free(&rows.cells);
    free(lives);
}

static void print_head(const struct plan *plan, const char *file, struct text *out) {
    const char *title = file_title(file), *name = plan_string(plan, plan->head.name);
    text_escaped(out, title, strlen(title));
    text_add(out, ": ");
    if (name) {
        text_escaped(out, name, strlen(name));
        text_add(out, ", ");
    }
    text_add(out, "input ");
    write_plan_shape(&plan->head.input, out);
    text_format(out, ", tile %" PRId32 "x%" PRId32 "\n\n", plan->head.tile.wide,
                plan->head.tile.narrow);
}

void write_plan_table(const struct plan *plan, const char *file, struct text *out) {
    print_head(plan, file, out);
    print_steps(plan, out);
    text_add(out, "\n");
    print_buffers(plan, out);
    text_add(out, "\n");
    for (uint32_t i = 0; i < plan->output_count; i++) {
        const struct plan_output *output = &plan->outputs[i];
        const char *name = plan_string(plan, output->name);
        text_add(out, "output  ");
        text_escaped(out, name, strlen(name));
        text_add(out, " ");
        write_plan_shape(&output->view, out);
        text_add(out, " in ");
        add_place(&output->view, out);
        text_add(out, "\n");
    }
    text_format(out, "steps    %12" PRIu32 "\n", plan->step_count);
    text_format(out, "MACs     %12" PRIu64 "\n", plan->head.macs);
    text_format(out, "arena    %12" PRIu64 "  bytes of one image\n", bytes_of(plan->head.arena));
    text_format(out, "weights  %12" PRIu64 "  bytes, packed\n", bytes_of(plan->head.weights));
    if (plan->head.labels != PLAN_NONE)
        text_format(out, "labels   %12zu\n", plan_label_count(plan));
}

/* ---- json ---- */

static void add_count(struct json *json, const char *key, uint64_t value) {
    json_key(json, key);
    json_count(json, (int64_t)value);
}

static void add_string(struct json *json, const char *key, const char *value) {
    json_key(json, key);
    json_text(json, value);
}

static void add_view(struct json *json, const struct plan_view *view) {
    json_open(json, '{');
    add_count(json, "buffer", view->buffer);
    add_count(json, "first", bytes_of(view->first));
    json_key(json, "shape");
    json_counts(json, (const int64_t[]){view->channels, view->height, view->width}, 3);
    json_close(json, '}');
}

/* "bn1, relu1" as a list. */
static void add_fused(struct json *json, const char *names) {
    json_key(json, "fused");
    json_open(json, '[');
    while (names && *names) {
        struct text name = {0};
        size_t length = strcspn(names, ",");
        text_bytes(&name, names, length);
        json_text(json, name.data);
        json->out->failed |= name.failed;
        text_free(&name);
        names += length + strspn(names + length, ", ");
    }
    json_close(json, ']');
}

static void add_step(struct json *json, const struct plan *plan, const struct step *step) {
    struct text kind = {0};
    write_plan_kind(step, &kind);
    json_open(json, '{');
    add_string(json, "name", plan_string(plan, step->name));
    add_string(json, "kind", step_kinds[step->kind]->name);
    add_string(json, "algorithm", kind.data);
    add_fused(json, plan_string(plan, step->fused));
    json_key(json, "inputs");
    json_open(json, '[');
    for (uint32_t k = 0; k < step->input_count; k++)
        add_view(json, &step->in[k]);
    json_close(json, ']');
    if (step->epilogue.residual.buffer != PLAN_NONE) {
        json_key(json, "residual");
        add_view(json, &step->epilogue.residual);
    }
    json_key(json, "output");
    add_view(json, &step->out);
    add_string(json, "activation", activation_names[step->epilogue.activation]);
    add_count(json, "macs", step_macs(step));
    json_close(json, '}');
    json->out->failed |= kind.failed;
    text_free(&kind);
}

static void add_buffers(struct json *json, const struct plan *plan) {
    struct lifetime *lives = lifetimes_of(plan);
    json_key(json, "buffers");
    json_open(json, '[');
    for (uint32_t b = 0; lives && b < plan->buffer_count; b++) {
        json_open(json, '{');
        add_count(json, "offset", bytes_of(plan->buffers[b].offset));
        add_count(json, "bytes", bytes_of(plan->buffers[b].size));
        add_count(json, "first", lives[b].first);
        add_count(json, "last", lives[b].last);
        json_close(json, '}');
    }
    json_close(json, ']');
    json->out->failed |= !lives;
    free(lives);
}

static void add_totals(struct json *json, const struct plan *plan) {
    json_key(json, "totals");
    json_open(json, '{');
    add_count(json, "steps", plan->step_count);
    add_count(json, "macs", plan->head.macs);
    add_count(json, "arena_bytes", bytes_of(plan->head.arena));
    add_count(json, "weight_bytes", bytes_of(plan->head.weights));
    if (plan->head.labels != PLAN_NONE)
        add_count(json, "labels", plan_label_count(plan));
    json_close(json, '}');
}

void write_plan_json(const struct plan *plan, const char *file, struct text *out) {
    struct json json = {.out = out};
    json_open(&json, '{');
    add_count(&json, "schema", 1);
    add_string(&json, "file", file);
    add_string(&json, "name", plan_string(plan, plan->head.name));
    json_key(&json, "tile");
    json_counts(&json, (const int64_t[]){plan->head.tile.wide, plan->head.tile.narrow}, 2);
    json_key(&json, "input");
    add_view(&json, &plan->head.input);
    json_key(&json, "steps");
    json_open(&json, '[');
    for (uint32_t i = 0; i < plan->step_count; i++)
        add_step(&json, plan, &plan->steps[i]);
    json_close(&json, ']');
    add_buffers(&json, plan);
    json_key(&json, "outputs");
    json_open(&json, '[');
    for (uint32_t i = 0; i < plan->output_count; i++) {
        json_open(&json, '{');
        add_string(&json, "name", plan_string(plan, plan->outputs[i].name));
        json_key(&json, "view");
        add_view(&json, &plan->outputs[i].view);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    add_totals(&json, plan);
    json_close(&json, '}');
    text_add(out, "\n");
}
