/* A streaming JSON writer: commas and escapes are its own. Strings that are not UTF-8 get U+FFFD in
 * the place of each bad byte, so that the output always is; NaN and infinities become null. */
#ifndef CNNC_JSON_H
#define CNNC_JSON_H

#include "../../runtime/base/base.h"

struct json {
    struct text *out;
    bool comma; /* something stands before the next value or key on its level */
};

/* '{' or '[' and their ends. */
void json_open(struct json *json, char bracket);
void json_close(struct json *json, char bracket);
/* Within an object, before each value. */
void json_key(struct json *json, const char *key);

void json_text(struct json *json, const char *text); /* NULL: null */
void json_count(struct json *json, int64_t value);
void json_real(struct json *json, double value);
void json_float(struct json *json, float value); /* in the fewest digits that give it back */
void json_bool(struct json *json, bool value);
void json_null(struct json *json);
/* [a, b, …] */
void json_counts(struct json *json, const int64_t *values, size_t count);

#endif
