/* Steps that move numbers and make none: pad (border, crop, copy), shuffle, nearest upsampling; and
 * bilinear upsampling, which weighs four neighbours. */
#include <string.h>

#include "../base/integer.h"
#include "share.h"

typedef void move_channel(const struct step_job *job, size_t image, int64_t channel, float *out);

struct moving {
    struct share share;
    move_channel *move;
};

static void move_task(void *context, size_t i, int worker) {
    (void)worker;
    const struct moving *moving = context;
    const struct step_job *job = moving->share.job;
    struct share_task task = share_task(&moving->share, i);
    float *out = step_image(job, &job->step->out, task.image);
    for (int64_t c = task.first; c < task.end; c++)
        moving->move(job, task.image, c, out + c * share_plane(&job->step->out));
}

static void move(const struct step_job *job, move_channel *channel) {
    struct moving moving = {share_channels(job, share_plane(&job->step->out)), channel};
    workers_run(job->workers, share_tasks(&moving.share), move_task, &moving);
}

static void fill(float *out, int64_t count, float value) {
    for (int64_t i = 0; i < count; i++)
        out[i] = value;
}

/* ---- pad ---- */

static void pad_channel(const struct step_job *job, size_t image, int64_t channel, float *out) {
    const struct step *step = job->step;
    const struct step_pad *pad = &step->as.pad;
    const struct plan_view *in = &step->in[0], *to = &step->out;
    int64_t from = channel - pad->before;
    if (from < 0 || from >= in->channels) {
        fill(out, share_plane(to), 0);
        return;
    }
    const float *map = step_image(job, in, image) + from * share_plane(in);
    int64_t left = least(most(pad->left, 0), to->width);
    int64_t end = most(left, least(to->width, (int64_t)in->width + pad->left));
    for (int64_t y = 0; y < to->height; y++, out += to->width) {
        int64_t row = y - pad->top;
        if (row < 0 || row >= in->height) {
            fill(out, to->width, pad->value);
            continue;
        }
        fill(out, left, pad->value);
        if (end > left)
            memcpy(out + left, map + row * in->width + (left - pad->left),
                   (size_t)(end - left) * sizeof *out);
        fill(out + end, to->width - end, pad->value);
    }
}

static void run_pad(const struct step_job *job) { move(job, pad_channel); }

enum { MOST_PAD = 1 << 25 };

static const struct plan_field pad_fields[] = {
    PLAN_FIELD(struct step_pad, top, SIGNED, -MOST_PAD, MOST_PAD),
    PLAN_FIELD(struct step_pad, left, SIGNED, -MOST_PAD, MOST_PAD),
    PLAN_FIELD(struct step_pad, before, SIGNED, -MOST_PAD, MOST_PAD),
    PLAN_FIELD(struct step_pad, value, ANY, 0, 0),
};
static const struct plan_fields pad_parameters = PLAN_FIELDS(struct step_pad, pad_fields);

const struct step_kind step_pad = {.name = "pad", .run = run_pad, .parameters = &pad_parameters};

/* ---- shuffle ---- */

static void shuffle_channel(const struct step_job *job, size_t image, int64_t channel, float *out) {
    const struct plan_view *in = &job->step->in[0];
    int64_t groups = job->step->as.shuffle.groups, each = in->channels / groups;
    int64_t from = channel % groups * each + channel / groups;
    memcpy(out, step_image(job, in, image) + from * share_plane(in),
           (size_t)share_plane(in) * sizeof *out);
}

static void run_shuffle(const struct step_job *job) { move(job, shuffle_channel); }

enum { MOST_GROUPS = 1 << 24 };

static const struct plan_field shuffle_fields[] = {
    PLAN_FIELD(struct step_shuffle, groups, SIGNED, 1, MOST_GROUPS),
    PLAN_FIELD(struct step_shuffle, reserved, SIGNED, 0, 0),
};
static const struct plan_fields shuffle_parameters =
    PLAN_FIELDS(struct step_shuffle, shuffle_fields);

static const char *shuffle_fault(const struct plan *plan, const struct step *step) {
    (void)plan;
    const struct plan_view *in = &step->in[0], *out = &step->out;
    if (in->channels != out->channels || in->height != out->height || in->width != out->width)
        return "its input and output differ in shape";
    return in->channels % step->as.shuffle.groups ? "its groups do not divide its channels" : NULL;
}

const struct step_kind step_shuffle = {.name = "shuffle",
                                       .run = run_shuffle,
                                       .parameters = &shuffle_parameters,
                                       .fault = shuffle_fault};

/* ---- upsample ---- */

static void nearest_channel(const struct step_job *job, size_t image, int64_t channel, float *out) {
    const struct step *step = job->step;
    const struct plan_view *in = &step->in[0];
    int64_t scale = step->as.upsample.scale;
    const float *map = step_image(job, in, image) + channel * share_plane(in);
    for (int64_t y = 0; y < step->out.height; y++)
        for (int64_t x = 0; x < in->width; x++, out += scale)
            fill(out, scale, map[y / scale * in->width + x]);
}

/* Output i lies between input `low` and `high`, `part` of the way. */
struct between {
    int64_t low, high;
    float part;
};

static struct between find_between(int64_t i, int64_t scale, int64_t inputs) {
    double place = ((double)i + 0.5) / (double)scale - 0.5;
    place = place < 0 ? 0 : place;
    int64_t low = least((int64_t)place, inputs - 1);
    return (struct between){low, least(low + 1, inputs - 1), (float)(place - (double)low)};
}

static void bilinear_channel(const struct step_job *job, size_t image, int64_t channel,
                             float *out) {
    const struct step *step = job->step;
    const struct plan_view *in = &step->in[0];
    int64_t scale = step->as.upsample.scale;
    const float *map = step_image(job, in, image) + channel * share_plane(in);
    for (int64_t y = 0; y < step->out.height; y++) {
        struct between v = find_between(y, scale, in->height);
        const float *low = map + v.low * in->width, *high = map + v.high * in->width;
        for (int64_t x = 0; x < step->out.width; x++) {
            struct between h = find_between(x, scale, in->width);
            float above = low[h.low] * (1 - h.part) + low[h.high] * h.part;
            float below = high[h.low] * (1 - h.part) + high[h.high] * h.part;
            *out++ = above * (1 - v.part) + below * v.part;
        }
    }
}

static void run_upsample(const struct step_job *job) {
    bool nearest = job->step->as.upsample.kind == UPSAMPLE_KIND_NEAREST;
    move(job, nearest ? nearest_channel : bilinear_channel);
}

enum { MOST_SCALE = 1 << 24 };

static const struct plan_field upsample_fields[] = {
    PLAN_FIELD(struct step_upsample, scale, SIGNED, 1, MOST_SCALE),
    PLAN_FIELD(struct step_upsample, kind, SIGNED, UPSAMPLE_KIND_NEAREST, UPSAMPLE_KIND_BILINEAR),
};
static const struct plan_fields upsample_parameters =
    PLAN_FIELDS(struct step_upsample, upsample_fields);

static const char *upsample_fault(const struct plan *plan, const struct step *step) {
    (void)plan;
    const struct plan_view *in = &step->in[0], *out = &step->out;
    int64_t scale = step->as.upsample.scale;
    if (in->channels != out->channels || in->height * scale != out->height ||
        in->width * scale != out->width)
        return "its output is not as large as its scale says";
    return NULL;
}

const struct step_kind step_upsample = {.name = "upsample",
                                        .run = run_upsample,
                                        .parameters = &upsample_parameters,
                                        .fault = upsample_fault};
