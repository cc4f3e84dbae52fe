// Shifts and rotates by every count, with the flags that are defined.
// build: glibc
#include "show.h"
static const uint64_t values[] = {0, 1, 0x80, 0xff, 0x8000, 0xffff, 0x80000000, 0xdeadbeef, 0x8000000000000000, 0xffffffffffffffff, 0x123456789abcdef1};
#define COUNT (sizeof values / sizeof *values)
#define SHIFT(op, reg, bits, logic)                                                                   \
    do {                                                                                              \
        uint64_t sum = 0;                                                                             \
        for (unsigned i = 0; i < COUNT; i++)                                                          \
            for (unsigned n = 0; n < 70; n++)                                                         \
                for (int c = 0; c < 2; c++) {                                                         \
                    uint64_t a = values[i], f;                                                        \
                    __asm__ volatile("cmp %4, %4\n\tbt $0, %3\n\t" op " %b2, %" reg "0\n\tpushfq\n\tpop %1" \
                                     : "+&r"(a), "=&r"(f) : "c"(n), "r"(c), "r"(0) : "cc");           \
                    unsigned m = n & (bits == 64 ? 63 : 31);                                          \
                    uint64_t mask = logic ? (m ? 0xc4 : 0) : 0;                                       \
                    if (m && (!logic || m <= bits)) mask |= 1;                                        \
                    if (m == 1) mask |= 0x800;                                                        \
                    sum = (sum ^ a ^ (f & mask) << 32) * 0x100000001b3u + 1;                          \
                }                                                                                     \
        printf("%-4s %d %016lx\n", op, bits, sum);                                                    \
    } while (0)
#define DOUBLE(op, reg, bits)                                                                          \
    do {                                                                                               \
        uint64_t sum = 0;                                                                              \
        for (unsigned i = 0; i < COUNT; i++)                                                           \
            for (unsigned j = 0; j < COUNT; j++)                                                       \
                for (unsigned n = 0; n < 70; n++) {                                                    \
                    if ((n & (bits == 64 ? 63 : 31)) > bits) continue;                                 \
                    uint64_t a = values[i], f;                                                         \
                    __asm__ volatile(op " %%cl, %" reg "3, %" reg "0\n\tpushfq\n\tpop %1"              \
                                     : "+&r"(a), "=&r"(f) : "c"(n), "r"(values[j]) : "cc");            \
                    sum = (sum ^ a) * 0x100000001b3u + (n & 31 ? f & 1 : 0);                           \
                }                                                                                      \
        printf("%-4s %d %016lx\n", op, bits, sum);                                                     \
    } while (0)
#define WIDTHS(op, logic) SHIFT(op, "b", 8, logic); SHIFT(op, "w", 16, logic); SHIFT(op, "k", 32, logic); SHIFT(op, "q", 64, logic)
int main(void)
{
    WIDTHS("shl", 1);
    WIDTHS("shr", 1);
    WIDTHS("sar", 1);
    WIDTHS("rol", 0);
    WIDTHS("ror", 0);
    WIDTHS("rcl", 0);
    WIDTHS("rcr", 0);
    DOUBLE("shld", "w", 16);
    DOUBLE("shld", "k", 32);
    DOUBLE("shld", "q", 64);
    DOUBLE("shrd", "w", 16);
    DOUBLE("shrd", "k", 32);
    DOUBLE("shrd", "q", 64);
    uint64_t a = 0x80, b = 1;
    __asm__("rolb $1, %b0; rorw $3, %w1" : "+r"(a), "+r"(b)::"cc");
    printf("%lx %lx\n", a, b);
    return 0;
}
