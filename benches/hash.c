// kernel: a hash table of 8 MiB: loads that miss the caches
#include "bench.h"
#ifndef SLOTS
#define SLOTS (1u << 20)
#define ROUNDS 13000000
#define NAME "hash"
#endif
static uint64_t table[SLOTS];
int main(void)
{
    uint64_t seed = 88172645463325252u, hits = 0, sum = 0;
    uint32_t used = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint64_t key = rnd(&seed) % (SLOTS * 2ull) + 1;
        uint32_t at = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 32) & (SLOTS - 1);
        while (table[at] && table[at] != key)
            at = (at + 1) & (SLOTS - 1);
        if (table[at]) {
            hits++;
            sum += at;
        } else if (used < SLOTS / 2) {
            table[at] = key;
            used++;
        }
    }
    return done(NAME, sum * 31 + hits);
}
