#include "schema.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/limits.h"
#include "../graph/kind.h"

/* ---- JSON ---- */

static void put_string(struct text *out, const char *string) {
    text_add(out, "\"");
    for (; *string; string++) {
        if (*string == '"' || *string == '\\')
            text_add(out, "\\");
        text_bytes(out, string, 1);
    }
    text_add(out, "\"");
}

/* A comma, unless what comes is the first member of its object or list. */
static void separate(struct text *out) {
    char last = out->length ? out->data[out->length - 1] : '{';
    if (!strchr("{[:,\n", last))
        text_add(out, ",");
}

/* JSON in a notation that can be read within C: 'text' for "text", <pair> for a reference to the
 * definition "pair". A comma is put before a member or element. */
PRINTF(2, 3) static void put(struct text *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *json;
    int length = vasprintf(&json, format, arguments);
    va_end(arguments);
    if (length < 0) {
        out->failed = true;
        return;
    }
    if (!strchr("}],", json[0]))
        separate(out);
    for (const char *at = json; *at; at++) {
        if (*at == '\'')
            text_add(out, "\"");
        else if (*at == '<')
            text_add(out, "{\"$ref\":\"#/definitions/");
        else if (*at == '>')
            text_add(out, "\"}");
        else
            text_bytes(out, at, 1);
    }
    free(json);
}

static void put_key(struct text *out, const char *key) {
    separate(out);
    put_string(out, key);
    text_add(out, ":");
}

/* A definition begins on its own line. */
static void define(struct text *out, const char *name) {
    separate(out);
    text_add(out, "\n");
    put_key(out, name);
}

/* A scalar of the language as JSON: 3, 0.5, true, "same". */
static void put_scalar(struct text *out, const char *scalar) {
    bool number = !scalar[strspn(scalar, "-.0123456789e")]; /* no word is made of these */
    bool boolean = strcmp(scalar, "true") == 0 || strcmp(scalar, "false") == 0;
    separate(out);
    if (number || boolean)
        text_add(out, scalar);
    else
        put_string(out, scalar);
}

/* "conv" as [Cc][Oo][Nn][Vv]: JSON Schema knows no other way to ignore case. */
static void put_any_case(struct text *out, const char *name) {
    for (; *name; name++) {
        int upper = toupper((unsigned char)*name);
        if (upper == *name)
            text_format(out, "%c", *name);
        else
            text_format(out, "[%c%c]", upper, *name);
    }
}

/* ---- values of keys ---- */

static void put_number(struct text *out, const struct key *key, const char *type) {
    put(out, "{'type':'%s'", type);
    if (isfinite(key->least))
        put(out, "'minimum':%.17g", key->least);
    if (isfinite(key->most))
        put(out, "'maximum':%.17g", key->most);
    put(out, "}");
}

/* One integer, or a list of 2 to `most` of them. */
static void put_integers(struct text *out, const struct key *key, int most) {
    put_number(out, key, "integer");
    put(out, "{'type':'array','minItems':2,'maxItems':%d,'items':{'anyOf':[", most);
    put_number(out, key, "integer");
    put(out, "<parameter>");
    put(out, "]}}");
}

/* The forms that a key's value may take. */
static void put_forms(struct text *out, const struct key *key) {
    switch (key->type) {
    case KEY_INTEGER:
        put_number(out, key, "integer");
        break;
    case KEY_REAL:
        put_number(out, key, "number");
        break;
    case KEY_BOOLEAN:
        put(out, "{'type':'boolean'}");
        break;
    case KEY_WORD:
        break;
    case KEY_PAIR:
        put_integers(out, key, 2);
        put(out, "{'type':'string','pattern':'^[0-9]+x[0-9]+$'}");
        break;
    case KEY_PADS:
        put_integers(out, key, 4);
        put(out, "{'type':'string','pattern':'^-?[0-9]+x-?[0-9]+(x-?[0-9]+x-?[0-9]+)?$'}");
        break;
    case KEY_CHANNELS:
        put_integers(out, key, 2);
        break;
    }
    if (key->words && key->words[0]) {
        put(out, "{'enum':[");
        for (const char *const *word = key->words; *word; word++)
            put_scalar(out, *word);
        put(out, "]}");
    }
    put(out, "<parameter>");
}

/* `name` for one value, as a layer in a list has it. */
static void define_value(struct text *out, const char *name, const struct key *key) {
    define(out, name);
    put(out, "{");
    put_key(out, "description");
    put_string(out, key->help ? key->help : key->name);
    if (key->initial) {
        put_key(out, "default");
        put_scalar(out, key->initial);
    }
    put(out, "'anyOf':[");
    put_forms(out, key);
    put(out, "]}");
}

/* `name values` for what `where` may give in place of one value: a list with one an occurrence, or
 * a map with a list over a repeat's turns, whose elements may be such maps again (`name turns`). */
static void define_values(struct text *out, const char *name) {
    char definition[2 * LIMIT_NAME];
    snprintf(definition, sizeof definition, "%s turns", name);
    define(out, definition);
    put(out,
        "{'type':'object','minProperties':1,'maxProperties':1,"
        "'additionalProperties':{'type':'array','items':{'anyOf':[<%s>,<%s turns>]}}}",
        name, name);
    snprintf(definition, sizeof definition, "%s values", name);
    define(out, definition);
    put(out, "{'anyOf':[<%s>,{'type':'array','items':<%s>},<%s turns>]}", name, name, name);
}

/* ---- kinds ---- */

/* Cannot stand alone, as `- relu` does. */
static bool kind_needs_keys(const struct layer_kind *kind) {
    for (size_t i = 0; i < kind->key_count; i++)
        if (kind->keys[i].required)
            return true;
    return kind->joins;
}

/* The keys of a kind; suffix " values" in `where`, "" in a list of layers. */
static void put_properties(struct text *out, const struct layer_kind *kind, const char *suffix) {
    put(out, "'properties':{'name':<name%s>", suffix);
    if (kind->joins)
        put(out, "'from':<names>,'branches':<branches>");
    else
        put(out, "'from':<name%s>", suffix);
    if (kind->shares)
        put(out, "'share':<name%s>", suffix);
    for (size_t i = 0; i < kind->key_count; i++)
        put(out, "'%s':<%s.%s%s>", kind->keys[i].name, kind->name, kind->keys[i].name, suffix);
    put(out, "}");
}

/* `conv`: a layer's settings. A join's may be its branches alone. */
static void define_settings(struct text *out, const struct layer_kind *kind) {
    define(out, kind->name);
    put(out, kind->joins ? "{'anyOf':[<branches>,{'type':'object'" : "{'type':'object'");
    put_key(out, "description");
    put_string(out, kind->summary);
    put_properties(out, kind, "");
    put(out, "'additionalProperties':false,'required':[");
    for (size_t i = 0; i < kind->key_count; i++)
        if (kind->keys[i].required)
            put_scalar(out, kind->keys[i].name);
    put(out, "]");
    if (kind->joins)
        put(out, "'anyOf':[{'required':['branches']},{'required':['from']}]}]");
    put(out, "}");
}

/* `conv in where`: none is required, since a labelled item takes what it lacks from the plain one.
 */
static void define_settings_in_where(struct text *out, const struct layer_kind *kind) {
    char definition[2 * LIMIT_NAME];
    snprintf(definition, sizeof definition, "%s in where", kind->name);
    define(out, definition);
    put(out, "{'type':'object'");
    put_key(out, "description");
    put_string(out, kind->summary);
    put_properties(out, kind, " values");
    put(out, "'additionalProperties':false}");
}

static void define_kind(struct text *out, const struct layer_kind *kind) {
    for (size_t i = 0; i < kind->key_count; i++) {
        char definition[2 * LIMIT_NAME];
        snprintf(definition, sizeof definition, "%s.%s", kind->name, kind->keys[i].name);
        define_value(out, definition, &kind->keys[i]);
        if (!kind->joins)
            define_values(out, definition);
    }
    define_settings(out, kind);
    if (!kind->joins)
        define_settings_in_where(out, kind);
}

/* ---- layers, where, blocks ---- */

/* A pattern for all kinds, or for those that cannot stand alone. */
static void put_kinds_pattern(struct text *out, bool all) {
    text_add(out, "\"^(");
    const char *bar = "";
    for (int id = KIND_input + 1; id < KIND_COUNT; id++) {
        if (!all && !kind_needs_keys(kind_table[id]))
            continue;
        text_add(out, bar);
        put_any_case(out, kind_table[id]->name);
        bar = "|";
    }
    text_add(out, ")$\"");
}

/* A kind or block alone, or a mapping with one key. The lower-case names stand apart so that
 * editors offer them. */
static void define_layer(struct text *out) {
    define(out, "layer");
    put(out, "{'anyOf':[{'enum':[");
    for (int id = KIND_input + 1; id < KIND_COUNT; id++)
        if (!kind_needs_keys(kind_table[id]))
            put_scalar(out, kind_table[id]->name);
    put(out, "]}");
    put(out, "{'type':'string','pattern':'^[A-Za-z0-9_.]+$','not':{'pattern':");
    put_kinds_pattern(out, false);
    put(out, "}}");
    put(out, "{'type':'object','minProperties':1,'maxProperties':1,"
             "'properties':{'pattern':<pattern entry>");
    for (int id = KIND_input + 1; id < KIND_COUNT; id++)
        put(out, "'%s':<%s>", kind_table[id]->name, kind_table[id]->name);
    put(out, "},'patternProperties':{");
    for (int id = KIND_input + 1; id < KIND_COUNT; id++) {
        put(out, "'^");
        put_any_case(out, kind_table[id]->name);
        text_add(out, "$\":");
        put(out, "<%s>", kind_table[id]->name);
    }
    put(out, "},'propertyNames':{'pattern':'^[A-Za-z0-9_.]+$'},"
             "'additionalProperties':<arguments>}]}");
}

/* What no kind claims is a repeat's count or a block's arguments. */
static void define_where(struct text *out) {
    define(out, "where");
    put(out, "{'type':'object',"
             "'propertyNames':{'pattern':'^[A-Za-z0-9_.]+(:[A-Za-z0-9_.]+)?[?]?$'},"
             "'patternProperties':{'[?]$':<present values>");
    for (int id = KIND_input + 1; id < KIND_COUNT; id++) {
        if (kind_table[id]->joins)
            continue;
        put(out, "'^");
        put_any_case(out, kind_table[id]->name);
        text_add(out, "(:[A-Za-z0-9_.]+)?$\":");
        put(out, "<%s in where>", kind_table[id]->name);
    }
    put(out, "},'additionalProperties':{'anyOf':[<count values>,<arguments in where>]}}");
}

static void define_blocks(struct text *out) {
    define(out, "blocks");
    put(out, "{'type':'object',"
             "'propertyNames':{'pattern':'^[A-Za-z0-9_.]+$','not':{'pattern':");
    put_kinds_pattern(out, true);
    put(out, "}},'additionalProperties':{'type':'object','required':['layers'],"
             "'additionalProperties':false,'properties':{'layers':<layers>,"
             "'params':{'description':'names; an entry with a value has that default',"
             "'type':'array','items':{'anyOf':[<name>,{'type':'object','minProperties':1,"
             "'maxProperties':1,'additionalProperties':"
             "{'anyOf':[<scalar>,{'type':'array','items':<scalar>}]}}]}}}}}");
}

/* Definitions that need no table; in the notation of put. */
static const char *const fixed[][2] = {
    {"parameter", "{'description':'a parameter of the block, or a multiple of it',"
                  "'type':'string','pattern':'^[$][A-Za-z0-9_.]+([*][1-9][0-9]*)?$'}"},
    {"scalar", "{'type':['string','number','boolean']}"},
    {"name", "{'description':'a name','anyOf':[{'type':'string','pattern':'^[A-Za-z0-9_.]+$'},"
             "{'type':'number'},<parameter>]}"},
    {"names", "{'anyOf':[<name>,{'type':'array','minItems':1,'items':<name>}]}"},
    {"fit", "{'description':'a size that is not whole: an error, rounded down, or up (pools)',"
            "'anyOf':[{'enum':['exact','floor','ceil']},<parameter>]}"},
    {"present", "{'anyOf':[{'type':'boolean'},<parameter>]}"},
    {"count", "{'anyOf':[{'type':'integer','minimum':0},<parameter>]}"},
    {"layers", "{'type':'array','items':<layer>}"},
    {"branches", "{'description':'lists of layers; [] is the identity','type':'array',"
                 "'minItems':1,'items':<layers>}"},
    {"arguments", "{'description':'arguments of a block','type':'object',"
                  "'additionalProperties':{'anyOf':[<scalar>,{'type':'array','items':<scalar>}]}}"},
    {"arguments in where", "{'description':'arguments of a block','type':'object',"
                           "'additionalProperties':<scalar values>}"},
    {"pattern text", "{'description':'[(CONV-RELU)*N-POOL]*M-FC: layers in textbook notation',"
                     "'type':'string','minLength':1}"},
    {"pattern entry", "{'type':'object','required':['of'],'additionalProperties':false,"
                      "'properties':{'of':<pattern text>,'where':<where>,'from':<name>}}"},
    {"sizes", "{'anyOf':[{'type':'integer','minimum':1},"
              "{'type':'string','pattern':'^[0-9]+x[0-9]+$'},"
              "{'type':'array','minItems':2,'maxItems':2,"
              "'items':{'type':'integer','minimum':1}}]}"},
    {"per channel", "{'anyOf':[{'type':'number'},{'type':'array','minItems':1,'maxItems':3,"
                    "'items':{'type':'number'}}]}"},
    {"image", "{'description':'how a picture becomes the input','type':'object',"
              "'additionalProperties':false,'properties':{"
              "'preset':{'enum':['torchvision','caffe','tf','darknet','mnist']},"
              "'resize':<sizes>,'crop':<sizes>,"
              "'filter':{'enum':['box','bilinear','bicubic','lanczos']},"
              "'scale':{'type':'number'},'mean':<per channel>,'std':<per channel>,"
              "'channels':{'enum':['rgb','bgr','gray']},'exif':{'enum':['apply','ignore']},"
              "'layout':{'enum':['chw','hwc','hw']}}}"},
};

/* Those of them that `where` may give several values of. */
static const char *const valued[] = {"name", "fit", "present", "count", "scalar"};

static const char top[] =
    "{'$schema':'http://json-schema.org/draft-07/schema#','title':'cnnc network',"
    "'description':'A convolutional network for cnnc; see cnnc-spec(5)',"
    "'type':'object','required':['input'],'additionalProperties':false,"
    "'oneOf':[{'required':['layers']},{'required':['pattern']}],"
    "'dependencies':{'where':['pattern']},"
    "'properties':{'name':{'description':'name of the network','type':['string','number']},"
    "'input':{'description':'channels x height x width of one image','anyOf':["
    "{'type':'string','pattern':'^[1-9][0-9]*x[1-9][0-9]*x[1-9][0-9]*$'},"
    "{'type':'array','minItems':3,'maxItems':3,'items':{'type':'integer','minimum':1}}]},"
    "'layers':<layers>,'pattern':<pattern text>,'where':<where>,'blocks':<blocks>,"
    "'outputs':<names>,'fit':<fit>,'image':<image>,"
    "'labels':{'description':'a file with a class name a line','type':'string','minLength':1},"
    "'weights':{'description':'a file of weights','type':'string','minLength':1},"
    "'train':{'type':'object'}},'definitions':{";

void schema_write(struct text *out) {
    put(out, "%s", top);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        define(out, fixed[i][0]);
        put(out, "%s", fixed[i][1]);
    }
    for (size_t i = 0; i < sizeof valued / sizeof *valued; i++)
        define_values(out, valued[i]);
    for (int id = KIND_input + 1; id < KIND_COUNT; id++)
        define_kind(out, kind_table[id]);
    define_layer(out);
    define_where(out);
    define_blocks(out);
    text_add(out, "}}\n");
}
