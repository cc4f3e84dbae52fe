// AES, carry-less multiplication and Galois-field instructions at work, 128 and 256 bits wide.
// build: glibc
// flags: -O2 -march=x86-64-v3 -maes -mvaes -mpclmul -mvpclmulqdq -mgfni -msha
#include "show.h"
#include <immintrin.h>
static void out(const char *name, __m128i r)
{
    printf("%-10s %016llx%016llx\n", name, (unsigned long long)_mm_extract_epi64(r, 1), (unsigned long long)_mm_extract_epi64(r, 0));
}
static __m128i expand(__m128i k, __m128i g)
{
    k = _mm_xor_si128(k, _mm_slli_si128(k, 4)), k = _mm_xor_si128(k, _mm_slli_si128(k, 8));
    return _mm_xor_si128(k, _mm_shuffle_epi32(g, 0xff));
}
#define ROUND(i, c) key[i] = expand(key[i - 1], _mm_aeskeygenassist_si128(key[i - 1], c))
int main(void)
{
    __m128i key[11], text = _mm_set_epi64x(0x3c4d5e6f70819203, 0x0123456789abcdef), x = text;
    key[0] = _mm_set_epi64x(0x0f0e0d0c0b0a0908, 0x0706050403020100);
    ROUND(1, 1); ROUND(2, 2); ROUND(3, 4); ROUND(4, 8); ROUND(5, 16); ROUND(6, 32); ROUND(7, 64); ROUND(8, 128); ROUND(9, 27); ROUND(10, 54);
    x = _mm_xor_si128(x, key[0]);
    for (int i = 1; i < 10; i++)
        x = _mm_aesenc_si128(x, key[i]);
    x = _mm_aesenclast_si128(x, key[10]);
    out("encrypted", x);
    x = _mm_xor_si128(x, key[10]);
    for (int i = 9; i > 0; i--)
        x = _mm_aesdec_si128(x, _mm_aesimc_si128(key[i]));
    x = _mm_aesdeclast_si128(x, key[0]);
    out("decrypted", x);
    __m256i two = _mm256_set_m128i(text, key[3]), k2 = _mm256_broadcastsi128_si256(key[5]);
    two = _mm256_aesdec_epi128(_mm256_aesenc_epi128(two, k2), k2);
    two = _mm256_aesdeclast_epi128(_mm256_aesenclast_epi128(two, k2), k2);
    out("vaes low", _mm256_castsi256_si128(two)), out("vaes high", _mm256_extracti128_si256(two, 1));
    out("clmul 00", _mm_clmulepi64_si128(text, key[1], 0x00)), out("clmul 11", _mm_clmulepi64_si128(text, key[1], 0x11));
    out("clmul 01", _mm_clmulepi64_si128(text, key[1], 0x01)), out("clmul 10", _mm_clmulepi64_si128(text, key[1], 0x10));
    two = _mm256_clmulepi64_epi128(two, k2, 0x10);
    out("vpclmul", _mm256_extracti128_si256(two, 1));
    out("gf mul", _mm_gf2p8mul_epi8(text, key[2])), out("gf affine", _mm_gf2p8affine_epi64_epi8(text, key[2], 0x5a));
    out("gf inverse", _mm_gf2p8affineinv_epi64_epi8(text, _mm_set1_epi64x(0x8040201008040201), 0x63));
    two = _mm256_gf2p8mul_epi8(two, k2);
    out("vgf mul", _mm256_extracti128_si256(two, 1));
    __m128i s = _mm_sha1msg2_epu32(_mm_sha1msg1_epu32(text, key[1]), key[2]);
    s = _mm_sha1rnds4_epu32(s, _mm_sha1nexte_epu32(text, key[4]), 0);
    s = _mm_sha1rnds4_epu32(s, key[1], 1), s = _mm_sha1rnds4_epu32(s, key[2], 2), s = _mm_sha1rnds4_epu32(s, key[3], 3);
    out("sha1", s);
    return 0;
}
