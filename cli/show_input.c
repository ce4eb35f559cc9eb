/* What is shown to the network. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "show.h"

enum status show_open(const struct show *show, const char *name, struct show_input *input) {
    struct file_error error;
    *input = (struct show_input){0};
    enum status status = input_open(name, &show->model.plan->head.input, show->request->memory,
                                    &input->array, &error);
    if (status == STATUS_OK && input->array.count == 0) {
        input_close(&input->array);
        status = file_fail(&error, "input-shape", "it has no image; expected one at least");
    }
    if (status != STATUS_OK) {
        message_file_error(status, file_title(name), &error);
        return status == STATUS_MEMORY ? status : STATUS_PARTIAL;
    }
    input->images = input->array.images;
    input->count = input->array.count;
    return STATUS_OK;
}

void show_close(struct show_input *input) {
    input_close(&input->array);
    free(input->own);
    *input = (struct show_input){0};
}

void show_forward(const struct show *show, struct run *run, const float *image) {
    size_t floats = (size_t)plan_view_size(&show->model.plan->head.input);
    memcpy(run_input(run, 0), image, floats * sizeof *image);
    run_forward(run, 1);
}

uint8_t *show_pixels(const struct show *show, const float *image) {
    const struct plan_view *view = &show->model.plan->head.input;
    size_t plane = (size_t)view->height * (size_t)view->width;
    size_t shown = view->channels == 3 ? 3 : 1;
    uint8_t *pixels = malloc(3 * plane);
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < shown * plane; i++) {
        double value = (double)image[i];
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    for (size_t i = 0; pixels && i < plane; i++)
        for (size_t c = 0; c < 3; c++) {
            double value = (double)image[c % shown * plane + i];
            double part = (value - least) / (most - least); /* NaN: there are no two values */
            pixels[3 * i + c] = part >= 0 && part <= 1 ? (uint8_t)lround(255 * part) : 128;
        }
    return pixels;
}
