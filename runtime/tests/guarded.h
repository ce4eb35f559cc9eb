/* Memory whose end is watched, for tests that look for reads and writes beyond it. */
#ifndef CNNC_GUARDED_H
#define CNNC_GUARDED_H

#include <stdlib.h>
#include <sys/mman.h>

/* `size` bytes that end where a protected page begins; before them up to a page of room. */
struct guarded {
    unsigned char *pages, *bytes;
    size_t length;
};

static inline struct guarded guarded_new(size_t size) {
    size_t page = 4096, inner = (size + page - 1) / page * page;
    struct guarded g = {.length = inner + page};
    g.pages = mmap(NULL, g.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g.pages == MAP_FAILED || mprotect(g.pages + inner, page, PROT_NONE))
        abort();
    g.bytes = g.pages + inner - size;
    return g;
}

static inline void guarded_free(struct guarded *g) { munmap(g->pages, g->length); }

#endif
