#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* The entries of one directory that matter; of directories with a slash behind the name. */
struct level {
    char **names;
    size_t count, next;
    size_t prefix; /* length of the directory's path, with its slash */
};

struct walk {
    struct text path; /* of the directory that is being read */
    struct level *levels;
    size_t depth, capacity;
    struct keys entered;
    struct left_out *left;
    bool begun;
};

struct walk *walk_new(const char *directory, struct left_out *left) {
    struct walk *walk = calloc(1, sizeof *walk);
    if (!walk)
        return NULL;
    walk->left = left;
    text_add(&walk->path, directory);
    if (!walk->path.failed)
        return walk;
    walk_free(walk);
    return NULL;
}

static void level_free(struct level *level) {
    for (size_t i = level->next; i < level->count; i++)
        free(level->names[i]);
    free(level->names);
}

void walk_free(struct walk *walk) {
    if (!walk)
        return;
    for (size_t i = 0; i < walk->depth; i++)
        level_free(&walk->levels[i]);
    free(walk->levels);
    keys_free(&walk->entered);
    text_free(&walk->path);
    free(walk);
}

static bool is_wanted(const char *name) {
    static const char *const extensions[] = {"png", "jpg", "jpeg", "jpe", "jfif", "pnm",
                                             "pbm", "pgm", "ppm",  "pam", "npy"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot + 1, extensions[i]) == 0)
            return true;
    return false;
}

/* What the name is of, behind links: '/', 'f' a file, 's' what is neither. A link to nothing and a
 * file that may not be looked at are files: reading them says what is wrong. */
static char type_of(DIR *directory, const struct dirent *entry) {
    struct stat about;
    if (entry->d_type == DT_REG || entry->d_type == DT_DIR)
        return entry->d_type == DT_REG ? 'f' : '/';
    if (fstatat(dirfd(directory), entry->d_name, &about, 0) != 0)
        return 'f';
    return S_ISDIR(about.st_mode) ? '/' : S_ISREG(about.st_mode) ? 'f' : 's';
}

/* What to keep of a name in the directory: it, it and a slash, or NULL, and why is counted. */
static const char *kind_of(struct walk *walk, DIR *directory, const struct dirent *entry) {
    const char *name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return NULL;
    bool hidden = name[0] == '.';
    char type = hidden ? 'f' : type_of(directory, entry);
    if (type == '/')
        return "/";
    if (type == 'f' && !hidden && is_wanted(name))
        return "";
    if (walk->left && (hidden || type == 's'))
        left_out_add_kind(walk->left, hidden ? LEFT_OUT_HIDDEN : LEFT_OUT_SPECIAL);
    else if (walk->left)
        left_out_add(walk->left, name);
    return NULL;
}

static bool level_add(struct level *level, size_t *capacity, const char *name, const char *slash) {
    if (level->count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 16;
        char **names = realloc(level->names, larger * sizeof *names);
        if (!names)
            return false;
        level->names = names;
        *capacity = larger;
    }
    size_t length = strlen(name);
    char *copy = malloc(length + 2);
    if (!copy)
        return false;
    memcpy(copy, name, length);
    strcpy(copy + length, slash);
    level->names[level->count++] = copy;
    return true;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* 0, or errno. */
static int read_level(struct walk *walk, DIR *directory, struct level *level) {
    size_t capacity = 0;
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(directory))) {
        const char *slash = kind_of(walk, directory, entry);
        if (slash && !level_add(level, &capacity, entry->d_name, slash))
            return ENOMEM;
    }
    int error = errno;
    if (level->count > 0)
        qsort(level->names, level->count, sizeof *level->names, by_bytes);
    return error;
}

/* Whether the directory was entered before; else it is now. */
static bool seen_before(struct walk *walk, DIR *directory, int *error) {
    struct stat about;
    if (fstat(dirfd(directory), &about) != 0) {
        *error = errno;
        return true;
    }
    const uint64_t identity[] = {(uint64_t)about.st_dev, (uint64_t)about.st_ino};
    struct keys_hash key = keys_hash(identity, sizeof identity, 0);
    if (keys_count(&walk->entered, key) > 0)
        return true;
    if (keys_add(&walk->entered, key))
        return false;
    *error = ENOMEM;
    return true;
}

static bool push(struct walk *walk, const struct level *level) {
    if (walk->depth == walk->capacity) {
        size_t capacity = walk->capacity ? walk->capacity * 2 : 8;
        struct level *levels = realloc(walk->levels, capacity * sizeof *levels);
        if (!levels)
            return false;
        walk->levels = levels;
        walk->capacity = capacity;
    }
    walk->levels[walk->depth++] = *level;
    return true;
}

/* Reads the directory that the path is of. 0, or errno: nothing was entered. */
static int enter(struct walk *walk) {
    int error = 0;
    struct level level = {0};
    DIR *directory = opendir(walk->path.data);
    if (!directory)
        return errno;
    if (seen_before(walk, directory, &error)) {
        closedir(directory);
        return error;
    }
    error = read_level(walk, directory, &level);
    closedir(directory);
    if (walk->path.length > 0 && walk->path.data[walk->path.length - 1] != '/')
        text_add(&walk->path, "/");
    level.prefix = walk->path.length;
    if (error == 0 && (walk->path.failed || !push(walk, &level)))
        error = ENOMEM;
    if (error != 0)
        level_free(&level);
    return error;
}

static enum status give(const struct walk *walk, char **path) {
    *path = strdup(walk->path.data);
    return *path ? STATUS_OK : STATUS_MEMORY;
}

/* Enters a directory; one that cannot be read is given, with its fault. */
static enum status descend(struct walk *walk, char **path, int *fault) {
    int error = enter(walk);
    if (error == 0)
        return STATUS_OK;
    if (error == ENOMEM)
        return STATUS_MEMORY;
    *fault = error;
    return give(walk, path);
}

enum status walk_next(struct walk *walk, char **path, int *fault) {
    enum status status = STATUS_OK;
    *path = NULL;
    *fault = 0;
    if (!walk->begun) {
        walk->begun = true;
        status = descend(walk, path, fault);
    }
    while (status == STATUS_OK && !*path && walk->depth > 0) {
        struct level *level = &walk->levels[walk->depth - 1];
        if (level->next == level->count) {
            level_free(level);
            walk->depth--;
            continue;
        }
        char *name = level->names[level->next++];
        walk->path.length = level->prefix;
        text_add(&walk->path, name);
        free(name);
        if (walk->path.failed)
            status = STATUS_MEMORY;
        else if (walk->path.data[walk->path.length - 1] == '/')
            status = descend(walk, path, fault);
        else
            status = give(walk, path);
    }
    return status;
}

/* ---- one path ---- */

/* The directory is one of those in front of the path's last name, and behind it no name begins with
 * a dot, as `..` does. */
static bool goes_through(const char *path, const struct stat *directory) {
    char part[PATH_MAX + 2];
    struct stat about;
    snprintf(part, sizeof part, "%s%s", *path == '/' ? "" : "./", path);
    for (char *slash; (slash = strrchr(part, '/')) && slash[1] != '.'; *slash = '\0') {
        slash[1] = '\0';
        if (stat(part, &about) == 0 && about.st_dev == directory->st_dev &&
            about.st_ino == directory->st_ino)
            return true;
    }
    return false;
}

bool walk_has(const char *directory, const char *path) {
    char real[PATH_MAX];
    struct stat top, file;
    if (stat(directory, &top) != 0 || !S_ISDIR(top.st_mode) || stat(path, &file) != 0 ||
        !S_ISREG(file.st_mode) || !realpath(path, real))
        return false;
    return (is_wanted(path) && goes_through(path, &top)) ||
           (is_wanted(real) && goes_through(real, &top));
}
