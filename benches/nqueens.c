// kernel: recursion and bit masks: all ways to place 4 to 14 queens
#include "bench.h"
static uint64_t place(uint32_t all, uint32_t cols, uint32_t left, uint32_t right)
{
    if (cols == all)
        return 1;
    uint64_t found = 0;
    for (uint32_t free = all & ~(cols | left | right); free;) {
        uint32_t bit = free & -free;
        free ^= bit;
        found += place(all, cols | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return found;
}
int main(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < 22; i++) {
        int n = 4 + i % 11;
        sum = sum * 1000003 + place((1u << n) - 1, 0, 0, 0);
    }
    return done("nqueens", sum);
}
