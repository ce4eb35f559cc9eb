#include "progress.h"

#include <unistd.h>

#include "message.h"

void progress_begin(struct progress *progress) {
    progress->shown = isatty(STDERR_FILENO);
    progress->begun = progress->printed = clock_ms();
}

static void add_left(double seconds, struct text *line) {
    if (seconds < 90)
        text_format(line, "  %.0f s left", seconds);
    else if (seconds < 90 * 60)
        text_format(line, "  %.0f min left", seconds / 60);
    else
        text_format(line, "  %.1f h left", seconds / 3600);
}

void progress_show(struct progress *progress, size_t done) {
    const double pause = 200;
    double time = clock_ms();
    if (!progress->shown || time - progress->printed < pause)
        return;
    progress->printed = time;
    struct text line = {0};
    double rate = 1e3 * (double)done / (time - progress->begun); /* of a second */
    size_t all = done + progress->skipped;
    text_format(&line, "\r\033[K%zu", all);
    if (progress->total > 0)
        text_format(&line, " of %zu", progress->total);
    text_format(&line, rate < 10 ? "  %.2f/s" : "  %.0f/s", rate);
    if (progress->total > all && rate > 0)
        add_left((double)(progress->total - all) / rate, &line);
    message_write(&line);
    text_free(&line);
    progress->on_screen = true;
}

void progress_clear(struct progress *progress) {
    if (!progress->on_screen)
        return;
    struct text line = {0};
    text_add(&line, "\r\033[K");
    message_write(&line);
    text_free(&line);
    progress->on_screen = false;
}
