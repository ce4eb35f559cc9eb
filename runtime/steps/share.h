/* How the steps besides gemm cut their work: tasks of some channels of one image each. */
#ifndef CNNC_SHARE_H
#define CNNC_SHARE_H

#include "step.h"

/* Work that is not worth a thread's waking, in floats touched. */
enum { SHARE_LEAST = 1 << 15 };

struct share {
    const struct step_job *job;
    int64_t channels; /* of each task */
    int64_t parts;    /* of each image */
};

/* Shares out the output's channels, each of which costs `floats`. */
static inline struct share share_channels(const struct step_job *job, int64_t floats) {
    int64_t channels = job->step->out.channels;
    int64_t each = floats > 0 && floats < SHARE_LEAST ? SHARE_LEAST / floats : 1;
    each = each < channels ? each : channels;
    return (struct share){job, each, (channels + each - 1) / each};
}

/* Task i: channels first .. end - 1 of image `image`. */
struct share_task {
    size_t image;
    int64_t first, end;
};
static inline struct share_task share_task(const struct share *share, size_t i) {
    int64_t first = (int64_t)i % share->parts * share->channels;
    int64_t end = first + share->channels, channels = share->job->step->out.channels;
    return (struct share_task){i / (size_t)share->parts, first, end < channels ? end : channels};
}
static inline size_t share_tasks(const struct share *share) {
    return (size_t)share->parts * share->job->images;
}

/* Elements of one channel of a view. */
static inline int64_t share_plane(const struct plan_view *view) {
    return (int64_t)view->height * view->width;
}

static inline float *share_workspace(const struct step_job *job, int worker) {
    return (float *)(void *)(job->workspace + (size_t)worker * job->workspace_size);
}

#endif
