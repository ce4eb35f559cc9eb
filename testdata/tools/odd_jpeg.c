/* Writes a JPEG of kinds that Pillow does not: odd_jpeg WIDTH HEIGHT SAMPLING RESTART ARITHMETIC,
 * with RGB on stdin. SAMPLING: two digits, across and down, for each component, as 211111. For
 * pictures.py: cc odd_jpeg.c -ljpeg */
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

int main(int count, char **arguments) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    if (count != 6)
        return 2;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, stdout);
    jpeg.image_width = (JDIMENSION)atoi(arguments[1]);
    jpeg.image_height = (JDIMENSION)atoi(arguments[2]);
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 80, TRUE);
    for (int i = 0; i < 3; i++) {
        jpeg.comp_info[i].h_samp_factor = arguments[3][2 * i] - '0';
        jpeg.comp_info[i].v_samp_factor = arguments[3][2 * i + 1] - '0';
    }
    jpeg.restart_interval = (unsigned)atoi(arguments[4]);
    jpeg.arith_code = atoi(arguments[5]) != 0;
    jpeg.optimize_coding = !jpeg.arith_code;
    jpeg_start_compress(&jpeg, TRUE);
    unsigned char *row = malloc(3 * (size_t)jpeg.image_width);
    while (jpeg.next_scanline < jpeg.image_height) {
        if (!row || fread(row, 3, jpeg.image_width, stdin) != jpeg.image_width)
            return 1;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(row);
    return 0;
}
