#include "list.h"

#include <string.h>
#include <sys/stat.h>

#include "../../runtime/base/content.h"

static const char mark[] = "\xEF\xBB\xBF";

enum { MARK = sizeof mark - 1, HEAD = 8 /* bytes in which a wide encoding shows */ };

/* A link to nothing, too. */
static bool exists(const char *name) {
    struct stat about;
    return lstat(name, &about) == 0;
}

/* "UTF-16" and the like by the first bytes, which stay in the stream; NULL: it is another text.
 * More than two are waited for only where these look so: a list may come name by name. */
static const char *wide_encoding(struct stream *stream) {
    size_t there = stream_ahead(stream, 2);
    const char *head = stream->buffer + stream->begin;
    bool marked =
        there >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0);
    if (there < 2 || !(marked || !head[0] || !head[1]))
        return NULL;
    there = stream_ahead(stream, HEAD);
    return content_wide(stream->buffer + stream->begin, there);
}

/* Up to the separator or the end. */
static enum status read_name(const struct list *list, struct text *name, struct file_error *error) {
    int byte;
    text_add(name, "");
    while ((byte = stream_byte(list->stream)) >= 0 && byte != list->separator) {
        char next = (char)byte;
        text_bytes(name, &next, 1);
        if (name->length > LIST_NAME)
            return file_fail(error, "limit-name",
                             "a name in the list has more than %d bytes; expected names of files, "
                             "%s",
                             LIST_NAME, list->separator ? "one a line" : "each ended by NUL");
    }
    if (list->stream->error)
        return file_fail_system(error, STATUS_IO, file_fault(list->title, list->stream->error));
    return name->failed ? file_fail_memory(error) : STATUS_OK;
}

static enum status refuse_wide(const struct list *list, const char *encoding,
                               struct file_error *error) {
    return file_fail(error, "list-encoding",
                     "the list is %s; expected UTF-8: iconv -f %s -t UTF-8%s", encoding, encoding,
                     list->separator ? "" : ", and names that are ended by NUL");
}

static enum status refuse_nul(struct file_error *error) {
    return file_fail(error, "path",
                     "a name in the list has a NUL; expected --files0-from, whose names it ends, "
                     "or a list in UTF-8");
}

/* The name becomes its part from `first` on, of `length` bytes. */
static void keep(struct text *name, size_t first, size_t length) {
    memmove(name->data, name->data + first, length);
    name->data[length] = '\0';
    name->length = length;
}

static void strip(const struct list *list, bool begins, struct text *name) {
    if (begins && strncmp(name->data, mark, MARK) == 0 && !exists(name->data))
        keep(name, MARK, name->length - MARK);
    if (list->separator && name->length > 0 && name->data[name->length - 1] == '\r' &&
        !exists(name->data))
        keep(name, 0, name->length - 1);
}

enum status list_next(struct list *list, struct text *name, struct file_error *error) {
    const bool begins = !list->begun;
    const char *encoding = begins ? wide_encoding(list->stream) : NULL;
    enum status status = read_name(list, name, error);
    list->begun = true;
    bool read = status == STATUS_OK, has_nul = read && memchr(name->data, 0, name->length);
    if (encoding && (status == STATUS_LIMIT || has_nul || (read && !exists(name->data))))
        return refuse_wide(list, encoding, error);
    if (!read)
        return status;
    if (has_nul)
        return refuse_nul(error);
    strip(list, begins, name);
    if (strcmp(name->data, "-") == 0) { /* a file of this name */
        name->length = 0;
        text_add(name, "./-");
    }
    return name->failed ? file_fail_memory(error) : STATUS_OK;
}
