// Bit tests in registers and far into memory, scans, byte swaps.
// build: glibc
#include "show.h"
static uint64_t field[8];
#define BT(op)                                                                                                         \
    do {                                                                                                               \
        uint64_t sum = 0;                                                                                              \
        for (long n = -256; n < 256; n += 7) {                                                                         \
            unsigned char c1, c2, c3, c4;                                                                              \
            uint64_t r = 0x5555aaaa3333cccc;                                                                           \
            __asm__ volatile(op "q %2, %0\n\tsetc %1" : "+m"(field[4]), "=r"(c1) : "r"(n) : "cc", "memory");           \
            __asm__ volatile(op "l %k2, %0\n\tsetc %1" : "+m"(field[4]), "=r"(c2) : "r"(n / 2) : "cc", "memory");      \
            __asm__ volatile(op "q %2, %0\n\tsetc %1" : "+r"(r), "=r"(c3) : "r"(n) : "cc");                            \
            __asm__ volatile(op "w $13, %w0\n\tsetc %1" : "+r"(r), "=r"(c4) : : "cc");                                 \
            sum = (sum ^ r ^ c1 ^ c2 << 1 ^ c3 << 2 ^ c4 << 3) * 0x100000001b3u;                                       \
        }                                                                                                              \
        printf("%s %016lx %016lx\n", op, sum, fnv(field, sizeof field));                                               \
    } while (0)
int main(void)
{
    for (int i = 0; i < 8; i++)
        field[i] = 0x123456789abcdef * (i + 1);
    BT("bt");
    BT("bts");
    BT("btr");
    BT("btc");
    __asm__ volatile("lock btsq $5, %0\n\tlock btrl $40, %1" : "+m"(field[0]), "+m"(*(int *)&field[1])::"cc");
    SHOWX(field[0]);
    SHOWX(field[1]);
    uint64_t v[] = {1, 0x80, 0x8000000000000000, 0xf0f0, 0x100000000};
    for (int i = 0; i < 5; i++) {
        uint64_t f, r, f32 = 77, r16 = 0xffff0000;
        unsigned char z;
        __asm__("bsf %2, %0\n\tbsr %2, %1" : "=r"(f), "=r"(r) : "r"(v[i]) : "cc");
        __asm__("bsf %k1, %k0" : "+r"(f32) : "r"(v[i] | 0x10000) : "cc");
        __asm__("bsr %w2, %w0\n\tsetz %1" : "+r"(r16), "=r"(z) : "r"(v[i] | 2) : "cc");
        printf("%lu %lu %lu %lx %d\n", f, r, f32, r16, z);
    }
    uint64_t keep = 42;
    unsigned char z;
    __asm__("bsf %2, %0\n\tsetz %1" : "+r"(keep), "=r"(z) : "r"(0UL) : "cc");
    printf("zero: kept %lu zf %d\n", keep, z);
    uint64_t s = 0x1122334455667788, s32 = s;
    __asm__("bswap %0\n\tbswap %k1" : "+r"(s), "+r"(s32));
    printf("%lx %lx\n", s, s32);
    return 0;
}
