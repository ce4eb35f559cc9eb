/* Vectors run along the output rows. A tap of a vector is loaded from the input itself: lanes that
 * fall outside of the map are masked to zeros and never touched, so that no copy with zeros around
 * is made. */
#include "kernel_depthwise.h"

#include "../base/integer.h"
#include "kernel_activation.h"

enum { TAPS_MOST = 7 /* of a kernel's row, to keep their masks */ };

/* What is constant where a plane is inlined, so that loops unroll and masks stay in registers. */
struct variant {
    int64_t stride, width; /* along a row: of the pixels, of the kernel */
    bool inside;           /* whole vectors can be loaded at all taps */
};

/* What a vector sees of an input row at one tap: lane l is the float at start + l*stride, for the
 * lanes that are in the row. */
struct tap {
    int64_t start, first, end; /* lanes first .. end - 1 */
    vlanes low, high;          /* the floats of these lanes, of two vectors where the stride is 2 */
};

VECTOR_INLINE struct tap tap_of(const struct depthwise_plane *p, struct variant v, int64_t x,
                                int64_t j) {
    struct tap tap = {.start = x * v.stride - p->pad[1] + j * p->dilation[1]};
    if (v.inside)
        return tap;
    int64_t count = least(LANES, p->out_size[1] - x), left = p->in_size[1] - tap.start;
    int64_t first = tap.start < 0 ? ratio_up(-tap.start, v.stride) : 0;
    int64_t end = left > 0 ? least(ratio_up(left, v.stride), count) : 0;
    tap.first = first < end ? first : 0;
    tap.end = first < end ? end : 0;
    int64_t begin = tap.first * v.stride, past = most((tap.end - 1) * v.stride + 1, 0);
    if (v.stride > 2)
        return tap;
    tap.low = vlanes_range(least(begin, LANES), least(past, LANES));
    tap.high = vlanes_range(most(begin - LANES, 0), most(past - LANES, 0));
    return tap;
}

VECTOR_INLINE vfloat load_tap(const float *row, struct variant v, const struct tap *tap) {
    const float *from = row + tap->start;
    if (v.stride == 1)
        return v.inside ? vload(from) : vload_lanes(from, tap->low);
    if (v.stride == 2 && v.inside)
        return veven(vload(from), vload(from + LANES));
    if (v.stride == 2)
        return veven(vload_lanes(from, tap->low), vload_lanes(from + LANES, tap->high));
    vfloat x = {0};
    for (int64_t l = tap->first; l < tap->end; l++)
        x[l] = from[l * v.stride];
    return x;
}

VECTOR_INLINE void end_vector(const struct depthwise_plane *p, int64_t offset, size_t count,
                              vfloat x) {
    x += vall(p->bias);
    if (p->biases)
        x += vload_part(p->biases + offset, count);
    if (p->residual)
        x += vload_part(p->residual + offset, count);
    x = vactivate(x, p->activation, p->a, p->b, vall(p->slope));
    vstore_part(p->out + offset, x, count);
}

/* The vectors of all rows at column x. A row's chain of multiply-adds is short, and the processor
 * has those of several rows under way. */
VECTOR_INLINE void run_column(const struct depthwise_plane *p, struct variant v, int64_t x) {
    size_t count = (size_t)least(LANES, p->out_size[1] - x);
    struct tap taps[TAPS_MOST];
    for (int64_t j = 0; j < least(v.width, TAPS_MOST); j++)
        taps[j] = tap_of(p, v, x, j);
    for (int64_t y = 0; y < p->out_size[0]; y++) {
        vfloat sum = {0};
        int64_t row = y * p->stride[0] - p->pad[0];
        for (int64_t i = 0; i < p->kernel[0]; i++, row += p->dilation[0]) {
            if (row < 0 || row >= p->in_size[0])
                continue;
            const float *in = p->in + row * p->in_size[1], *weights = p->weights + i * v.width;
            for (int64_t j = 0; j < v.width; j++) {
                struct tap tap = j < TAPS_MOST ? taps[j] : tap_of(p, v, x, j);
                sum = vfma(vall(weights[j]), load_tap(in, v, &tap), sum);
            }
        }
        end_vector(p, y * p->out_size[1] + x, count, sum);
    }
}

/* The plane is a copy, which no store can change. */
VECTOR_INLINE void run_plane(struct depthwise_plane p, int64_t stride, int64_t width) {
    int64_t reach = (width - 1) * p.dilation[1] + LANES * stride;
    for (int64_t x = 0; x < p.out_size[1]; x += LANES) {
        int64_t start = x * stride - p.pad[1];
        if (start >= 0 && start + reach <= p.in_size[1] && stride <= 2 &&
            x + LANES <= p.out_size[1])
            run_column(&p, (struct variant){stride, width, true}, x);
        else
            run_column(&p, (struct variant){stride, width, false}, x);
    }
}

static void plane(const struct depthwise_plane *p) {
    if (p->stride[1] == 1 && p->kernel[1] == 3)
        run_plane(*p, 1, 3);
    else if (p->stride[1] == 2 && p->kernel[1] == 3)
        run_plane(*p, 2, 3);
    else if (p->stride[1] == 1)
        run_plane(*p, 1, p->kernel[1]);
    else if (p->stride[1] == 2)
        run_plane(*p, 2, p->kernel[1]);
    else
        run_plane(*p, p->stride[1], p->kernel[1]);
}

const struct depthwise_kernels ISA_NAME(depthwise_kernels) = {.plane = plane};
