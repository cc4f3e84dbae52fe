// 128-bit, 64-bit and narrow integer arithmetic, with overflow builtins and divisions.
// build: glibc musl debug
#include "show.h"
#include <stdlib.h>
static void print128(const char *what, unsigned __int128 x) { printf("%s %016lx%016lx\n", what, (uint64_t)(x >> 64), (uint64_t)x); }
int main(void)
{
    volatile uint64_t a = 0xfedcba9876543210, b = 0x0123456789abcdef;
    unsigned __int128 p = (unsigned __int128)a * b;
    print128("mul", p);
    print128("square", p * p);
    print128("div", p / 12345678901u);
    print128("mod", p % 0xfffffffffffu);
    print128("sdiv", (__int128)-p / 1000003);
    print128("shl", p << 77);
    print128("shr", p >> 65);
    print128("sar", (__int128)(p << 3) >> 99);
    print128("big div", p / ((unsigned __int128)b << 20));
    volatile int64_t s[] = {INT64_MIN, -7, -1, 0, 1, 7, INT64_MAX};
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 7; j++) {
            int64_t r;
            printf("%d%d%d ", __builtin_add_overflow(s[i], s[j], &r), __builtin_sub_overflow(s[i], s[j], &r), __builtin_mul_overflow(s[i], s[j], &r));
            if (s[j] && !(s[i] == INT64_MIN && s[j] == -1))
                printf("%ld %ld ", s[i] / s[j], s[i] % s[j]);
        }
    puts("");
    volatile int8_t c = -128;
    volatile int16_t h = -32768;
    volatile int32_t w = INT32_MIN;
    printf("%d %d %d %d %d %d\n", c / 3, c % 3, h / 7, h % 7, w / 11, w % 11);
    printf("%d %d %u %u\n", (int8_t)(c - 1), (int16_t)(h - 1), (uint8_t)(c * 3), (uint16_t)(h * 3));
    printf("%d %d %d %d %d\n", __builtin_popcountll(a), __builtin_clzll(b), __builtin_ctzll(a), __builtin_parityll(a), __builtin_ffsll(a));
    printf("%lx %x %x\n", __builtin_bswap64(a), __builtin_bswap32((uint32_t)a), __builtin_bswap16((uint16_t)a));
    div_t d = div(-17, 5);
    lldiv_t l = lldiv(INT64_MIN, 10);
    printf("%d %d %lld %lld %ld\n", d.quot, d.rem, l.quot, l.rem, labs(s[1]));
    uint64_t x = 88172645463325252u, sum = 0;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        sum += x % ((i & 1023) + 1) + x / (x >> 40 | 1) + (uint64_t)((int32_t)x / ((int)(x >> 50) | 1));
    }
    SHOWX(sum);
    return 0;
}
