// Arithmetic and its flags: every width, with and without carry in, over edge values.
// build: glibc
#include "show.h"
static uint64_t sum;
static const uint64_t values[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0x123456789abcdef0};
#define COUNT (sizeof values / sizeof *values)
static void take(uint64_t r, uint64_t f, uint64_t mask)
{
    sum = (sum ^ r ^ (f & mask) << 32) * 0x100000001b3u + 1;
}
#define BINARY(op, reg, mask)                                                                       \
    do {                                                                                            \
        sum = 0;                                                                                    \
        for (unsigned i = 0; i < COUNT; i++)                                                        \
            for (unsigned j = 0; j < COUNT; j++)                                                    \
                for (int c = 0; c < 2; c++) {                                                       \
                    uint64_t a = values[i], b = values[j], f;                                       \
                    __asm__ volatile("bt $0, %3\n\t" op " %" reg "2, %" reg "0\n\tpushfq\n\tpop %1" \
                                     : "+&r"(a), "=&r"(f) : "r"(b), "r"(c) : "cc");                 \
                    take(a, f, mask);                                                               \
                }                                                                                   \
        printf("%-4s %s %016lx\n", op, reg, sum);                                                   \
    } while (0)
#define UNARY(op, reg, mask)                                                                \
    do {                                                                                    \
        sum = 0;                                                                            \
        for (unsigned i = 0; i < COUNT; i++)                                                \
            for (int c = 0; c < 2; c++) {                                                   \
                uint64_t a = values[i], f;                                                  \
                __asm__ volatile("bt $0, %2\n\t" op " %" reg "0\n\tpushfq\n\tpop %1"        \
                                 : "+&r"(a), "=&r"(f) : "r"(c) : "cc");                     \
                take(a, f, mask);                                                           \
            }                                                                               \
        printf("%-4s %s %016lx\n", op, reg, sum);                                           \
    } while (0)
#define WIDTHS(kind, op, mask) kind(op, "b", mask); kind(op, "w", mask); kind(op, "k", mask); kind(op, "q", mask)
int main(void)
{
    enum { ALL = 0x8d5, NO_AF = 0x8c5 };
    WIDTHS(BINARY, "add", ALL);
    WIDTHS(BINARY, "adc", ALL);
    WIDTHS(BINARY, "sub", ALL);
    WIDTHS(BINARY, "sbb", ALL);
    WIDTHS(BINARY, "cmp", ALL);
    WIDTHS(BINARY, "and", NO_AF);
    WIDTHS(BINARY, "or", NO_AF);
    WIDTHS(BINARY, "xor", NO_AF);
    WIDTHS(BINARY, "test", NO_AF);
    WIDTHS(UNARY, "inc", ALL);
    WIDTHS(UNARY, "dec", ALL);
    WIDTHS(UNARY, "neg", ALL);
    WIDTHS(UNARY, "not", ALL);
    return 0;
}
