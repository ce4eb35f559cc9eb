#include "sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../terminal/file.h"
#include "frames.h"
#include "list.h"
#include "walk.h"

struct sources {
    struct sources_options options;
    size_t operand;        /* the next one */
    struct walk *walk;     /* of a directory, or NULL */
    const char *directory; /* which one */
    bool walk_gave;        /* something */
    struct stream *stream; /* of a list or of frames, or NULL */
    struct list names;     /* what it gives, of a list */
    bool lines_done, zeros_done, frames_done;
    size_t frames;    /* so far, or pictures of the array */
    int64_t position; /* inputs so far, those of other shards too */
    _Atomic size_t skipped;
};

struct sources *sources_new(const struct sources_options *options) {
    struct sources *sources = calloc(1, sizeof *sources);
    if (sources)
        sources->options = *options;
    return sources;
}

static void close_stream(struct sources *sources) {
    if (sources->stream)
        stream_close(sources->stream);
    free(sources->stream);
    sources->stream = NULL;
}

void sources_free(struct sources *sources) {
    if (!sources)
        return;
    walk_free(sources->walk);
    close_stream(sources);
    free(sources);
}

void sources_item_free(struct sources_item *source) {
    free(source->name);
    text_free(&source->bytes);
    *source = (struct sources_item){0};
}

size_t sources_skipped(const struct sources *sources) { return sources->skipped; }

/* ---- what is in its place but cannot be read ---- */

static void fail(struct sources_item *source, enum status status) {
    source->kind = SOURCES_FAILED;
    source->status = status;
}

static void fail_system(struct sources_item *source, const char *name, int error) {
    fail(source, file_fail_system(&source->error, STATUS_IO, file_fault(name, error)));
}

static enum status no_memory(struct sources_item *source) {
    return file_fail_memory(&source->error);
}

/* ---- files ---- */

/* Most bytes of what begins there. */
static size_t most_of(const struct sources_options *options, struct stream *stream) {
    static const char array[] = "\x93NUMPY";
    const size_t length = sizeof array - 1;
    bool is_array = stream_ahead(stream, length) >= length &&
                    memcmp(stream->buffer + stream->begin, array, length) == 0;
    return is_array ? options->most : options->picture;
}

/* All bytes of standard input or of a FIFO. */
static enum status read_stream(struct sources *sources, struct sources_item *source,
                               const char *name) {
    struct stream *stream = malloc(sizeof *stream);
    if (!stream)
        return no_memory(source);
    source->kind = SOURCES_BYTES;
    if (!stream_open(stream, name, sources->options.stop)) {
        fail_system(source, name, errno);
    } else {
        const size_t most = most_of(&sources->options, stream);
        stream_bytes(stream, most, &source->bytes);
        if (stream->error)
            fail_system(source, name, stream->error);
        else if (source->bytes.length >= most)
            fail(source, file_fail(&source->error, "limit-memory",
                                   "it is too large; expected a smaller file, or a larger "
                                   "--max-memory"));
        stream_close(stream);
    }
    free(stream);
    return source->bytes.failed ? no_memory(source) : STATUS_OK;
}

static bool is_ours(struct sources *sources) {
    const struct sources_options *options = &sources->options;
    return sources->position++ % options->shards == options->shard - 1;
}

/* The input that the source's name is of; passed over (SOURCES_END) when another shard has it or
 * when it is answered. */
static enum status open_input(struct sources *sources, struct sources_item *source, bool standard) {
    struct stat about;
    if (!is_ours(sources))
        return STATUS_OK;
    if (sources->options.resume && resume_take_file(sources->options.resume, source->name)) {
        sources->skipped++;
        return STATUS_OK;
    }
    source->kind = SOURCES_FILE;
    if (sources->options.names_only)
        return STATUS_OK;
    if (standard)
        return read_stream(sources, source, "-");
    if (stat(source->name, &about) == 0 && S_ISFIFO(about.st_mode))
        return read_stream(sources, source, source->name);
    return STATUS_OK;
}

/* ---- directories ---- */

static enum status next_of_walk(struct sources *sources, struct sources_item *source) {
    int fault;
    if (walk_next(sources->walk, &source->name, &fault) != STATUS_OK)
        return no_memory(source);
    bool empty = !source->name && !sources->walk_gave;
    sources->walk_gave = true;
    if (!source->name) {
        walk_free(sources->walk);
        sources->walk = NULL;
        if (!empty)
            return STATUS_OK;
        source->name = strdup(sources->directory);
        if (!source->name)
            return no_memory(source);
    }
    enum status status = open_input(sources, source, false);
    if (status != STATUS_OK || source->kind == SOURCES_END)
        return status;
    if (empty)
        fail(source, file_fail_system(&source->error, STATUS_INPUT,
                                      "the directory has no pictures; expected some, known by "
                                      "names like x.png"));
    else if (fault)
        fail_system(source, source->name, fault);
    return STATUS_OK;
}

/* ---- operands ---- */

static enum status next_operand(struct sources *sources, struct sources_item *source) {
    const char *name = sources->options.operands[sources->operand++];
    bool standard = strcmp(name, "-") == 0;
    if (!standard && file_is_directory(name)) {
        sources->walk = walk_new(name, sources->options.left);
        sources->directory = name;
        sources->walk_gave = false;
        return sources->walk ? STATUS_OK : no_memory(source);
    }
    source->name = strdup(name);
    return source->name ? open_input(sources, source, standard) : no_memory(source);
}

/* ---- lists ---- */

static enum status open_stream(struct sources *sources, struct sources_item *source,
                               const char *name, char separator) {
    sources->stream = malloc(sizeof *sources->stream);
    if (!sources->stream)
        return no_memory(source);
    sources->names = (struct list){sources->stream, name, separator, false};
    if (stream_open(sources->stream, name, sources->options.stop))
        return STATUS_OK;
    int error = errno;
    source->name = strdup(name);
    return file_fail_system(&source->error, STATUS_IO, file_fault(name, error));
}

/* Empty names are passed over. */
static enum status next_of_list(struct sources *sources, struct sources_item *source) {
    struct text name = {0};
    enum status status = list_next(&sources->names, &name, &source->error);
    if (status == STATUS_OK && name.length > 0) {
        source->name = name.data;
        return open_input(sources, source, false);
    }
    text_free(&name);
    if (status != STATUS_OK)
        source->name = strdup(sources->names.title);
    else if (stream_peek(sources->stream) < 0)
        close_stream(sources);
    return status;
}

/* ---- frames ---- */

static bool frame_is_answered(struct sources *sources, size_t index) {
    return sources->options.resume && resume_take_image(sources->options.resume, "-", index);
}

static enum status next_frame(struct sources *sources, struct sources_item *source) {
    enum status status = frames_next(sources->stream, sources->options.area,
                                     sources->options.picture, &source->bytes, &source->error);
    if (status == STATUS_MEMORY)
        return status;
    if (status == STATUS_OK && source->bytes.length == 0 && sources->frames == 0)
        status = file_fail(&source->error, "image-trunc",
                           "the stream has no frame; expected binary PNM or PAM");
    bool ended = status == STATUS_OK && source->bytes.length == 0;
    sources->frames_done = ended || status != STATUS_OK;
    if (sources->frames_done)
        close_stream(sources);
    if (ended)
        return STATUS_OK;
    source->index = sources->frames++;
    source->frame = true;
    const bool ours = is_ours(sources),
               answered = ours && frame_is_answered(sources, source->index);
    source->recorded = !ours || answered;
    if (source->recorded && status == STATUS_OK) {
        sources->skipped += answered;
        return STATUS_OK;
    }
    source->kind = SOURCES_BYTES;
    if (status != STATUS_OK)
        fail(source, status);
    source->name = strdup("-");
    return source->name ? STATUS_OK : no_memory(source);
}

/* ---- arrays ---- */

static void next_picture(struct sources *sources, struct sources_item *source) {
    source->kind = SOURCES_PICTURE;
    source->index = sources->frames++;
    source->pixels = sources->options.pictures;
}

/* ---- all ---- */

/* One step: an input, or nothing yet (SOURCES_END). *done: there is nothing more. */
static enum status step(struct sources *sources, struct sources_item *source, bool *done) {
    const struct sources_options *options = &sources->options;
    if (options->frames) {
        *done = sources->frames_done;
        return *done             ? STATUS_OK
               : sources->stream ? next_frame(sources, source)
                                 : open_stream(sources, source, "-", '\0');
    }
    if (options->pictures) {
        *done = sources->frames == options->pictures->count;
        if (!*done)
            next_picture(sources, source);
        return STATUS_OK;
    }
    if (sources->walk)
        return next_of_walk(sources, source);
    if (sources->stream)
        return next_of_list(sources, source);
    if (sources->operand < options->operand_count)
        return next_operand(sources, source);
    if (options->lines && !sources->lines_done) {
        sources->lines_done = true;
        return open_stream(sources, source, options->lines, '\n');
    }
    if (options->zeros && !sources->zeros_done) {
        sources->zeros_done = true;
        return open_stream(sources, source, options->zeros, '\0');
    }
    *done = true;
    return STATUS_OK;
}

enum status sources_next(struct sources *sources, struct sources_item *source) {
    bool done = false;
    enum status status = STATUS_OK;
    *source = (struct sources_item){0};
    while (status == STATUS_OK && !done && source->kind == SOURCES_END) {
        sources_item_free(source);
        status = step(sources, source, &done);
    }
    return status;
}
