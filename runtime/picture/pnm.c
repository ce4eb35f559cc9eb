#include "pnm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAXIMUM = 65535, DEPTH = 4 /* most samples of a pixel */ };

struct reader {
    const unsigned char *begin, *next, *end;
    struct file_error *error;
    char type;                     /* '1' to '7' */
    size_t width, height, maximum; /* maximum: of a sample, >= 1 */
    size_t depth;                  /* samples of a pixel; 2 and 4 end in alpha */
    size_t channels;               /* of a pixel as it is given */
    uint8_t *levels;               /* [maximum + 1]: what each sample becomes */
    uint8_t *rows;                 /* [PICTURE_ROWS][width][channels] */
};

#define FAIL(reader, class, ...)                                                                   \
    file_fail_at((reader)->error, class, (size_t)((reader)->next - (reader)->begin), __VA_ARGS__)

static bool is_blank(int byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static enum status cut(struct reader *reader, const char *expected) {
    return FAIL(reader, "image-trunc", "it ends here; expected %s", expected);
}

/* ---- numbers in text: header  = magic { gap number } blank
 *                            gap    = blank { blank } | "#" { any but CR, LF } ---- */

static void skip_comment(struct reader *reader) {
    while (reader->next < reader->end && *reader->next != '\n' && *reader->next != '\r')
        reader->next++;
}

static void skip_gap(struct reader *reader) {
    for (; reader->next < reader->end; reader->next++) {
        if (*reader->next == '#')
            skip_comment(reader);
        if (reader->next == reader->end || !is_blank(*reader->next))
            return;
    }
}

static enum status read_digits(struct reader *reader, const char *what, size_t *number) {
    const unsigned char *first = reader->next;
    for (*number = 0; reader->next < reader->end && *reader->next >= '0' && *reader->next <= '9';
         reader->next++) {
        size_t digit = (size_t)(*reader->next - '0');
        if (!size_mul(*number, 10, number) || !size_add(*number, digit, number))
            return FAIL(reader, "image-format", "a number passes 2^64; expected %s", what);
    }
    if (reader->next > first)
        return STATUS_OK;
    if (reader->next == reader->end)
        return cut(reader, what);
    return FAIL(reader, "image-format", "byte 0x%02X is no digit; expected %s", *reader->next,
                what);
}

/* A number of the header, and the one byte behind it, a comment being one with its line's end. */
static enum status read_field(struct reader *reader, const char *what, size_t *number) {
    skip_gap(reader);
    enum status status = read_digits(reader, what, number);
    if (status != STATUS_OK)
        return status;
    if (reader->next < reader->end && *reader->next == '#')
        skip_comment(reader);
    if (reader->next == reader->end)
        return cut(reader, "white space after a number of the header");
    if (!is_blank(*reader->next))
        return FAIL(reader, "image-format", "byte 0x%02X follows %s; expected white space",
                    *reader->next, what);
    reader->next++;
    return STATUS_OK;
}

static enum status read_header(struct reader *reader) {
    reader->maximum = 1;
    reader->depth = reader->type == '3' || reader->type == '6' ? 3 : 1;
    reader->next += 2;
    if (reader->next < reader->end && !is_blank(*reader->next) && *reader->next != '#')
        return FAIL(reader, "image-format", "byte 0x%02X follows P%c; expected white space",
                    *reader->next, reader->type);
    enum status status = read_field(reader, "a width", &reader->width);
    if (status == STATUS_OK)
        status = read_field(reader, "a height", &reader->height);
    if (status == STATUS_OK && reader->type != '1' && reader->type != '4')
        status = read_field(reader, "the largest sample", &reader->maximum);
    return status;
}

/* ---- PAM: magic, then lines "FIELD value" up to "ENDHDR" ---- */

struct line {
    const char *text;
    size_t length;
};

static bool starts(const struct line *line, const char *field) {
    size_t length = strlen(field);
    return line->length >= length && memcmp(line->text, field, length) == 0 &&
           (line->length == length || is_blank(line->text[length]));
}

/* Alpha comes with a pixel's last sample, whatever the type is called. */
static enum status check_type(struct reader *reader, const struct line *line) {
    static const char *const known[] = {"BLACKANDWHITE",       "GRAYSCALE",       "RGB",
                                        "BLACKANDWHITE_ALPHA", "GRAYSCALE_ALPHA", "RGB_ALPHA"};
    struct line name = *line;
    while (name.length > 0 && !is_blank(*name.text)) /* the field */
        name.text++, name.length--;
    while (name.length > 0 && is_blank(*name.text))
        name.text++, name.length--;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (starts(&name, known[i]))
            return STATUS_OK;
    return FAIL(reader, "image-unsupported",
                "its TUPLTYPE is none of pictures; expected GRAYSCALE or RGB, with _ALPHA or not");
}

/* Up to the line's end, which is left to be read. */
static enum status find_line(struct reader *reader, struct line *line) {
    size_t left = (size_t)(reader->end - reader->next);
    const unsigned char *end = memchr(reader->next, '\n', left);
    *line = (struct line){(const char *)reader->next, end ? (size_t)(end - reader->next) : left};
    if (end)
        return STATUS_OK;
    reader->next = reader->end;
    return cut(reader, "ENDHDR and a line's end");
}

static enum status read_pam_line(struct reader *reader, const struct line *line) {
    const struct {
        const char *name;
        size_t *number;
    } fields[] = {{"WIDTH", &reader->width},
                  {"HEIGHT", &reader->height},
                  {"DEPTH", &reader->depth},
                  {"MAXVAL", &reader->maximum}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (!starts(line, fields[i].name))
            continue;
        reader->next += strlen(fields[i].name);
        return read_field(reader, fields[i].name, fields[i].number);
    }
    if (!starts(line, "TUPLTYPE"))
        return FAIL(reader, "image-format",
                    "a line of its header is unknown; expected WIDTH, HEIGHT, DEPTH, MAXVAL, "
                    "TUPLTYPE or ENDHDR");
    enum status status = check_type(reader, line);
    reader->next += line->length;
    return status;
}

static enum status read_pam_header(struct reader *reader) {
    struct line line;
    enum status status = find_line(reader, &line);
    if (status != STATUS_OK)
        return status;
    if (line.length != 2)
        return FAIL(reader, "image-format", "P7 is not alone on its line; expected PAM");
    for (reader->next += 2; status == STATUS_OK; status = read_pam_line(reader, &line)) {
        skip_gap(reader);
        status = find_line(reader, &line);
        if (status != STATUS_OK || starts(&line, "ENDHDR"))
            break;
    }
    if (status == STATUS_OK)
        reader->next += line.length + 1;
    return status;
}

/* ---- pixels ---- */

static enum status check_header(struct reader *reader) {
    if (reader->maximum < 1 || reader->maximum > MAXIMUM)
        return FAIL(reader, "image-format", "its largest sample is %zu; expected 1 to %d",
                    reader->maximum, MAXIMUM);
    if (reader->depth < 1 || reader->depth > DEPTH)
        return FAIL(reader, "image-format", "its depth is %zu; expected 1 to %d", reader->depth,
                    DEPTH);
    if (reader->width < 1 || reader->height < 1)
        return FAIL(reader, "image-format", "it is %zux%zu; expected a pixel at least",
                    reader->width, reader->height);
    return STATUS_OK;
}

/* The fewest bytes that the pixels take; all there can be when that is beyond counting. */
static size_t least_bytes(const struct reader *reader) {
    size_t row = reader->width / 8 + (reader->width % 8 != 0), bytes;
    if (reader->type != '4') {
        size_t text = reader->type == '2' || reader->type == '3'; /* a blank between samples */
        size_t sample = text || (reader->type >= '5' && reader->maximum > 255) ? 2 : 1;
        if (!size_mul(reader->width, reader->depth * sample, &row))
            return SIZE_MAX;
    }
    return size_mul(row, reader->height, &bytes) ? bytes : SIZE_MAX;
}

/* Before any memory is taken: are there bytes for all pixels, and no others? */
static enum status check_length(struct reader *reader) {
    size_t left = (size_t)(reader->end - reader->next), least = least_bytes(reader);
    bool text = reader->type <= '3';
    if (left + text < least) { /* no blank need follow the last sample */
        reader->next = reader->end;
        return FAIL(reader, "image-trunc", "its pixels have %zu bytes; expected %zu%s", left, least,
                    text ? " or more" : "");
    }
    if (!text && left > least) {
        reader->next += least;
        return FAIL(reader, "image-format", "%zu bytes follow its pixels; expected one picture",
                    left - least);
    }
    return STATUS_OK;
}

/* Pillow's PpmImagePlugin.py: round(value / maxval * 255), to the even of two; at most 255. */
static enum status make_levels(struct reader *reader) {
    size_t codes = reader->maximum < 256 ? 256 : MAXIMUM + 1;
    reader->levels = malloc(codes);
    if (!reader->levels)
        return picture_fail_memory(reader->error);
    for (size_t i = 0; i < codes; i++) {
        double level = rint((double)i / (double)reader->maximum * 255);
        reader->levels[i] = (uint8_t)(level > 255 ? 255 : level);
    }
    return STATUS_OK;
}

static void read_bits(struct reader *reader, size_t samples) {
    for (size_t i = 0; i < samples; i++) {
        size_t x = i % reader->width;
        reader->rows[i] = *reader->next >> (7 - x % 8) & 1 ? 0 : 255; /* 1 is black */
        reader->next += x % 8 == 7 || x == reader->width - 1;
    }
}

static void read_samples(struct reader *reader, size_t samples) {
    size_t size = reader->maximum < 256 ? 1 : 2, channels = reader->channels;
    for (size_t i = 0; i < samples; i += channels, reader->next += reader->depth * size)
        for (size_t channel = 0; channel < channels; channel++) {
            const unsigned char *sample = reader->next + channel * size;
            size_t code = size == 1 ? *sample : (size_t)sample[0] << 8 | sample[1];
            reader->rows[i + channel] = reader->levels[code];
        }
}

static enum status read_text(struct reader *reader, size_t samples) {
    for (size_t i = 0, value; i < samples; i++) {
        skip_gap(reader);
        const unsigned char *whole = reader->end;
        if (reader->type == '1' && reader->next < whole)
            reader->end = reader->next + 1; /* bits need no space between them */
        enum status status = read_digits(reader, "a sample", &value);
        reader->end = whole;
        if (status != STATUS_OK)
            return status;
        if (value > reader->maximum)
            return FAIL(reader, "image-format", "a sample is %zu; expected at most %zu", value,
                        reader->maximum);
        reader->rows[i] = reader->type == '1' ? (value ? 0 : 255) : reader->levels[value];
    }
    return STATUS_OK;
}

/* Nothing but blanks. */
static enum status read_end_of_text(struct reader *reader) {
    skip_gap(reader);
    if (reader->next < reader->end)
        return FAIL(reader, "image-format", "byte 0x%02X follows its pixels; expected one picture",
                    *reader->next);
    return STATUS_OK;
}

/* Rows that are stored as a sink takes them are not copied. */
static bool is_plain(const struct reader *reader) {
    return reader->type >= '5' && reader->maximum == 255 && reader->depth == reader->channels;
}

static enum status read_pixels(struct reader *reader, const struct picture_options *options,
                               struct picture_sink *sink) {
    const size_t stride = reader->width * reader->channels;
    const bool plain = is_plain(reader);
    enum status status = STATUS_OK;
    for (size_t y = 0, n; y < reader->height && status == STATUS_OK; y += n) {
        const unsigned char *before = reader->next;
        n = reader->height - y < PICTURE_ROWS ? reader->height - y : PICTURE_ROWS;
        if (plain)
            reader->next += n * stride;
        else if (reader->type <= '3')
            status = read_text(reader, n * stride);
        else if (reader->type == '4')
            read_bits(reader, n * stride);
        else
            read_samples(reader, n * stride);
        if (status == STATUS_OK)
            sink->push(sink, plain ? before : reader->rows, n);
        picture_release(options, reader->begin, before, reader->next);
    }
    return status == STATUS_OK && reader->type <= '3' ? read_end_of_text(reader) : status;
}

static enum status read_any_header(struct reader *reader) {
    enum status status = reader->type == '7' ? read_pam_header(reader) : read_header(reader);
    return status == STATUS_OK ? check_header(reader) : status;
}

enum status pnm_size(const unsigned char *bytes, size_t length, uint64_t area, size_t *size,
                     struct file_error *error) {
    struct reader reader = {bytes, bytes, bytes + length, .error = error};
    if (length < 2 && (length == 0 || bytes[0] == 'P'))
        return cut(&reader, "PNM or PAM");
    if (bytes[0] != 'P' || bytes[1] < '4' || bytes[1] > '7')
        return FAIL(&reader, "image-format", "no binary PNM or PAM begins here; expected P4 to P7");
    reader.type = (char)bytes[1];
    enum status status = read_any_header(&reader);
    if (status == STATUS_OK)
        status = picture_check_size(reader.width, reader.height, area, error);
    if (status == STATUS_OK)
        *size = (size_t)(reader.next - reader.begin) + least_bytes(&reader);
    return status;
}

enum status pnm_decode(const unsigned char *bytes, size_t length,
                       const struct picture_options *options, struct picture_sink *sink,
                       struct file_error *error) {
    struct reader reader = {bytes, bytes, bytes + length, .error = error, .type = (char)bytes[1]};
    size_t left = options->memory;
    enum status status = read_any_header(&reader);
    if (status == STATUS_OK)
        status = check_length(&reader);
    reader.channels = reader.depth >= 3 ? 3 : 1;
    if (status == STATUS_OK)
        status = picture_begin(reader.width, reader.height, reader.channels, options, &left, sink,
                               error);
    if (status != STATUS_OK)
        return status;
    if (!is_plain(&reader)) {
        status = picture_allocate(PICTURE_ROWS, reader.width * reader.channels, &left, &reader.rows,
                                  error);
        if (status == STATUS_OK)
            status = make_levels(&reader);
    }
    if (status == STATUS_OK)
        status = read_pixels(&reader, options, sink);
    free(reader.rows);
    free(reader.levels);
    return status;
}
