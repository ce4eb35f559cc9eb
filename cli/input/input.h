/* One input of a network: an .npy array of images, or a picture, told apart by content. Arrays of
 * uint8 are pictures, too, where the network has rules for them. */
#ifndef CNNC_INPUT_H
#define CNNC_INPUT_H

#include "../../runtime/picture/pixels.h"
#include "../../runtime/picture/preprocess.h"
#include "../../runtime/plan/plan.h"
#include "../../runtime/weights/npy.h"
#include "sources.h"

struct input {
    const float *images; /* [count][channels][height][width]; of pixels, the first: input_image */
    size_t count;
    bool several;         /* the array counts its images: Nx... */
    bool array;           /* its bytes are needed while it is open */
    bool picture;         /* its images were pictures: pixels, a uint8 array among them */
    bool stream;          /* of standard input or a pipe: one picture alone */
    bool mapped;          /* a file that is not read but mapped, since it is large */
    float *room;          /* for an image, of the caller */
    struct pixels pixels; /* of an array of pictures */
    size_t memory;        /* bytes that one of them may take */
    struct npy npy;
    struct file file; /* the bytes of what cannot be mapped */
};

/* What inputs of a network are. */
struct input_options {
    struct plan_view wanted;
    size_t most;    /* bytes that inputs take while they are read, beside each other or one alone */
    size_t picture; /* bytes that one picture takes: of the file, and what it is decoded with; at
                     * most `most`, which is its default */
    struct preprocess preprocess;
    bool pixels;     /* arrays of uint8 are pictures: the model or --image has rules for them */
    uint32_t layout; /* enum image_layout, of these */
    struct file_error no_picture; /* why pictures are none: class NULL: they are */
};

/* How pictures become the input of the plan, by its image rules; options->no_picture where they
 * cannot be the network's input. */
void input_prepare(const struct plan *plan, size_t most, struct input_options *options);

/* Reads what the source names or holds, with `most` bytes at most, those that the source holds
 * among them, and of a picture no more than it may take; arrays are mapped. A picture goes into
 * `room`, as many floats as the network's input has, which input->images then is. On failure error
 * says why, and nothing is left to close; on success it is a note, of class "note", or its class is
 * NULL. Several threads may read at once. STATUS_LIMIT: it takes more bytes, or is beyond another
 * limit; STATUS_INPUT, STATUS_IO, STATUS_MEMORY. */
MUST_USE enum status input_read(const struct input_options *options,
                                const struct sources_item *source, size_t most, float *room,
                                struct input *input, struct file_error *error);
/* The same of a name by the user, of which `-` and pipes are read to their end. */
MUST_USE enum status input_open(const struct input_options *options, const char *name, float *room,
                                struct input *input, struct file_error *error);
/* Its index-th image, until the next is asked for; in rising order. NULL: memory is short, *error
 * says so. */
const float *input_image(const struct input_options *options, const struct input *input,
                         size_t index, struct file_error *error);
/* Whether it failed since it took more bytes than it might: with more of them it may be read. */
bool input_lacks_memory(enum status status, const struct file_error *error);
void input_close(struct input *input);

#endif
