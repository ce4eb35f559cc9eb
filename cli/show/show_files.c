/* The files that `cnnc show` writes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runtime/base/save.h"
#include "../../runtime/picture/png.h"
#include "../terminal/file.h"
#include "../terminal/message.h"
#include "../terminal/output.h"
#include "../terminal/signals.h"
#include "show.h"

enum { STEM = 200 /* bytes of a layer's name in a file's */ };
static const char png[] = ".png";

/* ---- what -o says ---- */

static bool is_stdout(const struct show *show) { return strcmp(show->request->save, "-") == 0; }

/* FILE.png */
static bool is_picture(const struct show *show) {
    const char *dot = strrchr(show->request->save, '.');
    return dot && strcasecmp(dot, png) == 0;
}

/* The ending of another kind of file: no name for a new directory. */
static bool is_other_kind(const char *name) {
    static const char *const kinds[] = {".jpg",  ".jpeg", ".gif", ".bmp", ".webp", ".tif",
                                        ".tiff", ".ppm",  ".pgm", ".pnm", ".pam",  ".svg",
                                        ".pdf",  ".json", ".csv", ".npy", ".npz"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcasecmp(dot, kinds[i]) == 0)
            return true;
    return false;
}

enum status show_check_out(const struct show *show) {
    const char *save = show->request->save;
    bool all = show->mode == SHOW_MAPS && strcmp(show->layer, "all") == 0;
    if (all && (is_stdout(show) || is_picture(show)))
        return message_usage("show", NULL,
                             "--out: '%s' is one file; expected a directory for the maps of all "
                             "layers",
                             save);
    if (show->mode == SHOW_MATRIX && is_stdout(show))
        return message_usage("show", NULL,
                             "--out: '-' is one file; expected a directory for the matrices");
    if (is_stdout(show) && isatty(STDOUT_FILENO))
        return message_usage("show", NULL,
                             "--out: standard output is a terminal; expected a pipe, or a name in "
                             ".png");
    enum status status = request_check_save(show->request, is_stdout(show) ? "/dev/stdout" : save);
    if (status == STATUS_OK && is_other_kind(save) && !file_is_directory(save))
        return message_usage("show", NULL,
                             "--out: '%s' is no name of a PNG file; expected one in .png (the JSON "
                             "file is written beside it), or a directory",
                             save);
    return status;
}

void show_stem(const char *layer, const char *what, struct text *stem) {
    for (size_t i = 0; layer[i] && i < STEM; i++) {
        bool plain = layer[i] != '/' && (unsigned char)layer[i] > ' ' && (i > 0 || layer[i] != '.');
        text_bytes(stem, plain ? &layer[i] : "_", 1);
    }
    text_format(stem, "-%s", what);
}

/* ---- in memory ---- */

struct text *show_file(struct show_files *files, const char *suffix) {
    struct show_file *file = &files->file[files->count++];
    file->suffix = suffix;
    return &file->bytes;
}

enum status show_png(struct show_files *files, const char *suffix, const struct picture *picture) {
    return png_encode(picture, show_file(files, suffix)) == STATUS_OK ? STATUS_OK
                                                                      : show_no_memory();
}

void show_files_free(struct show_files *files) {
    for (size_t i = 0; i < files->count; i++)
        text_free(&files->file[i].bytes);
    files->count = 0;
}

/* ---- on disk ---- */

struct show_save {
    struct save save;
    struct text path;
    struct show_save *next;
};

static enum status make_directory(const char *name, struct show_saves *saves) {
    if (mkdir(name, 0777) == 0) {
        saves->directory = name;
        return STATUS_OK;
    }
    if (errno != EEXIST)
        return message_fault(STATUS_IO, name, file_fault_to_write(errno));
    if (file_is_directory(name))
        return STATUS_OK;
    return message_file(STATUS_IO, name,
                        "Not a directory; expected one to write to, or a name in .png");
}

/* The picture of -o FILE.PNG is that, and not FILE.png. */
static void find_path(const struct show *show, const char *name, const char *suffix,
                      struct text *path) {
    const char *save = show->request->save;
    size_t length = strlen(save);
    if (!is_picture(show))
        text_format(path, "%s%s%s%s", save, save[length - 1] == '/' ? "" : "/", name, suffix);
    else if (strcmp(suffix, png) == 0)
        text_add(path, save);
    else
        text_format(path, "%.*s%s", (int)(length - strlen(png)), save, suffix);
}

/* NULL: no memory, or the name is that of a file that is read, which was told. */
static struct show_save *new_save(const struct show *show, const char *name, const char *suffix,
                                  enum status *status) {
    struct show_save *made = calloc(1, sizeof *made);
    if (made)
        find_path(show, name, suffix, &made->path);
    *status = made && !made->path.failed ? request_check_save(show->request, made->path.data)
                                         : show_no_memory();
    if (*status == STATUS_OK)
        return made;
    if (made)
        text_free(&made->path);
    free(made);
    return NULL;
}

static enum status end(struct show_save *made) {
    const char *fault;
    enum status status = save_end(&made->save, &fault);
    return status == STATUS_OK ? status : message_fault(status, made->path.data, fault);
}

static enum status add(const struct show *show, const char *name, const struct show_file *file,
                       struct show_saves *saves) {
    enum status status;
    struct show_save *made = new_save(show, name, file->suffix, &status);
    if (!made)
        return status;
    text_escaped(&saves->names, made->path.data, made->path.length);
    text_add(&saves->names, "\n");
    save_begin(&made->save, made->path.data);
    save_write(&made->save, file->bytes.data ? file->bytes.data : "", file->bytes.length);
    save_finish(&made->save);
    if (!save_failed(&made->save)) {
        *(saves->first ? &saves->last->next : &saves->first) = made;
        saves->last = made;
        return STATUS_OK;
    }
    status = end(made);
    text_free(&made->path);
    free(made);
    return status;
}

static enum status print_picture(const struct show_files *files) {
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->file[i].suffix, png) == 0)
            return output_write(&files->file[i].bytes);
    return STATUS_OK;
}

enum status show_add(const struct show *show, const char *name, const struct show_files *files,
                     struct show_saves *saves) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < files->count; i++)
        if (files->file[i].bytes.failed)
            return show_no_memory();
    if (is_stdout(show))
        return print_picture(files);
    if (!is_picture(show))
        status = make_directory(show->request->save, saves);
    for (size_t i = 0; i < files->count && status == STATUS_OK; i++)
        status = add(show, name, &files->file[i], saves);
    return status;
}

enum status show_end(struct show_saves *saves, enum status status) {
    if (status == STATUS_OK && saves->names.failed)
        status = show_no_memory();
    sigset_t before;
    signals_block(&before);
    while (saves->first) {
        struct show_save *made = saves->first;
        saves->first = made->next;
        if (status == STATUS_OK)
            status = end(made);
        else
            save_abandon(&made->save);
        text_free(&made->path);
        free(made);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (status != STATUS_OK && saves->directory)
        rmdir(saves->directory); /* which stays when something is in it */
    if (status == STATUS_OK)
        status = output_write(&saves->names);
    text_free(&saves->names);
    return status;
}

enum status show_write(const struct show *show, const char *name, const struct show_files *files) {
    struct show_saves saves = {0};
    return show_end(&saves, show_add(show, name, files, &saves));
}
