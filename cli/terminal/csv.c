#include "csv.h"

#include <string.h>

void csv_field(const char *value, struct text *out) {
    if (!value[strcspn(value, ",\"\r\n")]) {
        text_add(out, value);
        return;
    }
    text_add(out, "\"");
    for (; *value; value++) {
        if (*value == '"')
            text_add(out, "\"");
        text_bytes(out, value, 1);
    }
    text_add(out, "\"");
}
