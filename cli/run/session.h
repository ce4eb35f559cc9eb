/* One call of `cnnc run`: a model, inputs, records. */
#ifndef CNNC_SESSION_H
#define CNNC_SESSION_H

#include "request.h"
#include "results.h"

/* STATUS_PARTIAL when an input failed. Says on stderr what is wrong. A remembered signal ends the
 * program here, when the batch is done. */
MUST_USE enum status session_run(const struct request *request, enum results_format format);

#endif
