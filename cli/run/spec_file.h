/* Files that a spec names: its weights and its labels. A spec may come from elsewhere, so what it
 * names is a regular file beneath its own folder, reached without leaving it. What the user names
 * on the command line is free. */
#ifndef CNNC_SPEC_FILE_H
#define CNNC_SPEC_FILE_H

#include "../../runtime/base/base.h"

enum spec_file_kind { SPEC_FILE_WEIGHTS, SPEC_FILE_LABELS };

/* Finds the file `name` that `spec` names (of a spec on stdin, "-": beneath the current folder) and
 * appends its path to `path`. *there is false when nothing bears the name, which is not said here.
 * STATUS_INPUT, said on stderr: it is outside, or is not a regular file; STATUS_IO, STATUS_MEMORY.
 * The file is opened by its path afterwards: who may write to the folder meanwhile, and so might
 * change the spec itself, is not kept out. */
MUST_USE enum status spec_file_find(const char *spec, enum spec_file_kind kind, const char *name,
                                    struct text *path, bool *there);

#endif
