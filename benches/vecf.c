// kernel: floats in AVX2 and FMA: products of matrices, multiples added to vectors, norms, extremes
// flags: -O3 -march=x86-64-v3 -fassociative-math -fno-signed-zeros -fno-trapping-math -ffinite-math-only
#include "bench.h"
enum { N = 96, LENGTH = 4096 };
static float a[N][N], b[N][N], c[N][N];
static float x[LENGTH], y[LENGTH];
static void multiply(void)
{
    memset(c, 0, sizeof c);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++)
            for (int j = 0; j < N; j++)
                c[i][j] += a[i][k] * b[k][j];
}
static void saxpy(float by)
{
    for (int i = 0; i < LENGTH; i++)
        y[i] = by * x[i] + y[i];
}
static float dot(void)
{
    float sum = 0;
    for (int i = 0; i < LENGTH; i++)
        sum += x[i] * y[i];
    return sum;
}
static float spread(void)
{
    float least = x[0], most = x[0];
    for (int i = 0; i < LENGTH; i++) {
        least = y[i] < least ? y[i] : least;
        most = y[i] > most ? y[i] : most;
    }
    return most - least;
}
static double mean(void)
{
    double sum = 0;
    for (int i = 0; i < LENGTH; i++)
        sum += y[i];
    return sum / LENGTH;
}
static uint64_t fold(uint64_t sum, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, 4);
    return sum * 31 + bits;
}
int main(void)
{
    uint64_t seed = 7, sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (float)(rnd(&seed) % 1000) / 1000;
            b[i][j] = (float)(rnd(&seed) % 1000) / 1000;
        }
    for (int i = 0; i < LENGTH; i++)
        x[i] = (float)(rnd(&seed) % 1000) / 500 - 1;
    for (int round = 0; round < 8000; round++) {
        multiply();
        a[round % N][round % 7] = c[round % N][round % 11] / N;
        sum = fold(sum, c[N - 1][round % N]);
        for (int i = 0; i < 20; i++) {
            saxpy((float)(i - 9) / (16 + round % 8));
            sum = fold(sum, dot());
        }
        sum = fold(fold(sum, spread()), (float)mean());
        for (int i = 0; i < LENGTH; i++)
            y[i] *= .5f;
    }
    return done("vecf", sum);
}
