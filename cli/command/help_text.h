/* The parts of cnnc-spec(5) as plain text, at most 80 columns wide, for `cnnc help TOPIC`. Made at
 * build time by help_generate.c. */
#ifndef CNNC_HELP_TEXT_H
#define CNNC_HELP_TEXT_H

/* The paragraph of a layer kind ("conv") or of a section ("pattern"), without regard to case; ends
 * with a newline. NULL if there is none. */
const char *help_paragraph(const char *topic);

/* Every topic in lower case, in the order of the page; ends with NULL. */
extern const char *const help_topics[];

#endif
