// The n-body problem with structures of arrays: FMA, division, square roots.
// build: glibc musl
// flags: -O3 -march=x86-64-v3
#include "show.h"
#include <math.h>
enum { N = 8 };
static double x[3][N], v[3][N], m[N];
static void step(double dt)
{
    double a[3][N] = {{0}};
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double d[3], r2 = 1e-3;
            for (int k = 0; k < 3; k++)
                d[k] = x[k][j] - x[k][i], r2 += d[k] * d[k];
            double f = m[j] / (r2 * sqrt(r2));
            for (int k = 0; k < 3; k++)
                a[k][i] += f * d[k];
        }
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < N; i++)
            v[k][i] += dt * a[k][i], x[k][i] += dt * v[k][i];
}
static double energy(void)
{
    double e = 0;
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 3; k++)
            e += .5 * m[i] * v[k][i] * v[k][i];
        for (int j = 0; j < i; j++) {
            double r2 = 1e-3;
            for (int k = 0; k < 3; k++)
                r2 += (x[k][i] - x[k][j]) * (x[k][i] - x[k][j]);
            e -= m[i] * m[j] / sqrt(r2);
        }
    }
    return e;
}
int main(void)
{
    for (int i = 0; i < N; i++) {
        m[i] = 1 + i % 3;
        for (int k = 0; k < 3; k++)
            x[k][i] = cos(i * 1.7 + k), v[k][i] = sin(i * .9 - k) / 4;
    }
    printf("%a\n", energy());
    for (int i = 0; i < 300; i++)
        step(.001);
    printf("%a\n", energy());
    SHOWX(fnv(x, sizeof x));
    SHOWX(fnv(v, sizeof v));
    return 0;
}
