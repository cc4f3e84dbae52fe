// Every condition code through SETcc, CMOVcc and Jcc, after compares of every sort.
// build: glibc
#include "show.h"
static const int64_t v[] = {0, 1, -1, 2, -2, 127, -128, INT64_MAX, INT64_MIN};
#define CC(cc)                                                                                        \
    do {                                                                                              \
        unsigned set = 0, cmov = 0, jump = 0, width = 0;                                              \
        for (int i = 0; i < 9; i++)                                                                   \
            for (int j = 0; j < 9; j++) {                                                             \
                unsigned char s = 0, b = 0;                                                           \
                uint64_t m = 0, y = 1, k = ~0UL;                                                      \
                int t = 0;                                                                            \
                __asm__ volatile("cmp %5, %4\n\tset" cc " %0\n\tcmov" cc " %6, %1\n\tcmov" cc " %k6, %k3\n\tj" cc " 1f\n\tjmp 2f\n1:\tmov $1, %2\n2:" \
                                 : "+r"(s), "+r"(m), "+r"(t), "+r"(k) : "r"(v[i]), "r"(v[j]), "r"(y) : "cc");  \
                __asm__ volatile("cmpb %b2, %b1\n\tset" cc " %0" : "=r"(b) : "r"(v[i]), "r"(v[j]) : "cc"); \
                set += s * (i + 9 * j), cmov += m * (i + 9 * j), jump += t * (i + 9 * j), width += b * (i + 9 * j); \
                if (k != 1 && k != 0xffffffff) puts("upper half not cleared");                        \
            }                                                                                         \
        printf("%-2s %u %u %u %u\n", cc, set, cmov, jump, width);                                     \
    } while (0)
int main(void)
{
    CC("o"); CC("no"); CC("b"); CC("ae"); CC("e"); CC("ne"); CC("be"); CC("a");
    CC("s"); CC("ns"); CC("p"); CC("np"); CC("l"); CC("ge"); CC("le"); CC("g");
    long n = 5, sum = 0;
    __asm__ volatile("1: add %1, %0\n\tloop 1b" : "+r"(sum), "+c"(n)::"cc");
    SHOW(sum);
    n = 0;
    __asm__ volatile("mov $1, %0\n\tjrcxz 1f\n\tmov $2, %0\n1:" : "=r"(sum), "+c"(n));
    SHOW(sum);
    n = 10, sum = 0;
    __asm__ volatile("1: inc %0\n\tcmp $4, %0\n\tloopne 1b" : "+r"(sum), "+c"(n)::"cc");
    printf("%ld %ld\n", sum, n);
    n = 10, sum = 0;
    __asm__ volatile("1: inc %0\n\tcmp %0, %0\n\tloope 1b" : "+r"(sum), "+c"(n)::"cc");
    printf("%ld %ld\n", sum, n);
    return 0;
}
