/* The stated limits (cnnc-spec(5), LIMITS). Passing one is exit 4. */
#ifndef CNNC_LIMITS_H
#define CNNC_LIMITS_H

enum {
    LIMIT_SPEC_BYTES = 1 << 20,   /* of a spec file */
    LIMIT_LABELS_BYTES = 1 << 20, /* of a labels file */
    LIMIT_NESTING = 32,           /* of YAML collections, pattern groups, block calls: each */
    LIMIT_EVENTS = 200000,        /* of YAML */
    LIMIT_NAME = 256,             /* bytes, written or composed */
    LIMIT_LAYERS = 10000,         /* after expansion */
    LIMIT_STEPS = 100000,         /* block calls, pattern turns, joined inputs of one expansion */
    LIMIT_PARAMETERS = 256,       /* of a block */
    LIMIT_SETTINGS = 512,         /* keys of a layer, a call, an entry of `where` */
    LIMIT_PATTERN = 65536,        /* bytes of a pattern */
    LIMIT_DIMENSION = 1 << 24,    /* one extent of a tensor */
    LIMIT_WINDOW = 65535,         /* kernel, stride, pad, dilation: exit 3, class shape-KEY */
    LIMIT_DIAGNOSTICS = 200,      /* printed for one file; the rest are counted */
};

#define LIMIT_TENSOR ((int64_t)1 << 31) /* elements of a tensor, one image */

#endif
