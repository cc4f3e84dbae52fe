// MUL, IMUL in all forms, DIV, IDIV of all widths, the sign-extension family.
// build: glibc
#include "show.h"
static const uint64_t v[] = {0, 1, 3, 0x7f, 0x80, 0xff, 0x7fff, 0x8001, 0xffff, 0x7fffffff, 0x80000001, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000003, 0xffffffffffffffff};
#define N (sizeof v / sizeof *v)
#define MUL(op, reg)                                                                                      \
    do {                                                                                                  \
        uint64_t sum = 0;                                                                                 \
        for (unsigned i = 0; i < N; i++)                                                                  \
            for (unsigned j = 0; j < N; j++) {                                                            \
                uint64_t a = v[i], d = 0xd00d, f;                                                         \
                __asm__ volatile(op " %" reg "3\n\tpushfq\n\tpop %2" : "+a"(a), "+d"(d), "=&r"(f) : "r"(v[j]) : "cc"); \
                sum = (sum ^ a ^ d << 1 ^ (f & 0x801) << 30) * 0x100000001b3u;                            \
            }                                                                                             \
        printf("%s %s %016lx\n", op, reg, sum);                                                           \
    } while (0)
#define IMUL2(reg)                                                                                        \
    do {                                                                                                  \
        uint64_t sum = 0;                                                                                 \
        for (unsigned i = 0; i < N; i++)                                                                  \
            for (unsigned j = 0; j < N; j++) {                                                            \
                uint64_t a = v[i], b = 0xbbbbbbbbbbbbbbbb, f, g;                                          \
                __asm__ volatile("imul %" reg "4, %" reg "0\n\tpushfq\n\tpop %2\n\timul $-77, %" reg "4, %" reg "1\n\tpushfq\n\tpop %3" \
                                 : "+&r"(a), "+&r"(b), "=&r"(f), "=&r"(g) : "r"(v[j]) : "cc");            \
                sum = (sum ^ a ^ b << 1 ^ (f & 0x801) << 30 ^ (g & 0x801) << 13) * 0x100000001b3u;        \
            }                                                                                             \
        printf("imul2 %s %016lx\n", reg, sum);                                                            \
    } while (0)
#define DIV(op, reg, hi, lo, by)                                                                          \
    do {                                                                                                  \
        uint64_t a = lo, d = hi, b = by;                                                                  \
        __asm__ volatile(op " %" reg "2" : "+a"(a), "+d"(d) : "r"(b) : "cc");                             \
        printf("%s %s %lx %lx\n", op, reg, a, d);                                                         \
    } while (0)
int main(void)
{
    MUL("mul", "b"); MUL("mul", "w"); MUL("mul", "k"); MUL("mul", "q");
    MUL("imul", "b"); MUL("imul", "w"); MUL("imul", "k"); MUL("imul", "q");
    IMUL2("w"); IMUL2("k"); IMUL2("q");
    DIV("div", "b", 7, 0xffff0101, 9);
    DIV("idiv", "b", 7, (uint64_t)-1000 & 0xffff, 9);
    DIV("div", "w", 0xaaaa0003, 0xbbbb1234, 99);
    DIV("idiv", "w", 0xffff, (uint64_t)-3000, 99);
    DIV("div", "k", 0xaaaaaaaa00000003, 0xbbbbbbbb12345678, 99);
    DIV("idiv", "k", 0xffffffff, (uint64_t)-300000, 99);
    DIV("div", "q", 3, 0x123456789abcdef0, 99);
    DIV("idiv", "q", (uint64_t)-1, (uint64_t)-30000000000, (uint64_t)-99);
    DIV("idiv", "q", (uint64_t)-2, 5, 0x4000000000000001);
    uint64_t a = 0xffffffffffffff80, d = 1;
    __asm__("cbtw" : "+a"(a)); printf("cbw %lx\n", a);
    a = 0x18000;
    __asm__("cwtl" : "+a"(a)); printf("cwde %lx\n", a);
    __asm__("cltq" : "+a"(a)); printf("cdqe %lx\n", a);
    __asm__("cqto" : "+a"(a), "=d"(d)); printf("cqo %lx\n", d);
    a = 0x7fff8000; d = ~0UL;
    __asm__("cwtd" : "+a"(a), "+d"(d)); printf("cwd %lx\n", d);
    __asm__("cltd" : "+a"(a), "+d"(d)); printf("cdq %lx\n", d);
    uint64_t r = ~0UL;
    __asm__("movsbw %b1, %w0" : "+r"(r) : "r"(0x7fUL)); printf("%lx\n", r);
    __asm__("movzbl %b1, %k0" : "+r"(r) : "r"(0x80UL)); printf("%lx\n", r);
    __asm__("movsbq %b1, %0" : "+r"(r) : "r"(0x80UL)); printf("%lx\n", r);
    __asm__("movslq %k1, %0" : "+r"(r) : "r"(0x80000000UL)); printf("%lx\n", r);
    __asm__("movzwq %w1, %0" : "+r"(r) : "r"(0x12348000UL)); printf("%lx\n", r);
    return 0;
}
