/* Base64 (RFC 4648, section 4), for names that JSON cannot hold. */
#ifndef CNNC_BASE64_H
#define CNNC_BASE64_H

#include "../../runtime/base/base.h"

void base64_encode(const char *bytes, size_t length, struct text *out);
/* False: it is none. */
MUST_USE bool base64_decode(const char *text, struct text *out);

#endif
