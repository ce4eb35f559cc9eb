/* Reads names of JPEG files on standard input, and prints of each a line: the CRC-32 of the pixels
 * that libjpeg makes of it, whatever it warns of, or "none"; whether picture_read accepts it, of
 * which class it is refused, or "note"; the CRC-32 of its pixels; the warnings by number, each
 * once. damage_jpeg.py beside it builds and runs it. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <zlib.h>

#include "../../runtime/picture/picture.h"

struct plain {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf failed;
    char warnings[256];
};

static void on_error(j_common_ptr jpeg) { longjmp(((struct plain *)jpeg->client_data)->failed, 1); }

static void on_message(j_common_ptr jpeg, int level) {
    struct plain *plain = jpeg->client_data;
    char code[16];
    snprintf(code, sizeof code, ",%d", jpeg->err->msg_code);
    if (level < 0 && !strstr(plain->warnings, code) && strlen(plain->warnings) < 200)
        strcat(plain->warnings, code);
}

/* A picture whose rows are all there is one, whatever its end is like. */
static bool decode(struct plain *plain, const unsigned char *bytes, size_t length, uLong *crc) {
    j_decompress_ptr jpeg = &plain->jpeg;
    bool rows = false;
    volatile bool *read = &rows;
    JSAMPLE *row = malloc(65500 * 4);
    jpeg->err = jpeg_std_error(&plain->errors);
    plain->errors.error_exit = on_error;
    plain->errors.emit_message = on_message;
    *crc = crc32(0, NULL, 0);
    jpeg->client_data = plain;
    if (!setjmp(plain->failed)) {
        jpeg_create_decompress(jpeg);
        jpeg->client_data = plain;
        jpeg_mem_src(jpeg, bytes, length);
        (void)jpeg_read_header(jpeg, TRUE);
        (void)jpeg_start_decompress(jpeg);
        while (jpeg->output_scanline < jpeg->output_height) {
            (void)jpeg_read_scanlines(jpeg, &row, 1);
            *crc = crc32(*crc, row, jpeg->output_width * (unsigned)jpeg->output_components);
        }
        *read = true;
        (void)jpeg_finish_decompress(jpeg);
    }
    jpeg_destroy_decompress(jpeg);
    free(row);
    return *read;
}

static void judge(const char *name) {
    static unsigned char bytes[1 << 24];
    FILE *file = fopen(name, "rb");
    size_t length = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    struct plain plain = {0};
    struct picture picture;
    struct file_error error;
    const struct picture_options options = {.area = PICTURE_AREA, .memory = SIZE_MAX};
    uLong crc;
    if (file)
        fclose(file);
    if (decode(&plain, bytes, length, &crc))
        printf("%08lx", crc);
    else
        printf("none");
    if (picture_read(bytes, length, &options, &picture, &error) == STATUS_OK) {
        printf(" %s %08lx", error.class ? error.class : "sound",
               crc32(0, picture.pixels, (uInt)picture_bytes(&picture)));
        picture_free(&picture);
    } else {
        printf(" %s none", error.class);
    }
    printf(" %s\n", plain.warnings[0] ? plain.warnings + 1 : "-");
}

int main(void) {
    char name[4096];
    while (fgets(name, sizeof name, stdin)) {
        name[strcspn(name, "\n")] = '\0';
        judge(name);
        fflush(stdout);
    }
    return 0;
}
