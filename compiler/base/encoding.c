#include "encoding.h"

#include "../../runtime/base/content.h"
#include "limits.h"

#include <string.h>

enum {
    HEAD = 64,         /* bytes in which binary data shows */
    HEAD_CONTROLS = 4, /* that many control bytes there are no accident */
};

static bool is_control(unsigned char byte) {
    return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
}

/* Does it begin as no text does? */
static bool is_binary(const char *text, size_t length) {
    size_t controls = 0;
    for (size_t i = 0; i < length && i < HEAD; i++)
        controls += is_control((unsigned char)text[i]);
    return controls >= HEAD_CONTROLS;
}

/* What is wrong with bytes that are no character of UTF-8. */
static const char *malformed(const char *text, size_t length) {
    unsigned char lead = (unsigned char)text[0];
    unsigned char next = length > 1 && text_continues(text[1]) ? (unsigned char)text[1] : 0;
    bool overlong = lead == 0xC0 || lead == 0xC1 || (lead == 0xE0 && next < 0xA0) ||
                    (lead == 0xF0 && next < 0x90);
    if (next && overlong)
        return "begins an overlong form of UTF-8";
    if (lead == 0xED && next >= 0xA0)
        return "begins half a surrogate pair, which is not valid UTF-8";
    return "is not valid UTF-8";
}

/* What is wrong with a well-formed character, or NULL. */
static const char *unwelcome(uint32_t character, bool before_line_feed) {
    if (character == '\t' || character == '\n')
        return NULL;
    if (character == '\r')
        return before_line_feed ? NULL : "a carriage return without a line feed";
    if (character == 0x85 || character == 0x2028 || character == 0x2029)
        return "a line separator that editors do not show as one";
    if (character < 0x20 || (character >= 0x7F && character < 0xA0))
        return "a control character";
    if (character == 0xFEFF)
        return "a byte order mark inside the text";
    return character == 0xFFFE || character == 0xFFFF ? "no character" : NULL;
}

static bool check_characters(struct diagnostics *diag, uint32_t source) {
    const char *text = diag->sources[source].text;
    size_t length = diag->sources[source].length;
    struct location at = {.source = source, .line = 1, .column = 1};
    for (size_t i = 0; i < length;) {
        uint32_t character;
        size_t bytes = text_utf8(text + i, length - i, &character);
        if (bytes == 0) {
            diag_error(diag, at, "spec-encoding", "byte 0x%02X %s", (unsigned char)text[i],
                       malformed(text + i, length - i));
            return false;
        }
        i += bytes;
        const char *why = unwelcome(character, i < length && text[i] == '\n');
        if (why) {
            diag_error(diag, at, "spec-encoding", "U+%04X is %s", (unsigned)character, why);
            return false;
        }
        at.column++;
        if (character == '\n') {
            at.line++;
            at.column = 1;
        }
    }
    return true;
}

/* What the file is comes first: that there is too much of it helps nobody who took the wrong one.
 */
bool encoding_check(struct diagnostics *diag, uint32_t source) {
    struct source *spec = &diag->sources[source];
    const struct location whole = {.source = source};
    const char *wide = content_wide(spec->text, spec->length);
    if (wide) {
        struct diagnostic *item =
            diag_error(diag, whole, "spec-encoding", "this text is %s; a spec is UTF-8", wide);
        diag_hint(diag, item, "convert it: iconv -f %s -t UTF-8", wide);
        return false;
    }
    const struct content *content = content_of((const unsigned char *)spec->text, spec->length);
    if (!content && spec->length > LIMIT_SPEC_BYTES) {
        diag_error(diag, whole, "limit-size", "a spec of %zu bytes or more; the limit is %d",
                   spec->length, LIMIT_SPEC_BYTES);
        return false;
    }
    if (content || is_binary(spec->text, spec->length)) {
        diag_error(diag, whole, "spec-syntax", "it is %s, no YAML text; expected a spec%s",
                   content ? content->name : "binary data",
                   content && content->kind == CONTENT_WEIGHTS
                       ? ", which may name it as its weights"
                       : "");
        return false;
    }
    if (spec->length >= 3 && memcmp(spec->text, "\xEF\xBB\xBF", 3) == 0) {
        spec->text += 3;
        spec->length -= 3;
    }
    return check_characters(diag, source);
}
