/* Pictures of many tiles of one size: filters, maps, patches, one matrix. */
#ifndef CNNC_MOSAIC_H
#define CNNC_MOSAIC_H

#include "../../runtime/picture/picture.h"
#include "../terminal/json.h"
#include "colours.h"

#define MOSAIC_AREA ((size_t)1 << 25) /* pixels of one picture, at most */
#define MOSAIC_LISTED ((size_t)4096)  /* tiles that a JSON lists; the grid says where others are */

struct mosaic {
    size_t count, columns, rows; /* of tiles, row by row */
    size_t height, width;        /* of a tile, in cells */
    size_t zoom, gap;            /* pixels: the side of a cell; between tiles and around them */
    struct picture picture;      /* three channels */
};

/* Lays out and allocates; nothing but the background is painted. columns: 0, as it looks well.
 * Small tiles are enlarged by whole pixels; so many of one cell that each is a pixel have no gap.
 * STATUS_LIMIT: beyond MOSAIC_AREA; STATUS_MEMORY; nothing is left to free. */
MUST_USE enum status mosaic_new(struct mosaic *mosaic, size_t count, size_t columns, size_t height,
                                size_t width);
void mosaic_free(struct mosaic *mosaic);

/* The first pixel of a tile. */
void mosaic_place(const struct mosaic *mosaic, size_t tile, size_t *x, size_t *y);

/* Paint a tile: [height][width] in the colours of the scale; [3][height][width] as red, green and
 * blue; [height][width][3] as they are. */
void mosaic_values(struct mosaic *mosaic, size_t tile, const struct scale *scale,
                   const float *values);
void mosaic_colours(struct mosaic *mosaic, size_t tile, const struct scale *scale,
                    const float *values);
void mosaic_pixels(struct mosaic *mosaic, size_t tile, const uint8_t *pixels);
/* One cell. */
void mosaic_cell(struct mosaic *mosaic, size_t tile, size_t row, size_t column,
                 const uint8_t rgb[3]);

/* Members of an object: sizes of the picture, of tiles and grid. */
void mosaic_json(const struct mosaic *mosaic, struct json *json);
/* Its members "scale" and "values", the range of these. */
void scale_json(const struct scale *scale, const char *palette, struct json *json);

#endif
