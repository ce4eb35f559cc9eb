/* The passes from graph to plan, by name: what `cnnc plan --after` may stop at. */
#ifndef CNNC_PASS_H
#define CNNC_PASS_H

enum pass { PASS_FOLD, PASS_FUSE, PASS_CHOOSE, PASS_MEMPLAN, PASS_COUNT };
extern const char *const pass_names[PASS_COUNT + 1]; /* "fold" ...; ends with NULL */

#endif
