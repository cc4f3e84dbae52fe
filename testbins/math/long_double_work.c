// Numerical code in long doubles: every bit of sums, products, quotients, roots, remainders, and libm's exact functions.
// build: glibc musl debug
// flags: -mlong-double-80
#include "show.h"
#include <float.h>
#include <math.h>
static void bits(const char *name, long double v)
{
    struct { uint64_t m; uint16_t e; } r = {0, 0};
    memcpy(&r, &v, 10);
    printf("%-12s %04x %016lx\n", name, r.e, r.m);
}
enum { N = 9 };
static void solve(void)
{
    long double m[N][N + 1];
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= N; j++)
            m[i][j] = j == N ? i - 3 : 1.0L / (i + j + 1);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            if (i == j)
                continue;
            long double f = m[j][i] / m[i][i];
            for (int k = i; k <= N; k++)
                m[j][k] -= f * m[i][k];
        }
    for (int i = 0; i < N; i++)
        bits("hilbert", m[i][N] / m[i][i]);
}
static long double newton(long double a)
{
    long double x = a > 1 ? a : 1;
    for (int i = 0; i < 200; i++) {
        long double next = (x + a / x) / 2;
        if (next == x)
            break;
        x = next;
    }
    return x;
}
static long double agm(long double a, long double b)
{
    for (int i = 0; i < 12; i++) {
        long double t = (a + b) / 2;
        b = sqrtl(a * b);
        a = t;
    }
    return a;
}
static long double exponential(long double x)
{
    long double sum = 1, term = 1;
    for (int k = 1; k < 60; k++)
        sum += term *= x / k;
    return sum;
}
int main(void)
{
    solve();
    volatile long double one = 1, tenth = 0.1L, huge = LDBL_MAX, least = LDBL_MIN;
    for (long double a = .001L; a < 1e6L; a *= 37)
        bits("newton", newton(a));
    bits("agm", agm(1, sqrtl(.5L)));
    for (int i = -5; i <= 5; i++)
        bits("exp", exponential(i * .7L));
    long double sum = 0, lost = 0;
    for (int i = 1; i <= 5000; i++) {
        long double y = tenth * i - lost, t = sum + y;
        lost = t - sum - y, sum = t;
    }
    bits("kahan", sum), bits("kahan lost", lost);
    long double v[] = {1.5L, -2.5L, 3.499999999999999999L, 1e18L + .5L, 9.3e18L, -7e-5L, 0, -0.0L, 1e4000L, 123456789.987654321L};
    for (unsigned i = 0; i < sizeof v / sizeof *v; i++) {
        volatile long double x = v[i];
        bits("floor", floorl(x)), bits("ceil", ceill(x)), bits("trunc", truncl(x)), bits("round", roundl(x)), bits("rint", rintl(x));
        bits("nextafter", nextafterl(x, -10)), bits("modf", modfl(x, &(long double){0})), bits("logb", logbl(x));
        printf("%d %lld\n", x == 0 ? 0 : ilogbl(x), fabsl(x) < 9e18L ? llrintl(x) : 0);
        for (unsigned j = 0; j < sizeof v / sizeof *v; j++) {
            int q;
            volatile long double y = v[j];
            if (y != 0)
                bits("fmod", fmodl(x, y)), bits("remainder", remainderl(x, y)), bits("remquo", remquol(x, y, &q));
            bits("fma", fmal(x, y, -1)), bits("hypot", hypotl(x / 1e100L, y / 1e100L)), bits("scalbn", scalbnl(x, (int)j * 777 - 3000));
            printf("%d%d%d\n", x < y, x == y, isgreaterequal(x, y));
        }
    }
    bits("max*2", huge * 2), bits("min/2", least / 2), bits("min/2^63", least / 9223372036854775808.0L), bits("min^2", least * least);
    bits("max+", huge + huge * LDBL_EPSILON / 4), bits("1-eps/4", one - LDBL_EPSILON / 4), bits("1-eps/2", one - LDBL_EPSILON / 2);
    bits("inf-inf", __builtin_infl() - __builtin_infl()), bits("0/0", (one - one) / (one - one)), bits("sqrt-1", sqrtl(-one));
    float f[] = {1e-45f, 3e38f, -1.17549435e-38f, .1f};
    double d[] = {5e-324, 1.7e308, -2.2250738585072014e-308, .1};
    for (int i = 0; i < 4; i++)
        bits("float", (long double)f[i] * 3), bits("double", (long double)d[i] / 3);
    for (long double x = 1e-50L; x < 1e60L; x *= 12345.6789L)
        printf("%a %a ", (float)x, (double)x);
    puts("");
    long double big = 1;
    for (int i = 0; i < 30; i++) {
        big *= 1.9L;
        printf("%d %ld %hd %u %lu ", (int)big, (long)(big * big), (short)(big / 1e4L), (unsigned)big, (unsigned long)(big * 1e10L));
    }
    puts("");
    printf("%.15Lg %.15Lg %.15Lg %.15Lg\n", sinl(one * 2), tanl(one / 3), expl(one * 5), powl(3 * one, 2.2L));
    printf("%.15Lg %.15Lg %.15Lg %.15Lg\n", logl(3 * one), log1pl(tenth), atan2l(one, -3 * one), sinhl(one));
    return 0;
}
