/* What is wrong with a file of weights, tensors or pixels: carried to the command line, which
 * prints. */
#ifndef CNNC_FILE_ERROR_H
#define CNNC_FILE_ERROR_H

#include "base.h"

enum { FILE_ERROR_TENSOR = 512 /* most bytes of a tensor's name */ };

struct file_error {
    const char *class; /* "weights-offset", "limit-header"; a constant */
    int64_t offset;    /* of the byte in the file, or -1 */
    char tensor[FILE_ERROR_TENSOR +
                1];    /* its name as the file has it, for the printer to escape; or "" */
    char message[256]; /* "<fact>; expected <what>"; printable */
};

/* Fill the error in. STATUS_LIMIT when the class begins with "limit", else STATUS_INPUT. */
enum status file_fail(struct file_error *error, const char *class, const char *format, ...)
    PRINTF(3, 4);
enum status file_fail_at(struct file_error *error, const char *class, size_t offset,
                         const char *format, ...) PRINTF(4, 5);
enum status file_fail_in(struct file_error *error, const char *class, const char *tensor,
                         const char *format, ...) PRINTF(4, 5);

/* For a failure of the system or of a lower layer that has its words already. The class is that of
 * the status: path, limit-size, io, memory. */
enum status file_fail_system(struct file_error *error, enum status status, const char *fault);
enum status file_fail_memory(struct file_error *error);

/* What errno says of a file: "Permission denied; expected what you may read". The first is of what
 * is read, and looks at the name for what only a shell makes a name of; the second of what is
 * written. No file is named; the words live as long as the program. */
const char *file_fault(const char *name, int error);
const char *file_fault_to_write(int error);

#endif
