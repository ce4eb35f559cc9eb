/* What a file is by its first bytes, and what only looks like it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../base/content.h"
#include "../weights/safetensors.h"

struct head {
    const char *bytes;
    size_t length;
    const char *name; /* NULL: nothing that is known */
    enum content_kind kind;
};

#define HEAD(bytes) bytes, sizeof bytes - 1
#define ZEROS16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZEROS256                                                                                   \
    ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16        \
        ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16
#define BLANKS64 "                                                                "

static const struct head known[] = {
    {HEAD("\x89PNG\r\n\x1A\n"), "a PNG picture", CONTENT_OTHER},
    {HEAD("\xFF\xD8\xFF\xE0"), "a JPEG picture", CONTENT_OTHER},
    {HEAD("P6\n1 1\n255\nabc"), "a PNM picture", CONTENT_OTHER},
    {HEAD("P1\n# by hand\n1 1\n0"), "a PNM picture", CONTENT_OTHER},
    {HEAD("GIF89a"), "a GIF picture", CONTENT_OTHER},
    {HEAD("RIFF\x24\0\0\0WEBPVP8 "), "a WebP picture", CONTENT_OTHER},
    {HEAD("RIFF\x24\0\0\0AVI LIST"), "an AVI video", CONTENT_OTHER},
    {HEAD("\0\0\0\x20"
          "ftypavif"),
     "an AVIF picture", CONTENT_OTHER},
    {HEAD("\0\0\0\x20"
          "ftypavis"),
     "an AVIF picture", CONTENT_OTHER},
    {HEAD("\0\0\0\x18"
          "ftypheic"),
     "an HEIC picture", CONTENT_OTHER},
    {HEAD("\0\0\0\x18"
          "ftyphevc"),
     "an HEIC picture", CONTENT_OTHER},
    {HEAD("\0\0\0\x18"
          "ftypmif1"),
     "an HEIC picture", CONTENT_OTHER},
    {HEAD("\0\0\0\x20"
          "ftypisom"),
     "an MP4 video", CONTENT_OTHER},
    {HEAD("\x1A\x45\xDF\xA3"), "a Matroska or WebM video", CONTENT_OTHER},
    {HEAD("II*\0\x08\0\0\0"), "a TIFF picture", CONTENT_OTHER},
    {HEAD("MM\0*\0\0\0\x08"), "a TIFF picture", CONTENT_OTHER},
    {HEAD("8BPS\0\x01"), "a PSD picture", CONTENT_OTHER},
    {HEAD("\0\0\0\x0CjP  \r\n\x87\n"), "a JPEG 2000 picture", CONTENT_OTHER},
    {HEAD("\xFF\x4F\xFF\x51"), "a JPEG 2000 picture", CONTENT_OTHER},
    {HEAD("\0\0\0\x0CJXL \r\n\x87\n"), "a JPEG XL picture", CONTENT_OTHER},
    {HEAD("\xFF\x0A"), "a JPEG XL picture", CONTENT_OTHER},
    {HEAD("\x76\x2F\x31\x01"), "an OpenEXR picture", CONTENT_OTHER},
    {HEAD("PF\n1 1\n-1.0\n"), "a PFM picture", CONTENT_OTHER},
    {HEAD("Pf\n1 1\n-1.0\n"), "a PFM picture", CONTENT_OTHER},
    {HEAD("BM\x46\0\0\0\0\0\0\0"), "a BMP picture", CONTENT_OTHER},
    {HEAD("%PDF-1.4"), "a PDF document", CONTENT_OTHER},
    {HEAD("\x1F\x8B\x08"), "compressed by gzip", CONTENT_IDX},
    {HEAD("\x1F\x8B\x08\0\0\0\0\0\0\x03\x63\x60\xE0\x60\x06\0\xAE\x94\x70\x04\x04\0\0\0"),
     "an IDX file, compressed by gzip", CONTENT_IDX},
    {HEAD("\x1F\x8B\x08\0\0\0\0\0\0\x03\xFB\xFF\xFF\xFF"), "compressed by gzip", CONTENT_IDX},
    {HEAD("PK\x03\x04"), "a ZIP archive", CONTENT_WEIGHTS},
    {HEAD("\x93NUMPY\x01\0"), "an npy array", CONTENT_NPY},
    {HEAD("\x89HDF\r\n\x1A\n"), "an HDF5 file", CONTENT_OTHER},
    {HEAD("\177ELF\x02"), "a program", CONTENT_OTHER},
    {HEAD(ZEROS256 "\0ustar"), "a tar archive", CONTENT_OTHER},
    {HEAD("\x89"
          "CNNP\r\n\x1A"),
     "a compiled plan", CONTENT_PLAN},
    {HEAD("\x1C\0\0\0TFL3"), "a TensorFlow Lite model", CONTENT_OTHER},
    {HEAD("\x80\x02}q"), "a pickle of Python, as PyTorch saves", CONTENT_OTHER},
    {HEAD("\x80\x02\x8A\x0A"), "a pickle of Python, as PyTorch saves", CONTENT_OTHER},
    {HEAD("\x80\x02"
          "ccollections\n"),
     "a pickle of Python, as PyTorch saves", CONTENT_OTHER},
    {HEAD("\x80\x03}q"), "a pickle of Python, as PyTorch saves", CONTENT_OTHER},
    {HEAD("\x80\x04\x95\x0B"), "a pickle of Python, as PyTorch saves", CONTENT_OTHER},
    {HEAD("\x80\x05\x95\x0B"), "a pickle of Python, as PyTorch saves", CONTENT_OTHER},
    {HEAD("GGUF\x03\0\0\0\x02"), "a GGUF model", CONTENT_OTHER},
    {HEAD("lmgg\0\0\0\0"), "a GGML model", CONTENT_OTHER},
    {HEAD("fmgg\x01\0\0\0"), "a GGML model", CONTENT_OTHER},
    {HEAD("tjgg\x03\0\0\0"), "a GGML model", CONTENT_OTHER},
    {HEAD("version https://git-lfs.github.com/spec/v1\n"), "a pointer of Git LFS", CONTENT_OTHER},
    {HEAD("MATLAB 5.0 MAT-file, Platform: GLNXA64"), "a MATLAB file", CONTENT_OTHER},
    {HEAD("MATLAB 7.3 MAT-file, Platform: GLNXA64"), "a MATLAB file", CONTENT_OTHER},
    {HEAD("\x12\x01\0\0\0\0\0\0\0"), "a parameter file of MXNet", CONTENT_OTHER},
    {HEAD("\x47\x6B\x30\x01"), "a weights file of ncnn", CONTENT_OTHER},
    {HEAD("\xFD"
          "7zXZ\0"),
     "compressed by xz", CONTENT_OTHER},
    {HEAD("BZh91AY&SY"), "compressed by bzip2", CONTENT_OTHER},
    {HEAD("\x28\xB5\x2F\xFD"), "compressed by Zstandard", CONTENT_OTHER},
    {HEAD("7z\xBC\xAF\x27\x1C"), "a 7z archive", CONTENT_OTHER},
    {HEAD("Rar!\x1A\x07"), "a RAR archive", CONTENT_OTHER},
    {HEAD("\0\0\x08\x03\0\0\0\x0A"), "an IDX file", CONTENT_IDX},
    {HEAD("\x08\x07\x12\x07pytorch"), "an ONNX model", CONTENT_ONNX},
    {HEAD("<svg xmlns="), "an SVG drawing", CONTENT_OTHER},
    {HEAD("\xEF\xBB\xBF<?xml "), "XML, perhaps SVG", CONTENT_OTHER},
    {HEAD(" \n<!DOCTYPE html>"), "an HTML page", CONTENT_OTHER},
};

/* Marks in words of a comment, a name or a label; and keys that begin as a mark does. */
static const struct head strange[] = {
    {HEAD(""), NULL, CONTENT_OTHER},
    {HEAD("# Small WEBP pictures\ninput: 3x8x8\n"), NULL, CONTENT_OTHER},
    {HEAD("# video AVI frames\ninput: 3x8x8\n"), NULL, CONTENT_OTHER},
    {HEAD("# a ftypavif of it\n"), NULL, CONTENT_OTHER},
    {HEAD("### ftypisom\n"), NULL, CONTENT_OTHER},
    {HEAD("### jP  \n"), NULL, CONTENT_OTHER},
    {HEAD("### JXL \n"), NULL, CONTENT_OTHER},
    {HEAD("### TFL3\n"), NULL, CONTENT_OTHER},
    {HEAD("#" BLANKS64 BLANKS64 BLANKS64 BLANKS64 "ustar\n"), NULL, CONTENT_OTHER},
    {HEAD("# P6 GIF8 %PDF <svg\n"), NULL, CONTENT_OTHER},
    {HEAD("BM25 is a rank\n"), NULL, CONTENT_OTHER},
    {HEAD("P6: podium\n"), NULL, CONTENT_OTHER},
    {HEAD("II*I\n"), NULL, CONTENT_OTHER},
    {HEAD("8BPS reader\n"), NULL, CONTENT_OTHER},
    {HEAD("RIFF raff\n"), NULL, CONTENT_OTHER},
    {HEAD("GGUF: a name\n"), NULL, CONTENT_OTHER},
    {HEAD("version https: 2\n"), NULL, CONTENT_OTHER},
    {HEAD("MATLAB: no\n"), NULL, CONTENT_OTHER},
    {HEAD("BZh: a block\n"), NULL, CONTENT_OTHER},
    {HEAD("<<: *base\n"), NULL, CONTENT_OTHER},
    {HEAD("input: 3x8x8\n"), NULL, CONTENT_OTHER},
    {HEAD("{input: 3x8x8}\n"), NULL, CONTENT_OTHER},
    {HEAD("%YAML 1.2\n---\n"), NULL, CONTENT_OTHER},
    {HEAD("\xEF\xBB\xBFname: net\n"), NULL, CONTENT_OTHER},
    {HEAD(ZEROS16), NULL, CONTENT_OTHER},
};

/* On the heap, for a sanitizer to see what is read behind the end. */
static const struct content *content_of_copy(const char *bytes, size_t length) {
    unsigned char *copy = malloc(length ? length : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, length);
    const struct content *content = content_of(copy, length);
    free(copy);
    return content;
}

static void is_known_as(const struct head *head) {
    const struct content *content = content_of_copy(head->bytes, head->length);
    ck_assert_msg(!content == !head->name, "'%s' is %s, not %s", head->bytes,
                  content ? content->name : "unknown", head->name ? head->name : "unknown");
    if (!content)
        return;
    ck_assert_str_eq(content->name, head->name);
    ck_assert_int_eq(content->kind, head->kind);
}

START_TEST(kinds) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        is_known_as(&known[i]);
}
END_TEST

START_TEST(resemblances) {
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        is_known_as(&strange[i]);
}
END_TEST

/* A file that ends inside a mark has none of it. */
START_TEST(cuts) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (size_t length = 0; length < known[i].length; length++)
            content_of_copy(known[i].bytes, length);
    ck_assert_ptr_null(content_of_copy("RIFF\x24\0\0\0WEB", 11));
    ck_assert_ptr_null(content_of_copy("%PD", 3));
}
END_TEST

/* Whatever mark the header's length looks like: P6 and a line feed are one of 669264 bytes. */
START_TEST(safetensors) {
    unsigned char head[] = "\0\0\0\0\0\0\0\0{\"";
    for (size_t length = 2; length <= SAFETENSORS_HEADER; length++) {
        for (int i = 0; i < 4; i++)
            head[i] = (unsigned char)(length >> 8 * i);
        const struct content *content = content_of(head, sizeof head - 1);
        if (!content || content->kind != CONTENT_WEIGHTS)
            ck_abort_msg("a header of %zu bytes is %s", length,
                         content ? content->name : "unknown");
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("content");
    TCase *tests = tcase_create("heads");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, kinds);
    tcase_add_test(tests, resemblances);
    tcase_add_test(tests, cuts);
    tcase_add_test(tests, safetensors);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
