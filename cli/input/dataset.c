#include "dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../runtime/base/content.h"
#include "../terminal/file.h"
#include "../terminal/message.h"

static enum status no_memory(void) {
    return message(STATUS_MEMORY, "out of memory; expected room for the data");
}

/* ---- labels ---- */

/* "t10k-labels-idx1-ubyte" for "t10k-images-idx3-ubyte"; false: the name does not say. */
static bool usual_name(const char *images, struct text *labels) {
    const char *slash = strrchr(images, '/'), *base = slash ? slash + 1 : images;
    const char *word = strstr(base, "images");
    if (!word)
        return false;
    const char *rest = word + strlen("images"), *rank = strstr(rest, "idx");
    text_bytes(labels, images, (size_t)(word - images));
    text_add(labels, "labels");
    if (rank && rank[3]) {
        text_bytes(labels, rest, (size_t)(rank - rest));
        text_add(labels, "idx1");
        rest = rank + 4;
    }
    text_add(labels, rest);
    return true;
}

static bool exists(const char *path) {
    struct stat about;
    return stat(path, &about) == 0;
}

/* The file may be in gzip where the pictures are not, and the other way round. */
static void other_packing(struct text *path) {
    static const char gz[] = ".gz";
    size_t length = path->length;
    if (path->failed || exists(path->data))
        return;
    if (length > 3 && strcmp(path->data + length - 3, gz) == 0)
        path->data[length - 3] = '\0';
    else
        text_add(path, gz);
    if (path->failed || exists(path->data))
        return;
    if (path->length > length)
        path->data[length] = '\0'; /* the first name is told */
    else
        path->data[length - 3] = gz[0];
}

/* All classes are in range. */
static enum status check_classes(const struct dataset_options *options, const char *path,
                                 const struct dataset *dataset) {
    for (size_t i = 0; i < dataset->count; i++)
        if (dataset->classes[i] >= options->classes)
            return message_file(STATUS_INPUT, path,
                                "image %zu is of class %zu; expected 0 to %zu, as the network has",
                                i, dataset->classes[i], options->classes - 1);
    return STATUS_OK;
}

static enum status check_count(const char *path, int rank, size_t count,
                               const struct dataset *dataset) {
    if (rank != 1)
        return message_file(STATUS_INPUT, path,
                            "it has %d dimensions; expected one, with a label for each image",
                            rank);
    if (count != dataset->count)
        return message_file(STATUS_INPUT, path,
                            "it has %zu label%s; expected one for each of %zu images", count,
                            count == 1 ? "" : "s", dataset->count);
    return STATUS_OK;
}

static enum status read_idx_labels(const struct dataset_options *options, const char *path,
                                   struct dataset *dataset) {
    struct idx labels;
    struct file_error error;
    enum status status = idx_open(path, options->most, &labels, &error);
    if (status != STATUS_OK)
        return message_file_error(status, path, &error);
    status = check_count(path, labels.rank, labels.count, dataset);
    for (size_t i = 0; i < dataset->count && status == STATUS_OK; i++)
        dataset->classes[i] = labels.data[i];
    idx_close(&labels);
    return status;
}

static enum status read_npy_labels(const char *path, struct dataset *dataset) {
    struct npy labels;
    struct file_error error;
    enum status status = npy_open(path, &labels, &error);
    if (status != STATUS_OK)
        return message_file_error(status, path, &error);
    status = check_count(path, labels.tensor.rank, labels.tensor.count, dataset);
    for (size_t i = 0; i < dataset->count && status == STATUS_OK; i++) {
        const float class = labels.tensor.data[i];
        const bool whole = class >= 0 && class < 0x1p24F && floorf(class) == class;
        if (whole)
            dataset->classes[i] = (size_t) class;
        else
            status =
                message_file(STATUS_INPUT, path, "label %zu is %g; expected the index of a class",
                             i, (double)class);
    }
    npy_close(&labels);
    return status;
}

/* ---- arrays ---- */

/* By its first bytes; NULL: unknown, or there are none, and the reader that opens it says why. */
static const struct content *content_at(const char *path) {
    struct mapping mapping;
    const char *fault;
    if (mapping_open(path, SIZE_MAX, &mapping, &fault) != STATUS_OK)
        return NULL;
    const struct content *content = content_of(mapping.bytes, mapping.length);
    mapping_close(&mapping);
    return content;
}

static bool is_npy(const char *path) {
    const struct content *content = content_at(path);
    return content && content->kind == CONTENT_NPY;
}

static enum status read_labels(const struct dataset_options *options, struct dataset *dataset) {
    struct text usual = {0};
    const char *path = options->labels_path;
    if (!path && usual_name(options->path, &usual)) {
        other_packing(&usual);
        path = usual.failed ? NULL : usual.data;
    }
    dataset->classes = calloc(dataset->count, sizeof *dataset->classes);
    enum status status;
    if (!dataset->classes || usual.failed)
        status = no_memory();
    else if (!path)
        status = message_usage("eval", NULL,
                               "--data: the name of '%s' does not say where its labels are; "
                               "expected --labels-data FILE",
                               options->path);
    else
        status =
            is_npy(path) ? read_npy_labels(path, dataset) : read_idx_labels(options, path, dataset);
    if (status == STATUS_OK)
        status = check_classes(options, path, dataset);
    text_free(&usual);
    return status;
}

static enum status find_pictures(const struct dataset_options *options,
                                 const struct pixels_array *array, uint32_t layout,
                                 struct dataset *dataset) {
    struct file_error error;
    enum status status =
        pixels_find(array, layout, &options->input->wanted, &dataset->pictures, &error);
    if (status == STATUS_OK && dataset->npy.pixels)
        status = picture_check_size(dataset->pictures.width, dataset->pictures.height, PICTURE_AREA,
                                    &error);
    if (status != STATUS_OK)
        return message_file_error(status, options->path, &error);
    dataset->kind = DATASET_PIXELS;
    dataset->count = dataset->pictures.count;
    return read_labels(options, dataset);
}

static enum status open_idx(const struct dataset_options *options, struct dataset *dataset) {
    const struct idx *idx = &dataset->idx;
    struct file_error error;
    enum status status = idx_open(options->path, options->most, &dataset->idx, &error);
    if (status != STATUS_OK)
        return message_file_error(status, options->path, &error);
    bool colour = idx->rank == 4 && idx->extents[3] == 3;
    if (idx->rank != 3 && !colour)
        return message_file(STATUS_INPUT, options->path,
                            "it has %d dimension%s; expected pictures, N x H x W or N x H x W x 3",
                            idx->rank, idx->rank == 1 ? "" : "s");
    if (idx->count == 0)
        return message_file(STATUS_INPUT, options->path, "it has no pixel; expected pictures");
    const struct pixels_array array = {
        .data = idx->data, .rank = idx->rank, .extents = idx->extents, .counted = true};
    return find_pictures(options, &array, colour ? IMAGE_LAYOUT_hwc : IMAGE_LAYOUT_hw, dataset);
}

static enum status open_npy(const struct dataset_options *options, struct dataset *dataset) {
    struct file_error error;
    enum status status = options->input->pixels
                             ? npy_open_pixels(options->path, &dataset->npy, &error)
                             : npy_open(options->path, &dataset->npy, &error);
    if (status != STATUS_OK)
        return message_file_error(status, options->path, &error);
    const struct tensor *images = &dataset->npy.tensor;
    if (dataset->npy.pixels) {
        const struct pixels_array array = {.data = dataset->npy.pixels,
                                           .rank = images->rank,
                                           .extents = images->extents,
                                           .fortran = dataset->npy.fortran,
                                           .counted = true};
        return find_pictures(options, &array, options->input->layout, dataset);
    }
    if (images->rank < 1 || images->count == 0)
        return message_file(STATUS_INPUT, options->path, "it has no image; expected N images");
    dataset->kind = DATASET_TENSOR;
    dataset->count = images->extents[0];
    return read_labels(options, dataset);
}

/* ---- the whole ---- */

enum status dataset_open(const struct dataset_options *options, struct dataset *dataset) {
    *dataset = (struct dataset){0};
    if (file_is_directory(options->path)) {
        dataset->kind = DATASET_FOLDERS;
        if (options->labels_path)
            return message_usage("eval", NULL,
                                 "--labels-data: '%s' is a folder, whose folders are the classes; "
                                 "expected an array of pictures",
                                 options->path);
        return dataset_open_folders(options, dataset);
    }
    const struct content *content = content_at(options->path);
    if (content && content->kind == CONTENT_OTHER)
        return message_file(STATUS_INPUT, options->path,
                            "it is %s; expected a folder with a folder for each class, an IDX file "
                            "(.gz too) or an .npy array",
                            content->name);
    return content && content->kind == CONTENT_NPY ? open_npy(options, dataset)
                                                   : open_idx(options, dataset);
}

size_t dataset_bytes(const struct dataset *dataset) {
    return dataset->idx.count + dataset->count * sizeof *dataset->classes;
}

void dataset_close(struct dataset *dataset) {
    for (size_t i = 0; dataset->folders && i < dataset->count; i++)
        free(dataset->folders[i]);
    free(dataset->folders);
    free(dataset->classes);
    idx_close(&dataset->idx);
    npy_close(&dataset->npy);
    *dataset = (struct dataset){0};
}
