/* What check_plan_hostile.c makes of the plans of plan_zoo.h: a line for each check that a plan
 * file has to pass, with the words that it is refused with. Numbers are of this file, not of the
 * verifier's tables. */
#ifndef CNNC_PLAN_LIES_H
#define CNNC_PLAN_LIES_H

#include <stddef.h>

/* ---- a field out of its range ---- */

/* The nearest values that are refused; text where no number is. */
struct bound {
    const char *plan, *field, *below, *above;
};
#define WINDOW(plan, name, low, high)                                                              \
    {plan, "step1.as." name "[0]", low, high}, { plan, "step1.as." name "[1]", low, high }
#define REAL(field)                                                                                \
    { "conv", field, "nan", "-inf" }
static const struct bound bounds[] = {
    {"fc", "head.tile.wide", "0", "49"},
    {"fc", "head.tile.narrow", "-1", "49"},
    {"fc", "head.name", "1", "25"},
    {"fc", "head.labels", "2", "25"},
    {"fc", "head.arena", NULL, "0x10000000001"},
    {"fc", "head.weights", NULL, "0x10000000001"},
    {"fc", "head.image.given", NULL, "2"},
    {"fc", "head.image.preset", NULL, "6"},
    {"fc", "head.image.filter", NULL, "5"},
    {"fc", "head.image.channels", NULL, "4"},
    {"fc", "head.image.exif", NULL, "3"},
    {"fc", "head.image.layout", NULL, "4"},
    {"fc", "head.image.resize[0]", "-1", "16777217"},
    {"fc", "head.image.resize[1]", "-1", "16777217"},
    {"fc", "head.image.crop[0]", "-1", "16777217"},
    {"fc", "head.image.crop[1]", "-1", "16777217"},
    REAL("head.image.scale"),
    REAL("head.image.mean[0]"),
    REAL("head.image.mean[1]"),
    REAL("head.image.mean[2]"),
    REAL("head.image.std[0]"),
    REAL("head.image.std[1]"),
    REAL("head.image.std[2]"),
    {"fc", "step1.kind", NULL, "13"},
    {"fc", "step1.name", "5", "25"},
    {"fc", "step1.fused", "13", "none"},
    {"affine", "step1.epilogue.bias_kind", NULL, "3"},
    {"affine", "step1.epilogue.activation", NULL, "11"},
    {"fc", "layer1.name", "1", "25"},
    {"fc", "layer1.kept", NULL, "2"},
    {"fc", "layer1.transposed", NULL, "2"},
    {"fc", "layer1.vector", NULL, "2"},
    {"fc", "layer1.reserved", NULL, "1"},
    {"fc", "output0.name", "1", "25"},
    {"fc", "output0.vector", NULL, "2"},
    WINDOW("conv", "kernel", "-1", "16777217"),
    WINDOW("conv", "stride", "0", "16777217"),
    WINDOW("conv", "dilation", "0", "16777217"),
    WINDOW("conv", "pad", "-16777217", "16777217"),
    WINDOW("conv", "map", "0", "16777217"),
    WINDOW("conv", "out_start", "-1", "16777217"),
    WINDOW("conv", "out_step", "0", "16777217"),
    {"conv", "step1.as.groups", "0", "16777217"},
    {"conv", "step1.as.order", "-1", "2"},
    {"conv", "step1.as.cut", "0", "4097"},
    {"conv", "step1.as.reserved", "-1", "1"},
    WINDOW("depthwise", "kernel", "0", "65537"),
    WINDOW("depthwise", "stride", "0", "65537"),
    WINDOW("depthwise", "dilation", "0", "65537"),
    WINDOW("depthwise", "pad", "-33554433", "33554433"),
    {"depthwise", "step1.as.multiplier", "0", "16777217"},
    {"depthwise", "step1.as.reserved", "-1", "1"},
    WINDOW("local", "kernel", "0", "16777217"),
    WINDOW("local", "stride", "0", "16777217"),
    WINDOW("local", "pad", "-33554433", "33554433"),
    WINDOW("max", "kernel", "0", "33554433"),
    WINDOW("max", "stride", "0", "33554433"),
    WINDOW("max", "pad", "-1", "33554433"),
    {"max", "step1.as.pad[2]", "-1", "33554433"},
    {"max", "step1.as.pad[3]", "-1", "33554433"},
    {"max", "step1.as.kind", "-1", "3"},
    {"max", "step1.as.count_pad", "-1", "2"},
    {"lrn", "step1.as.size", "0", "16777217"},
    {"lrn", "step1.as.within", "-1", "2"},
    {"lrn", "step1.as.reserved", "-1", "1"},
    {"nearest", "step1.as.scale", "0", "16777217"},
    {"nearest", "step1.as.kind", "-1", "2"},
    {"shuffle", "step1.as.groups", "0", "16777217"},
    {"shuffle", "step1.as.reserved", "-1", "1"},
    {"pad", "step1.as.top", "-33554433", "33554433"},
    {"pad", "step1.as.left", "-33554433", "33554433"},
    {"pad", "step1.as.before", "-33554433", "33554433"},
};
enum { BOUNDS = sizeof bounds / sizeof *bounds };

/* ---- fields that do not go together ---- */

struct lie {
    const char *plan, *changes, *fault; /* NULL: it is none */
};
#define SHAPES(plan, what, c, h, w, fault)                                                         \
    {plan, what ".channels=" c, fault}, {plan, what ".height=" h, fault}, {                        \
        plan, what ".width=" w, fault                                                              \
    }
/* No extent is 0, or beyond 2^24 in a buffer that holds it. */
#define EXTENTS(plan, what, buffer, fault)                                                         \
    SHAPES(plan, what, "0", "0", "0", fault),                                                      \
        {plan, ROOMY(buffer) what ".channels=16777217 " what ".height=1 " what ".width=1", fault}, \
        {plan, ROOMY(buffer) what ".channels=1 " what ".height=16777217 " what ".width=1", fault}, \
    {                                                                                              \
        plan, ROOMY(buffer) what ".channels=1 " what ".height=1 " what ".width=16777217", fault    \
    }
#define ROOMY(buffer) "head.arena=0x8000000000 " buffer ".size=0x4000000000 "
#define VIEW(plan, what, buffer, fault)                                                            \
    EXTENTS(plan, what, buffer, fault), {plan, what ".buffer=3", fault},                           \
        {plan, what ".first=0xFFFFFFFFFFFFFF00", fault}, {plan, what ".first=13", fault},          \
        {plan, what ".channels=16777216 " what ".height=16777216 " what ".width=16777216", fault}, \
    {                                                                                              \
        plan, ROOMY(buffer) what ".channels=2048 " what ".height=2048 " what ".width=2048", fault  \
    }
#define RANGE(plan, what, fault)                                                                   \
    {plan, what ".first=1", fault}, {plan, what ".first=0xFFFFFFFFFFFFFF00", fault}, {             \
        plan, what ".count=65536", fault                                                           \
    }
/* Two gemms of one filter a group and one tap, whose 4 weights take up 16 floats. */
#define TINY(i)                                                                                    \
    "step" i ".as.kernel[0]=1 step" i ".as.kernel[1]=1 step" i ".as.pad[0]=0 step" i               \
    ".as.pad[1]=0 step" i ".as.groups=4 step" i ".weights[0].count=16 "
#define TWO "head.tile.wide=1 head.tile.narrow=1 head.weights=16 " TINY("0") TINY("1")
static const struct lie lies[] = {
    {"conv", "text24=97", "its strings do not end"},
    {"conv", "text4=255", "its strings are not UTF-8"},
    {"conv", "head.image.mean_count=2", "its mean or its std"},
    {"conv", "head.image.std_count=2", "its mean or its std"},
    {"conv", "buffer2.offset=1", "a buffer is not within the arena"},
    {"conv", "buffer2.size=111", "a buffer is not within the arena"},
    {"conv", "buffer2.offset=0xFFFFFFFFFFFFFF00", "a buffer is not within the arena"},
    {"conv", "buffer2.size=128", "a buffer is not within the arena"},
    VIEW("conv", "head.input", "buffer0", "its input is not within a buffer"),
    VIEW("conv", "step1.in[0]", "buffer0", "step 1: an input is not within a buffer"),
    VIEW("add", "step1.in[1]", "buffer1", "step 1: an input is not within a buffer"),
    VIEW("max", "step1.out", "buffer2", "step 1: its output is not within a buffer"),
    VIEW("conv", "step1.epilogue.residual", "buffer1", "its residual has not its output's shape"),
    VIEW("conv", "layer1.view", "buffer1", "layer 1: it is not within a buffer"),
    VIEW("conv", "output0.view", "buffer2", "output 0: it is not within a buffer"),
    /* what a step takes and gives */
    {"conv", "step1.input_count=2", "it has the wrong number of inputs"},
    {"conv", "step1.input_count=0", "it has the wrong number of inputs"},
    {"add", "step1.input_count=1", "it has the wrong number of inputs"},
    {"mul", "step1.input_count=1", "it has the wrong number of inputs"},
    {"l2", "step1.out.buffer=0", "it overwrites what it reads"},
    {"conv", "step1.out.buffer=0", "it overwrites what it reads"},
    {"activate", "buffer0.size=64 head.arena=256 step1.out.first=1", "it overwrites what it reads"},
    {"activate", "buffer0.size=64 head.arena=256 step1.in[0].first=1",
     "it overwrites what it reads"},
    {"softmax", "step1.out.channels=5", "it overwrites what it reads"},
    {"softmax", "step1.out.height=1", "it overwrites what it reads"},
    {"softmax", "step1.out.width=1", "it overwrites what it reads"},
    {"add", "step1.out.buffer=1 step1.out.height=4", "it overwrites what it reads"},
    {"add",
     "buffer0.size=256 buffer1.offset=256 buffer2.offset=368 head.arena=512 step1.out.buffer=0 "
     "step1.out.first=100 output0.view.buffer=0 output0.view.first=100 layer3.kept=0",
     NULL},
    {"add",
     "buffer0.size=256 buffer1.offset=256 buffer2.offset=368 head.arena=512 head.input.first=100 "
     "step0.in[0].first=100 step1.in[0].first=100 layer0.view.first=100 step1.out.buffer=0 "
     "output0.view.buffer=0 layer3.kept=0",
     NULL},
    RANGE("conv", "step1.weights[0]", "its weights are out of range"),
    RANGE("affine", "step1.weights[1]", "its weights are out of range"),
    /* the epilogue */
    RANGE("conv", "step1.epilogue.bias", "its bias or slopes are not as many"),
    RANGE("grouped", "step1.epilogue.slope", "its bias or slopes are not as many"),
    {"conv", "step1.epilogue.bias.count=4", "its bias or slopes are not as many"},
    {"conv", "step1.epilogue.bias_kind=0", "its bias or slopes are not as many"},
    {"conv", "step1.epilogue.bias_kind=2", "its bias or slopes are not as many"},
    {"phase", "step1.epilogue.bias_kind=1", "its bias or slopes are not as many"},
    {"grouped", "step1.epilogue.slope.count=5", "its bias or slopes are not as many"},
    {"grouped", "step1.epilogue.activation=1", "its bias or slopes are not as many"},
    {"phase", "step1.epilogue.activation=4", "its bias or slopes are not as many"},
    SHAPES("conv", "step1.epilogue.residual", "4", "4", "3", "its residual has not its output's"),
    {"conv",
     "buffer2.size=128 head.arena=512 step1.epilogue.residual.buffer=2 "
     "step1.epilogue.residual.first=1",
     "its residual overlaps its output"},
    {"conv", "step0.out.buffer=2 layer1.view.buffer=2 step1.epilogue.residual.buffer=2", NULL},
    {"depthwise", "step1.epilogue.a=6.5", "its clip has no values"},
    {"depthwise", "step1.epilogue.a=nan", "its clip has no values"},
    {"softmax", "head.weights=16 step1.epilogue.bias_kind=1 step1.epilogue.bias.count=6",
     "it has no epilogue"},
    {"max", "step1.epilogue.activation=1", "it has no epilogue"},
    {"lrn",
     "step1.epilogue.residual.buffer=0 step1.epilogue.residual.channels=7 "
     "step1.epilogue.residual.height=4 step1.epilogue.residual.width=4",
     "it has no epilogue"},
    /* gemm */
    {"conv", "step1.as.groups=5", "its groups do not divide its channels"},
    {"conv", "step1.as.groups=3", "its groups do not divide its channels"},
    {"conv", "step1.as.map[0]=6", "its map is not within its output"},
    {"conv", "step1.as.map[1]=5", "its map is not within its output"},
    {"phase", "step1.as.out_start[0]=2", "its map is not within its output"},
    {"phase", "step1.as.out_step[1]=3", "its map is not within its output"},
    {"conv", "step1.as.kernel[0]=0", "its kernel has one side of 0"},
    {"conv", "step1.as.kernel[1]=0", "its kernel has one side of 0"},
    {"conv", "step1.as.kernel[0]=32768 step1.as.kernel[1]=32768", "its filters are larger"},
    {"conv", /* 2^48 taps of 2^16 channels: 2^64 */
     ROOMY("buffer0") "step1.in[0].channels=65536 step1.as.kernel[0]=16777216 "
                      "step1.as.kernel[1]=16777216 step1.weights[0].count=0",
     "its filters are larger"},
    {"conv", "step1.weights[0].count=16", "its packed filters are not as large"},
    {"conv", "step1.as.kernel[0]=4", "its packed filters are not as large"},
    /* the other kinds */
    {"depthwise", "step1.as.multiplier=1", "its multiplier does not give its channels"},
    {"depthwise", "step1.weights[0].count=53", "it has not the weights of its kernels"},
    {"depthwise", "step1.as.kernel[0]=4", "it has not the weights of its kernels"},
    {"local", "step1.weights[0].count=1151", "it has not the weights of its filters"},
    {"local", "step1.as.kernel[1]=4", "it has not the weights of its filters"},
    {"local", /* 2^48 taps of 2^16 channels: 2^64; of 2^12 in 16 lanes; of 2^10 at 4 places */
     ROOMY("buffer0") "step1.in[0].channels=65536 step1.as.kernel[0]=16777216 "
                      "step1.as.kernel[1]=16777216 step1.weights[0].count=0",
     "it has not the weights of its filters"},
    {"local",
     ROOMY("buffer0") "step1.in[0].channels=4096 step1.as.kernel[0]=16777216 "
                      "step1.as.kernel[1]=16777216 step1.weights[0].count=0",
     "it has not the weights of its filters"},
    {"local",
     ROOMY("buffer0") "step1.in[0].channels=1024 step1.as.kernel[0]=16777216 "
                      "step1.as.kernel[1]=16777216 step1.weights[0].count=0",
     "it has not the weights of its filters"},
    {"max", "step1.out.channels=2", "its input and output differ in channels"},
    {"max", "step1.as.pad[0]=3", "one of its windows holds no cell"},
    {"max", "step1.as.pad[2]=3", "one of its windows holds no cell"},
    {"max", "step1.as.stride[0]=4", "one of its windows holds no cell"},
    {"max", "step1.as.stride[1]=4", "one of its windows holds no cell"},
    SHAPES("lrn", "step1.out", "6", "3", "3", "its input and output differ in shape"),
    SHAPES("softmax", "step1.out.buffer=2 step1.out", "5", "1", "2",
           "its input and output differ in shape"),
    SHAPES("add", "step1.out", "3", "4", "4", "its input and output differ in shape"),
    SHAPES("add", "step1.in[1]", "3", "4", "4", "its inputs differ in shape"),
    SHAPES("mul", "step1.in[1]", "3", "2", "2", "its inputs do not go together"),
    {"mul", "step1.in[1].buffer=0 step1.in[1].height=5 step1.in[1].width=5", NULL},
    {"affine", "step1.weights[0].count=19", "it has not a scale and a shift"},
    {"affine", "step1.weights[1].count=19", "it has not a scale and a shift"},
    SHAPES("nearest", "step1.out", "1", "5", "7", "its output is not as large as its scale says"),
    SHAPES("shuffle", "step1.out", "3", "1", "1", "its input and output differ in shape"),
    {"shuffle", "step1.as.groups=4", "its groups do not divide its channels"},
    /* weights */
    {"local", "step1.epilogue.bias.first=16", "the weights of steps 1 and 1 overlap"},
    {"local", "step1.epilogue.bias.first=0", "the weights of steps 1 and 1 overlap"},
    {"affine", "step1.weights[1].first=16", "the weights of steps 1 and 1 overlap"},
    {"affine", "step1.weights[1].first=0", NULL},
    {"pointwise",
     "head.tile.wide=1 head.tile.narrow=1 step1.weights[0].count=16 step1.epilogue.bias.first=0",
     "the weights of steps 1 and 1 overlap"},
    {"shared", "step1.as.cut=16", "the weights of steps 0 and 1 overlap"},
    {"shared", TWO, "its weights are not as many"}, /* but the steps go together */
    {"shared", TWO "step1.in[0].channels=2 step1.out.channels=2 step1.as.groups=2",
     "the weights of steps 0 and 1 overlap"},
    {"shared", TWO "head.arena=256 buffer2.size=80 step1.out.channels=8",
     "the weights of steps 0 and 1 overlap"},
    {"shared", TWO "step1.as.kernel[0]=2", "the weights of steps 0 and 1 overlap"},
    {"shared",
     "head.tile.wide=2 head.tile.narrow=1 head.weights=80 step0.weights[0].count=80 "
     "step1.weights[0].count=80 step1.as.order=1",
     "the weights of steps 0 and 1 overlap"},
    /* layers and lifetimes */
    {"conv", "layer1.step=2", "layer 1: its step does not exist"},
    {"add", "step0.out.buffer=2 layer1.view.buffer=2", "step 1 reads what no step has written"},
    {"add", "step0.out.channels=3 layer1.view.channels=3", "step 1 reads what no step has written"},
    {"conv", "step0.out.buffer=2 layer1.view.buffer=2", "step 1 reads what no step has written"},
    {"conv", "layer3.step=0", "layer 3 is not whole when its step is done"},
    {"conv", "layer1.step=none", "layer 1 is not whole when its step is done"},
    {"conv", "output0.view.first=1", "output 0 is not whole in the end"},
    {"conv", "buffer2.offset=16", "buffer 2 overlaps another that is live"},
    {"conv", "buffer1.offset=0", "buffer 1 overlaps another that is live"},
    {"conv", "buffer2.offset=128", "buffer 2 overlaps another that is live"},
    {"conv", "head.arena=368 buffer0.offset=240 buffer2.offset=64",
     "buffer 2 overlaps another that is live"},
    {"fc", "buffer2.offset=48", NULL}, /* nobody reads what is there any more */
    {"fc", "buffer2.offset=48 layer1.step=1", "buffer 2 overlaps another that is live"},
    {"fc", "buffer2.offset=48 output0.view.buffer=1 output0.view.channels=1",
     "buffer 2 overlaps another that is live"},
};
enum { LIES = sizeof lies / sizeof *lies };

#endif
