/* Any bytes as IDX, plain or in gzip. */
#include <stdlib.h>
#include <string.h>

#include "../weights/idx.h"

enum { MOST = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct idx idx;
    struct file_error error = {.class = NULL};
    enum status status = idx_read(data, size, MOST, &idx, &error);
    if (status != STATUS_OK) {
        if ((status != STATUS_INPUT && status != STATUS_LIMIT) || !error.class ||
            !strstr(error.message, "expected") || idx.inflated)
            abort();
        return 0;
    }
    size_t count = 1, sum = 0;
    for (int i = 0; i < idx.rank; i++)
        count *= idx.extents[i];
    for (size_t i = 0; i < idx.count; i++)
        sum += idx.data[i];
    if (idx.rank < 1 || idx.rank > IDX_RANK || count != idx.count || count > MOST ||
        sum > 255 * count || !idx_sniff(data, size))
        abort();
    idx_close(&idx);
    return 0;
}
