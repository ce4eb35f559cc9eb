/* What is shown to the network. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../run/rules.h"
#include "../terminal/message.h"
#include "show.h"

/* ---- files ---- */

/* After the file was read, or was not. */
static enum status finish(struct show *show, const char *name, enum status status,
                          struct file_error *error, struct show_input *input) {
    if (status == STATUS_OK && input->input.count == 0) {
        input_close(&input->input);
        status = file_fail(error, "input-shape", "it has no image; expected one at least");
    }
    if (status != STATUS_OK) {
        bool model = status == STATUS_INPUT && rules_forbid(&show->inputs, error);
        free(input->room);
        message_file_error(status, model ? show->model.title : file_title(name), error);
        return model || status == STATUS_MEMORY ? status : STATUS_PARTIAL;
    }
    message_file_note(file_title(name), error);
    input->images = input->input.images;
    input->count = input->input.count;
    input->picture = input->input.picture;
    rules_tell(&show->model, rules_due(&show->inputs, &input->input, &show->told), &input->input);
    return STATUS_OK;
}

static enum status make_room(const struct show *show, struct show_input *input,
                             struct file_error *error) {
    size_t floats = (size_t)plan_view_size(&show->inputs.wanted);
    *input = (struct show_input){.room = malloc(floats * sizeof *input->room)};
    return input->room ? STATUS_OK : file_fail_memory(error);
}

enum status show_open(struct show *show, const char *name, struct show_input *input) {
    struct file_error error;
    enum status status = make_room(show, input, &error);
    if (status == STATUS_OK)
        status = input_open(&show->inputs, name, input->room, &input->input, &error);
    return finish(show, name, status, &error, input);
}

enum status show_open_source(struct show *show, const struct sources_item *source,
                             struct show_input *input) {
    struct file_error error = source->error;
    enum status status = make_room(show, input, &error);
    if (status == STATUS_OK)
        status = source->kind == SOURCES_FAILED
                     ? source->status
                     : input_read(&show->inputs, source, show->inputs.most, input->room,
                                  &input->input, &error);
    return finish(show, source->name, status, &error, input);
}

const float *show_image(const struct show *show, const struct show_input *input, size_t index) {
    struct file_error error;
    return input_image(&show->inputs, &input->input, index, &error);
}

void show_close(struct show_input *input) {
    input_close(&input->input);
    free(input->room);
    *input = (struct show_input){0};
}

void show_forward(const struct show *show, struct run *run, const float *image) {
    size_t floats = (size_t)plan_view_size(&show->model.plan->head.input);
    memcpy(run_input(run, 0), image, floats * sizeof *image);
    run_forward(run, 1);
}

/* ---- pictures again ---- */

bool show_is_bgr(const struct show *show) {
    return show->inputs.preprocess.channels == 3 &&
           show->inputs.preprocess.order == IMAGE_CHANNELS_bgr;
}

/* x of a channel is byte*scale + shift; of an array, whose making is not known, the same for all:
 * from its least to its largest value. */
struct tones {
    double scale[3], shift[3];
};

static struct tones tones_of_array(const float *image, size_t count) {
    struct tones tones;
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        double value = (double)image[i];
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    for (int c = 0; c < 3; c++) {
        tones.scale[c] = (most - least) / 255;
        tones.shift[c] = least;
    }
    return tones;
}

static struct tones tones_of_picture(const struct preprocess *rules) {
    struct tones tones;
    for (int c = 0; c < 3; c++) {
        tones.scale[c] = rules->scale[c];
        tones.shift[c] = rules->shift[c];
    }
    return tones;
}

static uint8_t tone(const struct tones *tones, size_t channel, float value) {
    double byte = ((double)value - tones->shift[channel]) / tones->scale[channel];
    if (isnan(byte)) /* all values are equal */
        return 128;
    return byte < 0 ? 0 : byte > 255 ? 255 : (uint8_t)lround(byte);
}

uint8_t *show_pixels(const struct show *show, const struct show_input *input, const float *image) {
    const struct plan_view *view = &show->model.plan->head.input;
    size_t plane = (size_t)view->height * (size_t)view->width;
    size_t shown = view->channels == 3 ? 3 : 1;
    bool swap = shown == 3 && show_is_bgr(show);
    uint8_t *pixels = malloc(3 * plane);
    struct tones tones = input->picture ? tones_of_picture(&show->inputs.preprocess)
                                        : tones_of_array(image, shown * plane);
    for (size_t i = 0; pixels && i < plane; i++)
        for (size_t c = 0; c < 3; c++) {
            size_t channel = swap ? 2 - c : c % shown;
            pixels[3 * i + c] = tone(&tones, channel, image[channel * plane + i]);
        }
    return pixels;
}
