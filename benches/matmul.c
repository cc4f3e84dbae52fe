// kernel: products of matrices of doubles, in SSE2
#include "bench.h"
#include <emmintrin.h>
enum { N = 256 };
static double a[N][N] __attribute__((aligned(16))), b[N][N] __attribute__((aligned(16))), c[N][N] __attribute__((aligned(16)));
static void multiply(void)
{
    memset(c, 0, sizeof c);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            __m128d x = _mm_set1_pd(a[i][k]);
            for (int j = 0; j < N; j += 4) {
                __m128d lo = _mm_load_pd(&c[i][j]), hi = _mm_load_pd(&c[i][j + 2]);
                lo = _mm_add_pd(lo, _mm_mul_pd(x, _mm_load_pd(&b[k][j])));
                hi = _mm_add_pd(hi, _mm_mul_pd(x, _mm_load_pd(&b[k][j + 2])));
                _mm_store_pd(&c[i][j], lo);
                _mm_store_pd(&c[i][j + 2], hi);
            }
        }
}
int main(void)
{
    uint64_t seed = 7, sum = 0, bits;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)(rnd(&seed) % 1000) / 1000;
            b[i][j] = (double)(rnd(&seed) % 1000) / 1000;
        }
    for (int round = 0; round < 140; round++) {
        multiply();
        memcpy(&bits, &c[round][N - 1 - round], 8);
        sum = sum * 31 + bits;
        a[round][round] = c[round][0] / N;
    }
    return done("matmul", sum);
}
