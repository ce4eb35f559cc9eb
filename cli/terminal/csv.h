/* Comma-separated values as RFC 4180 has them, but lines end with a newline alone. */
#ifndef CNNC_CSV_H
#define CNNC_CSV_H

#include "../../runtime/base/base.h"

/* Adds a field, in quotes where it needs them. */
void csv_field(const char *value, struct text *out);

#endif
