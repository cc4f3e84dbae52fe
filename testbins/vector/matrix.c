// Matrix products and reductions as compilers vectorise them for AVX2 and FMA.
// build: glibc musl
// flags: -O3 -march=x86-64-v3 -ffast-math
#include "show.h"
enum { N = 40 };
static double a[N][N], b[N][N], c[N][N];
static float f[N][N], g[N][N], h[N][N];
static void fill(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = 1.0 / (i + j + 1), b[i][j] = (i * 31 + j * 17) % 23 - 11;
            f[i][j] = (float)a[i][j], g[i][j] = (float)b[i][j];
        }
}
int main(void)
{
    fill();
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++)
            for (int j = 0; j < N; j++)
                c[i][j] += a[i][k] * b[k][j], h[i][j] += f[i][k] * g[k][j];
    SHOWX(fnv(c, sizeof c));
    SHOWX(fnv(h, sizeof h));
    double trace = 0, most = -1e9, least = 1e9;
    float sum = 0;
    for (int i = 0; i < N; i++)
        trace += c[i][i];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            most = c[i][j] > most ? c[i][j] : most, least = c[i][j] < least ? c[i][j] : least;
            sum += h[i][j] * h[j][i];
        }
    printf("%a %a %a %a\n", trace, most, least, sum);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            h[i][j] = (float)(int)(c[i][j] * 16), c[i][j] = __builtin_sqrt(__builtin_fabs(c[i][j])) + __builtin_floor(h[i][j] / 3);
    SHOWX(fnv(c, sizeof c));
    SHOWX(fnv(h, sizeof h));
    return 0;
}
