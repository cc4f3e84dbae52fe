// Integer kernels: dot products of bytes, saturating sums, counts, minima, histograms of bits.
// build: glibc musl debug
// flags: -O3 -march=x86-64-v3
#include "show.h"
#include <immintrin.h>
enum { N = 2000 };
static uint8_t u[N];
static int8_t s[N];
static int16_t w[N];
static int hand(const uint8_t *a, const int8_t *b, int n)
{
    __m256i sum = _mm256_setzero_si256();
    for (int i = 0; i + 32 <= n; i += 32) {
        __m256i p = _mm256_maddubs_epi16(_mm256_loadu_si256((const __m256i *)(a + i)), _mm256_loadu_si256((const __m256i *)(b + i)));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(p, _mm256_set1_epi16(1)));
    }
    __m128i x = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    x = _mm_hadd_epi32(x, x), x = _mm_hadd_epi32(x, x);
    return _mm_cvtsi128_si32(x);
}
static long population(const uint8_t *p, int n)
{
    const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i low = _mm256_set1_epi8(15);
    __m256i sum = _mm256_setzero_si256();
    for (int i = 0; i + 32 <= n; i += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(p + i));
        __m256i c = _mm256_add_epi8(_mm256_shuffle_epi8(table, _mm256_and_si256(v, low)), _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(v, 4), low)));
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(c, _mm256_setzero_si256()));
    }
    return _mm256_extract_epi64(sum, 0) + _mm256_extract_epi64(sum, 1) + _mm256_extract_epi64(sum, 2) + _mm256_extract_epi64(sum, 3);
}
int main(void)
{
    for (int i = 0; i < N; i++)
        u[i] = (uint8_t)(i * 73 + i / 9), s[i] = (int8_t)(i * 29 - i / 7), w[i] = (int16_t)(i * 4099);
    int dot = 0, least = 99999, most = -99999, odd = 0;
    long long wide = 0;
    for (int i = 0; i < N; i++) {
        dot += u[i] * s[i], wide += (long long)w[i] * w[N - 1 - i];
        least = w[i] < least ? w[i] : least, most = w[i] > most ? w[i] : most, odd += w[i] & 1;
    }
    printf("%d %lld %d %d %d %d %ld\n", dot, wide, least, most, odd, hand(u, s, N), population(u, N));
    for (int i = 0; i < N; i++) {
        int x = u[i] + s[i];
        u[i] = (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x), w[i] = (int16_t)(w[i] >> (i & 7)) ^ (int16_t)(u[i] << 3);
    }
    SHOWX(fnv(u, sizeof u));
    SHOWX(fnv(w, sizeof w));
    uint32_t shifts[64];
    for (int i = 0; i < 64; i++)
        shifts[i] = (0x80000001u << (i & 31)) ^ (0xdeadbeefu >> (i * 5 & 31)) ^ (uint32_t)((int32_t)0x87654321 >> (i & 31));
    SHOWX(fnv(shifts, sizeof shifts));
    return 0;
}
