#include "readers.h"

#include "message.h"

enum status readers_start(const struct request *request, const struct model *model,
                          const struct input_options *input, const struct sources_options *sources,
                          struct pipeline **out) {
    struct pipeline_options options = {
        .input = *input,
        .sources = *sources,
        .threads = request->threads,
        .places = pipeline_places(input, model->run.batch, request->threads)};
    options.sources.area = PICTURE_AREA;
    if (pipeline_new(&options, out) != STATUS_OK)
        return message(STATUS_MEMORY, "out of memory; expected room for the inputs");
    if (pipeline_threads(*out) == 0)
        message_class(STATUS_OK, "warning", model->title,
                      "the system gave no thread to read inputs with; expected %d",
                      request->threads);
    return STATUS_OK;
}
