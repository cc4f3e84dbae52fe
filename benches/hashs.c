// kernel: the same table at 64 KiB: loads that hit
#define SLOTS (1u << 13)
#define ROUNDS 45000000
#define NAME "hashs"
#include "hash.c"
