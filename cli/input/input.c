#include "input.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runtime/base/content.h"
#include "../../runtime/base/mapping.h"

/* ---- arrays ---- */

static void add_extents(const size_t *extents, int rank, struct text *out) {
    if (rank == 0)
        text_add(out, "a scalar");
    for (int i = 0; i < rank; i++)
        text_format(out, "%s%zu", i > 0 ? "x" : "", extents[i]);
}

static enum status wrong_shape(const struct tensor *tensor, const size_t *extents,
                               struct file_error *error) {
    struct text found = {0}, expected = {0};
    add_extents(tensor->extents, tensor->rank, &found);
    add_extents(extents, 3, &expected);
    file_fail(error, "input-shape", "it is %s; expected %s or N images, Nx%s",
              found.data ? found.data : "", expected.data ? expected.data : "",
              expected.data ? expected.data : "");
    text_free(&found);
    text_free(&expected);
    return STATUS_INPUT;
}

/* Sets the number of images. */
static enum status match_shape(const struct plan_view *wanted, struct input *input,
                               struct file_error *error) {
    const size_t extents[3] = {(size_t)wanted->channels, (size_t)wanted->height,
                               (size_t)wanted->width};
    const struct tensor *tensor = &input->npy.tensor;
    bool vector = extents[1] == 1 && extents[2] == 1;
    int rank = vector && tensor->rank < 3 ? 1 : 3;
    int batch = tensor->rank - rank; /* 1: the first extent counts images */
    bool good = batch == 0 || batch == 1;
    for (int i = 0; i < rank && good; i++)
        good = tensor->extents[batch + i] == extents[i];
    if (!good)
        return wrong_shape(tensor, extents, error);
    input->several = batch == 1;
    input->count = batch == 1 ? tensor->extents[0] : 1;
    input->images = tensor->data;
    return STATUS_OK;
}

/* ---- pictures ---- */

static void use_room(float *room, struct input *input) {
    input->images = input->room = room;
    input->count = 1;
    input->picture = true;
}

static enum status read_pixels(const struct preprocess *rules, const struct pixels *pixels,
                               size_t index, size_t memory, float *room, struct file_error *error) {
    struct picture picture;
    size_t taken = pixels_room(pixels);
    if (taken > memory)
        return picture_fail_limit(error);
    if (pixels_picture(pixels, index, &picture) != STATUS_OK)
        return picture_fail_memory(error);
    enum status status = preprocess_run(rules, &picture, memory - taken, room, error);
    if (taken > 0)
        picture_free(&picture);
    return status;
}

/* The first tells whether all can be read, which are of one size. */
static enum status use_pixels(const struct input_options *options, size_t memory, float *room,
                              struct input *input, struct file_error *error) {
    const struct npy *npy = &input->npy;
    const struct pixels_array array = {.data = npy->pixels,
                                       .rank = npy->tensor.rank,
                                       .extents = npy->tensor.extents,
                                       .fortran = npy->fortran};
    if (options->no_picture.class) {
        *error = options->no_picture;
        return STATUS_INPUT;
    }
    enum status status =
        pixels_find(&array, options->layout, &options->wanted, &input->pixels, error);
    if (status == STATUS_OK)
        status = picture_check_size(input->pixels.width, input->pixels.height, PICTURE_AREA, error);
    if (status == STATUS_OK)
        status = read_pixels(&options->preprocess, &input->pixels, 0, memory, room, error);
    use_room(room, input);
    input->count = input->pixels.count;
    input->several = input->pixels.several;
    input->memory = memory;
    return status;
}

const float *input_image(const struct input_options *options, const struct input *input,
                         size_t index, struct file_error *error) {
    if (!input->picture)
        return input->images + index * (size_t)plan_view_size(&options->wanted);
    if (index == 0)
        return input->images;
    enum status status =
        read_pixels(&options->preprocess, &input->pixels, index, input->memory, input->room, error);
    return status == STATUS_OK ? input->room : NULL;
}

/* The array that was opened, if it was. */
static enum status use_array(const struct input_options *options, enum status status, size_t memory,
                             float *room, struct input *input, struct file_error *error) {
    if (status != STATUS_OK)
        return status;
    input->array = true;
    status = input->npy.pixels ? use_pixels(options, memory, room, input, error)
                               : match_shape(&options->wanted, input, error);
    if (status != STATUS_OK)
        npy_close(&input->npy);
    return status;
}

/* memory: besides the bytes of the file. */
static enum status read_picture(const struct preprocess *rules, const unsigned char *bytes,
                                size_t length, size_t memory, float *room, struct input *input,
                                struct file_error *error) {
    const struct picture_options options = {.area = PICTURE_AREA,
                                            .memory = memory,
                                            .orient = rules->orient,
                                            .alone = input->stream,
                                            .mapped = input->mapped};
    use_room(room, input);
    return preprocess_file(rules, bytes, length, &options, room, error);
}

void input_prepare(const struct plan *plan, size_t most, struct input_options *options) {
    const struct plan_view *wanted = &plan->head.input;
    *options = (struct input_options){.wanted = *wanted, .most = most, .picture = most};
    if ((wanted->channels != 1 && wanted->channels != 3) ||
        (wanted->height == 1 && wanted->width == 1))
        file_fail(&options->no_picture, "input-shape",
                  "the network takes %" PRId32 "x%" PRId32 "x%" PRId32
                  ", no picture; expected an .npy array of that",
                  wanted->channels, wanted->height, wanted->width);
    else if (preprocess_resolve(&plan->head.image, wanted, &options->preprocess,
                                &options->no_picture) == STATUS_OK)
        options->no_picture = (struct file_error){0};
    const char *why = options->no_picture.class;
    options->pixels = plan->head.image.given && !(why && strcmp(why, "input-shape") == 0);
    options->layout = plan->head.image.layout;
}

/* ---- both ---- */

bool input_lacks_memory(enum status status, const struct file_error *error) {
    return status == STATUS_LIMIT && strcmp(error->class, "limit-memory") == 0;
}

static bool is_array(const unsigned char *bytes, size_t length) {
    static const char magic[] = "\x93NUMPY";
    return length >= 6 && memcmp(bytes, magic, 6) == 0;
}

/* What is nothing that is known is told by the reader that the name, or the network, speaks for. */
static bool array_is_meant(const struct input_options *options, const char *name,
                           const unsigned char *bytes, size_t length) {
    const char *dot = strrchr(name, '.');
    if (is_array(bytes, length))
        return true;
    return !content_picture(bytes, length) &&
           (options->no_picture.class || (dot && strcasecmp(dot, ".npy") == 0));
}

static enum status read_bytes(const struct input_options *options, const char *name,
                              const char *data, size_t length, size_t most, float *room,
                              struct input *input, struct file_error *error) {
    const unsigned char *bytes = (const unsigned char *)(data ? data : "");
    if (array_is_meant(options, name, bytes, length)) {
        enum status status = options->pixels ? npy_read_pixels(bytes, length, &input->npy, error)
                                             : npy_read(bytes, length, &input->npy, error);
        return use_array(options, status, most, room, input, error);
    }
    if (options->no_picture.class) {
        *error = options->no_picture;
        return STATUS_INPUT;
    }
    size_t memory = most - (length < most ? length : most);
    return read_picture(&options->preprocess, bytes, length, memory, room, input, error);
}

static enum status fail_limit(size_t most, struct file_error *error) {
    return file_fail(error, "limit-memory",
                     "to read it takes more than %zu bytes; expected a smaller file, or a larger "
                     "--max-memory, of which it may take a quarter",
                     most);
}

/* Those below know what was left of it, unless they said what it takes. */
static enum status name_limit(enum status status, size_t most, struct file_error *error) {
    bool said = !input_lacks_memory(status, error) || strstr(error->message, "--max-memory");
    return said ? status : fail_limit(most, error);
}

/* Arrays are mapped: they may be larger than the memory. So is what is no regular file, to be told
 * what is expected. *large: it is a file that would take much of what a picture may. */
static bool is_to_be_mapped(const struct input_options *options, const char *name, bool *large) {
    unsigned char head[16];
    struct stat about;
    int descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    bool regular = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
    ssize_t got = regular ? read(descriptor, head, sizeof head) : 0;
    close(descriptor); /* was only read */
    *large = regular && (uintmax_t)about.st_size >= options->picture / 2;
    return !regular || (got >= 0 && array_is_meant(options, name, head, (size_t)got));
}

/* Its bytes do not count: those that were read go back to the system. */
static enum status read_mapped(const struct input_options *options, const char *name, size_t most,
                               float *room, struct input *input, struct file_error *error) {
    struct mapping mapping;
    const char *fault;
    enum status status = mapping_open(name, SIZE_MAX, &mapping, &fault);
    if (status != STATUS_OK)
        return file_fail_system(error, status, fault);
    input->mapped = true;
    status =
        read_picture(&options->preprocess, mapping.bytes, mapping.length, most, room, input, error);
    mapping_close(&mapping);
    return status;
}

static enum status read_file(const struct input_options *options, const char *name, size_t most,
                             float *room, struct input *input, struct file_error *error) {
    const char *fault;
    struct file file;
    enum status status;
    bool large = false;
    if (is_to_be_mapped(options, name, &large)) {
        status = options->pixels ? npy_open_pixels(name, &input->npy, error)
                                 : npy_open(name, &input->npy, error);
        return use_array(options, status, most, room, input, error);
    }
    if (large && !options->no_picture.class)
        return read_mapped(options, name, most, room, input, error);
    status = file_read(name, most, &file, &fault);
    if (status != STATUS_OK)
        return file_fail_system(error, status, fault);
    if (file.length == most)
        status = fail_limit(most, error);
    else
        status = read_bytes(options, name, file.bytes, file.length, most, room, input, error);
    if (status == STATUS_OK && input->array)
        input->file = file; /* what was mapped a moment ago: it changed */
    else
        free(file.bytes);
    return status;
}

enum status input_read(const struct input_options *options, const struct sources_item *source,
                       size_t most, float *room, struct input *input, struct file_error *error) {
    enum status status;
    most = most < options->picture ? most : options->picture; /* arrays take none */
    error->class = NULL;
    *input = (struct input){.stream = source->kind == SOURCES_BYTES};
    if (source->kind == SOURCES_PICTURE) {
        use_room(room, input);
        status =
            read_pixels(&options->preprocess, source->pixels, source->index, most, room, error);
    } else if (source->kind == SOURCES_BYTES) {
        status = read_bytes(options, source->name, source->bytes.data, source->bytes.length, most,
                            room, input, error);
    } else {
        status = read_file(options, source->name, most, room, input, error);
    }
    return name_limit(status, most, error);
}

static bool is_stream(const char *name) {
    struct stat about;
    return strcmp(name, "-") == 0 || (stat(name, &about) == 0 && S_ISFIFO(about.st_mode));
}

enum status input_open(const struct input_options *options, const char *name, float *room,
                       struct input *input, struct file_error *error) {
    const char *fault;
    struct file file;
    error->class = NULL;
    *input = (struct input){.stream = is_stream(name)};
    if (!input->stream)
        return name_limit(read_file(options, name, options->picture, room, input, error),
                          options->picture, error);
    enum status status = file_read(name, options->most, &file, &fault);
    if (status != STATUS_OK)
        return file_fail_system(error, status, fault);
    if (file.length == options->most)
        status = fail_limit(options->most, error);
    else
        status = read_bytes(options, name, file.bytes, file.length, options->picture, room, input,
                            error);
    if (status == STATUS_OK)
        input->file = file;
    else
        free(file.bytes);
    return name_limit(status, options->picture, error);
}

void input_close(struct input *input) {
    npy_close(&input->npy);
    free(input->file.bytes);
    *input = (struct input){0};
}
