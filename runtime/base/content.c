#include "content.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include <zlib.h>

/* Bytes at an offset; they may hold NULs. */
struct mark {
    size_t offset;
    const char *bytes;
    size_t length;
};

/* Known by one mark or by two. One that text may hold has another at 0 that begins no spec: words
 * of a comment may stand at any other place. */
struct row {
    struct content content;
    struct mark marks[2];
};

#define AT(offset, text)                                                                           \
    { offset, text, sizeof text - 1 }
#define MAGICK "magick FILE picture.png"
#define FFMPEG "ffmpeg -i FILE picture.png"
#define EVAL "cnnc eval MODEL --data FILE"
#define FRAMES "ffmpeg -i FILE -f image2pipe -c:v ppm - | cnnc run MODEL --frames pnm"

#define PICKLE "a pickle of Python, as PyTorch saves"

/* How weights are had of it. */
#define UNPACK(command) "; unpack it first, as '" command "' does"
#define TORCH ", as safetensors.torch.save_file(model.state_dict(), NAME) writes"
#define NUMPY ", as numpy.savez(NAME, **{'conv1.weight': array, ...}) writes"
#define KERAS                                                                                      \
    "; in Python, numpy.savez(NAME, **{'conv1.weight': array, ...}) writes one, filters x "        \
    "channels "                                                                                    \
    "x height x width"
#define GGUF ": such models are not convolutional networks, and most are quantised"
#define LFS "; run 'git lfs pull' to have the file that it points to"
#define MATLAB                                                                                     \
    "; in Python, scipy.io.loadmat reads it and numpy.savez(NAME, **{'conv1.weight': array, "      \
    "...}) "                                                                                       \
    "writes one"
#define MXNET                                                                                      \
    "; in Python, mxnet.nd.load reads it and numpy.savez(NAME, **{'conv1.weight': array, ...}) "   \
    "writes one"
#define NCNN "; it has no names: take the model from which it was converted"
#define ONNX                                                                                       \
    "; in Python, {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer} are "   \
    "arrays for numpy.savez"
#define PAGE "; fetch the file itself, not the page that shows it"

static const struct row rows[] = {
    {{"a GIF picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "GIF8")}},
    {{"a WebP picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "RIFF"), AT(8, "WEBP")}},
    {{"an AVIF picture", FFMPEG, CONTENT_OTHER, NULL}, {AT(0, "\0"), AT(4, "ftypavif")}},
    {{"an AVIF picture", FFMPEG, CONTENT_OTHER, NULL}, {AT(0, "\0"), AT(4, "ftypavis")}},
    {{"an HEIC picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "\0"), AT(4, "ftyphei")}},
    {{"an HEIC picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "\0"), AT(4, "ftyphev")}},
    {{"an HEIC picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "\0"), AT(4, "ftypmif1")}},
    {{"an MP4 video", FRAMES, CONTENT_OTHER, NULL}, {AT(0, "\0"), AT(4, "ftyp")}},
    {{"a Matroska or WebM video", FRAMES, CONTENT_OTHER, NULL}, {AT(0, "\x1A\x45\xDF\xA3")}},
    {{"an AVI video", FRAMES, CONTENT_OTHER, NULL}, {AT(0, "RIFF"), AT(8, "AVI ")}},
    {{"a TIFF picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "II*\0")}},
    {{"a TIFF picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "MM\0*")}},
    {{"a PSD picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "8BPS\0")}},
    {{"a JPEG 2000 picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "\0\0\0\x0CjP  ")}},
    {{"a JPEG 2000 picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "\xFF\x4F\xFF\x51")}},
    {{"a JPEG XL picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "\0\0\0\x0CJXL ")}},
    {{"a JPEG XL picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "\xFF\x0A")}},
    {{"an OpenEXR picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "\x76\x2F\x31\x01")}},
    {{"a PFM picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "PF\n")}},
    {{"a PFM picture", MAGICK, CONTENT_OTHER, NULL}, {AT(0, "Pf\n")}},
    {{"a PDF document", "pdftoppm -png FILE page", CONTENT_OTHER, NULL}, {AT(0, "%PDF")}},
    {{"compressed by gzip", "gunzip FILE", CONTENT_IDX, UNPACK("gunzip FILE")},
     {AT(0, "\x1F\x8B")}},
    {{"a ZIP archive", "unzip FILE", CONTENT_WEIGHTS, NULL}, {AT(0, "PK\x03\x04")}},
    {{"an npy array", NULL, CONTENT_NPY, NUMPY}, {AT(0, "\x93NUMPY")}},
    {{"an HDF5 file", NULL, CONTENT_OTHER, KERAS}, {AT(0, "\x89HDF\r\n")}},
    {{"a program", NULL, CONTENT_OTHER, NULL}, {AT(0, "\177ELF")}},
    {{"a tar archive", "tar -xf FILE", CONTENT_OTHER, UNPACK("tar -xf FILE")},
     {AT(256, "\0ustar")}},
    {{"a TensorFlow Lite model", NULL, CONTENT_OTHER, KERAS}, {AT(2, "\0\0TFL3")}},
    {{PICKLE, NULL, CONTENT_OTHER, TORCH}, {AT(0, "\x80\x02}")}},
    {{PICKLE, NULL, CONTENT_OTHER, TORCH}, {AT(0, "\x80\x02\x8A")}},
    {{PICKLE, NULL, CONTENT_OTHER, TORCH},
     {AT(0, "\x80\x02"
            "c")}},
    {{PICKLE, NULL, CONTENT_OTHER, TORCH}, {AT(0, "\x80\x02]")}},
    {{PICKLE, NULL, CONTENT_OTHER, TORCH}, {AT(0, "\x80\x02(")}},
    {{PICKLE, NULL, CONTENT_OTHER, TORCH}, {AT(0, "\x80\x03")}},
    {{PICKLE, NULL, CONTENT_OTHER, TORCH}, {AT(0, "\x80\x04\x95")}},
    {{PICKLE, NULL, CONTENT_OTHER, TORCH}, {AT(0, "\x80\x05\x95")}},
    {{"a GGUF model", NULL, CONTENT_OTHER, GGUF}, {AT(0, "GGUF"), AT(5, "\0\0")}},
    {{"a GGML model", NULL, CONTENT_OTHER, GGUF}, {AT(0, "lmgg"), AT(5, "\0")}},
    {{"a GGML model", NULL, CONTENT_OTHER, GGUF}, {AT(0, "fmgg"), AT(5, "\0\0")}},
    {{"a GGML model", NULL, CONTENT_OTHER, GGUF}, {AT(0, "tjgg"), AT(5, "\0\0")}},
    {{"a pointer of Git LFS", "git lfs pull", CONTENT_OTHER, LFS},
     {AT(0, "version https://git-lfs.github.com/spec/")}},
    {{"a MATLAB file", NULL, CONTENT_OTHER, MATLAB}, {AT(0, "MATLAB 5.0 MAT-file")}},
    {{"a MATLAB file", NULL, CONTENT_OTHER, MATLAB}, {AT(0, "MATLAB 7.3 MAT-file")}},
    {{"a parameter file of MXNet", NULL, CONTENT_OTHER, MXNET}, {AT(0, "\x12\1\0\0\0\0\0\0")}},
    {{"a weights file of ncnn", NULL, CONTENT_OTHER, NCNN}, {AT(0, "\x47\x6B\x30\x01")}},
    {{"compressed by xz", "xz -d FILE", CONTENT_OTHER, UNPACK("xz -d FILE")},
     {AT(0, "\xFD"
            "7zXZ\0")}},
    {{"compressed by bzip2", "bunzip2 FILE", CONTENT_OTHER, UNPACK("bunzip2 FILE")},
     {AT(0, "BZh"), AT(4, "1AY&SY")}},
    {{"compressed by Zstandard", "zstd -d FILE", CONTENT_OTHER, UNPACK("zstd -d FILE")},
     {AT(0, "\x28\xB5\x2F\xFD")}},
    {{"a 7z archive", "7z x FILE", CONTENT_OTHER, UNPACK("7z x FILE")},
     {AT(0, "7z\xBC\xAF\x27\x1C")}},
    {{"a RAR archive", "unrar x FILE", CONTENT_OTHER, UNPACK("unrar x FILE")},
     {AT(0, "Rar!\x1A\x07")}},
};

static bool begins(const unsigned char *bytes, size_t length, const char *with, size_t count) {
    return length >= count && memcmp(bytes, with, count) == 0;
}

/* A row's second mark may be all zero: no bytes, which are there. */
static bool has(const unsigned char *bytes, size_t length, const struct mark *mark) {
    return mark->length == 0 ||
           (length > mark->offset &&
            begins(bytes + mark->offset, length - mark->offset, mark->bytes, mark->length));
}

/* First of all: the length it begins with may be any mark of four bytes. */
static const struct content *of_tensors(const unsigned char *bytes, size_t length) {
    static const struct content tensors = {"a safetensors file", NULL, CONTENT_WEIGHTS, NULL};
    return length >= 9 && memcmp(bytes + 4, "\0\0\0\0{", 5) == 0 ? &tensors : NULL;
}

const char *content_picture(const unsigned char *bytes, size_t length) {
    if (begins(bytes, length, "\x89PNG", 4))
        return "png";
    if (begins(bytes, length, "\xFF\xD8\xFF", 3))
        return "jpeg";
    bool pnm = length >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
               (bytes[2] == '#' || bytes[2] == ' ' || (bytes[2] >= '\t' && bytes[2] <= '\r'));
    return pnm ? "pnm" : NULL;
}

static const struct content *of_picture(const unsigned char *bytes, size_t length) {
    static const struct content png = {"a PNG picture", NULL, CONTENT_OTHER, NULL},
                                jpeg = {"a JPEG picture", NULL, CONTENT_OTHER, NULL},
                                pnm = {"a PNM picture", NULL, CONTENT_OTHER, NULL};
    const char *type = content_picture(bytes, length);
    return !type                       ? NULL
           : strcmp(type, "png") == 0  ? &png
           : strcmp(type, "jpeg") == 0 ? &jpeg
                                       : &pnm;
}

static bool is_idx(const unsigned char *bytes, size_t length) {
    return length >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 0x08 && bytes[2] <= 0x0E &&
           bytes[3] >= 1 && bytes[3] <= 8;
}

/* What `cnnc eval` reads as it is; other files that are compressed so are for their own programs.
 */
static const struct content *of_packed_idx(const unsigned char *bytes, size_t length) {
    static const struct content idx = {"an IDX file, compressed by gzip", EVAL, CONTENT_IDX, NULL};
    unsigned char head[4];
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)bytes,
                       .avail_in = length < UINT_MAX ? (uInt)length : UINT_MAX,
                       .next_out = head,
                       .avail_out = sizeof head};
    bool packed = begins(bytes, length, "\x1F\x8B", 2);
    if (!packed || inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) /* 16: gzip, not zlib */
        return NULL;
    (void)!inflate(&stream, Z_SYNC_FLUSH);
    (void)!inflateEnd(&stream);
    return is_idx(head, sizeof head - stream.avail_out) ? &idx : NULL;
}

static const struct content *of_marks(const unsigned char *bytes, size_t length) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        if (has(bytes, length, &row->marks[0]) && has(bytes, length, &row->marks[1]))
            return &row->content;
    }
    return NULL;
}

bool content_is_plan(const unsigned char *bytes, size_t length) {
    return begins(bytes, length, CONTENT_PLAN_MARK, 5);
}

/* What has no mark, but a head that is unlikely otherwise. */
static const struct content *of_head(const unsigned char *bytes, size_t length) {
    static const struct content bmp = {"a BMP picture", MAGICK, CONTENT_OTHER, NULL},
                                idx = {"an IDX file", EVAL, CONTENT_IDX, NULL},
                                onnx = {"an ONNX model", NULL, CONTENT_ONNX, ONNX},
                                plan = {"a compiled plan", NULL, CONTENT_PLAN, NULL};
    if (content_is_plan(bytes, length))
        return &plan;
    if (begins(bytes, length, "BM", 2) && length >= 10 && memcmp(bytes + 6, "\0\0\0\0", 4) == 0)
        return &bmp;
    if (is_idx(bytes, length))
        return &idx;
    if (length >= 2 && bytes[0] == 0x08 && bytes[1] < 0x20) /* field 1, ir_version */
        return &onnx;
    return NULL;
}

static const struct content *of_markup(const unsigned char *bytes, size_t length) {
    static const struct content svg = {"an SVG drawing", "rsvg-convert FILE -o picture.png",
                                       CONTENT_OTHER, NULL},
                                xml = {"XML, perhaps SVG", "rsvg-convert FILE -o picture.png",
                                       CONTENT_OTHER, NULL},
                                html = {"an HTML page", NULL, CONTENT_OTHER, PAGE};
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
        of_tensors, of_picture, of_packed_idx, of_marks, of_head, of_markup};
    const struct content *content = NULL;
    for (size_t i = 0; i < sizeof looks / sizeof *looks && !content; i++)
        content = looks[i](bytes, length);
    return content;
}

const char *content_wide(const char *text, size_t length) {
    static const struct {
        const char *mark;
        size_t length;
        const char *name;
    } marks[] = {
        /* UTF-32 first: its mark begins with that of UTF-16 */
        {"\xFF\xFE\0\0", 4, "UTF-32"},
        {"\0\0\xFE\xFF", 4, "UTF-32"},
        {"\xFF\xFE", 2, "UTF-16"},
        {"\xFE\xFF", 2, "UTF-16"},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (length >= marks[i].length && memcmp(text, marks[i].mark, marks[i].length) == 0)
            return marks[i].name;
    }
    unsigned zeros = 0;
    for (size_t i = 0; i < 8 && i < length; i++)
        zeros |= (unsigned)(text[i] == '\0') << i;
    if (length >= 8 && (zeros == 0xEE || zeros == 0x77))
        return zeros == 0xEE ? "UTF-32LE" : "UTF-32BE";
    if (length >= 4 && ((zeros & 0xF) == 0xA || (zeros & 0xF) == 0x5))
        return (zeros & 0xF) == 0xA ? "UTF-16LE" : "UTF-16BE";
    return NULL;
}
