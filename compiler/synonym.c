#include "synonym.h"

#include <stdbool.h>

#include <string.h>
#include <strings.h>

/* Ours, and what others say, each between spaces. A word may stand in several rows: that one counts
 * whose own word is among the candidates. */
static const struct {
    const char *own, *others;
} table[] = {
    {"conv", " conv2d convolution convolutional convolution2d spatialconvolution "},
    {"deconv", " convtranspose convtranspose2d conv2dtranspose deconvolution transposed "},
    {"local", " locallyconnected2d locally_connected unshared "},
    {"fc",
     " dense linear fullyconnected fully_connected innerproduct inner_product gemm connected "},
    {"pool",
     " maxpool maxpool2d maxpooling2d max_pool avgpool avgpool2d averagepool "
     "averagepooling2d avg_pool pooling globalaveragepool globalaveragepooling2d "
     "globalmaxpool globalmaxpooling2d adaptiveavgpool2d adaptivemaxpool2d gap subsampling "},
    {"bn", " batchnorm batchnorm2d batch_norm batchnormalization normalization "},
    {"lrn", " localresponsenorm local_response_norm crossmaplrn2d "},
    {"clip", " hardtanh clamp "},
    {"silu", " swish "},
    {"dropout", " dropout2d spatialdropout2d "},
    {"upsample", " upsampling2d resize interpolate unpool "},
    {"shuffle", " channelshuffle channel_shuffle "},
    {"pad", " zeropad2d zeropadding2d constantpad2d padding pads "},
    {"add", " eltwise sum residual shortcut "},
    {"mul", " multiply scale "},
    {"concat", " concatenate cat route "},
    {"kernel", " kernel_size kernel_shape pool_size filter_size size window ksize "},
    {"stride", " strides step "},
    {"filters", " out_channels channels num_output maps feature_maps depth nfilters "},
    {"units", " out_features features neurons hidden output outputs num_output "},
    {"dilation", " dilation_rate dilations rate "},
    {"groups", " group "},
    {"bias", " use_bias bias_term "},
    {"eps", " epsilon "},
    {"slope", " negative_slope alpha "},
    {"rate", " p prob probability ratio dropout_ratio "},
    {"scale", " scale_factor factor "},
    {"type", " pool mode kind "},
    {"global", " global_pooling "},
    {"count_pad", " count_include_pad "},
    {"min", " min_value "},
    {"max", " max_value "},
};

static bool is_among(const char *words, const char *word) {
    size_t length = strlen(word);
    if (length == 0 || strchr(word, ' '))
        return false;
    for (const char *at = words; (at = strcasestr(at, word)); at++)
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
                return candidates[i];
    }
    return NULL;
}
