/* Random tensors that any language can make again: for networks without weights, for tests.
 *
 * Element i of a stream is made from the state  s = seed + (hash + i + 1) * 0x9E3779B97F4A7C15
 * (mod 2^64) by the finish of splitmix64 (Steele, Lea, Flood 2014):
 *   s = (s ^ s >> 30) * 0xBF58476D1CE4E5B9;  s = (s ^ s >> 27) * 0x94D049BB133111EB;  s ^= s >> 31
 * and is low + (high - low) * (s >> 40) * 2^-24, in double, rounded once to float. hash is FNV-1a
 * (64 bits) of the tensor's name. */
#ifndef CNNC_RANDOM_H
#define CNNC_RANDOM_H

#include "base.h"

/* Elements first .. first + count - 1 of the stream of that name. */
void random_fill(uint64_t seed, const char *name, uint64_t first, size_t count, double low,
                 double high, float *out);

#endif
