/* A setting's value in the spec's notation: the inverse of key.c. */
#include "kind.h"

static void print_pads(const struct key *key, const struct pads *pads, struct text *out) {
    const struct sides *sides = &pads->sides;
    if (pads->mode != PAD_GIVEN)
        text_add(out, key->words[(int)pads->mode - 1]);
    else if (sides->top == sides->bottom && sides->left == sides->right &&
             sides->top == sides->left)
        text_format(out, "%lld", (long long)sides->top);
    else
        text_format(out, "[%lld, %lld, %lld, %lld]", (long long)sides->top,
                    (long long)sides->bottom, (long long)sides->left, (long long)sides->right);
}

void key_print(const struct key *key, const void *settings, struct text *out) {
    const void *field = (const char *)settings + key->offset;
    const int64_t *numbers = field;
    const struct pair *pair = field;
    switch (key->type) {
    case KEY_INTEGER:
        if (numbers[0] < 0 && key->words)
            text_add(out, key->words[-1 - numbers[0]]);
        else
            text_format(out, "%lld", (long long)numbers[0]);
        break;
    case KEY_REAL:
        text_real(out, *(const double *)field);
        break;
    case KEY_BOOLEAN:
        text_add(out, *(const bool *)field ? "true" : "false");
        break;
    case KEY_WORD:
        text_add(out, key->words[*(const int *)field]);
        break;
    case KEY_PAIR:
        if (pair->height == pair->width)
            text_format(out, "%lld", (long long)pair->height);
        else if (pair->height == 0) /* 0x1 is a hexadecimal number to other readers of YAML */
            text_format(out, "[0, %lld]", (long long)pair->width);
        else
            text_format(out, "%lldx%lld", (long long)pair->height, (long long)pair->width);
        break;
    case KEY_PADS:
        print_pads(key, field, out);
        break;
    case KEY_CHANNELS:
        if (numbers[0] == 0)
            text_format(out, "%lld", (long long)numbers[1]);
        else
            text_format(out, "[%lld, %lld]", (long long)numbers[0], (long long)numbers[1]);
        break;
    }
}
