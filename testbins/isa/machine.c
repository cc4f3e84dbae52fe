// CPUID and RDTSC as relations, NOPs of every length, PAUSE, and what CPUID promises is there.
// build: glibc musl
#include "show.h"
#include <cpuid.h>
int main(void)
{
    unsigned a, b, c, d;
    __cpuid(0, a, b, c, d);
    HOLDS(a >= 1);
    __cpuid(1, a, b, c, d);
    HOLDS(d & 1 << 0 && d & 1 << 8 && d & 1 << 15 && d & 1 << 23 && d & 1 << 24 && d & 1 << 25 && d & 1 << 26);
    HOLDS(c & 1 << 13);
    __cpuid(0x80000001, a, b, c, d);
    HOLDS(d & 1 << 29 && d & 1 << 11 && c & 1);
    uint64_t last = 0, back = 0;
    for (int i = 0; i < 100; i++) {
        uint32_t lo, hi;
        __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
        uint64_t now = (uint64_t)hi << 32 | lo;
        back += now < last;
        last = now;
    }
    SHOW(back);
    __asm__ volatile("nop\n\tpause\n\tnopw (%rax)\n\tnopl 0(%rax)\n\tnopl 8(%rax,%rax,1)\n\tnopw 512(%rax,%rax,1)\n\tdata16 nop\n\tprefetcht0 (%rax)\n\tendbr64\n\tcld\n\tfwait");
    puts("still here");
    return 0;
}
