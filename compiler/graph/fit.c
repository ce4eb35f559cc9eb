#include "fit.h"

#include "../base/limits.h"

#include <inttypes.h>
#include <string.h>

enum {
    STRIDES_SAID = 2,
    PADS_SAID = 2,   /* the nearest above and below */
    INPUT_REACH = 64 /* how far from the input sizes are tried */
};

/* ---- one axis ---- */

int64_t axis_output(const struct axis *axis, enum fit fit, bool pools, int64_t *dropped) {
    int64_t span = axis->in + axis->before + axis->after - axis->reach;
    *dropped = 0;
    if (span < 0)
        return AXIS_EMPTY;
    int64_t out = span / axis->stride + 1, rest = span % axis->stride;
    if (rest == 0)
        return out;
    if (fit == FIT_EXACT)
        return AXIS_UNFIT;
    bool begins_inside = out * axis->stride < axis->in + axis->before;
    if (fit == FIT_CEIL && pools && begins_inside)
        return out + 1;
    *dropped = rest;
    return out;
}

void axis_pad_same(struct axis *axis) {
    int64_t out = (axis->in + axis->stride - 1) / axis->stride;
    int64_t total = (out - 1) * axis->stride + axis->reach - axis->in;
    total = total > 0 ? total : 0;
    axis->before = total / 2;
    axis->after = total - axis->before;
}

/* The quotient's fraction, rounded to as few digits (two or more) as do not make it whole. */
static const char *decimals(struct arena *arena, int64_t rest, int64_t divisor) {
    int64_t scale = 100;
    int digits = 2;
    int64_t part = (2 * rest * scale + divisor) / (2 * divisor);
    while (part == 0 || part == scale) {
        scale *= 10;
        digits++;
        part = (2 * rest * scale + divisor) / (2 * divisor);
    }
    return arena_format(arena, "%0*" PRId64, digits, part);
}

const char *axis_formula(struct arena *arena, const struct axis *axis) {
    int64_t span = axis->in + axis->before + axis->after - axis->reach;
    const char *pads = axis->before == axis->after ? arena_format(arena, "2*%" PRId64, axis->before)
                                                   : arena_format(arena, "%" PRId64 " + %" PRId64,
                                                                  axis->before, axis->after);
    const char *formula =
        arena_format(arena, "(%" PRId64 " - %" PRId64 " + %s)/%" PRId64 " + 1 = %" PRId64, axis->in,
                     axis->reach, pads, axis->stride, span / axis->stride + 1);
    if (span % axis->stride == 0)
        return formula;
    return arena_format(arena, "%s.%s", formula,
                        decimals(arena, span % axis->stride, axis->stride));
}

/* ---- strides and pads ---- */

/* What is looked for: changes of stride or pad with which both axes fit. A number that is the same
 * for both axes stays so; otherwise only the axes that do not fit are changed. */
struct search {
    const struct axis *axes;
    bool pools;
    bool unfit[2];
    struct fit_option options[STRIDES_SAID + PADS_SAID + 1];
    size_t count, strides; /* the first `strides` options are strides */
};

/* Adds an option if both axes fit so. */
static bool fits(struct search *search, const struct axis trial[2]) {
    struct fit_option option = {
        .stride = {trial[0].stride, trial[1].stride},
        .pad = {trial[0].before, trial[0].after, trial[1].before, trial[1].after}};
    int64_t dropped;
    option.output_height = axis_output(&trial[0], FIT_EXACT, search->pools, &dropped);
    option.output_width = axis_output(&trial[1], FIT_EXACT, search->pools, &dropped);
    if (option.output_height < 1 || option.output_width < 1)
        return false;
    search->options[search->count++] = option;
    return true;
}

static bool try_stride(struct search *search, int64_t stride) {
    struct axis trial[2] = {search->axes[0], search->axes[1]};
    bool together = trial[0].stride == trial[1].stride;
    for (int i = 0; i < 2; i++) {
        if (together || search->unfit[i])
            trial[i].stride = stride;
    }
    return fits(search, trial);
}

/* The nearest below; where there are too few, the nearest above. In ascending order. */
static void search_strides(struct search *search) {
    const struct axis *axes = search->axes;
    int64_t from = axes[search->unfit[0] ? 0 : 1].stride, most = 0;
    for (int i = 0; i < 2; i++) {
        if (search->unfit[i] && axes[i].stride < from)
            from = axes[i].stride;
        int64_t span = axes[i].in + axes[i].before + axes[i].after - axes[i].reach;
        most = span > most ? span : most;
    }
    most = most < 2 * from ? most : 2 * from; /* further ones are no neighbours */
    most = most < LIMIT_WINDOW ? most : LIMIT_WINDOW;
    for (int64_t stride = from - 1; stride >= 1 && search->count < STRIDES_SAID; stride--)
        try_stride(search, stride);
    if (search->count == 2) {
        struct fit_option nearest = search->options[0];
        search->options[0] = search->options[1];
        search->options[1] = nearest;
    }
    for (int64_t stride = from + 1; stride <= most && search->count < STRIDES_SAID; stride++)
        try_stride(search, stride);
    search->strides = search->count;
}

/* A filter whose pads are wider sees nothing but zeros at the border. */
static int64_t most_pad(const struct search *search, const struct axis *axis) {
    int64_t most = search->pools ? axis->reach / 2 : axis->reach - 1;
    return most < LIMIT_WINDOW ? most : LIMIT_WINDOW;
}

/* Pads that are the same on both sides, moved by `step`. */
static bool try_pad(struct search *search, int64_t step) {
    struct axis trial[2] = {search->axes[0], search->axes[1]};
    bool together = trial[0].before == trial[1].before;
    for (int i = 0; i < 2; i++) {
        if (!together && !search->unfit[i])
            continue;
        trial[i].before += step;
        trial[i].after += step;
        if (trial[i].before < 0 || trial[i].before > most_pad(search, &trial[i]))
            return false;
    }
    return fits(search, trial);
}

/* The pads of each axis that does not fit, as few cells fewer (sign -1) or more (1) as make it fit;
 * the odd one after. */
static void try_sides(struct search *search, int sign) {
    struct axis trial[2] = {search->axes[0], search->axes[1]};
    for (int i = 0; i < 2; i++) {
        struct axis *axis = &trial[i];
        int64_t total = axis->before + axis->after;
        int64_t rest = (axis->in + total - axis->reach) % axis->stride;
        if (rest == 0)
            continue;
        total += sign < 0 ? -rest : axis->stride - rest;
        axis->before = total / 2;
        axis->after = total - axis->before;
        if (total < 0 || axis->after > most_pad(search, axis))
            return;
    }
    (void)fits(search, trial);
}

/* The nearest fewer cells and the nearest more. The remainder repeats with the stride, so that no
 * equal pads further than it need be tried; where none fit, those of the sides differ. */
static void search_pads(struct search *search) {
    const struct axis *axes = search->axes;
    bool equal = axes[0].before == axes[0].after && axes[1].before == axes[1].after;
    int64_t far = axes[0].stride * axes[1].stride;
    far = equal ? far < LIMIT_WINDOW ? far : LIMIT_WINDOW : 0;
    for (int sign = -1; sign <= 1; sign += 2) {
        int64_t step = 1;
        while (step <= far && !try_pad(search, sign * step))
            step++;
        if (step > far)
            try_sides(search, sign);
    }
}

/* `pad: same` fits by definition. */
static const struct fit_option *add_same(struct search *search) {
    struct fit_option *option = &search->options[search->count++];
    *option = (struct fit_option){.same = true};
    for (int i = 0; i < 2; i++) {
        struct axis axis = search->axes[i];
        axis_pad_same(&axis);
        option->stride[i] = axis.stride;
        option->pad[2 * i] = axis.before;
        option->pad[2 * i + 1] = axis.after;
        *(i ? &option->output_width : &option->output_height) =
            (axis.in + axis.stride - 1) / axis.stride;
    }
    return option;
}

/* ---- text ---- */

/* "3", or "1x2" when the axes differ. */
static const char *pair_text(struct arena *arena, const int64_t pair[2]) {
    if (pair[0] == pair[1])
        return arena_format(arena, "%" PRId64, pair[0]);
    return arena_format(arena, "%" PRId64 "x%" PRId64, pair[0], pair[1]);
}

/* "1", "1x0", or "0x1x0x1" when two sides differ. */
static const char *pads_text(struct arena *arena, const int64_t pad[4]) {
    if (pad[0] == pad[1] && pad[2] == pad[3])
        return pair_text(arena, (const int64_t[]){pad[0], pad[2]});
    return arena_format(arena, "%" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64, pad[0], pad[1],
                        pad[2], pad[3]);
}

static const char *options_text(struct arena *arena, const struct search *search) {
    const char *text = "";
    for (size_t i = 0; i < search->count; i++) {
        const struct fit_option *option = &search->options[i];
        const char *stride = pair_text(arena, option->stride);
        const char *change = i < search->strides
                                 ? arena_format(arena, "stride %s", stride)
                                 : arena_format(arena, "pad %s with stride %s",
                                                pads_text(arena, option->pad), stride);
        text = arena_format(arena, "%s%s%s -> %" PRId64 "x%" PRId64, text, i ? ", " : "", change,
                            option->output_height, option->output_width);
    }
    return text;
}

static const char *plural(struct arena *arena, int64_t count, const char *what) {
    return arena_format(arena, "%" PRId64 " %s%s", count, what, count == 1 ? "" : "s");
}

/* "1 row at the top, 2 at the bottom", or empty. */
static const char *added_text(struct arena *arena, const int64_t pad[2], const char *what,
                              const char *before, const char *after) {
    const char *first = pad[0] ? arena_format(arena, "%s at the %s%s", plural(arena, pad[0], what),
                                              before, pad[1] ? ", " : "")
                               : "";
    const char *second =
        pad[0] ? arena_format(arena, "%" PRId64, pad[1]) : plural(arena, pad[1], what);
    return pad[1] ? arena_format(arena, "%s%s at the %s", first, second, after) : first;
}

/* "pad: same -> 16x16 (adds 1 row at the top, 2 at the bottom; 3 columns at the right)". Where the
 * stride is greater than the kernel, it may add nothing. */
static const char *same_text(struct arena *arena, const struct fit_option *option) {
    const char *rows = added_text(arena, option->pad, "row", "top", "bottom");
    const char *columns = added_text(arena, option->pad + 2, "column", "left", "right");
    const char *text = arena_format(arena, "pad: same -> %" PRId64 "x%" PRId64,
                                    option->output_height, option->output_width);
    if (!*rows && !*columns)
        return arena_format(arena, "%s (adds nothing: windows skip cells)", text);
    return arena_format(arena, "%s (adds %s%s%s)", text, rows, *rows && *columns ? "; " : "",
                        columns);
}

/* "fit: floor -> 2x2, which drops 1 row and 1 column". */
static const char *rule_text(struct arena *arena, const struct axis axes[2], enum fit fit,
                             bool pools) {
    int64_t rows, columns;
    int64_t height = axis_output(&axes[0], fit, pools, &rows);
    int64_t width = axis_output(&axes[1], fit, pools, &columns);
    const char *text = arena_format(arena, "fit: %s -> %" PRId64 "x%" PRId64,
                                    fit == FIT_FLOOR ? "floor" : "ceil", height, width);
    if (rows == 0 && columns == 0)
        return text;
    text = arena_format(arena, "%s, which drops %s%s%s", text,
                        rows ? plural(arena, rows, "row") : "", rows && columns ? " and " : "",
                        columns ? plural(arena, columns, "column") : "");
    bool padding = rows <= axes[0].after && columns <= axes[1].after;
    return padding ? arena_format(arena, "%s of padding", text) : text;
}

/* ---- inputs of the network ---- */

/* Marks layer `last` and the layers that it depends on. */
static const bool *leading_to(const struct graph *graph, uint32_t last) {
    bool *marks = arena_array(graph->arena, last + 1, sizeof *marks);
    marks[last] = true;
    for (uint32_t i = last + 1; i-- > 0;) {
        const struct layer *layer = graph->layers[i];
        for (uint32_t k = 0; marks[i] && k < layer->input_count; k++)
            marks[layer->inputs[k]] = true;
    }
    return marks;
}

/* Infers the marked layers from an input; true when all of them fit, within the work allowed. */
static bool infer_from(struct inference *x, const bool *marks, uint32_t last, struct shape input) {
    x->graph->layers[GRAPH_INPUT]->out = input;
    for (uint32_t i = 1; i <= last; i++) {
        if (!marks[i])
            continue;
        size_t work = 1 + (size_t)x->graph->layers[i]->input_count;
        x->trials = x->trials > work ? x->trials - work : 0;
        if (x->trials == 0 || !shape_layer(x, i))
            return false;
    }
    return true;
}

/* As `input:` takes it. */
static const char *input_text(struct arena *arena, const struct shape *input) {
    const int64_t extent[3] = {input->channels, input->height, input->width};
    if (!key_is_channels_last(extent))
        return shape_text(arena, input);
    return arena_format(arena, "[%" PRId64 ", %" PRId64 ", %" PRId64 "]", extent[0], extent[1],
                        extent[2]);
}

/* "3x6x6, 3x9x9": the nearest smaller and larger input with which all layers up to this one fit;
 * empty when there is none near, or when looking for it has cost too much already. Inference is run
 * again, muted, and once more at the end with the true input, which leaves all as it was. */
static const char *inputs_text(struct inference *x) {
    struct arena *arena = x->graph->arena;
    uint32_t last = x->current;
    if (x->trials == 0)
        return "";
    const bool *marks = leading_to(x->graph, last);
    if (!marks[GRAPH_INPUT])
        return "";
    const struct shape input = x->graph->layers[GRAPH_INPUT]->out;
    const char *text = "";
    x->diag->muted = true;
    x->strict = true;
    for (int64_t sign = -1; sign <= 1; sign += 2) {
        for (int64_t step = sign; step * sign <= INPUT_REACH && x->trials > 0; step += sign) {
            struct shape tried = input;
            tried.height += step;
            tried.width += step;
            if (tried.height < 1 || tried.width < 1 || !shape_within_limits(&tried))
                break;
            if (!infer_from(x, marks, last, tried))
                continue;
            text = arena_format(arena, "%s%s%s", text, *text ? ", " : "",
                                x->resized ? shape_text(arena, &tried) : input_text(arena, &tried));
            break;
        }
    }
    size_t trials = x->trials;
    x->trials = SIZE_MAX;
    x->strict = false;
    (void)infer_from(x, marks, last, input);
    x->trials = trials;
    x->diag->muted = false;
    return text;
}

bool fit_curable(struct inference *x) { return *inputs_text(x) != '\0'; }

void fit_suggest(struct inference *x, const struct axis axes[2], bool pools,
                 struct diagnostic *item) {
    if (!diag_kept(x->diag, item))
        return;
    struct arena *arena = x->graph->arena;
    struct search search = {.axes = axes, .pools = pools};
    int64_t dropped;
    for (int i = 0; i < 2; i++)
        search.unfit[i] = axis_output(&axes[i], FIT_EXACT, pools, &dropped) == AXIS_UNFIT;
    search_strides(&search);
    search_pads(&search);
    const char *options = options_text(arena, &search);
    const char *same = same_text(arena, add_same(&search));
    item->fits = arena_grow(arena, search.options, search.count, search.count, sizeof *item->fits);
    item->fit_count = search.count;

    const char *floor = rule_text(arena, axes, FIT_FLOOR, pools);
    const char *ceil = pools ? rule_text(arena, axes, FIT_CEIL, pools) : NULL;
    const char *inputs = inputs_text(x);
    diag_hint(x->diag, item, "what fits: %s%s%s\nor %s%s%s%s%s", options, *options ? ", " : "",
              same, floor, ceil ? "; or " : "", ceil ? ceil : "",
              *inputs ? "\ninput that fits up to here: " : "", inputs);
}
