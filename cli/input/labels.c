#include "labels.h"

#include <stdlib.h>
#include <string.h>

#include "../terminal/message.h"

enum status labels_parse(const char *text, size_t length, struct labels *labels) {
    *labels = (struct labels){0};
    if (!text || length == 0)
        return STATUS_OK;
    size_t count = text[length - 1] != '\n';
    for (size_t i = 0; i < length; i++)
        count += text[i] == '\n';
    labels->text = malloc(length + 1);
    labels->lines = calloc(count, sizeof *labels->lines);
    if (!labels->text || !labels->lines) {
        labels_free(labels);
        return STATUS_MEMORY;
    }
    memcpy(labels->text, text, length);
    labels->text[length] = '\0';
    char *line = labels->text, *end = labels->text + length;
    while (line < end) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        *stop = '\0';
        if (stop > line && stop[-1] == '\r')
            stop[-1] = '\0';
        labels->lines[labels->count++] = line;
        line = stop + 1;
    }
    return STATUS_OK;
}

void labels_free(struct labels *labels) {
    free(labels->text);
    free(labels->lines);
    *labels = (struct labels){0};
}

const char *labels_of(const struct labels *labels, size_t class) {
    return class < labels->count ? labels->lines[class] : NULL;
}

void labels_warn(const char *path, size_t count, const char *output, size_t channels) {
    if (count != channels)
        message_class(STATUS_OK, "warning", path,
                      "it has %zu label%s; expected %zu, one for each channel of '%s'", count,
                      count == 1 ? "" : "s", channels, output);
}
