/* What is damaged is judged by the undamaged picture: where the damaged file decodes to its pixels,
 * it is read, with a note; elsewhere it is an error. libjpeg warns of both alike:
 *  - A warning of what the pixels do not depend on is a note: wrong numbers in the header of a
 *    sequential scan, stray bytes before the first scan.
 *  - Where data ran out, or hold no code, the library makes up pixels: an error.
 *  - Stray bytes in and after scans, restart markers of other numbers, a missing end, a scan that
 *    comes twice may be either. The data are gone over once more, see jpeg_scans.h: they must hold
 *    each block of each scan, and end with the last.
 *  - Where scans are missing there is no warning, but coefficients without their last bits, or a
 *    component without any: an error.
 *
 * testdata/tools/damage_jpeg.py damages pictures in 37 ways, 400 times each. Of 6609 files that
 * decode to the undamaged pixels 433 are refused; but 283 of these had lost data, and libjpeg
 * happened to make up the same pixels. With stray bytes alone it is 7 of 2800. Of 7457 files that
 * decode to other pixels, and of which the library warns, or to none, 30 are read: flipped, lost
 * or inserted bytes, after which blocks end by chance where padding begins. 734 more decode to
 * other pixels without a warning, which nothing tells from other pictures. */
#include "jpeg.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "jpeg_scans.h"

enum { SCANS_MOST = 500 /* however few the pixels; see PICTURE_WORK */ };

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    enum status status; /* why it failed */
    struct file_error *error;
    size_t length;
    int scans;   /* most */
    size_t left; /* bytes that may be taken */
    const struct picture_options *options;
    const unsigned char *begin, *next; /* of the file; what was read of it */
    struct picture_sink *sink;
    uint8_t *rows;                 /* [PICTURE_ROWS][width][channels] */
    bool all_rows;                 /* were read */
    char warning[JMSG_LENGTH_MAX]; /* the first in doubt, or the first; or "" */
    const char *doubt;             /* the class of the first that may have cost pixels; or NULL */
};

/* ---- what libjpeg calls: it neither prints nor exits ---- */

static _Noreturn void stop(struct reader *reader, enum status status) {
    reader->status = status;
    longjmp(reader->failed, 1);
}

/* Ends with the library's own words: those of the damage that it met first. */
static _Noreturn void fail(j_common_ptr jpeg, const char *class, const char *expected) {
    struct reader *reader = jpeg->client_data;
    char fault[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, fault);
    if (reader->doubt)
        class = reader->doubt;
    enum status status = file_fail(reader->error, class, "libjpeg says: %s; expected %s",
                                   reader->doubt ? reader->warning : fault, expected);
    stop(reader, strcmp(class, "image-limit") == 0 ? STATUS_LIMIT : status);
}

/* Of a warning that is an error where pixels are lost, and then of this class. */
static void warn(struct reader *reader, const char *class, bool doubtful) {
    j_common_ptr jpeg = (j_common_ptr)&reader->jpeg;
    if (doubtful ? !reader->doubt : !reader->warning[0])
        jpeg->err->format_message(jpeg, reader->warning);
    if (doubtful && !reader->doubt)
        reader->doubt = class;
}

static _Noreturn void on_error(j_common_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    if (reader->all_rows && jpeg->err->msg_code != JERR_OUT_OF_MEMORY) {
        warn(reader, "image-format", true);
        stop(reader, STATUS_OK);
    }
    switch (jpeg->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
        stop(reader, STATUS_MEMORY);
    case JERR_NO_BACKING_STORE: /* of a picture beyond max_memory_to_use */
        stop(reader, picture_fail_limit(reader->error));
    case JERR_IMAGE_TOO_BIG:
        fail(jpeg, "image-limit", "a smaller picture");
    case JERR_EMPTY_IMAGE:
        if (reader->jpeg.image_height > 0)
            fail(jpeg, "image-format", "a pixel at least");
        /* a DNL marker behind the first scan would tell */
        fail(jpeg, "image-unsupported", "the number of rows in the header");
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_ARITH_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_NOTIMPL:
        fail(jpeg, "image-unsupported", "8-bit baseline or progressive JPEG");
    default:
        fail(jpeg, "image-format", "a sound JPEG");
    }
}

/* The library warns of damage, and makes up the pixels that it cannot decode. Some damage touches
 * none; which does, judge() says when all is read. */
static void on_message(j_common_ptr jpeg, int level) {
    struct reader *reader = jpeg->client_data;
    if (level >= 0)
        return;
    switch (jpeg->err->msg_code) {
    case JWRN_JFIF_MAJOR: /* of marks that say nothing of the pixels */
    case JWRN_BOGUS_ICC:
        return;
    case JWRN_ADOBE_XFORM: /* it guesses YCbCr, as nearly all are, or YCCK, as half are */
        warn(reader, "image-format", false);
        if (reader->jpeg.num_components == 4)
            fail(jpeg, "image-format", "a sound JPEG");
        return;
    case JWRN_NOT_SEQUENTIAL: /* what a sequential scan does not need is not heeded */
        warn(reader, "image-format", false);
        return;
    case JWRN_EXTRANEOUS_DATA: /* before the first scan they stand between what is whole */
        warn(reader, "image-format", reader->jpeg.input_scan_number > 0);
        return;
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION:
        warn(reader, "image-format", true);
        return;
    case JWRN_JPEG_EOF:
        warn(reader, "image-trunc", true);
        return;
    case JWRN_HIT_MARKER:
        fail(jpeg, "image-trunc", "all rows, and EOI");
    default:
        fail(jpeg, "image-format", "a sound JPEG");
    }
}

static void on_progress(j_common_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    const unsigned char *next = reader->jpeg.src->next_input_byte;
    /* libjpeg may read an end of its own where the file has none */
    if (next > reader->next && next <= reader->begin + reader->length) {
        picture_release(reader->options, reader->begin, reader->next, next);
        reader->next = next;
    }
    if (reader->jpeg.input_scan_number <= reader->scans)
        return;
    file_fail(reader->error, "image-limit", "it has more than %d scans; expected at most %d",
              reader->scans, reader->scans);
    stop(reader, STATUS_LIMIT);
}

/* ---- reading ---- */

static JSAMPLE scaled(unsigned ink, unsigned black) {
    unsigned product = ink * black + 128; /* ink * black / 255, rounded */
    return (JSAMPLE)((product + (product >> 8)) >> 8);
}

/* Adobe stores inks inverted, so that 255 is none: these are light already. Pillow takes every
 * JPEG of four components for one of Adobe's (JpegImagePlugin.py), and the arithmetic is that of
 * Convert.c. */
static void light_of_inks(const JSAMPLE *inks, size_t width, uint8_t *row) {
    for (size_t x = 0; x < width; x++, inks += 4, row += 3)
        for (size_t channel = 0; channel < 3; channel++) {
            int light = inks[3] - scaled(255U - inks[channel], inks[3]);
            row[channel] = (uint8_t)(light < 0 ? 0 : light);
        }
}

static void make_room(struct reader *reader, size_t rows, size_t stride) {
    free(reader->rows);
    enum status status =
        picture_allocate(rows, stride, &reader->left, &reader->rows, reader->error);
    if (status != STATUS_OK)
        stop(reader, status);
}

static void read_inks(struct reader *reader) {
    j_decompress_ptr jpeg = &reader->jpeg;
    const size_t width = jpeg->output_width;
    JSAMPARRAY inks =
        jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, 4 * (JDIMENSION)width, 1);
    make_room(reader, PICTURE_ROWS, width * 3);
    while (jpeg->output_scanline < jpeg->output_height) {
        size_t count = 0;
        for (; count < PICTURE_ROWS && jpeg->output_scanline < jpeg->output_height; count++) {
            (void)jpeg_read_scanlines(jpeg, inks, 1);
            light_of_inks(inks[0], width, reader->rows + count * width * 3);
        }
        reader->sink->push(reader->sink, reader->rows, count);
    }
}

static void read_rows(struct reader *reader) {
    j_decompress_ptr jpeg = &reader->jpeg;
    const size_t stride = (size_t)jpeg->output_width * (size_t)jpeg->output_components;
    JSAMPROW rows[PICTURE_ROWS];
    make_room(reader, PICTURE_ROWS, stride);
    while (jpeg->output_scanline < jpeg->output_height) {
        JDIMENSION count = 0;
        for (size_t i = 0; i < PICTURE_ROWS; i++)
            rows[i] = reader->rows + i * stride;
        while (count < PICTURE_ROWS && jpeg->output_scanline < jpeg->output_height)
            count += jpeg_read_scanlines(jpeg, rows + count, PICTURE_ROWS - count);
        reader->sink->push(reader->sink, reader->rows, count);
    }
}

/* Bytes of the coefficients, which are kept until the last scan where there are several. */
static size_t coefficient_bytes(const struct jpeg_decompress_struct *jpeg) {
    size_t blocks = 0;
    for (int i = 0; i < jpeg->num_components; i++) {
        const jpeg_component_info *c = &jpeg->comp_info[i];
        size_t across = (size_t)c->h_samp_factor, down = (size_t)c->v_samp_factor;
        blocks += (c->width_in_blocks + across - 1) / across * across *
                  ((c->height_in_blocks + down - 1) / down * down);
    }
    return blocks * DCTSIZE2 * sizeof(JCOEF);
}

static void limit_work(struct reader *reader) {
    j_decompress_ptr jpeg = &reader->jpeg;
    uint64_t scans = PICTURE_WORK / ((uint64_t)jpeg->image_width * jpeg->image_height);
    reader->scans = scans > SCANS_MOST ? SCANS_MOST : (int)scans;
    if (jpeg_has_multiple_scans(jpeg) && coefficient_bytes(jpeg) > reader->left)
        stop(reader, picture_fail_whole(reader->error,
                                        jpeg->progressive_mode ? "progressive" : "in several scans",
                                        coefficient_bytes(jpeg)));
    size_t left = reader->left;
    jpeg->mem->max_memory_to_use = left < 1 ? 1 : left < LONG_MAX ? (long)left : LONG_MAX;
}

/* Whether each component had its scans, and to the last bit. A picture may have coefficients that
 * no scan has, but not where it has no end either. */
static bool is_complete(const struct reader *reader) {
    const struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    for (int component = 0; component < jpeg->num_components; component++) {
        if (!jpeg->comp_info[component].quant_table)
            return false;
        for (int k = 0; jpeg->coef_bits && k < DCTSIZE2; k++) {
            int bits = jpeg->coef_bits[component][k]; /* that are missing; -1: all of them */
            if (bits > 0 || (bits < 0 && reader->doubt))
                return false;
        }
    }
    return true;
}

static void read_picture(struct reader *reader, const unsigned char *bytes,
                         const struct picture_options *options) {
    j_decompress_ptr jpeg = &reader->jpeg;
    jpeg_create_decompress(jpeg);
    jpeg->client_data = reader;
    jpeg->progress = &reader->progress;
    jpeg_mem_src(jpeg, bytes, reader->length);
    (void)jpeg_read_header(jpeg, TRUE);
    int components = jpeg->num_components;
    if (components != 1 && components != 3 && components != 4)
        stop(reader, file_fail(reader->error, "image-unsupported",
                               "it has %d components; expected 1, 3 or 4", components));
    enum status status =
        picture_begin(jpeg->image_width, jpeg->image_height, components == 1 ? 1 : 3, options,
                      &reader->left, reader->sink, reader->error);
    if (status != STATUS_OK)
        stop(reader, status);
    limit_work(reader);
    jpeg->out_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
    (void)jpeg_start_decompress(jpeg);
    if (components == 4)
        read_inks(reader);
    else
        read_rows(reader);
    if (!is_complete(reader))
        stop(reader, file_fail(reader->error, "image-trunc",
                               "scans of it are missing; expected all of them, to the last bit"));
    reader->all_rows = !options->alone;
    (void)jpeg_finish_decompress(jpeg);
    reader->status = picture_check_rest(jpeg->src->next_input_byte, jpeg->src->bytes_in_buffer,
                                        options, reader->error);
}

static enum status judge(const struct reader *reader, const unsigned char *bytes) {
    bool whole = true;
    if (reader->doubt && jpeg_scans_check(bytes, reader->length, &whole) != STATUS_OK)
        return STATUS_MEMORY;
    if (!whole)
        return file_fail(reader->error, reader->doubt, "libjpeg says: %s; expected a sound JPEG",
                         reader->warning);
    if (reader->warning[0])
        (void)file_fail(reader->error, "note", "libjpeg says: %s; no pixel is lost",
                        reader->warning);
    return STATUS_OK;
}

enum status jpeg_decode(const unsigned char *bytes, size_t length,
                        const struct picture_options *options, struct picture_sink *sink,
                        struct file_error *error) {
    struct reader reader = {.error = error,
                            .length = length,
                            .scans = SCANS_MOST,
                            .left = options->memory,
                            .options = options,
                            .begin = bytes,
                            .next = bytes,
                            .sink = sink};
    reader.jpeg.err = jpeg_std_error(&reader.errors);
    reader.jpeg.client_data = &reader;
    reader.errors.error_exit = on_error;
    reader.errors.emit_message = on_message;
    reader.progress.progress_monitor = on_progress;
    if (!setjmp(reader.failed))
        read_picture(&reader, bytes, options);
    jpeg_destroy_decompress(&reader.jpeg);
    free(reader.rows);
    if (reader.status == STATUS_OK)
        reader.status = judge(&reader, bytes);
    return reader.status == STATUS_MEMORY ? picture_fail_memory(error) : reader.status;
}

const unsigned char *jpeg_exif(const unsigned char *bytes, size_t length, size_t *exif_length) {
    static const unsigned char mark[6] = "Exif"; /* and two zeros */
    size_t next = 2;                             /* behind SOI */
    while (next < length && length - next >= 4 && bytes[next] == 0xFF) {
        const unsigned char *segment = bytes + next;
        if (segment[1] == 0xFF) { /* a filler */
            next++;
            continue;
        }
        if (segment[1] == 0xDA || segment[1] == 0xD9) /* SOS, EOI */
            break;
        size_t size = (size_t)segment[2] << 8 | segment[3]; /* with these two bytes */
        if (size < 2 || size > length - next - 2)
            break;
        if (segment[1] == 0xE1 && size >= 2 + sizeof mark &&
            memcmp(segment + 4, mark, sizeof mark) == 0) {
            *exif_length = size - 2 - sizeof mark;
            return segment + 4 + sizeof mark;
        }
        next += 2 + size;
    }
    return NULL;
}
