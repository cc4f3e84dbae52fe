// kernel: bytes in AVX2: dot products of int8, a search for bytes, histograms by comparison, checksums
// flags: -O3 -march=x86-64-v3
#include "bench.h"
#include <immintrin.h>
enum { LENGTH = 1 << 14, ROWS = 64, COLUMNS = 256 };
static uint8_t text[LENGTH] __attribute__((aligned(32)));
static int8_t weights[ROWS][COLUMNS] __attribute__((aligned(32))), input[COLUMNS] __attribute__((aligned(32)));
static int32_t product(const int8_t *w)
{
    __m256i sum = _mm256_setzero_si256();
    for (int i = 0; i < COLUMNS; i += 32) {
        __m256i p = _mm256_load_si256((const __m256i *)(w + i)), q = _mm256_load_si256((const __m256i *)(input + i));
        // Magnitudes by signed values: the unsigned operand comes first.
        __m256i words = _mm256_maddubs_epi16(_mm256_abs_epi8(p), _mm256_sign_epi8(q, p));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(words, _mm256_set1_epi16(1)));
    }
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    return _mm_cvtsi128_si32(half);
}
static int find(uint8_t what, int from)
{
    __m256i wanted = _mm256_set1_epi8((char)what);
    for (int i = from; i + 32 <= LENGTH; i += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(text + i));
        unsigned hits = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, wanted));
        if (hits)
            return i + __builtin_ctz(hits);
    }
    return LENGTH;
}
static unsigned count_below(uint8_t limit)
{
    unsigned n = 0;
    for (int i = 0; i < LENGTH; i++)
        n += text[i] < limit;
    return n;
}
static uint64_t adler(void)
{
    uint32_t a = 1, b = 0;
    for (int i = 0; i < LENGTH; i++) {
        a += text[i];
        b += text[i] * (uint32_t)(LENGTH - i);
    }
    return (uint64_t)b << 32 | a;
}
int main(void)
{
    uint64_t seed = 7, sum = 0;
    for (int i = 0; i < LENGTH; i++)
        text[i] = (uint8_t)(rnd(&seed) % 251);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++)
            weights[i][j] = (int8_t)(rnd(&seed) % 255 - 127);
    for (int j = 0; j < COLUMNS; j++)
        input[j] = (int8_t)(rnd(&seed) % 255 - 127);
    for (int round = 0; round < 240000; round++) {
        for (int i = 0; i < ROWS; i++) {
            int32_t v = product(weights[i]);
            sum = sum * 31 + (uint32_t)v;
            input[i] = (int8_t)((v >> 12) % 127);
        }
        // Bytes above 250 are not there but for the one put there.
        int at = (int)(rnd(&seed) % LENGTH);
        uint8_t old = text[at];
        text[at] = 255;
        sum = sum * 31 + (unsigned)find(255, round % 64);
        text[at] = old;
        if (round % 4 == 0)
            sum = sum * 31 + count_below((uint8_t)(round % 250)) + adler();
        text[at] = (uint8_t)(old * 7 % 251);
    }
    return done("veci", sum);
}
