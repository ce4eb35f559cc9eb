/* Tables of the program's own making: cells in columns, as wide as the widest. */
#ifndef CNNC_ROWS_H
#define CNNC_ROWS_H

#include "../../runtime/base/base.h"

enum { ROWS_COLUMNS = 12 /* most */ };

struct rows {
    const char *const
        *headings;     /* ends with NULL; one starting with '>' is of a column of numbers */
    struct text cells; /* each ends with NUL, row by row */
};

/* Adds the next cell; an empty one prints as "-". What a terminal would act on is escaped. The
 * owner frees rows->cells. */
void rows_add(struct rows *rows, const char *format, ...) PRINTF(2, 3);

/* Headings, a rule, the rows. The last row must be whole. */
void rows_print(const struct rows *rows, struct text *out);

#endif
