/* The language as a JSON Schema (draft 7), so that editors complete keys and mark mistakes.
 *
 * Generated from the tables of the kinds (kind.h). What a schema cannot say stays with `cnnc
 * check`: whether a name is a block or a slip, lengths of lists, shapes. */
#ifndef CNNC_SCHEMA_H
#define CNNC_SCHEMA_H

#include "../../runtime/base/base.h"

/* Appends the schema, one definition a line. */
void schema_write(struct text *out);

#endif
