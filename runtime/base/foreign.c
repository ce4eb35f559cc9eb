#include "foreign.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define SAVEZ                                                                                      \
    "; in Python, numpy.savez(NAME, **{'conv1.weight': array, ...}) writes one of arrays "         \
    "filters x channels x height x width"
#define OF(name, weights)                                                                          \
    { name, NULL, CONTENT_OTHER, weights }

static const struct content darknet1 = OF("a weights file of darknet (version 0.1)", SAVEZ),
                            darknet2 = OF("a weights file of darknet (version 0.2)", SAVEZ),
                            caffe = OF("a Caffe model", SAVEZ),
                            tensorflow = OF("a TensorFlow model", SAVEZ),
                            checkpoint = OF("a part of a TensorFlow checkpoint", SAVEZ),
                            coreml = OF("a Core ML model", SAVEZ),
                            flax = OF("a MessagePack file, as Flax saves", SAVEZ);

static bool begins(const unsigned char *bytes, size_t length, const char *with) {
    return length >= strlen(with) && memcmp(bytes, with, strlen(with)) == 0;
}

static bool holds(const unsigned char *bytes, size_t length, size_t most, const char *word) {
    return memmem(bytes, length < most ? length : most, word, strlen(word)) != NULL;
}

static uint32_t get32(const unsigned char *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Major, minor and revision, 32 bits each, the pictures seen in 32 bits, or from 0.2 on in 64, and
 * float32. */
static const struct content *of_darknet(const unsigned char *bytes, size_t length) {
    if (length < 20 || get32(bytes) != 0 || get32(bytes + 8) > 99 || length % 4 != 0)
        return NULL;
    uint32_t minor = get32(bytes + 4);
    return minor == 1 ? &darknet1 : minor == 2 ? &darknet2 : NULL;
}

/* ---- protobuf ---- */

enum { FIELDS = 4096 /* at most, to tell what they make */ };
enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct field {
    uint64_t number, value; /* of a varint: the value; of bytes: how many */
    enum wire wire;
    const unsigned char *bytes;
};

static bool take_varint(const unsigned char **at, const unsigned char *end, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        unsigned char byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool take_field(const unsigned char **at, const unsigned char *end, struct field *field) {
    uint64_t tag, size;
    if (!take_varint(at, end, &tag) || tag >> 3 == 0 || tag >> 32 != 0)
        return false;
    *field = (struct field){.number = tag >> 3, .wire = (enum wire)(tag & 7)};
    if (field->wire == WIRE_VARINT)
        return take_varint(at, end, &field->value);
    if (field->wire == WIRE_BYTES) {
        if (!take_varint(at, end, &field->value))
            return false;
        size = field->value;
    } else if (field->wire == WIRE_64 || field->wire == WIRE_32) {
        size = field->wire == WIRE_64 ? 8 : 4;
    } else {
        return false;
    }
    field->bytes = *at;
    if (size > (uint64_t)(end - *at))
        return false;
    *at += size;
    return true;
}

/* Does the field begin with two fields of bytes of these numbers? */
static bool opens(const struct field *field, uint64_t first, uint64_t second) {
    struct field inner;
    const unsigned char *at = field->bytes, *end = at + field->value;
    return field->wire == WIRE_BYTES && take_field(&at, end, &inner) && inner.number == first &&
           inner.wire == WIRE_BYTES && take_field(&at, end, &inner) && inner.number == second &&
           inner.wire == WIRE_BYTES;
}

/* What the fields of a message are, seen from above. */
struct message {
    size_t fields;
    uint64_t largest;
    bool layer;        /* 100, of bytes: Caffe's */
    bool old_layer;    /* 2, of bytes */
    bool node;         /* the first is 1, bytes that are a name and an operation */
    bool version_1;    /* the first is 1, the number 1 */
    bool versioned;    /* the first is 1, a small number */
    bool name;         /* the first is 1, bytes that are not a node */
    bool only_1_and_2; /* and 2 begins with field 1 */
};

static bool read_message(const unsigned char *bytes, size_t length, struct message *m) {
    const unsigned char *at = bytes, *end = bytes + length;
    *m = (struct message){.only_1_and_2 = true};
    while (at < end && m->fields < FIELDS) {
        struct field field;
        if (!take_field(&at, end, &field))
            return false;
        bool packed = field.wire == WIRE_BYTES;
        if (m->fields++ == 0) {
            m->node = packed && field.number == 1 && opens(&field, 1, 2);
            m->name = packed && field.number == 1 && !m->node;
            m->versioned = field.wire == WIRE_VARINT && field.number == 1 && field.value < 32;
            m->version_1 = m->versioned && field.value == 1;
        }
        m->largest = field.number > m->largest ? field.number : m->largest;
        m->layer |= packed && field.number == 100;
        m->old_layer |= packed && field.number == 2;
        m->only_1_and_2 &=
            field.number <= 2 &&
            (field.number == 1 || (packed && field.value > 0 && *field.bytes == 0x0A));
    }
    return m->fields > 1;
}

static const struct content *of_protobuf(const unsigned char *bytes, size_t length) {
    struct message m;
    if (length < 4 || !read_message(bytes, length, &m))
        return NULL;
    if (m.layer && m.largest <= 100 && !m.versioned)
        return &caffe;
    if (m.versioned && m.largest >= 200 && m.largest < 10000)
        return &coreml;
    if ((m.version_1 && m.only_1_and_2) || (m.node && m.largest <= 4))
        return &tensorflow;
    return m.name && m.old_layer && m.largest <= 8 ? &caffe : NULL;
}

/* ---- others ---- */

/* The index of a checkpoint is a table, which has its mark at the end. */
static const struct content *of_checkpoint(const unsigned char *bytes, size_t length) {
    static const unsigned char mark[8] = {0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB};
    return length >= 48 && memcmp(bytes + length - 8, mark, 8) == 0 ? &checkpoint : NULL;
}

/* A map whose first key is a short word. */
static const struct content *of_messagepack(const unsigned char *bytes, size_t length) {
    if (length < 4)
        return NULL;
    size_t at = *bytes > 0x80 && *bytes <= 0x8F ? 1 : *bytes == 0xDE ? 3 : 0;
    if (at == 0 || bytes[at] <= 0xA0 || bytes[at] > 0xBF)
        return NULL;
    size_t size = bytes[at++] & 0x1F;
    if (size >= length - at)
        return NULL;
    for (size_t i = 0; i < size; i++)
        if (bytes[at + i] < ' ' || bytes[at + i] > '~')
            return NULL;
    return &flax;
}

/* UTF-8 without control characters, as far as is looked at. */
static bool is_text(const unsigned char *bytes, size_t length) {
    enum { LOOK = 512 };
    const char *text = (const char *)bytes;
    uint32_t code;
    for (size_t i = 0, size; i < length && i < LOOK; i += size) {
        size = text_utf8(text + i, length - i, &code);
        if (size == 0 || (code < ' ' && !isspace((int)code)) || code == 0x7F)
            return false;
    }
    return length > 8;
}

static const struct content *of_text(const unsigned char *bytes, size_t length) {
    enum { HEAD = 1 << 12, INDEX = 1 << 20 };
    static const struct content
        index =
            OF("the index of a sharded checkpoint",
               "; give its parts, as one file: safetensors.torch.save_file of the tensors of all"),
        javascript = OF("a model of TensorFlow.js", SAVEZ),
        json = OF("a JSON file", "; it may be what a server said instead of the file"),
        ncnn = OF("a network of ncnn", "; the tensors are in its .bin file, without names"),
        cfg = OF("a network description of darknet", "; the tensors are in its .weights file"),
        prototxt =
            OF("a network description of Caffe", "; the tensors are in its .caffemodel file"),
        openvino = OF("a network of OpenVINO", "; the tensors are in its .bin file, without names"),
        state = OF("a list of TensorFlow's checkpoints", SAVEZ), text = OF("a text file", NULL);
    if (!is_text(bytes, length))
        return NULL;
    size_t blanks = 0;
    while (blanks < length && isspace(bytes[blanks]))
        blanks++;
    if (blanks < length && bytes[blanks] == '{')
        return holds(bytes, length, INDEX, "\"weight_map\"")        ? &index
               : holds(bytes, length, INDEX, "\"weightsManifest\"") ? &javascript
                                                                    : &json;
    if (*bytes == '<' && holds(bytes, length, HEAD, "<net "))
        return &openvino;
    if (content_of(bytes, length))
        return NULL;
    if (begins(bytes, length, "7767517"))
        return &ncnn;
    if (begins(bytes, length, "model_checkpoint_path"))
        return &state;
    if (holds(bytes, length, HEAD, "[net]") || holds(bytes, length, HEAD, "[convolutional]"))
        return &cfg;
    if (holds(bytes, length, HEAD, "layer {") || holds(bytes, length, HEAD, "layers {"))
        return &prototxt;
    return &text;
}

const struct content *foreign_of(const unsigned char *bytes, size_t length) {
    static const struct content *(*const looks[])(const unsigned char *, size_t) = {
        of_darknet, of_checkpoint, of_protobuf, of_messagepack, of_text};
    const struct content *content = NULL;
    for (size_t i = 0; i < sizeof looks / sizeof *looks && !content; i++)
        content = looks[i](bytes, length);
    return content;
}

/* ---- by name ---- */

const struct content *foreign_by_name(const char *name) {
    static const struct content darknet = OF("a weights file of darknet, by its name", SAVEZ),
                                torch = OF("a checkpoint of PyTorch, by its name",
                                           ", as safetensors.torch.save_file writes"),
                                raw = OF("raw numbers, by its name, as ncnn and OpenVINO keep",
                                         "; it has no names: take the model that it was made from"),
                                mxnet = OF("a parameter file of MXNet, by its name", SAVEZ),
                                paddle = OF("a parameter file of PaddlePaddle, by its name", SAVEZ),
                                matlab = OF("a MATLAB file, by its name", SAVEZ),
                                tensorrt = OF("an engine of TensorRT, by its name",
                                              "; its weights are packed for one device: take the "
                                              "model that it was made from");
    static const struct {
        const char *ending;
        const struct content *content;
    } endings[] = {
        {".weights", &darknet}, {".caffemodel", &caffe}, {".pb", &tensorflow},
        {".meta", &tensorflow}, {".index", &checkpoint}, {".ckpt", &checkpoint},
        {".pth", &torch},       {".pt", &torch},         {".bin", &raw},
        {".params", &mxnet},    {".pdparams", &paddle},  {".pdiparams", &paddle},
        {".mat", &matlab},      {".mlmodel", &coreml},   {".engine", &tensorrt},
        {".msgpack", &flax},    {".trt", &tensorrt},
    };
    const char *slash = name ? strrchr(name, '/') : NULL;
    const char *base = slash ? slash + 1 : name, *dot = base ? strrchr(base, '.') : NULL;
    if (dot && strncmp(dot, ".data-", 6) == 0 && strstr(dot, "-of-"))
        return &checkpoint;
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i].ending) == 0)
            return endings[i].content;
    return NULL;
}
