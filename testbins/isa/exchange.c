// Exchange and compare: XCHG, XADD, CMPXCHG of every width, CMPXCHG8B and 16B, LOCK forms.
// build: glibc
#include "show.h"
#define CAS(type, reg, acc, old, new)                                                                      \
    do {                                                                                                   \
        volatile type m_ = (type)(old);                                                                    \
        uint64_t a_ = (acc), f_;                                                                           \
        __asm__ volatile("lock cmpxchg %" reg "3, %0\n\tpushfq\n\tpop %2" : "+m"(m_), "+a"(a_), "=&r"(f_) : "r"((uint64_t)(new)) : "cc"); \
        printf("cas%zu m %lx a %lx f %lx\n", sizeof m_, (uint64_t)m_, a_, f_ & 0x8d5);                     \
    } while (0)
int main(void)
{
    CAS(uint8_t, "b", 0x1105, 5, 9);
    CAS(uint8_t, "b", 0x1106, 5, 9);
    CAS(uint16_t, "w", 0x10005, 5, 9);
    CAS(uint16_t, "w", 0xf0006, 5, 9);
    CAS(uint32_t, "k", 0x700000005, 5, 9);
    CAS(uint32_t, "k", 0x700000006, 5, 9);
    CAS(uint64_t, "q", 5, 5, 9);
    CAS(uint64_t, "q", 0x8000000000000000, 5, 9);
    struct { uint64_t lo, hi; } __attribute__((aligned(16))) m = {1, 2};
    for (int i = 0; i < 2; i++) {
        uint64_t a = 1, d = 2 + i;
        unsigned char z;
        __asm__ volatile("lock cmpxchg16b %0\n\tsetz %3" : "+m"(m), "+a"(a), "+d"(d), "=r"(z) : "b"(77UL + i), "c"(88UL + i) : "cc");
        printf("16b: %lu %lu a %lu d %lu z %d\n", m.lo, m.hi, a, d, z);
    }
    uint64_t m8 = 0x500000004;
    for (int i = 0; i < 2; i++) {
        uint64_t a = 4 | 1UL << 40, d = 5 | 1UL << 40;
        unsigned char z;
        __asm__ volatile("cmpxchg8b %0\n\tsetz %3" : "+m"(m8), "+a"(a), "+d"(d), "=r"(z) : "b"(6), "c"(7) : "cc");
        printf("8b: %lx a %lx d %lx z %d\n", m8, a, d, z);
    }
    uint64_t x = 0xff, y = 1, z = 0x1122334455667788;
    __asm__ volatile("xaddb %b0, %b1" : "+r"(x), "+r"(y)::"cc");
    printf("%lx %lx\n", x, y);
    volatile uint64_t mem = 100;
    __asm__ volatile("lock xaddq %0, %1\n\txchg %2, %1" : "+r"(x), "+m"(mem), "+r"(z)::"cc");
    printf("%lx %lx %lx\n", x, mem, z);
    __asm__ volatile("xchg %%al, %%ah" : "+a"(z));
    __asm__ volatile("xchg %k0, %k1" : "+r"(x), "+r"(z));
    printf("%lx %lx\n", x, z);
    volatile int counter = 0;
    for (int i = 0; i < 100; i++)
        __asm__ volatile("lock incl %0\n\tlock addl $2, %0\n\tlock xorl $1, %0\n\tlock decl %0\n\tlock negl %0" : "+m"(counter)::"cc");
    SHOW(counter);
    return 0;
}
