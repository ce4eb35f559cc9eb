/* Receptive fields of random networks against what each output depends on, cell by cell: sets of
 * input cells go through the maps as they are, forward from each cell to what reads it. */
#include "build.h"

enum { NETS = 600, LAYERS = 6, CELLS_MOST = 64, EXTENT_MOST = 500 };

/* One output of a map: the input cells it depends on (bit by bit), and whether something of it lies
 * beyond a border, so that its field reaches further than these. */
struct seen {
    uint64_t cells;
    bool beyond;
};

static uint64_t state;

static uint32_t draw(uint32_t count) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(state >> 33) % count;
}

/* ---- what an output depends on ---- */

static void depend(struct seen *out, const struct seen *in) {
    out->cells |= in->cells;
    out->beyond |= in->beyond;
}

struct line {
    struct seen *at;
    int64_t extent;
};

static int64_t extent_of(const struct shape *shape, bool across) {
    return across ? shape->width : shape->height;
}

static void of_window(const struct layer *layer, bool across, struct line in, struct line out) {
    const struct window *w = &layer->window;
    int64_t taps = across ? w->kernel.width : w->kernel.height;
    int64_t gap = across ? w->dilation.width : w->dilation.height;
    int64_t stride = across ? w->stride.width : w->stride.height;
    int64_t pad = across ? w->pad.left : w->pad.top;
    for (int64_t n = 0; n < out.extent; n++) {
        for (int64_t k = 0; k < taps; k++) {
            int64_t cell = n * stride + k * gap - pad;
            if (cell < 0 || cell >= in.extent)
                out.at[n].beyond = true;
            else
                depend(&out.at[n], &in.at[cell]);
        }
    }
}

/* Each cell is spread over a window; so would be those beyond the border. */
static void of_deconv(const struct layer *layer, bool across, struct line in, struct line out) {
    const struct window *w = &layer->window;
    int64_t taps = across ? w->kernel.width : w->kernel.height;
    int64_t gap = across ? w->dilation.width : w->dilation.height;
    int64_t stride = across ? w->stride.width : w->stride.height;
    int64_t pad = across ? w->pad.left : w->pad.top;
    for (int64_t i = -50; i < in.extent + 50; i++) {
        for (int64_t k = 0; k < taps; k++) {
            int64_t n = i * stride + k * gap - pad;
            if (n < 0 || n >= out.extent)
                continue;
            if (i < 0 || i >= in.extent)
                out.at[n].beyond = true;
            else
                depend(&out.at[n], &in.at[i]);
        }
    }
}

/* The cells whose centres are less than one cell from the output's. */
static void of_upsample(const struct layer *layer, struct line in, struct line out) {
    const struct upsample *upsample = layer->settings;
    double scale = (double)upsample->scale;
    for (int64_t n = 0; n < out.extent; n++) {
        double centre = ((double)n + 0.5) / scale - 0.5;
        for (int64_t i = -1; i <= in.extent; i++) {
            bool near = upsample->mode == UPSAMPLE_BILINEAR ? fabs((double)i - centre) < 1 - 1e-9
                                                            : n / upsample->scale == i;
            if (near && (i < 0 || i >= in.extent))
                out.at[n].beyond = true;
            else if (near)
                depend(&out.at[n], &in.at[i]);
        }
    }
}

static void of_join(const struct layer *layer, const struct line *lines, bool across,
                    struct line out) {
    for (uint32_t k = 0; k < layer->input_count; k++) {
        struct line in = lines[layer->inputs[k]];
        ck_assert_int_eq(extent_of(&built.graph.layers[layer->inputs[k]]->out, across), in.extent);
        for (int64_t n = 0; n < out.extent; n++)
            depend(&out.at[n], &in.at[in.extent == 1 ? 0 : n]);
    }
}

static struct line follow(const struct layer *layer, const struct line *lines, bool across) {
    struct line out = {.extent = extent_of(&layer->out, across)};
    out.at = arena_array(&built.arena, (size_t)out.extent, sizeof *out.at);
    struct line in = lines[layer->inputs[0]];
    if (layer->kind->joins)
        of_join(layer, lines, across, out);
    else if (layer_is(layer, KIND_deconv))
        of_deconv(layer, across, in, out);
    else if (layer_is(layer, KIND_upsample))
        of_upsample(layer, in, out);
    else
        of_window(layer, across, in, out);
    return out;
}

/* ---- the comparison ---- */

static size_t exact, contained;

static int64_t first_of(uint64_t cells) { return __builtin_ctzll(cells); }
static int64_t last_of(uint64_t cells) { return 63 - __builtin_clzll(cells); }

/* A field that stands still is the same for every output: its hull is that of all. */
static void compare(const struct layer *layer, struct line line,
                    const struct receptive_axis *axis) {
    int64_t size = 0;
    ck_assert_double_eq(axis->size, floor(axis->size));
    ck_assert_double_eq(axis->start, floor(axis->start));
    for (int64_t n = 0; n < line.extent; n++) {
        uint64_t cells = line.at[n].cells;
        struct receptive_span span = receptive_at(axis, n);
        if (n == 0 && span.first <= span.last)
            ck_assert_double_eq(axis->start, (double)span.first);
        if (span.first <= span.last && span.last - span.first + 1 > size)
            size = span.last - span.first + 1;
        if (!cells)
            continue;
        bool same = span.first == first_of(cells) && span.last == last_of(cells);
        ck_assert_msg(span.first <= first_of(cells) && span.last >= last_of(cells),
                      "%s, output %d: %d to %d misses a cell of %d to %d", layer->name, (int)n,
                      (int)span.first, (int)span.last, (int)first_of(cells), (int)last_of(cells));
        ck_assert_msg(same || line.at[n].beyond || axis->jump == 0,
                      "%s, output %d: %d to %d, but it sees %d to %d", layer->name, (int)n,
                      (int)span.first, (int)span.last, (int)first_of(cells), (int)last_of(cells));
        exact += same;
        contained += !same;
    }
    ck_assert_msg(axis->size == (double)size, "%s: size %g, but %d", layer->name, axis->size,
                  (int)size);
}

static void compare_net(void) {
    struct graph *graph = &built.graph;
    for (int across = 0; across < 2; across++) {
        struct line *lines = arena_array(&built.arena, graph->count, sizeof *lines);
        lines[0].extent = extent_of(&graph->own_input, across);
        lines[0].at = arena_array(&built.arena, (size_t)lines[0].extent, sizeof *lines[0].at);
        for (int64_t i = 0; i < lines[0].extent; i++)
            lines[0].at[i].cells = (uint64_t)1 << i;
        for (uint32_t i = 1; i < graph->count && graph->layers[i]->known; i++) {
            const struct layer *layer = graph->layers[i];
            lines[i] = follow(layer, lines, across);
            if (layer->receptive.known)
                compare(layer, lines[i],
                        across ? &layer->receptive.width : &layer->receptive.height);
        }
    }
}

/* ---- drawing ---- */

/* The layer drawn last, or NULL when it does not fit. */
static const struct layer *infer(void) {
    struct location nowhere = {0};
    shape_infer(&built.graph, &built.diag, NULL, nowhere);
    const struct layer *last = built.graph.layers[built.graph.count - 1];
    return last->known && last->out.height <= EXTENT_MOST && last->out.width <= EXTENT_MOST ? last
                                                                                            : NULL;
}

static const char *window(const char *filters, uint32_t kernel) {
    return arena_format(&built.arena, "%skernel: %ux%u, stride: %ux%u", filters, 1 + draw(kernel),
                        1 + draw(kernel), 1 + draw(3), 1 + draw(3));
}

/* A branch that sees the whole map, enlarged to its size. */
static const struct layer *join_global(const struct layer *last) {
    const char *name = last->name;
    build_from(name, "pool", "global: true");
    const char *pool = built.graph.layers[built.graph.count - 1]->name;
    if (last->out.height != last->out.width || draw(2)) {
        build_from(arena_format(&built.arena, "%s,%s", name, pool), "mul", "");
        return infer();
    }
    build("upsample", arena_format(&built.arena, "scale: %d%s", (int)last->out.height,
                                   draw(2) ? ", mode: bilinear" : ""));
    const char *large = built.graph.layers[built.graph.count - 1]->name;
    build_from(arena_format(&built.arena, "%s,%s", large, name), "add", "");
    return infer();
}

static const struct layer *draw_layer(const struct layer *last) {
    const char *more =
        arena_format(&built.arena, ", pad: %ux%ux%ux%u", draw(3), draw(3), draw(3), draw(3));
    switch (draw(9)) {
    case 0:
    case 1:
        build("conv", arena_format(&built.arena, "%s%s%s, fit: floor", window("filters: 1, ", 5),
                                   draw(2) ? ", dilation: 2" : "", draw(2) ? more : ""));
        break;
    case 2:
    case 3:
        build("deconv", arena_format(&built.arena, "%s%s%s", window("filters: 1, ", 5),
                                     draw(3) ? "" : ", dilation: 2", draw(2) ? more : ""));
        break;
    case 4:
        build("upsample", arena_format(&built.arena, "scale: %u%s", 1 + draw(4),
                                       draw(2) ? ", mode: bilinear" : ""));
        break;
    case 5:
        build("pool", arena_format(&built.arena, "%s, fit: floor", window("", 4)));
        break;
    case 6:
        build("pad", arena_format(&built.arena, "pad: %dx%dx%dx%d", (int)draw(5) - 2,
                                  (int)draw(5) - 2, (int)draw(5) - 2, (int)draw(5) - 2));
        break;
    case 7:
        return join_global(last);
    default: /* a skip of the same size; of another jump it is unknown */
        build("conv", "filters: 1, kernel: 3, pad: 1");
        build_from(
            arena_format(&built.arena, "%s,conv%u", last->name, (unsigned)build_ordinal("conv")),
            "concat", "");
        if (infer())
            build("conv", "filters: 1, kernel: 1");
    }
    return infer();
}

START_TEST(fields_are_what_is_depended_on) {
    size_t nets = 0, unknown = 0;
    for (state = 1; nets < NETS; nets++) {
        state = nets * 7919 + 17;
        draw(1);
        char input[32];
        snprintf(input, sizeof input, "1x%ux%u", 1 + draw(CELLS_MOST), 1 + draw(CELLS_MOST));
        build_begin(input);
        const struct layer *last = infer();
        for (int i = 0; i < LAYERS && last; i++)
            last = draw_layer(last);
        receptive_fields(&built.graph);
        for (uint32_t i = 1; i < built.graph.count; i++)
            unknown += built.graph.layers[i]->known && !built.graph.layers[i]->receptive.known;
        compare_net();
    }
    ck_assert_uint_gt(exact, 20 * NETS); /* most are, and few are unknown */
    ck_assert_uint_gt(exact, contained);
    ck_assert_uint_lt(unknown, NETS / 20);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {fields_are_what_is_depended_on};
    return build_run("receptive_nets", tests, KEY_COUNT(tests));
}
