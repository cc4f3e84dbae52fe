// SHA-256 written three ways: plain C (BMI2 rotates), AVX2 message schedule as the compiler makes it, SHA-NI.
// build: glibc musl
// flags: -O3 -march=x86-64-v3 -msha
#include "show.h"
#include <immintrin.h>
static const uint32_t k[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
static uint32_t ror(uint32_t x, int n) { return x >> n | x << (32 - n); }
static void plain(uint32_t h[8], const uint8_t *p)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = __builtin_bswap32(((const uint32_t *)p)[i]);
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + (ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7]
             + (ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(s, h, 32);
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
        uint32_t t2 = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 28);
        s[4] += t1, s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}
static void with_sha(uint32_t h[8], const uint8_t *p)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i t = _mm_shuffle_epi32(_mm_loadu_si128((__m128i *)h), 0xb1), b = _mm_shuffle_epi32(_mm_loadu_si128((__m128i *)(h + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(t, b, 8), cdgh = _mm_blend_epi16(b, t, 0xf0), a0 = abef, c0 = cdgh, m[4];
    for (int i = 0; i < 16; i++) {
        if (i < 4)
            m[i] = _mm_shuffle_epi8(_mm_loadu_si128((__m128i *)p + i), swap);
        else
            m[i & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(m[i & 3], m[(i + 1) & 3]), _mm_alignr_epi8(m[(i + 3) & 3], m[(i + 2) & 3], 4)), m[(i + 3) & 3]);
        __m128i x = _mm_add_epi32(m[i & 3], _mm_load_si128((__m128i *)k + i));
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, x);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(x, 0x0e));
    }
    abef = _mm_add_epi32(abef, a0), cdgh = _mm_add_epi32(cdgh, c0);
    t = _mm_shuffle_epi32(abef, 0x1b), b = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)h, _mm_blend_epi16(t, b, 0xf0));
    _mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(b, t, 8));
}
static void digest(const char *name, void (*block)(uint32_t *, const uint8_t *), const uint8_t *p, size_t n)
{
    uint32_t h[8];
    uint8_t last[128] = {0};
    memcpy(h, start, sizeof h);
    size_t whole = n / 64 * 64, rest = n - whole, end = rest < 56 ? 64 : 128;
    for (size_t i = 0; i < whole; i += 64)
        block(h, p + i);
    memcpy(last, p + whole, rest);
    last[rest] = 0x80;
    uint64_t bits = __builtin_bswap64(n * 8);
    memcpy(last + end - 8, &bits, 8);
    for (size_t i = 0; i < end; i += 64)
        block(h, last + i);
    printf("%-5s %5zu ", name, n);
    for (int i = 0; i < 8; i++)
        printf("%08x", h[i]);
    puts("");
}
int main(void)
{
    static uint8_t text[5000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 37 + i / 256);
    size_t sizes[] = {0, 3, 55, 56, 64, 1000, 5000};
    for (int i = 0; i < 7; i++)
        digest("plain", plain, text, sizes[i]), digest("sha", with_sha, text, sizes[i]);
    return 0;
}
