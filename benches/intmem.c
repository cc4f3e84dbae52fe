// kernel: integers and memory: the sieve of Eratosthenes, CRC-32 by table, SHA-256
#include "bench.h"
enum { LIMIT = 2000000, BLOCK = 1 << 16 };
static uint8_t composite[LIMIT], data[BLOCK];
static uint32_t crc_table[256], k[64];
static uint32_t sieve(void)
{
    uint32_t count = 0;
    memset(composite, 0, LIMIT);
    for (uint32_t i = 2; i < LIMIT; i++) {
        if (composite[i])
            continue;
        count++;
        for (uint64_t j = (uint64_t)i * i; j < LIMIT; j += i)
            composite[j] = 1;
    }
    return count;
}
static void crc_init(void)
{
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t c = n;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
        crc_table[n] = c;
    }
}
static uint32_t crc(uint32_t c, const uint8_t *p, size_t n)
{
    c = ~c;
    while (n--)
        c = crc_table[(c ^ *p++) & 255] ^ c >> 8;
    return ~c;
}
/* The constants of FIPS 180-4 by their definition: fractional bits of roots of primes. */
static uint32_t root_bits(uint32_t prime, int cube)
{
    /* The largest r with r^n <= prime * 2^(32 n), by bisection; its low 32 bits are the fraction. */
    unsigned __int128 lo = 0, hi = (unsigned __int128)1 << 37;
    while (hi - lo > 1) {
        unsigned __int128 mid = (lo + hi) / 2;
        int low_enough;
        /* At most 37 * 3 bits: nothing overflows. */
        if (cube)
            low_enough = mid * mid * mid <= (unsigned __int128)prime << 96;
        else
            low_enough = mid * mid <= (unsigned __int128)prime << 64;
        if (low_enough)
            lo = mid;
        else
            hi = mid;
    }
    return (uint32_t)lo;
}
static uint32_t start[8];
static void sha_init(void)
{
    int n = 0;
    for (uint32_t p = 2; n < 64; p++) {
        int prime = 1;
        for (uint32_t d = 2; d * d <= p; d++)
            prime &= p % d != 0;
        if (!prime)
            continue;
        if (n < 8)
            start[n] = root_bits(p, 0);
        k[n++] = root_bits(p, 1);
    }
}
#define ROT(x, n) ((x) >> (n) | (x) << (32 - (n)))
static void sha_block(uint32_t h[8], const uint8_t *p)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + (ROT(w[i - 15], 7) ^ ROT(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] + (ROT(w[i - 2], 17) ^ ROT(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(s, h, 32);
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (ROT(s[4], 6) ^ ROT(s[4], 11) ^ ROT(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
        uint32_t t2 = (ROT(s[0], 2) ^ ROT(s[0], 13) ^ ROT(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 28);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}
int main(void)
{
    uint64_t seed = 42, sum = 0;
    crc_init(), sha_init();
    for (int i = 0; i < BLOCK; i++)
        data[i] = rnd(&seed);
    uint32_t h[8], c = 0;
    memcpy(h, start, 32);
    for (int round = 0; round < 28; round++) {
        sum = sum * 31 + sieve();
        for (int i = 0; i < 40; i++)
            c = crc(c, data, BLOCK);
        for (int rep = 0; rep < 12; rep++)
            for (int i = 0; i < BLOCK; i += 64)
                sha_block(h, data + i);
        sum = sum * 31 + c + ((uint64_t)h[0] << 32 | h[7]);
    }
    return done("intmem", sum);
}
