#include "base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const char *bytes, size_t length, struct text *out) {
    for (size_t i = 0; i < length; i += 3) {
        size_t count = length - i < 3 ? length - i : 3;
        unsigned group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < count ? (unsigned char)bytes[i + k] : 0);
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63],
                        digits[group & 63]};
        memset(four + count + 1, '=', 3 - count);
        text_bytes(out, four, 4);
    }
}

bool base64_decode(const char *text, struct text *out) {
    size_t length = strlen(text), padding = 0;
    if (length % 4 != 0)
        return false;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < length; i += 4) {
        size_t count = i + 4 == length ? 4 - padding : 4;
        unsigned group = 0;
        for (size_t k = 0; k < 4; k++) {
            const char *digit = k < count ? strchr(digits, text[i + k]) : digits;
            if (!digit)
                return false;
            group = group << 6 | (unsigned)(digit - digits);
        }
        const char three[3] = {(char)(group >> 16), (char)(group >> 8 & 255), (char)(group & 255)};
        text_bytes(out, three, count - 1);
    }
    return true;
}
