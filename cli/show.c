#include "show.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../runtime/png.h"
#include "../runtime/save.h"
#include "message.h"
#include "mosaic.h"
#include "output.h"

enum { STEM = 200 /* bytes of a layer's name in a file's */ };

enum status show_no_memory(void) {
    return message(STATUS_MEMORY, "out of memory; expected room for a picture");
}

enum status show_too_large(const struct show *show, const char *layer) {
    return message_class(STATUS_LIMIT, "limit-image", show->model.title,
                         "the picture of '%s' would have more than %zu pixels; expected a smaller "
                         "layer, --input or --topk",
                         layer, MOSAIC_AREA);
}

/* ---- layers ---- */

const char *show_name(const struct show *show, uint32_t layer) {
    return plan_string(show->model.plan, show->model.plan->layers[layer].name);
}

/* The plan's layers are the graph's without the input. */
const struct layer *show_compiled(const struct show *show, uint32_t layer) {
    return show->model.compilation ? show->model.compilation->graph->layers[layer + 1] : NULL;
}

enum status show_find(const struct show *show, const char *name, uint32_t *layer) {
    return model_layer(&show->model, name, layer) ? STATUS_OK
                                                  : model_no_layer(&show->model, "show", "", name);
}

enum status show_watch(const struct show *show, struct run *run, uint32_t layer) {
    if (!show->model.plan->layers[layer].kept)
        return message_usage("show", NULL,
                             "'%s' has no values of its own in this plan; expected the spec, or "
                             "another layer",
                             show_name(show, layer));
    return run_watch(run, layer) == STATUS_OK ? STATUS_OK : show_no_memory();
}

/* ---- files ---- */

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

bool show_one_file(const struct show *show) {
    const char *dot = strrchr(show->request->save, '.');
    return dot && strcasecmp(dot, ".png") == 0;
}

void show_stem(const char *layer, const char *what, struct text *stem) {
    for (size_t i = 0; layer[i] && i < STEM; i++) {
        bool plain = layer[i] != '/' && (unsigned char)layer[i] > ' ' && (i > 0 || layer[i] != '.');
        text_bytes(stem, plain ? &layer[i] : "_", 1);
    }
    text_format(stem, "-%s", what);
}

static enum status make_directory(const char *name) {
    struct stat about;
    if (mkdir(name, 0777) == 0)
        return STATUS_OK;
    if (errno != EEXIST)
        return message_fault(STATUS_IO, name, file_fault_to_write(errno));
    if (stat(name, &about) == 0 && S_ISDIR(about.st_mode))
        return STATUS_OK;
    return message_file(STATUS_IO, name,
                        "Not a directory; expected one to write to, or a name in .png");
}

/* The path without the suffix. */
static enum status find_stem(const struct show *show, const char *name, struct text *stem) {
    const char *save = show->request->save;
    if (show_one_file(show)) {
        text_bytes(stem, save, strlen(save) - strlen(".png"));
        return STATUS_OK;
    }
    text_format(stem, "%s%s%s", save, save[strlen(save) - 1] == '/' ? "" : "/", name);
    return make_directory(save);
}

struct writing {
    struct text paths[SHOW_FILES];
    struct save saves[SHOW_FILES];
};

static enum status write_all(struct writing *w, const struct show_files *files) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < files->count; i++) {
        const struct text *bytes = &files->file[i].bytes;
        save_begin(&w->saves[i], w->paths[i].data);
        save_write(&w->saves[i], bytes->data ? bytes->data : "", bytes->length);
        save_finish(&w->saves[i]);
    }
    bool failed = false; /* then none of them appears */
    for (size_t i = 0; i < files->count; i++)
        failed |= save_failed(&w->saves[i]);
    for (size_t i = 0; i < files->count; i++) {
        const char *fault;
        if (status != STATUS_OK || (failed && !save_failed(&w->saves[i]))) {
            save_abandon(&w->saves[i]);
            continue;
        }
        status = save_end(&w->saves[i], &fault);
        if (status != STATUS_OK)
            message_fault(status, w->paths[i].data, fault);
    }
    return status;
}

static void name_all(const struct writing *w, size_t count, struct text *out) {
    for (size_t i = 0; i < count; i++) {
        text_escaped(out, w->paths[i].data ? w->paths[i].data : "", w->paths[i].length);
        text_add(out, "\n");
    }
}

/* All that needs memory comes before the first file. */
enum status show_write(const struct show *show, const char *name, const struct show_files *files) {
    struct writing w = {0};
    struct text stem = {0}, names = {0};
    enum status status = find_stem(show, name, &stem);
    bool failed = stem.failed;
    for (size_t i = 0; i < files->count; i++) {
        text_format(&w.paths[i], "%s%s", stem.data ? stem.data : "", files->file[i].suffix);
        failed |= w.paths[i].failed || files->file[i].bytes.failed;
    }
    name_all(&w, files->count, &names);
    for (size_t i = 0; i < files->count && status == STATUS_OK && !failed; i++)
        status = request_check_save(show->request, w.paths[i].data);
    if (status == STATUS_OK && (failed || names.failed))
        status = show_no_memory();
    if (status == STATUS_OK)
        status = write_all(&w, files);
    if (status == STATUS_OK)
        status = output_write(&names);
    text_free(&names);
    for (size_t i = 0; i < files->count; i++)
        text_free(&w.paths[i]);
    text_free(&stem);
    return status;
}
