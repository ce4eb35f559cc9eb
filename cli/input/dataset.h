/* Pictures whose classes are known: what `cnnc eval` reads. */
#ifndef CNNC_DATASET_H
#define CNNC_DATASET_H

#include "../../runtime/weights/idx.h"
#include "../../runtime/weights/npy.h"
#include "input.h"
#include "labels.h"
#include "left_out.h"

enum dataset_kind {
    DATASET_FOLDERS, /* a folder for each class, of files */
    DATASET_PIXELS,  /* an array of pictures, uint8 */
    DATASET_TENSOR,  /* an array of images, as the network takes them */
};

struct dataset {
    enum dataset_kind kind;
    size_t count;    /* of folders, or of images in the array */
    size_t *classes; /* of each */
    char **folders;  /* paths, in order */
    size_t last;     /* the folder that dataset_class_of found */
    struct idx idx;  /* one of them is open, of an array */
    struct npy npy;
    struct pixels pictures; /* in it */
};

struct dataset_options {
    const char *path, *labels_path;    /* --data; --labels-data or NULL */
    const struct labels *labels;       /* of the network */
    const struct input_options *input; /* whether an .npy of uint8 has pictures, and how */
    size_t classes;
    size_t most;           /* bytes in memory */
    struct left_out *left; /* counts the files beside the folders */
};

/* Opens a directory, or an array (IDX or npy by content) with the array of its labels: the file
 * --labels-data, or for IDX the one that has "labels" in its name for "images".
 *
 * The class of a folder is that of the label with its name, or with its name as the first word; or
 * its name as a number; or, without labels, its place among the folders. A folder without a picture
 * is an error; files beside the folders are counted as left out.
 *
 * Says on stderr what is wrong. The caller closes in any case. */
MUST_USE enum status dataset_open(const struct dataset_options *options, struct dataset *dataset);
void dataset_close(struct dataset *dataset);

/* Bytes of the array and of its classes, which are in memory. */
size_t dataset_bytes(const struct dataset *dataset);

/* Folders: the class of a file below one of them. */
size_t dataset_class_of(struct dataset *dataset, const char *name);

/* dataset_folders.c */
MUST_USE enum status dataset_open_folders(const struct dataset_options *options,
                                          struct dataset *dataset);

#endif
