#include "json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void begin_value(struct json *json) {
    if (json->comma)
        text_add(json->out, ",");
    json->comma = true;
}

void json_open(struct json *json, char bracket) {
    begin_value(json);
    text_bytes(json->out, &bracket, 1);
    json->comma = false;
}

void json_close(struct json *json, char bracket) {
    text_bytes(json->out, &bracket, 1);
    json->comma = true;
}

static void add_character(struct text *out, const char *bytes, size_t size, uint32_t code) {
    if (size == 0)
        text_add(out, "\xEF\xBF\xBD"); /* U+FFFD */
    else if (code == '"' || code == '\\')
        text_format(out, "\\%c", (char)code);
    else if (code == '\n')
        text_add(out, "\\n");
    else if (code < 0x20 || (code >= 0x7F && code < 0xA0))
        text_format(out, "\\u%04x", (unsigned)code);
    else
        text_bytes(out, bytes, size);
}

static void add_string(struct text *out, const char *string) {
    size_t length = strlen(string);
    text_add(out, "\"");
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t size = text_utf8(string + i, length - i, &code);
        add_character(out, string + i, size, code);
        i += size > 0 ? size : 1;
    }
    text_add(out, "\"");
}

void json_key(struct json *json, const char *key) {
    begin_value(json);
    add_string(json->out, key);
    text_add(json->out, ":");
    json->comma = false;
}

void json_text(struct json *json, const char *text) {
    begin_value(json);
    if (text)
        add_string(json->out, text);
    else
        text_add(json->out, "null");
}

void json_count(struct json *json, int64_t value) {
    begin_value(json);
    text_format(json->out, "%lld", (long long)value);
}

void json_real(struct json *json, double value) {
    begin_value(json);
    if (!isfinite(value)) {
        text_add(json->out, "null");
        return;
    }
    text_real(json->out, value);
}

void json_float(struct json *json, float value) {
    begin_value(json);
    char digits[32] = "null";
    for (int precision = 6; isfinite(value) && precision <= 9; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, (double)value);
        if (strtof(digits, NULL) == value)
            break;
    }
    text_add(json->out, digits);
}

void json_bool(struct json *json, bool value) {
    begin_value(json);
    text_add(json->out, value ? "true" : "false");
}

void json_null(struct json *json) { json_text(json, NULL); }

void json_counts(struct json *json, const int64_t *values, size_t count) {
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_count(json, values[i]);
    json_close(json, ']');
}
