/* The words of image rules, and KEY=VALUE. */
#include <math.h>
#include <string.h>

#include "preprocess.h"

enum { MOST_SIDE = 1 << 24 };

#define IMAGE_KEY(name) #name,
const char *const preprocess_keys[] = {
#include "../plan/image_words.def"
    NULL};
#define IMAGE_PRESET(name) #name,
const char *const preprocess_presets[] = {
#include "../plan/image_words.def"
    NULL};
#define IMAGE_FILTER(name) #name,
const char *const preprocess_filters[] = {
#include "../plan/image_words.def"
    NULL};
#define IMAGE_CHANNELS(name) #name,
const char *const preprocess_channels[] = {
#include "../plan/image_words.def"
    NULL};
#define IMAGE_EXIF(name) #name,
const char *const preprocess_exif[] = {
#include "../plan/image_words.def"
    NULL};
#define IMAGE_LAYOUT(name) #name,
const char *const preprocess_layouts[] = {
#include "../plan/image_words.def"
    NULL};

#define IMAGE_KEY(name) KEY_##name,
enum key {
    KEY_NONE,
#include "../plan/image_words.def"
};

uint32_t preprocess_word(const char *const *words, const char *word) {
    for (uint32_t i = 0; word && words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i + 1;
    return 0;
}

/* ---- KEY=VALUE ---- */

static void add_words(struct text *out, const char *const *words) {
    for (size_t i = 0; words[i]; i++)
        text_format(out, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

/* "resize is 'big'; expected " */
static void begin_fault(struct text *fault, const char *key, const char *value) {
    text_format(fault, "%s is '", key);
    text_escaped(fault, value, strlen(value));
    text_add(fault, "'; expected ");
}

static bool read_word(const char *const *words, const char *key, const char *value, uint32_t *out,
                      struct text *fault) {
    uint32_t word = preprocess_word(words, value);
    if (word == 0) {
        begin_fault(fault, key, value);
        add_words(fault, words);
        return false;
    }
    *out = word;
    return true;
}

/* Digits of a side, 1 to 2^24; what follows them, or NULL. */
static const char *read_side(const char *text, int64_t *side) {
    int64_t value = 0;
    const char *end = text;
    for (; *end >= '0' && *end <= '9' && value <= MOST_SIDE; end++)
        value = value * 10 + (*end - '0');
    *side = value;
    return end > text && value >= 1 && value <= MOST_SIDE ? end : NULL;
}

static bool read_size(const char *key, const char *value, int64_t out[2], struct text *fault) {
    int64_t sides[2] = {0};
    const char *end = read_side(value, &sides[0]);
    if (end && *end == 'x')
        end = read_side(end + 1, &sides[1]);
    if (!end || *end) {
        begin_fault(fault, key, value);
        text_format(fault, "a side as 256, or height x width as 256x320, of 1 to %d", MOST_SIDE);
        return false;
    }
    memcpy(out, sides, sizeof sides);
    return true;
}

static size_t digits(const char *text) { return strspn(text, "0123456789"); }

/* The length of the decimal that the text begins with; 0: with none. */
static size_t decimal_length(const char *text) {
    size_t at = *text == '-' || *text == '+', whole = digits(text + at), fraction = 0;
    at += whole;
    if (text[at] == '.') {
        fraction = digits(text + at + 1);
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return 0;
    if (text[at] == 'e' || text[at] == 'E') {
        size_t sign = text[at + 1] == '-' || text[at + 1] == '+';
        size_t exponent = digits(text + at + 1 + sign);
        at += exponent > 0 ? 1 + sign + exponent : 0;
    }
    return at;
}

/* Up to `most` finite numbers with commas between; how many, 0: not that. */
static uint32_t read_numbers(const char *text, double *out, uint32_t most) {
    char number[64];
    for (uint32_t count = 0; count < most;) {
        size_t length = decimal_length(text);
        if (length == 0 || length >= sizeof number)
            return 0;
        memcpy(number, text, length);
        number[length] = '\0';
        out[count] = text_to_real(number);
        if (!isfinite(out[count++]))
            return 0;
        if (text[length] == '\0')
            return count;
        if (text[length] != ',')
            return 0;
        text += length + 1;
    }
    return 0;
}

static bool read_scale(const char *key, const char *value, double *out, struct text *fault) {
    double scale;
    if (read_numbers(value, &scale, 1) == 1 && scale != 0) {
        *out = scale;
        return true;
    }
    begin_fault(fault, key, value);
    text_add(fault, "a number other than 0");
    return false;
}

static bool read_channels(const char *key, const char *value, bool divides, double out[3],
                          uint32_t *out_count, struct text *fault) {
    double numbers[3] = {0};
    uint32_t count = read_numbers(value, numbers, 3);
    bool taken = count == 1 || count == 3;
    for (uint32_t i = 0; divides && i < count; i++)
        taken = taken && numbers[i] > 0;
    if (!taken) {
        begin_fault(fault, key, value);
        text_format(fault, "a number%s, or three as a,b,c", divides ? " above 0" : "");
        return false;
    }
    memcpy(out, numbers, sizeof numbers);
    *out_count = count;
    return true;
}

static bool override(struct plan_image *image, enum key key, const char *value,
                     struct text *fault) {
    const char *name = preprocess_keys[key - 1];
    switch (key) {
    case KEY_NONE:
        break;
    case KEY_preset:
        return read_word(preprocess_presets, name, value, &image->preset, fault);
    case KEY_resize:
        return read_size(name, value, image->resize, fault);
    case KEY_crop:
        return read_size(name, value, image->crop, fault);
    case KEY_filter:
        return read_word(preprocess_filters, name, value, &image->filter, fault);
    case KEY_scale:
        return read_scale(name, value, &image->scale, fault);
    case KEY_mean:
        return read_channels(name, value, false, image->mean, &image->mean_count, fault);
    case KEY_std:
        return read_channels(name, value, true, image->std, &image->std_count, fault);
    case KEY_channels:
        return read_word(preprocess_channels, name, value, &image->channels, fault);
    case KEY_exif:
        return read_word(preprocess_exif, name, value, &image->exif, fault);
    case KEY_layout:
        return read_word(preprocess_layouts, name, value, &image->layout, fault);
    }
    return false;
}

enum status preprocess_override(struct plan_image *image, const char *assignment,
                                struct text *fault) {
    const char *equals = strchr(assignment, '=');
    size_t length = equals ? (size_t)(equals - assignment) : strlen(assignment);
    enum key key = KEY_NONE;
    for (uint32_t i = 0; preprocess_keys[i]; i++)
        if (strncmp(preprocess_keys[i], assignment, length) == 0 &&
            preprocess_keys[i][length] == '\0')
            key = (enum key)(i + 1);
    if (key == KEY_NONE || !equals) {
        text_add(fault, key == KEY_NONE ? "there is no image rule '" : "no value is given to '");
        text_escaped(fault, assignment, length);
        text_add(fault, "'; expected KEY=VALUE, KEY one of ");
        add_words(fault, preprocess_keys);
        return STATUS_USAGE;
    }
    if (!override(image, key, equals + 1, fault))
        return STATUS_USAGE;
    image->given = 1;
    return STATUS_OK;
}

enum status preprocess_overrides(struct plan_image *image, const char *const *assignments,
                                 size_t count, const char **assignment, struct text *fault) {
    struct plan_image alone = {0}, over = *image;
    for (size_t i = 0; i < count; i++) {
        *assignment = assignments[i];
        enum status status = preprocess_override(&alone, assignments[i], fault);
        if (status != STATUS_OK)
            return status;
        (void)!preprocess_override(&over, assignments[i], fault);
    }
    *image = alone.preset ? alone : over;
    return STATUS_OK;
}

/* ---- what is said ---- */

static bool says(const struct plan_image *image, enum key key) {
    switch (key) {
    case KEY_NONE:
        break;
    case KEY_preset:
        return image->preset != 0;
    case KEY_resize:
        return image->resize[0] != 0;
    case KEY_crop:
        return image->crop[0] != 0;
    case KEY_filter:
        return image->filter != 0;
    case KEY_scale:
        return image->scale != 0;
    case KEY_mean:
        return image->mean_count != 0;
    case KEY_std:
        return image->std_count != 0;
    case KEY_channels:
        return image->channels != 0;
    case KEY_exif:
        return image->exif != 0;
    case KEY_layout:
        return image->layout != 0;
    }
    return false;
}

bool preprocess_said(const struct plan_image *image, const struct plan_image *other,
                     struct text *keys) {
    bool any = false;
    for (uint32_t i = 0; preprocess_keys[i]; i++) {
        const enum key key = (enum key)(i + 1);
        if (!says(image, key) || !says(other, key))
            continue;
        text_format(keys, "%s%s", any ? ", " : "", preprocess_keys[i]);
        any = true;
    }
    return any;
}
