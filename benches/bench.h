/* What the kernels share: a checksum at the end, to compare native and emulated runs. */
#ifndef BENCH_H
#define BENCH_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static inline int done(const char *name, uint64_t checksum)
{
    printf("%s %016lx\n", name, checksum);
    return 0;
}
/* Pseudo-random numbers: xorshift. */
static inline uint64_t rnd(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}
#endif
