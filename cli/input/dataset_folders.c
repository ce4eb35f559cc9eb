/* A folder for each class. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../terminal/file.h"
#include "../terminal/message.h"
#include "dataset.h"
#include "walk.h"

enum { CLASS_NONE = -1, CLASS_SEVERAL = -2 };

static enum status no_memory(void) {
    return message(STATUS_MEMORY, "out of memory; expected room for the folders");
}

/* ---- the folders ---- */

static int by_path(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds the entry when it is a folder, else counts it. False: no memory. */
static bool add_entry(const struct dataset_options *options, const char *name, size_t *capacity,
                      struct dataset *dataset) {
    const char *directory = options->path;
    struct text path = {0};
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    text_bytes(&path, directory, length);
    text_format(&path, "%s%s", length == 1 && directory[0] == '/' ? "" : "/", name);
    if (path.failed || !file_is_directory(path.data)) {
        bool failed = path.failed;
        text_free(&path);
        left_out_add_kind(options->left, LEFT_OUT_BESIDE);
        return !failed;
    }
    if (dataset->count == *capacity) {
        size_t more = *capacity ? 2 * *capacity : 64;
        char **folders = reallocarray(dataset->folders, more, sizeof *folders);
        if (!folders) {
            text_free(&path);
            return false;
        }
        dataset->folders = folders;
        *capacity = more;
    }
    dataset->folders[dataset->count++] = path.data;
    return true;
}

static bool is_itself(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static enum status list_folders(const struct dataset_options *options, struct dataset *dataset) {
    const char *directory = options->path;
    DIR *stream = opendir(directory);
    size_t capacity = 0;
    bool memory = true;
    if (!stream && errno == ENOMEM)
        return no_memory();
    if (!stream)
        return message_fault(STATUS_IO, directory, file_fault(directory, errno));
    struct dirent *entry;
    while (memory && (errno = 0, entry = readdir(stream)) != NULL)
        if (entry->d_name[0] != '.')
            memory = add_entry(options, entry->d_name, &capacity, dataset);
        else if (!is_itself(entry->d_name))
            left_out_add_kind(options->left, LEFT_OUT_HIDDEN);
    int fault = entry ? 0 : errno;
    closedir(stream);
    if (!memory)
        return no_memory();
    if (fault)
        return message_fault(STATUS_IO, directory, file_fault(directory, fault));
    if (dataset->count == 0)
        return message_file(STATUS_INPUT, directory,
                            "there is no folder in it; expected one for each class");
    qsort(dataset->folders, dataset->count, sizeof *dataset->folders, by_path);
    return STATUS_OK;
}

/* The first picture is enough; one that cannot be read is one, too. */
static enum status check_folder(const char *path) {
    struct left_out left = {0};
    struct text words = {0};
    struct walk *walk = walk_new(path, &left);
    char *picture = NULL;
    int fault;
    enum status status = walk ? walk_next(walk, &picture, &fault) : STATUS_MEMORY;
    if (status == STATUS_OK && left.files > 0)
        left_out_describe(&left, &words);
    if (status == STATUS_MEMORY || words.failed || left.failed)
        status = no_memory();
    else if (!picture)
        status = message_file(
            STATUS_INPUT, path, "the class has no picture%s%s%s; expected names in " LEFT_OUT_READ,
            words.data ? " (" : "", words.data ? words.data : "", words.data ? ")" : "");
    free(picture);
    walk_free(walk);
    text_free(&words);
    left_out_free(&left);
    return status;
}

/* Tells of all that have none. */
static enum status check_folders(const struct dataset *dataset) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < dataset->count && status != STATUS_MEMORY; i++) {
        enum status one = check_folder(dataset->folders[i]);
        status = one == STATUS_OK ? status : one;
    }
    return status;
}

/* ---- their classes ---- */

static const char *name_of(const char *path) { return strrchr(path, '/') + 1; }

/* The label that `matches` accepts; CLASS_NONE, CLASS_SEVERAL. */
static long find_label(const struct labels *labels, const char *name,
                       bool (*matches)(const char *label, const char *name)) {
    long found = CLASS_NONE;
    for (size_t i = 0; i < labels->count; i++)
        if (matches(labels->lines[i], name))
            found = found == CLASS_NONE ? (long)i : CLASS_SEVERAL;
    return found;
}

static bool is_label(const char *label, const char *name) { return strcmp(label, name) == 0; }

/* "n01440764 tench, Tinca tinca" is of the folder n01440764. */
static bool begins_label(const char *label, const char *name) {
    size_t length = strlen(name);
    return strncmp(label, name, length) == 0 && (label[length] == ' ' || label[length] == ',');
}

/* "07"; CLASS_NONE: no number, or a large one. */
static long number_of(const char *name) {
    size_t length = strlen(name);
    return length <= 9 && strspn(name, "0123456789") == length ? atol(name) : CLASS_NONE;
}

static long class_of_folder(const struct labels *labels, const char *name) {
    long class = find_label(labels, name, is_label);
    if (class == CLASS_NONE)
        class = find_label(labels, name, begins_label);
    return class == CLASS_NONE ? number_of(name) : class;
}

static enum status bad_folder(const struct dataset_options *options, const char *path, long class) {
    if (class >= 0)
        return message_file(STATUS_INPUT, path,
                            "its class is %ld; expected 0 to %zu, as the network has", class,
                            options->classes - 1);
    return message_file(
        STATUS_INPUT, path, "its name %s of %zu labels; expected the name of one, or its index",
        class == CLASS_SEVERAL ? "begins several" : "is none", options->labels->count);
}

/* Without labels the folders are numbered, by their names if all of these are numbers. */
static bool are_numbers(const struct dataset *dataset) {
    for (size_t i = 0; i < dataset->count; i++)
        if (number_of(name_of(dataset->folders[i])) < 0)
            return false;
    return true;
}

enum status dataset_open_folders(const struct dataset_options *options, struct dataset *dataset) {
    enum status status = list_folders(options, dataset);
    if (status != STATUS_OK)
        return status;
    dataset->classes = calloc(dataset->count, sizeof *dataset->classes);
    if (!dataset->classes)
        return no_memory();
    bool sorted = options->labels->count == 0 && !are_numbers(dataset);
    for (size_t i = 0; i < dataset->count; i++) {
        const char *path = dataset->folders[i];
        long class = sorted ? (long)i : class_of_folder(options->labels, name_of(path));
        if (class < 0 || (size_t) class >= options->classes)
            return bad_folder(options, path, class);
        dataset->classes[i] = (size_t) class;
    }
    return check_folders(dataset);
}

static bool is_below(const char *name, const char *folder) {
    size_t length = strlen(folder);
    return strncmp(name, folder, length) == 0 && (name[length] == '/' || name[length] == '\0');
}

/* Files come folder by folder. */
size_t dataset_class_of(struct dataset *dataset, const char *name) {
    size_t tried = 0;
    while (tried++ < dataset->count && !is_below(name, dataset->folders[dataset->last]))
        dataset->last = (dataset->last + 1) % dataset->count;
    return dataset->classes[dataset->last];
}
