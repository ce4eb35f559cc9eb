#include "resume.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/base/content.h"
#include "../terminal/file.h"
#include "base64.h"

#define WHOLE UINT64_MAX /* in the place of an index */

static struct keys_hash answer_key(const char *name, size_t length, uint64_t index) {
    return keys_hash(name, length, index);
}

static bool take(struct resume *resume, struct keys_hash key) {
    pthread_mutex_lock(&resume->mutex);
    bool taken = keys_take(&resume->answers, key);
    pthread_mutex_unlock(&resume->mutex);
    return taken;
}

bool resume_take_file(struct resume *resume, const char *name) {
    return take(resume, answer_key(name, strlen(name), WHOLE));
}

bool resume_take_image(struct resume *resume, const char *name, size_t index) {
    return take(resume, answer_key(name, strlen(name), index));
}

void resume_free(struct resume *resume) { keys_free(&resume->answers); }

static enum status add_name(struct resume *resume, const char *name, size_t length,
                            uint64_t index) {
    return keys_add(&resume->answers, answer_key(name, length, index)) ? STATUS_OK : STATUS_MEMORY;
}

static enum status add_record(struct resume *resume, const json_t *record) {
    const json_t *name = json_object_get(record, "input");
    const json_t *bytes = json_object_get(record, "input_b64");
    const json_t *number = json_object_get(record, "index");
    if (!json_is_string(name) || (bytes && !json_is_string(bytes)) ||
        (number && (!json_is_integer(number) || json_integer_value(number) < 0)))
        return STATUS_INPUT;
    uint64_t index = number ? (uint64_t)json_integer_value(number) : WHOLE;
    if (!bytes)
        return add_name(resume, json_string_value(name), json_string_length(name), index);
    struct text decoded = {0};
    text_add(&decoded, "");
    enum status status =
        base64_decode(json_string_value(bytes), &decoded) ? STATUS_OK : STATUS_INPUT;
    if (decoded.failed)
        status = STATUS_MEMORY;
    if (status == STATUS_OK)
        status = add_name(resume, decoded.data, decoded.length, index);
    text_free(&decoded);
    return status;
}

static enum status add_line(struct resume *resume, const char *line, size_t length) {
    json_error_t fault;
    json_t *record = json_loadb(line, length, 0, &fault);
    if (!record)
        return json_error_code(&fault) == json_error_out_of_memory ? STATUS_MEMORY : STATUS_INPUT;
    enum status status = json_is_object(record) ? add_record(resume, record) : STATUS_INPUT;
    json_decref(record);
    return status;
}

/* Of a line that may end anywhere. What does not begin so was no record: to cut it off would lose
 * something else. */
static bool begins_record(const char *line, size_t length) {
    static const char begin[] = "{\"input\":";
    size_t most = sizeof begin - 1;
    return memcmp(line, begin, length < most ? length : most) == 0;
}

/* At the end there is one too. Says no before a line without an end is read. */
static bool comes_object(FILE *file) {
    int first = getc(file);
    if (first != EOF)
        ungetc(first, file);
    return first == EOF || first == '{';
}

/* What an editor on Windows puts before the first record is passed over. STATUS_INPUT: UTF-16. */
static enum status read_head(FILE *file, struct resume *resume, struct file_error *error) {
    static const char mark[] = "\xEF\xBB\xBF";
    char head[4];
    size_t length = fread(head, 1, sizeof head, file);
    const char *wide = content_wide(head, length);
    if (wide)
        return file_fail(error, "resume-format",
                         "it is %s; expected the JSON Lines of an earlier run, in UTF-8: iconv -f "
                         "%s -t UTF-8",
                         wide, wide);
    resume->whole = length >= 3 && memcmp(head, mark, 3) == 0 ? 3 : 0;
    while (length > resume->whole) /* a FIFO has no place to go back to, but the buffer has */
        if (ungetc((unsigned char)head[--length], file) == EOF)
            return file_fail_memory(error);
    return STATUS_OK;
}

static enum status read_lines(FILE *file, struct resume *resume, size_t *number,
                              struct file_error *error) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool whole;
    enum status status;
    do {
        ++*number;
        errno = 0;
        status = comes_object(file) ? STATUS_OK : STATUS_INPUT;
        length = status == STATUS_OK ? getline(&line, &capacity, file) : 0;
        whole = length > 0 && line[length - 1] == '\n';
        if (whole) {
            resume->whole += (uint64_t)length;
            status = add_line(resume, line, (size_t)length);
        } else if (length > 0 && !begins_record(line, (size_t)length)) {
            status = STATUS_INPUT;
        }
    } while (whole && status == STATUS_OK);
    if (length < 0 && errno == ENOMEM)
        status = STATUS_MEMORY;
    free(line);
    if (status == STATUS_INPUT)
        return file_fail(error, "resume-format",
                         "line %zu is no record; expected the JSON Lines of an earlier run",
                         *number);
    if (status == STATUS_MEMORY)
        return file_fail_memory(error);
    if (ferror(file))
        return file_fail_system(error, STATUS_IO, file_fault("", errno));
    return STATUS_OK;
}

enum status resume_read(const char *path, struct resume *resume, struct file_error *error) {
    size_t line = 0;
    *resume = (struct resume){.mutex = PTHREAD_MUTEX_INITIALIZER};
    FILE *file = fopen(path, "re");
    if (!file)
        return file_fail_system(error, STATUS_IO, file_fault(path, errno));
    enum status status = read_head(file, resume, error);
    if (status == STATUS_OK)
        status = read_lines(file, resume, &line, error);
    fclose(file); /* was only read */
    return status;
}
