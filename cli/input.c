#include "input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Pipes cannot be mapped; of devices, which may never end, the mapping says what is expected. */
static bool is_stream(const char *name) {
    struct stat about;
    return strcmp(name, "-") == 0 || (stat(name, &about) == 0 && S_ISFIFO(about.st_mode));
}

static enum status read_stream(const char *name, size_t most, struct input *input,
                               struct file_error *error) {
    const char *fault;
    enum status status = file_read(name, most, &input->file, &fault);
    if (status != STATUS_OK)
        return file_fail_system(error, status, fault);
    if (input->file.length == most)
        return file_fail_system(error, STATUS_LIMIT,
                                "it is too large; expected a smaller file, or a larger "
                                "--max-memory");
    const char *bytes = input->file.bytes ? input->file.bytes : "";
    return npy_read((const unsigned char *)bytes, input->file.length, &input->npy, error);
}

static void add_extents(const size_t *extents, int rank, struct text *out) {
    if (rank == 0)
        text_add(out, "a scalar");
    for (int i = 0; i < rank; i++)
        text_format(out, "%s%zu", i > 0 ? "x" : "", extents[i]);
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
    if (good) {
        input->count = batch == 1 ? tensor->extents[0] : 1;
        input->images = tensor->data;
        return STATUS_OK;
    }
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

enum status input_open(const char *name, const struct plan_view *wanted, size_t most,
                       struct input *input, struct file_error *error) {
    *input = (struct input){0};
    enum status status = is_stream(name) ? read_stream(name, most, input, error)
                                         : npy_open(name, &input->npy, error);
    if (status != STATUS_OK) {
        free(input->file.bytes);
        return status;
    }
    status = match_shape(wanted, input, error);
    if (status != STATUS_OK)
        input_close(input);
    return status;
}

void input_close(struct input *input) {
    npy_close(&input->npy);
    free(input->file.bytes);
    *input = (struct input){0};
}
