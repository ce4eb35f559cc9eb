#include <string.h>

#include "../../runtime/base/content.h"
#include "../base/limits.h"
#include "label_text.h"

/* Why a character has no place in a label, or NULL. */
static const char *unwelcome(uint32_t character) {
    if (character == 0xFEFF)
        return "is a byte order mark inside the text";
    bool control = character < 0x20 || (character >= 0x7F && character < 0xA0);
    return control ? "is a control character" : NULL;
}

static enum status check_text(const char *text, size_t length, struct file_error *error) {
    size_t line = 1;
    for (size_t i = 0; i < length;) {
        uint32_t character;
        size_t bytes = text_utf8(text + i, length - i, &character);
        bool line_end =
            character == '\n' || (character == '\r' && i + 1 < length && text[i + 1] == '\n');
        if (bytes == 0)
            return file_fail_at(error, "labels-encoding", i,
                                "byte 0x%02X in line %zu is not valid UTF-8; expected a label a "
                                "line, in UTF-8",
                                (unsigned char)text[i], line);
        const char *why = line_end ? NULL : unwelcome(character);
        if (why)
            return file_fail_at(error, "labels-encoding", i,
                                "U+%04X in line %zu %s; expected a label a line, in UTF-8",
                                (unsigned)character, line, why);
        line += character == '\n';
        i += bytes;
    }
    return STATUS_OK;
}

/* Its own function, so that the jump finds no local variable to spoil. */
static enum status add_text(struct plan *plan, const char *text, size_t length) {
    if (setjmp(plan->arena.out_of_memory))
        return STATUS_MEMORY;
    size_t first = plan->string_bytes;
    char *strings = arena_alloc(&plan->arena, first + length + 1);
    memcpy(strings, plan->strings, first);
    memcpy(strings + first, text, length);
    strings[first + length] = '\0';
    plan->strings = strings;
    plan->string_bytes = (uint32_t)(first + length + 1);
    plan->head.labels = (uint32_t)first;
    return STATUS_OK;
}

enum status compile_labels_check(const char **text, size_t *length, struct file_error *error) {
    static const char mark[] = "\xEF\xBB\xBF";
    if (*length > LIMIT_LABELS_BYTES)
        return file_fail(error, "limit-size", "it has %zu bytes or more; expected at most %d",
                         *length, LIMIT_LABELS_BYTES);
    const char *wide = content_wide(*text, *length);
    if (wide)
        return file_fail(error, "labels-encoding",
                         "it is %s; expected a label a line, in UTF-8: iconv -f %s -t UTF-8", wide,
                         wide);
    const struct content *content = content_of((const unsigned char *)*text, *length);
    if (*length >= 3 && memcmp(*text, mark, 3) == 0) {
        *text += 3;
        *length -= 3;
    }
    enum status status = check_text(*text, *length, error);
    if (status == STATUS_INPUT && content) /* "P1" may begin labels, too */
        return file_fail(error, "labels-encoding", "it is %s; expected a label a line, in UTF-8",
                         content->name);
    return status;
}

enum status compile_labels(struct plan *plan, const char *text, size_t length,
                           struct file_error *error) {
    enum status status = compile_labels_check(&text, &length, error);
    if (status == STATUS_OK && length >= PLAN_NONE - plan->string_bytes)
        return file_fail(error, "limit-size", "it has %zu bytes; expected fewer", length);
    if (status == STATUS_OK)
        status = add_text(plan, text, length);
    return status == STATUS_MEMORY ? file_fail_memory(error) : status;
}
