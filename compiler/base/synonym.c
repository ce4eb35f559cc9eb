#include "synonym.h"

#include <stdbool.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Ours, and what others say for the same, each between spaces, without case, `_` and `-`. A word
 * may stand in several rows: that one counts whose own word is among the candidates. `whole` is
 * what to write where the own word alone would mean something else. */
static const struct {
    const char *own, *whole, *others;
} table[] = {
    {"conv", NULL, " conv2d convolution convolutional convolution2d spatialconvolution "},
    {"conv", "conv: {groups: depthwise, kernel: ...}",
     " depthwise depthwiseconv depthwiseconv2d depthwiseconvolution dwconv "},
    {"deconv", NULL,
     " convtranspose convtranspose2d conv2dtranspose deconvolution transposedconv "},
    {"local", NULL, " locallyconnected locallyconnected2d unshared "},
    {"fc", NULL, " dense linear fullyconnected innerproduct gemm connected "},
    {"pool", "pool: {type: max, kernel: ...}", " maxpool maxpool2d maxpooling maxpooling2d "},
    {"pool", "pool: {type: average, kernel: ...}",
     " avgpool avgpool2d averagepool averagepool2d averagepooling averagepooling2d meanpool "
     "subsampling "},
    {"pool", "pool: {type: average, global: true}",
     " gap globalavgpool globalavgpool2d globalaveragepool globalaveragepooling "
     "globalaveragepooling2d "},
    {"pool", "pool: {type: max, global: true}",
     " gmp globalmaxpool globalmaxpool2d globalmaxpooling globalmaxpooling2d "},
    {"pool", NULL, " pooling pool2d "},
    {"bn", NULL, " batchnorm batchnorm1d batchnorm2d batchnormalization "},
    {"lrn", NULL, " localresponsenorm localresponsenormalization crossmaplrn2d "},
    {"leaky_relu", "leaky_relu: {slope: ...}", " leakyrelu lrelu leaky "},
    {"hardsigmoid", NULL, " hsigmoid "},
    {"hardswish", NULL, " hswish "},
    {"sigmoid", NULL, " logistic "},
    {"clip", "clip: {min: -1, max: 1}", " hardtanh "},
    {"clip", NULL, " clamp "},
    {"silu", NULL, " swish "},
    {"softmax", NULL, " softmax2d "},
    {"dropout", NULL, " dropout2d spatialdropout2d "},
    {"upsample", "upsample: {scale: ...}", " upsampling upsampling2d resize interpolate "},
    {"shuffle", NULL, " channelshuffle "},
    {"pad", NULL, " zeropad zeropad2d zeropadding2d constantpad2d padding pads "},
    {"pad", "pad: {pad: ...} with negative sides", " crop cropping cropping2d "},
    {"add", NULL, " eltwise sum residual shortcut "},
    {"mul", NULL, " multiply "},
    {"concat", NULL, " concatenate cat route "},
    {"kernel", NULL, " kernelsize kernelshape poolsize filtersize size window ksize "},
    {"stride", NULL, " strides step "},
    {"filters", NULL, " outchannels channels numoutput maps featuremaps depth nfilters "},
    {"units", NULL, " outfeatures features neurons hidden output outputs numoutput "},
    {"dilation", NULL, " dilationrate dilations rate "},
    {"groups", NULL, " group "},
    {"bias", NULL, " usebias biasterm "},
    {"eps", NULL, " epsilon "},
    {"slope", NULL, " negativeslope alpha "},
    {"rate", NULL, " p prob probability ratio dropoutratio "},
    {"scale", NULL, " scalefactor factor "},
    {"type", NULL, " pool mode kind "},
    {"global", NULL, " globalpooling "},
    {"count_pad", NULL, " countincludepad "},
    {"fit", "fit: ceil", " ceilmode "},
    {"min", NULL, " minvalue "},
    {"max", NULL, " maxvalue maximum "},
    {"average", NULL, " avg mean ave "},
    {"within", NULL, " withinchannel "},
    {"channels", NULL, " acrosschannels "},
    {"same", NULL, " sameupper "},
    {"tf", NULL, " tensorflow "},
    {"torchvision", NULL, " torch pytorch "},
};

/* Words of the field that mean something of their own which is none of ours: the nearest of ours is
 * not meant. */
static const char foreign[] =
    " gelu selu celu mish softplus softsign softmin logsoftmax logsigmoid glu geglu swiglu rrelu "
    "crelu "
    "relu1 relun maxout tanhshrink hardshrink softshrink threshold sin cos tan atan asin acos sinh "
    "cosh erf exp log sqrt rsqrt abs neg pow sub div minimum reciprocal floor round "
    "layernorm groupnorm instancenorm instancenorm1d instancenorm2d rmsnorm weightnorm "
    "spectralnorm "
    "l2norm normalize normalization scale affine batchnorm3d conv1d conv3d convtranspose1d "
    "convtranspose3d conv1dtranspose conv3dtranspose maxpool1d maxpool3d avgpool1d avgpool3d "
    "maxpooling1d maxpooling3d separableconv separableconv2d sepconv deformconv deformconv2d "
    "octconv "
    "involution adaptiveavgpool2d adaptivemaxpool2d adaptiveavgpool adaptivemaxpool "
    "lppool lppool2d fractionalmaxpool2d stochasticpool roipool roialign spp unpool maxunpool "
    "maxunpool2d lstm gru rnn embedding attention multiheadattention transformer lambda reshape "
    "permute transpose slice split unfold fold pixelshuffle pixelunshuffle depthtospace "
    "spacetodepth "
    "reorg yolo region detection cost reflectionpad2d replicationpad2d alphadropout gaussiannoise "
    "argmax squeeze unsqueeze bilinear identity activation se "
    /* keys and values */
    "nobias keepprob exclude l1 linear trilinear bicubic rgba argb cmyk reflect ";

/* Without case, `_` and `-`; false when it is longer than any of ours. */
static bool normalise(const char *word, char out[64]) {
    size_t length = 0;
    for (; *word; word++) {
        if (*word == '_' || *word == '-')
            continue;
        if (length == 63 || *word == ' ')
            return false;
        out[length++] = (char)tolower((unsigned char)*word);
    }
    out[length] = '\0';
    return length > 0;
}

static bool is_among(const char *words, const char *word) {
    char plain[64];
    if (!normalise(word, plain))
        return false;
    size_t length = strlen(plain);
    for (const char *at = words; (at = strstr(at, plain)); at++)
        if (at > words && at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

const char *synonym_find(const char *word, const char *const *candidates, size_t count) {
    for (size_t row = 0; row < sizeof table / sizeof *table; row++) {
        if (!is_among(table[row].others, word))
            continue;
        for (size_t i = 0; i < count; i++)
            if (candidates[i] && !strcasecmp(candidates[i], table[row].own))
                return table[row].whole ? table[row].whole : candidates[i];
    }
    return NULL;
}

bool synonym_is_foreign(const char *word) { return is_among(foreign, word); }
