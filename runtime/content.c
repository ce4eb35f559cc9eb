#include "content.h"

#include <ctype.h>
#include <string.h>

#include "picture.h"
#include "plan_file.h"

/* `skip` bytes precede the mark, which may hold NULs. */
struct row {
    struct content content;
    const char *mark;
    size_t length, skip;
};

#define MARK(text) text, sizeof text - 1
#define MAGICK "magick FILE picture.png"
#define FFMPEG "ffmpeg -i FILE picture.png"
#define FRAMES "ffmpeg -i FILE -f image2pipe -c:v ppm - | cnnc run MODEL --frames pnm"

static const struct row rows[] = {
    {{"a GIF picture", MAGICK, CONTENT_OTHER}, MARK("GIF8"), 0},
    {{"a WebP picture", MAGICK, CONTENT_OTHER}, MARK("WEBP"), 8},
    {{"an AVIF picture", FFMPEG, CONTENT_OTHER}, MARK("ftypavif"), 4},
    {{"an AVIF picture", FFMPEG, CONTENT_OTHER}, MARK("ftypavis"), 4},
    {{"an HEIC picture", MAGICK, CONTENT_OTHER}, MARK("ftyphei"), 4},
    {{"an HEIC picture", MAGICK, CONTENT_OTHER}, MARK("ftyphev"), 4},
    {{"an HEIC picture", MAGICK, CONTENT_OTHER}, MARK("ftypmif1"), 4},
    {{"an MP4 video", FRAMES, CONTENT_OTHER}, MARK("ftyp"), 4},
    {{"a Matroska or WebM video", FRAMES, CONTENT_OTHER}, MARK("\x1A\x45\xDF\xA3"), 0},
    {{"an AVI video", FRAMES, CONTENT_OTHER}, MARK("AVI "), 8},
    {{"a TIFF picture", MAGICK, CONTENT_OTHER}, MARK("II*\0"), 0},
    {{"a TIFF picture", MAGICK, CONTENT_OTHER}, MARK("MM\0*"), 0},
    {{"a PSD picture", MAGICK, CONTENT_OTHER}, MARK("8BPS"), 0},
    {{"a JPEG 2000 picture", MAGICK, CONTENT_OTHER}, MARK("jP  "), 4},
    {{"a JPEG 2000 picture", MAGICK, CONTENT_OTHER}, MARK("\xFF\x4F\xFF\x51"), 0},
    {{"a JPEG XL picture", MAGICK, CONTENT_OTHER}, MARK("JXL "), 4},
    {{"a JPEG XL picture", MAGICK, CONTENT_OTHER}, MARK("\xFF\x0A"), 0},
    {{"an OpenEXR picture", MAGICK, CONTENT_OTHER}, MARK("\x76\x2F\x31\x01"), 0},
    {{"a PFM picture", MAGICK, CONTENT_OTHER}, MARK("PF\n"), 0},
    {{"a PFM picture", MAGICK, CONTENT_OTHER}, MARK("Pf\n"), 0},
    {{"a PDF document", "pdftoppm -png FILE page", CONTENT_OTHER}, MARK("%PDF"), 0},
    {{"compressed by gzip", "gunzip FILE", CONTENT_IDX}, MARK("\x1F\x8B"), 0},
    {{"a ZIP archive", "unzip FILE", CONTENT_WEIGHTS}, MARK("PK\x03\x04"), 0},
    {{"an npy array", NULL, CONTENT_NPY}, MARK("\x93NUMPY"), 0},
    {{"an HDF5 file", NULL, CONTENT_OTHER}, MARK("\x89HDF\r\n"), 0},
    {{"a program", NULL, CONTENT_OTHER}, MARK("\177ELF"), 0},
    {{"a tar archive", "tar -xf FILE", CONTENT_OTHER}, MARK("ustar"), 257},
    {{"a TensorFlow Lite model", NULL, CONTENT_OTHER}, MARK("TFL3"), 4},
    {{"a pickle of Python, as PyTorch saves", NULL, CONTENT_OTHER}, MARK("\x80\x02}"), 0},
    {{"a pickle of Python, as PyTorch saves", NULL, CONTENT_OTHER}, MARK("\x80\x02\x8A"), 0},
};

static bool begins(const unsigned char *bytes, size_t length, const char *with, size_t count) {
    return length >= count && memcmp(bytes, with, count) == 0;
}

static const struct content *of_picture(const unsigned char *bytes, size_t length) {
    static const struct content png = {"a PNG picture", NULL, CONTENT_OTHER},
                                jpeg = {"a JPEG picture", NULL, CONTENT_OTHER},
                                pnm = {"a PNM picture", NULL, CONTENT_OTHER};
    const char *type = picture_type(bytes, length);
    return !type                       ? NULL
           : strcmp(type, "png") == 0  ? &png
           : strcmp(type, "jpeg") == 0 ? &jpeg
                                       : &pnm;
}

static const struct content *of_marks(const unsigned char *bytes, size_t length) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        bool found = length > row->skip &&
                     begins(bytes + row->skip, length - row->skip, row->mark, row->length);
        if (found)
            return &row->content;
    }
    return NULL;
}

/* What has no mark, but a head that is unlikely otherwise. */
static const struct content *of_head(const unsigned char *bytes, size_t length) {
    static const struct content bmp = {"a BMP picture", MAGICK, CONTENT_OTHER},
                                idx = {"an IDX file", NULL, CONTENT_IDX},
                                tensors = {"a safetensors file", NULL, CONTENT_WEIGHTS},
                                onnx = {"an ONNX model", NULL, CONTENT_ONNX},
                                plan = {"a compiled plan", NULL, CONTENT_PLAN};
    if (plan_file_sniff(bytes, length))
        return &plan;
    if (begins(bytes, length, "BM", 2) && length >= 10 && memcmp(bytes + 6, "\0\0\0\0", 4) == 0)
        return &bmp;
    if (length >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 0x08 && bytes[2] <= 0x0E &&
        bytes[3] >= 1 && bytes[3] <= 8)
        return &idx;
    if (length >= 9 && memcmp(bytes + 4, "\0\0\0\0{", 5) == 0)
        return &tensors;
    if (length >= 2 && bytes[0] == 0x08 && bytes[1] < 0x20) /* field 1, ir_version */
        return &onnx;
    return NULL;
}

static const struct content *of_markup(const unsigned char *bytes, size_t length) {
    static const struct content svg = {"an SVG drawing", "rsvg-convert FILE -o picture.png",
                                       CONTENT_OTHER},
                                xml = {"XML, perhaps SVG", "rsvg-convert FILE -o picture.png",
                                       CONTENT_OTHER},
                                html = {"an HTML page", NULL, CONTENT_OTHER};
    while (length > 0 && strchr("\xEF\xBB\xBF \t\r\n", *bytes) && *bytes)
        bytes++, length--;
    if (begins(bytes, length, "<svg", 4))
        return &svg;
    if (begins(bytes, length, "<?xml", 5))
        return &xml;
    bool page = length > 1 && *bytes == '<' && (bytes[1] == '!' || isalpha(bytes[1]));
    return page ? &html : NULL;
}

const struct content *content_of(const unsigned char *bytes, size_t length) {
    static const struct content *(*const looks[])(const unsigned char *, size_t) = {
        of_picture, of_marks, of_head, of_markup};
    const struct content *content = NULL;
    for (size_t i = 0; i < sizeof looks / sizeof *looks && !content; i++)
        content = looks[i](bytes, length);
    return content;
}
