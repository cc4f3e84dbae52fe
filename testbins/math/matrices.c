// Numerical code as compilers vectorise it: matrices, FFT, reductions.
// build: glibc musl debug
// flags: -O3
#include "show.h"
#include <complex.h>
#include <math.h>
enum { N = 24 };
static double a[N][N], b[N][N], c[N][N];
static void fft(double complex *x, int n)
{
    if (n == 1)
        return;
    double complex e[n / 2], o[n / 2];
    for (int i = 0; i < n / 2; i++)
        e[i] = x[2 * i], o[i] = x[2 * i + 1];
    fft(e, n / 2), fft(o, n / 2);
    for (int k = 0; k < n / 2; k++) {
        double complex t = cexp(-2 * I * M_PI * k / n) * o[k];
        x[k] = e[k] + t, x[k + n / 2] = e[k] - t;
    }
}
int main(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            a[i][j] = 1.0 / (i + j + 1), b[i][j] = i == j ? 2 : 1.0 / (i + 2 * j + 3);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double s = 0;
            for (int k = 0; k < N; k++)
                s += a[i][k] * b[k][j];
            c[i][j] = s;
        }
    printf("%.15g %.15g %016lx\n", c[0][0], c[N - 1][N / 2], fnv(c, sizeof c));
    double det = 1;
    for (int i = 0; i < N; i++) {
        det *= b[i][i];
        for (int j = i + 1; j < N; j++) {
            double f = b[j][i] / b[i][i];
            for (int k = i; k < N; k++)
                b[j][k] -= f * b[i][k];
        }
    }
    printf("det %.15g\n", det);
    double complex x[64];
    for (int i = 0; i < 64; i++)
        x[i] = sin(i * .3) + .5 * cos(i * 1.1);
    fft(x, 64);
    for (int i = 0; i < 64; i += 9)
        printf("%.10f%+.10fi\n", creal(x[i]), cimag(x[i]));
    static float f[1000];
    static int16_t h[1000];
    static uint8_t u[1000];
    float fs = 0;
    int hs = 0, most = -99999;
    for (int i = 0; i < 1000; i++)
        f[i] = i * .25f - 100, h[i] = i * 37, u[i] = i * 7;
    for (int i = 0; i < 1000; i++)
        fs += f[i] * f[i], hs += h[i] * u[i], most = h[i] > most ? h[i] : most;
    printf("%.9g %d %d\n", fs, hs, most);
    for (int i = 0; i < 1000; i++)
        u[i] = u[i] > 100 ? u[i] - 100 : u[i] * 2;
    SHOWX(fnv(u, sizeof u));
    return 0;
}
