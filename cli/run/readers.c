#include "readers.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "../terminal/message.h"

/* How many files can be open besides those that are, up to `most`. */
static int free_descriptors(int most) {
    struct rlimit limit;
    int count = 0;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return most;
    for (rlim_t i = 0; i < limit.rlim_cur && count < most; i++)
        count += fcntl((int)i, F_GETFD) < 0;
    return count;
}

/* A thread has one file open at a time, and a list of names stays open. */
static int threads_with_files(int wanted) {
    int room = free_descriptors(wanted + 1) - 1;
    return room < 1 ? 1 : room;
}

enum status readers_start(const struct request *request, const struct model *model,
                          const struct input_options *input, const struct sources_options *sources,
                          struct pipeline **out) {
    const int threads = threads_with_files(request->threads);
    struct pipeline_options options = {.input = *input,
                                       .sources = *sources,
                                       .threads = threads,
                                       .places = pipeline_places(input, model->run.batch, threads)};
    options.sources.area = PICTURE_AREA;
    if (pipeline_new(&options, out) != STATUS_OK)
        return message(STATUS_MEMORY, "out of memory; expected room for the inputs");
    if (pipeline_threads(*out) == 0)
        message_class(STATUS_OK, "warning", model->title,
                      "the system gave no thread to read inputs with; expected %d",
                      request->threads);
    return STATUS_OK;
}
