/* A plane of a depthwise convolution: one channel, straight from its input. */
#ifndef CNNC_KERNEL_DEPTHWISE_H
#define CNNC_KERNEL_DEPTHWISE_H

#include "../base/isa.h"
#include "../plan/plan.h"

/* out[y][x] = activation(bias + biases[y][x] + residual[y][x] + sum over (i, j), in their order, of
 * weights[i][j] * in[y*stride - pad + i*dilation][x*stride - pad + j*dilation]), zeros around `in`;
 * one chain of fused multiply-adds. Pointers that are NULL add nothing. */
struct depthwise_plane {
    float *out;
    const float *in, *weights, *biases, *residual;
    int64_t out_size[2], in_size[2]; /* height, width */
    int64_t kernel[2], stride[2], dilation[2], pad[2];
    float bias;
    enum activation activation;
    float a, b, slope;
};

struct depthwise_kernels {
    void (*plane)(const struct depthwise_plane *plane);
};
ISA_DECLARE(struct depthwise_kernels, depthwise_kernels);

#endif
