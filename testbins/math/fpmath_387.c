// Numerical code of doubles and floats on the x87: excess precision, conversions, comparisons, casts that switch rounding.
// build: glibc musl debug
// flags: -mfpmath=387 -ffloat-store
#include "show.h"
#include <math.h>
enum { N = 12 };
static void bits(const char *name, double v)
{
    uint64_t b;
    memcpy(&b, &v, 8);
    printf("%-10s %016lx %.17g\n", name, b, v);
}
static void fbits(const char *name, float v)
{
    uint32_t b;
    memcpy(&b, &v, 4);
    printf("%-10s %08x %.9g\n", name, b, v);
}
static double determinant(void)
{
    double m[N][N], det = 1;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            m[i][j] = 1.0 / (i + j + 1) + (i == j);
    for (int i = 0; i < N; i++) {
        det *= m[i][i];
        for (int j = i + 1; j < N; j++) {
            double f = m[j][i] / m[i][i];
            for (int k = i; k < N; k++)
                m[j][k] -= f * m[i][k];
        }
    }
    return det;
}
static double simpson(double (*f)(double), double a, double b, int n)
{
    double h = (b - a) / n, s = f(a) + f(b);
    for (int i = 1; i < n; i++)
        s += f(a + i * h) * (i & 1 ? 4 : 2);
    return s * h / 3;
}
static double bell(double x) { return 1 / (1 + x * x); }
static double root(double x) { return sqrt(fabs(x)); }
static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static volatile double big = 1e300, one = 1, three = 3;
int main(void)
{
    bits("det", determinant());
    bits("bell", simpson(bell, -3, 5, 1000));
    bits("root", simpson(root, -1, 2, 777));
    bits("1/3", one / three);
    // The product leaves binary64's range, but not the register's.
    bits("excess", big * big / big);
    fbits("float", (float)one / (float)three);
    float f = 0;
    for (int i = 1; i <= 1000; i++)
        f += 1.f / (float)i;
    fbits("harmonic", f);
    double v[200];
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 200; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        v[i] = (double)(int64_t)x / 1e15;
    }
    qsort(v, 200, sizeof *v, order);
    SHOWX(fnv(v, sizeof v));
    long sum = 0;
    for (int i = 0; i < 200; i++)
        sum = sum * 7 + (int)(v[i] / 10) + (long)v[i] + (short)(v[i] / 1e3) + lrint(v[i]) + (signed char)(v[i] / 100) + (long)(unsigned)fabs(v[i]);
    SHOW(sum);
    int less = 0, equal = 0, unordered = 0;
    double odd[] = {0, -0.0, 1, -1, INFINITY, -INFINITY, NAN, 5e-324, -5e-324, 1.7976931348623157e308};
    for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++)
        for (unsigned j = 0; j < sizeof odd / sizeof *odd; j++) {
            less = less * 3 + (odd[i] < odd[j]) + (odd[i] <= odd[j]);
            equal = equal * 3 + (odd[i] == odd[j]) + isgreater(odd[i], odd[j]);
            unordered = unordered * 3 + isunordered(odd[i], odd[j]) + (odd[i] != odd[j]);
            double r[] = {odd[i] + odd[j], odd[i] - odd[j], odd[i] * odd[j], odd[i] / odd[j], fmin(odd[i], odd[j]), fmax(odd[i], odd[j])};
            for (unsigned k = 0; k < sizeof r / sizeof *r; k++)
                x = x * 31 + (isnan(r[k]) ? 7 : (r[k] < 0 || (r[k] == 0 && signbit(r[k])) ? 3 : 5) + (uint64_t)fmod(fabs(r[k]), 1000));
        }
    printf("%d %d %d %lx\n", less, equal, unordered, x);
    float tiny = 1e-38f;
    for (int i = 0; i < 5; i++)
        fbits("denormal", tiny /= 7);
    double small = 1e-307;
    for (int i = 0; i < 5; i++)
        bits("denormal", small /= 1001);
    bits("int64", (double)INT64_MAX);
    bits("uint64", (double)UINT64_MAX);
    fbits("uint32", (float)UINT32_MAX);
    printf("%llu\n", (unsigned long long)(big / 1e281));
    return 0;
}
