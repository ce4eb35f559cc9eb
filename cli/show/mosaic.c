#include "mosaic.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 1200,     /* pixels that a picture is not enlarged beyond */
    TILE_SIDE = 120, /* nor a tile, unless there are few */
    FEW = 4,
    FEW_SIDE = 400,
    CELL_SIDE = 48,    /* nor a cell */
    CELL_LEAST = 4,    /* pixels of a cell of a small tile, where the picture stays legible */
    LEGIBLE = 1 << 23, /* pixels */
    GAP_LEAST = 1,
    GAP_MOST = 4,
    SMALL = 16, /* cells: the gap of smaller tiles must not outweigh them */
};
static const uint8_t background[3] = {0xb4, 0xb9, 0xc0};

/* ---- layout ---- */

/* The picture is about square, or wider; a grid without holes is better than one with. */
static size_t choose_columns(size_t count, size_t height, size_t width) {
    double square = sqrt((double)count * (double)height / (double)width);
    size_t columns = square < 1 ? 1 : square < (double)count ? (size_t)ceil(square) : count;
    for (size_t c = columns; c < 2 * columns && c <= count; c++)
        if (count % c == 0)
            return c;
    return columns;
}

static size_t choose_zoom(const struct mosaic *m) {
    size_t zoom = SIDE / m->width / m->columns, down = SIDE / m->height / m->rows;
    size_t longer = m->height > m->width ? m->height : m->width;
    size_t tile = (m->count > FEW ? TILE_SIDE : m->count > 1 ? FEW_SIDE : SIDE) / longer;
    zoom = down < zoom ? down : zoom;
    zoom = tile < zoom ? tile : zoom;
    return zoom > CELL_SIDE ? CELL_SIDE : zoom > 1 ? zoom : 1;
}

static size_t choose_gap(const struct mosaic *m) {
    size_t longer = (m->height > m->width ? m->height : m->width) * m->zoom;
    if (longer < SMALL)
        return longer > 1 ? GAP_LEAST : 0;
    return longer < 2 * SMALL ? (GAP_LEAST + GAP_MOST) / 2 : GAP_MOST;
}

/* count * (cells * zoom + gap) + gap */
static bool extent(size_t count, size_t cells, const struct mosaic *m, size_t *pixels) {
    return size_mul(cells, m->zoom, pixels) && size_add(*pixels, m->gap, pixels) &&
           size_mul(*pixels, count, pixels) && size_add(*pixels, m->gap, pixels);
}

static bool fits(struct mosaic *m, size_t zoom, size_t most) {
    size_t area;
    m->zoom = zoom;
    m->gap = choose_gap(m);
    return extent(m->columns, m->width, m, &m->picture.width) &&
           extent(m->rows, m->height, m, &m->picture.height) &&
           size_mul(m->picture.width, m->picture.height, &area) && area <= most;
}

/* Many small tiles are worth a picture that is larger than SIDE. */
static bool choose_scale(struct mosaic *m) {
    size_t zoom = choose_zoom(m);
    if (m->height <= SMALL && m->width <= SMALL)
        for (size_t larger = CELL_LEAST; larger > zoom; larger--)
            if (fits(m, larger, LEGIBLE))
                return true;
    return fits(m, zoom, MOSAIC_AREA);
}

enum status mosaic_new(struct mosaic *mosaic, size_t count, size_t columns, size_t height,
                       size_t width) {
    assert(count > 0 && height > 0 && width > 0);
    *mosaic = (struct mosaic){.count = count, .height = height, .width = width};
    mosaic->columns = columns ? columns : choose_columns(count, height, width);
    mosaic->rows = count / mosaic->columns + (count % mosaic->columns != 0);
    mosaic->picture.channels = 3;
    if (!choose_scale(mosaic))
        return STATUS_LIMIT;
    size_t pixels = mosaic->picture.height * mosaic->picture.width;
    mosaic->picture.pixels = malloc(3 * pixels);
    if (!mosaic->picture.pixels)
        return STATUS_MEMORY;
    for (size_t i = 0; i < pixels; i++)
        memcpy(mosaic->picture.pixels + 3 * i, background, 3);
    return STATUS_OK;
}

void mosaic_free(struct mosaic *mosaic) {
    free(mosaic->picture.pixels);
    *mosaic = (struct mosaic){0};
}

void mosaic_place(const struct mosaic *mosaic, size_t tile, size_t *x, size_t *y) {
    *x = mosaic->gap + tile % mosaic->columns * (mosaic->width * mosaic->zoom + mosaic->gap);
    *y = mosaic->gap + tile / mosaic->columns * (mosaic->height * mosaic->zoom + mosaic->gap);
}

/* ---- painting ---- */

void mosaic_cell(struct mosaic *mosaic, size_t tile, size_t row, size_t column,
                 const uint8_t rgb[3]) {
    size_t x, y;
    assert(tile < mosaic->count && row < mosaic->height && column < mosaic->width);
    mosaic_place(mosaic, tile, &x, &y);
    x += column * mosaic->zoom;
    y += row * mosaic->zoom;
    for (size_t i = 0; i < mosaic->zoom; i++) {
        uint8_t *pixel = mosaic->picture.pixels + 3 * ((y + i) * mosaic->picture.width + x);
        for (size_t k = 0; k < mosaic->zoom; k++)
            memcpy(pixel + 3 * k, rgb, 3);
    }
}

void mosaic_values(struct mosaic *mosaic, size_t tile, const struct scale *scale,
                   const float *values) {
    for (size_t i = 0; i < mosaic->height * mosaic->width; i++) {
        uint8_t rgb[3];
        scale_colour(scale, (double)values[i], rgb);
        mosaic_cell(mosaic, tile, i / mosaic->width, i % mosaic->width, rgb);
    }
}

void mosaic_colours(struct mosaic *mosaic, size_t tile, const struct scale *scale,
                    const float *values) {
    size_t plane = mosaic->height * mosaic->width;
    for (size_t i = 0; i < plane; i++) {
        const uint8_t rgb[3] = {scale_part(scale, (double)values[i]),
                                scale_part(scale, (double)values[plane + i]),
                                scale_part(scale, (double)values[2 * plane + i])};
        mosaic_cell(mosaic, tile, i / mosaic->width, i % mosaic->width, rgb);
    }
}

void mosaic_pixels(struct mosaic *mosaic, size_t tile, const uint8_t *pixels) {
    for (size_t i = 0; i < mosaic->height * mosaic->width; i++)
        mosaic_cell(mosaic, tile, i / mosaic->width, i % mosaic->width, pixels + 3 * i);
}

/* ---- in words ---- */

void mosaic_json(const struct mosaic *mosaic, struct json *json) {
    const struct {
        const char *key;
        size_t value;
    } members[] = {
        {"width", mosaic->picture.width}, {"height", mosaic->picture.height},
        {"rows", mosaic->rows},           {"columns", mosaic->columns},
        {"tile_height", mosaic->height},  {"tile_width", mosaic->width},
        {"zoom", mosaic->zoom},           {"gap", mosaic->gap},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_key(json, members[i].key);
        json_count(json, (int64_t)members[i].value);
    }
}

void scale_json(const struct scale *scale, const char *palette, struct json *json) {
    json_key(json, "scale");
    json_open(json, '{');
    json_key(json, "palette");
    json_text(json, palette);
    json_key(json, "least");
    json_real(json, scale->least);
    json_key(json, "most");
    json_real(json, scale->most);
    json_close(json, '}');
    json_key(json, "values");
    json_open(json, '{');
    json_key(json, "least");
    json_real(json, scale->low);
    json_key(json, "most");
    json_real(json, scale->high);
    json_close(json, '}');
}
