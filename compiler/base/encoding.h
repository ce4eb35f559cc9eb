/* What a spec's bytes may be: UTF-8 text of at most LIMIT_SPEC_BYTES without control characters. */
#ifndef CNNC_ENCODING_H
#define CNNC_ENCODING_H

#include "diag.h"

/* Checks a source before anything interprets it, and takes a byte order mark off its text, so that
 * line 1 counts like the others. Adds one error and returns false when the text is
 *   too long                            limit-size
 *   evidently no text, or a web page    spec-syntax
 *   UTF-16 or UTF-32, invalid UTF-8     spec-encoding
 *   holding a character that no spec needs and that would show wrongly, or end a line for YAML but
 *   not for an editor                   spec-encoding */
bool encoding_check(struct diagnostics *diag, uint32_t source);

#endif
